"""Writing a requirement again for another version in the style of its author (npm and Cargo)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from upgrader.versions.semver import Version, raised

MOVING = ("", "=", "^", "~")
"""Operators whose version is the floor and the ceiling at once: the version follows the target."""


class Term(Struct, frozen=True, kw_only=True):
    """One comparator and where its version stands in the text."""

    op: str
    """One of MOVING, a ceiling ("<", "<=") or a floor (whatever the ecosystem has)."""
    parts: tuple[int | None, ...]
    """The numbers as far as they are written; None for `x` or `*`."""
    pre: str
    """What follows `-`, "" for none."""
    start: int
    """Offset of the version's first character in the requirement, after operator and `v`."""
    end: int
    """Offset after its last character, prerelease and build metadata included."""


FLOORS = (">=", "- ")
"""Operators whose version is the lowest one allowed; "- " is npm's lower end of `1.2 - 3.4`."""

Allowed = Callable[[Term], bool]


def moved(
    text: str, terms: Sequence[Term], target: Version, allowed: Allowed, *, floors: bool = False
) -> str:
    """Return the text with its exact, caret and tilde versions moved to the target and its ceiling above it.

    A floor (`>`, `>=`) stays, and so does a ceiling that already lets the target through (`allowed`). With `floors`
    the `>=` follows the target as well.
    """
    for term in sorted(terms, key=lambda one: one.start, reverse=True):
        if floors and term.op in FLOORS and allowed(term):
            new = _raised_floor(text, term, target)
        else:
            new = _fitted(text, term, target, allowed)
        text = text[: term.start] + new + text[term.end :]
    return text


def pins(terms: Sequence[Term]) -> bool:
    """Whether one of the comparators follows the target; if none does, the new text must allow all the old one did."""
    return any(term.op in MOVING for term in terms)


def _fitted(text: str, term: Term, target: Version, allowed: Allowed) -> str:
    written = text[term.start : term.end]
    if term.op not in MOVING and (term.op not in ("<", "<=") or allowed(term)):
        return written
    if len(term.parts) == 3 and None not in term.parts and term.op != "<":
        return _full(target)
    if term.op in ("^", "~") and target.prerelease and None not in term.parts:
        # `^1` cannot say which prerelease: this is the one case where precision grows.
        return _full(target)
    if term.op == "<":
        return _ceiling(written, term, target)
    return _precise(written, target.key[:3])


def _raised_floor(text: str, term: Term, target: Version) -> str:
    """The floor at the target in the author's precision; a prerelease has to be written out."""
    if (len(term.parts) == 3 and None not in term.parts) or (target.prerelease and None not in term.parts):
        return _full(target)
    return _precise(text[term.start : term.end], target.key[:3])


def _full(target: Version) -> str:
    """Return the target without build metadata, which no requirement looks at."""
    return str(Version(key=target.key))


def _ceiling(written: str, term: Term, target: Version) -> str:
    """Return the next `<` bound in the author's precision; npm's `-0` (below all prereleases) stays."""
    numbers = [part or 0 for part in term.parts]
    suffix = "-0" if term.pre == "0" else ""
    return _precise(written, raised(numbers, target.key[:3])) + suffix


def _precise(written: str, numbers: Sequence[int]) -> str:
    """Put the numbers where the author wrote numbers: `1.x` and (2, 4, 0) give `2.x`."""
    old = written.split("+")[0].split("-")[0].split(".")
    return ".".join(
        str(number) if part.isdigit() else part for part, number in zip(old, numbers, strict=False)
    )
