"""Which release a package should move to, and why newer ones were passed over. Pure: answers in, choice out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from upgrader.evidence.release_age import days_since
from upgrader.model import Dependency, EcosystemName, Move, Package, PassedOver, Release, Update
from upgrader.versions import SCHEMES
from upgrader.versions.scheme import Scheme


class Rules(Struct, frozen=True, kw_only=True):
    """What is allowed to be chosen in one project."""

    now: datetime
    cooldown_days: float
    prereleases: bool
    runtime: str | None
    """What the project declares, else what this machine has; None when neither is known."""
    runtime_fits: Callable[[str, str], bool | None]
    ceiling: str = ""
    """The version tagged `latest`, above which nothing is taken; "" for no such tag, or when current is above it."""
    timed: bool = False
    """The registry gives upload times, so that a release without one is suspicious."""


class Choice(Struct, frozen=True, kw_only=True):
    """The release to take, None when there is nowhere to go, and what was passed over on the way."""

    target: Release | None
    latest: str
    in_range: str | None
    passed_over: tuple[PassedOver, ...]


def current_version(dependency: Dependency) -> str:
    """The locked version, else the lowest the requirement allows; "" when neither is known."""
    if dependency.locked:
        return dependency.locked
    if not dependency.requirement:
        return ""
    scheme = SCHEMES[dependency.ecosystem]
    if not scheme.is_requirement(dependency.requirement):
        return ""
    return scheme.minimum(dependency.requirement) or ""


def choose_release(
    current: str, requirements: Sequence[str], package: Package, rules: Rules, fixes: frozenset[str]
) -> Choice:
    """Pick the target of one package.

    Without `fixes` that is the newest release allowed. `fixes` are versions that leave every advisory of `current`
    behind; then it is the lowest of them, in the same major if there is one, and it need not have cooled down.
    """
    scheme = SCHEMES[package.ecosystem]
    rules = msgspec.structs.replace(rules, **_habits(package, scheme, current))
    newer = [release for release in package.releases if _is_newer(scheme, release.version, current)]
    passed: list[PassedOver] = []
    allowed: list[Release] = []
    for release in newer:
        why = _refusal(release, current, scheme, rules, exempt=release.version in fixes)
        if why is None:
            allowed.append(release)
        else:
            passed.append(why)
    target = _pick(scheme, current, allowed, fixes)
    latest = _latest(scheme, package, current, rules.prereleases)
    in_range = _in_range(scheme, requirements, [release.version for release in allowed]) or (current or None)
    above = tuple(
        item for item in passed if target is None or _is_newer(scheme, item.version, target.version)
    )
    return Choice(target=target, latest=latest, in_range=in_range, passed_over=above)


def make_update(
    dependencies: Sequence[Dependency], current: str, package: Package, choice: Choice
) -> Update | None:
    """Wrap the places and the choice into an update; None when there is nowhere to go."""
    if choice.target is None:
        return None
    return Update(
        dependencies=tuple(dependencies),
        current=current,
        target=choice.target,
        latest=choice.latest,
        in_range=choice.in_range,
        move=move_between(package.ecosystem, current, choice.target.version),
        source=package.source,
        passed_over=choice.passed_over,
    )


def move_between(ecosystem: EcosystemName, current: str, target: str) -> Move:
    """The kind of move; `unknown` when either version is not one its ecosystem knows."""
    step = SCHEMES[ecosystem].step(current, target) if current else "unknown"
    return "unknown" if step == "same" else step


def _pick(scheme: Scheme, current: str, allowed: Sequence[Release], fixes: frozenset[str]) -> Release | None:
    mending = [release for release in allowed if release.version in fixes]
    if mending:
        near = [release for release in mending if scheme.step(current, release.version) in ("patch", "minor")]
        return (near or mending)[0]
    return allowed[-1] if allowed else None


def _is_newer(scheme: Scheme, version: str, than: str) -> bool:
    if not than or not scheme.is_valid(than):
        return True
    return bool(scheme.order_key(version) > scheme.order_key(than))


def _habits(package: Package, scheme: Scheme, current: str) -> dict[str, str | bool]:
    """What this registry says of all releases: its `latest` tag, and whether it gives times."""
    tagged = package.tags.get("latest", "")
    usable = bool(tagged) and scheme.is_valid(tagged) and _is_newer(scheme, tagged, current)
    timed = any(release.released_at for release in package.releases)
    return {"ceiling": tagged if usable else "", "timed": timed}


def _refusal(
    release: Release, current: str, scheme: Scheme, rules: Rules, *, exempt: bool
) -> PassedOver | None:
    """Why a release may not be taken; None when it may."""
    version = release.version
    if scheme.is_prerelease(version) and not (
        rules.prereleases or _same_prerelease_line(scheme, current, version)
    ):
        return PassedOver(version=version, kind="policy", reason="a prerelease")
    if release.asked_as:
        reason = f"is asked as {release.asked_as}: the source has to change wherever the name is used"
        return PassedOver(version=version, kind="edit", reason=reason)
    if rules.ceiling and not rules.prereleases and _is_newer(scheme, version, rules.ceiling):
        return PassedOver(
            version=version, kind="policy", reason=f"above the version tagged latest ({rules.ceiling})"
        )
    if release.withdrawn:
        said = f": {release.withdrawn_reason}" if release.withdrawn_reason else ""
        return PassedOver(version=version, kind="withdrawn", reason=f"{release.withdrawn}{said}")
    if release.runtime and rules.runtime and rules.runtime_fits(rules.runtime, release.runtime) is False:
        reason = f"needs runtime {release.runtime}, the project runs on {rules.runtime}"
        return PassedOver(version=version, kind="runtime", reason=reason)
    return None if exempt else _too_young(release, rules)


def _too_young(release: Release, rules: Rules) -> PassedOver | None:
    """The cooldown. No time where others have one is not old enough; a registry without times is judged in `plan`."""
    days = days_since(release.released_at, rules.now)
    if days is None and rules.timed and rules.cooldown_days > 0:
        return PassedOver(
            version=release.version, kind="cooldown", reason="the registry gives no upload time for it"
        )
    if days is None or days >= rules.cooldown_days:
        return None
    reason = f"released {days:g} days ago, held until it is {rules.cooldown_days:g} days old"
    return PassedOver(version=release.version, kind="cooldown", reason=reason)


def _same_prerelease_line(scheme: Scheme, current: str, version: str) -> bool:
    """A project that is on a prerelease may go to a later one of the same release."""
    if not current or not scheme.is_valid(current) or not scheme.is_prerelease(current):
        return False
    return scheme.step(current.split("-")[0], version.split("-")[0]) == "same"


def _latest(scheme: Scheme, package: Package, current: str, prereleases: bool) -> str:
    """The newest release that is neither a prerelease nor withdrawn; `current` when there is none."""
    tagged = package.tags.get("latest")
    versions = [
        release.version
        for release in package.releases
        if not release.withdrawn and (prereleases or not scheme.is_prerelease(release.version))
    ]
    if tagged in versions and not prereleases:
        return tagged
    return versions[-1] if versions else current


def _in_range(scheme: Scheme, requirements: Sequence[str], versions: Sequence[str]) -> str | None:
    """The newest version that every requirement allows, None when there is none."""
    usable = [text for text in requirements if text and scheme.is_requirement(text)]
    fitting = [version for version in versions if all(scheme.allows(text, version) for text in usable)]
    return fitting[-1] if fitting else None
