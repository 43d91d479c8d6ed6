"""Runs packs over the files of a folder, one pack after the other, in memory; and writes what came of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from upgrader.errors import StepRefused, UpgraderError
from upgrader.model.rewrite import ReviewNote, Rewrite, RewrittenFile, RuleCount
from upgrader.outside.files import Tree
from upgrader.rulebook.asked import asked_by
from upgrader.rulebook.describe import manifest_work
from upgrader.rulebook.diffs import unified
from upgrader.rulebook.elsewhere import Modules
from upgrader.rulebook.gate import Candidate, Gate
from upgrader.rulebook.globs import fits
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import PackForm
from upgrader.rulebook.plain import rewrite_plain
from upgrader.rulebook.ready import Ready, make_ready
from upgrader.rulebook.rewrite import Said, rewrite_file
from upgrader.rulebook.store import FolderStore, Store
from upgrader.source.syntax import NotRead, SourceFile


class Rewritten(Struct, frozen=True, kw_only=True, eq=False):
    """What packs made of a folder; nothing is written yet."""

    report: Rewrite
    before: Mapping[str, bytes]
    """Path to the bytes of each changed file as it was read."""
    after: Mapping[str, bytes]


def rewrite_tree(
    root: Path,
    packs: Sequence[Pack],
    *,
    paths: Sequence[str] = (),
    without: Sequence[str] = (),
    unsafe: bool = False,
    diffs: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Rewritten:
    """Run the packs over a folder, in the order given, each over what the one before it left. Writes nothing.

    `paths`: posix files and folders below the root to stay in; `without`: folders to leave out. Raises GitError, and
    nothing for the files themselves.
    """
    store = FolderStore(root, paths, without)
    return rewrite_store(
        store, [make_ready(pack) for pack in packs], unsafe=unsafe, diffs=diffs, progress=progress
    )


def rewrite_store(
    store: Store,
    packs: Sequence[Ready],
    *,
    unsafe: bool,
    diffs: bool,
    progress: Callable[[str], None] = lambda _: None,
) -> Rewritten:
    """`rewrite_tree` over any store of files."""
    run = _Run(Gate(store), unsafe=unsafe, progress=progress)
    for ready in packs:
        run.take(ready)
    return run.result([ready.pack.form.id for ready in packs], diffs=diffs)


def write_all(root: Path, rewritten: Rewritten) -> None:
    """Write every changed file, each whole or not at all; when one can't be written the others are put back.

    Raises StepRefused when a file is not what was read any more, or the disk says no.
    """
    tree = Tree(root)
    for path, data in rewritten.before.items():
        if tree.read(path) != data:
            raise StepRefused(
                f"{path}: was changed while it was rewritten; nothing is written.", "Run again."
            )
    written: list[str] = []
    try:
        for path, data in rewritten.after.items():
            tree.write(path, data)
            written.append(path)
    except UpgraderError as fault:
        for path in written:
            tree.write(path, rewritten.before[path])
        raise StepRefused(f"{fault.message} Nothing was changed.", fault.advice) from fault


def not_run(form: PackForm) -> list[Said]:
    """The manifest entries, commands and data steps of a pack: what is told and left to a person."""
    found = [*(("", line) for line in manifest_work(form)), *asked_by(form)]
    return [Said(kind="not run", rule=rule, line=0, column=0, message=text) for rule, text in found]


class _Run:
    """The state of one run: the files as they are by now, and what was said of them."""

    def __init__(self, gate: Gate, *, unsafe: bool, progress: Callable[[str], None]) -> None:
        self.gate = gate
        self.unsafe = unsafe
        self.progress = progress
        self.before: dict[str, bytes] = {}
        self.counts: dict[str, Counter[tuple[str, str]]] = {}
        self.notes: list[ReviewNote] = []
        self.looked_at: set[str] = set()

    def take(self, ready: Ready) -> None:
        """One pack over all files: source code first, then the files that hold no code."""
        form = ready.pack.form
        self.progress(f"{form.id}: looking for files")
        if ready.rules or ready.flags:
            named = [*form.package.imports, *form.package.globals, *form.package.marks]
            paths = self._with_named(self.gate.containing(named), ready)
            modules = Modules(self.gate, ready, paths)
            for candidate in self.gate.candidates(paths, ready.languages, ready.needs, ready.imports):
                self._rewrite(candidate, ready, modules)
            for candidate in modules.importers():
                self._rewrite(candidate, ready, modules)
        for path, data, said, counts in rewrite_plain(self.gate, ready.pack, unsafe=self.unsafe):
            self._keep(path, data, counts, ready.pack)
            self._say(path, said, ready.pack)
        self._say("", not_run(form) if self.looked_at or not (ready.rules or ready.flags) else [], ready.pack)

    def _with_named(self, paths: Sequence[str], ready: Ready) -> list[str]:
        """With the files that a rule means by their path: settings.py need not name the package it is for."""
        globs = [*(rule.form.files for rule in ready.rules), *(flag.form.files for flag in ready.flags)]
        wanted = list(dict.fromkeys(glob for files in globs for glob in files))
        if not wanted:
            return list(paths)
        return sorted({*paths, *(path for path in self.gate.files() if fits(path, wanted, ()))})

    def _rewrite(self, candidate: Candidate, ready: Ready, modules: Modules) -> None:
        path = candidate.path
        self.progress(f"{ready.pack.form.id}: {path}")
        try:
            source = SourceFile(path, candidate.data, candidate.language)
        except NotRead as fault:
            self.gate.skipped[path] = str(fault)
            return
        self.looked_at.add(path)
        outcome = rewrite_file(source, ready, modules.of(source), unsafe=self.unsafe)
        if outcome.source is not source:
            data = outcome.source.encode(outcome.source.text)
            self._keep(path, data, outcome.edits, ready.pack)
        self._say(path, outcome.notes, ready.pack)

    def _keep(self, path: str, data: bytes, counts: Mapping[str, int], pack: Pack) -> None:
        held = self.gate.read(path)
        if held is None or held == data:
            return
        self.before.setdefault(path, held)
        self.gate.changed[path] = data
        table = self.counts.setdefault(path, Counter())
        for rule, number in counts.items():
            table[pack.form.id, rule] += number

    def _say(self, path: str, notes: Sequence[Said], pack: Pack) -> None:
        urls = {rule.id: rule.url for rule in pack.form.edits}
        urls |= {flag.id: flag.url for flag in pack.form.flags} | {
            config.id: config.url for config in pack.form.config
        }
        self.notes += [
            ReviewNote(
                path=path,
                line=note.line,
                column=note.column,
                kind=note.kind,
                pack=pack.form.id,
                rule=note.rule,
                message=note.message,
                url=urls.get(note.rule, ""),
            )
            for note in notes
        ]

    def result(self, packs: Sequence[str], *, diffs: bool) -> Rewritten:
        """Everything by path; a file that came out as it went in is none that was changed."""
        after = {
            path: self.gate.changed[path]
            for path in sorted(self.before)
            if self.gate.changed[path] != self.before[path]
        }
        files = tuple(self._file(path, data, packs, diffs=diffs) for path, data in after.items())
        return Rewritten(
            report=Rewrite(
                packs=tuple(packs),
                files=files,
                notes=tuple(
                    sorted(self.notes, key=lambda note: (note.path, note.line, note.column, note.rule))
                ),
                skipped=self.gate.told(),
                looked_at=len(self.looked_at),
            ),
            before={path: self.before[path] for path in after},
            after=after,
        )

    def _file(self, path: str, data: bytes, packs: Sequence[str], *, diffs: bool) -> RewrittenFile:
        before = self.before[path]
        counts = sorted(self.counts[path].items(), key=lambda item: (packs.index(item[0][0]), item[0][1]))
        return RewrittenFile(
            path=path,
            rules=tuple(RuleCount(rule=rule, edits=number, pack=pack) for (pack, rule), number in counts),
            before=hashlib.sha256(before).hexdigest(),
            after=hashlib.sha256(data).hexdigest(),
            diff=unified(path, before.decode("utf-8", "replace"), data.decode("utf-8", "replace"))
            if diffs
            else "",
        )
