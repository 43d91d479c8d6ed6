"""Reads a third-party module into an `ast` tree, newer syntax than this Python's included."""

from __future__ import annotations

import ast
import warnings

from ast_grep_py import SgNode

from upgrader.source.syntax import NotRead, SourceFile, Span, span_of


class Unreadable(Exception):
    """A file that is no Python source this program can read; the text says why."""


def parse_module(data: bytes, path: str) -> ast.Module:
    """The tree of a module. Raises Unreadable for what no Python 3 could compile, or is nested absurdly."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the package's business
            try:
                return ast.parse(data)
            except SyntaxError:
                return ast.parse(_older(data, path))
    except (SyntaxError, ValueError, RecursionError, MemoryError, NotRead) as fault:
        raise Unreadable(f"{path}: is no Python that can be read: {str(fault)[:80]}") from fault


def _older(data: bytes, path: str) -> str:
    """The same module in syntax that this Python knows, its definitions untouched; positions move.

    Type parameters (PEP 695, 696) go, `type X = Y` becomes `X = Y`, f- and t-strings with fields become empty
    (PEP 701, 750), `except A, B:` gets its brackets (PEP 758).
    """
    source = SourceFile(path, data, "python")
    edits: list[tuple[Span, str]] = []
    _collect(source.root, edits)
    text = source.text
    for span, new in sorted(edits, reverse=True):
        text = text[: span.start] + new + text[span.end :]
    return text


def _collect(root: SgNode, edits: list[tuple[Span, str]]) -> None:
    """The edits, outermost first: nothing inside a replaced node is replaced again."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kind = node.kind()
        if kind == "type_parameter":
            edits.append((span_of(node), ""))
        elif kind == "type_alias_statement":
            edits.append((_alias_word(node), ""))
            waiting += [child for child in node.children() if child.kind() != "type"] or []
            edits += [(span_of(found), "") for found in node.find_all(kind="type_parameter")]
        elif kind == "string" and any(child.kind() == "interpolation" for child in node.children()):
            edits.append((span_of(node), '""'))
        else:
            waiting += node.children()


def _alias_word(node: SgNode) -> Span:
    start = span_of(node).start
    return Span(start, start + len("type "))
