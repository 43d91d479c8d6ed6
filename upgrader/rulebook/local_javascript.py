"""Which modules of the project a JavaScript file imports, and what a module may hand on; by text alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from posixpath import dirname, join, normpath

_SPECIFIER = re.compile(
    r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["'](\.{1,2}(?:/[^"'\n]*)?)["']"""
)
_EXPORTS = re.compile(
    r"\bexport\s*(?:\*|\{|type\b|default\b|const\b|let\b|var\b|class\b|import\b)|\bexports\s*[.=\[]"
)
_HANDS_ON = re.compile(
    r"\bexport\s*(?:\*|\{[^}]*\})\s*(?:as\s+\w+\s*)?from\b|\bexport\s*\{|\bexport\s+default\s+\w+\s*;?\s*$"
    r"|\bmodule\.exports\s*=\s*(?:require|\w+\s*;?\s*$)",
    re.MULTILINE,
)
_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts")

Imported = tuple[str, frozenset[str]]


def imported(text: str) -> Iterator[Imported]:
    """Every module of the project that the file imports; what it takes is told by parsing."""
    for specifier in dict.fromkeys(_SPECIFIER.findall(text)):
        yield specifier, frozenset(("*",))


def resolve(importer: str, module: str, paths: Collection[str]) -> str | None:
    """The file of a relative specifier: as written, with an ending, as a folder's index; `.js` may be TypeScript."""
    base = normpath(join(dirname(importer), module))
    bare = re.sub(r"\.[cm]?jsx?$", "", base)
    tries = [base, *(base + ending for ending in _ENDINGS), *(f"{base}/index{ending}" for ending in _ENDINGS)]
    if bare != base:
        tries += [bare + ending for ending in _ENDINGS]
    return next((path for path in tries if path in paths), None)


def offered(text: str, packages: Collection[str]) -> frozenset[str]:
    """`*` when the module exports anything in a way that may hand on what it imports."""
    return frozenset(("*",)) if _EXPORTS.search(text) else frozenset()


def handed_on(path: str, text: str, packages: Collection[str]) -> frozenset[str]:
    """`*` when the module looks as if it were there to hand things on."""
    return frozenset(("*",)) if _HANDS_ON.search(text) else frozenset()


def literal(path: str) -> str:
    """A word that every file which imports the module holds; "" for an index of the root folder."""
    stem = re.sub(r"(?:\.d)?\.[cm]?[jt]sx?$", "", path)
    name = stem.rsplit("/", 1)[-1]
    return dirname(stem).rsplit("/", 1)[-1] if name == "index" else name
