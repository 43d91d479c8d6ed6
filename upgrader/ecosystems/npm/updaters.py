"""What npm-check-updates and taze say: as JSON, and as the lines that people see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.ecosystems.npm.package_file import SECTIONS
from upgrader.ecosystems.npm.reported_rows import Format, each_once, reported, section_of, wished
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Reported
from upgrader.versions import npm as versions

_ARROW = re.compile(
    r"^\s+(?P<name>@?[\w.~-][\w./~-]*)\s+(?P<middle>\S.*?)\s+(?:→|->)\s+(?P<to>\S+)(?P<rest>.*)$"
)
_LINE = re.compile(r"^(?P<name>@?[\w.~-][\w./~-]*)@(?P<to>[\^~<>=v]*\d\S*)$", re.MULTILINE)
_TAZE = re.compile(r"^(?P<name>\S+) - .{0,500}\b\d{1,6} (?:major|minor|patch)\b", re.MULTILINE)
_NCU = re.compile(
    r"^(?:Checking |Upgrading |Run ncu |Dependencies not up-to-date)|to upgrade package\.json$",
    re.MULTILINE,
)
_CLEAN = re.compile(
    r"^[ \t]*+(?:\S{1,3} )?"
    r"(?:All dependencies match the \w{1,20} package versions|dependencies are already up-to-date)",
    re.MULTILINE,
)
_WIDEST = 1000
_DIGIT = re.compile(r"\d")
_WISH = re.compile(r"(?:npm:|workspace:|catalog:|link:|file:|git|https?:)\S*")


def _is_range(value: object) -> bool:
    """What a manifest may ask; a lone word is none, so that an object of words is not taken for one of ranges."""
    if not isinstance(value, str):
        return False
    plain = versions.is_requirement(value) and (
        value.strip() in ("", "*", "x", "X") or bool(_DIGIT.search(value))
    )
    return plain or value in ("latest", "next") or bool(_WISH.fullmatch(value))


def _is_wishes(table: object) -> bool:
    """`{name: range}` with at least one entry."""
    if not isinstance(table, dict) or not table:
        return False
    whole = all(_is_name(key) and _is_range(value) for key, value in table.items())
    return whole and any(_DIGIT.search(value) for value in table.values())


def _is_name(key: object) -> bool:
    try:
        normalise(str(key))
    except VersionError:
        return False
    return True


def _is_sections(table: object) -> bool:
    """The --jsonDeps and --jsonAll of ncu: the sections of a package.json, as they would be afterwards."""
    if not isinstance(table, dict):
        return False
    found = [table[name] for name in SECTIONS if name in table]
    return any(map(_is_wishes, found)) and all(not item or _is_wishes(item) for item in found)


def _is_ncu(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(_is_ncu_document(item) for item in documents)


def _is_ncu_document(item: object) -> bool:
    if _is_wishes(item) or _is_sections(item):
        return True
    return (
        isinstance(item, dict)
        and bool(item)
        and all(str(path).endswith("package.json") for path in item)
        and all(not inner or _is_wishes(inner) or _is_sections(inner) for inner in item.values())
    )


def _read_ncu(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"ncu ({source})"
    return each_once(row for item in documents for row in _ncu_rows(item, where))


def _ncu_rows(item: object, where: str) -> Iterator[Reported]:
    table: Mapping[str, object] = item if isinstance(item, dict) else {}
    if _is_wishes(table):
        for name, wish in table.items():
            yield wished(name, wish, where)
        return
    for key, inner in table.items():
        if key in SECTIONS and isinstance(inner, dict):
            for name, wish in inner.items():
                yield wished(name, wish, where, key)
        elif key.endswith("package.json"):
            yield from _ncu_rows(inner, where)


def _is_taze(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(
        isinstance(item, dict)
        and isinstance(found := item.get("packages"), list)
        and all(isinstance(package, dict) and isinstance(package.get("resolved"), list) for package in found)
        for item in documents
    )


def _read_taze(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"taze ({source})"
    found = [package for item in documents if isinstance(item, dict) for package in item["packages"]]
    return each_once(_taze_row(row, where, source) for package in found for row in package["resolved"])


def _taze_row(row: object, where: str, source: str) -> Reported:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        raise InputError(f"{source}: a row of taze has no name.", "Save `taze --json` again.")
    name, section = row["name"], row.get("source")
    error = row.get("resolveError") or row.get("error")
    if error:
        aim = reported(name, where, latest="0.0.0", section=section, direct=True, alias=False)
        words = error.get("message") if isinstance(error, dict) else error
        return Reported(
            ecosystem="npm",
            name=aim.name,
            current=None,
            wanted=None,
            latest=None,
            source=where,
            section=aim.section,
            problem=f"taze could not look it up: {str(words)[:300]}",
        )
    newest = row.get("latestVersionAvailable")
    return wished(name, row.get("targetVersion") or row.get("currentVersion"), where, section, latest=newest)


def _is_lines(text: str, documents: Sequence[object]) -> bool:
    """`ncu --format lines`: nothing but `name@range`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return not documents and bool(lines) and all(_LINE.fullmatch(line) for line in lines)


def _read_lines(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    return each_once(wished(found["name"], found["to"], f"ncu ({source})") for found in _LINE.finditer(text))


def _arrow(line: str) -> re.Match[str] | None:
    """A row of either tool; a line of a screen's width, for the pattern tries many ways through a long one."""
    return _ARROW.match(line) if "→" in line and len(line) < _WIDEST else None


def _is_arrows(text: str, documents: Sequence[object]) -> bool:
    told = _TAZE.search(text) or _NCU.search(text) or _CLEAN.search(text)
    return not documents and (bool(told) or any(_arrow(line) for line in text.splitlines()))


def _read_arrows(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """`name  from  →  to`, below headings that may name a section; what ncu skips for its age is no row."""
    where = f"{'taze' if _TAZE.search(text) else 'ncu'} ({source})"
    rows: list[Reported] = []
    section, skipped = "", False
    for line in text.splitlines():
        heading = line.strip()
        if heading in SECTIONS:
            section = heading
        if heading.startswith(("Skipped due to", "Updates")):
            skipped = heading.startswith("Skipped")
        found = _arrow(line)
        if found and not skipped:
            words = [word for word in found["middle"].split()[:-1] if section_of(word)]
            rows.append(wished(found["name"], found["to"], where, words[0] if words else section))
    if not rows and not _CLEAN.search(text):
        raise InputError(f"{source}: no row and no word that all is up to date.", "Save it with --json.")
    return each_once(rows)


FORMATS = (
    Format("taze --json", _is_taze, _read_taze),
    Format("npm-check-updates as JSON", _is_ncu, _read_ncu),
    Format("npm-check-updates --format lines", _is_lines, _read_lines),
    Format("npm-check-updates and taze, the text", _is_arrows, _read_arrows),
)
