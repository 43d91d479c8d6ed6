"""The walls: what a command behind them can still reach, on each level that this machine offers."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.outside.servers import answer, serving
from upgrader.outside import sandbox, shell
from upgrader.outside.sandbox import Sandbox

PYTHON = sys.executable
FETCH = (
    "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2); print('reached')"
)
SERVE = """
import socket, threading
s = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=lambda: s.accept()[0].sendall(b"served"), daemon=True).start()
print(socket.create_connection(s.getsockname(), 5).recv(10).decode())
"""


def _tools(folder: Path, *names: str) -> str:
    """A PATH on which only these tools and the ordinary small ones are."""
    for name in ("true", "sh", "cat", "env", "touch", "sleep", "setsid", "id", *names):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


@pytest.fixture(params=["full", "netns", "none"])
def level(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the machine look as if it offered just this level."""
    tools = tmp_path / "tools"
    tools.mkdir()
    names = {"full": ("bwrap", "unshare"), "netns": ("unshare", "setpriv"), "none": ()}[request.param]
    monkeypatch.setenv("PATH", _tools(tools, *names))
    sandbox.level.cache_clear()
    if sandbox.level() != request.param:
        pytest.skip(f"this machine cannot enforce {request.param}")
    yield request.param
    sandbox.level.cache_clear()


def test_the_command_runs_as_without_walls(level: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    box = Sandbox(writable=(work,))
    done = shell.run(["sh", "-c", "echo $1; echo made > file; exit 7", "sh", "a b"], cwd=work, sandbox=box)
    assert (done.exit_code, done.stdout, (work / "file").read_text()) == (7, b"a b\n", "made\n")
    assert done.argv[0] == "sh"
    assert shell.run([PYTHON, "-c", "print(1)"], cwd=work, sandbox=box).stdout == b"1\n"


def test_no_capabilities_are_left(level: str, tmp_path: Path) -> None:
    status = shell.run(
        ["cat", "/proc/self/status"], cwd=tmp_path, sandbox=Sandbox(writable=(tmp_path,))
    ).stdout
    if level != "none":
        assert b"CapEff:\t0000000000000000" in status


def test_ends_are_told_apart(level: str, tmp_path: Path) -> None:
    box = Sandbox(writable=(tmp_path,))
    killed = shell.run(["sh", "-c", "kill -9 $$"], cwd=tmp_path, sandbox=box)
    assert killed.exit_code == (-9 if level == "none" else 137)
    script = "trap 'echo tidied; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    stopped = shell.run(["sh", "-c", script], cwd=tmp_path, sandbox=box, timeout_s=0.5)
    assert (stopped.ended, stopped.stdout.startswith(b"up\n")) == ("timeout", True)
    if level != "full":  # the TERM signal ends bwrap, and with it at once all that is inside
        assert b"tidied" in stopped.stdout


def test_the_network_is_gone_but_loopback_works_inside(level: str, tmp_path: Path) -> None:
    with serving({"/": answer()}) as server:
        asked = [PYTHON, "-c", FETCH, str(server.port)]
        reached = shell.run(asked, cwd=tmp_path, sandbox=Sandbox(writable=(tmp_path,))).stdout == b"reached\n"
        allowed = shell.run(asked, cwd=tmp_path, sandbox=Sandbox(network=True, writable=(tmp_path,)))
    assert reached is (level == "none")
    assert allowed.stdout == b"reached\n"
    inside = shell.run([PYTHON, "-c", SERVE], cwd=tmp_path, sandbox=Sandbox(writable=(tmp_path,)))
    assert inside.stdout == b"served\n", inside.output


def test_only_full_hides_and_protects_files(level: str, tmp_path: Path) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    for folder in (work / ".git", other):
        folder.mkdir(parents=True)
    (other / "secret").write_text("hush")
    marks = f"{other}/MARK {work}/.git/MARK /etc/upgrader-mark /usr/upgrader-mark"
    script = f"cat {other}/secret /etc/shadow; touch {marks}"
    if level != "full":
        script = f"cat {other}/secret; touch {other}/MARK"
    done = shell.run(["sh", "-c", script], cwd=work, sandbox=Sandbox(writable=(work,)))
    full = level == "full"
    assert (b"hush" in done.stdout, (other / "MARK").exists()) == (not full, not full)
    assert not (work / ".git" / "MARK").exists()
    assert not Path("/etc/upgrader-mark").exists()
    assert b"root:" not in done.stdout
    if full:
        seen = shell.run(
            ["cat", f"{other}/secret"], cwd=work, sandbox=Sandbox(writable=(work,), readable=(other,))
        )
        assert seen.stdout == b"hush"


def test_a_limit_ends_what_is_inside(level: str, tmp_path: Path) -> None:
    script = "setsid sleep 81101 & (setsid setsid sleep 81101 &); exec sleep 81101"
    box = Sandbox(writable=(tmp_path,))
    done = shell.run(["sh", "-c", script], cwd=tmp_path, timeout_s=0.5, sandbox=box)
    assert (done.ended, done.exit_code) == ("timeout", None)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "81101" in (p.info["cmdline"] or [])]


def test_what_is_inside_dies_with_us(level: str, tmp_path: Path) -> None:
    if level == "none":
        pytest.skip("without walls only a living parent ends its children")
    code = (
        "import sys; from pathlib import Path; from upgrader.outside import shell; "
        "from upgrader.outside.sandbox import Sandbox; p = Path(sys.argv[1]); "
        "shell.run(['sh', '-c', 'setsid sleep 82101 & sleep 82101'], cwd=p, sandbox=Sandbox(writable=(p,)))"
    )
    env = shell.clean_env({"PYTHONPATH": str(Path(__file__).parents[2])})
    parent = psutil.Popen([PYTHON, "-c", code, str(tmp_path)], env=env)

    def inside() -> list[psutil.Process]:
        return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "82101"]]

    _until(lambda: len(inside()) == 2)
    parent.kill()
    parent.wait()
    _until(lambda: not inside())


def _until(wish: object) -> None:
    deadline = time.monotonic() + 20
    assert callable(wish)
    while not wish():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_secrets_of_the_parent_are_out_of_reach(
    level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_TOKEN", "canary-value")
    code = "for f in /proc/[0-9]*/environ; do cat $f; done 2>&1; true"
    done = shell.run(["sh", "-c", code], cwd=tmp_path, sandbox=Sandbox(writable=(tmp_path,)))
    assert done.ok
    if level != "none":
        assert b"canary-value" not in done.stdout


def test_the_users_repository_and_credentials_are_out_of_reach(level: str, tmp_path: Path) -> None:
    repo, home = tmp_path / "repo", tmp_path / "home"
    work = repo / "cache/work"
    work.mkdir(parents=True)
    (home / ".ssh").mkdir(parents=True)
    for file in (repo / "own.txt", home / ".npmrc", home / ".ssh/key"):
        file.write_text("canary\n")
    box = Sandbox(writable=(work,), locked=(repo,), hidden=(home / ".npmrc", home / ".ssh", home / "none"))
    script = "cat $1/.npmrc $1/.ssh/key; echo hit > $2/own.txt; echo hit > $2/new.txt; echo made > file"
    done = shell.run(["sh", "-c", script, "sh", str(home), str(repo)], cwd=work, sandbox=box)
    assert (work / "file").read_text() == "made\n"
    if level != "none":
        assert "canary" not in done.output
        assert (repo / "own.txt").read_text() == "canary\n"
        assert not (repo / "new.txt").exists()
    assert (home / ".npmrc").read_text() == "canary\n"
