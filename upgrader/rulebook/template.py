"""Writes the `fix` of an ast-grep rule: metavariables with their own layout, and only the parts that differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.source.syntax import SourceFile, Span, span_of

_VARIABLE = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")
_BEFORE_DOT = re.compile(r"\s+(?=\.)")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_COMMENTS = frozenset(("block_comment", "comment", "line_comment"))
_AS_WRITTEN = frozenset(
    (
        "string",
        "template_string",
        "raw_string_literal",
        "string_literal",
        "comment",
        "block_comment",
        "jsx_text",
    )
)
"""Kinds of nodes whose lines mean what they are, indentation included."""


class Piece(Struct, frozen=True):
    """A part of a fix: words of the template, or a part of the source that is carried over."""

    text: str
    span: Span | None = None
    """Where it stands in the source when it is carried over unchanged."""


def variables_of(fix: str) -> set[str]:
    """The names of the metavariables in a fix."""
    return {found[1] or found[2] for found in _VARIABLE.finditer(fix)}


def fixed(source: SourceFile, node: SgNode, fix: str) -> tuple[tuple[Span, str], ...]:
    """The smallest changes that turn the matched node into its fix, in order of position; () when nothing differs.

    What `$A` and `$$$A` stand for stays where it is, comments and line breaks included, so that changes inside of it
    can be made in the same round. Lines of the fix after the first are indented like the line the node begins on.
    """
    whole = span_of(node)
    pieces = list(_pieces(source, node, fix, _indent(source.text, whole.start)))
    if not _in_order(pieces, whole):
        pieces = [Piece("".join(piece.text for piece in pieces))]
    return tuple(_gaps(source.text, whole, pieces))


def loses_comment(node: SgNode, changes: Iterable[tuple[Span, str]]) -> bool:
    """Whether a comment inside the node would be gone with these changes; it says why, and is nobody's to drop."""
    comments = [one for one in node.find_all(regex="^(?://|/[*]|#)") if one.kind() in _COMMENTS]
    return any(
        span.start < span_of(one).end and span_of(one).start < span.end and one.text().strip() not in text
        for one in comments
        for span, text in changes
    )


def _pieces(source: SourceFile, node: SgNode, fix: str, indent: str) -> Iterator[Piece]:
    at = 0
    last: Span | None = None
    for found in _VARIABLE.finditer(fix):
        words = fix[at : found.start()]
        yield Piece(_indented(words, indent))
        at = found.end()
        before, after = fix[: found.start()], fix[at:]
        margin: str | None = indent + _indent(fix, found.start()) if "\n" in before else indent
        if last is not None and words.startswith(".") and _BEFORE_DOT.match(source.text, last.end):
            margin = None  # the line keeps its beginning, so what hangs on it keeps its place
        for piece in _carried(source, node, found, (before[-1:], after[:1]), margin):
            yield piece
            last = piece.span
    yield Piece(_indented(fix[at:], indent))


def _carried(
    source: SourceFile, node: SgNode, found: re.Match[str], around: tuple[str, str], margin: str | None
) -> Iterator[Piece]:
    """What a metavariable stands for; a transformed one is text alone."""
    name = found[1] or found[2]
    changed = node.get_transformed(name)
    if changed is not None:
        yield Piece(changed)
        return
    nodes = node.get_multiple_matches(name) if found[1] else [one for one in [node.get_match(name)] if one]
    if not nodes:
        return
    span = Span(span_of(nodes[0]).start, span_of(nodes[-1]).end)
    if found[1]:
        span = _with_layout(source.text, span, around)
    yield _moved(source, node, span, margin)


def _with_layout(text: str, span: Span, around: tuple[str, str]) -> Span:
    """Arguments keep the blanks up to their brackets, when the fix has the same brackets around them."""
    start, end = span
    while start > 0 and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    opening, closing = text[start - 1 : start], text[end : end + 1]
    if opening and _OPENING.get(opening) == closing and around == (opening, closing):
        return Span(start, end)
    return span


def _moved(source: SourceFile, node: SgNode, span: Span, margin: str | None) -> Piece:
    """A carried part, its later lines moved to the new margin; lines inside strings and comments never."""
    text = source.text[span.start : span.end]
    old = _indent(source.text, span.start)
    if "\n" not in text or margin is None or old == margin:
        return Piece(text, span)
    inside = [span_of(item) for item in node.find_all(regex="\n") if item.kind() in _AS_WRITTEN]
    lines = text.split("\n")
    at = span.start
    for index, line in enumerate(lines):
        fixed_place = any(start < at < end for start, end in inside)
        if index and line.startswith(old) and not fixed_place and line.strip():
            lines[index] = margin + line[len(old) :]
        at += len(line) + 1
    return Piece("\n".join(lines))


def _indent(text: str, at: int) -> str:
    """The blanks that the line of an offset begins with."""
    begin = text.rfind("\n", 0, at) + 1
    end = begin
    while end < at and text[end] in " \t":
        end += 1
    return text[begin:end]


def _indented(text: str, indent: str) -> str:
    """Template words, their later lines moved in; empty lines stay empty."""
    head, *rest = text.split("\n")
    return "\n".join(
        [
            head,
            *(indent + line if line or index == len(rest) - 1 else line for index, line in enumerate(rest)),
        ]
    )


def _in_order(pieces: list[Piece], whole: Span) -> bool:
    """Whether the carried parts stand in the source as they stand in the fix, none twice, all inside the node."""
    at = whole.start
    for piece in pieces:
        if piece.span is not None:
            if piece.span.start < at or piece.span.end > whole.end:
                return False
            at = piece.span.end
    return True


def _gaps(text: str, whole: Span, pieces: list[Piece]) -> Iterator[tuple[Span, str]]:
    """The changes between the carried parts, shortened to what differs; a dot stays on the line it begins."""
    at, words = whole.start, ""
    for piece in [*pieces, Piece("", Span(whole.end, whole.end))]:
        if piece.span is None:
            words += piece.text
            continue
        broken = _BEFORE_DOT.match(text, at, piece.span.start) if words.startswith(".") else None
        words = broken.group() + words if broken else words
        change = shortened(text, Span(at, piece.span.start), words)
        if change is not None:
            yield change
        at, words = piece.span.end, ""


def shortened(text: str, span: Span, new: str) -> tuple[Span, str] | None:
    """A change without what is equal at its two ends, whole words kept; None when nothing differs."""
    start, end = span
    if text[start:end] == new:
        return None
    head = 0
    while head < min(end - start, len(new)) and text[start + head] == new[head]:
        head += 1
    while head and (_in_word(text, start + head) or _in_word(new, head)):
        head -= 1
    tail = 0
    while tail < min(end - start, len(new)) - head and text[end - 1 - tail] == new[len(new) - 1 - tail]:
        tail += 1
    while tail and (_in_word(text, end - tail) or _in_word(new, len(new) - tail)):
        tail -= 1
    return Span(start + head, end - tail), new[head : len(new) - tail]


def _in_word(text: str, at: int) -> bool:
    """Whether an offset lies between two letters of one word."""
    return 0 < at < len(text) and _letter(text[at - 1]) and _letter(text[at])


def _letter(char: str) -> bool:
    return char.isalnum() or char in "_$"
