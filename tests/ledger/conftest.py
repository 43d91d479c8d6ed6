"""What the ledger's tests may ask for: an open ledger with a clock of its own, and a repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from upgrader.ledger import AttemptKey, Ledger

BASE = "b" * 40


def ticking() -> Callable[[], datetime]:
    """A clock that moves a millisecond per look."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    looks = iter(range(10**9))
    return lambda: start + timedelta(milliseconds=next(looks))


def open_ledger(path: Path, env: str = "local", **options: object) -> Ledger:
    return Ledger.open(path, env=env, actor="ada", host="desk", tool_version="0.1.0", **options)  # type: ignore[arg-type] # options are passed on as they come


def begin(
    ledger: Ledger,
    upgrade: str = "npm:left-pad@2.0.0",
    spec: str = "spec",
    *,
    base_sha: str = BASE,
    branch: str = "upgrade/left-pad-2.0.0",
    branch_before: str | None = None,
    force: bool = False,
) -> AttemptKey:
    key = ledger.begin(
        upgrade,
        spec_hash=spec,
        base_sha=base_sha,
        branch=branch,
        correlation_id="run-1",
        branch_before=branch_before,
        force=force,
    )
    assert isinstance(key, AttemptKey)
    return key


def fill(ledger: Ledger, upgrade: str = "npm:left-pad@2.0.0") -> AttemptKey:
    """One whole life of an attempt: eight events."""
    key = begin(ledger, upgrade)
    ledger.start(key, stage="worktree")
    with ledger.stage(key, "edit", {"file": "package.json"}) as facts:
        facts["commit"] = "c" * 40
    ledger.check(key, "baseline", {"check": "npm test", "status": "PASS", "duration_ms": 5})
    ledger.check(key, "after", {"check": "npm test", "status": "PASS", "duration_ms": 7})
    ledger.gate(key, "post", "COMPLETE", {"new_failures": 0})
    ledger.complete(key, head_sha="c" * 40, tree_hash="d" * 40, verdict="keep")
    return key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "git" / "upgrader" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with open_ledger(path, clock=ticking()) as opened:
        yield opened


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one commit."""
    top = tmp_path / "project"
    top.mkdir()
    (top / "a.txt").write_text("a\n")
    for line in (
        "init -q -b main",
        "add a.txt",
        "-c user.name=t -c user.email=t@example.org commit -q -m base --no-gpg-sign",
    ):
        subprocess.run(["git", *line.split()], cwd=top, check=True)
    return top
