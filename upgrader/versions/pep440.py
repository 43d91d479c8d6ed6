"""Python's versions and specifiers (PEP 440) as `packaging` reads them, the library inside pip and uv's reference.

Requirements may also be written as Poetry and pipenv write them (`^1.2`, `~1.2`, `1.2.3`, `*`, `^1 || ^2`). Who reads
PEP 508 strings has refused those before they come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct
from packaging.ranges import VersionRange
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from upgrader.errors import VersionError
from upgrader.versions import poetry, scheme, semver
from upgrader.versions.scheme import LONGEST_REQUIREMENT, LONGEST_VERSION, Step

_CLAUSE = re.compile(r"(\s*(?:===|~=|[=!<>]=|[<>])\s*)([^\s,]+)(\s*)", re.ASCII)
_RELEASE = re.compile(r"v?(?:[0-9]+!)?([0-9]+(?:\.[0-9]+)*)(.*)", re.ASCII | re.IGNORECASE)
_WILD = re.compile(r"(?:(?:^|\.)[*xX])+$", re.ASCII)
_LOWEST_OF = re.compile(r"[-_.]?(?:dev|alpha|a|beta|b|rc)0?", re.ASCII | re.IGNORECASE)


class Requirement(Struct, frozen=True, kw_only=True):
    """Specifier sets of which one must hold; only Poetry's `||` makes more than one."""

    alternatives: tuple[SpecifierSet, ...]
    is_standard: bool
    """Whether PEP 440 itself knows the text."""

    def fits(self, version: Version, *, prereleases: bool) -> bool:
        """Whether a set holds; a prerelease needs a set that names one, or `prereleases`."""
        return any(_fits(wanted, version, prereleases) for wanted in self.alternatives)

    def range(self) -> VersionRange:
        """Every version that some set holds for."""
        first, *others = self.alternatives
        found = first.to_range()
        for other in others:
            found = found.union(other.to_range())
        return found


@lru_cache(maxsize=65536)
def parse(text: str) -> Version:
    """Read a version; raises `VersionError` for what `packaging` refuses and for numbers Python will not read."""
    advice = f'Write it as "{scheme.numbers_in(text, 2)}", with a1, b1, rc1, .post1 or .dev1 behind.'
    if len(text) > LONGEST_VERSION:
        raise scheme.refused(text, "version", "Python", advice)
    try:
        return Version(text)
    except ValueError as error:
        raise scheme.refused(text, "version", "Python", advice) from error


def is_valid(text: str) -> bool:
    """Whether `parse` takes it."""
    return scheme.accepts(parse, text)


def order_key(text: str) -> tuple[Version]:
    """Return something to compare by; a local version (`+cu118`) is above its public one."""
    return (parse(text),)


def sort_versions(texts: Iterable[str]) -> list[str]:
    """Ascending, as written; what is not a version is dropped."""
    return scheme.ascending(parse, texts)


def is_prerelease(text: str) -> bool:
    """Whether it is an alpha, beta, release candidate or development release."""
    return parse(text).is_prerelease


@lru_cache(maxsize=16384)
def parse_requirement(text: str) -> Requirement:
    """Read a specifier set ("" is any version) or what Poetry writes; raises `VersionError` for anything else."""
    if len(text) > LONGEST_REQUIREMENT:
        raise scheme.refused(text, "requirement", "Python", _advice(text))
    try:
        return Requirement(alternatives=(SpecifierSet(text),), is_standard=True)
    except ValueError:
        pass
    try:
        sets = tuple(SpecifierSet(poetry.specifiers(one)) for one in poetry.clauses(text))
        return Requirement(alternatives=sets, is_standard=False)
    except ValueError as error:
        raise scheme.refused(text, "requirement", "Python", _advice(text)) from error


def is_requirement(text: str) -> bool:
    """Whether `parse_requirement` takes it."""
    return scheme.accepts(parse_requirement, text)


@lru_cache(maxsize=65536)
def allows(requirement: str, version: str, *, prereleases: bool = False) -> bool:
    """Whether the specifiers hold for the version.

    A prerelease needs a specifier that names one (`>=2.0rc1`), or `prereleases`: the third way of PEP 440, that no
    release fits, depends on what else there is, so that only `best` knows it.
    """
    wanted = parse_requirement(requirement)
    if not is_valid(version):
        return False
    return wanted.fits(parse(version), prereleases=prereleases)


def best(requirement: str | None, versions: Iterable[str], *, prereleases: bool = False) -> str | None:
    """Return the highest allowed version; a prerelease if asked for, named, or if no release fits (PEP 440)."""
    wanted = parse_requirement(requirement or "")
    known = [text for text in versions if is_valid(text)]
    fitting = [text for text in known if wanted.fits(parse(text), prereleases=prereleases)]
    fitting = fitting or [text for text in known if wanted.fits(parse(text), prereleases=True)]
    return sort_versions(fitting)[-1] if fitting else None


def step(current: str, target: str) -> Step:
    """Name the kind of move by the release numbers: another epoch is "major", a post release "patch"."""
    if not (is_valid(current) and is_valid(target)):
        return "unknown"
    old, new = parse(current), parse(target)
    if new == old:
        return "same"
    if new < old:
        return "downgrade"
    if new.is_prerelease:
        return "prerelease"
    if new.epoch != old.epoch:
        return "major"
    return semver.upward_step(old.release, new.release, prerelease=old.is_prerelease)


def intersects(a: str, b: str) -> bool:
    """Whether a version can exist that both hold for."""
    return not parse_requirement(a).range().is_disjoint(parse_requirement(b).range())


def is_subset(a: str, b: str) -> bool:
    """Whether `b` holds for every version that `a` holds for."""
    return parse_requirement(a).range().is_subset(parse_requirement(b).range())


def minimum(requirement: str) -> str | None:
    """Return the lowest version allowed; None if there is none: behind `>1.0` there is always a lower one still."""
    found = [
        floor
        for wanted in parse_requirement(requirement).alternatives
        if (floor := _floor(wanted)) is not None
    ]
    return min(found, key=parse) if found else None


def same_requirement_for(requirement: str, target: str, *, floors: bool = False) -> str | None:
    """Rewrite the specifiers for the target in their author's style; None where that would change their meaning.

    `==1.2.3` becomes `==2.0.0`, `~=1.4` `~=2.0`, `>=1.2,<2` `>=1.2,<3`, `<8.2` `<8.6`; floors and `!=` stay.
    `floors`: `>=` follows the target too, except in a set with `||`.
    """
    try:
        wanted = parse_requirement(requirement)
        version = parse(target)
    except VersionError:
        return None
    if wanted.is_standard:
        text = ",".join(_clause_for(clause, version, floors) for clause in requirement.split(","))
    else:
        text = _in_poetry(requirement, version, floors)
    return text if is_requirement(text) and allows(text, target) else None


def _in_poetry(requirement: str, target: Version, floors: bool) -> str:
    """`^1.2` becomes `^2.5`, `1.2.3` `2.5.0`, `1.*` `2.*`; to `^1 || ^2` an alternative is added."""
    options = poetry.clauses(requirement)
    if len(options) == 1:
        return _moved_clauses(requirement, options[0], target, floors)
    if allows(requirement, str(target)):
        return requirement
    # The newest way of asking, as it is written, gives the new one.
    last = requirement[requirement.rindex("|") + 1 :].strip()
    return f"{requirement.rstrip()} || {_moved_clauses(last, poetry.clauses(last)[0], target, False)}"


def _moved_clauses(text: str, clauses: Sequence[poetry.Clause], target: Version, floors: bool) -> str:
    for clause in reversed(clauses):
        new = _moved(clause.op, clause.written, target, floors)
        text = text[: clause.start] + new + text[clause.start + len(clause.written) :]
    return text


def _floor(wanted: SpecifierSet) -> str | None:
    """The lowest version a set holds for, None if there is none."""
    floors = [
        "0",
        *(item.version.removesuffix(".*") for item in wanted if item.operator not in ("<", "<=", "!=", ">")),
    ]
    # Each is a lower bound of the set, so one that the set allows is the lowest of all.
    return next((floor for floor in floors if is_valid(floor) and _fits(wanted, parse(floor), False)), None)


def _fits(wanted: SpecifierSet, version: Version, prereleases: bool) -> bool:
    if version.is_prerelease and not prereleases and not wanted.prereleases:
        return False
    return wanted.contains(version, prereleases=True)


def _advice(text: str) -> str:
    numbers = scheme.numbers_in(text, 2)
    match text.strip()[:1]:
        case "^":
            return f'Python has no caret: write ">={numbers},<{int(numbers.split(".")[0]) + 1}".'
        case "~":
            return f'Write it as "~={numbers}".'
        case "*":
            return "Leave the requirement empty for any version."
        case "<" | ">" | "!" | "=":
            return f'Put commas between the parts, as in ">={numbers},!={numbers}.1".'
        case _:
            return f'Write "=={numbers}" for exactly that, ">={numbers}" for that or later.'


def _clause_for(clause: str, target: Version, floors: bool) -> str:
    """Return one clause with its version moved, if it pins or bounds from above, and as it is otherwise."""
    found = _CLAUSE.fullmatch(clause)
    if found is None:
        return clause
    lead, written, tail = found.groups()
    return lead + _moved(lead.strip(), written, target, floors) + tail


def _moved(op: str, written: str, target: Version, floors: bool) -> str:
    match op:
        case ">=" if floors and parse(written) < target:
            width = len(parse(written).release)
            return target.public if target.is_prerelease else _in_precision(target, width)
        case "==" | "=" | "" if _WILD.search(written):
            return _in_wildcards(written, target)
        case "===" | "==" | "=" | "":
            return str(target)
        case "~=":
            return _compatible(written, target)
        case "^" | "~":
            width = len(parse(written).release)
            return target.public if target.is_prerelease else _in_precision(target, width)
        case "<" | "<=" if not Specifier(op + written).contains(target, prereleases=True):
            return _below(written, target) if op == "<" else _up_to(written, target)
        case _:
            return written


def _in_wildcards(written: str, target: Version) -> str:
    """`1.2.*` with the target's numbers; a `*` alone already says it."""
    numbers, wild = _WILD.split(written)[0], "".join(_WILD.findall(written))
    return _in_precision(target, numbers.count(".") + 1) + wild if numbers else written


def _compatible(written: str, target: Version) -> str:
    """Return the `~=` version: at least two numbers; of a prerelease target all, since a shorter one names none."""
    width = len(parse(written).release)
    if target.is_prerelease:
        short = len(target.release) < 2
        return target.public if not short else written
    return _in_precision(target, width)


def _up_to(written: str, target: Version) -> str:
    """Return the `<=` version: `<=1.5` stops at 1.5 itself, so the target is written out where it has to be."""
    short = _in_precision(target, len(parse(written).release))
    return short if parse(short) >= target else target.public


def _below(written: str, target: Version) -> str:
    """Return the next `<` bound in the author's precision; a `.dev0` or `a0` that shuts out prereleases stays."""
    found = _RELEASE.fullmatch(written)
    if found is None or (found.group(2) and _LOWEST_OF.fullmatch(found.group(2)) is None):
        return written
    bound = [int(part) for part in found.group(1).split(".")]
    return _dotted(target.epoch, semver.raised(bound, target.release)) + found.group(2)


def _in_precision(target: Version, width: int) -> str:
    return _dotted(target.epoch, [*target.release, *[0] * width][:width])


def _dotted(epoch: int, numbers: Sequence[int]) -> str:
    return (f"{epoch}!" if epoch else "") + ".".join(str(number) for number in numbers)
