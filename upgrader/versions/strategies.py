"""How a requirement is written again for a target: Renovate's range strategies, said for each ecosystem.

The target is 2.5.1:

| strategy | npm `^1.2` | npm `>=1 <2` | pip `>=1,<2` | pip `~=1.4` | Poetry `^1.2` | Cargo `1.2` |
|---|---|---|---|---|---|---|
| auto | `^2.5` | `>=1 <3` | `>=1,<3` | `~=2.5` | `^2.5` | `2.5` |
| pin | `2.5.1` | `2.5.1` | `==2.5.1` | `==2.5.1` | `2.5.1` | `=2.5.1` |
| bump | `^2.5` | `>=2 <3` | `>=2,<3` | `~=2.5` | `^2.5` | `2.5` |
| replace | `^2.5` | `>=2 <3` | `>=2,<3` | `~=2.5` | `^2.5` | `2.5` |
| widen | `^1.2 || ^2.5` | `>=1 <3` | `>=1,<3` | `>=1.4,<3` | `^1.2 || ^2.5` | `>=1.2, <3` |
| in-range-only, lockfile-only | refused | refused | refused | refused | refused | refused |

- auto: the author's own style. An npm range that allows the target stays, an npm peer range is widened.
- pin: the exact form of the ecosystem; what is a pin already keeps its own style.
- bump: also where the range allows the target; a `>=` follows it.
- replace: only where the range shuts the target out; of several alternatives the last one is left, moved.
- widen: only where the range shuts the target out; what was allowed stays allowed, but a pin stays a pin.
- in-range-only, lockfile-only: the manifest is never touched, so that only an allowed target can be taken.

A Go requirement is a minimum, and go.mod is its own lock: every strategy writes the target, lockfile-only refuses.
"""

from __future__ import annotations

import re

from upgrader.errors import VersionError
from upgrader.model import EcosystemName, RangeStrategy, Section
from upgrader.versions import SCHEMES
from upgrader.versions.scheme import quoted
from upgrader.versions.semver import raised

_OR = re.compile(r"\s*\|\|?\s*", re.ASCII)
_EXACT: dict[EcosystemName, str] = {"cargo": "={}", "go": "{}", "npm": "{}", "pip": "=={}"}
_POETRY_ONLY = re.compile(r"\s*[\^~]?\s*[vV]?[0-9]", re.ASCII)
"""How only Poetry begins a requirement; it takes a bare version for that one alone."""
_COMPATIBLE = re.compile(r"(~=|==)(\s*)([0-9][0-9A-Za-z.!+-]*?)((?:\.\*)?)\s*", re.ASCII)
_CARET = re.compile(
    r"\s*([\^~]?)\s*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(-[0-9A-Za-z.-]+)?(\.\*|\.x)?\s*", re.ASCII
)


def requirement_for(
    ecosystem: EcosystemName,
    requirement: str,
    target: str,
    strategy: RangeStrategy = "auto",
    section: Section = "prod",
) -> str:
    """Return the requirement to write; the old one where nothing has to change.

    Raises VersionError, whose message says why, where the strategy has no form here that allows the target.
    """
    scheme = SCHEMES[ecosystem]
    if not (scheme.is_requirement(requirement) and scheme.is_valid(target)):
        raise VersionError(f"{quoted(requirement)} can't be made to ask for {quoted(target)}.")
    written = _written(ecosystem, requirement, target, strategy, section)
    if written is None or not scheme.is_requirement(written) or not scheme.allows(written, target):
        raise _no_form(ecosystem, requirement, target, strategy)
    return written


def _written(
    ecosystem: EcosystemName, requirement: str, target: str, strategy: RangeStrategy, section: Section
) -> str | None:
    if ecosystem == "go":
        return (
            None if strategy == "lockfile-only" else SCHEMES["go"].same_requirement_for(requirement, target)
        )
    match strategy:
        case "auto":
            return _by_habit(ecosystem, requirement, target, section)
        case "pin":
            return _pinned(ecosystem, requirement, target)
        case "in-range-only" | "lockfile-only":
            return requirement if SCHEMES[ecosystem].allows(requirement, target) else None
        case "bump":
            return _bumped(ecosystem, requirement, target)
        case "replace":
            return _replaced(ecosystem, requirement, target)
        case "widen":
            return _widened(ecosystem, requirement, target)


def is_pinned(ecosystem: EcosystemName, requirement: str) -> bool:
    """Whether the requirement is meant for one version alone: `^0.0.3` allows no other and is no pin, nor is Go's."""
    scheme = SCHEMES[ecosystem]
    moving = "^" in requirement or "~" in requirement or (ecosystem == "cargo" and "=" not in requirement)
    if ecosystem == "go" or moving or not scheme.is_requirement(requirement):
        return False
    lowest = scheme.minimum(requirement)
    return lowest is not None and scheme.is_subset(requirement, _EXACT[ecosystem].format(lowest))


def _by_habit(ecosystem: EcosystemName, requirement: str, target: str, section: Section) -> str | None:
    """The strategy `auto`."""
    scheme = SCHEMES[ecosystem]
    if ecosystem == "npm" and scheme.allows(requirement, target):
        return requirement
    if ecosystem == "npm" and section == "peer":
        # Taking a version away from the users of the project is its author's decision.
        return _widened(ecosystem, requirement, target)
    return scheme.same_requirement_for(requirement, target)


def _pinned(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    scheme = SCHEMES[ecosystem]
    if is_pinned(ecosystem, requirement) and "||" not in requirement:
        kept = scheme.same_requirement_for(requirement, target)
        if kept and is_pinned(ecosystem, kept):
            return kept
    version = str(scheme.parse(target)).partition("+")[0] if ecosystem in ("npm", "cargo") else target
    if ecosystem == "pip" and _POETRY_ONLY.match(requirement):
        return version
    spaced = re.match(r"[^\w\s*]+\s", requirement)
    form = _EXACT[ecosystem]
    return (form.replace("={", "= {") if spaced else form).format(version)


def _bumped(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    """Move the alternative that allows the target; where none does, the requirement as `auto` would move it."""
    scheme = SCHEMES[ecosystem]
    pieces = _alternatives(requirement)
    if len(pieces) == 1:
        return _moved_whole(ecosystem, requirement, target)
    for start, end in reversed(pieces):
        piece = requirement[start:end]
        if scheme.is_requirement(piece) and scheme.allows(piece, target):
            new = _moved_whole(ecosystem, piece, target)
            return None if new is None else requirement[:start] + new + requirement[end:]
    return scheme.same_requirement_for(requirement, target)


def _replaced(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    """Where the target is shut out, the last alternative alone, moved whole."""
    if SCHEMES[ecosystem].allows(requirement, target):
        return requirement
    start, end = _alternatives(requirement)[-1]
    return _moved_whole(ecosystem, requirement[start:end] if start else requirement, target)


def _moved_whole(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    """Floor and ceiling at the target; a floor stays where moving it would leave one version alone."""
    scheme = SCHEMES[ecosystem]
    moved = scheme.same_requirement_for(requirement, target, floors=True)
    if moved is not None and is_pinned(ecosystem, moved) and not is_pinned(ecosystem, requirement):
        return scheme.same_requirement_for(requirement, target)
    return moved


def _alternatives(requirement: str) -> list[tuple[int, int]]:
    """Where each part between `||` stands, without the blanks around it."""
    found: list[tuple[int, int]] = []
    start = 0
    for mark in _OR.finditer(requirement):
        found.append((start, mark.start()))
        start = mark.end()
    return [*found, (start, len(requirement.rstrip()) if found else len(requirement))]


def _widened(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    """Allow the target beside everything that was allowed; what is pinned moves, since a pin has no other side."""
    scheme = SCHEMES[ecosystem]
    if scheme.allows(requirement, target):
        return requirement
    own = scheme.same_requirement_for(requirement, target)
    pinned = own is not None and is_pinned(ecosystem, requirement) and is_pinned(ecosystem, own)
    if own is None or pinned or "||" in requirement or _holds(ecosystem, requirement, own):
        return own
    if ecosystem == "npm" or (ecosystem == "pip" and _is_of_poetry(requirement)):
        return f"{requirement.rstrip()} || {own.strip()}"
    wide = _as_bounds(ecosystem, requirement, target)
    return wide if wide and scheme.is_requirement(wide) and _holds(ecosystem, requirement, wide) else None


def _is_of_poetry(requirement: str) -> bool:
    from upgrader.versions import pep440  # lazy: it brings packaging, which only Python projects need

    return not pep440.parse_requirement(requirement).is_standard


def _holds(ecosystem: EcosystemName, requirement: str, wide: str) -> bool:
    """Whether `wide` allows all that the requirement allows; of `==1.2.*` the prereleases below 1.2 are let go."""
    scheme = SCHEMES[ecosystem]
    narrow = re.sub(r"==\s*([0-9.!]+)\.\*", r"~=\1.0", requirement) if ecosystem == "pip" else requirement
    return scheme.is_subset(narrow, wide)


def _as_bounds(ecosystem: EcosystemName, requirement: str, target: str) -> str | None:
    """The requirement as a floor and a ceiling above the target: `~=1.4` is `>=1.4,<2`, Cargo's `1.2` `>=1.2, <2`."""
    clauses = requirement.split(",")
    read = _pip_bounds if ecosystem == "pip" else _cargo_bounds
    wide = [read(clause, target) or clause for clause in clauses]
    return None if wide == clauses else ("," if ecosystem == "pip" else ", ").join(wide)


def _pip_bounds(clause: str, target: str) -> str | None:
    from upgrader.versions import pep440

    found = _COMPATIBLE.fullmatch(clause.strip())
    if found is None or (found[1] == "~=") == bool(found[4]):
        return None
    old, new = pep440.parse(found[3]), pep440.parse(target)
    counted = list(old.release) if found[4] else list(old.release[:-1])
    above = raised([*counted[:-1], counted[-1] + 1], new.release)
    epoch = f"{new.epoch}!" if new.epoch else ""
    return f">={found[2]}{found[3]},<{found[2]}{epoch}{'.'.join(map(str, above))}"


def _cargo_bounds(clause: str, target: str) -> str | None:
    """A caret (a bare version is one) ends at the target's next breaking release, a tilde at its next minor."""
    found = _CARET.fullmatch(clause)
    if found is None:
        return None
    sign, *written, before, wild = found.groups()
    numbers = [int(part) for part in written if part is not None]
    above = SCHEMES["cargo"].order_key(target)[:3]
    minor = len(numbers) == 2 if wild else sign == "~" and len(numbers) > 1
    place = 1 if minor else next((index for index, number in enumerate(above) if number), 2)
    ceiling = raised([*[0] * place, 1], above)
    floor = ".".join(map(str, numbers)) + (before or "")
    return f">={floor}, <{'.'.join(map(str, ceiling))}"


def _no_form(
    ecosystem: EcosystemName, requirement: str, target: str, strategy: RangeStrategy
) -> VersionError:
    shown = quoted(requirement)
    match strategy:
        case "lockfile-only" if ecosystem == "go":
            return VersionError(
                "lockfile-only: go.mod itself holds the versions, there is no other lock to refresh.",
                "Take another range strategy for Go.",
            )
        case "in-range-only" | "lockfile-only":
            return VersionError(
                f"{strategy}: {shown} does not allow {target}, and the manifest is not to be touched.",
                "Take another range strategy, or write the requirement yourself.",
            )
        case "auto":
            return VersionError(
                f"{shown} has no form that asks for {target} in the same style.",
                "Write the requirement yourself.",
            )
        case _:
            return VersionError(
                f"{strategy}: {shown} has no form that allows {target}.", "Write the requirement yourself."
            )
