"""The kill matrix: wherever a run is killed, the next start finds a ledger that verifies and leaves nothing behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.trip import faults, set_out, trip, users_own

ROOT = Path(__file__).parents[2]
POINTS = [
    *[("pwrite64", number) for number in (4, 17, 33)],
    *[("fdatasync", number) for number in (1, 8)],
    *[("mkdir", number) for number in (2, 3)],
    *[("rename", number) for number in (1, 2)],
    *[("unlink", 2), ("link", 1), ("rmdir", 1)],
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def test_between_any_two_effects(project: Path) -> None:
    done = run(sys.executable, "-m", "tests.ledger.trip", str(project), "matrix")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 30  # kills


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize(("call", "number"), POINTS, ids=lambda value: str(value))
def test_in_the_middle_of_a_system_call(project: Path, tmp_path: Path, call: str, number: int) -> None:
    before = users_own(project)
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    log = tmp_path / "strace.log"
    arguments = (sys.executable, "-m", "tests.ledger.trip", str(project), "keep")
    strace = ("strace", "-f", "-o", str(log), "-e", f"trace={call}", "-e", inject)
    run(*strace, *arguments)
    if "killed by SIGKILL" not in log.read_text():
        pytest.skip("this git gets by with fewer of them")
    set_out(project)
    assert faults(project, before) == []
    trip(project, keep=True)
    assert faults(project, before) == []


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize(
    ("call", "fault"),
    [("pwrite64", "ENOSPC:when=30+"), ("pwrite64", "ENOSPC:when=41"), ("fdatasync", "EIO:when=7")],
    ids=["disk stays full", "disk full once", "fsync fails"],
)
def test_when_the_disk_says_no(project: Path, tmp_path: Path, call: str, fault: str) -> None:
    before = users_own(project)
    inject = ("-e", f"trace={call}", "-e", f"inject={call}:error={fault}")
    log = str(tmp_path / "strace.log")
    trip_line = (sys.executable, "-m", "tests.ledger.trip", str(project), "keep")
    done = run("strace", "-f", "-o", log, *inject, *trip_line)
    assert done.returncode == 1
    assert "upgrader.errors.LedgerError" in done.stderr.splitlines()[-1]
    set_out(project)
    assert faults(project, before) == []
    trip(project, keep=True)
    assert faults(project, before) == []
