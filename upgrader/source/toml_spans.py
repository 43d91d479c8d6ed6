"""Where every scalar of a TOML file stands, in bytes and lines; `tomllib` decides what is TOML and what it means."""

from __future__ import annotations

import datetime
import re
import tomllib
from bisect import bisect_right

from msgspec import Struct

from upgrader.errors import ManifestError
from upgrader.source.spans import Value
from upgrader.source.toml_tables import on_one_line

LARGEST = 8 * 2**20
"""Bytes of a TOML file that are read at most."""
DEEPEST_KEY = 32
"""Parts of one dotted key: `tomllib` needs the square of it (and keys times depth of the header above them)."""
MOST_KEY_PARTS = 4_000_000
"""Key parts over all values of a file: bounds the memory that a deeply nested, long array can ask for."""

_KEY_PART = rb"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(
    rb"^[ \t]*+\[{0,2}[ \t]*+(?:" + _KEY_PART + rb"[ \t]*+\.[ \t]*+){%d}" % DEEPEST_KEY, re.MULTILINE
)
_KEY = re.compile(rb"[ \t]*+(" + _KEY_PART + rb")[ \t]*+(\.?)")
_BLANK = re.compile(rb"(?:[ \t\r\n]++|#[^\n]*+)*+")
_EQUALS = re.compile(rb"[ \t]*+=[ \t]*+")
_SCALAR = re.compile(
    rb'''"""(?:[^"\\]++|\\.|""?(?!"))*+"{3,5}'''
    rb"""|'''(?:[^']++|''?(?!'))*+'{3,5}"""
    rb'''|"(?:[^"\\]++|\\.)*+"'''
    rb"""|'[^']*+'"""
    rb"""|\d{4}-\d\d-\d\d(?:[Tt ]\d\d:[0-9:.]++(?:[Zz]|[+-]\d\d:\d\d)?)?"""
    rb"""|[^\s,\]}#]++""",
    re.DOTALL,
)
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)$")
_HUGE_NUMBER = re.compile(rb"[0-9_]{4300,}")

Keys = tuple[str | int, ...]


class TomlText(Struct, frozen=True, kw_only=True):
    """A TOML file as `tomllib` reads it, with the places of its values and keys."""

    document: dict[str, object]
    values: tuple[Value, ...]
    """Every scalar in the order of the file; elements of arrays at their 0-based index."""
    lines: dict[Keys, int]
    """Path of keys to the 1-based line that first spells it in full: a key, an inline table's key, or a header."""


def toml_values(text: bytes, path: str) -> list[Value]:
    """Every scalar of the file with the bytes it stands in; values equal `tomllib`'s, dates stay as written.

    `path` is for messages. Raises ManifestError `path:line: ...` for what is no TOML 1.0 (https://toml.io/en/v1.0.0),
    is not UTF-8, begins with a byte order mark, nests too deep, or is larger than LARGEST.
    """
    return list(read_toml(text, path).values)


def read_toml(text: bytes, path: str) -> TomlText:
    """The document, its values and the lines of its keys in one reading. Raises ManifestError like `toml_values`."""
    document, plain = _either_form(text, path)
    reader = _Reader(plain, path, document)
    reader.starts = [0] + [found.end() for found in re.finditer(b"\n", text)]
    reader.read()
    return TomlText(document=document, values=tuple(reader.values), lines=reader.lines)


def toml_document(text: bytes, path: str) -> dict[str, object]:
    """What `tomllib` reads, its faults as ManifestError `path:line: ...`; inline tables may go over several lines."""
    return _either_form(text, path)[0]


def _either_form(text: bytes, path: str) -> tuple[dict[str, object], bytes]:
    """The document, and the text in the form that could be read: as it is, else with inline tables on one line."""
    try:
        return _document(text, path), text
    except ManifestError:
        plain = on_one_line(text) if len(text) <= LARGEST else text
        if plain == text:
            raise
        try:
            return _document(plain, path), plain
        except ManifestError:
            pass
        raise


def _document(text: bytes, path: str) -> dict[str, object]:
    if len(text) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "Split the file.")
    if text.startswith(b"\xef\xbb\xbf"):
        raise ManifestError(f"{path}:1: begins with a byte order mark.", "Save it as UTF-8 without BOM.")
    if found := _LONG_KEY.search(text):
        at = _line(text, found.start())
        raise ManifestError(f"{path}:{at}: a key of more than {DEEPEST_KEY} parts.", "Nest less deeply.")
    try:
        return tomllib.loads(text.decode())
    except UnicodeDecodeError as fault:
        at = _line(text, fault.start)
        raise ManifestError(f"{path}:{at}: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from fault
    except RecursionError as fault:
        raise ManifestError(f"{path}:1: arrays or tables nest too deep.", "Nest less deeply.") from fault
    except tomllib.TOMLDecodeError as fault:
        place = _AT_LINE.search(str(fault))
        at = int(place[1]) if place else _line(text, len(text))
        what = _AT_LINE.sub("", str(fault)).strip()
        raise ManifestError(f"{path}:{at}: not TOML: {what}.", "Mend the line.") from fault
    except ValueError as fault:
        huge = _HUGE_NUMBER.search(text)
        at = _line(text, huge.start()) if huge else 1
        raise ManifestError(f"{path}:{at}: a number is too large.", "TOML integers have 64 bits.") from fault


def _line(text: bytes, offset: int) -> int:
    return text.count(b"\n", 0, offset) + 1


class _Frame:
    """An open array (`index` counts) or inline table (`index` is None) while its inside is read."""

    __slots__ = ("holder", "index", "keys")

    def __init__(self, keys: Keys, holder: object) -> None:
        self.keys = keys
        self.holder = holder
        self.index = 0 if isinstance(holder, list) else None


class _Reader:
    """Walks valid TOML once, left to right; knows no grammar errors because `tomllib` has said it is valid."""

    def __init__(self, text: bytes, path: str, document: dict[str, object]) -> None:
        self.text = text
        self.path = path
        self.document = document
        self.values: list[Value] = []
        self.lines: dict[Keys, int] = {}
        self.at = 0
        self.parts = 0
        self.counts: dict[Keys, int] = {}
        """Array of tables to how many of its tables have begun."""
        self.starts = [0]
        """Offsets at which the lines begin."""

    def read(self) -> None:
        """Statement by statement: headers set the table that the keys below them belong to."""
        keys: Keys = ()
        holder: object = self.document
        while self.blank() < len(self.text):
            if self.text.startswith(b"[", self.at):
                keys, holder = self.header()
            else:
                name, inner = self.key(keys, holder)
                self.at = self.match(_EQUALS).end()
                self.value(name, inner)

    def blank(self) -> int:
        """Skip blanks, line ends and comments."""
        self.at = self.match(_BLANK).end()
        return self.at

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        """The pattern right here; a scanner that lost its way says so rather than reporting wrong places."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ManifestError(
                f"{self.path}:{self.line(self.at)}: TOML that this program cannot locate.",
                "Please report the line as a bug.",
            )
        return found

    def line(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def dotted(self) -> list[str]:
        """The parts of the key that stands here, decoded."""
        parts = []
        dot = b"."
        while dot:
            found = self.match(_KEY)
            parts.append(_decoded(found[1]))
            dot = found[2]
            self.at = found.end()
        return parts

    def header(self) -> tuple[Keys, object]:
        """`[a.b]` or `[[a.b]]`: the path with the indices of arrays of tables, and the table it names."""
        first = self.at
        many = self.text.startswith(b"[[", first)
        self.at += 2 if many else 1
        parts = self.dotted()
        self.at += 2 if many else 1
        keys: Keys = ()
        holder: object = self.document
        for number, part in enumerate(parts, 1):
            keys, holder = (*keys, part), _inside(holder, part)
            if isinstance(holder, list):
                if many and number == len(parts):
                    self.lines.setdefault(keys, self.line(first))
                    self.counts[keys] = self.counts.get(keys, 0) + 1
                index = self.counts[keys] - 1
                keys, holder = (*keys, index), holder[index]
        self.lines.setdefault(keys, self.line(first))
        return keys, holder

    def key(self, keys: Keys, holder: object) -> tuple[Keys, object]:
        """A key below `keys`: its full path and what `tomllib` holds there."""
        first = self.line(self.match(_KEY).start(1))
        for part in self.dotted():
            keys, holder = (*keys, part), _inside(holder, part)
            self.lines.setdefault(keys, first)
        return keys, holder

    def value(self, keys: Keys, holder: object) -> None:
        """The value here and everything inside it, without recursion: depth is the stack's."""
        stack: list[_Frame] = []
        self.open_or_take(keys, holder, stack)
        while stack:
            self.blank()
            if self.text.startswith(b",", self.at):
                self.at += 1
            elif self.text.startswith((b"]", b"}"), self.at):
                self.at += 1
                stack.pop()
            else:
                self.open_or_take(*self.inner(stack[-1]), stack)

    def inner(self, frame: _Frame) -> tuple[Keys, object]:
        """The next element of an array, or the next key of an inline table up to its value."""
        if frame.index is None:
            found = self.key(frame.keys, frame.holder)
            self.at = self.match(_EQUALS).end()
            self.blank()
            return found
        keys = (*frame.keys, frame.index)
        holder = frame.holder[frame.index] if isinstance(frame.holder, list) else None
        frame.index += 1
        return keys, holder

    def open_or_take(self, keys: Keys, holder: object, stack: list[_Frame]) -> None:
        """Enter an array or inline table, or note the scalar."""
        self.parts += len(keys)
        if self.parts > MOST_KEY_PARTS:
            where = f"{self.path}:{self.line(self.at)}"
            raise ManifestError(f"{where}: too many nested values.", "Split the file.")
        if self.text.startswith((b"[", b"{"), self.at):
            self.at += 1
            stack.append(_Frame(keys, holder))
            return
        start, self.at = self.at, self.match(_SCALAR).end()
        line = self.line(start)
        span = self.text[start : self.at]
        scalar = _scalar(holder, span, f"{self.path}:{line}")
        self.values.append(Value(keys=keys, value=scalar, start=start, end=self.at, line=line))


def _inside(holder: object, part: str) -> object:
    return holder[part] if isinstance(holder, dict) else None


def _decoded(part: bytes) -> str:
    """A key part without its quotes; escapes by tomllib itself."""
    if part.startswith(b'"'):
        text = part.decode()
        return str(tomllib.loads(f"a = {text}")["a"]) if "\\" in text else text[1:-1]
    return part.decode().strip("'")


def _scalar(value: object, span: bytes, where: str) -> str | int | float | bool:
    if isinstance(value, (datetime.date, datetime.time)):
        return span.decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ManifestError(f"{where}: a number is too large.", "TOML integers have 64 bits.")
    if isinstance(value, (str, int, float)):
        return value
    raise ManifestError(f"{where}: TOML that this program cannot locate.", "Please report the line as a bug.")
