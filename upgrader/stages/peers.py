"""Releases that what stands beside them rules out: they need a peer at a version that it will not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader.model import Assessment, Dependency, Package, PackageName, PassedOver, Release
from upgrader.stages.choose import Choice, is_newer
from upgrader.stages.lookups import Answers
from upgrader.versions import SCHEMES

Ruled = Mapping[tuple[str, PackageName], Mapping[str, str]]
"""Project id and package to the releases that may not be chosen, each with the reason."""


def rule_out(
    assessments: Sequence[Assessment], dependencies: Sequence[Dependency], answers: Answers
) -> Ruled:
    """The releases of each chosen package whose peer the project asks for itself, at no version that fits.

    A peer fits at the version it has now or at the one it is to move to. The other way round, a package is not moved
    past what another one asks of it that stays where it is. A project whose versions in use exclude each other already
    does not mind, and a fix of an advisory is not given up for a peer's sake.
    """
    beside = _beside(assessments, dependencies)
    ruled: dict[tuple[str, PackageName], dict[str, str]] = {}
    for item in assessments:
        update = item.update
        package = answers.get((update.project, update.name))
        if not update.target.peers or item.group == "security" or not isinstance(package, Package):
            continue
        if _conflict(update.project, update.target, package, beside) is None:
            continue
        now = next((one for one in package.releases if one.version == update.current), None)
        if now is not None and _conflict(update.project, now, package, beside) is not None:
            continue
        above = _above(package, update.current)
        found = {one.version: _conflict(update.project, one, package, beside) for one in above}
        ruled[update.project, update.name] = {key: why for key, why in found.items() if why is not None}
    for key, outgrown in _outgrown(assessments, dependencies, answers, ruled).items():
        ruled.setdefault(key, {}).update(outgrown)
    return ruled


def _above(package: Package, current: str) -> list[Release]:
    """The releases that may be chosen at all."""
    scheme = SCHEMES[package.ecosystem]
    return [one for one in package.releases if is_newer(scheme, one.version, current)]


class _Guest(Struct, frozen=True, kw_only=True):
    """A package that asks for another one beside it."""

    package: Package
    version: str
    """The one it will have."""
    wanted: str


def _outgrown(
    assessments: Sequence[Assessment], dependencies: Sequence[Dependency], answers: Answers, ruled: Ruled
) -> dict[tuple[str, PackageName], dict[str, str]]:
    """The releases of chosen packages that others, which ask for them as peers, do not take at what they will have."""
    guests = _guests(assessments, dependencies, answers, ruled)
    found: dict[tuple[str, PackageName], dict[str, str]] = {}
    for item in assessments:
        update = item.update
        key = (update.project, update.name)
        package = answers.get(key)
        if item.group == "security" or not isinstance(package, Package):
            continue
        allows = SCHEMES[update.ecosystem].allows
        for guest in guests.get(key, ()):
            if not allows(guest.wanted, update.current) or allows(guest.wanted, update.target.version):
                continue
            why = _too_far(guest, package)
            found.setdefault(key, {}).update(
                {
                    one.version: why
                    for one in _above(package, update.current)
                    if not allows(guest.wanted, one.version)
                }
            )
    return found


def _guests(
    assessments: Sequence[Assessment], dependencies: Sequence[Dependency], answers: Answers, ruled: Ruled
) -> dict[tuple[str, PackageName], list[_Guest]]:
    """By project and host, who asks for it; one whose own move is in question has no say yet."""
    moving = {(item.update.project, item.update.name): item.update.target.version for item in assessments}
    hosts = set(moving)
    guests: dict[tuple[str, PackageName], list[_Guest]] = {}
    for project, name, locked in sorted(
        {
            (item.project, item.name, item.locked or "")
            for item in dependencies
            if item.direct and not item.immovable
        }
    ):
        package = answers.get((project, name))
        if not isinstance(package, Package) or (project, name) in ruled:
            continue
        version = moving.get((project, name), locked)
        release = next((one for one in package.releases if one.version == version), None)
        for host, wanted in release.peers.items() if release else ():
            key = (project, PackageName(host))
            if key in hosts and SCHEMES[package.ecosystem].is_requirement(wanted):
                guests.setdefault(key, []).append(_Guest(package=package, version=version, wanted=wanted))
    return guests


def _too_far(guest: _Guest, host: Package) -> str:
    """Why releases are ruled out, and the newest two that would stand together."""
    scheme, name = SCHEMES[host.ecosystem], guest.package.name
    newer = [one for one in guest.package.releases if is_newer(scheme, one.version, guest.version)]
    pairs = (
        (one.version, other.version)
        for one in reversed(host.releases)
        if _usable(one, host) and not scheme.allows(guest.wanted, one.version)
        for other in reversed(newer)
        if _usable(other, guest.package) and _takes(other, host.name, one.version, guest.package)
    )
    pair = next(pairs, None)
    together = f"; {name} {pair[1]} goes with {host.name} {pair[0]}: move both together" if pair else ""
    return f"{name} {guest.version} needs {host.name} {guest.wanted} beside it{together}"


def _usable(release: Release, package: Package) -> bool:
    return not release.withdrawn and not SCHEMES[package.ecosystem].is_prerelease(release.version)


def _takes(release: Release, host: str, version: str, package: Package) -> bool:
    scheme = SCHEMES[package.ecosystem]
    wanted = release.peers.get(host, "*")
    return scheme.is_requirement(wanted) and bool(scheme.allows(wanted, version))


def choose_beside(package: Package, ruled: Mapping[str, str], choose: Callable[[Package], Choice]) -> Choice:
    """What is chosen when the releases ruled out may not be; those above the target are told as passed over."""
    openly = choose(package)
    if not ruled:
        return openly
    scheme = SCHEMES[package.ecosystem]
    left = choose(
        replace(package, releases=tuple(one for one in package.releases if one.version not in ruled))
    )
    passed = {item.version: item for item in left.passed_over}
    otherwise = {item.version: item for item in openly.passed_over}
    for version, why in ruled.items():
        if version in otherwise:
            passed[version] = otherwise[version]  # a prerelease, say, was no choice anyway
        elif left.target is None or is_newer(scheme, version, left.target.version):
            passed[version] = PassedOver(version=version, kind="peer", reason=why)
    ordered = tuple(passed[one.version] for one in package.releases if one.version in passed)
    return replace(left, passed_over=ordered, latest=openly.latest)


def _beside(
    assessments: Sequence[Assessment], dependencies: Sequence[Dependency]
) -> dict[tuple[str, PackageName], set[str]]:
    """The versions a directly asked package has now, and those it is to move to."""
    found: dict[tuple[str, PackageName], set[str]] = {}
    for place in dependencies:
        if place.direct and not place.immovable and place.locked:
            found.setdefault((place.project, place.name), set()).add(place.locked)
    for item in assessments:
        if (key := (item.update.project, item.update.name)) in found:
            found[key].add(item.update.target.version)
    return found


def _conflict(
    project: str, release: Release, package: Package, beside: Mapping[tuple[str, PackageName], set[str]]
) -> str | None:
    """Why the release has no place here; None when every peer fits, or its range is not understood."""
    scheme = SCHEMES[package.ecosystem]
    for host, wanted in sorted(release.peers.items()):
        versions = beside.get((project, PackageName(host)))
        if not versions or not scheme.is_requirement(wanted):
            continue
        known = [version for version in versions if scheme.is_valid(version)]
        if known and not any(scheme.allows(wanted, version) for version in known):
            newest = scheme.sort_versions(known)[-1]
            return f"needs {host} {wanted} beside it, and {host} goes no further than {newest} here"
    return None
