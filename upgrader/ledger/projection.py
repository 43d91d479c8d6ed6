"""How events become rows: one function for the live ledger and for computing everything again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from upgrader.errors import LedgerError
from upgrader.ledger import schema
from upgrader.ledger.chain import read_body
from upgrader.ledger.rows import EDGES, AttemptRow, Event, State

CLEANUP = "cleanup"
"""The stage after whose good end nothing of a terminal attempt lies about."""
_STATE_KINDS = ("state", "rollback", "repair")
_FACTS = (
    *("head_sha", "tree_hash", "stage", "boot_id", "pid", "pid_start"),
    *("sandbox", "verdict", "error_class", "error"),
)
"""Fields of a state event's body that are kept in the row, when they are not null."""


def apply_event(connection: sqlite3.Connection, event: Event) -> None:
    """Bring the projection up to the event, inside the caller's transaction.

    Raises sqlite3.IntegrityError from the guards (illegal edge, ran already), LedgerError for a body that
    does not hold what its kind needs.
    """
    body = read_body(event)
    try:
        _apply(connection, event, body)
    except KeyError as missing:
        raise LedgerError(f"ledger: event {event.seq} ({event.kind}) lacks {missing}.") from missing


def rebuild(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Empty the projection and fill it again, inside the caller's transaction."""
    for table in schema.PROJECTION:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    for event in events:
        apply_event(connection, event)


def refused(row: AttemptRow, state: State, fault: sqlite3.IntegrityError) -> LedgerError:
    """Say in words why the guards did not let `row` become `state`, and what it can become."""
    if "illegal edge" in str(fault):
        ways = " or ".join(EDGES[row.state]) or "nothing: try again as a new attempt"
        advice = f"From {row.state} it can become {ways}."
        return LedgerError(f"{row.id}: {row.state} cannot become {state}.", advice)
    if "UNIQUE" in str(fault):
        return LedgerError(f"{row.id}: was COMPLETED in {row.env} meanwhile; it runs only once there.")
    return LedgerError(f"{row.id}: {row.state} cannot become {state}: {fault}.")


def rows_of(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the projection, by table, sorted: two ledgers that stand alike give equal answers."""
    return {
        table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 - our own names
        for table in schema.PROJECTION
    }


def _apply(connection: sqlite3.Connection, event: Event, body: Mapping[str, object]) -> None:
    if event.kind in _STATE_KINDS:
        (_insert if body["from"] is None else _move)(connection, event, body)
    elif event.kind == "stage":
        _stage(connection, event, body)
    elif event.kind == "recovery":
        _reaped(connection, event)
    elif event.kind == "check":
        _check(connection, event, body)
    elif event.kind == "artifact":
        facts = (body["sha256"], body["path"], body["bytes"], body["artifact"], body["redacted"])
        connection.execute("INSERT OR IGNORE INTO artifact VALUES(?,?,?,?,?,NULL)", facts)
    elif event.kind == "archive":
        connection.execute("UPDATE artifact SET archived_at=? WHERE sha256=?", (event.at, body["sha256"]))


def _insert(connection: sqlite3.Connection, event: Event, body: Mapping[str, object]) -> None:
    begun = ("spec_hash", "forced", "base_sha", "branch", "branch_before", "boot_id", "pid", "pid_start")
    facts = {
        **{name: body[name] for name in begun},
        "env": event.env,
        "upgrade_id": event.upgrade_id,
        "attempt": event.attempt,
        "correlation_id": event.correlation_id,
        "state": body["status"],
        "created_at": event.at,
    }
    names, marks = ",".join(facts), ",".join("?" * len(facts))
    connection.execute(f"INSERT INTO attempt({names}) VALUES({marks})", tuple(facts.values()))


def _move(connection: sqlite3.Connection, event: Event, body: Mapping[str, object]) -> None:
    facts = {name: body[name] for name in _FACTS if body.get(name) is not None}
    facts["started_at" if body["status"] == "RUNNING" else "ended_at"] = event.at
    if body["from"] == "COMPLETED":
        facts["reaped"] = 0  # the branch was to stay until now
    sets = ",".join(f"{name}=?" for name in facts)
    where = "env=? AND upgrade_id=? AND attempt=? AND state=?"
    moved = connection.execute(
        f"UPDATE attempt SET state=?,{sets} WHERE {where}",  # noqa: S608 - names of _FACTS
        (body["status"], *facts.values(), event.env, event.upgrade_id, event.attempt, body["from"]),
    )
    if moved.rowcount != 1:
        raise LedgerError(f"ledger: event {event.seq} moves an attempt that is not {body['from']}.")


def _stage(connection: sqlite3.Connection, event: Event, body: Mapping[str, object]) -> None:
    if body["phase"] == "intent":
        connection.execute(
            "UPDATE attempt SET stage=? WHERE env=? AND upgrade_id=? AND attempt=? AND state='RUNNING'",
            (body["stage"], event.env, event.upgrade_id, event.attempt),
        )
    elif body["stage"] == CLEANUP and body["outcome"] == "ok":
        _reaped(connection, event)


def _reaped(connection: sqlite3.Connection, event: Event) -> None:
    connection.execute(
        "UPDATE attempt SET reaped=1 WHERE env=? AND upgrade_id=? AND attempt=?"
        " AND state NOT IN('PENDING','RUNNING')",
        (event.env, event.upgrade_id, event.attempt),
    )


def _check(connection: sqlite3.Connection, event: Event, body: Mapping[str, object]) -> None:
    facts = (
        "side",
        "check",
        "run_no",
        "status",
        "duration_ms",
        "exit_code",
        "signal",
        "artifact_sha256",
        "summary",
    )
    place = (event.env, event.upgrade_id, event.attempt)
    marks = ",".join("?" * (len(place) + len(facts)))
    connection.execute(f"INSERT INTO check_result VALUES({marks})", (*place, *(body[name] for name in facts)))
