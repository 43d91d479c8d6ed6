"""Outcomes and reports out of the ledger, for the commands that look back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from upgrader.cli.planning import open_git
from upgrader.cli.repository import open_ledger
from upgrader.cli.session import Wishes
from upgrader.errors import LedgerError
from upgrader.ledger import TRAILER, Anchor, AttemptRow, Event, Ledger, log_rows, read_anchor
from upgrader.model import AnyAttempt, Report
from upgrader.outside.git import Git
from upgrader.stages.apply import OUTCOME
from upgrader.stages.summary import make_report


@contextmanager
def open_history(wishes: Wishes, env: str) -> Iterator[tuple[Git, Ledger]]:
    """The repository and its ledger, read-only. Raises LedgerError when nothing was ever tried here."""
    git = open_git(wishes)
    if not (git.common_dir / "upgrader" / "ledger.db").exists():
        raise LedgerError("nothing was tried in this repository yet.", "`upgrade apply` tries.")
    with open_ledger(git, env=env, read_only=True) as ledger:
        yield git, ledger


def outcome_of(ledger: Ledger, row: AttemptRow) -> AnyAttempt | None:
    """The whole outcome of an attempt as it was noted; None when it was interrupted before its end."""
    for event in reversed(ledger.events(row.upgrade_id, row.attempt)):
        body = json.loads(event.body)
        if event.kind == "note" and body.get("text") == OUTCOME:
            outcome: AnyAttempt = msgspec.json.decode(body["facts"]["attempt"], type=AnyAttempt)
            return outcome
    return None


def report_of(ledger: Ledger, rows: list[AttemptRow]) -> Report:
    """A report on these attempts from the ledger alone."""
    outcomes = [outcome for row in rows if (outcome := outcome_of(ledger, row)) is not None]
    events = [event for event in ledger.events() if _belongs(event, rows) and not _is_outcome(event)]
    return make_report(outcomes, audit=None, plan=None, log=log_rows(events))


def anchors_of(git: Git, rows: Iterable[AttemptRow]) -> list[Anchor]:
    """Heads of the ledger's chain that stand in the commits this ledger made: what it must still agree with."""
    anchors = []
    for row in rows:
        if row.head_sha is None or git.ref(f"refs/heads/{row.branch}") != row.head_sha:
            continue
        for commit, value in git.log_trailers(TRAILER, row.head_sha, limit=1):
            if commit == row.head_sha:
                anchors.append(read_anchor(value, f"commit {commit[:12]} of {row.branch}"))
    return anchors


def last_run(ledger: Ledger, env: str) -> list[AttemptRow]:
    """The attempts of the newest run in an environment."""
    rows = ledger.attempts(env)
    return [row for row in rows if row.correlation_id == rows[-1].correlation_id] if rows else []


def _is_outcome(event: Event) -> bool:
    """The note that holds the whole outcome is the ledger's, not a step somebody waited for."""
    return event.kind == "note" and json.loads(event.body).get("text") == OUTCOME


def _belongs(event: Event, rows: list[AttemptRow]) -> bool:
    return any((event.upgrade_id, event.attempt) == (row.upgrade_id, row.attempt) for row in rows)


def find_attempt(ledger: Ledger, env: str, name: str) -> AttemptRow:
    """The newest attempt at a package of this name, alone or in a group; else what the ledger finds for it.

    Raises LedgerError when there is none, or when several ids begin like that.
    """
    for row in reversed(ledger.attempts(env)):
        if row.upgrade_id.split(":", 1)[-1].rsplit("@", 1)[0] == name:
            return row
        outcome = outcome_of(ledger, row) if ":group:" in row.upgrade_id else None
        if outcome is not None and any(item.update.name == name for item in outcome.step.assessments):
            return row
    return ledger.attempt(name)
