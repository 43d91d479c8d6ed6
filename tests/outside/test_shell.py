"""Commands: what comes back, the limits, and what is refused before anything starts."""

from __future__ import annotations

import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from upgrader.errors import CommandFailed
from upgrader.outside import shell

PYTHON = sys.executable


def test_a_finished_command_tells_all(tmp_path: Path) -> None:
    done = shell.run(["sh", "-c", "echo out; echo err >&2; exit 3"], cwd=tmp_path)
    assert (done.exit_code, done.ended, done.stdout, done.stderr) == (3, "exited", b"out\n", b"err\n")
    assert (done.argv, done.ok, done.truncated) == (
        ("sh", "-c", "echo out; echo err >&2; exit 3"),
        False,
        False,
    )
    assert sorted(done.output.split()) == ["err", "out"]


@pytest.mark.parametrize(
    "argument",
    ["$(id)", "; touch MARK", "`touch MARK`", "a b", "", "*", "-n", "ä\n☃", "$HOME", "| cat", "'\""],
)
def test_arguments_arrive_as_they_are(tmp_path: Path, argument: str) -> None:
    code = "import sys; sys.stdout.buffer.write(sys.argv[1].encode('utf-8', 'surrogateescape'))"
    done = shell.run([PYTHON, "-c", code, argument], cwd=tmp_path)
    assert done.stdout.decode() == argument
    assert list(tmp_path.iterdir()) == []


def test_stdin_larger_than_a_pipe_arrives(tmp_path: Path) -> None:
    data = b"x" * 3_000_000
    assert shell.run(["cat"], cwd=tmp_path, stdin=data).stdout == data


def test_without_stdin_a_reader_sees_the_end(tmp_path: Path) -> None:
    assert shell.run(["cat"], cwd=tmp_path, timeout_s=20).ok


def test_a_signal_death_is_an_exit_code(tmp_path: Path) -> None:
    assert shell.run(["sh", "-c", "kill -9 $$"], cwd=tmp_path).exit_code == -signal.SIGKILL


def test_output_that_keeps_coming_is_not_idle(tmp_path: Path) -> None:
    done = shell.run(
        ["sh", "-c", "for i in 1 2 3 4 5 6; do sleep 0.1; echo $i; done"], cwd=tmp_path, idle_s=0.5
    )
    assert done.ok


@pytest.mark.parametrize(
    ("limits", "ended"),
    [
        ({"timeout_s": 0.3}, "timeout"),
        ({"idle_s": 0.3}, "idle"),
    ],
    ids=["total", "idle"],
)
def test_a_limit_ends_the_command(tmp_path: Path, limits: dict[str, float], ended: str) -> None:
    done = shell.run(["sh", "-c", "echo begun; sleep 60"], cwd=tmp_path, **limits)  # type: ignore[arg-type]  # a table
    assert (done.ended, done.exit_code, done.stdout) == (ended, None, b"begun\n")


def test_endless_output_stays_small_and_says_so(tmp_path: Path) -> None:
    before = psutil.Process().memory_info().rss
    done = shell.run(["yes", "0123456789abcdef"], cwd=tmp_path, timeout_s=0.6, output_limit=2**20)
    assert (done.ended, len(done.stdout), done.truncated) == ("timeout", 2**20, True)
    assert len(done.output) < 140_000
    assert "bytes left out" in done.output
    assert psutil.Process().memory_info().rss - before < 60 * 2**20


def test_head_and_tail_of_long_output_are_kept(tmp_path: Path) -> None:
    done = shell.run(["sh", "-c", "echo first; seq 100000; echo last"], cwd=tmp_path)
    assert done.output.startswith("first\n1\n")
    assert done.output.endswith("100000\nlast\n")


def test_several_threads_run_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        commands = [["sh", "-c", f"(setsid sleep 0.1 &) ; echo {n}; exit {n}"] for n in range(16)]
        done = list(pool.map(lambda argv: shell.run(argv, cwd=tmp_path), commands))
    assert [(one.exit_code, one.stdout) for one in done] == [(n, f"{n}\n".encode()) for n in range(16)]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "empty command"),
        (["true", "a\0b"], "not text"),
        (["true", 7], "not text"),
        (["no-such-tool-anywhere"], "not found on PATH"),
        ([""], "not found on PATH"),
        (["./missing"], "cannot be started"),
    ],
    ids=["empty", "nul", "number", "missing", "nameless", "relative"],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, argv: list[str], words: str) -> None:
    with pytest.raises(CommandFailed, match=words):
        shell.run(argv, cwd=tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="cannot be started in"):
        shell.run(["true"], cwd=tmp_path / "missing")


def test_a_tool_of_the_project_does_not_replace_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\necho fake\n")
    fake.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".:/usr/bin:/bin")
    assert shell.find_tool("git") != str(fake)
    assert shell.find_tool("./git") is None
    assert (
        b"fake" not in shell.run(["git", "--version"], cwd=tmp_path, env={"PATH": ".::/usr/bin:/bin"}).stdout
    )


def test_interrupt_all_ends_commands_of_other_threads(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(shell.run, ["sh", "-c", "echo up; sleep 60"], cwd=tmp_path) for _ in range(2)]
        deadline = time.monotonic() + 20
        while len(shell._RUNNING) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        shell.interrupt_all()
        assert [run.result(20).ended for run in runs] == ["interrupted", "interrupted"]
    assert shell.run(["true"], cwd=tmp_path).ok


def test_ctrl_c_ends_the_tree_and_goes_on_up(tmp_path: Path) -> None:
    threading.Timer(0.4, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        shell.run(["sh", "-c", "setsid sleep 86123 & sleep 86123"], cwd=tmp_path)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "86123" in (p.info["cmdline"] or [])]
