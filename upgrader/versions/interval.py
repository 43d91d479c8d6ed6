"""Sets of semantic versions as intervals: what two requirements share, which holds the other, the lowest member.

npm and Cargo have one rule in common that plain intervals do not: a prerelease is allowed only if the requirement
names a prerelease of the same three numbers. So a set is kept in two halves, releases and prereleases, each a
sorted list of half-open intervals; with that the algebra is exact, not an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from upgrader.versions.semver import Key, Triple, floor, release, show

Span: TypeAlias = tuple[Key, Key]
"""From the first (in) to the second (out)."""

LOWEST: Key = floor(0)
BEYOND: Key = release(2**64 + 8)
"""Above every version: npm's numbers end at 2**53 - 1, Cargo's at 2**64 - 1."""


class Alternative(Struct, frozen=True, kw_only=True):
    """Comparators that must all hold: one interval."""

    low: Key
    high: Key
    """The first precedence that is too high."""
    named: frozenset[Triple]
    """The release numbers whose prereleases are allowed, because the requirement names one of them."""


class VersionSet(Struct, frozen=True, kw_only=True):
    """Every version that some alternative allows; spans are disjoint, do not touch and ascend."""

    releases: tuple[Span, ...]
    prereleases: tuple[Span, ...]


def holds(alternatives: Iterable[Alternative], key: Key, *, prereleases: bool) -> bool:
    """Whether one of the alternatives allows the version; `prereleases` lifts the rule about naming one."""
    return any(
        option.low <= key < option.high and (prereleases or key[3] == 1 or key[:3] in option.named)
        for option in alternatives
    )


def version_set(alternatives: Iterable[Alternative]) -> VersionSet:
    """Return exactly the versions that `holds` finds without `prereleases`."""
    releases: list[Span] = []
    before: list[Span] = []
    for option in alternatives:
        # A release below x.y.z-anything has smaller numbers, so the numbers alone bound the releases.
        releases.append((release(*option.low[:3]), release(*option.high[:3])))
        before += [
            (max(option.low, floor(*numbers)), min(option.high, release(*numbers)))
            for numbers in option.named
        ]
    return VersionSet(releases=_merged(releases), prereleases=_merged(before))


def overlap(a: VersionSet, b: VersionSet) -> bool:
    """Whether the two share a version."""
    return _overlap(a.releases, b.releases) or _overlap(a.prereleases, b.prereleases)


def within(a: VersionSet, b: VersionSet) -> bool:
    """Whether every version of `a` is in `b`; the empty set is within every set."""
    return _within(a.releases, b.releases) and _within(a.prereleases, b.prereleases)


def lowest(versions: VersionSet) -> str | None:
    """Return the lowest version of the set, None if it is empty."""
    starts = [spans[0][0] for spans in (versions.releases, versions.prereleases) if spans]
    return show(min(starts)) if starts else None


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort the spans, drop empty ones and join those that touch."""
    merged: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _overlap(a: tuple[Span, ...], b: tuple[Span, ...]) -> bool:
    return any(max(one[0], two[0]) < min(one[1], two[1]) for one in a for two in b)


def _within(a: tuple[Span, ...], b: tuple[Span, ...]) -> bool:
    return all(any(two[0] <= one[0] and one[1] <= two[1] for two in b) for one in a)
