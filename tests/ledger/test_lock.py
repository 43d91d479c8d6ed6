"""The repository's lock: one at a time, freed by the kernel, never inherited, and it says who holds it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from upgrader.errors import Busy, LedgerError
from upgrader.ledger import RepositoryLock

HOLD = """
import subprocess, sys, time
from pathlib import Path
from upgrader.ledger import RepositoryLock
with RepositoryLock(Path(sys.argv[1])):
    # An orphan that outlives the holder: it must not have inherited the lock.
    child = subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "upgrader" / "lock"


def test_taken_and_given_back(file: Path) -> None:
    for _ in range(2):
        with RepositoryLock(file) as lock:
            assert lock.held
            assert json.loads(file.read_text())["pid"] == os.getpid()
        assert not lock.held
        assert file.read_text() == ""


def test_the_second_hears_who_holds_it(file: Path) -> None:
    told: list[str] = []
    with RepositoryLock(file, host="desk"):
        with pytest.raises(Busy, match=rf"process {os.getpid()} on 'desk' since '20") as caught:
            RepositoryLock(file, wait_s=0.1, on_wait=told.append).acquire()
        assert caught.value.exit_code == 75
    assert len(told) == 1
    assert f"process {os.getpid()} on 'desk'" in told[0]
    RepositoryLock(file, wait_s=0).acquire()


def test_given_back_after_an_error(file: Path) -> None:
    with pytest.raises(ZeroDivisionError), RepositoryLock(file):
        raise ZeroDivisionError
    with RepositoryLock(file, wait_s=0):
        pass


def test_not_taken_twice_by_the_same_object(file: Path) -> None:
    with RepositoryLock(file) as lock, pytest.raises(LedgerError, match="already held"):
        lock.acquire()


@pytest.mark.parametrize(
    "note",
    [b"", b"\xff\xfe", b"[]", b'{"pid":"x"}', b"[" * 900, b'{"pid":1,"host":"\\u001b[31m","since":"\\n"}'],
)
def test_a_note_that_cannot_be_read_is_no_reason_to_fail(file: Path, note: bytes) -> None:
    with RepositoryLock(file):
        file.write_bytes(note)
        with pytest.raises(Busy) as caught:
            RepositoryLock(file, wait_s=0).acquire()
    assert "\x1b" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_killed_holder_frees_it_at_once_even_with_an_orphan(file: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    orphan = int(holder.stdout.readline())
    try:
        with pytest.raises(Busy, match=f"process {holder.pid} "):
            RepositoryLock(file, wait_s=0.1).acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with RepositoryLock(file, wait_s=0):
            pass
    finally:
        holder.stdout.close()
        holder.kill()
        holder.wait()
        os.kill(orphan, signal.SIGKILL)


def test_a_lock_on_a_deleted_file_keeps_nobody_out(file: Path) -> None:
    with RepositoryLock(file):
        file.unlink()
        with RepositoryLock(file, wait_s=0) as second:
            assert second.held


def test_a_symlink_in_its_place_is_refused(file: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    file.parent.mkdir()
    file.symlink_to(victim)
    with pytest.raises(LedgerError, match="cannot be locked"):
        RepositoryLock(file).acquire()
    assert victim.read_text() == "mine"
