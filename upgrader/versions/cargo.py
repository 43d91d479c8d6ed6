"""Cargo's versions and requirements as its `semver` crate reads them (the Cargo book, "Specifying Dependencies")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from upgrader.errors import VersionError
from upgrader.versions import interval, restyle, scheme, semver
from upgrader.versions.interval import BEYOND, LOWEST, Alternative, VersionSet
from upgrader.versions.restyle import Term
from upgrader.versions.scheme import LONGEST_REQUIREMENT, LONGEST_VERSION, Step
from upgrader.versions.semver import Key, Triple, Version, floor, release

LARGEST = 2**64 - 1
"""The crate's numbers are unsigned 64-bit ones."""
MOST_COMPARATORS = 32
"""The crate refuses more in one requirement."""

_NUMBER = r"(0|[1-9][0-9]*)"
_OR_ANY = r"(0|[1-9][0-9]*|[*xX])"
_BUILD = r"(?:\+([0-9A-Za-z.-]+))?"
_COMPARATOR = re.compile(
    rf" *+([<>]=?|[=~^])? *+({_NUMBER}(?:\.{_OR_ANY}(?:\.{_OR_ANY}(?:-([0-9A-Za-z.-]+))?{_BUILD})?)?) *",
    re.ASCII,
)
_ANYTHING = re.compile(r" *[*xX] *", re.ASCII)


class Requirement(Struct, frozen=True, kw_only=True):
    """A version requirement: comparators that must all hold."""

    text: str
    terms: tuple[Term, ...]
    """Empty for `*`; a bare version has the operator "^", one with a wildcard ""."""
    narrow: Alternative
    """What it allows (without `prereleases`)."""

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def parse(text: str) -> Version:
    """Read a version; raises `VersionError` for what the crate refuses (a leading `v`, spaces, two numbers)."""
    found = semver.read_full(text, LARGEST)
    if found is None:
        advice = f'Write all three numbers, as in "{scheme.numbers_in(text, 3)}".'
        raise scheme.refused(text, "version", "Cargo", advice)
    return found


def is_valid(text: str) -> bool:
    """Whether `parse` takes it."""
    return scheme.accepts(parse, text)


def order_key(text: str) -> Key:
    """Return the precedence to compare by; build metadata is no part of it."""
    return parse(text).key


def sort_versions(texts: Iterable[str]) -> list[str]:
    """Ascending, as written; what is not a version is dropped."""
    return scheme.ascending(parse, texts)


def is_prerelease(text: str) -> bool:
    """Whether something follows `-`."""
    return not parse(text).key[3]


@lru_cache(maxsize=16384)
def parse_requirement(text: str) -> Requirement:
    """Read a requirement; raises `VersionError` for npm's habits (spaces for "and", `||`) and the empty text."""
    terms = _read_terms(text) if len(text) <= LONGEST_REQUIREMENT else None
    if terms is None:
        raise scheme.refused(text, "requirement", "Cargo", _advice(text))
    return Requirement(text=text, terms=terms, narrow=_alternative(terms, wide=False))


def is_requirement(text: str) -> bool:
    """Whether `parse_requirement` takes it."""
    return scheme.accepts(parse_requirement, text)


@lru_cache(maxsize=65536)
def allows(requirement: str, version: str, *, prereleases: bool = False) -> bool:
    """Return what the crate's `VersionReq::matches` says.

    `prereleases` admits the others between the bounds too, below `2.0.0-0` where 2.0.0 is the ceiling (RFC 3493).
    """
    wanted = parse_requirement(requirement)
    if not is_valid(version):
        return False
    key = parse(version).key
    if interval.holds((wanted.narrow,), key, prereleases=False):
        return True
    return prereleases and interval.holds((_wide(requirement),), key, prereleases=True)


def best(requirement: str | None, versions: Iterable[str], *, prereleases: bool = False) -> str | None:
    """Return the highest allowed version; None asks for any, as `*` does."""
    wanted = "*" if requirement is None else requirement
    fitting = [text for text in versions if allows(wanted, text, prereleases=prereleases)]
    return sort_versions(fitting)[-1] if fitting else None


def step(current: str, target: str) -> Step:
    """Name the kind of move; below 1.0 a change of the first non-zero number is "0.x"."""
    if not (is_valid(current) and is_valid(target)):
        return "unknown"
    return semver.step_between(parse(current).key, parse(target).key)


def intersects(a: str, b: str) -> bool:
    """Whether a version can exist that both allow (without `prereleases`)."""
    return interval.overlap(_versions(a), _versions(b))


def is_subset(a: str, b: str) -> bool:
    """Whether `b` allows every version that `a` allows."""
    return interval.within(_versions(a), _versions(b))


def minimum(requirement: str) -> str | None:
    """Return the lowest version allowed; None if there is none, as in `>2, <1`."""
    return interval.lowest(_versions(requirement))


def same_requirement_for(requirement: str, target: str, *, floors: bool = False) -> str | None:
    """Rewrite the requirement for the target in its author's style; None where that would change its meaning.

    `1.2` becomes `2.0`, `=1.2.3` `=2.0.0`, `1.2.*` `2.0.*`, `>=1, <2` `>=1, <3`; `*` stays.
    `floors`: `>=` follows the target too.
    """
    try:
        terms, version = parse_requirement(requirement).terms, parse(target)
    except VersionError:
        return None

    def allowed(term: Term) -> bool:
        low, high = _bounds(term)
        return low <= version.key < high

    text = restyle.moved(requirement, terms, version, allowed, floors=floors)
    if not is_requirement(text) or not allows(text, target):
        return None
    # A ceiling such as `<2.0.0-beta` allows prereleases of 2.0.0, which the next ceiling would not.
    return text if floors or restyle.pins(terms) or is_subset(requirement, text) else None


def _advice(text: str) -> str:
    if text.strip(" ") == "":
        return 'Write "*" for any version.'
    if "||" in text:
        return f'Cargo has no "||": write one range, such as ">={scheme.numbers_in(text, 2)}, <...".'
    parts = text.replace(",", " ").split()
    if len(parts) > 1 and all(is_requirement(part) for part in parts):
        return f'Put commas between the comparators: "{", ".join(parts)}".'
    return f'Write it as "{scheme.numbers_in(text, 3)}".'


@lru_cache(maxsize=4096)
def _wide(requirement: str) -> Alternative:
    """Return the bounds between which `prereleases` admits every prerelease."""
    return _alternative(parse_requirement(requirement).terms, wide=True)


@lru_cache(maxsize=4096)
def _versions(requirement: str) -> VersionSet:
    return interval.version_set((parse_requirement(requirement).narrow,))


def _read_terms(text: str) -> tuple[Term, ...] | None:
    """Read the comparators, None if one of them is malformed."""
    if _ANYTHING.fullmatch(text) is not None:
        return ()
    terms: list[Term] = []
    start = 0
    for piece in text.split(","):
        found = _COMPARATOR.fullmatch(text, start, start + len(piece))
        term = _term(found) if found is not None else None
        if term is None:
            return None
        terms.append(term)
        start += len(piece) + 1
    return tuple(terms) if len(terms) <= MOST_COMPARATORS else None


def _term(found: re.Match[str]) -> Term | None:
    op, whole, major, minor, patch, pre, build = found.groups()
    written = [part for part in (major, minor, patch) if part is not None]
    parts = tuple(int(part) if part.isdigit() else None for part in written)
    if len(whole) > LONGEST_VERSION or any(part is not None and part > LARGEST for part in parts):
        return None
    wild = None in parts
    if wild and (parts[-1] is not None or pre is not None or build is not None):
        return None
    if (pre is not None and semver.identifiers(pre) is None) or (
        build is not None and "" in build.split(".")
    ):
        return None
    op = op or ("" if wild else "^")
    return Term(op=op, parts=parts, pre=pre or "", start=found.start(2), end=found.end(2))


def _alternative(terms: tuple[Term, ...], *, wide: bool) -> Alternative:
    bounds = [_wide_bounds(term) if wide else _bounds(term) for term in terms]
    named = {(*_numbers(term)[0][:3],) for term in terms if term.pre}
    return Alternative(
        low=max((low for low, _ in bounds), default=LOWEST),
        high=min((high for _, high in bounds), default=BEYOND),
        named=frozenset(numbers for numbers in named if not any(_shuts_out(term, numbers) for term in terms)),
    )


def _numbers(term: Term) -> tuple[Triple, int]:
    """Return the three numbers, 0 for what is not written or wild, and how many are known."""
    known = [part for part in term.parts if part is not None]
    major, minor, patch = (*known, 0, 0)[:3]
    return (major, minor, patch), len(known)


def _shuts_out(term: Term, numbers: Triple) -> bool:
    """Whether the comparator has no prerelease of these numbers, though they lie between its bounds.

    The crate compares `=1.2`, `~1.2`, `>=1.2` and `<=1.2` with an empty prerelease inside 1.2.
    """
    mine, known = _numbers(term)
    return known < 3 and term.op in ("", "=", "~", ">=", "<=") and numbers[:known] == mine[:known]


def _bounds(term: Term) -> tuple[Key, Key]:
    """Return the interval of one comparator."""
    numbers, known = _numbers(term)
    major, minor, patch = numbers
    if known < 3:
        return _partial_bounds(term.op, numbers, known)
    exact = (*numbers, 0, semver.identifiers(term.pre) or ()) if term.pre else release(*numbers)
    match term.op:
        case "<":
            return LOWEST, exact
        case "<=":
            return LOWEST, semver.after(exact)
        case ">=":
            return exact, BEYOND
        case ">":
            return semver.after(exact), BEYOND
        case "~":
            return exact, floor(major, minor + 1)
        case "^":
            return exact, _caret_end(major, minor, patch)
        case _:
            return exact, semver.after(exact)


def _caret_end(major: int, minor: int, patch: int) -> Key:
    if major:
        return floor(major + 1)
    return floor(0, minor + 1) if minor else floor(0, 0, patch + 1)


def _partial_bounds(op: str, numbers: Triple, known: int) -> tuple[Key, Key]:
    major, minor, _ = numbers
    start = floor(*numbers)
    nearest = floor(major + 1) if known == 1 else floor(major, minor + 1)
    match op:
        case "<":
            return LOWEST, start
        case "<=":
            return LOWEST, nearest
        case ">=":
            return start, BEYOND
        case ">":
            return nearest, BEYOND
        case "^" if major:
            return start, floor(major + 1)
        case _:
            return start, nearest


def _wide_bounds(term: Term) -> tuple[Key, Key]:
    """Return the interval for `prereleases`: `>=1.2` starts at 1.2.0 itself, `<2.0.0` ends before 2.0.0-0."""
    low, high = _bounds(term)
    if len(term.parts) < 3 or None in term.parts:
        low = release(*low[:3]) if low != LOWEST else low
    if term.op == "<" and not term.pre:
        high = floor(*high[:3])
    return low, high
