"""The lists that an audit fills, and the rows about what does not move: a release, a place, a whole package."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from upgrader.model import AdvisoryFact, Assessment, Dependency, Held, NotChecked, PassedOver, Still
from upgrader.stages.choose import Choice, current_version, is_newer, is_same
from upgrader.stages.limits import Policy
from upgrader.versions import SCHEMES


class Findings(Struct, kw_only=True):
    """The lists an audit fills while it goes through the packages."""

    assessments: list[Assessment]
    held: list[Held]
    not_checked: list[NotChecked]
    vulnerable: list[AdvisoryFact]
    up_to_date: int = 0
    beyond_target: int = 0
    still: list[Still] = field(default_factory=list)


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


def tell_nowhere(
    place: Dependency,
    choice: Choice,
    found: Findings,
    advised: Sequence[AdvisoryFact] | None,
    policy: Policy,
) -> None:
    """Held, vulnerable, or up to date; a package whose advisories nobody told of is none of the three.

    A release below the newest one keeps nobody waiting: where nothing is locked, the requirement passes it by.
    """
    found.vulnerable.extend(advised or ())
    if place.direct and (choice.passed_over or policy.said):
        found.still.append(
            Still(
                ecosystem=place.ecosystem,
                name=place.name,
                project=place.project,
                current=current_version(place),
                latest=choice.latest,
                passed_over=choice.passed_over,
                policies=policy.said,
            )
        )
    scheme = SCHEMES[place.ecosystem]
    above = [item for item in choice.passed_over if not is_newer(scheme, choice.latest, item.version)]
    waiting = [item for item in above if item.kind in ("cooldown", "runtime", "withdrawn", "peer")]
    waiting += [
        item for item in above if item.kind == "policy" and is_same(scheme, item.version, choice.latest)
    ]
    if waiting:
        found.held.append(held_release(place, waiting[-1]))
    elif advised is not None and not advised:
        beyond = any(item.kind == "target" for item in above)
        found.beyond_target += beyond
        found.up_to_date += not beyond
