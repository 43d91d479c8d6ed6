"""`outdated` as text for people: npm's table and `--parseable`, yarn 1's table, pnpm's and bun's boxes, pnpm's list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.ecosystems.npm.outdated_json import yarn_row
from upgrader.ecosystems.npm.reported_rows import Format, each_once, reported
from upgrader.errors import InputError
from upgrader.model import Reported
from upgrader.versions import npm as versions

_HEAD = re.compile(
    r"^Package +Current +Wanted +Latest +(?P<next>Location|Depended by|Package Type)\b.*$", re.M
)
_YARN = re.compile(r"^Package +Current +Wanted +Latest +(?:Workspace +)?Package Type\b.*$", re.MULTILINE)
_THREE = 3
_FIELDS = 40
_BARS = re.compile("[│|]")
_BOXED = re.compile(r"^[ \t]*+[│|] *+Package *+[│|] *+Current *+[│|].*Latest", re.MULTILINE)
_MARKED = re.compile(r"(?P<name>\S+)(?: \((?P<mark>\w+)\))?")
_WANTED = re.compile(r"missing \(wanted (?P<version>\S+)\)")
_LISTED = re.compile(
    r"^(?P<name>@?[\w./-]+)(?: \((?P<mark>\w+)\))?\n(?P<from>missing \(wanted \S+\)|\S+) => (?P<to>\S+)$",
    re.MULTILINE,
)
_AUDIT = re.compile(r"^# npm audit report *+$", re.MULTILINE)


def _is_npm_table(text: str, documents: Sequence[object]) -> bool:
    found = _HEAD.search(text)
    return found is not None and found["next"] != "Package Type"


def _read_npm_table(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    found = _HEAD.search(text)
    where = f"npm outdated ({source})"
    rows = []
    for line in text[found.end() if found else 0 :].splitlines():
        cells = line.split()
        if len(cells) >= 4 and not line.startswith(("npm ", "[")):
            name, current, wanted, latest = cells[:4]
            rows.append(reported(name, where, current=current, wanted=wanted, latest=latest))
        elif cells and not line.startswith(("npm ", "[")):
            raise InputError(f"{source}: not a row of npm's table: {line[:100]!r}.", "Save it with --json.")
    return each_once(rows)


def _is_parseable(text: str, documents: Sequence[object]) -> bool:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("npm ")]
    return not documents and bool(lines) and _edge(lines[0]) is not None


def _read_parseable(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    rows = []
    for line in filter(str.strip, text.splitlines()):
        edge = _edge(line)
        if edge:
            name, where = edge["wanted"].rpartition("@")[0], f"npm outdated ({source})"
            current, wanted, latest = (
                edge[field].rpartition("@")[2] for field in ("current", "wanted", "latest")
            )
            type_ = edge["type"]
            rows.append(reported(name, where, current=current, wanted=wanted, latest=latest, section=type_))
        elif not line.startswith("npm "):
            raise InputError(f"{source}: not a line of npm: {line[:100]!r}.", "Save it with --json.")
    return each_once(rows)


def _edge(line: str) -> dict[str, str] | None:
    """`folder:name@wanted:name@current:name@latest:dependent:type…`; aliases have a colon too, as has a drive."""
    parts = re.sub(r"^[A-Za-z]:(?=[\\/])", "", line.strip()).split(":", _FIELDS)[1:]
    fields: list[str] = []
    before: list[str] = []
    while parts and len(fields) < _THREE:
        part = parts.pop(0)
        before.append(part)
        if part == "MISSING" or versions.is_valid(part.rpartition("@")[2]):
            fields.append(":".join(before))
            before = []
    if len(fields) < _THREE or "@" not in fields[0] or "@" not in fields[2]:
        return None
    told = dict(zip(("wanted", "current", "latest"), fields, strict=True))
    return told | {"type": parts[1] if len(parts) > 1 else ""}


def _is_yarn_table(text: str, documents: Sequence[object]) -> bool:
    return not documents and _YARN.search(text) is not None


def _read_yarn_table(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """Columns are padded to their widest cell; the head's words say where each begins."""
    head = _YARN.search(text)
    rows = []
    for line in text[head.end() if head else 0 :].strip("\n").splitlines():
        if line.startswith(("Done in", "error ", "info ", "warning ")):
            break
        cells = line.split()
        if len(cells) < 5:
            raise InputError(f"{source}: not a row of yarn's table: {line[:100]!r}.", "Save it with --json.")
        names = ("Package", "Current", "Wanted", "Latest")
        type_ = next((cell for cell in cells[4:] if cell.endswith("ependencies")), "")
        rows.append(yarn_row({**dict(zip(names, cells, strict=False)), "Package Type": type_}, source))
    return each_once(rows)


def _is_boxed(text: str, documents: Sequence[object]) -> bool:
    return _BOXED.search(text) is not None


def _read_boxed(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """Read pnpm's and bun's; a cell that goes on below (long lists of dependents) belongs to the row above."""
    heads: list[str] = []
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in _BARS.split(line.strip())[1:-1]]
        if "Package" in cells and "Current" in cells:
            heads = cells
            if "Latest" not in heads:
                raise InputError(f"{source}: a table without a column `Latest`.", "Save it as JSON.")
        elif heads and len(cells) == len(heads) and cells[0] and not set(cells[0]) <= set("-─┼ "):
            rows.append(_boxed_row(dict(zip(heads, cells, strict=True)), source))
    return each_once(rows)


def _boxed_row(cells: Mapping[str, str], source: str) -> Reported:
    tool = "bun" if "Update" in cells else "pnpm"
    return _marked_row(
        cells["Package"], cells["Current"], cells["Latest"], f"{tool} outdated ({source})", cells
    )


def _marked_row(
    written: str, current: str, latest: str, where: str, cells: Mapping[str, str] | None = None
) -> Reported:
    found = _MARKED.fullmatch(written)
    missing = _WANTED.fullmatch(current)
    gone = latest.lower() == "deprecated"
    return reported(
        found["name"] if found else written,
        where,
        current=missing["version"] if missing else current,
        wanted=(cells or {}).get("Update"),
        latest=None if gone else latest,
        section=found["mark"] if found else None,
        direct=True,
        deprecated="its newest release is deprecated" if gone else "",
        alias=False,
    )


def _is_list(text: str, documents: Sequence[object]) -> bool:
    return not documents and _LISTED.search(text) is not None


def _read_list(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"pnpm outdated ({source})"

    def rows() -> Iterator[Reported]:
        for found in _LISTED.finditer(text):
            row = _marked_row(found["name"], found["from"], found["to"], where)
            yield row if not found["mark"] else _with_mark(found, where)

    return each_once(rows())


def _with_mark(found: re.Match[str], where: str) -> Reported:
    return _marked_row(f"{found['name']} ({found['mark']})", found["from"], found["to"], where)


def _is_audit_text(text: str, documents: Sequence[object]) -> bool:
    return not documents and _AUDIT.search(text) is not None


def _refuse_audit_text(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    raise InputError(f"{source}: is the text for people.", "Save `npm audit --json`.")


FORMATS = (
    Format("npm outdated, the table", _is_npm_table, _read_npm_table),
    Format("npm outdated --parseable", _is_parseable, _read_parseable),
    Format("yarn outdated, the table", _is_yarn_table, _read_yarn_table),
    Format("pnpm outdated and bun outdated, the box", _is_boxed, _read_boxed),
    Format("pnpm outdated --format list", _is_list, _read_list),
    Format("npm audit, the text", _is_audit_text, _refuse_audit_text),
)
