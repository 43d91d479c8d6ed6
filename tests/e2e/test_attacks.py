"""Attacks on `apply` with the real tools: by the repository, by a release, by an edited plan, and by kill -9."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.desk import Desk, sit_down
from tests.loopback import Site
from tests.loopback.samples import commit_all
from upgrader.outside.sandbox import level

walls = pytest.mark.skipif(level() == "none", reason="this machine has no walls")
ROUNDS = 8
BUDGET_S = 40


def outcome(desk: Desk, *arguments: str) -> dict[str, object]:
    ran = desk.asked("apply", *arguments, "--json")
    assert ran.code != 70, ran.err
    (attempt,) = ran.document["attempts"]
    return dict(attempt)


@pytest.mark.tools("uv")
@pytest.mark.parametrize("planted", [".venv/bin/python", ".python-version"])
def test_a_python_that_the_repository_brings_is_not_started(
    site: Site, tmp_path: Path, client: dict[str, str], planted: str
) -> None:
    desk = sit_down(site, "pip/shop", tmp_path, Path(client["HOME"]))
    evil = desk.project / ("evil" if planted == ".python-version" else planted)
    evil.parent.mkdir(parents=True, exist_ok=True)
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/MARK\nexit 1\n")
    evil.chmod(0o755)
    if planted == ".python-version":
        (desk.project / planted).write_text("./evil\n")
    (desk.project / ".gitignore").unlink()
    commit_all(desk.project, "plant")
    attempt = outcome(desk, "tidewater-cord")
    assert attempt["outcome"] == "refused"
    assert str(attempt["reason"]).startswith(f"{planted}: ")
    assert not (tmp_path / "MARK").exists()


@walls
@pytest.mark.tools("npm", "node")
def test_install_scripts_get_no_token_and_no_network(
    site: Site, tmp_path: Path, client: dict[str, str]
) -> None:
    desk = sit_down(site, "npm/shop", tmp_path, Path(client["HOME"]))
    desk.env.update({"NPM_TOKEN": "canary-token", "npm_config__authToken": "canary-auth"})
    manifest = desk.project / "package.json"
    text = json.loads(manifest.read_text())
    fetch = f"fetch('{site.npm_url}').then(() => console.log('REA' + 'CHED'), () => 0)"
    text["scripts"]["postinstall"] = f'(env; node -e "{fetch}") >> {tmp_path}/MARK'
    manifest.write_text(json.dumps(text, indent=4))
    commit_all(desk.project, "script")
    assert outcome(desk, "tidewater-cord")["outcome"] == "kept"
    seen = (tmp_path / "MARK").read_text()
    assert "PATH=" in seen
    assert "canary" not in seen
    assert "REACHED" not in seen


@walls
def test_a_check_cannot_touch_the_repository_or_read_credentials(site: Site, tmp_path: Path) -> None:
    desk = sit_down(site, "pip/requirements", tmp_path, tmp_path / "home")
    (tmp_path / "home/.netrc").write_text("machine a.example login b password canary-netrc\n")
    script = f"""
import pathlib
import unittest
repo = pathlib.Path({str(desk.project)!r})
git = repo / ".git"
class Attack(unittest.TestCase):
    def test_writes(self):
        for path in (repo / "requirements.txt", repo / "new", git / "HEAD", git / "config", git / "hooks/post-checkout",
                     git / "upgrader/ledger.db", git / "index", git / "refs/heads/main"):
            try:
                path.write_text("hit")
            except OSError:
                continue
            self.fail(f"wrote {{path}}")
    def test_reads(self):
        for path in pathlib.Path.home().glob(".netrc"):
            self.assertEqual(path.read_text(), "")
"""
    (desk.project / "tests/test_attack.py").write_text(script)
    commit_all(desk.project, "attack")
    before = desk.fingerprint()
    attempt = outcome(desk, "tidewater-hatch")
    assert attempt["outcome"] == "kept"
    after = attempt["verification"]["after"][0]  # type: ignore[index]
    told = {test.rpartition(".")[2]: result for test, result in after["tests"].items()}
    assert (told.get("test_writes"), told.get("test_reads")) == ("passed", "passed"), after
    assert desk.fingerprint() == before
    assert desk.upgrade("status", "--json").document["ledger"]["problems"] == []


def test_a_check_that_forges_its_git_pointer_is_not_believed(site: Site, tmp_path: Path) -> None:
    desk = sit_down(site, "pip/requirements", tmp_path, tmp_path / "home")
    (desk.project / "tests/test_forge.py").write_text(
        "import os\nimport unittest\n\n\nclass Forge(unittest.TestCase):\n    def test_forges(self):\n"
        "        try:\n            os.rename('.git', 'old'); open('.git', 'w').write('gitdir: /tmp/evil\\n')\n"
        "        except OSError:\n            pass\n"
    )
    commit_all(desk.project, "forge")
    before = desk.fingerprint()
    attempt = outcome(desk, "tidewater-hatch")
    rows = attempt["verification"]["rows"]  # type: ignore[index]
    forged = any("nothing they say is believed" in row["notes"] for row in rows)
    told = attempt["verification"]["after"][0]  # type: ignore[index]
    assert forged or told["tests"]  # behind walls the pointer can't be renamed at all
    assert not (forged and any(row["status"] == "pass" for row in rows))
    assert desk.fingerprint() == before


@pytest.mark.parametrize("place", ["commands", "prepare", "checks"])
def test_an_edited_plan_runs_nothing_as_the_user(site: Site, tmp_path: Path, place: str) -> None:
    desk = sit_down(site, "pip/requirements", tmp_path, tmp_path / "home")
    file = tmp_path / "plan.json"
    assert desk.asked("plan", "tidewater-hatch", "--output", str(file)).code in (0, 1)
    plan = json.loads(file.read_text())
    evil = {"argv": ["sh", "-c", f"touch {desk.project}/MARK; true"], "network": True}
    step = plan["steps"][0]
    if place == "checks":
        step["checks"][0]["command"] = evil
    else:
        step[place] = [evil, *step[place]]
    file.write_text(json.dumps(plan))
    ran = desk.upgrade("apply", str(file), "--json")
    assert ran.code != 70
    if place == "commands":
        assert [item["outcome"] for item in ran.document["attempts"]] == ["refused"]
    assert level() == "none" or not (desk.project / "MARK").exists()


@pytest.mark.tools("npm", "node")
def test_killed_anywhere_nothing_of_the_users_changes(
    site: Site, tmp_path: Path, client: dict[str, str]
) -> None:
    desk = sit_down(site, "npm/shop", tmp_path, Path(client["HOME"]))
    (desk.project / "notes.txt").write_text("not committed\n")
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
    started = time.monotonic()
    assert (
        subprocess.run(argv, cwd=desk.project, env=desk.env, capture_output=True, check=False).returncode == 0
    )
    whole = time.monotonic() - started
    assert desk.fingerprint() == before
    kills = 0
    for number in range(ROUNDS):
        if kills and time.monotonic() - started > BUDGET_S:
            break  # a slow machine: fewer kills
        desk.git("branch", "-D", "upgrade/tidewater-hatch-1.0.1") if kept(desk) else None
        with subprocess.Popen(
            [*argv, "--force"],
            cwd=desk.project,
            env=desk.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                process.wait(whole * (number + 1) / (ROUNDS + 1))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
        assert desk.fingerprint() == before, f"kill {number}"
        assert set(desk.branches()) <= {"main", "upgrade/tidewater-hatch-1.0.1"}
    assert kills
    last = subprocess.run(
        [*argv, "--force"], cwd=desk.project, env=desk.env, capture_output=True, text=True, check=False
    )
    assert last.returncode == 0, last.stderr
    status = desk.upgrade("status", "--json").document
    assert status["ledger"]["problems"] == []
    states = {row["state"] for row in desk.upgrade("list", "--json").document["attempts"]}
    assert states.isdisjoint({"RUNNING", "PENDING"})
    assert len(desk.git("worktree", "list").splitlines()) == 1
    rooms = Path(desk.env["UPGRADER_CACHE_DIR"]) / "checkouts"
    assert [path for path in rooms.rglob("*") if path.is_file()] == []
    assert desk.fingerprint() == before


def kept(desk: Desk) -> bool:
    return len(desk.branches()) > 1
