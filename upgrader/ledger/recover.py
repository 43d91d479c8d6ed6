"""What every start does first: attempts of killed runs are failed, and what they left behind is removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from upgrader.errors import LedgerError
from upgrader.ledger.lock import RepositoryLock
from upgrader.ledger.owner import Owner, is_alive
from upgrader.ledger.residue import Repository, Sweep, drop_branch, drop_stale, sweep_rooms
from upgrader.ledger.rows import LIVE, AttemptRow
from upgrader.ledger.store import Ledger

TAIL = 200
"""Events whose chain is verified at every start."""
INTERRUPTED = "interrupted"
"""`AttemptRow.error_class` of an attempt whose process died."""


class Recovered(Struct, frozen=True, kw_only=True):
    """One thing that recovery did, or had to leave for the user."""

    attempt: str
    """`<upgrade id>#<n>`, "" for what belongs to no single attempt."""
    what: Literal["failed", "skipped", "removed", "left", "alive"]
    detail: str


def recover(
    ledger: Ledger, repository: Repository, *, lock: RepositoryLock, git_dir: Path, rooms: Sequence[Path]
) -> list[Recovered]:
    """Bring ledger and repository to a state from which a run can start (SAFETY section 3); doing it twice is fine.

    `lock` must be held: whoever worked before is dead then. `git_dir` is the common one; `rooms` are folders of
    this repository's that hold nothing but worktrees and temporary folders of the tool. Attempts of all
    environments are looked at; an attempt whose process is provably alive is left alone, and the rooms with it.

    Raises LedgerError when the ledger does not verify, is newer, or the lock is not held.
    """
    if not lock.held:
        raise LedgerError("recovery: the repository's lock is not held.", "Take the RepositoryLock first.")
    _trust(ledger)
    report = _end_dead(ledger)
    if any(part.what == "alive" for part in report):
        return report
    rows = ledger.attempts()
    unreaped = [row for row in rows if row.state not in LIVE and not row.reaped]
    if unreaped:
        since = min(row.created_at for row in unreaped)
        report += _told("", drop_stale(repository, git_dir, datetime.fromisoformat(since)))
    if not any(row.state in LIVE for row in rows):
        report += _told("", sweep_rooms(repository, rooms))
    loose = [part for part in report if not part.attempt]
    if loose:
        ledger.recovered(None, _body(loose))
    for row in unreaped:
        report += _reap(ledger, repository, git_dir, row)
    return report


def _trust(ledger: Ledger) -> None:
    verified = ledger.verify(last=TAIL)
    if verified.problems:
        advice = "Run `upgrade ledger verify`; nothing is changed until the ledger can be trusted."
        raise LedgerError(f"{ledger.path}: {verified.summary}.", advice)


def _end_dead(ledger: Ledger) -> list[Recovered]:
    """Give every attempt of a dead process its end; those of this very process are at work."""
    us = ledger.owner
    report = []
    for row in ledger.attempts():
        owner = Owner(boot_id=row.boot_id or "", pid=row.pid or 0, pid_start=row.pid_start or "")
        if row.state not in LIVE or owner == us:
            continue
        if is_alive(owner):
            detail = f"process {owner.pid} still works on it, without the lock; nothing is cleaned up"
            report.append(Recovered(attempt=row.id, what="alive", detail=detail))
        elif row.state == "PENDING":
            ledger.skip(row.key, "interrupted before it started")
            report.append(Recovered(attempt=row.id, what="skipped", detail="interrupted before it started"))
        else:
            where = f"interrupted in stage {row.stage}"
            facts = {"stage": row.stage, "recovered_by": us.pid, "pid": row.pid}
            ledger.fail(row.key, INTERRUPTED, where, facts)
            report.append(Recovered(attempt=row.id, what="failed", detail=where))
    return report


def _reap(ledger: Ledger, repository: Repository, git_dir: Path, row: AttemptRow) -> list[Recovered]:
    """Remove an ended attempt's branch, unless it is the result, and record that nothing is left of it."""
    swept = Sweep()
    if row.state != "COMPLETED" and row.started_at is not None:
        events = [event for event in ledger.events(row.upgrade_id, row.attempt) if event.env == row.env]
        swept = drop_branch(repository, git_dir, row, events, ledger.attempts(state="COMPLETED"))
    told = _told(row.id, swept)
    if not swept.again:
        ledger.recovered(row.key, _body(told))
    return told


def _told(attempt: str, swept: Sweep) -> list[Recovered]:
    removed = [Recovered(attempt=attempt, what="removed", detail=text) for text in swept.removed]
    return removed + [Recovered(attempt=attempt, what="left", detail=text) for text in swept.left]


def _body(told: list[Recovered]) -> dict[str, object]:
    return {
        "removed": [part.detail for part in told if part.what == "removed"],
        "left": [part.detail for part in told if part.what == "left"],
    }
