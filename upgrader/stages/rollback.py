"""Takes a kept upgrade back: before the merge its branch goes, after it a branch reverts it; verified either way."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from upgrader.errors import GitError, LedgerError, StepRefused
from upgrader.ledger import AttemptRow
from upgrader.model import Step, Verification
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.git import Git, Worktree
from upgrader.stages.apply import STEP_TRAILER, Verify
from upgrader.stages.workshop import Workshop, checkout


class RolledBack(Struct, frozen=True, kw_only=True):
    """What a rollback did."""

    attempt: str
    how: str
    """For people: what was removed or made."""
    branch: str
    """The branch that was deleted, or the one that reverts a merged upgrade."""
    commit: str
    """The deleted branch's tip, or the reverting commit."""
    restored: tuple[str, ...]
    """Files that are as they were before the upgrade."""
    verification: Verification | None
    """The checks on base and on the rolled-back state; None where the state is the base itself, bit by bit."""


def roll_back(
    row: AttemptRow, step: Step | None, workshop: Workshop, verify: Verify, *, dry_run: bool
) -> RolledBack:
    """Take a COMPLETED attempt back. Raises LedgerError when it is in no state for it, StepRefused when it can't be.

    `step` is the step as it was planned, for the checks; None when the ledger has it no more.
    """
    if row.state != "COMPLETED" or row.head_sha is None:
        raise LedgerError(
            f"{row.id}: is {row.state}; only a COMPLETED upgrade can be taken back.", "See `upgrade list`."
        )
    if _is_merged(row.head_sha, workshop):
        done = _revert(row, step, workshop, verify, dry_run=dry_run)
    else:
        done = _delete_branch(row, workshop, dry_run=dry_run)
    if not dry_run:
        workshop.ledger.roll_back(
            row.key, {"how": done.how, "branch": done.branch, "restored": list(done.restored)}
        )
    return done


def _is_merged(commit: str, workshop: Workshop) -> bool:
    """Whether the user's HEAD holds the upgrade, merged or rebased (then by its trailer)."""
    git = workshop.git
    try:
        if git.is_ancestor(commit, git.head()):
            return True
        steps = git.log_trailers(STEP_TRAILER, commit)
    except GitError:
        return False
    mine = next((value for sha, value in steps if sha == commit), None)
    return mine is not None and any(value == mine for _, value in git.log_trailers(STEP_TRAILER, git.head()))


def _delete_branch(row: AttemptRow, workshop: Workshop, *, dry_run: bool) -> RolledBack:
    """Not merged: nothing but the branch exists. It is deleted only where we left it."""
    git = workshop.git
    ref = f"refs/heads/{row.branch}"
    tip = git.ref(ref)
    if tip is not None and tip != row.head_sha:
        raise StepRefused(
            f"{row.branch}: stands at {tip[:12]}, this upgrade left it at {str(row.head_sha)[:12]}.",
            "Somebody worked on it: delete it yourself if it is not wanted.",
        )
    if git.branch() == row.branch:
        raise StepRefused(f"{row.branch}: is checked out.", "Check out another branch first.")
    files = git.diff_names(row.base_sha, str(row.head_sha))
    if tip is not None and not dry_run:
        git.delete_ref(ref, tip)
    how = f"deleted branch {row.branch}" if tip is not None else f"branch {row.branch} was gone already"
    return RolledBack(
        attempt=row.id,
        how=how,
        branch=row.branch,
        commit=str(row.head_sha),
        restored=tuple(files),
        verification=None,
    )


def _revert(
    row: AttemptRow, step: Step | None, workshop: Workshop, verify: Verify, *, dry_run: bool
) -> RolledBack:
    """Merged: a branch from HEAD gives the upgrade's files their earlier content, and the checks must still hold."""
    git = workshop.git
    head = git.head()
    head_sha = str(row.head_sha)
    files = git.diff_names(row.base_sha, head_sha)
    changed_since = [path for path in files if _blob(git, head, path) != _blob(git, head_sha, path)]
    if changed_since:
        raise StepRefused(
            f"{', '.join(changed_since)}: changed again after this upgrade was merged.",
            "Revert it by hand, or make the opposite upgrade with `upgrade apply`.",
        )
    branch = f"upgrade/rollback-{row.branch.removeprefix('upgrade/')}"
    if git.branch_exists(branch):
        raise StepRefused(f"{branch}: exists already.", "Merge or delete it first.")
    if dry_run:
        return RolledBack(
            attempt=row.id,
            how=f"would make {branch}",
            branch=branch,
            commit="",
            restored=tuple(files),
            verification=None,
        )
    with checkout(workshop, head) as worktree:
        _restore(worktree, files, row.base_sha, workshop)
        message = f"take back {row.upgrade_id}\n\nRestores {', '.join(files)} as in {row.base_sha[:12]}.\n"
        commit = git.commit(worktree, files, message)
    verification = verify(step, row.base_sha, commit) if step is not None else None
    if verification is not None and verification.verdict == "drop":
        raise StepRefused(
            f"{branch}: the checks fail after taking it back: {'; '.join(verification.reasons)}."
        )
    git.update_ref(f"refs/heads/{branch}", commit, "")
    return RolledBack(
        attempt=row.id,
        how=f"made branch {branch}, which reverts it; merge that",
        branch=branch,
        commit=commit,
        restored=tuple(files),
        verification=verification,
    )


def _restore(worktree: Worktree, files: Sequence[str], base: str, workshop: Workshop) -> None:
    tree = FolderTree(worktree.top)
    for path in files:
        before = _blob(workshop.git, base, path)
        if before is None:
            (worktree.top / path).unlink(missing_ok=True)
        else:
            tree.write(path, before)


def _blob(git: Git, rev: str, path: str) -> bytes | None:
    """A file at a commit, None when it is not there."""
    try:
        return git.show(rev, path)
    except GitError:
        return None
