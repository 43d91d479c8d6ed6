"""Saved output of pip, uv and pip-audit, and how to ask for what is outdated."""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.outdated_text import listed, text_format
from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Advisory, Command, PackageName, Project, Reported
from upgrader.source.saved_output import json_documents
from upgrader.versions import pep440

_ASK_JSON = "Save it as JSON: `pip list --outdated --format json`, `uv pip list --outdated --format json`."
_NOTICE = re.compile(r"^\[notice\][^\n]*$", re.MULTILINE)
"""pip's word about a newer pip, which looks like the start of a list."""
_FAILED = re.compile(
    r"^(?:ERROR: (?:Could not|No matching|Exception)|ERROR:pip_audit|WARNING: Retrying"
    r"|error: (?:No solution found|Failed to|Request failed|Could not)|  \S (?:No solution|Failed))",
    re.MULTILINE,
)


class _Outdated(Struct, frozen=True):
    name: str
    version: str
    latest_version: str
    latest_filetype: str = ""
    editable_project_location: str = ""


class _Vulnerability(Struct, frozen=True):
    id: str
    fix_versions: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    description: str = ""


class _Audited(Struct, frozen=True):
    name: str
    version: str | None = None
    vulns: list[_Vulnerability] | None = None
    skip_reason: str | None = None


def outdated(project: Project) -> Command:
    """`uv pip list` of the project's `.venv`, `pip list` of the Python on PATH: all that is installed there.

    `-I` keeps Python from taking a file `pip.py` of the project for pip (SAFETY T2).
    """
    argv: tuple[str, ...] = ("python3", "-I", "-m", "pip", "list", "--outdated", "--format", "json")
    if project.tool == "uv":
        argv = ("uv", "pip", "list", "--outdated", "--format", "json")
    return Command(argv=argv, folder=project.folder, why="list what is installed and outdated", network=True)


def recognises(text: str) -> bool:
    """Rows with `latest_version`, pip-audit's rows, the text forms of the same tools, and a failed run of one."""
    documents = _documents(text)
    if not documents and text_format(text) is not None:
        return True
    if documents is None:
        return bool(re.search(r'"latest_version"|"skip_reason"|"vulns"', text))
    if any(_is_own(document) for document in documents):
        return True
    if any(_is_plain_list(document) for document in documents):
        return True
    return documents in ([], [[]]) and _FAILED.search(text) is not None


def read_outdated(text: str, source: str) -> list[Reported]:
    """One row per installed package. Raises InputError for a failed run, a cut file and forms that are not read.

    pip prints `[]` and succeeds when its index is dead; so rows, not their absence, are what this can report.
    """
    try:
        documents = json_documents(_NOTICE.sub("", text))
    except InputError as fault:
        raise InputError(f"{source}: {fault.message}", fault.advice) from fault
    own = [document for document in documents if _is_own(document)]
    if own:
        return [row for document in own for row in _rows(document, source)]
    if _FAILED.search(text):
        raise InputError(
            f"{source}: a run of pip or pip-audit that failed.", "Run it again and save its output."
        )
    if not documents and (written := text_format(text)) is not None:
        return written.read(text, source)
    if documents == [[]]:
        return []
    if any(_is_plain_list(document) for document in documents):
        raise InputError(f"{source}: a list of what is installed, which names no newer versions.", _ASK_JSON)
    raise InputError(f"{source}: no output of pip, uv or pip-audit that is known here.", _ASK_JSON)


def _documents(text: str) -> list[object] | None:
    try:
        return json_documents(_NOTICE.sub("", text))
    except InputError:
        return None


def _is_own(document: object) -> bool:
    if isinstance(document, dict):
        # cargo outdated has `dependencies` too, and other keys beside it.
        is_alone = "dependencies" in document and document.keys() <= {"dependencies", "fixes"}
        return is_alone and _is_audit(document["dependencies"])
    if isinstance(document, list) and document:
        return all(
            isinstance(row, dict) and "latest_version" in row and "name" in row for row in document
        ) or (_is_audit(document))
    return False


def _is_plain_list(document: object) -> bool:
    """`pip list --format json` without `--outdated`."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(row, dict) and {"name", "version"} <= row.keys() for row in document)
    )


def _is_audit(rows: object) -> bool:
    """pip-audit: a list whose rows have `vulns` or `skip_reason`; an empty list only below `dependencies`."""
    return isinstance(rows, list) and all(
        isinstance(row, dict) and "name" in row and ("vulns" in row or "skip_reason" in row) for row in rows
    )


def _rows(document: object, source: str) -> list[Reported]:
    listed = document.get("dependencies") if isinstance(document, dict) else document
    audit = _is_audit(listed)
    try:
        if audit:
            return _audited(msgspec.convert(listed, list[_Audited]), source)
        return [_outdated_row(row, source) for row in msgspec.convert(listed, list[_Outdated])]
    except msgspec.ValidationError as fault:
        raise InputError(f"{source}: {fault}.", "Save the tool's output again.") from fault


def _outdated_row(row: _Outdated, source: str) -> Reported:
    found = listed(row.name, row.version, row.latest_version, f"pip list --outdated ({source})")
    where = row.editable_project_location
    return replace(found, problem=found.problem or (f"installed from {where}" if where else ""))


def _audited(rows: list[_Audited], source: str) -> list[Reported]:
    """A package that was skipped was not audited: its row says so, also when every row does."""
    found = []
    for row in rows:
        advisories = [_advisory(item, source) for item in row.vulns or ()]
        found.append(
            Reported(
                ecosystem="pip",
                name=_name(row.name, source),
                current=row.version,
                wanted=None,
                latest=None,
                source=f"pip-audit ({source})",
                advisories=tuple(sorted(advisories, key=lambda item: item.id)),
                problem=(row.skip_reason or "pip-audit gives no result") if row.vulns is None else "",
            )
        )
    return found


def _advisory(item: _Vulnerability, source: str) -> Advisory:
    return Advisory(
        id=item.id,
        aliases=tuple(sorted(item.aliases)),
        summary=item.description.strip().partition("\n")[0],
        fixed_in=tuple(pep440.sort_versions(item.fix_versions)),
        source=f"pip-audit ({source})",
    )


def _name(name: str, source: str) -> PackageName:
    try:
        return normalise(name)
    except VersionError as fault:
        raise InputError(f"{source}: {fault.message}", fault.advice) from fault


def silence(tree: Tree, project: Project) -> str:
    """`pip list` and its kin tell what lies in an environment, which need not hold what the project asks for."""
    return f"{project.tool} lists what lies in an environment, and does not say whether this package is in it"
