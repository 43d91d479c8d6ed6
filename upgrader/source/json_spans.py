"""Where every scalar of a JSON file stands, in bytes and lines; equal to what `json.loads` reads."""

from __future__ import annotations

import json
import re

from msgspec import Struct

from upgrader.errors import ManifestError
from upgrader.source.spans import Value

LARGEST = 64 * 2**20
"""Bytes of a JSON file that are read at most; the largest package-lock.json known to us has 9 MB."""
DEEPEST = 100
"""Objects and arrays inside each other; no manifest or lockfile nests more than a dozen."""

MOST_REPEATED = 100
"""Keys that may stand twice in one file: each costs a look at all that was read before."""

Keys = tuple[str | int, ...]

_BOM = b"\xef\xbb\xbf"
_BLANK = re.compile(rb"[ \t\r\n]*+")
_KEY = re.compile(rb'[ \t\r\n]*+"([^"\\\x00-\x1f]*+)"[ \t\r\n]*+:[ \t\r\n]*+')
_HARD_KEY = re.compile(rb'[ \t\r\n]*+("[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")[ \t\r\n]*+:[ \t\r\n]*+')
_SCALAR = re.compile(
    rb'"([^"\\\x00-\x1f]*+)"'
    rb'|("[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")'
    rb"|(-?(?:0|[1-9][0-9]*+))((?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?![0-9A-Za-z.+-])"
    rb"|(true|false|null)(?![0-9A-Za-z])"
)
_NEXT = re.compile(rb"[ \t\r\n]*+([,}\]])[ \t\r\n]*+")
_CLOSED = re.compile(rb"[ \t\r\n]*+([}\]])")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


class JsonText(Struct, frozen=True, kw_only=True):
    """A JSON file with the places of its values."""

    values: tuple[Value, ...]
    """Every scalar in the order of the file; elements of arrays at their 0-based index."""
    lines: dict[Keys, int]
    """Path of every object and array to the 1-based line of its key; an element's is the line it begins on."""
    arrays: frozenset[Keys]
    """The paths of `lines` that are arrays."""
    repeated: tuple[tuple[Keys, int], ...] = ()
    """Keys that stand twice in one object, with the line of the later one, which alone counts; only when asked for."""


def json_values(text: bytes, path: str) -> list[Value]:
    """Every scalar of the file with the bytes it stands in, in the order of the file.

    `path` is for messages. A byte order mark is passed over; spans count it. A lone surrogate, which no file can hold,
    reads as U+FFFD. Raises ManifestError `path:line: ...` for what is not JSON (RFC 8259; NaN is not), is not UTF-8,
    has trailing text, one key twice in an object, a number of more than 4300 digits, nests deeper than DEEPEST, or is
    larger than LARGEST.
    """
    return list(read_json(text, path).values)


def read_json(text: bytes, path: str, *, last_counts: bool = False) -> JsonText:
    """The scalars as `json_values` gives them, and the lines of objects and arrays. Raises ManifestError like it.

    With `last_counts` a key may stand twice in an object, and what it says first is left out, as JavaScript reads it.
    """
    if len(text) > LARGEST:
        raise ManifestError(
            f"{path}:1: larger than {LARGEST // 2**20} MiB.", "Exclude it, or make it smaller."
        )
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = text.count(b"\n", 0, fault.start) + 1
        raise ManifestError(f"{path}:{line}: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from None
    return _Scan(text, path, last_counts=last_counts).whole()


class _Scan:
    """One pass over the bytes; offsets are bytes because the patterns are."""

    def __init__(self, text: bytes, path: str, *, last_counts: bool = False) -> None:
        self.text = text
        self.path = path
        self.most_repeated = MOST_REPEATED if last_counts else 0
        self.repeated: list[tuple[Keys, int]] = []
        self.values: list[Value] = []
        self.lines: dict[Keys, int] = {}
        self.arrays: set[Keys] = set()
        self.line = 1
        self.counted = 0

    def whole(self) -> JsonText:
        start = len(_BOM) if self.text.startswith(_BOM) else 0
        at = self.skip(start)
        end = self.skip(self.value(at, (), self.line_at(at)))
        if end != len(self.text):
            raise self.fault(end, "text after the end of the document")
        return JsonText(
            values=tuple(self.values),
            lines=self.lines,
            arrays=frozenset(self.arrays),
            repeated=tuple(self.repeated),
        )

    def skip(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def line_at(self, at: int) -> int:
        """Lines are counted once, on the way; `at` never goes back."""
        self.line += self.text.count(b"\n", self.counted, at)
        self.counted = at
        return self.line

    def fault(self, at: int, what: str) -> ManifestError:
        line = self.text.count(b"\n", 0, at) + 1
        return ManifestError(f"{self.path}:{line}: not JSON that can be read: {what}.", "Mend the JSON.")

    def value(self, at: int, keys: Keys, key_line: int) -> int:
        """Read the value that begins at `at`; give the offset after it."""
        first = self.text[at : at + 1]
        if first != b"{" and first != b"[":
            return self.scalar(at, keys)
        if len(keys) >= DEEPEST:
            raise self.fault(at, f"nested deeper than {DEEPEST}")
        self.lines[keys] = key_line
        if first == b"{":
            return self.members(at + 1, keys)
        self.arrays.add(keys)
        return self.elements(at + 1, keys)

    def members(self, at: int, keys: Keys) -> int:
        text = self.text
        closed = _CLOSED.match(text, at)
        if closed and closed[1] == b"}":
            return closed.end()
        seen: set[str] = set()
        while True:
            found = _KEY.match(text, at)
            key, after = (found[1].decode(), found.end()) if found else self.hard_key(at)
            line = self.line_at(found.start(1) if found else self.skip(at))
            if key in seen:
                self.forget(at, (*keys, key), line)
            seen.add(key)
            after = self.value(after, (*keys, key), line)
            ended = _NEXT.match(text, after)
            if ended is None or ended[1] == b"]":
                raise self.fault(after, "`,` or `}` is missing")
            if ended[1] == b"}":
                return ended.end(1)
            at = ended.end()

    def forget(self, at: int, keys: Keys, line: int) -> None:
        """Leave out what a key said before, or refuse it."""
        if len(self.repeated) >= self.most_repeated:
            raise self.fault(at, f"the key {str(keys[-1])[:100]!r} stands twice in one object")
        self.repeated.append((keys, line))
        deep = len(keys)
        self.values = [value for value in self.values if value.keys[:deep] != keys]
        self.lines = {spot: number for spot, number in self.lines.items() if spot[:deep] != keys}
        self.arrays = {spot for spot in self.arrays if spot[:deep] != keys}

    def elements(self, at: int, keys: Keys) -> int:
        closed = _CLOSED.match(self.text, at)
        if closed and closed[1] == b"]":
            return closed.end()
        index = 0
        at = self.skip(at)
        while True:
            after = self.value(at, (*keys, index), self.line_at(at))
            ended = _NEXT.match(self.text, after)
            if ended is None or ended[1] == b"}":
                raise self.fault(after, "`,` or `]` is missing")
            if ended[1] == b"]":
                return ended.end(1)
            at = ended.end()
            index += 1

    def hard_key(self, at: int) -> tuple[str, int]:
        found = _HARD_KEY.match(self.text, at)
        if found is None:
            raise self.fault(self.skip(at), "a key in double quotes is missing")
        return self.unescape(found[1], at), found.end()

    def unescape(self, quoted: bytes, at: int) -> str:
        try:
            value: str = json.loads(quoted)
        except ValueError as fault:
            raise self.fault(at, str(fault).partition(":")[0]) from None
        return _LONE_SURROGATE.sub("\ufffd", value)

    def scalar(self, at: int, keys: Keys) -> int:
        found = _SCALAR.match(self.text, at)
        if found is None:
            raise self.fault(at, "a value is missing" if at < len(self.text) else "it breaks off")
        value: str | int | float | bool | None
        if found[1] is not None:
            value = found[1].decode()
        elif found[2] is not None:
            value = self.unescape(found[2], at)
        else:
            value = self.number_or_word(found, at)
        self.values.append(Value(keys=keys, value=value, start=at, end=found.end(), line=self.line_at(at)))
        return found.end()

    def number_or_word(self, found: re.Match[bytes], at: int) -> int | float | bool | None:
        if found[5] is not None:
            return _WORDS[found[5]]
        try:
            return float(found[3] + found[4]) if found[4] else int(found[3])
        except ValueError:
            raise self.fault(at, "a number of more than 4300 digits") from None
