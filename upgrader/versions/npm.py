"""npm's versions and ranges as node-semver reads them (its README, "Ranges" and "Prerelease Tags"), strict mode.

One leniency: a version may start with `v`, `=` or spaces, as npm itself accepts on its command line.
"""

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

LARGEST = 2**53 - 1
"""JavaScript's MAX_SAFE_INTEGER, node-semver's limit for each number."""

_SPACE = " \t\n\r\f\v"
_NUMBER = r"(0|[1-9][0-9]*|[xX*])"
_PARTIAL = rf"(?:{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?)?)?(?:\+([0-9A-Za-z.-]+))?)"
# Possessive (`*+`) where spaces could be shared out between two parts of the pattern: no backtracking over them.
_TERM = re.compile(
    rf"(?:([~^])(?:\s*+(?:=\s*+)?|(?<=~)\s*+>=?\s*+)[v=]*+|(?:([<>]\s++=(?!\s)|[<>]=?|=)\s*+)?([v=]*+))({_PARTIAL})(?:\s++|$)",
    re.ASCII,
)
_HYPHEN = re.compile(rf"([v=\s]*+)({_PARTIAL})\s++-\s([v=\s]*+)({_PARTIAL})$", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_.!~*'()-]+", re.ASCII)
_OR = re.compile(r"\|\|")

Terms = tuple[Term, ...]

HYPHEN_LOW = "- "
"""The operator of the lower end of `1.2 - 3.4`: `>=`, but with `includePrerelease` from the first prerelease on."""


class Requirement(Struct, frozen=True, kw_only=True):
    """A range: what it says and the versions it means."""

    text: str
    terms: tuple[Terms, ...]
    """The comparators of each alternative between `||`."""
    alternatives: tuple[Alternative, ...]
    """What they allow (without `includePrerelease`)."""

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def parse(text: str) -> Version:
    """Read a version; raises `VersionError` for what node-semver refuses in strict mode."""
    found = semver.read_full(text.strip(_SPACE).lstrip("v=" + _SPACE), LARGEST) if len(text) <= 300 else None
    if found is None:
        advice = f'Write all three numbers, as in "{scheme.numbers_in(text, 3)}".'
        raise scheme.refused(text, "version", "npm", advice)
    return found


def is_valid(text: str) -> bool:
    """Whether `parse` takes it."""
    return scheme.accepts(parse, text)


def order_key(text: str) -> Key:
    """Return the precedence to compare by; build metadata is no part of it."""
    return parse(text).key


def sort_versions(texts: Iterable[str]) -> list[str]:
    """Ascending, as written; what is not a version is dropped."""
    keyed: list[tuple[Key, str, str]] = []
    texts = list(texts)
    quick = semver.quick_keys(texts)
    for text in texts:
        if (key := quick.get(text)) is not None:
            keyed.append((key, "", text))
        elif is_valid(text):
            keyed.append((parse(text).key, parse(text).build, text))
    return [text for _, _, text in sorted(keyed)]


def is_prerelease(text: str) -> bool:
    """Whether something follows `-`."""
    return not parse(text).key[3]


def is_tag(text: str) -> bool:
    """Whether npm reads it as the name of a dist-tag (`latest`, `next`): a plain word that is no range."""
    return _TAG.fullmatch(text) is not None and not is_requirement(text)


@lru_cache(maxsize=16384)
def parse_requirement(text: str) -> Requirement:
    """Read a range; raises `VersionError` for tags, URLs and whatever else node-semver calls invalid."""
    terms = _read_terms(text) if len(text) <= LONGEST_REQUIREMENT else None
    if terms is None or any(_too_big(term) for group in terms for term in group):
        raise scheme.refused(text, "requirement", "npm", _advice(text))
    return Requirement(text=text, terms=terms, alternatives=_alternatives(terms, wide=False))


def is_requirement(text: str) -> bool:
    """Whether `parse_requirement` takes it."""
    return scheme.accepts(parse_requirement, text)


@lru_cache(maxsize=65536)
def allows(requirement: str, version: str, *, prereleases: bool = False) -> bool:
    """Return what node-semver's `satisfies` says; `prereleases` is its `includePrerelease`."""
    wanted = parse_requirement(requirement)
    if not is_valid(version):
        return False
    options = _with_prereleases(requirement) if prereleases else wanted.alternatives
    return interval.holds(options, parse(version).key, prereleases=prereleases)


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


@lru_cache(maxsize=16384)
def is_subset(a: str, b: str) -> bool:
    """Whether `b` allows every version that `a` allows."""
    return interval.within(_versions(a), _versions(b))


def minimum(requirement: str) -> str | None:
    """Return the lowest version allowed; None if there is none, as in `>2 <1`."""
    return interval.lowest(_versions(requirement))


def same_requirement_for(requirement: str, target: str, *, floors: bool = False) -> str | None:
    """Rewrite the range for the target in its author's style; None where that would change its meaning.

    `^1.2.3` becomes `^2.0.0`, `1.x` `2.x`, `>=1.2 <2` `>=1.2 <3`; to `^1 || ^2` an alternative is added.
    `floors`: `>=` follows the target too, except in a set with `||`.
    """
    try:
        wanted, version = parse_requirement(requirement), parse(target)
    except VersionError:
        return None
    if len(wanted.terms) == 1:
        text = _moved(requirement, wanted.terms[0], version, floors=floors)
    elif allows(requirement, target):
        return requirement
    else:
        text = _with_alternative(wanted, version)
    if not is_requirement(text) or not allows(text, target):
        return None
    widened = len(wanted.terms) > 1 or not (floors or restyle.pins(wanted.terms[0]))
    # A ceiling such as `<2.0.0-beta` allows prereleases of 2.0.0, which the next ceiling would not.
    return None if widened and not is_subset(requirement, text) else text


def _moved(text: str, terms: Terms, version: Version, *, floors: bool = False) -> str:
    def allowed(term: Term) -> bool:
        low, high = _bounds(term, wide=False)
        return low <= version.key < high

    return restyle.moved(text, terms, version, allowed, floors=floors)


def _with_alternative(wanted: Requirement, version: Version) -> str:
    """Append the last alternative once more, moved to the target; of a bounded one, raise the bound instead."""
    last, text = wanted.terms[-1], wanted.text
    if len(last) != 1 or last[0].op not in restyle.MOVING:
        # Moving a caret beside other comparators would drop what the old one allowed.
        return text if restyle.pins(last) else _moved(text, last, version)
    mark = text.rindex("||")
    piece = text[mark + 2 :]
    core = piece.strip(_SPACE)
    before = text[len(text[:mark].rstrip(_SPACE)) : mark + 2 + piece.index(core)]
    start = text.rindex(core)
    added = _moved(text, last, version)[start:].rstrip(_SPACE)
    end = len(text.rstrip(_SPACE))
    return text[:end] + before + added + text[end:]


def _advice(text: str) -> str:
    if _TAG.fullmatch(text) is not None and not any(mark in text for mark in "0123456789*"):
        return f"It reads as a dist-tag: ask the registry which version {scheme.quoted(text)} stands for."
    sign = next(
        (sign for sign in (">=", "<=", "~", "^", ">", "<") if text.lstrip(_SPACE).startswith(sign)), "^"
    )
    return f'Write it as "{sign}{scheme.numbers_in(text, 3)}".'


@lru_cache(maxsize=4096)
def _with_prereleases(requirement: str) -> tuple[Alternative, ...]:
    """Return what the range allows with node-semver's `includePrerelease`."""
    return _alternatives(parse_requirement(requirement).terms, wide=True)


@lru_cache(maxsize=4096)
def _versions(requirement: str) -> VersionSet:
    return interval.version_set(parse_requirement(requirement).alternatives)


def _read_terms(text: str) -> tuple[Terms, ...] | None:
    """Read the comparators of each alternative, None if one of them is malformed."""
    found: list[Terms] = []
    start = 0
    for end in [*(mark.start() for mark in _OR.finditer(text)), len(text)]:
        terms = _read_alternative(text, start, end)
        if terms is None:
            return None
        found.append(terms)
        start = end + 2
    return tuple(found)


def _read_alternative(text: str, start: int, end: int) -> Terms | None:
    end = start + len(text[start:end].rstrip(_SPACE))
    start = end - len(text[start:end].lstrip(_SPACE))
    hyphen = _HYPHEN.match(text, start, end)
    if hyphen is not None:
        return _hyphen_terms(hyphen)
    terms: list[Term] = []
    while start < end:
        found = _TERM.match(text, start, end)
        term = _one_term(found) if found is not None else None
        if found is None or term is None:
            return None
        terms.append(term)
        start = found.end()
    return tuple(terms)


def _hyphen_terms(found: re.Match[str]) -> Terms | None:
    low, high = _term(HYPHEN_LOW, found, 2), _term("<=", found, 9)
    if low is None or high is None:
        return None
    clean = ("", "v")
    if _is_full(low) and found.group(1) not in clean:
        return None
    if _is_full(high) and not high.pre and found.group(8).lstrip(_SPACE) not in clean:
        return None
    return low, high


def _one_term(found: re.Match[str]) -> Term | None:
    arrow, sign, prefix = found.group(1, 2, 3)
    if arrow:
        return _term(arrow, found, 4)
    term = _term("".join((sign or "").split()), found, 4)
    if term is None or None in term.parts:
        # A number after a wildcard (`x.1`) means nothing; only behind `^` and `~` node-semver lets it pass.
        return term if term is None or set(term.parts[term.parts.index(None) :]) == {None} else None
    return term if len(term.parts) < 3 or prefix in ("", "v") else None


def _term(op: str, found: re.Match[str], first: int) -> Term | None:
    """Make a term of a partial version, whose whole text is group `first`; None for bad identifiers."""
    whole, *written, pre, build = found.group(*range(first, first + 6))
    if len(whole) > LONGEST_VERSION or (pre is not None and semver.identifiers(pre) is None):
        return None
    if build is not None and "" in build.split("."):
        return None
    parts = tuple(int(part) if part.isdigit() else None for part in written if part is not None)
    return Term(op=op, parts=parts, pre=pre or "", start=found.start(first), end=found.end(first))


def _too_big(term: Term) -> bool:
    """Whether a number, or one that the term stands for (`^7` means below 8), is beyond what node-semver holds."""
    highest = max(part or 0 for part in term.parts)
    if highest != LARGEST:
        return highest > LARGEST
    spelled = _is_full(term) and term.op not in ("^", "~")
    bounds = () if spelled else _bounds(term, wide=False)
    return any(max(bound[:3]) > LARGEST for bound in bounds if bound != BEYOND)


def _alternatives(groups: tuple[Terms, ...], *, wide: bool) -> tuple[Alternative, ...]:
    options = tuple(_alternative(terms, wide=wide) for terms in groups)
    everything = [option for option in options if not wide and _is_any(option)]
    # node-semver keeps only the `*` among alternatives: `* || ^1.0.0-beta` allows no prerelease.
    return tuple(everything[:1]) or options


def _is_any(option: Alternative) -> bool:
    return option.low == LOWEST and option.high == BEYOND and not option.named


def _alternative(terms: Terms, *, wide: bool) -> Alternative:
    bounds = [_bounds(term, wide=wide) for term in terms]
    return Alternative(
        low=max((low for low, _ in bounds), default=LOWEST),
        high=min((high for _, high in bounds), default=BEYOND),
        named=frozenset(_triple(term) for term in terms if term.pre and _is_full(term)),
    )


def _is_full(term: Term) -> bool:
    return len(term.parts) == 3 and None not in term.parts


def _triple(term: Term) -> Triple:
    major, minor, patch = (*term.parts, 0, 0, 0)[:3]
    return (major or 0, minor or 0, patch or 0)


def _bounds(term: Term, *, wide: bool) -> tuple[Key, Key]:
    """Return the interval of one comparator; `wide` starts it at the first prerelease where node-semver does."""
    known = next((index for index, part in enumerate(term.parts) if part is None), len(term.parts))
    if known == 0:
        return (LOWEST, LOWEST) if term.op in ("<", ">") else (LOWEST, BEYOND)
    major, minor, patch = (*_triple(term)[:known], 0, 0)[:3]
    numbers = (major, minor, patch)
    if known < 3:
        return _from_zero(term, _partial_bounds(term.op, numbers, known, wide=wide), wide=wide)
    exact = release(*numbers)
    if term.pre:
        exact = (*numbers, 0, semver.identifiers(term.pre) or ())
    elif wide and term.op == HYPHEN_LOW:
        exact = floor(*numbers)
    return _from_zero(term, _full_bounds(term.op, exact), wide=wide)


def _from_zero(term: Term, bounds: tuple[Key, Key], *, wide: bool) -> tuple[Key, Key]:
    """Drop a lower bound of 0.0.0, as node-semver does: it is no comparator, so `0.0.0-beta` may be below it."""
    if wide or bounds[0] != release(0) or (_is_full(term) and term.op in ("", "=")):
        return bounds
    return LOWEST, bounds[1]


def _partial_bounds(op: str, numbers: Triple, known: int, *, wide: bool) -> tuple[Key, Key]:
    major, minor, _ = numbers
    start = floor(*numbers) if wide else release(*numbers)
    nearest = floor(major + 1) if known == 1 else floor(major, minor + 1)
    match op:
        case "<":
            return LOWEST, floor(*numbers)
        case "<=":
            return LOWEST, nearest
        case ">=" | "- ":
            return start, BEYOND
        case ">":
            return (floor(*nearest[:3]) if wide else release(*nearest[:3])), BEYOND
        case "^":
            return start, nearest if major == 0 else floor(major + 1)
        case _:
            return start, nearest


def _full_bounds(op: str, exact: Key) -> tuple[Key, Key]:
    major, minor, patch = exact[:3]
    match op:
        case "<":
            return LOWEST, exact
        case "<=":
            return LOWEST, semver.after(exact)
        case ">=" | "- ":
            return exact, BEYOND
        case ">":
            return semver.after(exact), BEYOND
        case "~":
            return exact, floor(major, minor + 1)
        case "^" if major:
            return exact, floor(major + 1)
        case "^":
            return exact, floor(0, minor + 1) if minor else floor(0, 0, patch + 1)
        case _:
            return exact, semver.after(exact)
