"""One upgrade on a real repository, told to a real ledger; run as a script it is killed at a chosen point.

python -m tests.ledger.trip PROJECT keep|drop        one trip, for strace to kill
python -m tests.ledger.trip PROJECT matrix           every kill point between two effects, each in a fork
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from upgrader.errors import UpgraderError
from upgrader.ledger import (
    CLEANUP,
    AlreadyCompleted,
    AttemptKey,
    Ledger,
    Recovered,
    RepositoryLock,
    recover,
)
from upgrader.ledger.owner import Owner
from upgrader.outside.git import Git, Worktree

UPGRADE = "npm:left-pad@2.0.0"
BRANCH = "upgrade/left-pad-2.0.0"
Fuse = Callable[[], None]


def never() -> None:
    """A fuse that does not blow."""


def blows_at(count: int) -> Fuse:
    """A fuse that kills the process, as `kill -9` does, when it is reached for the count-th time."""
    left = iter(range(count - 1, -1, -1))

    def fuse() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return fuse


class Repo(Git):
    """The real thing, with a fuse before and after everything that changes the repository."""

    fuse: Fuse = staticmethod(never)

    def ref(self, name: str) -> str | None:
        line = ["git", "rev-parse", "--verify", "--quiet", name]
        return (
            subprocess.run(line, cwd=self.top, capture_output=True, text=True, check=False).stdout.strip()
            or None
        )

    def worktrees(self) -> list[Path]:
        pointers = sorted((self.git_dir / "worktrees").glob("*/gitdir"))
        return [Path(pointer.read_text().strip()).parent for pointer in pointers]

    def add_worktree(self, path: Path, rev: str, lock_reason: str, *, branch: str | None = None) -> Worktree:
        self.fuse()
        made = super().add_worktree(path, rev, lock_reason, branch=branch)
        self.fuse()
        return made

    def remove_worktree(self, path: Path) -> None:
        self.fuse()
        super().remove_worktree(path)
        self.fuse()

    def update_ref(self, ref: str, new: str, old: str) -> None:
        self.fuse()
        super().update_ref(ref, new, old)
        self.fuse()

    def delete_ref(self, ref: str, old: str) -> None:
        self.fuse()
        super().delete_ref(ref, old)
        self.fuse()


def rooms_of(project: Path) -> list[Path]:
    return [project / ".git" / "upgrader" / name for name in ("worktrees", "tmp")]


def open_ledger(project: Path, fuse: Fuse = never, owner: Owner | None = None) -> Ledger:
    def clock() -> datetime:  # is asked once per event, when its transaction is open
        fuse()
        return datetime.now(UTC)

    path = project / ".git" / "upgrader" / "ledger.db"
    return Ledger.open(path, actor="ada", host="desk", tool_version="0", clock=clock, owner=owner)


def set_out(project: Path, fuse: Fuse = never, kind: type[Repo] = Repo) -> list[Recovered]:
    """What every start does."""
    repo = kind(project)
    repo.fuse = fuse
    with (
        RepositoryLock(project / ".git" / "upgrader" / "lock", wait_s=5) as lock,
        open_ledger(project, fuse) as ledger,
    ):
        return recover(ledger, repo, lock=lock, git_dir=project / ".git", rooms=rooms_of(project))


def trip(project: Path, keep: bool, fuse: Fuse = never) -> None:
    """Recover, then make the upgrade's branch; drop it again unless `keep`."""
    repo = Repo(project)
    repo.fuse = fuse
    with (
        RepositoryLock(project / ".git" / "upgrader" / "lock", wait_s=5) as lock,
        open_ledger(project, fuse) as ledger,
    ):
        recover(ledger, repo, lock=lock, git_dir=project / ".git", rooms=rooms_of(project))
        base = repo.rev_parse("HEAD")
        key = ledger.begin(UPGRADE, spec_hash="s", base_sha=base, branch=BRANCH, correlation_id="run")
        if isinstance(key, AlreadyCompleted):
            return
        ledger.start(key, stage="worktree")
        folder = rooms_of(project)[0] / f"left-pad-{key.number}"
        try:
            commit = work(ledger, repo, key, folder, base)
            if keep:
                ledger.complete(key, head_sha=commit, tree_hash=repo.tree(commit), verdict="keep")
            else:
                ledger.fail(key, "Dropped", "a test that passed fails")
        except UpgraderError as fault:  # git itself was killed
            ledger.fail(key, type(fault).__name__, str(fault))
            return
        with ledger.stage(key, CLEANUP):
            repo.remove_worktree(folder)
            if not keep:
                repo.delete_ref(f"refs/heads/{BRANCH}", commit)


def work(ledger: Ledger, repo: Repo, key: AttemptKey, folder: Path, base: str) -> str:
    with ledger.stage(key, "worktree", {"folder": str(folder)}):
        folder.parent.mkdir(parents=True, exist_ok=True)
        tree = repo.add_worktree(folder, base, "upgrade")
    with ledger.stage(key, "edit"):
        (folder / "a.txt").write_text("b\n")
    with ledger.stage(key, "commit") as facts:
        facts["commit"] = commit = repo.commit(tree, ["a.txt"], "upgrade: left-pad\n")
    with ledger.stage(key, "branch", {"commit": commit}):
        repo.create_branch(BRANCH, commit)
    return commit


def users_own(project: Path) -> dict[str, str]:
    """Hashes of what belongs to the user: files, index, HEAD, their branch."""
    files = [path for path in project.iterdir() if path.is_file()]
    files += [project / ".git" / name for name in ("index", "HEAD", "refs/heads/main", "config")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def faults(project: Path, before: dict[str, str]) -> list[str]:
    """What is wrong after a recovery; nothing may be."""
    repo = Repo(project)
    found = [] if users_own(project) == before else ["the user's own files changed"]
    with open_ledger(project) as ledger:
        verified, rows = ledger.verify(), ledger.attempts()
    found += [problem.text for problem in verified.problems]
    found += [f"{row.id} is {row.state}" for row in rows if row.state in ("PENDING", "RUNNING")]
    found += [f"{row.id} is not reaped" for row in rows if not row.reaped]
    left = [path for room in rooms_of(project) if room.is_dir() for path in room.iterdir()]
    left += list((project / ".git" / "worktrees").glob("*")) + list((project / ".git").rglob("*.lock"))
    found += [f"{path} is left" for path in left]
    kept = [row.head_sha for row in rows if row.state == "COMPLETED"]
    tip = repo.ref(f"refs/heads/{BRANCH}")
    found += [] if tip == (kept[0] if kept else None) else [f"the branch is at {tip}, kept is {kept}"]
    return found


def in_fork(act: Callable[[], object]) -> bool:
    """Do something in a child; True when it was killed."""
    child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException as fault:  # noqa: BLE001 - the child has nobody to tell but the log
            os.write(2, f"{type(fault).__name__}: {fault}\n".encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a trip ended with an error of its own")
    return os.WIFSIGNALED(status)


def matrix(project: Path) -> int:
    """Kill a trip before each of its effects, then recovery before each of its own; return the number of kills."""
    kills = 0
    for keep in (True, False):
        for point in range(1 if keep else 18, 100):  # until the commit the two trips are the same
            copy = project.with_name(f"copy-{keep}-{point}")
            shutil.copytree(project, copy)
            before = users_own(copy)
            if not in_fork(functools.partial(trip, copy, keep, blows_at(point))):
                break
            kills += 1
            again = point % 4  # recovery itself dies a few steps in, then is left in peace
            kills += bool(again and in_fork(functools.partial(set_out, copy, blows_at(again))))
            set_out(copy)
            bad = faults(copy, before)
            if point % 3 == 0:
                trip(copy, keep=True)
                bad += [f"afterwards: {fault}" for fault in faults(copy, before)]
            if bad:
                raise SystemExit(f"keep={keep}, point {point}: {bad}")
            shutil.rmtree(copy)
    return kills


if __name__ == "__main__":
    if sys.argv[2] == "matrix":
        sys.stdout.write(f"{matrix(Path(sys.argv[1]))}\n")
    else:
        trip(Path(sys.argv[1]), sys.argv[2] == "keep")
