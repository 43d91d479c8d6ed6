"""How the public APIs of two releases differ, for a terminal: a row per change, and one line that sums it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upgrader.model.impact import ApiChange, ApiDiff, Weight
from upgrader.report.pen import Pen, one_line

if TYPE_CHECKING:
    from rich.console import Console

MOST_UNKNOWN = 20
"""Symbols that can't be told and are shown one by one; the JSON document has them all."""
_STYLES: dict[Weight, str] = {"breaking": "red", "possible": "yellow", "deprecation": "cyan", "info": ""}


def print_diff(diff: ApiDiff, console: Console) -> None:
    """Every change in the order of weight, what can't be told, and the sum."""
    pen = Pen(console)
    for change in diff.changes:
        words = change.kind.replace("_", " ")
        symbol = f"{change.symbol}({change.parameter})" if change.parameter else change.symbol
        sure = "" if change.confidence == "sure" else f" ({change.confidence})"
        console.print(
            pen.text(
                (f"{change.severity:<11} ", _STYLES[change.severity]),
                (one_line(symbol), "bold"),
                f" {words}{sure}{_shown(change)}",
            ),
            soft_wrap=True,
        )
        console.print(pen.text(f"            {one_line(change.hint)}"), soft_wrap=True)
    for row in diff.unknown[:MOST_UNKNOWN]:
        console.print(pen.text(f"unknown     {one_line(row.what)}: {one_line(row.reason)}"), soft_wrap=True)
    console.print(pen.text(one_line(summary(diff))), soft_wrap=True)


def summary(diff: ApiDiff) -> str:
    """The sentence a person wants."""
    other = len(diff.changes) - diff.breaking
    return (
        f"{diff.old} -> {diff.new}: {diff.breaking} breaking, {other} other changes, "
        f"{len(diff.unknown)} of {diff.looked_at} symbols could not be told."
    )


def _shown(change: ApiChange) -> str:
    if change.before and change.after:
        return f": {one_line(change.before)} -> {one_line(change.after)}"
    return f": {one_line(change.before or change.after)}" if change.before or change.after else ""
