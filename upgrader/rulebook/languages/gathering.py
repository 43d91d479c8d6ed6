"""What a writer's pass over one file gathers: changes in atoms, notes and wants; shared by Go and Rust."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from upgrader.rulebook.languages.base import Change, Found, Freed, Note, Want
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import Same, matches
from upgrader.source.syntax import SourceFile, Span
from upgrader.source.uses import Use, Uses

Spell = Callable[["Pass", str, int], str | None]
"""The local spelling of a symbol at an offset, its Want recorded; None where it can't be written there."""


class Pass(Struct, kw_only=True, eq=False):
    """One rule's way through one file; everything it finds ends up in the lists, which all rules share."""

    source: SourceFile
    uses: Uses
    same: Same
    rule: RuleForm
    spell: Spell
    changes: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)
    freed: list[Freed] = field(default_factory=list)
    atom: int = 0
    """The atom that the next changes and wants belong to."""

    def change(self, span: Span, text: str) -> None:
        """Write a text over a span, unless it stands there already."""
        if self.source.text[span.start : span.end] != text:
            self.changes.append(Change(span=span, text=text, rule=self.rule.id, atom=self.atom))

    def note(self, span: Span, message: str) -> None:
        """Ask a person to look at a place."""
        self.notes.append(Note(span=span, rule=self.rule.id, message=message))

    def want(self, symbol: str, local: str) -> None:
        """Ask for an import of what the current atom writes."""
        self.wants.append(Want(symbol=symbol, local=local, rule=self.rule.id, atom=self.atom))

    def text(self, span: Span) -> str:
        """What stands at a span."""
        return self.source.text[span.start : span.end]

    def admits(self, use: Use, pattern: str = "") -> bool:
        """Whether this rule may edit at the use; what is inferred and not named as such becomes a note."""
        if use.confidence == "sure" or self.rule.safety == "unsafe" or _named(use.symbol) or _named(pattern):
            return True
        self.note(use.span, f"this is probably {use.symbol}, but not surely: change it by hand")
        return False

    def meant(self, patterns: Iterable[str], *, kinds: str = "name member") -> list[Use]:
        """The uses that one of the patterns names and that the rule may edit, in order."""
        listed, found = list(patterns), []
        for use in self.uses.uses:
            if use.kind in kinds:
                pattern = next((one for one in listed if matches(one, use.symbol, self.same)), None)
                if pattern is not None and self.admits(use, pattern):
                    found.append(use)
        return found

    def undo(self, marks: tuple[int, int]) -> None:
        """Forget the changes and wants made since `mark()`: the atom can't be made whole."""
        del self.changes[marks[0] :]
        del self.wants[marks[1] :]

    def mark(self) -> tuple[int, int]:
        """Where the lists stand now, for `undo`; begins a new atom."""
        self.atom += 1
        return len(self.changes), len(self.wants)


def _named(symbol: str) -> bool:
    return "()" in symbol or "@" in symbol


def passes(
    source: SourceFile,
    uses: Uses,
    rules: Iterable[RuleForm],
    same: Same,
    spell: Spell,
    run: Callable[[Pass], None],
) -> Found:
    """Run every rule over the file, each with its own pass and all with the same lists."""
    changes: list[Change] = []
    notes: list[Note] = []
    wants: list[Want] = []
    freed: list[Freed] = []
    for rule in rules:
        run(
            Pass(
                source=source,
                uses=uses,
                same=same,
                rule=rule,
                spell=spell,
                changes=changes,
                notes=notes,
                wants=wants,
                freed=freed,
            )
        )
    return Found(changes=tuple(changes), notes=tuple(notes), wants=tuple(wants), freed=tuple(freed))


def replaced(changes: Iterable[Change]) -> Callable[[int], bool]:
    """Whether an offset lies in text that a change takes away or writes anew."""
    spans = [change.span for change in changes if change.span.end > change.span.start]
    return lambda offset: any(span.start <= offset < span.end for span in spans)


def emptied_lines(text: str, changes: Iterable[Change]) -> list[Change]:
    """Takes what is left of a line away, its break too, where a change takes out everything that stood on it."""
    made = []
    for change in changes:
        start = text.rfind("\n", 0, change.span.start) + 1
        end = text.find("\n", change.span.end) + 1
        whole = start < change.span.end and not change.text and end > change.span.end
        if whole and not (text[start : change.span.start] + text[change.span.end : end]).strip():
            rest = [Span(start, change.span.start), Span(change.span.end, end)]
            made += [
                Change(span=span, text="", rule=change.rule, atom=-1)
                for span in rest
                if span.end > span.start
            ]
    return made
