"""Which modules of the project a Python file imports, and what a module may hand on; by text alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n;#(]+)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n;#]+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ITEM = re.compile(r"([\w.*]+)(?:\s+as\s+(\w+))?")
_COMMENT = re.compile(r"#[^\n]*")
_ASSIGNED = re.compile(r"^(\w+)(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*([A-Za-z_]\w*)", re.MULTILINE)
_CLASS = re.compile(r"^class[ \t]+(\w+)[ \t]*\(([^)]*)\)", re.MULTILINE)
_ALL = re.compile(r"^__all__\b.*?[\])]", re.MULTILINE | re.DOTALL)

Imported = tuple[str, frozenset[str]]
"""A module as it is written, and the names taken from it: `*` for all, none for the module itself."""


def imported(text: str) -> Iterator[Imported]:
    """Every module that the file imports, with the names it takes from it; a name may be a module of its own."""
    for found in _FROM.finditer(text):
        names = frozenset(name for name, _ in _items(found[2]))
        yield found[1], names
        for name in names - {"*"}:
            yield f"{found[1]}{name}" if found[1].endswith(".") else f"{found[1]}.{name}", frozenset()
    for found in _IMPORT.finditer(text):
        for name, _ in _items(found[1]):
            yield name, frozenset()


def resolve(importer: str, module: str, paths: Collection[str]) -> str | None:
    """The file of a module among these; an absolute one by the end of its path, the nearest to the importer first."""
    parts = [part for part in module.lstrip(".").split(".") if part]
    dots = len(module) - len(module.lstrip("."))
    if dots:
        folder = importer.split("/")[:-1]
        if dots - 1 > len(folder):
            return None
        base = "/".join([*folder[: len(folder) - dots + 1], *parts])
        return next((path for path in _spelled(base) if path in paths), None)
    if not parts:
        return None
    ends = list(_spelled("/".join(parts)))
    fitting = [path for path in paths if any(path == end or path.endswith(f"/{end}") for end in ends)]
    return min(fitting, key=lambda path: (-_shared(path, importer), len(path)), default=None)


def _spelled(base: str) -> Iterator[str]:
    """The files that a module may be."""
    for ending in (".py", "/__init__.py", ".pyi", "/__init__.pyi"):
        yield f"{base}{ending}".lstrip("/")


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


def offered(text: str, packages: Collection[str]) -> frozenset[str]:
    """The names at a module's top that may stand for something of the packages: imported, assigned, derived."""
    names = _local_names(text, packages)
    if not names:
        return frozenset()
    found = set(names)
    found |= {name for name, source in _ASSIGNED.findall(text) if source in names}
    for _ in range(3):
        before = len(found)
        for name, bases in _CLASS.findall(text):
            if not found.isdisjoint(re.findall(r"[A-Za-z_]\w*", bases)):
                found.add(name)
        if len(found) == before:
            break
    return frozenset(found)


def handed_on(path: str, text: str, packages: Collection[str]) -> frozenset[str]:
    """Of `offered` the names that the module has for others: in `__all__`, unused in itself, or a class."""
    names = _local_names(text, packages)
    listed = " ".join(_ALL.findall(text))
    classes = {name for name, _ in _CLASS.findall(text)}
    found = offered(text, packages)
    if not found:
        return found
    counts = Counter(_WORD.findall(text))
    return frozenset(
        name
        for name in found
        if name in classes
        or re.search(rf"['\"]{re.escape(name)}['\"]", listed)
        or (name in names and counts[name] == 1)
        or (name not in names)
        or path.endswith("__init__.py")
    )


def literal(path: str) -> str:
    """A word that every file which imports the module holds."""
    parts = re.sub(r"(?:/__init__)?\.pyi?$", "", path).split("/")
    return parts[-1]


def _local_names(text: str, packages: Collection[str]) -> set[str]:
    roots = {package.partition(".")[0] for package in packages} - {""}
    names: set[str] = set()
    for found in _FROM.finditer(text):
        if found[1].partition(".")[0] in roots or found[1] in packages:
            names |= {alias or name for name, alias in _items(found[2])}
    for found in _IMPORT.finditer(text):
        for name, alias in _items(found[1]):
            if name.partition(".")[0] in roots:
                names.add(alias or name.partition(".")[0])
    return names - {"*"}


def _items(text: str) -> list[tuple[str, str]]:
    """`a as b, c` as pairs of name and alias."""
    plain = _COMMENT.sub("", text).strip("() \t\r\n")
    pairs = [_ITEM.match(part.strip()) for part in plain.split(",")]
    return [(found[1], found[2] or "") for found in pairs if found]
