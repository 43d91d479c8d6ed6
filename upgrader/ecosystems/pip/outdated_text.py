"""What pip, uv and pip-audit print for people: tables, lists, `uv tree --outdated`, `uv lock --upgrade --dry-run`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import PackageName, Reported, Section
from upgrader.versions import pep440

_ASK = "Save `pip list --outdated --format json` or `uv pip list --outdated --format json`."
_TABLE = re.compile(r"^Package +Version +Latest +Type\b.*$", re.MULTILINE)
_INSTALLED = re.compile(r"^Package +Version *(?:Editable project location *)?$", re.MULTILINE)
_LEGACY = re.compile(
    r"^(?P<name>[\w.-]+) \((?P<from>[^),]+)(?:, (?P<at>[^)]*))?\) - Latest: (?P<to>\S+) \[\w+\]$",
    re.MULTILINE,
)
_FROZEN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)===?(?P<from>[^\s;@,]+)$")
_NODE = re.compile(
    r"^(?P<lead>[│ ]*[├└]── )?(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? v(?P<from>\S+)(?P<marks>(?: \([^)]*\))*)$",
    re.MULTILINE,
)
_LATEST = re.compile(r"\(latest: v(\S+)\)")
_GROUP = re.compile(r"\((group|extra): ([^)]+)\)")
_UPDATE = re.compile(
    r"^(?:Update|Updated|Downgrade) (?P<name>[A-Za-z0-9][\w.-]*)"
    r" v(?P<from>\S+(?:, v\S+)*) -> v(?P<to>\S+(?:, v\S+)*)$",
    re.MULTILINE,
)
_LOCKED = re.compile(r"^(?:Update|Add|Remove) [A-Za-z0-9][\w.-]* v\d\S*", re.MULTILINE)
_UNCHANGED = re.compile(r"^No lockfile changes detected$", re.MULTILINE)
_AUDIT = re.compile(r"^Name +Version +ID +Fix Versions\b|^No known vulnerabilities found", re.MULTILINE)
_STEP = 4
"""Characters that each depth of a tree is moved in by."""
_WIDE = 3


class TextFormat(Struct, frozen=True):
    """One kind of text."""

    knows: Callable[[str], bool]
    read: Callable[[str, str], list[Reported]]
    """The rows of a text from a source. Raises InputError where nothing can be known from it."""


def text_format(text: str) -> TextFormat | None:
    """The first that knows the text; None for text of another world."""
    return next((item for item in _FORMATS if item.knows(text)), None)


def listed(
    written: str,
    current: str,
    latest: str,
    where: str,
    section: Section | None = None,
    direct: bool | None = None,
) -> Reported:
    """A row of a list; raises InputError for what is no name. A version that is none is the row's problem."""
    try:
        name = normalise(written)
    except VersionError as fault:
        raise InputError(f"{where}: {fault.message}", fault.advice) from fault
    odd = next((text for text in (current, latest) if not pep440.is_valid(text)), None)
    return Reported(
        ecosystem="pip",
        name=name,
        current=current,
        wanted=None,
        latest=latest,
        source=where,
        section=section,
        direct=direct,
        problem="" if odd is None else f"{odd[:60]!r} is not a version that pip knows",
    )


def _read_table(text: str, source: str) -> list[Reported]:
    """Columns of pip and uv; the fifth is where an editable project lies."""
    head = _TABLE.search(text)
    rows = []
    for line in text[head.end() if head else 0 :].splitlines():
        cells = line.split()
        if not cells or set(line) <= {"-", " "}:
            continue
        if line.startswith(("[notice]", "WARNING:", "DEPRECATION:")):
            break
        if len(cells) < _WIDE:
            raise InputError(f"{source}: not a row of the table: {line[:100]!r}.", _ASK)
        row = listed(cells[0], cells[1], cells[2], f"pip list --outdated ({source})")
        at = " ".join(cells[_WIDE + 1 :])
        rows.append(
            msgspec.structs.replace(row, problem=f"installed from {at}") if at and not row.problem else row
        )
    return rows


def _read_legacy(text: str, source: str) -> list[Reported]:
    where = f"pip list --outdated ({source})"
    rows = []
    for found in _LEGACY.finditer(text):
        row = listed(found["name"], found["from"], found["to"], where)
        rows.append(
            msgspec.structs.replace(row, problem=f"installed from {found['at']}") if found["at"] else row
        )
    return rows


def _is_frozen(text: str) -> bool:
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("WARNING", "["))
    ]
    return bool(lines) and all(_FROZEN.fullmatch(line) for line in lines)


def _read_frozen(text: str, source: str) -> list[Reported]:
    """`--format freeze` names no newer version: every row is a package of which nothing is known."""
    found = [line for line in map(_FROZEN.fullmatch, map(str.strip, text.splitlines())) if line]
    why = "pip's freeze format names no newer version"
    rows = [listed(line["name"], line["from"], line["from"], f"pip list ({source})") for line in found]
    return [msgspec.structs.replace(row, latest=None, problem=row.problem or why) for row in rows]


def _is_tree(text: str) -> bool:
    return any(_LATEST.search(found["marks"]) for found in _NODE.finditer(text))


def _read_tree(text: str, source: str) -> list[Reported]:
    """The packages marked `(latest: …)`, each once; what stands at the left edge is a project of the workspace."""
    rows: dict[tuple[PackageName, str | None], Reported] = {}
    projects: list[str] = []
    for found in _NODE.finditer(text):
        depth = len(found["lead"] or "") // _STEP
        newest = _LATEST.search(found["marks"])
        projects += [found["name"]] if not depth and not newest else []
        if newest is None:
            continue
        group = _GROUP.search(found["marks"])
        section: Section | None = None if group is None else "dev" if group[1] == "group" else "optional"
        direct = depth == 1 if projects else None
        row = listed(
            found["name"], found["from"], newest[1], f"uv tree --outdated ({source})", section, direct
        )
        known = rows.get((row.name, row.current))
        if known is None or (direct and not known.direct):
            rows[row.name, row.current] = row
    return list(rows.values())


def _is_lock(text: str) -> bool:
    return bool(_LOCKED.search(text) or _UNCHANGED.search(text))


def _read_lock(text: str, source: str) -> list[Reported]:
    """`Update name v1 -> v2`: what the requirements allow. What only comes or goes has no version to move from."""
    return list(_lock_rows(text, f"uv lock --upgrade ({source})"))


def _lock_rows(text: str, where: str) -> Iterator[Reported]:
    for found in _UPDATE.finditer(text):
        befores, afters = (found[side].split(", v") for side in ("from", "to"))
        aim = afters[-1]
        for before in befores:
            if before not in afters:
                row = listed(found["name"], before, aim, where)
                yield msgspec.structs.replace(row, wanted=aim)


def _refuse_installed(text: str, source: str) -> list[Reported]:
    raise InputError(f"{source}: a list of what is installed, which names no newer versions.", _ASK)


def _refuse_audit(text: str, source: str) -> list[Reported]:
    raise InputError(f"{source}: is pip-audit's text for people.", "Save `pip-audit -f json`.")


_FORMATS = (
    TextFormat(lambda text: bool(_TABLE.search(text)), _read_table),
    TextFormat(lambda text: bool(_LEGACY.search(text)), _read_legacy),
    TextFormat(_is_tree, _read_tree),
    TextFormat(_is_lock, _read_lock),
    TextFormat(lambda text: bool(_INSTALLED.search(text)), _refuse_installed),
    TextFormat(lambda text: bool(_AUDIT.search(text)), _refuse_audit),
    TextFormat(_is_frozen, _read_frozen),
)
