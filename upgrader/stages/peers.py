"""Releases that what stands beside them rules out: they need a peer at a version that it will not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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

    A peer fits at the version it has now or at the one it is to move to. A project whose versions in use exclude each
    other already does not mind, and a fix of an advisory is not given up for a peer's sake.
    """
    beside = _beside(assessments, dependencies)
    ruled: dict[tuple[str, PackageName], Mapping[str, str]] = {}
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
        found = {one.version: _conflict(update.project, one, package, beside) for one in package.releases}
        ruled[update.project, update.name] = {key: why for key, why in found.items() if why is not None}
    return ruled


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
    for version, why in ruled.items():
        if left.target is None or is_newer(scheme, version, left.target.version):
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
