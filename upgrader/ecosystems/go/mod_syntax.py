"""The grammar of go.mod, go.work and their kin: statements and blocks, with comments and byte spans."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from upgrader.errors import ManifestError

LARGEST = 8 * 2**20
"""Bytes of a go.mod file that are read at most; the Go command itself stops at 16 MiB."""

_TOKEN = re.compile(
    rb"(?P<space>[ \t\r]++)"
    rb"|(?P<comment>//.*+)"
    rb"|(?P<mark>[()\[\]{},])"
    rb'|(?P<text>"(?:[^"\\]|\\.)*+"|`[^`]*+`)'
    rb'|(?P<word>(?!["`])(?:(?!//|/\*)[^ \t\r()\[\]{},])++)',
    re.DOTALL,
)


class Token(Struct, frozen=True):
    """One word of a statement."""

    raw: str
    """As written, with quotes."""
    start: int
    """Byte offset of the first byte of `raw`."""

    @property
    def end(self) -> int:
        """Byte offset after the last byte."""
        return self.start + len(self.raw.encode())


class Statement(Struct, frozen=True, kw_only=True):
    """One directive: a line of its own, or a line inside a block."""

    verb: str
    words: tuple[Token, ...]
    """What stands behind the verb."""
    line: int
    """1-based."""
    comment: str = ""
    """The comment at the end of the line, with its slashes."""
    in_block: bool = False
    above: tuple[str, ...] = ()
    """Whole-line comments above, with their slashes; "" for a blank line between two lines of a block."""
    above_block: tuple[str, ...] = ()
    """Whole-line comments above the block; they count for a line without comments of its own."""

    @property
    def remark(self) -> str:
        """What the comments of this directive say, without slashes, one line each."""
        own = (*self.above, *([self.comment] if self.comment else ()))
        return "\n".join(line.removeprefix("//").strip() for line in own or self.above_block if line)


class Fault(Struct, frozen=True):
    """A line that could not be read."""

    line: int
    reason: str


class _Broken(Exception):
    """A line that is no Go module syntax."""


def read_statements(text: bytes, path: str) -> tuple[list[Statement], list[Fault]]:
    """Every directive in the order of the file, and the lines that are none.

    Go itself refuses the whole file for one bad line; here the other lines are still told. Raises ManifestError
    `path:line: ...` for what is not UTF-8 text, begins with a byte order mark, or is larger than LARGEST.
    """
    _check_text(text, path)
    reader = _Reader()
    offset = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        try:
            reader.take(line, offset, number)
        except _Broken as fault:
            reader.faults.append(Fault(number, str(fault)))
            reader.above = []
        offset += len(line) + 1
    if reader.block is not None:
        reader.faults.append(Fault(reader.block.line, "a block that is never closed"))
    return reader.statements, reader.faults


def unquote(token: Token) -> str:
    """What a word stands for. Raises ValueError for quotes that Go refuses."""
    raw = token.raw
    if raw.startswith('"'):
        value = json.loads(raw) if "\\" in raw else raw[1:-1]
        if isinstance(value, str):
            return value
    if any(quote in raw for quote in "\"'`"):
        raise ValueError(f"{raw[:80]} has quotes that Go does not read")
    return raw


def inner_span(token: Token) -> tuple[int, str] | None:
    """Offset and text of a word without its quotes; None when escapes inside keep it from being replaced."""
    if not token.raw.startswith('"'):
        return token.start, token.raw
    return None if "\\" in token.raw else (token.start + 1, token.raw[1:-1])


def _check_text(text: bytes, path: str) -> None:
    if len(text) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "This cannot be a go.mod file.")
    if text.startswith(b"\xef\xbb\xbf"):
        raise ManifestError(
            f"{path}:1: begins with a byte order mark, which Go refuses.", "Save it as UTF-8 without BOM."
        )
    try:
        text.decode()
    except UnicodeDecodeError as fault:
        line = text.count(b"\n", 0, fault.start) + 1
        raise ManifestError(
            f"{path}:{line}: byte {fault.start} is not UTF-8.", "Save it as UTF-8."
        ) from fault


class _Block(Struct):
    verb: str
    line: int
    above: tuple[str, ...]
    has_lines: bool = False


class _Reader:
    """Goes through the lines once; holds the open block and the comments that wait for their directive."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.faults: list[Fault] = []
        self.block: _Block | None = None
        self.above: list[str] = []

    def take(self, line: bytes, offset: int, number: int) -> None:
        """Read one line."""
        comment = ""
        words: list[Token] = []
        for kind, token in _tokens(line, offset):
            if kind == "comment":
                comment = token.raw.removesuffix("\r")
            else:
                words.append(token)
        if words:
            self._directive(words, comment, number)
            self.above = []
        elif comment:
            self.above.append(comment)
        elif self.block is None:
            self.above = []
        elif self.block.has_lines or self.above:
            # Inside a block a blank line parts nothing, but it does keep the block's own comment from counting.
            self.above.append("")

    def _directive(self, words: list[Token], comment: str, number: int) -> None:
        if self.block is not None:
            self._in_block(self.block, words, comment, number)
            return
        raw = [word.raw for word in words]
        if raw[-1] == "(":
            self.block = _Block(" ".join(raw[:-1]), number, tuple(self.above))
        elif raw[1:] != ["(", ")"]:
            self._add(raw[0], words[1:], comment, number, ())

    def _in_block(self, block: _Block, words: list[Token], comment: str, number: int) -> None:
        if words[0].raw == ")":
            self.block = None
            if len(words) > 1:
                raise _Broken("something behind the closing parenthesis")
        else:
            self._add(block.verb, words, comment, number, block.above)
            block.has_lines = True

    def _add(
        self, verb: str, words: list[Token], comment: str, number: int, above_block: tuple[str, ...]
    ) -> None:
        self.statements.append(
            Statement(
                verb=verb,
                words=tuple(words),
                line=number,
                comment=comment,
                in_block=self.block is not None,
                above=tuple(self.above),
                above_block=above_block,
            )
        )


def _tokens(line: bytes, offset: int) -> Iterator[tuple[str, Token]]:
    """The words and the comment of one line. Raises _Broken for what Go's lexer refuses."""
    at = 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None:
            what = (
                "a comment of the form /* */" if line.startswith(b"/*", at) else "a string that does not end"
            )
            raise _Broken(f"{what}, which go.mod does not know")
        kind = found.lastgroup or ""
        raw = found[0].decode()
        if kind == "word" and not raw.isprintable():
            raise _Broken(f"the character {_unprintable(raw)}, which go.mod does not know")
        if kind != "space":
            yield kind, Token(raw, offset + at)
        at = found.end()


def _unprintable(raw: str) -> str:
    return next((ascii(letter) for letter in raw if not letter.isprintable()), "")
