"""One step on a branch of its own: edit, refresh, check, commit, verify, then keep or drop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import LedgerError, StepRefused, UpgraderError
from upgrader.ledger import CLEANUP, TRAILER, AlreadyCompleted, AttemptKey, trailer
from upgrader.model import (
    AlreadyDone,
    AnyAttempt,
    Dropped,
    Edit,
    Kept,
    PackageName,
    Plan,
    Refused,
    Rewrite,
    Step,
    Verification,
)
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.git import Worktree
from upgrader.outside.shell import interrupt_all
from upgrader.report.pen import one_line
from upgrader.stages.allowance import NOTHING_ALLOWED, Allowance
from upgrader.stages.commands import check_refresh
from upgrader.stages.lock_check import Moved, check_hosts, check_move
from upgrader.stages.lock_reasons import tell_reasons
from upgrader.stages.pack_commands import RunsFailed
from upgrader.stages.pack_undo import Done, undo, undone_on_failure
from upgrader.stages.plan import fingerprint
from upgrader.stages.record import record_edits, record_verification
from upgrader.stages.rewriting import rewrite_step
from upgrader.stages.workshop import Workshop, checkout, go_on, must_run, read_step_project, shorten

OUTCOME = "outcome"
"""The ledger note that holds an attempt's outcome as JSON."""
STEP_TRAILER = "Upgrade-Step"
"""The commit trailer that names the step, for a run without a ledger."""

LISTEN_S = 0.2
"""Seconds the main thread waits at most before it looks for a signal."""
Verify = Callable[[Step, str, str], Verification]
"""Verifies a step: (step, baseline commit, upgrade commit) to the comparison of the two."""


class Carried(Struct, frozen=True, kw_only=True):
    """A step that was carried out and committed, and not yet verified."""

    commit: str
    """The last commit of the step: that of the rewritten code where there is one."""
    moved: tuple[Moved, ...]
    rewrite: Rewrite


def apply_plan(
    plan: Plan, workshop: Workshop, verify: Verify, *, jobs: int, keep_going: bool = True
) -> list[AnyAttempt]:
    """Try every step, `jobs` at a time, each from the plan's base commit; outcomes in the plan's order.

    A step that fails is taken back and the others go on, unless `keep_going` is False. Raises only for faults that
    are not a step's own (git, ledger); Ctrl-C leaves nothing but what was kept.
    """
    outcomes: list[AnyAttempt] = []
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        try:
            futures = [
                pool.submit(apply_step, step, plan.base_commit, workshop, verify) for step in plan.steps
            ]
            for future in futures:
                outcome = _awaited(future)
                outcomes.append(outcome)
                if not keep_going and isinstance(outcome, Dropped | Refused):
                    break
            pool.shutdown(wait=False, cancel_futures=True)
        except BaseException:
            # Ctrl-C reaches the main thread alone: the tools that run for the others must be ended here.
            workshop.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            interrupt_all()
            raise
    return outcomes


def _awaited(future: Future[AnyAttempt]) -> AnyAttempt:
    """The outcome, awaited in short waits: a signal that another thread received reaches the main one between them."""
    while not future.done():
        wait([future], timeout=LISTEN_S)
    return future.result()


def apply_step(step: Step, base: str, workshop: Workshop, verify: Verify) -> AnyAttempt:
    """Carry out and verify one step. Every outcome, a refusal too, is a value; nothing but a kept branch is left."""
    begun = _begin(step, base, workshop)
    if isinstance(begun, AlreadyDone):
        return begun
    outcome = _try(step, base, workshop, verify, begun)
    # The whole outcome, as one string: the ledger's canonical JSON knows no floats.
    workshop.ledger.note(OUTCOME, {"attempt": msgspec.json.encode(outcome).decode()}, begun)
    with workshop.ledger.stage(begun, CLEANUP):
        # Every checkout is a context of its own and gone by now; the stage tells recovery so.
        pass
    return outcome


def _try(step: Step, base: str, workshop: Workshop, verify: Verify, begun: AttemptKey) -> AnyAttempt:
    """Work on a begun attempt until it is kept, dropped or refused."""
    started = time.monotonic()
    ledger = workshop.ledger
    ledger.start(begun, stage="prepare")
    try:
        replaced = _free_branch(step, workshop)
        carried = _carry_out(step, base, workshop, begun)
        done = Done(step=step, key=begun, base=base, commit=carried.commit, rewrite=carried.rewrite)
        with undone_on_failure(done, workshop):
            with ledger.stage(begun, "verify", {"commit": carried.commit}) as facts:
                verification = verify(step, base, carried.commit)
                facts["verdict"] = verification.verdict
            record_verification(begun, verification, workshop)
            if verification.verdict == "drop":
                carried = replace(carried, rewrite=undo(done, workshop))
            return _decide(step, begun, carried, verification, workshop, replaced, started)
    except UpgraderError as fault:
        return _refuse(step, begun, workshop, fault, started)
    except BaseException as fault:
        ledger.fail(begun, "interrupted", f"{type(fault).__name__}: {fault}")
        raise


def _begin(step: Step, base: str, workshop: Workshop) -> AttemptKey | AlreadyDone:
    """A new attempt; or the one that did the same before, when its branch still stands where it left it."""
    here = (
        workshop.git.ref(f"refs/heads/{step.branch}") if workshop.git.check_ref_format(step.branch) else None
    )
    facts = {"spec_hash": spec_hash(step, base, workshop.allowance), "base_sha": base, "branch": step.branch}
    begun = workshop.ledger.begin(
        step.id, **facts, correlation_id=workshop.correlation_id, branch_before=here, force=workshop.force
    )
    if isinstance(begun, AlreadyCompleted):
        before = begun.attempt
        if here is not None and here == before.head_sha:
            reason = f"{before.id} completed it on this base at {before.ended_at}"
            return AlreadyDone(step=step, key=before.id, branch=step.branch, commit=here, reason=reason)
        begun = workshop.ledger.begin(
            step.id, **facts, correlation_id=workshop.correlation_id, branch_before=here, force=True
        )
    if isinstance(begun, AlreadyCompleted):
        raise LedgerError(f"{step.id}: a new attempt could not be begun.", "Run `upgrade doctor`.")
    return begun


def _refuse(step: Step, key: AttemptKey, workshop: Workshop, fault: UpgraderError, started: float) -> Refused:
    """Nothing was kept: the worktree is gone and no branch was made."""
    stage = workshop.ledger.attempt(key.id).stage or "prepare"
    workshop.ledger.fail(key, type(fault).__name__, str(fault))
    workshop.ledger.roll_back(key, {"left": "nothing"})
    return Refused(
        step=step,
        key=key.id,
        stage=stage,
        reason=fault.message,
        advice=fault.advice,
        duration_ms=_since(started),
        rewrite=fault.rewrite if isinstance(fault, RunsFailed) else Rewrite(),
    )


def spec_hash(step: Step, base: str, allowance: Allowance = NOTHING_ALLOWED) -> str:
    """What makes two attempts the same work: edits, commands, checks, and what packs may run, on one base."""
    parts = [
        base,
        step.id,
        *(f"{edit.path}\0{edit.start}\0{edit.before}\0{edit.after}" for edit in step.edits),
    ]
    parts += [" ".join(command.argv) for command in (*step.commands, *step.prepare)]
    parts += [" ".join(check.command.argv) for check in step.checks]
    parts += [f"{pack.id}\0{pack.digest}" for pack in step.packs]
    if allowance.commands and step.packs:
        kinds = (allowance.project, allowance.network, allowance.irreversible, allowance.contract)
        parts.append(f"commands {kinds}")
    return fingerprint("\n".join(parts).encode())


def _carry_out(step: Step, base: str, workshop: Workshop, key: AttemptKey) -> Carried:
    """Edit the manifests, refresh the lockfile, check what moved, and commit exactly the allowed files."""
    with checkout(workshop, base) as worktree:
        folder = worktree.top
        before = read_step_project(workshop, folder, step)
        check_refresh(step, before, workshop)
        locks = _bytes(folder, step.allowed)
        workshop.progress(step.id, "editing")
        with workshop.ledger.stage(key, "edit", {"files": sorted({edit.path for edit in step.edits})}):
            for path in sorted({edit.path for edit in step.edits}):
                _write_edits(folder, path, [edit for edit in step.edits if edit.path == path])
        record_edits(key, step, workshop)
        for command in step.commands:
            workshop.progress(step.id, command.why.partition(";")[0] or shorten(command.argv))
            with workshop.ledger.stage(key, "lockfile", {"argv": list(command.argv)}):
                must_run(workshop, command, folder)
        after = read_step_project(workshop, folder, step)
        moved = check_move(step, before, after, lambda: _explain(step, before, after, workshop, folder))
        moved = _with_reasons(step, moved, locks, folder)
        for path, data in _bytes(folder, step.allowed).items():
            check_hosts(path, locks.get(path, b""), data)
        changed = _only_allowed(step, worktree)
        with workshop.ledger.stage(key, "commit", {"files": changed}) as facts:
            commit = workshop.git.commit(worktree, changed, _message(step, moved, workshop))
            facts["commit"] = commit
        rewritten, rewrite = rewrite_step(step, base, worktree, workshop, key, _trailers(step, workshop))
        return Carried(commit=rewritten or commit, moved=tuple(moved), rewrite=rewrite)


def _explain(
    step: Step, before: ProjectRead, after: ProjectRead, workshop: Workshop, folder: Path
) -> Mapping[PackageName, str]:
    """Why other packages had to move, by what the native tool says of who requires whom."""
    book = workshop.books[step.ecosystem]
    command = book.graph(after.project)
    if command is None:
        return {}
    text = must_run(workshop, command, folder).stdout.decode("utf-8", "replace")
    return book.explain_moves(before, after, [item.update for item in step.assessments], text)


def _write_edits(folder: Path, path: str, edits: Sequence[Edit]) -> None:
    """Replace the spans, last first; refused when the file does not hold what the plan saw."""
    tree = FolderTree(folder)
    data = tree.read(path)
    for edit in sorted(edits, key=lambda item: -item.start):
        old = edit.before.encode()
        end = edit.start + len(old)
        if edit.start < 0 or data[edit.start : end] != old:
            raise StepRefused(
                f"{path}:{edit.line}: does not hold {edit.before!r} any more.", "Plan it again."
            )
        data = data[: edit.start] + edit.after.encode() + data[end:]
    tree.write(path, data)


def _only_allowed(step: Step, worktree: Worktree) -> list[str]:
    """The files that changed; refused when one is not the step's to change, or when none did."""
    changed = worktree.changed_files()
    folders = tuple(path.removesuffix("**") for path in step.allowed if path.endswith("/**"))
    strays = [path for path in changed if path not in step.allowed and not path.startswith(folders)]
    if strays:
        raise StepRefused(
            f"{', '.join(strays)}: changed, though the step may only change {', '.join(step.allowed)}."
        )
    if not changed:
        raise StepRefused(f"{step.title}: neither the edit nor the refresh changed a file.")
    return changed


def _message(step: Step, moved: Sequence[Moved], workshop: Workshop) -> str:
    """Subject, reasons, and the trailers by which a run without a ledger knows the step again."""
    subject = one_line(f"upgrade {step.title}")
    lines = [
        subject if len(subject) <= 72 else f"upgrade {len(step.assessments)} packages in {step.folder}",
        "",
    ]
    lines += [
        f"{item.update.name} {item.update.current} -> {item.update.target.version}"
        for item in step.assessments
    ]
    lines += [f"also moved: {_said(item)}" for item in moved]
    return "\n".join([*map(one_line, lines), "", *_trailers(step, workshop), ""])


def _said(item: Moved) -> str:
    """A package that moved with the lockfile, in one line."""
    versions = f"{', '.join(item.before) or 'new'} -> {', '.join(item.after) or 'gone'}"
    return one_line(f"{item.name} {versions}" + (f" ({item.why})" if item.why else ""))


def _with_reasons(
    step: Step, moved: Sequence[Moved], before: Mapping[str, bytes], folder: Path
) -> list[Moved]:
    path = step.lockfile or ""
    return tell_reasons(moved, step, before.get(path, b""), _bytes(folder, [path]).get(path, b""))


def _trailers(step: Step, workshop: Workshop) -> list[str]:
    return [
        one_line(f"{STEP_TRAILER}: {step.id}"),
        one_line(f"{TRAILER}: {trailer(workshop.ledger.head())}"),
    ]


def _decide(
    step: Step,
    key: AttemptKey,
    carried: Carried,
    verification: Verification,
    workshop: Workshop,
    replaced: str,
    started: float,
) -> AnyAttempt:
    """Keep: the branch is made only now. Drop: nothing was ever on a branch."""
    go_on(workshop)
    ledger = workshop.ledger
    if verification.verdict == "drop":
        reason = verification.reasons[0] if verification.reasons else "the checks got worse"
        ledger.fail(key, "Verification", reason)
        ledger.roll_back(key, {"left": "nothing"})
        return Dropped(
            step=step,
            key=key.id,
            verification=verification,
            reason=reason,
            duration_ms=_since(started),
            rewrite=carried.rewrite,
        )
    workshop.git.update_ref(f"refs/heads/{step.branch}", carried.commit, replaced)
    ledger.complete(
        key,
        head_sha=carried.commit,
        tree_hash=workshop.git.tree(carried.commit),
        verdict=verification.verdict,
        sandbox=verification.sandbox,
    )
    return Kept(
        step=step,
        key=key.id,
        branch=step.branch,
        commit=carried.commit,
        verification=verification,
        duration_ms=_since(started),
        rewrite=carried.rewrite,
        moved=tuple(_said(item) for item in carried.moved),
    )


def _free_branch(step: Step, workshop: Workshop) -> str:
    """The commit our own older branch stands at, "" when there is none; refused when the branch is someone else's."""
    if not workshop.git.check_ref_format(step.branch):
        raise StepRefused(
            f"{step.branch!r}: git does not take it as a branch name.", "Rename it in the plan."
        )
    if not workshop.git.branch_exists(step.branch):
        return ""
    tip = workshop.git.rev_parse(f"refs/heads/{step.branch}")
    ours = any(
        value == step.id and commit == tip for commit, value in workshop.git.log_trailers(STEP_TRAILER, tip)
    )
    if ours and workshop.git.branch() != step.branch:
        return tip
    raise StepRefused(
        f"{step.branch}: the branch exists and its last commit was not made by this step.",
        "Merge, rename or delete it; it was not touched.",
    )


def _bytes(folder: Path, paths: Sequence[str]) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in paths if (folder / path).is_file()}


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
