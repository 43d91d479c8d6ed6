"""npm's outdated command, and saved output of npm outdated and npm audit; pnpm's and yarn's are known by sight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm.audit_report import is_audit, read_audit
from upgrader.ecosystems.npm.package_file import SECTIONS
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Command, PackageName, Project, Reported
from upgrader.source.saved_output import json_documents
from upgrader.versions import npm as versions

Kind = Literal[
    "npm outdated",
    "npm audit",
    "npm audit fix",
    "failed npm",
    "npm 6 audit",
    "npm text",
    "nothing",
    "pnpm",
    "yarn",
]

_OUTDATED_KEYS = frozenset(("wanted", "latest"))
_PNPM_KEYS = frozenset(("isDeprecated", "dependencyType"))
_YARN_TYPES = frozenset(("info", "table", "warning", "error", "auditSummary", "auditAdvisory", "step"))
_TABLE = re.compile(r"^Package +Current +Wanted +Latest +(?:Location|Depended by)", re.MULTILINE)
_YARN_TABLE = re.compile(r"^Package +Current +Wanted +Latest +(?:Workspace +)?Package Type", re.MULTILINE)
_AUDIT_TEXT = re.compile(r"^# npm audit report\s*$", re.MULTILINE)
_ALIAS_KEY = re.compile(r"[^:]+:(@?[^@]+)(?:@.*)?", re.DOTALL)


def outdated(project: Project) -> Command:
    """`npm outdated --json --long`: `--long` adds the section and which manifest asks."""
    return Command(
        argv=("npm", "outdated", "--json", "--long", "--no-update-notifier", "--location=project"),
        folder=project.folder,
        why="ask npm itself what is outdated",
        network=True,
        timeout_s=600,
        idle_s=300,
    )


def recognises(text: str) -> bool:
    """Whether saved output is npm's, pnpm's or yarn's: outdated or audit, also of a run that failed."""
    try:
        return _kind(text, _documents(text)) is not None
    except InputError:
        return False


def read_outdated(text: str, source: str) -> list[Reported]:
    """Read `npm outdated --json` (with or without `--long`, `--all`) and `npm audit --json` of npm 7 and later.

    Raises InputError for a failed run, for text instead of JSON, and for formats that are not read yet.
    """
    documents = _documents(text)
    kind = _kind(text, documents)
    if kind == "nothing":
        return []
    if kind == "npm outdated":
        return _rows(documents[-1], f"npm outdated ({source})")
    if kind == "npm audit":
        return read_audit(documents[-1], f"npm audit ({source})")
    raise _refusal(kind, documents, source)


def _documents(text: str) -> list[object]:
    """The JSON documents; none for plain text."""
    return json_documents(text) if re.search(r"^\s*[{\[]", text, re.MULTILINE) else []


def _kind(text: str, documents: Sequence[object]) -> Kind | None:
    """Which tool printed it; None when it is none of this world."""
    objects = [item for item in documents if isinstance(item, dict)]
    if len(objects) != len(documents):
        return None
    if not objects:
        if _YARN_TABLE.search(text):
            return "yarn"
        return "npm text" if _TABLE.search(text) or _AUDIT_TEXT.search(text) else None
    if _is_yarn(objects[0]):
        return "yarn"
    return _kind_of(objects[-1]) if len(objects) == 1 else None


def _kind_of(document: Mapping[str, object]) -> Kind | None:
    if not document:
        return "nothing"
    if is_audit(document):
        return "npm audit"
    if {"advisories", "metadata"} <= document.keys():
        return "npm 6 audit"
    if "audit" in document and {"added", "removed", "changed"} <= document.keys():
        return "npm audit fix"
    if _is_failure(document):
        return "failed npm"
    return _kind_of_rows(list(document.values()))


def _kind_of_rows(values: Sequence[object]) -> Kind | None:
    rows = [row for value in values for row in (value if isinstance(value, list) else [value])]
    tables = [row for row in rows if isinstance(row, dict) and row.keys() & _OUTDATED_KEYS]
    if not tables or len(tables) != len(rows):
        return None
    if any(row.keys() & _PNPM_KEYS for row in tables):
        return "pnpm"
    return (
        "npm outdated" if all(row.keys() >= _OUTDATED_KEYS or "dependent" in row for row in tables) else None
    )


def _is_failure(document: Mapping[str, object]) -> bool:
    """`{"error": {code, summary, detail}}`, and what `npm audit` prints when the registry has no audit."""
    error = document.get("error")
    if isinstance(error, dict) and error.keys() & {"summary", "code", "detail"}:
        return True
    return {"message", "method", "uri"} <= document.keys()


def _is_yarn(document: Mapping[str, object]) -> bool:
    return document.get("type") in _YARN_TYPES and "data" in document and document.keys() <= {"type", "data"}


def _refusal(kind: Kind | None, documents: Sequence[object], source: str) -> InputError:
    if kind == "failed npm":
        return InputError(
            f"{source}: npm failed: {_words(documents[-1])}.", "Nothing was checked; run npm again."
        )
    if kind == "npm text":
        return InputError(
            f"{source}: is the text for people.", "Save `npm outdated --json --long` (or `npm audit --json`)."
        )
    if kind == "npm 6 audit":
        return InputError(
            f"{source}: is the audit format of npm 6 or pnpm, which is not read.", "Use npm 7 or later."
        )
    if kind == "npm audit fix":
        return InputError(f"{source}: is the output of `npm audit fix`.", "Save `npm audit --json` instead.")
    if kind in ("pnpm", "yarn"):
        return InputError(
            f"{source}: the output of {kind} is not read yet.",
            "Leave out --from: the registry is then asked.",
        )
    return InputError(f"{source}: is not the output of npm.", "Save `npm outdated --json --long`.")


def _words(document: object) -> str:
    """What a failed run says of itself."""
    table = document if isinstance(document, dict) else {}
    error = table.get("error")
    found = [table.get("message")]
    if isinstance(error, dict):
        found += [error.get("code"), error.get("summary"), error.get("detail")]
    said = [text.strip()[:300] for text in found if isinstance(text, str) and text.strip()]
    return ", ".join(dict.fromkeys(said)) or "it does not say why"


def _rows(document: object, source: str) -> list[Reported]:
    """Every edge as a row; the same row of two dependents once."""
    table = document if isinstance(document, dict) else {}
    rows: dict[bytes, Reported] = {}
    for key, value in table.items():
        for edge in value if isinstance(value, list) else [value]:
            if isinstance(edge, dict):
                row = _row(str(key), edge, source)
                rows.setdefault(msgspec.json.encode(row), row)
    return list(rows.values())


def _row(key: str, edge: Mapping[str, object], source: str) -> Reported:
    found = _ALIAS_KEY.fullmatch(key)
    written = found[1] if found else key
    problems: list[str] = []
    try:
        name = normalise(written)
    except VersionError as fault:
        name = PackageName(written[:80])
        problems.append(fault.message)
    current, wanted, latest = (_version(edge, word, problems) for word in ("current", "wanted", "latest"))
    if latest is None and not problems:
        problems.append("npm names no latest version")
    below = edge.get("dependedByLocation")
    return Reported(
        ecosystem="npm",
        name=name,
        current=current,
        wanted=wanted,
        latest=latest,
        source=source,
        section=SECTIONS.get(str(edge.get("type", ""))),
        direct="node_modules" not in below.split("/") if isinstance(below, str) else None,
        problem="; ".join(problems),
    )


def _version(edge: Mapping[str, object], word: str, problems: list[str]) -> str | None:
    """A version, None where npm leaves it out (not installed); `git`, `linked` and the like are a problem."""
    value = edge.get(word)
    if value is None or value == "MISSING":
        return None
    if isinstance(value, str) and versions.is_valid(value):
        return value
    problems.append(f"{word} is {str(value)[:60]!r}, not a version")
    return None


def silence(tree: Tree, project: Project) -> str:
    """`npm outdated` says nothing of development and peer dependencies that are not installed."""
    hidden = f"{project.folder}/node_modules/.package-lock.json".removeprefix("./")
    return (
        ""
        if tree.exists(hidden)
        else "nothing is installed here, and npm does not tell every missing package"
    )
