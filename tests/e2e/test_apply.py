"""`upgrade apply` with the real tools: what is kept, what is dropped, and that nothing else is left anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk import Desk, sit_down
from tests.loopback import Site

ROWS = [
    pytest.param(
        "npm/shop",
        ["tidewater-cord", "tidewater-tally"],
        ("upgrade/tidewater-cord-2.0.0", ["package-lock.json", "package.json"]),
        "adds up the basket",
        marks=pytest.mark.tools("npm", "node"),
        id="npm",
    ),
    pytest.param(
        "pip/shop",
        ["tidewater-cord", "tidewater-tally"],
        ("upgrade/tidewater-cord-2.0.0", ["pyproject.toml", "uv.lock"]),
        "test_adds_up_the_basket",
        marks=pytest.mark.tools("uv"),
        id="pip-uv",
    ),
    pytest.param(
        "pip/requirements",
        ["tidewater-cord", "tidewater-tally"],
        ("upgrade/tidewater-cord-2.0.0", ["requirements.txt"]),
        "test_adds_up_the_basket",
        id="pip-requirements",
    ),
    pytest.param(
        "go/shop",
        ["tidewater.example/cord", "tidewater.example/swell"],
        ("upgrade/tidewater.example-cord-v1.1.0", ["go.mod", "go.sum"]),
        "TestTellsTheHeightOfAWave",
        marks=pytest.mark.tools("go"),
        id="go",
    ),
    pytest.param(
        "cargo/shop",
        ["tidewater-cord", "tidewater-swell"],
        ("upgrade/tidewater-cord-2.0.0", ["Cargo.lock", "Cargo.toml"]),
        "tells_the_height_of_a_wave",
        marks=pytest.mark.tools("cargo"),
        id="cargo",
    ),
]
CHECKS = [
    "All tests pass",
    "No new deprecation warnings",
    "Build succeeds",
    "App starts correctly",
    "Critical paths work",
]


@pytest.mark.parametrize(("sample", "packages", "kept", "failing"), ROWS)
def test_one_is_kept_and_one_dropped_and_nothing_else_is_left(
    site: Site,
    tmp_path: Path,
    client: dict[str, str],
    sample: str,
    packages: list[str],
    kept: tuple[str, list[str]],
    failing: str,
) -> None:
    desk = sit_down(site, sample, tmp_path, Path(client["HOME"]))
    (desk.project / "notes.txt").write_text("not committed\n")
    before = desk.fingerprint()
    head = desk.git("rev-parse", "HEAD")

    ran = desk.asked("apply", *packages, "--json", "--jobs", "2")

    good, bad = (_outcome(ran.document, name) for name in packages)
    assert ran.code == 1, ran.err
    assert (good["outcome"], bad["outcome"]) == ("kept", "dropped"), ran.err
    assert any(failing in change["test"] for change in _blamed(bad)) or failing in bad["reason"]
    branch, files = kept
    assert good["branch"] == branch
    assert sorted(desk.branches()) == sorted(["main", branch])
    assert desk.git("diff", "--name-only", head, branch).split() == files
    assert desk.git("rev-parse", f"{branch}^") == head
    _matrix(good)
    _nothing_left(desk, before)
    _ledger(desk, good, bad)


def _outcome(document: dict[str, Any], package: str) -> dict[str, Any]:
    found = [
        attempt
        for attempt in document["attempts"]
        if any(
            place["name"] == package
            for item in attempt["step"]["assessments"]
            for place in item["update"]["dependencies"]
        )
    ]
    assert len(found) == 1, document
    return dict(found[0])


def _blamed(attempt: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        item
        for item in attempt["verification"]["changes"]
        if item["change"] in ("new failure", "new test fails")
    ]


def _matrix(attempt: dict[str, Any]) -> None:
    rows = attempt["verification"]["rows"]
    assert [row["check"] for row in rows] == CHECKS
    assert rows[0]["status"] == "pass"
    for row in rows:
        assert (row["status"] == "pass") <= (row["after"] == "PASS"), row
        assert row["notes"]


def _nothing_left(desk: Desk, before: dict[str, str]) -> None:
    assert desk.fingerprint() == before
    assert len(desk.git("worktree", "list").splitlines()) == 1
    rooms = Path(desk.env["UPGRADER_CACHE_DIR"]) / "checkouts"
    assert [path for path in rooms.rglob("*") if path.is_file()] == []


def _ledger(desk: Desk, good: dict[str, Any], bad: dict[str, Any]) -> None:
    listed = desk.upgrade("list", "--json").document["attempts"]
    assert {row["upgrade_id"]: row["state"] for row in listed} == {
        good["step"]["id"]: "COMPLETED",
        bad["step"]["id"]: "ROLLED_BACK",
    }
    message = desk.git("log", "-1", "--format=%B", good["branch"])
    assert f"Upgrade-Step: {good['step']['id']}" in message
    assert "Upgrade-Ledger: " in message
    status = desk.upgrade("status", "--json")
    assert status.code == 0, status.err
    assert status.document["ledger"]["problems"] == []
