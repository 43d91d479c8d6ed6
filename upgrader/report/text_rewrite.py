"""What rule packs did, for a terminal: coloured diffs, the table of files, and what is left to look at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from upgrader.model.rewrite import ReviewNote, Rewrite
from upgrader.outside.redact import strip_controls
from upgrader.report.pen import Pen, one_line

if TYPE_CHECKING:
    from rich.console import Console

MOST_NOTES = 200
"""Notes that are shown one by one; the JSON document has them all."""
KINDS = {
    "flag": "look at",
    "not exact": "mend by hand",
    "unsafe": "with --unsafe",
    "not followed": "can't be followed",
    "dropped": "taken back",
    "left over": "left over",
    "not run": "not run",
}
"""Kind of a note to its words for people."""


def print_diffs(rewrite: Rewrite, console: Console) -> None:
    """The unified diffs, coloured where the console has colours."""
    from rich.text import Text

    for file in rewrite.files:
        for line in file.diff.splitlines():
            style = _style(line)
            console.print(Text(_shown(line), style=style), soft_wrap=True)


def _shown(line: str) -> str:
    """Source code as it is, but for what would act on a terminal; tabs stay."""
    return "\t".join(strip_controls(part) for part in line.split("\t"))


def _style(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    if line.startswith("@@"):
        return "cyan"
    return {"+": "green", "-": "red"}.get(line[:1], "")


def print_rewrite(rewrite: Rewrite, console: Console, *, written: bool) -> None:
    """The table of files, the notes, what was skipped, and one line that sums it up."""
    pen = Pen(console)
    if rewrite.files:
        _files(rewrite, console)
    for note in rewrite.notes[:MOST_NOTES]:
        console.print(
            pen.text((where(note), "bold"), f" {KINDS[note.kind]}: {one_line(note.message)}{_source(note)}")
        )
    if len(rewrite.notes) > MOST_NOTES:
        console.print(pen.text(f"... and {len(rewrite.notes) - MOST_NOTES} more: --json has them all"))
    for reason, count in sorted(Counter(item.reason for item in rewrite.skipped).items()):
        console.print(pen.text(f"skipped: {count} {reason}"))
    console.print(pen.text(summed_up(rewrite, written=written)))


def _files(rewrite: Rewrite, console: Console) -> None:
    from rich.table import Table

    pen = Pen(console)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("File", "Rule"):
        table.add_column(heading, overflow="fold")
    table.add_column("Edits", justify="right")
    for file in rewrite.files:
        for count in file.rules:
            table.add_row(pen.text(file.path), pen.text(count.rule), pen.text(str(count.edits)))
    console.print(table)


def where(note: ReviewNote) -> str:
    """`path:line:column`, the path alone for a whole file."""
    return f"{note.path}:{note.line}:{note.column}" if note.line else note.path or note.pack


def _source(note: ReviewNote) -> str:
    named = f" [{note.rule}]" if note.rule else ""
    return f"{named} {note.url}" if note.url else named


def summed_up(rewrite: Rewrite, *, written: bool) -> str:
    """`12 edits in 3 files by 2 packs written; 4 places to look at`."""
    edits, files, notes = rewrite.edits, len(rewrite.files), len(rewrite.notes)
    done = "written" if written else "to write with --write"
    text = f"{_count(edits, 'edit')} in {_count(files, 'file')} {done}" if files else "nothing to change"
    if notes:
        text += f"; {_count(notes, 'place')} to look at"
    return f"{text} ({_count(rewrite.looked_at, 'file')} read, packs: {', '.join(rewrite.packs)})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
