"""What a killed run leaves beside the ledger: worktrees, temporary folders, git's lock files, half-made branches."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from upgrader.errors import UpgraderError
from upgrader.ledger.chain import read_body
from upgrader.ledger.rows import AttemptRow, Event
from upgrader.outside import files

_COMMITS = ("commit", "head_sha")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CLOCK_GRAIN = timedelta(milliseconds=100)
"""File times come from the kernel's coarse clock, which runs a tick or so behind."""


class Repository(Protocol):
    """The few things of git that recovery needs; `upgrader.outside.git` has them."""

    def remove_worktree(self, path: Path) -> None:
        """Remove a folder or file, and git's record of a worktree there, locked or not; none there is fine."""

    def delete_ref(self, ref: str, old: str) -> None:
        """Delete a ref only if it still is at `old`. Raises GitError when it is not."""

    def ref(self, name: str) -> str | None:
        """Return the commit a full ref name (`refs/heads/x`) stands at, None when there is none."""

    def worktrees(self) -> list[Path]:
        """Return the folders of all worktrees that git has a record of, those that are gone included."""


class Sweep(Struct, frozen=True, kw_only=True):
    """What was removed, and what could not be, with the reason."""

    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    again: bool = False
    """True when the next start should try once more."""


def sweep_rooms(repository: Repository, rooms: Sequence[Path]) -> Sweep:
    """Remove everything in the folders that hold nothing but the tool's worktrees and temporary folders.

    A room that is a symlink is left alone: it may lead to the user's own files.
    """
    removed: list[str] = []
    left = [f"{room}: is a symlink" for room in rooms if room.is_symlink()]
    real = [room for room in rooms if not room.is_symlink()]
    for path in _inhabitants(repository, real):
        try:
            repository.remove_worktree(path)
        except (UpgraderError, OSError) as fault:
            left.append(f"{path}: {fault}")
        else:
            removed.append(str(path))
    return Sweep(removed=tuple(removed), left=tuple(left))


def drop_branch(
    repository: Repository,
    git_dir: Path,
    row: AttemptRow,
    events: Iterable[Event],
    kept: Iterable[AttemptRow],
) -> Sweep:
    """Delete the attempt's branch if it stands at a commit the attempt recorded, or at its base.

    Never where it stood before the attempt, nor where an attempt that is kept has put it, nor checked out.
    """
    ref = f"refs/heads/{row.branch}"
    try:
        tip = repository.ref(ref) if row.branch else None
        if tip is None or tip == row.branch_before or _is_kept(row, tip, kept):
            return Sweep()
        if tip not in {row.base_sha, row.head_sha, *_recorded(events)}:
            return Sweep(left=(f"{ref}: stands at {tip}, which no attempt recorded",))
        if _is_checked_out(git_dir, ref):
            return Sweep(left=(f"{ref}: is checked out; delete it yourself when you are done",))
        repository.delete_ref(ref, tip)
    except (UpgraderError, OSError) as fault:
        return Sweep(left=(f"{ref}: {fault}",), again=True)
    return Sweep(removed=(f"{ref} at {tip}",))


def drop_stale(repository: Repository, git_dir: Path, since: datetime) -> Sweep:
    """Remove git's lock files and half-made worktree records of a killed run; `since` is when that run started.

    Only when they are newer than that, and no git process has the repository open and nobody the file; the
    others are named for the user to judge. The user's own index and HEAD locks are never looked at.
    """
    removed: list[str] = []
    left: list[str] = []
    found = sorted({*_lock_files(git_dir), *_half_records(git_dir)})
    busy = _in_use(git_dir, found) if found else ""
    for path in found:
        reason = busy or _too_old(path, since)
        if not reason:
            try:
                repository.remove_worktree(path)
            except (UpgraderError, OSError) as fault:
                reason = str(fault)
        if reason:
            left.append(f"{path}: {reason}")
        else:
            removed.append(str(path))
    return Sweep(removed=tuple(removed), left=tuple(left))


def _inhabitants(repository: Repository, rooms: Sequence[Path]) -> list[Path]:
    """List what stands in the rooms, and what git says stood there."""
    inside = {path for room in rooms if room.is_dir() for path in room.iterdir()}
    with contextlib.suppress(UpgraderError):
        for path in repository.worktrees():
            owners = [room for room in rooms if _is_below(path, room)]
            inside.update(owner / path.relative_to(owner.resolve()).parts[0] for owner in owners)
            inside.update(path for _ in owners)  # its own record goes too when it lay deeper in a room
    return sorted(inside, reverse=True)


def _is_below(path: Path, room: Path) -> bool:
    real = room.resolve()
    return path.is_absolute() and path.is_relative_to(real) and path != real and ".." not in path.parts


def _is_kept(row: AttemptRow, tip: str, kept: Iterable[AttemptRow]) -> bool:
    return any(other.branch == row.branch and other.head_sha == tip for other in kept if other.key != row.key)


def _is_checked_out(git_dir: Path, ref: str) -> bool:
    """Deleting the branch somebody works on would leave their HEAD without a commit (gitrepository-layout(5))."""
    wanted = f"ref: {ref}".encode()
    heads = [git_dir / "HEAD", *(git_dir / "worktrees").glob("*/HEAD")]
    return any(files.read_bytes(head).strip() == wanted for head in heads if head.is_file())


def _recorded(events: Iterable[Event]) -> Iterator[str]:
    """Yield the commits that the attempt's events name, at the top or among the facts."""
    for event in events:
        body = read_body(event)
        for facts in (body, body.get("facts")):
            if isinstance(facts, dict):
                found = (str(facts.get(name)) for name in _COMMITS)
                yield from (sha for sha in found if _SHA.fullmatch(sha))


def _lock_files(git_dir: Path) -> Iterator[Path]:
    for name in ("packed-refs.lock", "config.lock"):
        if (git_dir / name).is_file():
            yield git_dir / name
    for folder in ("refs", "worktrees"):
        yield from (path for path in (git_dir / folder).rglob("*.lock") if path.is_file())


def _half_records(git_dir: Path) -> Iterator[Path]:
    """Yield records of worktrees that git was killed in making: they are locked, so `git worktree prune` keeps them."""
    for record in (git_dir / "worktrees").glob("*"):
        pointer = record / "gitdir"
        if record.is_dir() and not (pointer.is_file() and pointer.stat().st_size):
            yield record


def _too_old(lock: Path, since: datetime) -> str:
    try:
        born = lock.lstat().st_mtime
    except OSError as fault:
        return str(fault.strerror)
    return (
        ""
        if born >= (since - _CLOCK_GRAIN).timestamp()
        else "is older than the killed run; remove it if no git runs"
    )


def _in_use(git_dir: Path, locks: Sequence[Path]) -> str:
    """Say which process may still need the locks, "" when none does; a git process that cannot be seen into may."""
    import psutil  # 23 ms, only when there is a lock file

    names = {str(path) for path in locks}
    for process in psutil.process_iter(["name"]):
        is_git = str(process.info["name"] or "").startswith("git")
        try:
            opened = {file.path for file in process.open_files()}
            cwd = process.cwd() if is_git else ""
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        except (psutil.Error, OSError):
            if is_git:
                return f"git process {process.pid} cannot be looked into"
            continue
        if opened & names or (is_git and _touches(git_dir, {cwd, *opened})):
            return f"process {process.pid} has the repository open"
    return ""


def _touches(git_dir: Path, paths: Iterable[str]) -> bool:
    roots = tuple(str(root) for root in (git_dir, git_dir.parent))
    return any(path == root or path.startswith(root + os.sep) for path in paths for root in roots)
