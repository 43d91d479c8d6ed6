"""Rule packs in a step: which ones it needs is planned, and they are run on its branch as a commit of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from upgrader.errors import StepRefused
from upgrader.ledger import AttemptKey
from upgrader.model import CodeBlock, Compatibility, PlannedPack, Project, Rewrite, Step, Update
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.files import plain_files
from upgrader.outside.git import Worktree
from upgrader.rulebook.describe import companion_line, describe, own_manifest_work
from upgrader.rulebook.load import FOLDER, Pack, Shelf, Source, project_source, read_pack, read_shelf
from upgrader.rulebook.select import choose_packs, stops
from upgrader.stages.commands import prepare_checkout
from upgrader.stages.companions import Companion, told
from upgrader.stages.pack_commands import rewrite_code, run_posts, without_told
from upgrader.stages.pack_steps import run_steps
from upgrader.stages.pack_undo import scene_of, taken_back_on_failure
from upgrader.stages.workshop import Workshop

MOST_BLOCKS = 10
"""Examples that a plan shows of one pack."""
_MOST_ROWS = 2000
"""Rows of the per-file table that one ledger event holds."""


def plan_packs(
    updates: Sequence[Update], shelf: Shelf, companions: Sequence[Companion] | None = None
) -> tuple[PlannedPack, ...]:
    """The packs whose step one of the updates makes, hop by hop. Raises PackError for one that can't be read.

    `companions`: what became of those that the packs want beside the updates; None where nobody looked.
    """
    found: dict[str, PlannedPack] = {}
    for update in updates:
        way = choose_packs(shelf.of(update.ecosystem, update.name), update.current, update.target.version)
        for card in way.cards:
            pack = read_pack(card)
            via = pack.form.requires.via
            between = stops(via, update.ecosystem, update.current, update.target.version)
            beside = [companion_line(item) for item in pack.form.companions]
            left = beside if companions is None else told(pack.form.id, updates, companions)
            found.setdefault(card.id, _planned(pack, between, left))
    return tuple(found.values())


def with_notes(row: Compatibility, packs: Sequence[PlannedPack]) -> Compatibility:
    """A compatibility row with what the packs' authors read in the release notes (FEATURES A12, D18)."""
    if not packs:
        return row
    return replace(
        row,
        migration_required="yes",
        breaking_changes=(*row.breaking_changes, *(line for pack in packs for line in pack.breaking)),
        new_features=(*row.new_features, *(line for pack in packs for line in pack.new)),
        deprecated_features=(*row.deprecated_features, *(line for pack in packs for line in pack.deprecated)),
    )


def other_projects(project: Project, projects: Sequence[Project]) -> tuple[str, ...]:
    """The folders inside a project's that belong to other projects of its ecosystem."""
    own = {Path(path).parent.as_posix() for path in project.manifests}
    inside = "" if project.folder == "." else f"{project.folder}/"
    return tuple(
        sorted(
            other.folder
            for other in projects
            if other.ecosystem == project.ecosystem
            and other.id != project.id
            and other.folder not in ("", ".", project.folder)
            and other.folder.startswith(inside)
            and other.folder not in own
        )
    )


def _planned(pack: Pack, between: tuple[str, ...], companions: Sequence[str]) -> PlannedPack:
    form = pack.form
    safe = sum(rule.safety == "safe" for rule in form.edits) + sum(
        rule.safety == "safe" for rule in form.config
    )
    return PlannedPack(
        id=form.id,
        package=form.package.name,
        title=form.title,
        origin=pack.origin,
        digest=pack.digest,
        rules=safe,
        unsafe=len(form.edits) + len(form.config) - safe,
        references=tuple(form.references),
        breaking=tuple(form.notes.breaking),
        new=tuple(form.notes.new),
        deprecated=tuple(form.notes.deprecated),
        blocks=_blocks(pack),
        manual=(
            *companions,
            *own_manifest_work(form),
            *(step.description for step in form.steps),
            *(flag.message for flag in form.flags),
        ),
        stops=between,
    )


def _blocks(pack: Pack) -> tuple[CodeBlock, ...]:
    """The first changing test of each edit: what it does, on the smallest piece of code."""
    blocks = []
    for rule in pack.form.edits:
        example = next((test for test in rule.tests if test.after is not None), None)
        if example is not None and example.after is not None and rule.safety == "safe":
            blocks.append(
                CodeBlock(
                    rule=rule.id,
                    message=describe(rule),
                    url=rule.url,
                    before=example.before,
                    after=example.after,
                )
            )
    return tuple(blocks[:MOST_BLOCKS])


def rewrite_step(
    step: Step, base: str, worktree: Worktree, workshop: Workshop, key: AttemptKey, trailers: Sequence[str]
) -> tuple[str | None, Rewrite]:
    """Run the step's packs over the checkout and commit what they changed: the commit (None for no change), the table.

    What the packs ask to run is run where the operator allows it. Raises StepRefused when a pack is not the one that
    was planned, RunsFailed when a command or step failed; what steps did is taken back then.
    """
    if not step.packs:
        return None, Rewrite()
    workshop.progress(step.id, f"rewriting code by {', '.join(pack.id for pack in step.packs)}")
    planned = {item.id: item.digest for item in step.packs}
    scene = scene_of(step, worktree, workshop, key)
    with workshop.ledger.stage(key, "rewrite", {"packs": planned}) as facts:
        packs = _packs_of(step, worktree, workshop)
        report = _with_companions(rewrite_code(scene, packs), packs, step)
        facts["files"] = _table(report)
    if workshop.allowance.commands and any(pack.form.post or pack.form.steps for pack in packs):
        prepare_checkout(workshop, step, base, worktree.top)
    report = without_told(run_steps(scene, packs, run_posts(scene, packs, report)))
    paths = [file.path for file in report.files if file.before != file.after]
    if not paths:
        return None, report
    with (
        taken_back_on_failure(scene, report),
        workshop.ledger.stage(key, "commit", {"files": paths}) as facts,
    ):
        commit = workshop.git.commit(worktree, paths, _message(step, report, trailers))
        facts["commit"] = commit
    return commit, report


def _with_companions(report: Rewrite, packs: Sequence[Pack], step: Step) -> Rewrite:
    """The report with what the plan knows of companions: those that moved are done, one that stays says why."""
    left = {planned.id: planned.manual for planned in step.packs}
    notes = []
    for note in report.notes:
        lines = [
            companion_line(item)
            for pack in packs
            if pack.form.id == note.pack
            for item in pack.form.companions
        ]
        if note.kind != "not run" or note.message not in lines:
            notes.append(note)
            continue
        said = next((line for line in left[note.pack] if line.startswith(note.message)), "")
        notes += [replace(note, message=said)] if said else []
    return replace(report, notes=tuple(notes))


def _packs_of(step: Step, worktree: Worktree, workshop: Workshop) -> list[Pack]:
    """The packs that were planned, read again: from the same folders, the project's own from the checkout."""
    shelf = read_shelf([*workshop.sources, own_source(worktree.top)])
    cards = {card.id: card for card in shelf.cards}
    packs = []
    for planned in step.packs:
        card = cards.get(planned.id)
        pack = read_pack(card) if card is not None else None
        if pack is None or pack.digest != planned.digest:
            how = "is gone" if pack is None else "is another one than was planned"
            raise StepRefused(f"rule pack {planned.id}: {how}.", "Plan it again.")
        packs.append(pack)
    return packs


def own_source(root: Path) -> Source:
    """The project's own packs, below a folder."""
    own = root / FOLDER
    paths = [f"{FOLDER}/{path}" for path in plain_files(own)] if own.is_dir() else []
    return project_source(FolderTree(root), paths)


def _table(report: Rewrite) -> list[object]:
    """File, rule, edits, sha256 before and after: the per-file table of FEATURES A30."""
    rows: list[object] = [
        [file.path, count.rule, count.edits, file.before, file.after]
        for file in report.files
        for count in file.rules
    ]
    return rows[:_MOST_ROWS]


def _message(step: Step, report: Rewrite, trailers: Sequence[str]) -> str:
    title = f"rewrite code for {step.title}"
    files = len(report.files)
    lines = [
        title if len(title) <= 72 else f"rewrite code for {len(step.assessments)} packages in {step.folder}",
        "",
        f"{report.edits} edits in {files} file{'' if files == 1 else 's'} by {', '.join(report.packs)}.",
        "",
        *trailers,
        "",
    ]
    return "\n".join(lines)
