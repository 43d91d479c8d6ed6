"""Takes back what the steps of rule packs did: when the attempt fails afterwards, and when it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from upgrader.errors import StepRefused, UpgraderError
from upgrader.ledger import AttemptKey, AttemptRow
from upgrader.model import AnyAttempt, CommandRun, Rewrite, Step
from upgrader.outside.git import Worktree
from upgrader.stages.commands import prepare_checkout
from upgrader.stages.pack_commands import RunsFailed
from upgrader.stages.pack_steps import STEP_KINDS, take_back
from upgrader.stages.scene import Scene
from upgrader.stages.workshop import Workshop, checkout


class Done(Struct, frozen=True, kw_only=True):
    """A step that was carried out, with what its packs ran."""

    step: Step
    key: AttemptKey
    base: str
    commit: str
    """The checkout in which `down` finds the project's tools as they were."""
    rewrite: Rewrite


def scene_of(step: Step, worktree: Worktree, workshop: Workshop, key: AttemptKey) -> Scene:
    """The checkout as the packs' commands see it."""
    return Scene(
        worktree=worktree,
        workshop=workshop,
        key=key,
        step=step.id,
        folder=step.folder,
        without=step.elsewhere,
        own=step.allowed,
    )


def standing(runs: Sequence[CommandRun]) -> list[CommandRun]:
    """The steps whose work stands."""
    return [run for run in runs if run.kind in STEP_KINDS and run.outcome in ("done", "not undone")]


@contextmanager
def taken_back_on_failure(scene: Scene, report: Rewrite) -> Iterator[None]:
    """Whatever fails inside, the steps are taken back in the same checkout first."""
    try:
        yield
    except BaseException as fault:
        if not standing(report.commands):
            raise
        after = replace(report, commands=take_back(scene, report.commands))
        if isinstance(fault, UpgraderError):
            raise RunsFailed(fault.message, fault.advice, after) from fault
        raise


@contextmanager
def undone_on_failure(done: Done, workshop: Workshop) -> Iterator[None]:
    """Whatever fails inside, the steps are taken back in a checkout of their own first."""
    try:
        yield
    except BaseException as fault:
        if not standing(done.rewrite.commands):
            raise
        after = undo(done, workshop)
        if isinstance(fault, UpgraderError):
            raise RunsFailed(fault.message, fault.advice, after) from fault
        raise


def undo(done: Done, workshop: Workshop) -> Rewrite:
    """Run `down` of the steps in reverse order: the report with what became of each. Raises nothing of its own."""
    runs = done.rewrite.commands
    if not standing(runs):
        return done.rewrite
    again = tuple(replace(run, outcome="done") if run in standing(runs) else run for run in runs)
    try:
        with checkout(workshop, done.commit) as worktree:
            if not workshop.stop.is_set():
                prepare_checkout(workshop, done.step, done.base, worktree.top)
            after = take_back(scene_of(done.step, worktree, workshop, done.key), again)
    except UpgraderError as fault:
        after = tuple(
            replace(run, outcome="not undone", message=f"{run.message}; {fault.message}")
            if run in standing(again)
            else run
            for run in again
        )
    return replace(done.rewrite, commands=after)


def take_back_steps(
    row: AttemptRow, outcome: AnyAttempt | None, workshop: Workshop, *, dry_run: bool
) -> tuple[CommandRun, ...]:
    """Take back the steps of a kept attempt before its code is; what became of each, () where it had none.

    Raises StepRefused, with the branch as it was, when they may not be run or one of them fails.
    """
    runs = outcome.rewrite.commands if outcome is not None else ()
    todo = [run for run in standing(runs) if run.down]
    left = [run for run in standing(runs) if not run.down]
    if outcome is None or not todo or dry_run:
        return (*todo, *left)
    for run in todo:
        if reason := workshop.allowance.refusal(run.origin, network=run.network):
            raise StepRefused(f"step {run.id} of {run.pack} was run and has to be taken back: {reason}.")
    done = Done(
        step=outcome.step,
        key=row.key,
        base=row.base_sha,
        commit=str(row.head_sha),
        rewrite=Rewrite(commands=tuple(todo)),
    )
    after = undo(done, workshop).commands
    failed = [run for run in after if run.outcome != "undone"]
    if failed:
        told = "; ".join(f"step {run.id} of {run.pack}: {run.message}" for run in failed)
        raise StepRefused(f"{told}.", "The upgrade stands; mend it and try again.")
    return (*after, *left)
