"""The versions that a person may pick for each update: the best of each kind, within the policies."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from upgrader.evidence.release_age import days_since
from upgrader.model import Assessment, Audit, Move, Package, Release
from upgrader.stages.audit import Around, Spot, make_audit, rules_for
from upgrader.stages.choose import choose_release, move_between
from upgrader.stages.limits import Limit
from upgrader.stages.policy import policy_for

KINDS = ("patch", "minor", "in-range", "latest")


class Offer(Struct, frozen=True, kw_only=True):
    """One version of a package that may be picked."""

    version: str
    kinds: tuple[str, ...]
    """Of KINDS, those whose best it is; empty for the audit's own choice of another kind (a fix)."""
    move: Move
    days: float | None
    """How long it has been out; None when the registry does not say."""


class Row(Struct, frozen=True, kw_only=True):
    """An update with all that may be picked for it."""

    assessment: Assessment
    offers: tuple[Offer, ...]
    """In ascending order; at least one."""
    chosen: int
    """Index of the audit's own choice."""
    links: tuple[str, ...] = ()
    """Homepage and repository, as the registry has them."""

    @property
    def spot(self) -> Spot:
        """What the update is about."""
        update = self.assessment.update
        return update.project, update.name, update.current


def offer_rows(audit: Audit, around: Around) -> list[Row]:
    """Each assessment with its offers, in the audit's order."""
    return [_row(item, around, audit) for item in audit.assessments]


def audit_picked(audit: Audit, around: Around, picked: Mapping[Spot, str]) -> Audit:
    """The audit of these packages at these versions alone; what its advisories say of them is asked first."""
    around.advisories.learn(
        (around.books[item.update.ecosystem], item.update.name, picked[spot])
        for item in audit.assessments
        if (spot := (item.update.project, item.update.name, item.update.current)) in picked
    )
    made = make_audit(audit.inventory, replace(around, picked=picked, ruled_out={}))
    kept = tuple(
        item
        for item in made.assessments
        if picked.get((item.update.project, item.update.name, item.update.current))
        == item.update.target.version
    )
    return replace(made, assessments=kept)


def _row(item: Assessment, around: Around, audit: Audit) -> Row:
    update = item.update
    package = around.answers.get((update.project, update.name))
    own = _offer(item, update.target, (), around)
    if not isinstance(package, Package):
        return Row(assessment=item, offers=(own,), chosen=0)
    project = next(one for one in audit.inventory.projects if one.id == update.project)
    rules = rules_for(project, around, policy_for(update.dependencies[0], around.settings), update.name)
    asked = [place.requirement for place in update.dependencies]
    found: dict[str, tuple[Release, list[str]]] = {update.target.version: (update.target, [])}
    for kind in KINDS:
        limits = (*rules.limits, Limit(target=kind, source="-i"))
        best = choose_release(update.current, asked, package, replace(rules, limits=limits)).target
        if best is not None:
            found.setdefault(best.version, (best, []))[1].append(kind)
    order = [release.version for release in package.releases]
    versions = sorted(found, key=lambda version: order.index(version) if version in order else len(order))
    links = (package.homepage, package.repository)
    return Row(
        assessment=item,
        offers=tuple(
            _offer(item, found[version][0], tuple(found[version][1]), around) for version in versions
        ),
        chosen=versions.index(update.target.version),
        links=tuple(dict.fromkeys(link for link in links if link)),
    )


def _offer(item: Assessment, release: Release, kinds: tuple[str, ...], around: Around) -> Offer:
    return Offer(
        version=release.version,
        kinds=kinds,
        move=move_between(item.update.ecosystem, item.update.current, release.version),
        days=days_since(release.released_at, around.now),
    )
