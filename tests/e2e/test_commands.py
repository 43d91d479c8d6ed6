"""The commands after one another, as over a working day: audit, plan, apply, look, verify, merge, take back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.desk import Desk, sit_down
from tests.loopback import Site

IDENTITY = ("-c", "user.name=Tide Water", "-c", "user.email=tide@example.com")


@pytest.fixture
def desk(site: Site, tmp_path: Path, client: dict[str, str]) -> Desk:
    return sit_down(site, "pip/requirements", tmp_path, Path(client["HOME"]))


def test_the_audit_table_has_its_six_columns_and_groups(desk: Desk) -> None:
    ran = desk.asked("audit")
    assert ran.code == 0
    header = ran.out.splitlines()[0].split()
    assert header == ["Package", "Current", "Latest", "Type", "Risk", "Priority"]
    assert "Security fix – urgent" in ran.out
    assert "\x1b" not in ran.out


def test_json_is_one_document_on_stdout(desk: Desk) -> None:
    for command in ("inventory", "audit", "doctor"):
        ran = desk.upgrade(
            command, "--json", *(["--advisories", str(desk.advisories)] if command == "audit" else [])
        )
        document = json.loads(ran.out)
        assert document["schema_version"] == 1
        assert document["command"] == command


def test_json_of_an_error_is_a_document_too(desk: Desk) -> None:
    ran = desk.upgrade("show", "nothing", "--json")
    assert ran.code == 2
    assert ran.document["error"]["message"]


def test_held_young_and_security_exempt(desk: Desk) -> None:
    document = desk.asked("audit", "--json").document
    targets = {item["package"]: item["update"]["target"]["version"] for item in document["assessments"]}
    assert targets["tidewater-gull"] == "1.0.1"
    assert targets["tidewater-siren"] == "1.0.1"
    eager = desk.asked("audit", "--json", "--cooldown", "0").document
    assert {item["package"]: item["update"]["target"]["version"] for item in eager["assessments"]}[
        "tidewater-gull"
    ] == "1.1.0"


def test_one_request_per_package(fresh_site: Site, tmp_path: Path) -> None:
    desk = sit_down(fresh_site, "pip/requirements", tmp_path, tmp_path / "home")
    fresh_site.requests.clear()
    ran = desk.asked("audit", "--json")
    names = {item["package"] for item in ran.document["assessments"]}
    asked = [path for _, path in fresh_site.requests if path.startswith("/simple/tidewater")]
    assert len(asked) == len(set(asked))
    assert len(asked) >= len(names)
    fresh_site.requests.clear()
    assert desk.asked("audit", "--json").document["assessments"] == ran.document["assessments"]
    assert [path for _, path in fresh_site.requests if path.startswith("/simple/")] == []


def test_a_plan_is_the_same_twice_and_refused_when_stale(desk: Desk, tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    assert desk.asked("plan", "-o", str(one)).code in (0, 1)
    desk.asked("plan", "-o", str(two))
    assert one.read_bytes() == two.read_bytes()
    desk.git(*IDENTITY, "commit", "-q", "--allow-empty", "-m", "move on")
    ran = desk.upgrade("apply", str(one))
    assert ran.code == 2
    assert "HEAD is" in ran.err
    assert desk.branches() == ["main"]


def test_an_edited_plan_is_what_is_applied(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    desk.asked("plan", "-o", str(file))
    plan = json.loads(file.read_text())
    plan["steps"] = [step for step in plan["steps"] if "hatch" in step["id"]]
    file.write_text(json.dumps(plan))
    ran = desk.upgrade("apply", str(file), "--json")
    assert ran.code in (0, 1), ran.err
    assert desk.branches() == ["main", "upgrade/tidewater-hatch-1.0.1"]


def test_a_working_day(desk: Desk, tmp_path: Path) -> None:
    head = desk.git("rev-parse", "HEAD")
    assert desk.asked("apply", "tidewater-hatch").code == 0
    again = desk.asked("apply", "tidewater-hatch", "--json")
    assert [item["outcome"] for item in again.document["attempts"]] == ["already done"]
    assert "1.0.0 → 1.0.1" in desk.upgrade("show", "tidewater-hatch").out
    planned = json.loads(desk.asked("plan", "tidewater-bell", "-o", "-").out)
    estimates = {row["phase"]: row["estimate"] for row in planned["steps"][0]["timeline"]}
    assert estimates["Validation"].endswith("median of 1 attempt"), (
        "the ledger's times must reach the timeline"
    )
    assert desk.upgrade("verify", "tidewater-hatch", "--json").code == 0
    report = tmp_path / "report.md"
    assert desk.upgrade("report", "--format", "markdown", "-o", str(report)).code == 0
    assert "All tests pass" in report.read_text()

    taken = desk.upgrade("rollback", "tidewater-hatch", "--json")
    assert taken.code == 0, taken.err
    assert desk.branches() == ["main"]
    assert desk.upgrade("rollback", "tidewater-hatch").code == 2
    assert desk.git("rev-parse", "HEAD") == head

    assert desk.asked("apply", "tidewater-hatch").code == 0
    desk.git(*IDENTITY, "merge", "-q", "--no-ff", "-m", "merge", "upgrade/tidewater-hatch-1.0.1")
    reverted = desk.upgrade("rollback", "tidewater-hatch", "--json")
    assert reverted.code == 0, reverted.err
    branch = reverted.document["rollback"]["branch"]
    assert desk.git("diff", "--stat", head, branch) == ""
    assert reverted.document["rollback"]["verification"]["rows"]


def test_a_red_baseline_does_not_stop_the_work(desk: Desk) -> None:
    (desk.project / "tests/test_red.py").write_text(
        "import unittest\n\n\nclass Red(unittest.TestCase):\n    def test_red(self):\n        self.fail('always')\n"
    )
    desk.git("add", "-A")
    desk.git(*IDENTITY, "commit", "-qm", "red")
    attempts = desk.asked("apply", "tidewater-hatch", "tidewater-tally", "--json").document["attempts"]
    outcomes = {
        item["step"]["assessments"][0]["update"]["dependencies"][0]["name"]: item for item in attempts
    }
    assert outcomes["tidewater-hatch"]["outcome"] == "kept"
    assert outcomes["tidewater-tally"]["outcome"] == "dropped"
    kinds = {
        item["test"].rsplit(".", 1)[-1]: item["change"]
        for item in outcomes["tidewater-tally"]["verification"]["changes"]
    }
    assert kinds["test_red"] == "pre-existing"
    assert "new failure" in kinds.values()


def test_outside_a_repository_only_reading_works(desk: Desk, tmp_path: Path) -> None:
    bare = tmp_path / "elsewhere"
    bare.mkdir()
    (bare / "requirements.txt").write_text("tidewater-hatch==1.0.0\n")
    assert desk.upgrade("audit", str(bare), "--advisories", str(desk.advisories)).code == 0
    ran = desk.upgrade("plan", "--path", str(bare), "--advisories", str(desk.advisories))
    assert ran.code == 2
    assert "git" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", "nowhere"],
        ["audit", "--ecosystem", "maven"],
        ["plan", "no-such-package"],
        ["apply", "no-such-package"],
        ["frobnicate"],
        ["audit", "--from", "nowhere.json"],
    ],
)
def test_bad_input_is_told_and_ends_with_two(desk: Desk, arguments: list[str]) -> None:
    ran = desk.upgrade(*arguments)
    assert ran.code == 2
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_status_checks_the_ledger_against_the_commits(desk: Desk) -> None:
    assert desk.asked("apply", "tidewater-hatch").code == 0
    good = desk.upgrade("status", "--json")
    assert good.code == 0
    assert "no anchor checked" not in good.document["ledger_summary"]
    ledger = desk.project / ".git/upgrader/ledger.db"
    ledger.unlink()
    assert desk.asked("apply", "tidewater-bell").code in (0, 1)
    forged = desk.upgrade("status", "--json")
    assert forged.code == 0, "an anchor of a ledger that is gone says nothing about the new one"


def test_pip_without_an_environment_is_not_asked_about_the_machine(desk: Desk) -> None:
    ran = desk.asked("audit", "--via", "native", "--json")
    names = {item["package"] for item in ran.document["assessments"]}
    assert all(name.startswith("tidewater-") for name in names)
    assert ran.code == 3


def test_saved_output_of_pip_is_read(desk: Desk, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    row = {
        "name": "tidewater-cord",
        "version": "1.0.0",
        "latest_version": "2.0.0",
        "latest_filetype": "wheel",
    }
    saved.write_text("WARNING: something\n" + json.dumps([row]))
    ran = desk.asked("audit", "--from", str(saved), "--json")
    assert [(item["package"], item["update"]["move"]) for item in ran.document["assessments"]] == [
        ("tidewater-cord", "major")
    ]
    piped = desk.upgrade(
        "audit",
        "--from",
        "-",
        "--json",
        "--advisories",
        str(desk.advisories),
        stdin=json.dumps([row]).encode("utf-16"),
    )
    assert [item["package"] for item in piped.document["assessments"]] == ["tidewater-cord"]
    saved.write_text('{"error": {"code": "ENOTFOUND", "summary": "no network"}}')
    assert desk.asked("audit", "--from", str(saved)).code == 2
