"""Checks, after the edit and the refresh, that a step moved what it meant to and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import StepRefused
from upgrader.model import Dependency, PackageName, Step, Update
from upgrader.stages.choose import is_same
from upgrader.versions import SCHEMES

_HOST = re.compile(rb"\b(?:https?|git|ssh)://(?:[^/\s\"'@]*@)?([^/\s\"':]+)")


class Moved(Struct, frozen=True, kw_only=True):
    """A locked package that is not the step's own and changed with it."""

    name: PackageName
    before: tuple[str, ...]
    """Locked versions, sorted; empty when it was not there."""
    after: tuple[str, ...]
    why: str = ""
    """Who made it move, where that is known."""


Explain = Callable[[], Mapping[PackageName, str]]
"""Asks why packages outside the step moved; called only when a direct one did."""


def check_move(step: Step, before: ProjectRead, after: ProjectRead, explain: Explain = dict) -> list[Moved]:
    """Compare the project before and after the step's edits and commands; give the transitive packages that moved.

    Raises StepRefused when a requirement other than the step's changed, when the target was not reached, when the
    project asks for another runtime than before, or when a direct dependency that is not in the step moved and
    `explain` knows no reason for it.
    """
    _check_runtime(before, after)
    own = {item.update.name for item in step.assessments}
    moved = [item for item in _moved(before, after) if item.name not in own]
    direct = {item.name for item in before.dependencies if item.direct}
    why = explain() if any(item.name in direct for item in moved) else {}
    _check_requirements(before, after, own | why.keys())
    _check_reached(step, after)
    strays = [item for item in moved if item.name in direct and item.name not in why]
    if strays:
        listed = ", ".join(f"{item.name} {_list(item.before)} → {_list(item.after)}" for item in strays)
        raise StepRefused(
            f"{step.lockfile or step.folder}: the refresh moved direct dependencies outside this step: {listed}.",
            "Bring the lockfile up to date on the base first, or declare a group for them.",
        )
    return [replace(item, why=why.get(item.name, "")) for item in moved]


def check_hosts(path: str, before: bytes, after: bytes) -> None:
    """Refuse a lockfile that names a host it did not name before (SAFETY T6); one that named none may name none."""
    new = {host.decode("ascii", "replace") for host in set(_HOST.findall(after)) - set(_HOST.findall(before))}
    if new and before:
        raise StepRefused(
            f"{path}: the refresh brought in the host {', '.join(sorted(new))}.",
            "Check the registry configuration; nothing was kept.",
        )


def _check_runtime(before: ProjectRead, after: ProjectRead) -> None:
    """`go get` raises the go directive for a module that needs a newer Go: who builds the project has to agree."""
    was, now = before.project.runtime, after.project.runtime
    if was != now:
        raise StepRefused(
            f"{before.project.manifest}: the project declares the runtime {was or 'none'}, and after the refresh "
            f"{now or 'none'}: the target, or what it brings, needs that.",
            f"Raise it to {now} yourself first, if everyone who builds this has it." if now else "",
        )


def _check_requirements(before: ProjectRead, after: ProjectRead, own: Set[PackageName]) -> None:
    was, now = _requirements(before), _requirements(after)
    for place in sorted(was.keys() | now.keys()):
        if was.get(place) == now.get(place) or place[1] in own:
            continue
        raise StepRefused(
            f"{place[0]}: {place[1]} asked for {was.get(place, 'nothing')!r} and now asks for "
            f"{now.get(place, 'nothing')!r}, which this step does not mean."
        )


def _requirements(read: ProjectRead) -> dict[tuple[str, PackageName, str, str], str]:
    """Place (path, name, keys, alias) of each direct dependency to what it asks; runtimes have a check of their own."""
    return {
        (item.place.path, item.name, item.place.key, item.alias): item.requirement
        for item in read.dependencies
        if item.direct and not item.is_runtime
    }


def _check_reached(step: Step, after: ProjectRead) -> None:
    """Every place of the step holds its target: the place itself, not another one that has the same package."""
    for item in step.assessments:
        update = item.update
        places = _places_of(update, after, step.project)
        scheme, target = SCHEMES[update.ecosystem], update.target.version
        behind = sorted(
            {place.locked for place in places if place.locked and not is_same(scheme, place.locked, target)}
        )
        if behind:
            raise StepRefused(
                f"{step.lockfile}: {update.name} is locked at {_list(behind)}, not at {target}.",
                "The native tool would not take it: another requirement holds it back.",
            )
        if not any(place.locked for place in places) and not _asked(target, places):
            raise StepRefused(f"{step.folder}: {update.name} does not ask for {target} after the edit.")


def _places_of(update: Update, after: ProjectRead, project: str) -> list[Dependency]:
    """Where the update's own places stand now; for a transitive one, wherever the lockfile holds the target."""
    named = [found for found in after.dependencies if found.name == update.name and found.project == project]
    own = {_spot(place) for place in update.dependencies if place.direct}
    if own:
        return [found for found in named if found.direct and _spot(found) in own] or named
    scheme = SCHEMES[update.ecosystem]
    reached = [
        found for found in named if found.locked and is_same(scheme, found.locked, update.target.version)
    ]
    return reached or named


def _spot(place: Dependency) -> tuple[str, str, str, str]:
    return place.place.path, place.place.key, place.alias, place.group


def _asked(version: str, places: Sequence[Dependency]) -> bool:
    for place in places:
        scheme = SCHEMES[place.ecosystem]
        if not place.direct or not scheme.is_requirement(place.requirement):
            continue
        if scheme.allows(place.requirement, version):
            return True
    return False


def _moved(before: ProjectRead, after: ProjectRead) -> list[Moved]:
    was = _locked(before)
    now = _locked(after)
    return [
        Moved(name=name, before=tuple(sorted(was.get(name, ()))), after=tuple(sorted(now.get(name, ()))))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]


def _locked(read: ProjectRead) -> dict[PackageName, frozenset[str]]:
    found: dict[PackageName, set[str]] = {}
    for item in read.dependencies:
        if item.locked:
            found.setdefault(item.name, set()).add(item.locked)
    return {name: frozenset(versions) for name, versions in found.items()}


def _list(versions: Sequence[str]) -> str:
    return ", ".join(versions) or "none"
