"""Pieces of Markdown that both documents are made of: sections, bullets, tables."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.report.plain import code, plain
from upgrader.report.sheets import Sheet


def section(title: str, lines: Sequence[str]) -> list[str]:
    """Lines under a heading of our own words."""
    return [f"## {title}", "", *lines]


def bullet(inert: str) -> str:
    """An entry of a list; the words are Markdown already."""
    return f"- {inert}"


def table(sheet: Sheet, *, inert: bool = False) -> list[str]:
    """A GFM table with an empty line behind it; the cells are foreign unless `inert` says they are Markdown already."""
    if not sheet.rows:
        return ["None.", ""]
    lines = [_row(sheet.columns), _row(tuple("---" for _ in sheet.columns))]
    for row in sheet.rows:
        cells = row if inert else tuple(map(_cell, row, (name in sheet.verbatim for name in sheet.columns)))
        lines.append(_row(cells))
    return [*lines, ""]


def _cell(words: str, verbatim: bool) -> str:
    return code(words) if verbatim else plain(words)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
