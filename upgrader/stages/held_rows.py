"""Rows about what an audit holds: a release that may not be taken, a place that cannot move."""

from __future__ import annotations

from upgrader.model import Dependency, Held, PassedOver


def held_release(place: Dependency, passed: PassedOver) -> Held:
    """A release that was passed over."""
    return Held(
        kind=passed.kind,
        subject=place.name,
        reason=f"{passed.version}: {passed.reason}",
        ecosystem=place.ecosystem,
        place=place.place,
        version=passed.version,
    )


def held_immovable(item: Dependency) -> Held:
    """A reference, a path and whatever else has no releases to move to."""
    return Held(
        kind="immovable",
        subject=item.name,
        reason=item.immovable,
        ecosystem=item.ecosystem,
        place=item.place,
    )


def held_unpinned(item: Dependency) -> Held:
    """A place that asks for any version where no lockfile holds one."""
    return Held(
        kind="immovable",
        subject=item.name,
        reason=f"{item.place}: asks for no version and no lockfile holds one, so nothing can move",
        advice="Pin it, or add a lockfile.",
        ecosystem=item.ecosystem,
        place=item.place,
    )


def held_by_policy(item: Dependency, reason: str, advice: str = "") -> Held:
    """A place that the project's own policies, or a range strategy, leave where it is."""
    return Held(
        kind="policy",
        subject=item.name,
        reason=reason,
        advice=advice,
        ecosystem=item.ecosystem,
        place=item.place,
    )
