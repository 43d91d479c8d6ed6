"""JSON with comments and trailing commas (tsconfig.json, .eslintrc): every entry with its place."""

from __future__ import annotations

import json
import re

from upgrader.rulebook.data_entry import (
    Data,
    Entry,
    Keys,
    NotData,
    below,
    indent_at,
    line_end,
    line_start,
    newline_of,
)

DEEPEST = 60
_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"')
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null")


def read(text: str) -> Data:
    """Every entry of the file. Raises NotData for what is no JSON, comments and trailing commas apart."""
    reader = _Reader(text)
    at = reader.blank(0)
    document, end = reader.value(at, ())
    if reader.blank(end) != len(text):
        raise NotData("it has text after its end")
    return Data(text=text, document=document, entries=tuple(reader.entries))


def write(value: object, like: str) -> str:
    """A value as JSON; `like` does not matter."""
    return json.dumps(value, ensure_ascii=False)


def write_key(name: str, like: str) -> str:
    """A key in double quotes."""
    return json.dumps(name, ensure_ascii=False)


def insert(data: Data, holder: Keys, name: str, value: object) -> tuple[int, str]:
    """After the holder's last member, indented like it. Raises NotData for a holder that is no object."""
    members = below(data.entries, holder)
    text = f"{write_key(name, '')}: {write(value, '')}"
    if members:
        last = members[-1]
        on_own_line = data.text[line_start(data.text, last.key[0]) : last.key[0]].strip() == ""
        gap = newline_of(data.text) + indent_at(data.text, last.key[0]) if on_own_line else " "
        return last.span[1], f",{gap}{text}"
    start = _opening(data, holder)
    return start + 1, text


def _opening(data: Data, holder: Keys) -> int:
    for entry in data.entries:
        if entry.keys == holder and data.text[entry.span[0]] == "{":
            return entry.span[0]
    if not holder and data.text.lstrip("\ufeff \t\r\n").startswith("{"):
        return data.text.index("{")
    raise NotData("there is no object to put it in")


class _Reader:
    """One pass over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.entries: list[Entry] = []

    def blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, keys: Keys) -> tuple[object, int]:
        """The value that begins at an offset, and the offset after it."""
        first = self.text[at : at + 1]
        if first in ("{", "["):
            if len(keys) >= DEEPEST:
                raise NotData(f"it nests deeper than {DEEPEST}")
            return self.members(at, keys) if first == "{" else self.elements(at, keys)
        found = _STRING.match(self.text, at) or _SCALAR.match(self.text, at)
        if found is None:
            raise NotData(f"line {self.text.count(chr(10), 0, at) + 1} is not JSON")
        try:
            return json.loads(found.group()), found.end()
        except ValueError as fault:
            raise NotData(f"line {self.text.count(chr(10), 0, at) + 1} is not JSON") from fault

    def members(self, at: int, keys: Keys) -> tuple[object, int]:
        document: dict[str, object] = {}
        places: list[tuple[int, Entry]] = []
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "}":
            found = _STRING.match(self.text, at)
            colon = self.blank(found.end()) if found else at
            if found is None or self.text[colon : colon + 1] != ":":
                raise NotData(f"line {self.text.count(chr(10), 0, at) + 1} is not JSON")
            name: str = json.loads(found.group())
            if name in document:
                raise NotData(f"the key {name!r} stands twice")
            begin = self.blank(colon + 1)
            place = len(self.entries)
            document[name], end = self.value(begin, (*keys, name))
            entry = Entry(keys=(*keys, name), value=document[name], span=(begin, end), key=found.span())
            self.entries.insert(place, entry)
            places.append((place, entry))
            at = self.next(end, "}")
        self.removals([(place, entry, entry.key[0]) for place, entry in places])
        return document, at + 1

    def elements(self, at: int, keys: Keys) -> tuple[object, int]:
        document: list[object] = []
        places: list[tuple[int, Entry]] = []
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "]":
            place = len(self.entries)
            value, end = self.value(at, (*keys, len(document)))
            entry = Entry(keys=(*keys, len(document)), value=value, span=(at, end))
            self.entries.insert(place, entry)
            places.append((place, entry))
            document.append(value)
            at = self.next(end, "]")
        self.removals([(place, entry, entry.span[0]) for place, entry in places])
        return document, at + 1

    def next(self, end: int, closing: str) -> int:
        """The beginning of what follows a member: another one, or the closing bracket."""
        at = self.blank(end)
        if self.text[at : at + 1] == ",":
            return self.blank(at + 1)
        if self.text[at : at + 1] != closing:
            raise NotData(f"line {self.text.count(chr(10), 0, at) + 1} is not JSON")
        return at

    def removals(self, places: list[tuple[int, Entry, int]]) -> None:
        """What goes with each member: its own line and comma; the comma before the last one."""
        for number, (place, entry, begin) in enumerate(places):
            end = entry.span[1]
            comma = self.blank(end)
            if self.text[comma : comma + 1] == ",":
                end = comma + 1
                alone = self.text[line_start(self.text, begin) : begin].strip() == ""
                rest = self.text[end : line_end(self.text, end)]
                if alone and rest.strip() == "":
                    begin, end = line_start(self.text, begin), line_end(self.text, end)
                elif rest[:1] == " ":
                    end += 1
            elif number:
                begin = places[number - 1][1].span[1]
            shifted = next(index for index in range(place, len(self.entries)) if self.entries[index] is entry)
            self.entries[shifted] = Entry(
                keys=entry.keys, value=entry.value, span=entry.span, key=entry.key, whole=(begin, end)
            )
