"""Where a pack's commands run: one checkout, what they may change in it, and one command run and watched there."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from upgrader.errors import CommandFailed, GitError, StepRefused
from upgrader.ledger import AttemptKey
from upgrader.model import Command, Rewrite, RewrittenFile, RuleCount
from upgrader.outside.git import Worktree
from upgrader.outside.shell import Finished
from upgrader.stages.workshop import Workshop, go_on, last_lines

BACKUP = "UPGRADE_BACKUP"
"""The variable that names a folder which outlives the checkout: what `backup` writes there, `down` finds."""
LOG_LINES = 60
_FORBIDDEN = frozenset(
    (
        *(".git", ".github", ".gitlab", ".gitlab-ci.yml", ".circleci", ".husky", ".gitmodules"),
        *(".gitattributes", ".npmrc", ".pypirc", ".netrc", ".venv", "upgrader.toml"),
    )
)
"""Names, in lower case, that decide what other programs run, or as whom."""


class Scene(Struct, frozen=True, kw_only=True):
    """One attempt's checkout, in which the commands of its packs run."""

    worktree: Worktree
    workshop: Workshop
    key: AttemptKey
    step: str
    """The step's id, for progress."""
    folder: str
    """The project's folder, posix, `.` for the root: where commands start and all they may change."""
    without: tuple[str, ...] = ()
    """Folders below it that are other projects'."""
    own: tuple[str, ...] = ()
    """Manifests and lockfiles: the upgrade's own business."""

    @property
    def place(self) -> Path:
        """The project's folder in the checkout."""
        return self.worktree.top / self.folder

    def backup(self) -> Path:
        """The attempt's folder for backups, made; in the git directory, so that it is in no commit."""
        name = hashlib.sha256(self.key.id.encode()).hexdigest()[:16]
        folder = self.workshop.git.common_dir / "upgrader" / "backups" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


Marks = Mapping[str, str]
"""Changed path to the sha256 of its bytes; `gone`, or `no plain file`."""


def run_argv(scene: Scene, argv: Sequence[str], *, network: bool, undoing: bool = False) -> Finished:
    """Run one argument list, no shell, in the project's folder. Raises CommandFailed, StepRefused, KeyboardInterrupt.

    What takes something back is begun after Ctrl-C, too.
    """
    workshop, allowance = scene.workshop, scene.workshop.allowance
    if allowance.run is None:
        raise CommandFailed(f"{argv[0]}: commands of packs can't be run here.")
    backup = scene.backup()
    env = {**allowance.env, BACKUP: str(backup)}
    if not undoing:
        go_on(workshop)
    command = Command(argv=tuple(argv), folder=scene.folder, env=env, network=network)
    finished = allowance.run(command, scene.worktree.top, backup=backup)
    if not undoing:
        go_on(workshop)
    if finished.ended == "interrupted":
        raise KeyboardInterrupt
    if not scene.worktree.pointer_intact():
        # Before any git command: a forged pointer would choose which repository it works on.
        raise StepRefused(f"{argv[0]}: changed the checkout's .git file; nothing is kept.")
    return finished


def said_by(scene: Scene, finished: Finished, lines: int = LOG_LINES) -> str:
    """The end of what it printed, without secrets, controls and the checkout's own path."""
    secrets = (*scene.workshop.secrets, *scene.workshop.allowance.env.values())
    return last_lines(finished.output, secrets, lines).replace(f"{scene.worktree.top}/", "")


def how_it_ended(scene: Scene, finished: Finished) -> str:
    """`exit code 3: last words`, "" for one that ended well."""
    if finished.ok:
        return ""
    code = finished.exit_code
    how = f"exit code {code}" if code is not None else f"ended by {finished.ended}"
    return f"{how}: {said_by(scene, finished, 5)}".rstrip(": ")


def mark(worktree: Worktree) -> Marks:
    """What differs from HEAD by now, so that a command's own changes can be told from it later."""
    return {path: _digest(worktree.top / path) for path in worktree.changed_files()}


def changed_since(scene: Scene, before: Marks, rule: str, pack: str) -> tuple[RewrittenFile, ...]:
    """The rows of the per-file table for what a command changed. Raises StepRefused for what is not its to change."""
    after = mark(scene.worktree)
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    strays = [path for path in paths if not _is_free(scene, path) or after.get(path) == "no plain file"]
    if strays:
        more = f" and {len(strays) - 5} more" if len(strays) > 5 else ""
        raise StepRefused(
            f"{rule}: changed {', '.join(strays[:5])}{more}, which is not its to change.",
            "Nothing is kept. A command of a pack may change the project's own plain files, no more.",
        )
    return tuple(
        RewrittenFile(
            path=path,
            rules=(RuleCount(rule=rule, edits=1, pack=pack),),
            before=before.get(path) or _at_head(scene.worktree, path),
            after=after.get(path) or _at_head(scene.worktree, path),
        )
        for path in paths
    )


def with_files(report: Rewrite, files: Sequence[RewrittenFile]) -> Rewrite:
    """The table with what was changed afterwards: one row per file, from its first bytes to its last."""
    found = {file.path: file for file in report.files}
    for file in files:
        first = found.get(file.path)
        rules = (*first.rules, *file.rules) if first else file.rules
        before = first.before if first else file.before
        found[file.path] = replace(file, rules=rules, before=before)
    return replace(report, files=tuple(found[path] for path in sorted(found)))


def _is_free(scene: Scene, path: str) -> bool:
    inside = "" if scene.folder == "." else f"{scene.folder}/"
    if not path.startswith(inside) or path in scene.own:
        return False
    if any(path.startswith(f"{folder}/") for folder in scene.without):
        return False
    return _FORBIDDEN.isdisjoint(part.lower() for part in path.split("/"))


def _digest(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return "no plain file"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "gone"


def _at_head(worktree: Worktree, path: str) -> str:
    try:
        return hashlib.sha256(worktree.show("HEAD", path)).hexdigest()
    except GitError:
        return "new"
