"""The columns that gofmt keeps: values, types, tags and comments under each other, mended after edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Change
from upgrader.source.syntax import SourceFile, Span, span_of

Row = list[Span]
"""The cells of one line, in order; the line has nothing else but its indent."""
_HOLDERS = ("literal_value", "field_declaration_list", "statement_list", "import_spec_list")
_REST = re.compile(r",?(?:[ \t]+(//[^\r\n]*|/\*[^\r\n]*\*/))?[ \t]*(?=\r?\n)")


class Widths:
    """How the accepted changes move text."""

    def __init__(self, source: SourceFile, changes: Sequence[Change]) -> None:
        self.text = source.text
        self.changes = changes

    def growth(self, span: Span) -> int:
        """By how many characters a cell grows; its changes lie in one line."""
        inside = [one for one in self.changes if span.start <= one.span.start and one.span.end <= span.end]
        return sum(len(one.text) - (one.span.end - one.span.start) for one in inside)

    def is_gone(self, span: Span) -> bool:
        """Whether a change takes the whole span away."""
        return any(
            one.span.start <= span.start and span.end <= one.span.end and not one.text for one in self.changes
        )

    def touches(self, span: Span) -> bool:
        """Whether a change lies in the span."""
        return any(one.span.start < span.end and span.start <= one.span.end for one in self.changes)


def realign(source: SourceFile, changes: Sequence[Change]) -> list[Change]:
    """The spaces that keep columns together after the changes, where they were gofmt's before."""
    if not changes:
        return []
    widths, made = Widths(source, changes), list[Change]()
    for kind in _HOLDERS:
        for holder in source.root.find_all(kind=kind):
            if widths.touches(span_of(holder)):
                made += _realigned(widths, list(_rows(source.text, holder)))
    return made


def _rows(text: str, holder: SgNode) -> Iterator[Row]:
    """The lines of one-line elements."""
    for node in holder.named_children():
        where = span_of(node)
        start = text.rfind("\n", 0, where.start) + 1
        rest = _REST.match(text, where.end)
        if text[start : where.start].strip() or "\n" in text[where.start : where.end] or not rest:
            continue
        cells = _cells(node)
        comma = text[where.end : where.end + 1] == ","
        cells[-1] = Span(cells[-1].start, where.end + comma)
        if rest.group(1):
            cells.append(Span(rest.start(1), rest.end(1)))
        yield cells


def _cells(node: SgNode) -> Row:
    parts = [span_of(part) for part in node.named_children()]
    if node.kind() == "keyed_element" and len(parts) == 2:
        return [Span(parts[0].start, parts[0].end + 1), parts[1]]
    if node.kind() == "field_declaration" and node.field("type"):
        names, kind, tag = node.field_children("name"), node.field("type"), node.field("tag")
        cells = [Span(span_of(names[0]).start, span_of(names[-1]).end)] if names else []
        return [*cells, *(span_of(part) for part in (kind, tag) if part is not None)]
    return [span_of(node)]


def _realigned(widths: Widths, rows: list[Row]) -> Iterator[Change]:
    starts: dict[int, int] = {}
    for column in range(1, max(map(len, rows), default=0)):
        before = list(_sections(widths.text, rows, column, gone=None))
        aligned = [row for section in before if _is_aligned(widths.text, section, column) for row in section]
        for section in _sections(widths.text, rows, column, gone=widths):
            if all(row in aligned for row in section):
                yield from _aligned(widths, section, column, starts)


def _sections(text: str, rows: list[Row], column: int, gone: Widths | None) -> Iterator[list[Row]]:
    """Runs of lines right below each other that have the column; lines that go away are not there."""
    section: list[Row] = []
    for row in rows:
        if gone and gone.is_gone(row[0]):
            continue
        if len(row) <= column or (section and not _follows(text, section[-1], row, column, gone)):
            if section:
                yield section
            section = []
        if len(row) > column:
            section.append(row)
    if section:
        yield section


def _follows(text: str, above: Row, row: Row, column: int, gone: Widths | None) -> bool:
    """Whether only one line break, and lines that go away, stand between two rows; and they have the same columns."""
    if column > 1 and len(above) != len(row):
        return False
    at = above[-1].end
    between = text[at : row[0].start]
    if gone:
        for one in gone.changes:
            if not one.text and at <= one.span.start and one.span.end <= row[0].start:
                between = between.replace(text[one.span.start : one.span.end], "", 1)
    return between.count("\n") == 1 and not between.strip()


def _indent(text: str, row: Row) -> int:
    return text.rfind("\n", 0, row[0].start) + 1


def _is_aligned(text: str, section: list[Row], column: int) -> bool:
    starts = {row[column].start - _indent(text, row) for row in section}
    ends = [row[column - 1].end - _indent(text, row) for row in section]
    return starts == {max(ends) + 1}


def _aligned(widths: Widths, section: list[Row], column: int, starts: dict[int, int]) -> Iterator[Change]:
    """`starts`: by a row's offset, how far its cells before this one have moved."""
    text = widths.text
    ends = {}
    for row in section:
        moved = starts.get(row[0].start, 0)
        ends[row[0].start] = row[column - 1].end - _indent(text, row) + moved + widths.growth(row[column - 1])
    target = max(ends.values()) + 1
    for row in section:
        gap = Span(row[column - 1].end, row[column].start)
        starts[row[0].start] = target - (row[column].start - _indent(text, row))
        spaces = " " * (target - ends[row[0].start])
        near = next((one for one in widths.changes if one.span.end > row[0].start), widths.changes[0])
        if text[gap.start : gap.end] != spaces and not any(
            one.span.start < gap.end and gap.start < one.span.end for one in widths.changes
        ):
            yield Change(span=gap, text=spaces, rule=near.rule, atom=-1)
