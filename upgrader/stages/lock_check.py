"""Checks, after the edit and the refresh, that a step moved what it meant to and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from upgrader.ecosystems.base import ProjectRead, Tree
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


def check_move(step: Step, before: ProjectRead, after: ProjectRead) -> list[Moved]:
    """Compare the project before and after the step's edits and commands; give the transitive packages that moved.

    Raises StepRefused when a requirement other than the step's changed, when the target was not reached, or when a
    direct dependency that is not in the step moved.
    """
    _check_requirements(step, before, after)
    _check_reached(step, after)
    moved = _moved(before, after)
    own = {item.update.name for item in step.assessments}
    direct = {item.name for item in before.dependencies if item.direct}
    strays = [item for item in moved if item.name in direct and item.name not in own]
    if strays:
        listed = ", ".join(f"{item.name} {_list(item.before)} → {_list(item.after)}" for item in strays)
        raise StepRefused(
            f"{step.lockfile or step.folder}: the refresh moved direct dependencies outside this step: {listed}.",
            "Bring the lockfile up to date on the base first, or declare a group for them.",
        )
    return [item for item in moved if item.name not in own]


def check_hosts(path: str, before: bytes, after: bytes) -> None:
    """Refuse a lockfile that names a host it did not name before (SAFETY T6); one that named none may name none."""
    new = {host.decode("ascii", "replace") for host in set(_HOST.findall(after)) - set(_HOST.findall(before))}
    if new and before:
        raise StepRefused(
            f"{path}: the refresh brought in the host {', '.join(sorted(new))}.",
            "Check the registry configuration; nothing was kept.",
        )


def read_states(tree: Tree, paths: Sequence[str]) -> dict[str, bytes]:
    """The bytes of those paths that exist."""
    return {path: tree.read(path) for path in paths if tree.exists(path)}


def _check_requirements(step: Step, before: ProjectRead, after: ProjectRead) -> None:
    own = {item.update.name for item in step.assessments}
    was = _requirements(before)
    now = _requirements(after)
    for key in sorted(was.keys() | now.keys()):
        if (
            was.get(key) == now.get(key)
            or key[1] in own
            or was.get(key, now.get(key, ("", False)))[1] is False
        ):
            continue
        asked = was.get(key, ("nothing", True))[0]
        asks = now.get(key, ("nothing", True))[0]
        raise StepRefused(
            f"{key[0]}: {key[1]} asked for {asked!r} and now asks for {asks!r}, which this step does not mean."
        )


def _requirements(read: ProjectRead) -> dict[tuple[str, PackageName, str, str], tuple[str, bool]]:
    """Place (path, name, key without line, alias) to what it asks and whether it is direct."""
    return {
        (item.place.path, item.name, item.place.key, item.alias): (item.requirement, item.direct)
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
