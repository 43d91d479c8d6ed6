"""Which of a step's commands are the ecosystem's own: they alone meet registries with the user's credentials."""

from __future__ import annotations

from pathlib import Path

from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import StepRefused
from upgrader.model import Step
from upgrader.outside.commit_tree import CommitTree
from upgrader.outside.files import Tree as FolderTree
from upgrader.stages.workshop import Workshop, manifest_of, must_run, read_step_project


def check_refresh(step: Step, before: ProjectRead, workshop: Workshop) -> None:
    """Refuse a step whose refresh is not the one the ecosystem describes for these updates.

    A plan is a file that people edit and pass on; checks may be anything, for they run behind walls, but the refresh
    of a lockfile runs as the user. Raises StepRefused.
    """
    if not step.commands:
        return
    book = workshop.books[step.ecosystem]
    own = book.relock(before.project, [item.update for item in step.assessments])
    for command in step.commands:
        if command not in own:
            raise StepRefused(
                f"{' '.join(command.argv)[:200]!r}: is not how {step.ecosystem} refreshes this lockfile.",
                "Make the plan anew; what the checks need goes into checks.prepare.",
            )


def prepare_checkout(workshop: Workshop, step: Step, base: str, folder: Path) -> None:
    """Build what the checks of one side need. Raises CommandFailed.

    The ecosystem's own commands are described again for this side, whose manifests may ask for something else than
    the base's. A command that the project's settings or an edited plan bring is somebody's code: it gets the network,
    and the walls.
    """
    book = workshop.books[step.ecosystem]
    tree = CommitTree(workshop.git, base)
    own = tuple(book.prepare(tree, book.read_project(tree, manifest_of(step)).project))
    if step.prepare == own:
        here = read_step_project(workshop, folder, step).project
        own = commands = tuple(book.prepare(FolderTree(folder), here))
    else:
        commands = step.prepare
    for command in commands:
        must_run(workshop, command, folder, trusted=command in own)
