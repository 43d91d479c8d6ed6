"""Reads YAML into plain values and remembers the line of each: keys stay text, only YAML 1.2's plain words count."""

from __future__ import annotations

import re

import yaml
from msgspec import Struct

from upgrader.errors import PackError

LARGEST = 2 * 2**20
"""Bytes of a rule pack that are read at most; the largest we know has 200 KB."""
DEEPEST = 40

Keys = tuple[str | int, ...]
_INTEGER = re.compile(r"[-+]?[0-9]{1,15}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


class Marked(Struct, frozen=True, kw_only=True):
    """A YAML document and where its parts stand."""

    value: object
    lines: dict[Keys, int]
    """Path of every key and element to its 1-based line; the document's own under ()."""


def read_marked(data: bytes, path: str) -> Marked:
    """The one document of the file. `yes`, `on` and dates are text (YAML 1.2); keys are text always.

    Raises PackError `path:line: ...` for what is larger than LARGEST, not UTF-8, not YAML, has a key twice, an anchor,
    alias or tag, a second document, or nests deeper than DEEPEST.
    """
    text = decoded(data, path)
    build = _Build(path)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            build.take(event)
    except yaml.YAMLError as fault:
        raise _not_yaml(fault, path) from fault
    return Marked(value=build.root, lines=build.lines)


def read_head(data: bytes, path: str, wanted: frozenset[str]) -> Marked:
    """The top-level keys up to the last one wanted; what follows is not looked at. Raises PackError like read_marked.

    A pack's head stands at its top, so that a hundred packs are listed without reading any to its end.
    """
    text = decoded(data, path)
    build = _Build(path)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            build.take(event)
            if len(build.open) == 1 and isinstance(build.root, dict) and wanted <= build.root.keys():
                break
    except yaml.YAMLError as fault:
        raise _not_yaml(fault, path) from fault
    return Marked(value=build.root, lines=build.lines)


def decoded(data: bytes, path: str) -> str:
    """The text of a pack, its byte order mark dropped. Raises PackError for what is too large or not UTF-8."""
    if len(data) > LARGEST:
        raise PackError(f"{path}:1: larger than {LARGEST >> 20} MiB.", "Split the pack.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise PackError(f"{path}:{line}: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from fault


def _not_yaml(fault: yaml.YAMLError, path: str) -> PackError:
    mark = getattr(fault, "problem_mark", None)
    what = getattr(fault, "problem", None) or str(fault).partition("\n")[0]
    line = mark.line + 1 if mark is not None else 1
    return PackError(f"{path}:{line}: not YAML: {str(what)[:200]}.", "Mend the YAML.")


class _Build:
    """Makes values of events; `open` are the mappings and lists that are not closed yet, innermost last."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: object = None
        self.documents = 0
        self.open: list[dict[str, object] | list[object]] = []
        self.keys: list[str | int] = []
        """The path of what comes next."""
        self.waits: list[bool] = []
        """For each open mapping, whether a key comes next."""
        self.lines: dict[Keys, int] = {}

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self.refuse(event)
        if isinstance(event, yaml.ScalarEvent):
            self.scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.waits.pop()
            self.placed()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.fault(event, "a second document")

    def refuse(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if event.anchor is not None or isinstance(event, yaml.AliasEvent):
            raise self.fault(event, "anchors and aliases are not read")
        if tag is not None and tag != "!":
            raise self.fault(event, f"the tag {str(tag)[:60]} is not read")

    def fault(self, event: yaml.Event, what: str) -> PackError:
        return PackError(f"{self.path}:{_line(event)}: {what}.", "Write it out plainly.")

    def scalar(self, event: yaml.ScalarEvent) -> None:
        value: str = event.value
        if self.open and self.waits[-1]:
            self.key(event, value)
            return
        self.place(_resolved(value) if event.implicit[0] and not event.style else value, event)
        self.placed()

    def key(self, event: yaml.ScalarEvent, value: str) -> None:
        holder = self.open[-1]
        if isinstance(holder, dict) and value in holder:
            where = said(tuple(self.keys))
            raise self.fault(event, f"{where}: the key {value[:80]!r} stands twice")
        self.keys.append(value)
        self.waits[-1] = False
        self.lines[tuple(self.keys)] = _line(event)

    def begin(self, event: yaml.CollectionStartEvent) -> None:
        if self.open and self.waits[-1]:
            raise self.fault(event, "a mapping or list as a key is not read")
        if len(self.open) >= DEEPEST:
            raise self.fault(event, f"nested deeper than {DEEPEST}")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        made: dict[str, object] | list[object] = {} if is_mapping else []
        self.place(made, event)
        self.open.append(made)
        self.waits.append(is_mapping)

    def place(self, value: object, event: yaml.Event) -> None:
        """Put a value where it belongs; `keys` is then its path."""
        if not self.open:
            self.root = value
            self.lines[()] = _line(event)
            return
        holder = self.open[-1]
        if isinstance(holder, dict):
            holder[str(self.keys[-1])] = value
        else:
            self.keys.append(len(holder))
            self.lines[tuple(self.keys)] = _line(event)
            holder.append(value)

    def placed(self) -> None:
        """A value is whole: step back from its path."""
        if self.open:
            self.keys.pop()
            self.waits[-1] = isinstance(self.open[-1], dict)


def said(keys: Keys) -> str:
    """A path of keys as people write it: `edits[0].rename`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text or "the file"


def _resolved(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
