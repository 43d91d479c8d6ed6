"""Opens the reader of a file's language: which local name means which package's symbol, and where it is used."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import Protocol, cast

from upgrader.source.syntax import Language, SourceFile
from upgrader.source.uses import Elsewhere, Uses

NOWHERE: Elsewhere = {}
READERS: dict[Language, str] = {
    "go": "upgrader.source.go.uses",
    "javascript": "upgrader.source.javascript.uses",
    "python": "upgrader.source.python.uses",
    "rust": "upgrader.source.rust.uses",
    "tsx": "upgrader.source.javascript.uses",
    "typescript": "upgrader.source.javascript.uses",
}
"""Loaded when the first file of the language is read: a run on a Go project pays nothing for the others."""


class Reader(Protocol):
    """What each language's `uses` module offers."""

    def read_uses(self, source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> Uses:
        """Find every use of the packages' symbols, in order of position.

        `packages`: import roots as the language writes them (`numpy`, `react-dom`, `github.com/x/y`, `rand`);
        a symbol counts when it is_member() of one. `elsewhere`: what modules of the project hand on.
        """


def read_uses(source: SourceFile, packages: Collection[str], elsewhere: Elsewhere = NOWHERE) -> Uses:
    """Read one file with the reader of its language; see `Reader.read_uses`. Never raises for broken code."""
    reader = cast(Reader, import_module(READERS[source.language]))
    return reader.read_uses(source, packages, elsewhere)
