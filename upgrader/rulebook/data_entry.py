"""A key of a data file, its value, and the characters both stand in; what the formats have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

Keys = tuple[str | int, ...]


class NotData(Exception):
    """A file that is not of its format, or a place that can't be edited in it; the text says why."""


class Entry(Struct, frozen=True, kw_only=True):
    """One key of a mapping, or one element of a list."""

    keys: Keys
    value: object
    """A scalar, or the whole mapping or list."""
    span: tuple[int, int]
    """Of the value as written; (0, 0) where it can't be told."""
    key: tuple[int, int] = (0, 0)
    """Of the key as written, quotes included; (0, 0) for an element."""
    whole: tuple[int, int] = (0, 0)
    """What goes when the entry is removed, its comma or line with it; (0, 0) where that can't be told."""


class Data(Struct, frozen=True, kw_only=True, eq=False):
    """A data file that was read."""

    text: str
    document: object
    """What the file means, to compare with after an edit."""
    entries: tuple[Entry, ...]
    """In the order of the file."""


class DataFormat(Protocol):
    """What a format's module offers."""

    def read(self, text: str) -> Data:
        """Raises NotData."""

    def write(self, value: object, like: str) -> str:
        """A scalar or a flat list as the format writes it, quoted like the value that stood there. Raises NotData."""

    def write_key(self, name: str, like: str) -> str:
        """A key, quoted like the one that stood there."""

    def insert(self, data: Data, holder: Keys, name: str, value: object) -> tuple[int, str]:
        """Where a new key of a mapping goes, and its text. Raises NotData."""


def below(entries: Sequence[Entry], holder: Keys) -> list[Entry]:
    """The direct members of a mapping or list, in order."""
    return [
        entry
        for entry in entries
        if len(entry.keys) == len(holder) + 1 and entry.keys[: len(holder)] == holder
    ]


def line_start(text: str, at: int) -> int:
    """The offset of the line that an offset lies on."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """The offset after the line break of the line that an offset lies on."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def indent_at(text: str, at: int) -> str:
    """The blanks the line of an offset begins with."""
    begin = line_start(text, at)
    end = begin
    while end < len(text) and text[end] in " \t":
        end += 1
    return text[begin:end]


def newline_of(text: str) -> str:
    """The line break of the file."""
    return "\r\n" if "\r\n" in text else "\n"
