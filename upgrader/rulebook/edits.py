"""Chooses which changes can be made together in one round, and makes them: atoms whole or not at all."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import pairwise

from upgrader.rulebook.languages.base import Change
from upgrader.source.syntax import SourceFile, Span

AtomKey = tuple[str, int]
"""Rule and atom."""


def resolve(changes: Sequence[Change]) -> list[Change]:
    """The changes of this round, by position. Of two atoms that touch the same text the smaller goes first.

    The other waits for the next round, where it is found again around what the first one wrote. Equal changes of two
    atoms are one change.
    """
    atoms: dict[AtomKey, list[Change]] = {}
    for change in changes:
        atoms.setdefault((change.rule, change.atom), []).append(change)
    chosen = Chosen()
    for atom in sorted(atoms.values(), key=_size):
        if _is_sound(atom) and all(chosen.fits(change) for change in atom):
            for change in atom:
                chosen.add(change)
    return sorted(chosen.changes, key=lambda change: change.span)


def splice(source: SourceFile, changes: Iterable[Change]) -> str:
    """The text with the changes made; line breaks in them become the file's own."""
    newline = source.newline()
    parts: list[str] = []
    at = 0
    for change in sorted(changes, key=lambda item: item.span):
        text = change.text
        if newline == "\r\n" and "\n" in text:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        parts += [source.text[at : change.span.start], text]
        at = change.span.end
    return "".join([*parts, source.text[at:]])


def clash(one: Span, other: Span) -> bool:
    """Whether two spans can't be edited in one round; insertions in one place are told apart by nothing."""
    if one == other:
        return True
    return one.start < other.end and other.start < one.end


class Chosen:
    """The changes that were taken so far, found by position."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._spans: list[Span] = []
        self._texts: dict[Span, str] = {}

    def fits(self, change: Change) -> bool:
        """Whether it can be made beside those that were taken."""
        if change.span in self._texts:
            return self._texts[change.span] == change.text
        at = bisect_left(self._spans, change.span)
        near = self._spans[max(0, at - 2) : at + 2]
        return not any(clash(change.span, span) for span in near)

    def add(self, change: Change) -> None:
        """Take it; one that is there already is not made twice."""
        if change.span not in self._texts:
            insort(self._spans, change.span)
            self._texts[change.span] = change.text
            self.changes.append(change)


def _is_sound(atom: Sequence[Change]) -> bool:
    """Whether an atom does not contradict itself."""
    ordered = sorted({(change.span, change.text) for change in atom})
    return not any(clash(one[0], other[0]) for one, other in pairwise(ordered))


def _size(atom: Sequence[Change]) -> tuple[int, int]:
    """Smallest first; the text that an atom replaces counts, not how far its parts lie from each other."""
    return max(change.span.end - change.span.start for change in atom), min(
        change.span for change in atom
    ).start
