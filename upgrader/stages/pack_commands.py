"""The commands of rule packs in one checkout: official codemods before the pack's own edits, others after them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from upgrader.errors import CommandFailed, StepRefused
from upgrader.model import CommandRun, Rewrite, RewrittenFile
from upgrader.outside.shell import clean_env, find_tool
from upgrader.rulebook.asked import delegate_text, post_text
from upgrader.rulebook.check_commands import is_pinned
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.run import rewrite_tree, write_all
from upgrader.rulebook.users import files_using
from upgrader.stages.scene import Scene, changed_since, how_it_ended, mark, run_argv, said_by, with_files

FILES = "{files}"
_BATCH = 500
"""Files of one command line; the kernel's limit is some megabytes."""


class RunsFailed(StepRefused):
    """A pack's command or step failed, and the attempt with it; carries what was run until then."""

    def __init__(self, message: str, advice: str, rewrite: Rewrite) -> None:
        super().__init__(message, advice)
        self.rewrite = rewrite


def rewrite_code(scene: Scene, packs: Sequence[Pack]) -> Rewrite:
    """Run the packs' edits over the checkout, each stretch of them after the delegates of its first pack.

    A delegate's changes are on disk before the edits read the tree. Raises RunsFailed, StepRefused, GitError.
    """
    report = Rewrite()
    top = scene.worktree.top
    for stretch in _stretches(scene, packs):
        report = _delegated(scene, stretch[0], report)
        made = rewrite_tree(
            top,
            stretch,
            paths=[scene.folder],
            without=scene.without,
            unsafe=scene.workshop.unsafe,
            diffs=False,
        )
        write_all(top, made)
        report = _joined(report, made.report)
    return report


def run_posts(scene: Scene, packs: Sequence[Pack], report: Rewrite) -> Rewrite:
    """Run the packs' commands that belong after the rewrite, in order. Raises RunsFailed at the first that fails."""
    for pack in packs:
        for number, command in enumerate(pack.form.post, 1):
            run = CommandRun(
                pack=pack.form.id,
                id=f"post-{number}",
                kind="post",
                outcome="held",
                message=post_text(command),
                argv=tuple(command.argv),
                origin=pack.origin,
                network=command.network,
            )
            report = _carried_out(scene, run, [command.argv], report)
    return report


def _stretches(scene: Scene, packs: Sequence[Pack]) -> Iterator[Sequence[Pack]]:
    """The packs cut before each that has a delegate; whole where none may run."""
    start = 0
    for index in range(1, len(packs) if scene.workshop.allowance.commands else 0):
        if any(rule.delegate for rule in packs[index].form.edits):
            yield packs[start:index]
            start = index
    if packs:
        yield packs[start:]


def _delegated(scene: Scene, pack: Pack, report: Rewrite) -> Rewrite:
    if not scene.workshop.allowance.commands:
        return report
    for rule in pack.form.edits:
        if rule.delegate is None:
            continue
        run = CommandRun(
            pack=pack.form.id,
            id=rule.id,
            kind="delegate",
            outcome="held",
            message=delegate_text(rule),
            argv=tuple(rule.delegate.argv),
            origin=pack.origin,
            network=rule.delegate.network,
        )
        lines, reason = _command_lines(scene, pack, rule)
        report = (
            _with(report, replace(run, message=reason)) if reason else _carried_out(scene, run, lines, report)
        )
    return report


def _command_lines(scene: Scene, pack: Pack, rule: RuleForm) -> tuple[list[list[str]], str]:
    """A delegate's argument lists with the files filled in; or why it is held."""
    delegate = rule.delegate
    if delegate is None:
        return [], "is no delegate"
    if rule.safety == "unsafe" and not scene.workshop.unsafe:
        return [], "may change what code means: allow with --unsafe"
    if not is_pinned(delegate.argv):
        return [], f"{delegate.argv[0]} would fetch whatever is newest: its version is not pinned"
    if find_tool(delegate.tool, path=clean_env()["PATH"]) is None:
        return [], f"{delegate.tool} is not installed"
    if FILES not in delegate.argv:
        return [delegate.argv], ""
    files = files_using(scene.worktree.top, pack, paths=[scene.folder], without=scene.without)
    if not files:
        return [], "no file uses the package"
    inside = "" if scene.folder == "." else f"{scene.folder}/"
    # A file may be called `--config`: with `./` in front no tool takes it for an option.
    named = [f"./{path.removeprefix(inside)}" for path in files]
    batches = [named[start : start + _BATCH] for start in range(0, len(named), _BATCH)]
    return [_filled(delegate.argv, batch) for batch in batches], ""


def _filled(argv: Sequence[str], files: Sequence[str]) -> list[str]:
    return [part for word in argv for part in (files if word == FILES else (word,))]


def _carried_out(scene: Scene, run: CommandRun, lines: Sequence[Sequence[str]], report: Rewrite) -> Rewrite:
    """Run the argument lists of one entry; its changes are in the table afterwards."""
    reason = scene.workshop.allowance.refusal(run.origin, network=run.network)
    if reason:
        return _with(report, replace(run, message=f"{run.message}; {reason}")) if _told(scene) else report
    scene.workshop.progress(scene.step, f"{run.kind} {run.id} of {run.pack}")
    started = time.monotonic()
    facts = {"pack": run.pack, "id": run.id, "kind": run.kind, "argv": list(run.argv)}
    try:
        with scene.workshop.ledger.stage(scene.key, run.kind, facts) as result:
            before = mark(scene.worktree)
            log = _run_lines(scene, lines, run.network)
            files = changed_since(scene, before, f"{run.id} ({run.kind})", run.pack)
            result["files"] = [file.path for file in files]
    except (CommandFailed, StepRefused) as fault:
        failed = replace(run, outcome="failed", message=fault.message, duration_ms=_since(started))
        told = f"{run.kind} {run.id} of {run.pack}: {fault.message}"
        raise RunsFailed(told, fault.advice, _with(report, failed)) from fault
    done = replace(run, outcome="done", duration_ms=_since(started), log=log)
    return _with(report, done, files)


def _run_lines(scene: Scene, lines: Sequence[Sequence[str]], network: bool) -> str:
    log = []
    for argv in lines:
        finished = run_argv(scene, argv, network=network)
        if fault := how_it_ended(scene, finished):
            raise CommandFailed(f"{argv[0]}: {fault}")
        log.append(said_by(scene, finished))
    return "\n".join(log).strip()


def _told(scene: Scene) -> bool:
    """Where nothing is allowed the notes of the rewrite list what was not run."""
    return scene.workshop.allowance.commands


def _with(report: Rewrite, run: CommandRun, files: Sequence[RewrittenFile] = ()) -> Rewrite:
    return replace(with_files(report, files), commands=(*report.commands, run))


def _joined(first: Rewrite, second: Rewrite) -> Rewrite:
    """Two stretches' reports as one; the later one's table goes on where the first one's ends."""
    whole = with_files(first, second.files)
    skipped = {item.path: item for item in (*first.skipped, *second.skipped)}
    return replace(
        whole,
        packs=(*first.packs, *second.packs),
        notes=tuple(
            sorted((*first.notes, *second.notes), key=lambda note: (note.path, note.line, note.column))
        ),
        skipped=tuple(skipped[path] for path in sorted(skipped)),
        looked_at=first.looked_at + second.looked_at,
    )


def without_told(report: Rewrite) -> Rewrite:
    """The report whose notes do not call "not run" what the table of commands speaks of."""
    if not report.commands:
        return report
    spoken = {(run.pack, run.id if run.kind != "post" else "") for run in report.commands}
    notes = tuple(
        note
        for note in report.notes
        if note.kind != "not run"
        or "--allow-commands" not in note.message
        or (note.pack, note.rule) not in spoken
    )
    return replace(report, notes=notes)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
