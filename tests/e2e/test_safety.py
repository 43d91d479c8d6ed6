"""What must never happen: a false "up to date", code of the project run by a reader, a trace left by a killed run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.desk import FIXTURES, Desk, sit_down
from tests.loopback import Site

HOSTILE = sorted(
    str(path.relative_to(FIXTURES)) for path in (FIXTURES / "hostile").glob("*/*") if path.is_dir()
)
BUG = 70


@pytest.fixture
def desk(site: Site, tmp_path: Path, client: dict[str, str]) -> Desk:
    return sit_down(site, "pip/requirements", tmp_path, Path(client["HOME"]))


def test_a_dead_registry_is_not_checked_and_never_up_to_date(
    fresh_site: Site, tmp_path: Path, client: dict[str, str]
) -> None:
    desk = sit_down(fresh_site, "pip/requirements", tmp_path, tmp_path / "home")
    fresh_site.fail("/simple/", 503)
    ran = desk.asked("audit", "--json")
    assert ran.code == 3
    assert ran.document["complete"] is False
    assert ran.document["up_to_date"] == 0
    assert ran.document["assessments"] == []
    assert {item["name"] for item in ran.document["not_checked"]} >= {"tidewater-cord", "tidewater-tally"}
    told = desk.asked("audit")
    assert told.code == 3
    assert "up to date" not in told.out.lower().replace("0 up to date", "")
    assert "not checked" in told.out.lower()


def test_unknown_advisories_are_not_safe(desk: Desk) -> None:
    (desk.advisories / "PyPI" / "all.zip").write_bytes(b"not a zip")
    ran = desk.asked("audit", "--json")
    assert ran.code == 3
    assert all(item["risk"] != "LOW" for item in ran.document["assessments"])


@pytest.mark.parametrize("sample", HOSTILE)
def test_reading_a_hostile_project_runs_nothing_of_it(
    site: Site, tmp_path: Path, client: dict[str, str], sample: str
) -> None:
    desk = sit_down(site, sample, tmp_path, tmp_path / "home")
    before = desk.fingerprint()
    for command in (["inventory", "--json"], ["audit", "--json", "--advisories", str(desk.advisories)]):
        ran = desk.upgrade(*command)
        assert ran.code != BUG, ran.err
        assert "Traceback" not in ran.err
        json.loads(ran.out)
    assert list(tmp_path.rglob("MARK")) == []
    assert desk.fingerprint() == before


@pytest.mark.parametrize("command", ["plan", "apply", "rollback"])
def test_dry_runs_write_nothing(desk: Desk, command: str) -> None:
    if command == "rollback":
        assert desk.asked("apply", "tidewater-hatch").code == 0
    before = {**desk.fingerprint(), "refs": desk.git("for-each-ref")}
    ran = desk.upgrade(
        command, "--dry-run", *([] if command == "rollback" else ["--advisories", str(desk.advisories)])
    )
    assert ran.code in (0, 1), ran.err
    assert {**desk.fingerprint(), "refs": desk.git("for-each-ref")} == before
    if command != "rollback":
        assert not (desk.project / ".git/upgrader").exists()


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_and_the_next_one_works(desk: Desk, blow: signal.Signals) -> None:
    # Slow enough that the blow falls into the run on a busy machine too.
    (desk.project / "tests/test_slow.py").write_text(
        "import time\nimport unittest\n\n\nclass Slow(unittest.TestCase):\n"
        "    def test_waits(self):\n        time.sleep(2)\n"
    )
    desk.git("add", "-A")
    desk.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "slow")
    before = desk.fingerprint()
    argv = [
        sys.executable,
        "-m",
        "upgrader",
        "apply",
        "tidewater-hatch",
        "--advisories",
        str(desk.advisories),
    ]
    with subprocess.Popen(
        argv, cwd=desk.project, env=desk.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "installing" in line:
                break
        process.send_signal(blow)
        code = process.wait(timeout=60)
    assert code == (-signal.SIGKILL if blow == signal.SIGKILL else 130)
    assert desk.fingerprint() == before
    assert desk.branches() == ["main"]

    again = desk.asked("apply", "tidewater-hatch")
    assert again.code == 0, again.err
    assert desk.branches() == ["main", "upgrade/tidewater-hatch-1.0.1"]
    assert desk.fingerprint() == before
    states = [row["state"] for row in desk.upgrade("list", "--json").document["attempts"]]
    assert states[-1] == "COMPLETED"
    assert "RUNNING" not in states


def test_a_second_run_waits_and_then_says_who_is_busy(desk: Desk) -> None:
    (desk.project / ".git/upgrader").mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib\nfrom upgrader.ledger import RepositoryLock\n"
            "with RepositoryLock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n",
            str(desk.project / ".git/upgrader/lock"),
        ],
        env=desk.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    waiting = subprocess.Popen(
        [sys.executable, "-m", "upgrader", "apply", "tidewater-hatch", "--advisories", str(desk.advisories)],
        cwd=desk.project,
        env=desk.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    line = waiting.stderr.readline()
    assert str(holder.pid) in line
    holder.stdin.close()
    holder.wait(timeout=30)
    waiting.stderr.read()
    assert waiting.wait(timeout=120) == 0
    holder.stdout.close()
    waiting.stderr.close()


def test_secrets_of_the_environment_reach_no_output(desk: Desk) -> None:
    secret = "canary-" + "x" * 20
    leak = desk.project / "tests/test_leak.py"
    leak.write_text(
        "import os, unittest\n\n\nclass Leak(unittest.TestCase):\n    def test_prints(self):\n"
        "        print(dict(os.environ))\n        self.fail(str(dict(os.environ)))\n"
    )
    desk.git("add", "-A")
    desk.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "leak")
    desk.env["DEPLOY_TOKEN"] = secret
    ran = desk.asked("apply", "tidewater-hatch", "--json")
    shown = desk.upgrade("report", "--format", "markdown")
    assert ran.document["attempts"]
    ledger = (desk.project / ".git/upgrader/ledger.db").read_bytes()
    for text in (ran.out, ran.err, shown.out, ledger.decode("latin-1")):
        assert secret not in text
