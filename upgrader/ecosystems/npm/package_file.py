"""One package.json as far as dependencies, workspaces and checks need it, every entry with its line."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.errors import ManifestError
from upgrader.model import Held, Place, Section
from upgrader.source.json_spans import JsonText, Keys, read_json
from upgrader.source.spans import Value

SECTIONS: Mapping[str, Section] = {
    "dependencies": "prod",
    "devDependencies": "dev",
    "optionalDependencies": "optional",
    "peerDependencies": "peer",
}


class Entry(Struct, frozen=True, kw_only=True):
    """`"key": "text"` in one of the SECTIONS."""

    group: str
    key: str
    text: str
    line: int


class PackageFile(Struct, frozen=True, kw_only=True):
    """A package.json that could be read."""

    path: str
    folder: str
    """Posix, `.` for the root."""
    entries: tuple[Entry, ...]
    """In the order of the file."""
    held: tuple[Held, ...]
    """Lines that could not be read."""
    texts: Mapping[Keys, str]
    """Every string in the file by its path of keys."""
    truths: frozenset[Keys]
    """The paths that hold `true`."""
    paths: frozenset[Keys]
    """The paths of all values, objects and lists."""
    arrays: frozenset[Keys]
    """Those that are lists."""
    lines: Mapping[Keys, int]
    """The line of every string, object and array."""

    def text(self, *keys: str) -> str:
        """The string at a path of keys, "" when there is none."""
        return self.texts.get(keys, "")

    def is_true(self, *keys: str) -> bool:
        """Whether `true` stands at a path of keys."""
        return keys in self.truths

    def members(self, *keys: str) -> dict[str, str]:
        """The strings directly inside the object at a path of keys, in the order of the file."""
        deep = len(keys)
        return {
            str(path[-1]): text
            for path, text in self.texts.items()
            if len(path) == deep + 1 and path[:deep] == keys
        }


def read_package_file(tree: Tree, path: str) -> PackageFile:
    """Read a package.json. Raises ManifestError when it is missing, no JSON, or no object."""
    read = read_json(tree.read(path), path, last_counts=True)
    if () in read.arrays or () not in read.lines:
        raise ManifestError(f"{path}:1: is not a JSON object.", "A package.json begins with `{`.")
    entries: list[Entry] = []
    held = [_fault(path, read.lines[keys], keys[0], "is a list, not an object") for keys in _lists(read)]
    held += [
        _fault(path, line, ".".join(str(key) for key in keys), "stands twice; npm takes the last one", _ONCE)
        for keys, line in read.repeated
    ]
    for value in read.values:
        if not value.keys or value.keys[0] not in SECTIONS or (value.keys[0],) in read.arrays:
            continue
        entry = _entry(path, value)
        if isinstance(entry, Entry):
            entries.append(entry)
        elif entry is not None:
            held.append(entry)
    strings = [value for value in read.values if isinstance(value.value, str)]
    return PackageFile(
        path=path,
        folder=posixpath.dirname(path) or ".",
        entries=tuple(entries),
        held=(*held, *_nested(path, read)),
        texts={value.keys: str(value.value) for value in strings},
        truths=frozenset(value.keys for value in read.values if value.value is True),
        paths=frozenset(value.keys for value in read.values) | read.lines.keys(),
        arrays=read.arrays,
        lines={**read.lines, **{value.keys: value.line for value in strings}},
    )


def unreadable(place: Place, subject: str, reason: str, advice: str = "") -> Held:
    """A line that cannot be read: `reason` follows the place."""
    return Held(
        kind="unreadable",
        subject=subject,
        reason=f"{place}: {reason}",
        advice=advice,
        ecosystem="npm",
        place=place,
    )


def _lists(read: JsonText) -> list[Keys]:
    return [(section,) for section in SECTIONS if (section,) in read.arrays]


def _entry(path: str, value: Value) -> Entry | Held | None:
    """An entry, a fault, or None for what means nothing (`"dependencies": null`) or is told elsewhere."""
    group = str(value.keys[0])
    if len(value.keys) == 1:
        return None if value.value is None else _fault(path, value.line, group, "is a value, not an object")
    if len(value.keys) > 2:
        return None
    key = str(value.keys[1])
    if isinstance(value.value, str):
        return Entry(group=group, key=key, text=value.value, line=value.line)
    return _fault(path, value.line, f"{group}.{key}", "is not text")


def _nested(path: str, read: JsonText) -> list[Held]:
    """Objects and lists where a requirement should be."""
    return [
        _fault(path, line, f"{keys[0]}.{keys[1]}", "is not text")
        for keys, line in read.lines.items()
        if len(keys) == 2 and keys[0] in SECTIONS and keys[:1] not in read.arrays
    ]


_ONCE = "Write it once."


def _fault(
    path: str, line: int, key: object, what: str, advice: str = 'Write it as `"name": "^1.0.0"`.'
) -> Held:
    shown = str(key)[:120]
    place = Place(path=path, line=line, key=shown)
    subject = shown.partition(".")[2] or path
    return unreadable(place, subject, f"{shown}: {what}", advice)
