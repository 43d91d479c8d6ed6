"""Containment: whatever a command leaves behind, and however it hides, nothing of it survives."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from upgrader.outside import processes, shell

HIDING = {
    "group": "sleep {n} >/dev/null 2>&1 & sleep {n} >/dev/null 2>&1 &",
    "setsid": "setsid sleep {n} >/dev/null 2>&1 &",
    "double-fork": "(setsid setsid sleep {n} >/dev/null 2>&1 &)",
    "pipe-holder": "(setsid sleep {n} >&1 2>&1 &); echo held",
    "nohup": "(nohup setsid sleep {n} >/dev/null 2>&1 &)",
    "no-environment": "(env -i /usr/bin/setsid /bin/sleep {n} >/dev/null 2>&1 </dev/null &)",
    "term-ignored": "(trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep {n}; sleep {n}' >/dev/null 2>&1 &)",
    "nested": "(setsid sh -c '(setsid sh -c \"sleep {n} & sleep {n}\" &) ; sleep {n}' &)",
}


def _sleepers(number: str) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if number in (p.info["cmdline"] or [])]


@pytest.mark.parametrize("hiding", HIDING)
def test_what_a_finished_command_left_is_ended(tmp_path: Path, hiding: str) -> None:
    number = f"77{list(HIDING).index(hiding)}01"
    done = shell.run(["sh", "-c", HIDING[hiding].format(n=number) + "\nsleep 0.1; exit 5"], cwd=tmp_path)
    assert (done.exit_code, done.ended) == (5, "exited")
    assert _sleepers(number) == []


@pytest.mark.parametrize("hiding", ["setsid", "double-fork", "pipe-holder", "no-environment"])
def test_a_limit_ends_what_hides_too(tmp_path: Path, hiding: str) -> None:
    number = f"78{list(HIDING).index(hiding)}01"
    done = shell.run(
        ["sh", "-c", HIDING[hiding].format(n=number) + f"\nexec sleep {number}"], cwd=tmp_path, timeout_s=0.4
    )
    assert (done.exit_code, done.ended) == (None, "timeout")
    assert _sleepers(number) == []


def test_the_term_signal_lets_a_command_tidy_up(tmp_path: Path) -> None:
    script = "trap 'echo tidied; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    done = shell.run(["sh", "-c", script], cwd=tmp_path, timeout_s=0.5)
    assert (done.ended, done.stdout) == ("timeout", b"up\ntidied\n")


def test_a_command_that_ignores_term_is_killed(tmp_path: Path) -> None:
    done = shell.run(
        ["sh", "-c", "trap '' TERM; sleep 79101; sleep 79101"], cwd=tmp_path, timeout_s=0.3, grace_s=0.5
    )
    assert done.ended == "timeout"
    assert _sleepers("79101") == []


def test_a_forking_crowd_is_ended(tmp_path: Path) -> None:
    code = "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n        os.setsid(); time.sleep(80101)\n"
    shell.run([sys.executable, "-c", code, "80101"], cwd=tmp_path)
    assert _sleepers("80101") == []


def test_no_zombies_pile_up(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    for _ in range(2):
        shell.run(["sh", "-c", "(setsid sleep 0.05 &) ; (setsid sleep 60 &) ; sleep 0.1"], cwd=tmp_path)
    shell.run(["true"], cwd=tmp_path)
    assert set(psutil.Process().children()) - before == set()


def test_a_run_leaves_the_processes_of_others_alone(tmp_path: Path) -> None:
    mark = {"PATH": "/usr/bin:/bin", processes.MARK: "0" * 32}
    other = processes.spawn(["/bin/sleep", "60"], cwd=tmp_path, env=mark, stdin=-3)
    try:
        shell.run(["sh", "-c", "setsid sleep 60 &"], cwd=tmp_path)
        assert other.poll() is None
    finally:
        processes.kill_tree(other, "0" * 32)
        processes.forget(other)
        for pipe in (other.stdout, other.stderr):
            assert pipe is not None
            pipe.close()
    assert other.returncode == -9
