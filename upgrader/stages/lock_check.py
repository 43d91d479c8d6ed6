"""Checks, after the edit and the refresh, that a step moved what it meant to and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import StepRefused
from upgrader.model import Dependency, PackageName, Step
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

    Raises StepRefused when a requirement other than the step's changed, when the target was not reached, or when a
    direct dependency that is not in the step moved and `explain` knows no reason for it.
    """
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
    """Place (path, name, keys, alias) of each direct dependency to what it asks."""
    return {
        (item.place.path, item.name, item.place.key, item.alias): item.requirement
        for item in read.dependencies
        if item.direct
    }


def _check_reached(step: Step, after: ProjectRead) -> None:
    for item in step.assessments:
        update = item.update
        places = [
            found for found in after.dependencies if found.name == update.name and _same_place(found, step)
        ]
        locked = {found.locked for found in places if found.locked}
        if locked and update.target.version not in locked:
            raise StepRefused(
                f"{step.lockfile}: {update.name} is locked at {_list(sorted(locked))}, not at {update.target.version}.",
                "The native tool would not take it: another requirement holds it back.",
            )
        if not locked and not _asked(update.target.version, places):
            raise StepRefused(
                f"{step.folder}: {update.name} does not ask for {update.target.version} after the edit."
            )


def _same_place(found: Dependency, step: Step) -> bool:
    return found.project == step.project


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
