"""Rows of other tools' output into assessed updates: joined with the inventory, weighed like our own look-ups."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.config import Settings
from upgrader.evidence.advisories import is_among
from upgrader.evidence.osv import merge_aliases
from upgrader.evidence.witness import Surroundings
from upgrader.model import (
    Advisory,
    AdvisoryFact,
    AnyFact,
    Audit,
    Dependency,
    Inventory,
    NotChecked,
    PassedOver,
    Place,
    Project,
    Release,
    Reported,
    Update,
)
from upgrader.stages.assess import assess, gather_facts
from upgrader.stages.audit import Around, finish_audit
from upgrader.stages.choose import current_version, is_same, move_between
from upgrader.stages.findings import Findings, held_release
from upgrader.stages.limits import Standing, shut_out
from upgrader.stages.policy import policy_for
from upgrader.versions import SCHEMES


def audit_reported(inventory: Inventory, rows: Sequence[Reported], around: Around) -> Audit:
    """An audit of what other tools said. A row's problem is not checked; its advisories count like any other.

    Rows about one version of one package count together: its updates by one tool, its advisories by another.
    """
    found = Findings(assessments=[], held=list(inventory.held), not_checked=[], vulnerable=[])
    joined = _joined([row for row in rows if not row.problem])
    for row in rows:
        if row.problem:
            found.not_checked.append(NotChecked(ecosystem=row.ecosystem, name=row.name, reason=row.problem))
    moves = [(row, _update(inventory, row)) for row in joined]
    around.advisories.learn(
        (around.books[update.ecosystem], update.name, version)
        for _, update in moves
        if update is not None
        for version in (update.current, update.target.version)
        if version
    )
    for row, update in moves:
        told = [_advisory_fact(row, advisory) for advisory in row.advisories]
        if update is None:
            found.vulnerable.extend(told)
            found.up_to_date += not told
            continue
        bounded = _within_limits(update, around.settings)
        if isinstance(bounded, Update):
            _weigh(inventory, bounded, told, around, found)
            continue
        found.vulnerable.extend(told)
        if bounded.kind == "policy":
            found.held.append(held_release(update.dependencies[0], bounded))
        else:
            found.beyond_target += 1
    return finish_audit(inventory, found, around.advisories.name)


def _within_limits(update: Update, settings: Settings) -> Update | PassedOver:
    """The update, at what its requirement allows where the policies or the target shut out the report's newest."""
    place, scheme = update.dependencies[0], SCHEMES[update.ecosystem]
    policy = policy_for(place, settings)
    if policy.never:
        return PassedOver(version=update.target.version, kind="policy", reason=policy.never)
    asked = tuple(item.requirement for item in update.dependencies)
    standing = Standing(current=update.current, asked=asked, tags={})
    why: PassedOver | None = None
    for version in dict.fromkeys((update.target.version, update.in_range or "")):
        if not version or is_same(scheme, version, update.current):
            continue
        out = shut_out(policy.limits, version, standing, scheme) if scheme.is_valid(version) else None
        if out is None:
            move = move_between(update.ecosystem, update.current, version)
            target = update.target if version == update.target.version else Release(version=version)
            said = {"strategy": policy.strategy, "together": policy.group, "policies": policy.said}
            return replace(update, target=target, move=move, **said)
        why = why or out
    return why or PassedOver(version=update.target.version, kind="target", reason="nothing newer")


def _joined(rows: Sequence[Reported]) -> list[Reported]:
    """One row per package and current version; a row that does not say its version joins the package's first one."""
    kept: list[Reported] = []
    for row in rows:
        twin = next((index for index, other in enumerate(kept) if _same(other, row)), None)
        if twin is None:
            kept.append(row)
            continue
        other = kept[twin]
        sources = dict.fromkeys((other.source, row.source))
        kept[twin] = replace(
            other,
            current=other.current or row.current,
            wanted=other.wanted or row.wanted,
            latest=other.latest or row.latest,
            source=", ".join(sources),
            section=other.section or row.section,
            direct=other.direct if other.direct is not None else row.direct,
            advisories=tuple(merge_aliases([*other.advisories, *row.advisories])),
            withdrawn=other.withdrawn or row.withdrawn,
            withdrawn_reason=other.withdrawn_reason or row.withdrawn_reason,
        )
    return kept


def _same(one: Reported, two: Reported) -> bool:
    named = (one.ecosystem, one.name) == (two.ecosystem, two.name)
    return named and (one.current is None or two.current is None or one.current == two.current)


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
    known = [fact.advisory for fact in facts if isinstance(fact, AdvisoryFact)]
    extra = tuple(_against_target(fact, update) for fact in told if not is_among(fact.advisory, known))
    found.assessments.append(assess(update, facts + extra))


def _update(inventory: Inventory, row: Reported) -> Update | None:
    """None for a row that moves nothing."""
    places = _places(inventory, row)
    current = row.current or next((version for place in places if (version := current_version(place))), "")
    target = row.latest or _fixing(row, current)
    if target is None or is_same(SCHEMES[row.ecosystem], target, current):
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


def _fixing(row: Reported, current: str) -> str | None:
    """The lowest version that every advisory with a fix has its fix at or below; None when none names one."""
    scheme = SCHEMES[row.ecosystem]
    lowest = []
    for advisory in row.advisories:
        above = [
            version
            for version in scheme.sort_versions(advisory.fixed_in)
            if not scheme.is_valid(current) or scheme.order_key(version) > scheme.order_key(current)
        ]
        lowest += above[:1]
    return scheme.sort_versions(lowest)[-1] if lowest else None


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
    """The row names the fixes: a target is mended by one at or below it, unless its own major has a later one."""
    scheme = SCHEMES[update.ecosystem]
    target = update.target.version
    if not scheme.is_valid(target):
        return fact
    fixes = scheme.sort_versions(fact.advisory.fixed_in)
    below = [version for version in fixes if not scheme.order_key(target) < scheme.order_key(version)]
    later = [version for version in fixes if version not in below]
    own = any(scheme.step(target, version) in ("patch", "minor") for version in later)
    return replace(fact, affects_target=not below or own)
