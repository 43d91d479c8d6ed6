"""A file of source code: its bytes, its text and its syntax tree, all in one coordinate system."""

from __future__ import annotations

import codecs
import io
import tokenize
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from ast_grep_py import SgNode, SgRoot

Language = Literal["python", "javascript", "typescript", "tsx", "go", "rust"]
LANGUAGES: dict[str, Language] = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".go": "go",
    ".rs": "rust",
}
"""By the file name's suffix, lower case."""
LARGEST = 1 << 20
"""Bytes above which a file is taken for generated and is not read as source code (SAFETY T4)."""


class Span(NamedTuple):
    """Half-open range of characters (code points) of `SourceFile.text`; never bytes."""

    start: int
    end: int


class NotRead(Exception):
    """A file that is no readable source code; the text says why, in words for the report."""


class SourceFile:
    """One parsed file. Offsets everywhere are characters of `text`; `encode` is the only way back to bytes."""

    __slots__ = ("_codec", "_mark", "language", "path", "root", "text")

    def __init__(self, path: str, data: bytes, language: Language) -> None:
        """Parse the bytes. Raises NotRead when they are no text in their declared encoding (BOM, PEP 263), or too big.

        `path` is posix, relative to the project; newlines stay as they are.
        """
        if len(data) > LARGEST:
            raise NotRead(f"larger than {LARGEST >> 20} MiB")
        self.path = path
        self.language = language
        self._mark, self._codec = _encoding(data, language)
        try:
            self.text = data[len(self._mark) :].decode(self._codec)
        except (UnicodeDecodeError, LookupError) as fault:
            raise NotRead(f"not {self._codec} text") from fault
        if self.encode(self.text) != data:
            raise NotRead(f"its {self._codec} text can't be written back byte for byte")
        self.root: SgNode = _parse(self.text, language)

    def encode(self, text: str) -> bytes:
        """The bytes of a text in this file's encoding, with its byte order mark. Raises UnicodeEncodeError."""
        return self._mark + text.encode(self._codec)

    def again(self, text: str) -> SourceFile:
        """The same file with another text."""
        return SourceFile(self.path, self.encode(text), self.language)

    def line_column(self, offset: int) -> tuple[int, int]:
        """1-based line and 1-based column (in characters) of an offset."""
        before = self.text.rfind("\n", 0, offset)
        return self.text.count("\n", 0, offset) + 1, offset - before

    def byte_span(self, span: Span) -> tuple[int, int]:
        """The byte offsets of a span in the file on disk."""
        start = len(self._mark) + len(self.text[: span.start].encode(self._codec))
        return start, start + len(self.text[span.start : span.end].encode(self._codec))

    def newline(self) -> str:
        """The line ending that inserted lines take: the more frequent of the two."""
        crlf = self.text.count("\r\n")
        return "\r\n" if crlf * 2 > self.text.count("\n") else "\n"

    def faults(self) -> int:
        """How many nodes the parser had to invent or to skip; an edit must not raise it (CODEMODS 1.4, trap 14)."""
        missing = sum(1 for node in self.root.find_all(regex="^$") if node.is_leaf())
        return missing + len(self.root.find_all(kind="ERROR"))


def span_of(node: SgNode) -> Span:
    """The characters a node stands in."""
    where = node.range()
    return Span(where.start.index, where.end.index)


def language_of(path: str) -> Language | None:
    """The language of a file by its name, None when it holds no code that is read."""
    return LANGUAGES.get(PurePosixPath(path).suffix.lower())


def _parse(text: str, language: Language) -> SgNode:
    """The tree. JavaScript with types in it (Flow, TypeScript in a `.js` file) is read as tsx if that fits better."""
    root = SgRoot(text, language).root()
    if language != "javascript" or root.find(kind="ERROR") is None:
        return root
    other = SgRoot(text, "tsx").root()
    return other if len(other.find_all(kind="ERROR")) < len(root.find_all(kind="ERROR")) else root


def _encoding(data: bytes, language: Language) -> tuple[bytes, str]:
    """Byte order mark and codec. Python says its own (PEP 263); the others are UTF-8 by their specifications."""
    if data.startswith(codecs.BOM_UTF8):
        return codecs.BOM_UTF8, "utf-8"
    if language != "python" or b"coding" not in data[:400]:
        return b"", "utf-8"
    try:
        return b"", tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except (SyntaxError, LookupError) as fault:
        raise NotRead("its coding line names no encoding that Python knows") from fault
