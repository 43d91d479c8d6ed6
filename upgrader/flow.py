"""The whole trip on one page: inventory, audit, plan, apply; each verb's work stands in its stage.

The later stages are loaded by the verb that needs them: an audit is to be there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from upgrader.config import Settings
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.ecosystems.base import Ask, Tree
from upgrader.evidence.witness import AdvisorySource
from upgrader.model import AnyAttempt, Audit, Dependency, EcosystemName, Inventory, Plan, Reported, Update
from upgrader.outside.environment import find_tool
from upgrader.stages.audit import (
    Around,
    make_audit,
    movable,
    versions_in_use,
    versions_on_offer,
    vulnerable_transitive,
)
from upgrader.stages.closer import look_closer
from upgrader.stages.inventory import read_inventory
from upgrader.stages.lookups import Answers, ClientFor, ask_registries, locate_registries
from upgrader.stages.narrow import Filters, narrow

if TYPE_CHECKING:
    from upgrader.rulebook.load import Shelf
    from upgrader.stages.companions import Companion
    from upgrader.stages.plan_words import Durations
    from upgrader.stages.workshop import Workshop


class Trip(Struct, frozen=True, kw_only=True):
    """What a trip starts with: where, the settings, and the doors to the world."""

    root: Path
    """Folder that the tree's paths are relative to."""
    tree: Tree
    settings: Settings
    filters: Filters
    env: Mapping[str, str]
    ask: Ask
    client_for: ClientFor
    advisories: AdvisorySource
    now: datetime
    """UTC."""
    progress: Callable[[str], None]
    """Told in a few words what happens now."""
    packs: Tree | None = None
    """Where the project's own rule packs are looked for: the whole commit, where `tree` is a part of it."""


class Audited(Struct, frozen=True, kw_only=True):
    """An audit and the answers it was made from."""

    audit: Audit
    answers: Answers
    around: Around
    """All it was made from, so that it can be made again for versions that a person picks."""
    whole: Inventory | None = None
    """Every dependency that the filters let through but for names; None where a person or other tools chose."""


def take_inventory(trip: Trip) -> Inventory:
    """Every dependency below the root; no network."""
    trip.progress("reading manifests")
    return narrow(read_inventory(trip.tree, ECOSYSTEMS, look_inside=trip.settings.scripts), trip.filters)


def run_audit(trip: Trip, reported: Sequence[Reported] | None = None) -> Audited:
    """Audit by our own look-ups; by what other tools said when `reported` is given."""
    trip.progress("reading manifests")
    whole = read_inventory(trip.tree, ECOSYSTEMS, look_inside=trip.settings.scripts)
    inventory = narrow(whole, trip.filters)
    beside = _beside(whole, inventory)
    answers: Answers = {}
    registries = {}
    if reported is None:
        registries = locate_registries(inventory, ECOSYSTEMS, trip.root, trip.env, trip.ask)
        wanted = movable(inventory)
        trip.progress(f"looking up {len({(item.ecosystem, item.name) for item in wanted})} packages")
        answers = ask_registries([*wanted, *beside], registries, ECOSYSTEMS, trip.client_for)
    around = Around(
        books=ECOSYSTEMS,
        answers=answers,
        registries=registries,
        runtimes=_runtimes(trip, inventory) if reported is None else {},
        advisories=trip.advisories,
        settings=trip.settings,
        now=trip.now,
        beside=tuple(beside),
    )
    trip.progress("asking for advisories")
    trip.advisories.learn(versions_in_use(inventory, ECOSYSTEMS))
    if reported is not None:
        trip.advisories.learn(
            [(ECOSYSTEMS[row.ecosystem], row.name, row.latest) for row in reported if row.latest]
        )
        from upgrader.stages.reported import audit_reported

        return Audited(audit=audit_reported(inventory, reported, around), answers=answers, around=around)
    answers.update(
        ask_registries(vulnerable_transitive(inventory, around), registries, ECOSYSTEMS, trip.client_for)
    )
    answers.update(look_closer(inventory, around, trip.client_for))
    trip.advisories.learn(versions_on_offer(inventory, around))
    named = trip.filters.packages
    whole = narrow(whole, replace(trip.filters, packages=())) if named else inventory
    return Audited(audit=make_audit(inventory, around), answers=answers, around=around, whole=whole)


def take_along(trip: Trip, audited: Audited, shelf: Shelf) -> tuple[Audited, tuple[Companion, ...] | None]:
    """The audit with the packages that rule packs want beside others, named or not, and what became of each.

    A companion moves to the newest release of its pack's range; None where nobody looked.
    """
    from upgrader.stages.companions import companions_of, limits_of, settle, to_move, without_strays

    whole, around, inventory = audited.whole, audited.around, audited.audit.inventory
    if whole is None:
        return audited, None
    # What stays beside a package that was named alone holds it back, unless it is what has to come along.
    alone = make_audit(inventory, replace(around, beside=())) if around.beside else audited.audit
    wanted = companions_of([item.update for item in alone.assessments], shelf, ECOSYSTEMS)
    places = to_move(wanted, whole)
    if places:
        known = set(inventory.dependencies)
        fresh = [item for item in places if item not in known]
        asked = ask_registries(fresh, around.registries, ECOSYSTEMS, trip.client_for)
        answers = {**audited.answers, **asked}
        chosen = set(places) | known
        widened = replace(
            inventory, dependencies=tuple(item for item in whole.dependencies if item in chosen)
        )
        around = replace(around, answers=answers, along=limits_of(wanted, places))
        trip.advisories.learn(versions_in_use(replace(widened, dependencies=tuple(fresh)), ECOSYSTEMS))
        answers.update(look_closer(widened, around, trip.client_for))
        trip.advisories.learn(versions_on_offer(widened, around))
        audit = without_strays(make_audit(widened, around), wanted, inventory)
        audited = replace(audited, audit=audit, answers=answers, around=around)
    return audited, settle(wanted, whole, audited.audit)


def _beside(whole: Inventory, chosen: Inventory) -> list[Dependency]:
    """All that the projects of the chosen packages ask for: one may need another at some version."""
    if len(chosen.dependencies) == len(whole.dependencies):
        return []
    projects = {item.project for item in movable(chosen) if item.ecosystem == "npm"}
    return [item for item in movable(whole) if item.project in projects]


def _runtimes(trip: Trip, inventory: Inventory) -> dict[EcosystemName, str]:
    """The runtimes on this machine, asked only for ecosystems with a project that declares none."""
    silent = {project.ecosystem for project in inventory.projects if project.runtime is None}
    told = {name: ECOSYSTEMS[name].installed_runtime(trip.env, trip.ask) for name in sorted(silent)}
    return {name: runtime for name, runtime in told.items() if runtime}


def _asker(trip: Trip, audit: Audit) -> Callable[[Update], tuple[str, ...]]:
    """Asks for the digests of an update's target where its project gets its packages from."""

    def ask(update: Update) -> tuple[str, ...]:
        book = ECOSYSTEMS[update.ecosystem]
        project = next(item for item in audit.inventory.projects if item.id == update.project)
        registry = book.locate_registry(trip.root, project, trip.env, trip.ask)
        return book.digests(trip.client_for(registry), registry, update.name, update.target.version)

    return ask


def open_shelf(trip: Trip) -> Shelf:
    """The rule packs for the trip's tree: bundled, of the settings' folders, and its own; the latter win."""
    from upgrader.rulebook.load import project_source, read_shelf, standing_sources

    sources = standing_sources(trip.root, trip.settings.rules)
    tree = trip.packs or trip.tree
    return read_shelf([*sources, project_source(tree, tree.walk())])


def run_plan(
    trip: Trip, audited: Audited, base_commit: str, durations: Durations, *, take_unknown_age: bool = False
) -> Plan:
    """Plan what the audit found. `trip.tree` must be that of the base commit."""
    from upgrader.stages.digests import learn_digests
    from upgrader.stages.plan import Ground, make_plan

    shelf = open_shelf(trip)
    audited, companions = take_along(trip, audited, shelf)
    audit = learn_digests(audited.audit, trip.tree, ECOSYSTEMS, _asker(trip, audited.audit))
    ground = Ground(
        tree=trip.tree,
        base_commit=base_commit,
        books=ECOSYSTEMS,
        answers=audited.answers,
        settings=trip.settings,
        durations=durations,
        take_unknown_age=take_unknown_age,
        has_tool=lambda name: find_tool(name) is not None,
        shelf=shelf,
        companions=companions,
    )
    return make_plan(audit, ground)


def run_apply(plan: Plan, workshop: Workshop, *, jobs: int, keep_going: bool = True) -> list[AnyAttempt]:
    """Try every step of a plan and verify it; outcomes in the plan's order."""
    from upgrader.stages.apply import apply_plan
    from upgrader.stages.verify import Verifier

    verifier = Verifier(workshop)
    return apply_plan(plan, workshop, verifier.verify, jobs=jobs, keep_going=keep_going)
