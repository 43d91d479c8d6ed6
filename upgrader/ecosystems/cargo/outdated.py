"""What cargo's own tools report: `cargo update --dry-run -v`, `cargo outdated` (JSON, table), `cargo audit --json`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from upgrader.ecosystems.cargo.audit_report import is_audit, read_audit
from upgrader.ecosystems.cargo.commands import cargo
from upgrader.ecosystems.cargo.names import normalise
from upgrader.ecosystems.cargo.outdated_table import is_table, table_rows
from upgrader.errors import InputError, VersionError
from upgrader.model import Command, PackageName, Project, Reported, Section
from upgrader.source.saved_output import json_documents
from upgrader.versions import cargo as versions

_ROW = re.compile(
    r"^ +(?P<verb>Updating|Downgrading|Unchanged|Adding|Removing) (?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r" v(?P<current>[0-9]\S*)(?: \(registry `[^`]*`\))?(?: \((?P<source>[a-z+]+://[^)]*|/[^)]*)\))?"
    r"(?: -> (?:v(?P<wanted>[0-9]\S*)|#\S+))?(?: \((?P<note>[^)]*)\))?$",
    re.MULTILINE,
)
_NOTED = re.compile(r"available: v([0-9][^\s,]*)")
_HEADING = re.compile(r"^ +(?:Updating .+ index|Locking \d+ packages?\b.*)$", re.MULTILINE)
_HIDDEN = re.compile(r"^note: pass `--verbose` to see (\d+) unchanged dependenc", re.MULTILINE)
_FAILED = re.compile(r"^error(?:\[\w+\])?: (.+)$", re.MULTILINE)
_CARGO_SAID = re.compile(
    r"no such command: `|Cargo\.(?:toml|lock)|\bcrates?\b|\bcargo\b|failed to select a version"
)
_BEGINNING = re.compile(r'^[ \t]*+\{"(?:crate_name|database)":', re.MULTILINE)
_SECTIONS: dict[str | None, Section] = {"Normal": "prod", "Development": "dev", "Build": "build"}
_UNCHANGED = "---"
_GONE = "Removed"


class _Row(Struct):
    name: str
    project: str
    compat: str
    latest: str
    kind: str | None = None


class _Outdated(Struct):
    crate_name: str
    dependencies: list[_Row]


def outdated(project: Project) -> Command:
    """`cargo update --dry-run`, which every cargo has; it prints to stderr."""
    words = ("update", "--dry-run", "--verbose", "--color", "never")
    return cargo(project, *words, why="ask cargo what it would update", network=True)


def recognises(text: str) -> bool:
    """Whether the text is of `cargo update`, `cargo outdated`, `cargo audit`, or an error of cargo."""
    if text.lstrip()[:1] in ("{", "[") or re.search(r'^\{"', text, re.MULTILINE):
        try:
            return any(_is_ours(document) for document in json_documents(text))
        except InputError:
            # Cut off: whose it was shows in its beginning, and reading it will say what is wrong.
            return bool(_BEGINNING.search(text))
    if is_table(text) or _ROW.search(text) or _HEADING.search(text):
        return True
    failed = _FAILED.search(text)
    return bool(failed and _CARGO_SAID.search(text[failed.start() :]))


def read_outdated(text: str, source: str) -> list[Reported]:
    """The rows of a saved output, in its order. InputError for a failed run, or for what is none of the three."""
    documents = [document for document in _documents(text, source) if _is_ours(document)]
    if documents:
        return [row for document in documents for row in _document(document, source)]
    if failed := _FAILED.search(text):
        raise InputError(
            f"{source}: cargo failed: {failed[1][:300]}.", "Mend that, and save the output again."
        )
    if is_table(text):
        return list(_told(list(table_rows(text, source)), source))
    if not (_ROW.search(text) or _HEADING.search(text)):
        raise InputError(
            f"{source}: not an output of cargo that is known.", "Save `cargo update --dry-run -v`."
        )
    return list(_update_rows(text, f"cargo update ({source})"))


def _documents(text: str, source: str) -> list[object]:
    try:
        return json_documents(text) if re.search(r"^[ \t]*+\{", text, re.MULTILINE) else []
    except InputError as fault:
        raise InputError(f"{source}: {fault.message}", fault.advice) from fault


def _is_ours(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    listed = document.get("dependencies")
    return is_audit(document) or ("crate_name" in document and isinstance(listed, list))


def _document(document: object, source: str) -> Iterator[Reported]:
    if is_audit(document):
        yield from read_audit(document, f"cargo audit ({source})")
        return
    try:
        told = msgspec.convert(document, _Outdated)
    except msgspec.ValidationError as fault:
        raise InputError(f"{source}: not what cargo outdated prints: {fault}.", "Save it again.") from fault
    yield from _outdated_rows(told.dependencies, source)


def _told(rows: list[dict[str, str]], source: str) -> Iterator[Reported]:
    yield from _outdated_rows(msgspec.convert(rows, list[_Row]), source)


def _outdated_rows(rows: list[_Row], source: str) -> Iterator[Reported]:
    for row in rows:
        found = _outdated_row(row, f"cargo outdated ({source})")
        if found is not None:
            yield found


def _outdated_row(row: _Row, source: str) -> Reported | None:
    """One row of `cargo outdated`; None for a package that only goes away when the one above it moves.

    `---` means unchanged, `Removed` means not needed any more, and `parent->name` is a transitive package.
    """
    name = _name(row.name.rpartition("->")[2], source)
    current = _version(row.project, name, source)
    wanted = current if row.compat == _UNCHANGED else _version(row.compat, name, source)
    latest = wanted if row.latest in (_UNCHANGED, _GONE) else _version(row.latest, name, source)
    if latest is None and (row.compat == _GONE or row.latest == _GONE):
        return None
    return Reported(
        ecosystem="cargo",
        name=name,
        current=current,
        wanted=wanted,
        latest=latest,
        source=source,
        section=_SECTIONS.get(row.kind),
        direct="->" not in row.name,
    )


def _name(text: str, source: str) -> PackageName:
    try:
        return normalise(text)
    except VersionError as fault:
        raise InputError(f"{source}: {fault.message}", "Save it again.") from fault


def _version(text: str, name: str, source: str) -> str | None:
    """A version of a row, None for one that is gone."""
    if text in (_GONE, _UNCHANGED):
        return None
    if not versions.is_valid(text):
        raise InputError(f"{source}: {name}: {text[:80]!r} is no version.", "Save it again.")
    return text


def _update_rows(text: str, source: str) -> Iterator[Reported]:
    """The packages that `cargo update` would move or leave; new and dropped ones have no version to move from.

    Git dependencies move by commit; the inventory tells that they cannot be upgraded.
    """
    for found in _ROW.finditer(text):
        if found["verb"] in ("Adding", "Removing") or found["source"]:
            continue
        name = _name(found["name"], source)
        current = _version(found["current"], name, source)
        wanted = _version(found["wanted"], name, source) if found["wanted"] else current
        noted = _NOTED.search(found["note"] or "")
        latest = _version(noted[1], name, source) if noted else wanted
        yield Reported(
            ecosystem="cargo", name=name, current=current, wanted=wanted, latest=latest, source=source
        )
    if hidden := _HIDDEN.search(text):
        yield Reported(
            ecosystem="cargo",
            name=PackageName("(not shown)"),
            current=None,
            wanted=None,
            latest=None,
            source=source,
            problem=f"{source}: {hidden[1]} unchanged dependencies are behind their latest and were not printed; "
            "save it with --verbose",
        )
