"""Which release a package should move to, and why newer ones were passed over. Pure: answers in, choice out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import cast

import msgspec
from msgspec import Struct

from upgrader.evidence.release_age import days_since
from upgrader.model import Dependency, EcosystemName, Move, Package, PassedOver, Release, Update
from upgrader.stages.limits import (
    Limit,
    Policy,
    Standing,
    is_tagged,
    shut_out,
    takes_newest,
    takes_prereleases,
)
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
    limits: tuple[Limit, ...] = ()
    """The target and the policies."""
    standing: Standing = Standing(current="", tags={})
    """What the limits are measured against; filled in here."""
    timed: bool = False
    """The registry gives upload times, so that a release without one is suspicious."""


class Cure(Struct, frozen=True, kw_only=True):
    """What is known of the advisories on a package's releases."""

    now: int
    """How many concern the current version."""
    left: Mapping[str, tuple[int, int]]
    """Release to how many of those still concern it, and how many others do; only releases that were asked about."""
    named: frozenset[str] = frozenset()
    """Releases that an advisory names as its fix: they alone need not cool down."""


class Choice(Struct, frozen=True, kw_only=True):
    """The release to take, None when there is nowhere to go, and what was passed over on the way."""

    target: Release | None
    latest: str
    in_range: str | None
    passed_over: tuple[PassedOver, ...]
    latest_for_runtime: str = ""
    """The newest stable release that the project's runtime can run; "" where it is the latest, or cannot be told."""


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
    current: str, requirements: Sequence[str], package: Package, rules: Rules, cure: Cure | None = None
) -> Choice:
    """Pick the target of one package: the newest release allowed.

    With `cure`, if a release leaves advisories of `current` behind, it is the lowest of those that leave the most
    behind, in the same major if there is one.
    """
    scheme = SCHEMES[package.ecosystem]
    allowed, passed = _sift(current, package, rules, cure.named if cure else frozenset(), requirements)
    target = _pick(scheme, current, allowed, cure, newest=takes_newest(rules.limits))
    in_range = _in_range(scheme, requirements, [release.version for release in allowed]) or (current or None)
    newer = tuple(item for item in passed if target is None or is_newer(scheme, item.version, target.version))
    latest = _latest(scheme, package, target.version if target else current, rules.prereleases)
    return Choice(
        target=target,
        latest=latest,
        in_range=in_range,
        passed_over=newer,
        latest_for_runtime=_runnable(scheme, package, rules, latest),
    )


def cure_candidates(
    current: str, package: Package, rules: Rules, fixed_in: Sequence[str], asked: Sequence[str] = ()
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The releases worth asking an advisory source about, and which releases are named as a fix.

    For each named fix the lowest release allowed from there up, then the newest of the same major, then the newest.
    """
    scheme = SCHEMES[package.ecosystem]
    named = frozenset(
        release.version
        for release in package.releases
        if any(is_same(scheme, release.version, version) for version in fixed_in)
    )
    allowed, _ = _sift(current, package, rules, named, asked)
    versions = [release.version for release in allowed]
    near = [version for version in versions if scheme.step(current, version) in ("patch", "minor")]
    from_fix = [
        next((version for version in versions if not is_newer(scheme, fix, version)), "")
        for fix in fixed_in
        if scheme.is_valid(fix)
    ]
    return tuple(
        dict.fromkeys(version for version in (*from_fix, *near[-1:], *versions[-1:]) if version)
    ), named


def _sift(
    current: str, package: Package, rules: Rules, named: frozenset[str], asked: Sequence[str]
) -> tuple[list[Release], list[PassedOver]]:
    """The releases above the current one: those that may be taken, and why the others may not; both ascending."""
    scheme = SCHEMES[package.ecosystem]
    standing = Standing(current=current, asked=tuple(asked), tags=package.tags)
    rules = msgspec.structs.replace(rules, standing=standing, **_habits(package, scheme, current))
    allowed: list[Release] = []
    passed: list[PassedOver] = []
    for release in above(scheme, package, current):
        why = _refusal(release, current, scheme, rules, exempt=release.version in named)
        if why is None:
            allowed.append(release)
        else:
            passed.append(why)
    return allowed, passed


def above(scheme: Scheme, package: Package, current: str) -> Sequence[Release]:
    """The releases that come after the current one, ascending; all of them where it is no version.

    Packages of a thousand releases are common: few are compared, as they are in order.
    """
    if not current or not scheme.is_valid(current):
        return package.releases
    start = bisect_right(
        package.releases, scheme.order_key(current), key=lambda release: scheme.order_key(release.version)
    )
    return package.releases[start:]


def make_update(
    dependencies: Sequence[Dependency],
    current: str,
    package: Package,
    choice: Choice,
    policy: Policy | None = None,
    runtime: str = "",
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
        strategy=policy.strategy if policy else "auto",
        together=policy.group if policy else "",
        policies=policy.said if policy else (),
        runtime=runtime if choice.latest_for_runtime else "",
        latest_for_runtime=choice.latest_for_runtime,
    )


def move_between(ecosystem: EcosystemName, current: str, target: str) -> Move:
    """The kind of move; `unknown` when either version is not one its ecosystem knows."""
    step = SCHEMES[ecosystem].step(current, target) if current else "unknown"
    return "unknown" if step == "same" else step


def _pick(
    scheme: Scheme, current: str, allowed: Sequence[Release], cure: Cure | None, *, newest: bool
) -> Release | None:
    ranks = {
        release.version: cure.left[release.version]
        for release in allowed
        if cure and release.version in cure.left and cure.left[release.version][0] < cure.now
    }
    if ranks:
        best = min(ranks.values())
        mending = [release for release in allowed if ranks.get(release.version) == best]
        near = [release for release in mending if scheme.step(current, release.version) in ("patch", "minor")]
        return (near or mending)[0]
    if newest and allowed:
        # The last of those published last; one without a time was published before all others.
        return max(enumerate(allowed), key=lambda pair: (pair[1].released_at or "", pair[0]))[1]
    return allowed[-1] if allowed else None


def is_same(scheme: Scheme, one: str, two: str) -> bool:
    """Whether two spellings are one version: `1.0` and `1.0.0` of Python."""
    return one == two or (
        scheme.is_valid(one) and scheme.is_valid(two) and scheme.order_key(one) == scheme.order_key(two)
    )


def is_newer(scheme: Scheme, version: str, than: str) -> bool:
    """Whether the version comes after the other; every version is newer than one that is none."""
    if not than or not scheme.is_valid(than):
        return True
    return bool(scheme.order_key(version) > scheme.order_key(than))


def _habits(package: Package, scheme: Scheme, current: str) -> dict[str, str | bool]:
    """What this registry says of all releases: its `latest` tag, and whether it gives times."""
    tagged = package.tags.get("latest", "")
    usable = bool(tagged) and scheme.is_valid(tagged) and is_newer(scheme, tagged, current)
    timed = any(release.released_at for release in package.releases)
    return {"ceiling": tagged if usable else "", "timed": timed}


def _refusal(
    release: Release, current: str, scheme: Scheme, rules: Rules, *, exempt: bool
) -> PassedOver | None:
    """Why a release may not be taken; None when it may."""
    version = release.version
    freely = rules.prereleases or (
        bool(rules.limits)
        and (is_tagged(rules.limits, rules.standing, version) or takes_prereleases(rules.limits))
    )
    if scheme.is_prerelease(version) and not (freely or _same_prerelease_line(scheme, current, version)):
        return PassedOver(version=version, kind="policy", reason="a prerelease")
    if limited := shut_out(rules.limits, version, rules.standing, scheme):
        return limited
    if release.asked_as:
        reason = f"is asked as {release.asked_as}: the source has to change wherever the name is used"
        return PassedOver(version=version, kind="edit", reason=reason)
    if rules.ceiling and not freely and is_newer(scheme, version, rules.ceiling):
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
    if rules.cooldown_days <= 0:
        return None
    days = days_since(release.released_at, rules.now)
    if days is None and rules.timed:
        return PassedOver(
            version=release.version, kind="cooldown", reason="the registry gives no upload time for it"
        )
    if days is None or days >= rules.cooldown_days:
        return None
    reason = f"released {days:g} days ago, held until it is {rules.cooldown_days:g} days old"
    return PassedOver(version=release.version, kind="cooldown", reason=reason)


def _same_prerelease_line(scheme: Scheme, current: str, version: str) -> bool:
    """A project that is on a prerelease may go to a later one of the same release."""
    line = _prerelease_line(cast("Hashable", scheme), current)
    return bool(line) and line == _release_numbers(version)


@lru_cache(maxsize=1024)
def _prerelease_line(scheme: Scheme, current: str) -> str:
    """The release that a prerelease leads to; "" for what is no prerelease."""
    is_one = current and scheme.is_valid(current) and scheme.is_prerelease(current)
    return _release_numbers(current) if is_one else ""


def _release_numbers(version: str) -> str:
    """What stands before the prerelease, without zeros at the end: 2.0 for `2.0.0-beta.1`, `2.0b1` and `v2.0.0-…`."""
    found = re.match(r"v?((?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*)", version)
    return re.sub(r"(?:\.0+)+$", "", found[1]) if found else version


def _latest(scheme: Scheme, package: Package, otherwise: str, prereleases: bool) -> str:
    """The newest release that is neither a prerelease nor withdrawn; `otherwise` when there is none."""
    tagged = package.tags.get("latest")
    usable = (
        release.version
        for release in reversed(package.releases)
        if not release.withdrawn and (prereleases or not scheme.is_prerelease(release.version))
    )
    newest = next(usable, None)
    if tagged and not prereleases and (tagged == newest or tagged in usable):
        return tagged
    return newest or otherwise


def _runnable(scheme: Scheme, package: Package, rules: Rules, latest: str) -> str:
    """The newest stable release up to `latest` that the runtime is known to run; "" for `latest` itself."""
    if not rules.runtime:
        return ""
    for release in reversed(package.releases):
        stable = not release.withdrawn and not scheme.is_prerelease(release.version)
        if not stable or is_newer(scheme, release.version, latest):
            continue
        if not release.runtime or rules.runtime_fits(rules.runtime, release.runtime) is not False:
            return "" if release.version == latest else release.version
    return ""


def _in_range(scheme: Scheme, requirements: Sequence[str], versions: Sequence[str]) -> str | None:
    """The newest version that every requirement allows, None when there is none."""
    usable = [text for text in requirements if text and scheme.is_requirement(text)]
    fitting = (
        version for version in reversed(versions) if all(scheme.allows(text, version) for text in usable)
    )
    return next(fitting, None)
