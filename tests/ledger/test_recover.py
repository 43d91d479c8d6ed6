"""Recovery: what it must leave alone first, then what it ends and removes; doing it twice changes nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.conftest import begin
from tests.ledger.trip import BRANCH, UPGRADE, Repo, faults, open_ledger, rooms_of, set_out, trip, users_own
from upgrader.errors import GitError, LedgerError
from upgrader.ledger import AttemptKey, Ledger, Recovered, RepositoryLock, recover
from upgrader.ledger.owner import Owner, is_alive, this_process

DEAD = Owner(boot_id="another start of the machine", pid=1, pid_start="1")


@pytest.fixture
def told(project: Path) -> Iterator[Ledger]:
    with open_ledger(project) as ledger:
        yield ledger


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=project, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_aside(project: Path, name: str) -> str:
    """A commit on top of HEAD that no branch holds."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    return git(project, *identity, "commit-tree", "-p", "HEAD", "-m", name, "HEAD^{tree}")


def killed(
    project: Path,
    owner: Owner = DEAD,
    *,
    base_sha: str = "b" * 40,
    branch_before: str | None = None,
    env: str = "local",
    started: bool = True,
) -> AttemptKey:
    """An attempt that `owner` was at; the events are the ones a real run writes."""
    path = project / ".git" / "upgrader" / "ledger.db"
    with Ledger.open(path, env=env, actor="a", host="h", tool_version="0", owner=owner) as ledger:
        key = begin(ledger, UPGRADE, branch=BRANCH, base_sha=base_sha, branch_before=branch_before)
        if started:
            ledger.start(key, stage="branch")
    return key


class Stubborn(Repo):
    """A repository that does not give its branches away."""

    def delete_ref(self, ref: str, old: str) -> None:
        raise GitError(f"{ref}: no.")


def test_a_clean_start_writes_nothing(project: Path) -> None:
    before = users_own(project)
    assert set_out(project) == []
    trip(project, keep=True)
    with open_ledger(project) as ledger:
        head = ledger.head()
    assert set_out(project) == []
    with open_ledger(project) as ledger:
        assert ledger.head() == head
    assert faults(project, before) == []


def test_without_the_lock_nothing_is_touched(project: Path, told: Ledger) -> None:
    lock = RepositoryLock(project / ".git" / "upgrader" / "lock")
    with pytest.raises(LedgerError, match="lock is not held"):
        recover(told, Repo(project), lock=lock, git_dir=project / ".git", rooms=[])


def test_what_this_process_works_on_is_left_alone(project: Path, told: Ledger) -> None:
    key = begin(told, UPGRADE)
    told.start(key, stage="edit")
    room = rooms_of(project)[0]
    (room / "busy").mkdir(parents=True)
    assert set_out(project) == []
    assert told.attempt(key.id).state == "RUNNING"
    assert (room / "busy").is_dir()


def test_what_a_living_process_works_on_is_left_alone(project: Path, told: Ledger) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        start = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        owner = Owner(boot_id=this_process().boot_id, pid=other.pid, pid_start=start)
        assert is_alive(owner)
        key = killed(project, owner)
        (rooms_of(project)[0] / "busy").mkdir(parents=True)
        assert [part.what for part in set_out(project)] == ["alive"]
        other.kill()
    assert not is_alive(owner)
    assert [part.what for part in set_out(project)] == ["failed", "removed"]
    assert told.attempt(key.id).error_class == "interrupted"


def test_a_process_number_that_was_used_again_is_not_the_old_process() -> None:
    us = this_process()
    assert is_alive(us)
    assert not is_alive(Owner(boot_id=us.boot_id, pid=us.pid, pid_start="1"))
    assert not is_alive(Owner(boot_id="other", pid=us.pid, pid_start=us.pid_start))
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # a zombie now
    start = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[19]
    assert not is_alive(Owner(boot_id=us.boot_id, pid=child, pid_start=start))
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    "case", ["foreign commit", "was there before", "kept by another", "checked out", "no branch"]
)
def test_branches_that_stay(project: Path, told: Ledger, case: str) -> None:
    base, ours = git(project, "rev-parse", "HEAD"), commit_aside(project, "ours")
    tip = base if case == "was there before" else ours
    if case == "kept by another":
        key = begin(told, "npm:other@1", branch=BRANCH)
        told.start(key, stage="branch")
        told.complete(key, head_sha=ours, tree_hash="t", verdict="keep")
    key = killed(project, base_sha=base, branch_before=base if case == "was there before" else None)
    if case != "foreign commit":
        with told.stage(key, "branch", {"commit": ours}):
            pass
    if case == "no branch":
        assert [part.what for part in set_out(project)] == ["failed"]
        return
    git(project, "branch", BRANCH, tip)
    if case == "checked out":
        git(project, "checkout", "-q", BRANCH)
    before = users_own(project)
    report = set_out(project)
    assert git(project, "rev-parse", BRANCH) == tip
    assert users_own(project) == before
    assert [part.what for part in report] == (
        ["failed", "left"] if case in ("foreign commit", "checked out") else ["failed"]
    )
    assert set_out(project) == []


@pytest.mark.parametrize("at", ["base", "recorded commit"])
def test_a_half_made_branch_goes(project: Path, told: Ledger, at: str) -> None:
    base, ours = git(project, "rev-parse", "HEAD"), commit_aside(project, "ours")
    key = killed(project, base_sha=base)
    with told.stage(key, "commit") as facts:
        facts["commit"] = ours
    tip = base if at == "base" else ours
    git(project, "branch", BRANCH, tip)
    before = users_own(project)
    assert set_out(project) == [
        Recovered(attempt=key.id, what="failed", detail="interrupted in stage commit"),
        Recovered(attempt=key.id, what="removed", detail=f"refs/heads/{BRANCH} at {tip}"),
    ]
    assert Repo(project).ref(f"refs/heads/{BRANCH}") is None
    assert faults(project, before) == []
    git(project, "branch", BRANCH, tip)  # the user's own wish, later
    assert set_out(project) == []
    assert git(project, "rev-parse", BRANCH) == tip


def test_a_branch_that_git_will_not_delete_is_tried_again(project: Path, told: Ledger) -> None:
    base = git(project, "rev-parse", "HEAD")
    killed(project, base_sha=base)
    git(project, "branch", BRANCH, base)

    assert [part.what for part in set_out(project, kind=Stubborn)] == ["failed", "left"]
    assert [part.what for part in set_out(project, kind=Stubborn)] == ["left"]
    assert [part.what for part in set_out(project)] == ["removed"]
    assert set_out(project) == []


def test_an_attempt_that_never_started_is_skipped(project: Path, told: Ledger) -> None:
    git(project, "branch", BRANCH)
    key = killed(project, base_sha=git(project, "rev-parse", "HEAD"), started=False)
    assert [(part.what, part.attempt) for part in set_out(project)] == [("skipped", key.id)]
    assert told.attempt(key.id).error == "interrupted before it started"
    assert (
        Repo(project).ref(f"refs/heads/{BRANCH}") is not None
    )  # it was there before the attempt could make it


def test_worktrees_locked_changed_and_half_gone(project: Path) -> None:
    before, repo, room = users_own(project), Repo(project), rooms_of(project)[0]
    room.mkdir(parents=True)
    mine = project.parent / "mine"
    repo.add_worktree(mine, "HEAD", "mine")
    for name in ("locked", "gone", "changed"):
        repo.add_worktree(room / name, "HEAD", "upgrade")
    subprocess.run(["rm", "-r", str(room / "gone")], check=True)
    (room / "changed" / ".git").write_text("gitdir: /elsewhere\n")
    (room / "changed" / "sealed").mkdir()
    (room / "changed" / "sealed" / "x").touch()
    (room / "changed" / "sealed").chmod(0o500)
    (room / "link").symlink_to(project.parent)
    (room / "file").touch()
    report = set_out(project)
    assert {Path(part.detail).name for part in report} == {"locked", "gone", "changed", "link", "file"}
    assert {part.what for part in report} == {"removed"}
    assert list(room.iterdir()) == []
    assert [path.name for path in repo.worktrees()] == ["mine"]
    assert (mine / "a.txt").read_text() == "a\n"
    repo.remove_worktree(mine)
    assert faults(project, before) == []


def test_a_room_that_is_a_symlink_is_not_swept(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years\n")
    rooms_of(project)[0].parent.mkdir(parents=True)
    rooms_of(project)[0].symlink_to(home)
    assert [part.what for part in set_out(project)] == ["left"]
    assert (home / "thesis.txt").read_text() == "years\n"


@pytest.mark.parametrize("name", ["packed-refs.lock", "refs/heads/upgrade/x.lock", "worktrees/half"])
@pytest.mark.parametrize("case", ["stale", "older than the run", "held open", "nothing was killed"])
def test_git_lock_files(project: Path, told: Ledger, name: str, case: str) -> None:
    if case != "nothing was killed":
        killed(project, base_sha=git(project, "rev-parse", "HEAD"))
    lock = project / ".git" / name
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.mkdir() if name.startswith("worktrees") else lock.touch()
    if case == "older than the run":
        os.utime(lock, (1, 1))
    if case == "held open":
        line = ["git", "--git-dir", str(project / ".git"), "cat-file", "--batch"]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=project) as reader:
            assert reader.stdin
            assert reader.stdout
            reader.stdin.write(b"HEAD\n")
            reader.stdin.flush()
            reader.stdout.readline()
            report = set_out(project)
    else:
        report = set_out(project)
    assert lock.exists() == (case != "stale")
    expected = {"stale": ["failed", "removed"], "nothing was killed": []}.get(case, ["failed", "left"])
    assert [part.what for part in report] == expected


def test_the_users_own_index_lock_is_not_looked_at(project: Path, told: Ledger) -> None:
    killed(project)
    for name in ("index.lock", "HEAD.lock"):
        (project / ".git" / name).touch()
    assert [part.what for part in set_out(project)] == ["failed"]
    assert (project / ".git" / "index.lock").exists()


def test_a_ledger_that_does_not_verify_stops_it(project: Path, told: Ledger) -> None:
    begin(told, UPGRADE)
    told._database.connection.execute("DROP TRIGGER event_no_update")
    with pytest.raises(LedgerError, match="guard `event_no_update`"):
        set_out(project)
    assert told.attempts()[0].state == "PENDING"


def test_attempts_of_other_environments_are_ended_too(project: Path, told: Ledger) -> None:
    killed(project, env="staging")
    set_out(project)
    assert [(row.env, row.state, row.reaped) for row in told.attempts()] == [("staging", "FAILED", 1)]
