"""What the native tools themselves call outdated: each project's own tool is run, and its output read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from upgrader.ecosystems import ECOSYSTEMS
from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.errors import InputError, StepRefused, UpgraderError
from upgrader.flow import Trip, take_inventory
from upgrader.model import Command, Dependency, PackageName, Project, Reported
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.shell import Finished, clean_env, registry_access, run

_ADVICE = "Use --via registry."


def read_native(trip: Trip) -> list[Reported]:
    """The rows of all projects. Where a tool fails, or must not be started, the packages are not checked.

    Raises InputError when every tool failed that was started: then nothing at all would be known.
    """
    inventory = take_inventory(trip)
    rows: list[Reported] = []
    failures: list[UpgraderError] = []
    asked = 0
    for project in inventory.projects:
        own = [
            item
            for item in inventory.dependencies
            if item.project == project.id and item.direct and not item.is_runtime
        ]
        movable = [item for item in own if not item.immovable]
        reason = _forbidden(trip, project)
        if reason:
            rows += _unasked(own, reason, project)
        elif movable:
            asked += 1
            try:
                held = [item for item in inventory.dependencies if item.project == project.id]
                told = _belonging(_ask(trip, project), held)
                rows += told + _unmentioned(trip, project, movable, told)
            except UpgraderError as fault:
                failures.append(fault)
                rows += _unasked(movable, fault.message, project)
    if failures and len(failures) == asked:
        raise InputError(failures[0].message, failures[0].advice or _ADVICE)
    return rows


def _unmentioned(
    trip: Trip, project: Project, movable: Sequence[Dependency], told: Sequence[Reported]
) -> list[Reported]:
    """Packages the tool does not mention, where its silence does not mean that they are current."""
    why = ECOSYSTEMS[project.ecosystem].silence(FolderTree(trip.root), project)
    named = {row.name for row in told}
    return _unasked([item for item in movable if item.name not in named], why, project) if why else []


def _belonging(rows: Sequence[Reported], held: Sequence[Dependency]) -> list[Reported]:
    """The rows about the project: a tool that looks at an environment (pip, uv) tells whatever lies in it.

    A package that the environment holds at another version than the project is not checked: the row is about that one.
    """
    locked: dict[PackageName, set[str]] = {}
    for item in held:
        locked.setdefault(item.name, set()).update([item.locked] if item.locked else [])
    kept = []
    for row in rows:
        ours = locked.get(row.name)
        if ours is None:
            continue
        if ours and row.current is not None and row.current not in ours:
            known = ", ".join(sorted(ours))
            row = replace(row, problem=f"the tool looked at {row.current}, and the project holds {known}")
        kept.append(row)
    return kept


def _ask(trip: Trip, project: Project) -> list[Reported]:
    """Run one tool and read what it printed; a failure is an error, never a clean answer."""
    book = ECOSYSTEMS[project.ecosystem]
    command = book.outdated(project)
    trip.progress(" ".join(command.argv))
    finished = _run(trip.root / command.folder, command)
    out, err = (stream.decode("utf-8", "replace") for stream in (finished.stdout, finished.stderr))
    if finished.exit_code not in (0, 1) or finished.truncated:
        last = (f"{out}\n{err}".strip().splitlines() or ["it said nothing"])[-1]
        raise InputError(f"{project.id}: {' '.join(command.argv)} failed: {last[:300]}", _ADVICE)
    # cargo prints its rows to stderr.
    text = f"{out}\n{err}" if project.ecosystem == "cargo" else out
    return book.read_outdated(text, f"{' '.join(command.argv[:2])} in {project.folder}")


def _run(folder: Path, command: Command) -> Finished:
    return run(
        command.argv,
        cwd=folder,
        env=clean_env(command.env, passthrough=registry_access(command.argv)),
        timeout_s=command.timeout_s,
        idle_s=command.timeout_s,
    )


def _forbidden(trip: Trip, project: Project) -> str:
    """Why the project's tool must not be started, "" when it may: the project would choose what runs (SAFETY T2).

    The tools look above the audited folder as well, so that the whole repository is looked at.
    """
    top = next(
        (folder for folder in (trip.root, *trip.root.parents) if (folder / ".git").exists()), trip.root
    )
    tree: Tree = FolderTree(top)
    prefix = trip.root.relative_to(top)
    try:
        seen = ECOSYSTEMS[project.ecosystem].read_project(tree, (prefix / project.manifest).as_posix())
    except UpgraderError as fault:
        return fault.message
    return "" if _may_move(seen) else _refusal(tree, seen.project)


def _may_move(read: ProjectRead) -> bool:
    return any(item.direct and not item.immovable for item in read.dependencies)


def _refusal(tree: Tree, project: Project) -> str:
    try:
        ECOSYSTEMS[project.ecosystem].prepare(tree, project)
    except StepRefused as fault:
        return fault.message
    return ""


def _unasked(items: Sequence[Dependency], reason: str, project: Project) -> list[Reported]:
    """One row per package that says why nothing is known of it."""
    names = dict.fromkeys(item.name for item in items)
    return [
        Reported(
            ecosystem=project.ecosystem,
            name=name,
            current=None,
            wanted=None,
            latest=None,
            source=project.tool,
            problem=reason,
        )
        for name in names
    ]
