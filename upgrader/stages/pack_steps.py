"""The steps of rule packs, in order: check, backup, up, verify; the first failure takes back what was done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.errors import CommandFailed, LedgerError, ManifestError, StepRefused, UpgraderError
from upgrader.model import CommandRun, Rewrite, RewrittenFile
from upgrader.outside.files import Tree
from upgrader.outside.shell import Finished
from upgrader.rulebook.asked import step_text
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import StepForm
from upgrader.stages.expectations import unmet
from upgrader.stages.pack_commands import RunsFailed
from upgrader.stages.scene import Scene, changed_since, how_it_ended, mark, run_argv, said_by, with_files

STEP_KINDS = frozenset(("schema", "data", "config", "infrastructure", "flag", "manual"))
"""The kinds of runs that are steps, and are taken back with the upgrade."""


def run_steps(scene: Scene, packs: Sequence[Pack], report: Rewrite) -> Rewrite:
    """Run the packs' steps in the order they are written; a step that may not run holds all that come after it.

    Raises RunsFailed at the first that fails, after `down` of those done before it, in reverse order.
    """
    if not scene.workshop.allowance.commands:
        return report
    for pack in packs:
        waits = ""
        expands = any(step.phase == "expand" for step in pack.form.steps)
        for step in pack.form.steps:
            run = _run_of(pack, step)
            reason = waits or _why_held(scene, run, step, expands=expands)
            if reason:
                report = _with(report, replace(run, message=f"{run.message}; {reason}"))
                waits = waits or f"waits for {step.id}"
                continue
            report = _carry_out(scene, run, step, report)
    return report


def _run_of(pack: Pack, step: StepForm) -> CommandRun:
    return CommandRun(
        pack=pack.form.id,
        id=step.id,
        kind=step.kind,
        outcome="held",
        message=step_text(step),
        argv=tuple(step.up),
        down=tuple(step.down) if step.reversible else (),
        phase=step.phase,
        origin=pack.origin,
        network=step.network,
    )


def _why_held(scene: Scene, run: CommandRun, step: StepForm, *, expands: bool) -> str:
    allowance = scene.workshop.allowance
    if step.kind == "manual":
        return "by hand"
    if reason := allowance.refusal(run.origin, network=run.network):
        return reason
    if step.phase == "contract" and expands and not allowance.contract:
        return (
            "removes the old form, so not in the attempt that makes the new one: allow with --allow-contract"
        )
    if not step.reversible and not allowance.irreversible:
        return "nothing takes it back: allow with --allow-irreversible"
    return ""


def _carry_out(scene: Scene, run: CommandRun, step: StepForm, report: Rewrite) -> Rewrite:
    """One step from check to verify, recorded; with its file changes in the table."""
    workshop = scene.workshop
    workshop.progress(scene.step, f"step {run.id} of {run.pack}: start")
    started = time.monotonic()
    facts = {"pack": run.pack, "id": run.id, "kind": run.kind, "step": run.phase, "argv": list(run.argv)}
    log: list[str] = []
    begun: list[str] = []
    try:
        sums = _checksums(scene, step)
        with workshop.ledger.stage(scene.key, f"{run.kind} step", {**facts, "files": sums}) as result:
            before = mark(scene.worktree)
            _parts(scene, step, log, begun)
            files = changed_since(scene, before, f"{run.id} (step)", run.pack)
            result["changed"] = [file.path for file in files]
    except BaseException as fault:
        # A step whose `up` began may have done half its work: its own `down` comes first.
        message = fault.message if isinstance(fault, UpgraderError) else type(fault).__name__
        failed = replace(
            run, outcome="failed", message=message, duration_ms=_since(started), log="\n".join(log)
        )
        workshop.progress(scene.step, f"step {run.id} of {run.pack}: failed after {_since(started)} ms")
        tried = take_back(scene, (failed,)) if "up" in begun else (failed,)
        undone = take_back(scene, report.commands)
        report = replace(report, commands=(*undone, *tried))
        if not isinstance(fault, CommandFailed | StepRefused | ManifestError):
            raise
        told = f"step {run.id} of {run.pack}: {message}{_left_standing(report.commands)}"
        raise RunsFailed(told, "", report) from fault
    took = _since(started)
    workshop.progress(scene.step, f"step {run.id} of {run.pack}: complete after {took} ms")
    done = replace(run, outcome="done", duration_ms=took, files=sums, log="\n".join(log).strip())
    return _with(report, done, files)


def _parts(scene: Scene, step: StepForm, log: list[str], begun: list[str]) -> None:
    """Run what the step has, in order. Raises CommandFailed naming the part that failed."""

    def ask(argv: Sequence[str]) -> Finished:
        finished = run_argv(scene, argv, network=step.network)
        log.append(said_by(scene, finished))
        return finished

    for name, argv in (("check", step.check), ("backup", step.backup), ("up", step.up)):
        if argv:
            begun.append(name)
            if fault := how_it_ended(scene, ask(argv)):
                raise CommandFailed(f"{name} ({argv[0]}): {fault}")
    if fault := unmet(step.expect, step.verify, ask):
        raise CommandFailed(f"verify: {fault}")


def _checksums(scene: Scene, step: StepForm) -> dict[str, str]:
    """sha256 of each attached file. Raises ManifestError for one that is missing or leads out of the project."""
    tree = Tree(scene.place)
    return {name: hashlib.sha256(tree.read(name)).hexdigest() for name in step.files}


def take_back(scene: Scene, runs: Sequence[CommandRun]) -> tuple[CommandRun, ...]:
    """Run `down` of every step that was done, or failed on the way, in reverse order; the same runs with the outcome.

    One that can't be taken back does not stop the others. Each is recorded.
    """
    found = list(runs)
    for index in reversed(range(len(found))):
        run = found[index]
        if run.kind in STEP_KINDS and run.outcome in ("done", "failed"):
            found[index] = _took_back(scene, run)
    return tuple(found)


def _took_back(scene: Scene, run: CommandRun) -> CommandRun:
    if not run.down:
        return replace(run, outcome="not undone", message=f"{run.message}; nothing takes it back")
    if reason := scene.workshop.allowance.refusal(run.origin, network=run.network):
        return replace(run, outcome="not undone", message=f"{run.message}; {reason}")
    scene.workshop.progress(scene.step, f"step {run.id} of {run.pack}: taking back")
    facts = {"pack": run.pack, "id": run.id, "kind": run.kind, "argv": list(run.down)}
    try:
        with scene.workshop.ledger.stage(scene.key, "step down", facts):
            _run_down(scene, run)
    except (CommandFailed, StepRefused, LedgerError) as fault:
        return replace(run, outcome="not undone", message=f"{run.message}; {fault.message}")
    if run.outcome == "failed":
        return replace(run, message=f"{run.message}; taken back")
    return replace(run, outcome="undone")


def _run_down(scene: Scene, run: CommandRun) -> None:
    if fault := how_it_ended(scene, run_argv(scene, run.down, network=run.network, undoing=True)):
        raise CommandFailed(f"down ({run.down[0]}): {fault}")


def _left_standing(runs: Sequence[CommandRun]) -> str:
    names = [run.id for run in runs if run.outcome == "not undone"]
    return f" Not taken back: {', '.join(names)}." if names else ""


def _with(report: Rewrite, run: CommandRun, files: Sequence[RewrittenFile] = ()) -> Rewrite:
    return replace(with_files(report, files), commands=(*report.commands, run))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
