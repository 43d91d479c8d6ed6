"""Rows of other tools' output into assessed updates: joined with the inventory, weighed like our own look-ups."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.evidence.witness import Surroundings
from upgrader.model import (
    Advisory,
    AdvisoryFact,
    AnyFact,
    Audit,
    Dependency,
    Inventory,
    NotChecked,
    Place,
    Project,
    Release,
    Reported,
    Update,
)
from upgrader.stages.assess import assess, gather_facts
from upgrader.stages.audit import Around, Findings, finish_audit
from upgrader.stages.choose import current_version, move_between
from upgrader.versions import SCHEMES


def audit_reported(inventory: Inventory, rows: Sequence[Reported], around: Around) -> Audit:
    """An audit of what other tools said. A row's problem is not checked; its advisories count like any other."""
    found = Findings(assessments=[], held=list(inventory.held), not_checked=[], vulnerable=[])
    for row in rows:
        if row.problem:
            found.not_checked.append(NotChecked(ecosystem=row.ecosystem, name=row.name, reason=row.problem))
            continue
        told = [_advisory_fact(row, advisory) for advisory in row.advisories]
        update = _update(inventory, row, told)
        if update is None:
            found.vulnerable.extend(told)
            found.up_to_date += not told
            continue
        _weigh(inventory, update, told, around, found)
    return finish_audit(inventory, found, around.advisories.name)


def _weigh(
    inventory: Inventory, update: Update, told: Sequence[AdvisoryFact], around: Around, found: Findings
) -> None:
    surroundings = Surroundings(
        ecosystem=around.books[update.ecosystem],
        project=_project(inventory, update),
        package=NotChecked(
            ecosystem=update.ecosystem, name=update.name, reason="not looked up: the row is a report's"
        ),
        advisories=around.advisories,
        now=around.now,
    )
    facts: tuple[AnyFact, ...] = gather_facts(update, surroundings)
    known = {fact.advisory.id for fact in facts if isinstance(fact, AdvisoryFact)}
    extra = tuple(_against_target(fact, update) for fact in told if fact.advisory.id not in known)
    found.assessments.append(assess(update, facts + extra))


def _update(inventory: Inventory, row: Reported, told: Sequence[AdvisoryFact]) -> Update | None:
    """None for a row that moves nothing."""
    places = _places(inventory, row)
    current = row.current or next((version for place in places if (version := current_version(place))), "")
    fixes = [version for fact in told for version in fact.advisory.fixed_in]
    target = row.latest or _lowest_fix(row, current, fixes)
    if target is None or target == current:
        return None
    return Update(
        dependencies=tuple(places) or (_stand_in(row, current),),
        current=current,
        target=Release(version=target, withdrawn=row.withdrawn if row.latest is None else ""),
        latest=row.latest or target,
        in_range=row.wanted,
        move=move_between(row.ecosystem, current, target),
        source=row.source,
    )


def _lowest_fix(row: Reported, current: str, fixes: Sequence[str]) -> str | None:
    """The lowest version above the current one that an advisory of the row names as its fix."""
    scheme = SCHEMES[row.ecosystem]
    above = [
        version
        for version in scheme.sort_versions(fixes)
        if not scheme.is_valid(current) or scheme.order_key(version) > scheme.order_key(current)
    ]
    return above[0] if above else None


def _places(inventory: Inventory, row: Reported) -> list[Dependency]:
    """Where the inventory asks for the package; those at the row's version if there are any."""
    named = [
        item for item in inventory.dependencies if (item.ecosystem, item.name) == (row.ecosystem, row.name)
    ]
    direct = [item for item in named if item.direct and not item.immovable] or named
    exact = [item for item in direct if item.locked == row.current]
    chosen = exact or direct
    # One update is one project's.
    return [item for item in chosen if item.project == chosen[0].project]


def _stand_in(row: Reported, current: str) -> Dependency:
    """A place for a package that no manifest below the root names: the report itself."""
    return Dependency(
        ecosystem=row.ecosystem,
        name=row.name,
        project=f"{row.ecosystem}:{row.source}",
        requirement="",
        locked=current or None,
        section=row.section or "prod",
        direct=bool(row.direct),
        place=Place(path=row.source, line=0),
        immovable="no manifest below the root names it",
    )


def _project(inventory: Inventory, update: Update) -> Project:
    for project in inventory.projects:
        if project.id == update.project:
            return project
    source = update.dependencies[0].place.path
    return Project(
        ecosystem=update.ecosystem, folder=".", manifest=source, manifests=(source,), lockfile=None, tool=""
    )


def _advisory_fact(row: Reported, advisory: Advisory) -> AdvisoryFact:
    return AdvisoryFact(
        witness="advisories",
        source=row.source,
        subject=f"{row.name} {row.current or ''}".strip(),
        advisory=advisory,
        affects_current=True,
        affects_target=True,
    )


def _against_target(fact: AdvisoryFact, update: Update) -> AdvisoryFact:
    """The row names the fix: a target at or above it is not affected."""
    scheme = SCHEMES[update.ecosystem]
    target = update.target.version
    mended = any(
        scheme.is_valid(version)
        and scheme.is_valid(target)
        and not scheme.order_key(target) < scheme.order_key(version)
        for version in fact.advisory.fixed_in
    )
    return replace(fact, affects_target=not mended)
