"""Puts foreign text on a console without letting it act: no markup, no escapes, nothing the encoding cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from upgrader.outside.redact import strip_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from upgrader.report.sheets import Sheet

Part = str | tuple[str, str]
"""Words, or words with a rich style."""
LONGEST = 8192
"""Characters that are kept of one foreign text (SAFETY T8)."""
_PLAIN_GLYPHS = {
    "→": "->",
    "–": "-",
    "—": "-",
    "…": "...",
    "✅": "[x]",
    "❌": "[!]",
    "⚠": "[?]",
    "•": "*",
    "’": "'",
}
_STYLES = {
    "✅ pass": "green",
    "❌ fail": "bold red",
    "⚠ flaky": "yellow",
    "⚠ inconclusive": "yellow",
    "– not run": "dim",
    "fail": "red",
    "error": "red",
    "timeout": "red",
    "not run": "dim",
}
"""Cells of a sheet that are coloured by what they say."""


def one_line(text: str) -> str:
    """Text without controls, its white space folded to single spaces, at most LONGEST characters."""
    words = " ".join(strip_controls(text).split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def encodable(text: str, encoding: str = "utf-8") -> str:
    """The text with what the encoding cannot hold spelled out (`\\ud800`): such as a file name that is not UTF-8."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Pen:
    """Writes on one console. rich is imported at the first use, so that `--json` never pays for it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.encoding = console.encoding or "utf-8"

    def shown(self, text: str) -> str:
        """The text in what the console's encoding can show; what it cannot is spelled out (`\\u2028`)."""
        for glyph, plain in _PLAIN_GLYPHS.items():
            if glyph in text and not self._can_show(glyph):
                text = text.replace(glyph, plain)
        return encodable(text, self.encoding)

    def text(self, *parts: Part, justify: Literal["left", "right"] = "left") -> Text:
        """One line of styled words; each is foreign until proven otherwise."""
        from rich.text import Text

        line = Text(justify=justify, overflow="fold")
        for part in parts:
            words, style = part if isinstance(part, tuple) else (part, "")
            # The folding would eat the spaces between two parts.
            lead, trail = words[:1].isspace(), words[1:][-1:].isspace()
            line.append(self.shown(f"{' ' * lead}{one_line(words)}{' ' * trail}"), style or None)
        return line

    def say(self, *parts: Part, indent: int = 0) -> None:
        """Print one paragraph, wrapped at a terminal's width; in a pipe it stays one line, so that grep finds it."""
        from rich.padding import Padding

        line = self.text(*parts)
        if self.console.is_terminal:
            self.console.print(Padding(line, (0, 0, 0, indent), expand=False))
        else:
            self.console.print(" " * indent, line, sep="", soft_wrap=True)

    def blank(self) -> None:
        """Print an empty line."""
        self.console.print()

    def heading(self, words: str, style: str = "bold") -> None:
        """Print a heading with an empty line above it."""
        self.blank()
        self.say((words, style))

    def block(self, text: str, indent: int = 0, lines: int = 12) -> None:
        """Print the last lines of a foreign text, line by line."""
        kept = [line for line in strip_controls(text).expandtabs(4).splitlines() if line.strip()]
        if len(kept) > lines:
            self.say((f"… {len(kept) - lines} lines above", "dim"), indent=indent)
        for line in kept[-lines:]:
            shift = len(line) - len(line.lstrip())
            self.say(line.strip(), indent=indent + min(shift, 24))

    def table(
        self, *headers: str, right: Sequence[str] = (), firm: Sequence[str] = (), header: str = "bold"
    ) -> Table:
        """An empty table without lines; columns named in `right` are right-aligned, those in `firm` never wrap."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=header, show_edge=False)
        for name in headers:
            table.add_column(
                Text(self.shown(name)),
                justify="right" if name in right else "left",
                no_wrap=name in firm,
                overflow="fold",
            )
        return table

    def grid(self, rows: Iterable[tuple[RenderableType, RenderableType]], indent: int = 2) -> None:
        """Print two columns without headers: what, and what is said of it."""
        from rich.padding import Padding
        from rich.table import Table

        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(overflow="fold", max_width=max(12, self.console.width // 3))
        grid.add_column(overflow="fold")
        for row in rows:
            grid.add_row(*row)
        self.console.print(Padding(grid, (0, 0, 0, indent), expand=False))

    def put(self, table: Table, indent: int = 0, *, whole: bool = False) -> None:
        """Print a table; `whole` keeps every row on one line, however narrow the console is."""
        from rich.measure import Measurement
        from rich.padding import Padding

        if whole:
            table.width = Measurement.get(
                self.console, self.console.options.update(max_width=10_000), table
            ).maximum
            self.console.print(table, crop=False, no_wrap=True, overflow="ignore")
        else:
            self.console.print(Padding(table, (0, 0, 0, indent), expand=False))

    def lines(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "", indent: int = 0
    ) -> None:
        """Print rows in columns and no more: nothing is wrapped and only the header has a style."""
        from rich.cells import cell_len

        table = [[self._plain(cell) for cell in row] for row in (headers, *rows)]
        widths = [
            max(len(cell) if cell.isascii() else cell_len(cell) for cell in column)
            for column in zip(*table, strict=True)
        ]
        aligned = [
            "  ".join(
                f"{pad}{cell}" if name == right else f"{cell}{pad}"
                for name, cell, width in zip(headers, row, widths, strict=True)
                for pad in (" " * (width - (len(cell) if cell.isascii() else cell_len(cell))),)
            )
            for row in table
        ]
        shift = " " * indent
        self.console.out(f"{shift}{aligned[0].rstrip()}", style="bold", highlight=False)
        if rows:
            self.console.out("\n".join(f"{shift}{line.rstrip()}" for line in aligned[1:]), highlight=False)

    def _plain(self, text: str) -> str:
        """The text on one line as the console can show it; most of it is as it is."""
        if len(text) < 200 and text.isascii() and text.isprintable() and "  " not in text:
            return text
        return self.shown(one_line(text))

    def sheet(self, title: str, sheet: Sheet, indent: int = 2) -> None:
        """Print a table of plain words, under its title if it has one; nothing for a sheet without rows."""
        if not sheet.rows:
            return
        if title and not indent:
            self.blank()
        if title:
            self.say((title, "bold"), indent=indent)
        table = self.table(*sheet.columns, firm=sheet.firm, header="dim" if title else "bold")
        for row in sheet.rows:
            table.add_row(*(self.text((cell, _STYLES.get(cell, ""))) for cell in row))
        self.put(table, indent + 2 if title and indent else indent)

    def _can_show(self, glyph: str) -> bool:
        try:
            glyph.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True
