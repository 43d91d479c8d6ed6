"""How the tool that owns a project's lockfile refreshes it for single packages: uv, poetry, pdm, pipenv."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.ecosystems.pip import compiled_locks, lockfile
from upgrader.ecosystems.pip.compiled_locks import COMPILED, recompile
from upgrader.ecosystems.pip.lockfile import LONGEST_VERSION
from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import StepRefused, VersionError
from upgrader.model import Command, Project, Update
from upgrader.versions import pep440

POETRY_ENV = {
    "POETRY_NO_INTERACTION": "1",
    "POETRY_VIRTUALENVS_CREATE": "false",
    "POETRY_KEYRING_ENABLED": "false",
    "NO_COLOR": "1",
}
"""Locking needs no environment of its own. The keyring asks a person."""
PDM_ENV = {
    "PDM_CHECK_UPDATE": "0",
    "PDM_IGNORE_SAVED_PYTHON": "1",
    "PDM_IGNORE_ACTIVE_VENV": "1",
    "NO_COLOR": "1",
}
"""The environment is the checkout's own, whichever one the person stands in."""
PIPENV_ENV = {
    "PIPENV_IGNORE_VIRTUALENVS": "1",
    "PIPENV_VENV_IN_PROJECT": "1",
    "PIPENV_NOSPIN": "1",
    "PIPENV_YES": "1",
    "NO_COLOR": "1",
}


def relock(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """The least-moving command of the tool that owns the lockfile; nothing without a lockfile.

    Raises VersionError for a name or a version that is none, StepRefused where the tool has no such command.
    """
    if project.lock_format.startswith(COMPILED):
        return recompile(project, updates)
    if project.lockfile is None or project.tool == "uv":
        return lockfile.relock(project, updates)
    locked = _valid(updates)
    if not locked:
        return ()
    match project.tool:
        case "poetry":
            return (_poetry(project, locked),)
        case "pdm":
            return _pdm(project, locked)
        case "pipenv":
            return _pipenv(project, locked)
        case _:
            raise StepRefused(
                f"{project.lockfile}: nothing here can refresh it for single packages.",
                "Make it anew with the tool that made it.",
            )


def _valid(updates: Sequence[Update]) -> list[Update]:
    """The updates that a lockfile holds. Raises VersionError for a name or a version that is none."""
    locked = [update for update in updates if any(place.section != "build" for place in update.dependencies)]
    for update in locked:
        normalise(update.name)
        if not pep440.is_valid(update.target.version) or len(update.target.version) > LONGEST_VERSION:
            raise VersionError(f"{update.target.version[:80]!r} is not a version that pip knows.")
    return locked


def touched(project: Project) -> Sequence[str]:
    """The files that `relock` may change: the lockfile, where there is one, or the compiled files."""
    if project.lock_format.startswith(COMPILED):
        return compiled_locks.touched(project)
    return lockfile.touched(project)


def _poetry(project: Project, updates: Sequence[Update]) -> Command:
    """`poetry update --lock`: everything else stays at its locked version.

    It takes names alone and goes to the newest release that the requirements allow; where that is not the target,
    the check of the lockfile says so.
    """
    names = sorted({normalise(update.name) for update in updates})
    return _command(project, ("poetry", "update", "--lock", *names), POETRY_ENV)


def _pdm(project: Project, updates: Sequence[Update]) -> list[Command]:
    """`pdm update --no-sync --update-reuse` for each group; pdm updates nothing that no requirement names."""
    groups: dict[str, set[str]] = {}
    for update in updates:
        places = [place for place in update.dependencies if place.direct]
        if not places:
            raise StepRefused(
                f"{project.lockfile}: pdm updates only what a requirement names, and none names {update.name}.",
                f"Write {update.name}>={update.target.version} into pyproject.toml, or run `pdm lock` by hand.",
            )
        for place in places:
            group = "default" if place.section == "prod" else place.group
            groups.setdefault(group, set()).add(normalise(update.name))
    return [
        _command(
            project,
            ("pdm", "update", "--no-sync", "--update-reuse", f"--group={group}", *sorted(names)),
            PDM_ENV,
        )
        for group, names in sorted(groups.items())
    ]


def _pipenv(project: Project, updates: Sequence[Update]) -> list[Command]:
    """`pipenv upgrade --lock-only name==version` for each category: the Pipfile is left as it was edited."""
    groups: dict[str, set[str]] = {}
    for update in updates:
        pin = f"{normalise(update.name)}=={update.target.version}"
        for place in update.dependencies:
            group = place.group or ("packages" if place.section == "prod" else "dev-packages")
            groups.setdefault(group, set()).add(pin)
    commands = []
    for group, pins in sorted(groups.items()):
        where = {"packages": (), "dev-packages": ("--dev",)}.get(group, (f"--categories={group}",))
        commands.append(
            _command(project, ("pipenv", "upgrade", "--lock-only", *where, *sorted(pins)), PIPENV_ENV)
        )
    return commands


def _command(project: Project, argv: tuple[str, ...], env: dict[str, str]) -> Command:
    why = f"Refreshes {project.lockfile} for these packages alone."
    return Command(argv=argv, folder=project.folder, env=env, why=why, network=True)
