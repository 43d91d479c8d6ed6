"""Steps of rule packs by the command line: run, recorded, reported, and taken back by rollback and by the checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk import Desk, Ran, sit_down
from tests.loopback import Site

HEAD = """\
schema: 1
id: tally-1-to-2
title: tally 1 to 2
package: {ecosystem: pip, name: tidewater-tally, imports: [tidewater_tally]}
from: "<2"
to: ">=2"
references: [https://example.org/tally]
edits:
- id: total
  url: https://example.org/tally#total
  ast-grep:
    rule: {pattern: $T.total($A)}
    imports: {T: tidewater_tally}
    fix: $T.sum_of(*$A)
"""
TOOL = """\
import os, pathlib, sys
log = pathlib.Path(os.environ["UPGRADE_BACKUP"]) / "log"
word, *rest = sys.argv[1:]
with log.open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if word == "say":
    print(*rest)
elif word == "tell":
    print(os.environ.get(rest[0], "unset"))
"""
EXPAND = """\
steps:
- id: grow
  kind: schema
  phase: expand
  description: make the new table
  backup: [python3, tools/db.py, say, saved]
  up: [python3, tools/db.py, up, grow]
  verify: [python3, tools/db.py, say, "5"]
  expect: {min: 5, equal: [[python3, tools/db.py, say, same], [python3, tools/db.py, say, same]]}
  down: [python3, tools/db.py, down, grow]
  files: [tools/grow.sql]
- id: move
  kind: data
  description: split the names
  up: [python3, tools/db.py, tell, DB_PASSWORD]
  down: [python3, tools/db.py, down, move]
"""
SHRINK = """\
- id: shrink
  kind: schema
  phase: contract
  description: drop the old table
  reversible: false
  up: [python3, tools/db.py, up, shrink]
"""
ALLOW = ("--allow-commands", "--allow-project-commands")


@pytest.fixture
def desk(site: Site, tmp_path: Path, client: dict[str, str]) -> Desk:
    return sit_down(site, "pip/requirements", tmp_path, Path(client["HOME"]))


def write_pack(desk: Desk, more: str, head: str = HEAD) -> None:
    """A pack of the project's own, its little tool, and the commit."""
    file = desk.project / "rules/pip/tidewater-tally/1-to-2.yml"
    file.parent.mkdir(parents=True)
    file.write_text(head + more)
    (desk.project / "tools").mkdir()
    (desk.project / "tools/db.py").write_text(TOOL)
    (desk.project / "tools/grow.sql").write_text("create table later (id int);\n")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "a pack")


def apply(desk: Desk, *options: str) -> tuple[Ran, dict[str, Any]]:
    """Apply, and the one attempt."""
    ran = desk.asked("apply", "tidewater-tally", "--json", "--report", "../report.md", *options)
    assert ran.out, ran.err
    [attempt] = ran.document["attempts"]
    return ran, attempt


def outcomes(attempt: dict[str, Any]) -> dict[str, str]:
    return {run["id"]: run["outcome"] for run in attempt["rewrite"]["commands"]}


def tool_log(desk: Desk) -> list[str]:
    """What the project's tool was told, in order, in all attempts."""
    files = sorted((desk.project / ".git/upgrader/backups").glob("*/log"))
    return [line for file in files for line in file.read_text().splitlines()]


def test_steps_are_run_recorded_and_taken_back(desk: Desk) -> None:
    write_pack(desk, EXPAND + SHRINK)
    desk.env["DB_PASSWORD"] = "hunter2hunter2"
    before = desk.fingerprint()
    _, attempt = apply(desk, *ALLOW, "--pass-env", "DB_PASSWORD")
    assert attempt["outcome"] == "kept", attempt
    assert outcomes(attempt) == {"grow": "done", "move": "done", "shrink": "held"}
    grow, move, shrink = attempt["rewrite"]["commands"]
    assert grow["files"].keys() == {"tools/grow.sql"}
    assert "--allow-contract" in shrink["message"]
    assert move["log"] == "[redacted]"
    ran = ["say saved", "up grow", "say 5", "say same", "say same", "tell DB_PASSWORD"]
    assert tool_log(desk) == ran
    report = (desk.project / "../report.md").read_text()
    assert "#### Commands and steps" in report
    shown = desk.upgrade("show", "tidewater-tally", "--json").out
    ledger = (desk.project / ".git/upgrader/ledger.db").read_bytes()
    assert "schema step" in shown
    for text in (json.dumps(attempt), report, shown):
        assert "hunter2" not in text
    assert b"hunter2" not in ledger
    assert desk.fingerprint() == before

    refused = desk.upgrade("rollback", "tidewater-tally")
    assert (refused.code, "--allow-commands" in refused.err) == (1, True)
    assert len(desk.branches()) == 2
    dry = desk.upgrade("rollback", "tidewater-tally", "--dry-run")
    assert "step grow of tally-1-to-2: would be taken back" in dry.err
    back = desk.upgrade("rollback", "tidewater-tally", *ALLOW)
    assert back.code == 0, back.err
    assert tool_log(desk) == [*ran, "down move", "down grow"]
    assert desk.branches() == ["main"]


def test_steps_are_taken_back_when_the_checks_say_no(desk: Desk) -> None:
    # Without the edit the upgraded code does not run.
    write_pack(desk, EXPAND, HEAD.replace("sum_of(*$A)", "sum_off(*$A)"))
    _, attempt = apply(desk, *ALLOW)
    assert attempt["outcome"] == "dropped"
    assert outcomes(attempt) == {"grow": "undone", "move": "undone"}
    assert tool_log(desk)[-2:] == ["down move", "down grow"]


def test_an_allowance_without_commands_is_refused(desk: Desk) -> None:
    for option in ("--allow-project-commands", "--allow-irreversible", "--allow-contract"):
        ran = desk.asked("apply", option)
        assert (ran.code, "Give --allow-commands with it" in ran.err) == (2, True)
    ran = desk.asked("apply", "--allow-commands", "--pass-env", "NOT_SET_ANYWHERE")
    assert (ran.code, "NOT_SET_ANYWHERE is not set" in ran.err) == (2, True)
