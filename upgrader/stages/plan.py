"""From an audit to a plan: one step per upgrade, or per bundle that must move together. Pure: runs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader import __version__
from upgrader.config import Settings
from upgrader.ecosystems.base import Ecosystem, Tree
from upgrader.errors import ConfigError, UpgraderError
from upgrader.model import (
    GROUPS,
    RISKS,
    AdvisoryFact,
    Assessment,
    Audit,
    CannotEdit,
    Command,
    EcosystemName,
    Edit,
    Held,
    Package,
    Plan,
    Project,
    Step,
    Update,
)
from upgrader.rulebook.load import NO_PACKS, Shelf
from upgrader.stages.choose import is_same
from upgrader.stages.companions import Companion, pairs
from upgrader.stages.grouping import Bundle, bundle, peer_needs
from upgrader.stages.lookups import Answers
from upgrader.stages.plan_checks import choose_checks, choose_prepare
from upgrader.stages.plan_words import (
    Durations,
    branch_name,
    compatibility_of,
    hops,
    risk_rows,
    rollback_of,
    timeline,
)
from upgrader.stages.reread import Change, check_changes
from upgrader.stages.rewriting import other_projects, plan_packs, with_notes
from upgrader.versions import SCHEMES


class Ground(Struct, frozen=True, kw_only=True):
    """What a plan stands on."""

    tree: Tree
    """The files at the base commit."""
    base_commit: str
    books: Mapping[EcosystemName, Ecosystem]
    answers: Answers
    settings: Settings
    durations: Durations
    take_unknown_age: bool = False
    """Take releases of a registry that gives no upload times; else they are held (SAFETY T1)."""
    shelf: Shelf = NO_PACKS
    """The rule packs at hand."""
    has_tool: Callable[[str], bool] = bool
    """Whether a program is there; by default every one is."""
    companions: tuple[Companion, ...] | None = None
    """What became of the packages that packs want beside others; None where nobody looked."""


def make_plan(audit: Audit, ground: Ground) -> Plan:
    """One step per bundle, in the order security, patch, minor, 0.x, major, unknown, then needs, then name."""
    projects = {project.id: project for project in audit.inventory.projects}
    held: list[Held] = []
    ready = [item for item in audit.assessments if _may_go(item, ground, held)]
    steps: list[Step] = []
    branches: set[str] = set()
    along = pairs(ground.companions or ())
    bundles = sorted(bundle(ready, ground.settings.groups, ground.answers, along), key=_bundle_order)
    names = _step_ids(bundles, audit.inventory.projects)
    for group, step_id in zip(bundles, names, strict=True):
        needs = _needs(group, bundles, names)
        step = _make_step(group, projects, ground, branches)
        if isinstance(step, Step):
            step = replace(step, id=step_id, needs=needs)
        if isinstance(step, Held):
            held.append(step)
        else:
            branches.add(step.branch)
            steps.append(step)
    return Plan(
        base_commit=ground.base_commit,
        files=_fingerprints(steps, projects, ground.tree),
        steps=tuple(_by_needs(steps)),
        held=tuple(held),
        tool_version=__version__,
    )


def fingerprint(data: bytes) -> str:
    """The sha256 by which a plan knows a file again, in hex."""
    return hashlib.sha256(data).hexdigest()


def _may_go(item: Assessment, ground: Ground, held: list[Held]) -> bool:
    """A release of unknown age is shown by the audit, but not taken unless an advisory names it as its fix."""
    aged = item.update.target.released_at is not None or _is_named_fix(item)
    if aged or ground.take_unknown_age or ground.settings.cooldown_days <= 0:
        return True
    held.append(
        Held(
            kind="cooldown",
            subject=item.update.name,
            reason=f"{item.update.target.version}: its registry gives no upload time, so it is not known to be "
            f"{ground.settings.cooldown_days:g} days old",
            advice="Plan it with --cooldown 0, or ask a registry that gives times.",
            ecosystem=item.update.ecosystem,
            place=item.update.dependencies[0].place,
            version=item.update.target.version,
        )
    )
    return False


def _is_named_fix(item: Assessment) -> bool:
    scheme, version = SCHEMES[item.update.ecosystem], item.update.target.version
    return any(
        isinstance(fact, AdvisoryFact)
        and not fact.affects_target
        and any(is_same(scheme, version, fix) for fix in fact.advisory.fixed_in)
        for fact in item.facts
    )


def _bundle_order(group: Bundle) -> tuple[int, str, str]:
    first = min(group.members, key=lambda item: GROUPS.index(item.group))
    return GROUPS.index(first.group), group.members[0].update.name, group.members[0].update.project


def _step_ids(bundles: Sequence[Bundle], projects: Sequence[Project]) -> list[str]:
    """The update's id, or a group's; with the project's manifest where it is not the only one that could be meant.

    That is where the ecosystem has several projects, and below the root: a run that looks into one folder must not
    take the branch that was kept for another folder as its own.
    """
    several = {
        project.ecosystem
        for project in projects
        if sum(other.ecosystem == project.ecosystem for other in projects) > 1
    }
    found: list[str] = []
    for group in bundles:
        updates = [item.update for item in group.members]
        lead = updates[0]
        name = f"{lead.ecosystem}:group:{group.name or lead.name}@{_members_hash(updates)}"
        manifest = lead.project.partition(":")[2]
        where = f"#{manifest}" if lead.ecosystem in several or "/" in manifest else ""
        found.append(f"{lead.id if len(updates) == 1 else name}{where}")
    return found


def _needs(group: Bundle, bundles: Sequence[Bundle], names: Sequence[str]) -> tuple[str, ...]:
    """Ids of the steps that hold a peer which a target of this one asks for."""
    asked = [item.update for item in group.members]
    return tuple(
        sorted(
            name
            for other, name in zip(bundles, names, strict=True)
            if other is not group
            and any(peer_needs(update, [item.update for item in other.members]) for update in asked)
        )
    )


def _make_step(
    group: Bundle, projects: Mapping[str, Project], ground: Ground, branches: set[str]
) -> Step | Held:
    """Describe one step completely, or say why it can't be taken."""
    project = projects[group.members[0].update.project]
    book = ground.books[project.ecosystem]
    updates = [item.update for item in group.members]
    try:
        packs = plan_packs(updates, ground.shelf, ground.companions)
        edits = _edits(book, project, updates, ground.tree)
        if isinstance(edits, CannotEdit):
            return _held_edit(updates[0], edits.reason, edits.advice)
        commands = tuple(book.relock(project, updates)) if project.lockfile else ()
        prepare = choose_prepare(book.prepare(ground.tree, project), project, ground.settings)
        checks = choose_checks(book.checks(ground.tree, project), project, ground.settings)
    except ConfigError:
        raise
    except UpgraderError as fault:
        return _held_edit(updates[0], fault.message, fault.advice)
    if idle := _idle(updates[0], project, bool(edits), commands, ground):
        return idle
    lead = updates[0]
    name, version = (group.name, _members_hash(updates)) if group.name else (lead.name, lead.target.version)
    branch = branch_name(name, version, branches, project.ecosystem)
    return Step(
        id=lead.id,
        title=", ".join(f"{item.name} {item.current} → {item.target.version}" for item in updates),
        branch=branch,
        ecosystem=project.ecosystem,
        project=project.id,
        folder=project.folder,
        lockfile=project.lockfile,
        assessments=group.members,
        group=min((item.group for item in group.members), key=GROUPS.index),
        risk=max((item.risk for item in group.members), key=RISKS.index),
        hops=hops(lead, _package(ground.answers, lead)),
        edits=tuple(edits),
        commands=commands,
        prepare=prepare,
        checks=checks,
        allowed=tuple(sorted({edit.path for edit in edits} | set(book.touched(project) if commands else ()))),
        compatibility=tuple(
            with_notes(compatibility_of(item.update, item.facts), plan_packs([item.update], ground.shelf))
            for item in group.members
        ),
        risks=risk_rows(group.members),
        rollback=rollback_of(branch, project, group.members),
        timeline=timeline(ground.durations),
        packs=packs,
        elsewhere=other_projects(project, list(projects.values())) if packs else (),
    )


def _edits(
    book: Ecosystem, project: Project, updates: Sequence[Update], tree: Tree
) -> list[Edit] | CannotEdit:
    """All spans of all places, by path and offset; the first place that must be left alone stops the step."""
    spans: dict[tuple[str, int], Edit] = {}
    changes: list[Change] = []
    for update in updates:
        for place in update.dependencies:
            if not place.direct and place.place.path == project.lockfile:
                continue
            text, target = tree.read(place.place.path), update.target
            answer = book.rehash(text, place, target, update.strategy) or book.edit(
                text, place, target.version, update.strategy
            )
            if isinstance(answer, CannotEdit):
                return answer
            if answer:
                changes.append(Change(place=place, target=target.version, edits=tuple(answer)))
            for edit in answer:
                spans[edit.path, edit.start] = edit
    return check_changes(book, project, tree, changes) or [spans[key] for key in sorted(spans)]


def _package(answers: Answers, update: Update) -> Package | None:
    answer = answers.get((update.project, update.name))
    return answer if isinstance(answer, Package) else None


def _members_hash(updates: Sequence[Update]) -> str:
    return hashlib.sha256("\n".join(sorted(item.id for item in updates)).encode()).hexdigest()[:8]


def _idle(
    update: Update, project: Project, edited: bool, commands: Sequence[Command], ground: Ground
) -> Held | None:
    """Why nothing would come of a step: a program is missing, or no file has to change; None for one that can go."""
    place = update.dependencies[0]
    tools = [command.argv[0] for command in commands]
    missing = next((name for name in tools if not ground.has_tool(name)), "")
    if missing:
        reason = f"{project.lockfile}: {missing}, which refreshes it, is not on PATH"
        return replace(_held_edit(update, reason, f"Install {missing}, and plan again."), kind="tool")
    if edited or commands:
        return None
    if project.lockfile:
        return _held_edit(update, f"{place.place}: nothing there has to change", "")
    return _held_edit(
        update,
        f"{place.place}: {place.requirement} allows {update.target.version} already, and no lockfile holds another",
        "Install again, or raise the requirement with --range-strategy bump.",
    )


def _held_edit(update: Update, reason: str, advice: str) -> Held:
    return Held(
        kind="edit",
        subject=update.name,
        reason=reason,
        advice=advice,
        ecosystem=update.ecosystem,
        place=update.dependencies[0].place,
        version=update.target.version,
    )


def _fingerprints(steps: Sequence[Step], projects: Mapping[str, Project], tree: Tree) -> dict[str, str]:
    """Every manifest and lockfile of the projects that move, so that a stale plan is known as one."""
    paths: set[str] = set()
    for step in steps:
        project = projects[step.project]
        paths.update(project.manifests)
        if project.lockfile:
            paths.add(project.lockfile)
    return {path: fingerprint(tree.read(path)) for path in sorted(paths) if tree.exists(path)}


def _by_needs(steps: Sequence[Step]) -> list[Step]:
    """Stable order in which a step stands after those it needs; a circle is left as it came."""
    placed: list[Step] = []
    waiting = list(steps)
    ids = {step.id for step in steps}
    while waiting:
        done = {step.id for step in placed}
        free = next((step for step in waiting if not (set(step.needs) & ids) - done), waiting[0])
        waiting.remove(free)
        placed.append(free)
    return placed
