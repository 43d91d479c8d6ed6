"""What is asked of the tables: events, attempts, the head, medians' raw numbers; nothing here opens a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from upgrader.errors import LedgerError
from upgrader.ledger.chain import GENESIS, write_body
from upgrader.ledger.rows import AttemptKey, AttemptRow, Event, State

_Row = TypeVar("_Row", bound=Struct)
_EVENT = ",".join(Event.__struct_fields__)
_ATTEMPT = ",".join(AttemptRow.__struct_fields__)
_SHOWN = 5
"""Candidates named when a prefix fits several upgrades."""


def insert(connection: sqlite3.Connection, event: Event) -> None:
    """Append an event; the triggers refuse what does not follow the head."""
    marks = ",".join("?" * len(Event.__struct_fields__))
    connection.execute(f"INSERT INTO event({_EVENT}) VALUES({marks})", msgspec.structs.astuple(event))


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return (seq, hash) of the last event."""
    row = connection.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, GENESIS)


def events(
    connection: sqlite3.Connection, upgrade_id: str | None, attempt: int | None, *, after: int = 0
) -> Iterator[Event]:
    """Yield events by sequence number, beginning after `after`. Raises LedgerError for one of wrong types."""
    where = "seq>?"
    arguments: list[object] = [after]
    for name, value in (("upgrade_id", upgrade_id), ("attempt", attempt)):
        if value is not None:
            where += f" AND {name}=?"
            arguments.append(value)
    rows = connection.execute(f"SELECT {_EVENT} FROM event WHERE {where} ORDER BY seq", arguments)  # noqa: S608
    for row in rows:
        yield _read(Event, row, f"event {row[0]}")


def attempts(connection: sqlite3.Connection, env: str | None, state: State | None) -> list[AttemptRow]:
    """Return attempts in the order they were begun."""
    where = "1"
    arguments: list[object] = []
    for name, value in (("env", env), ("state", state)):
        if value is not None:
            where += f" AND {name}=?"
            arguments.append(value)
    return _attempts(connection, where, arguments)


def attempts_of(connection: sqlite3.Connection, env: str, upgrade_id: str) -> list[AttemptRow]:
    """Return all attempts at one upgrade in one environment."""
    return _attempts(connection, "env=? AND upgrade_id=?", [env, upgrade_id])


def one_attempt(connection: sqlite3.Connection, key: AttemptKey) -> AttemptRow:
    """Return how an attempt stands. Raises LedgerError when there is none."""
    where = "env=? AND upgrade_id=? AND attempt=?"
    found = _attempts(connection, where, [key.env, key.upgrade_id, key.number])
    if not found:
        raise LedgerError(f"{key.id}: there is no such attempt in {key.env}.", "`upgrade list` shows them.")
    return found[0]


def find(rows: list[AttemptRow], wanted: str, env: str) -> AttemptRow:
    """Choose by `<upgrade id>#<n>`, by branch, or by the start of the upgrade's id; the latest without a number."""
    name, mark, number = wanted.rpartition("#")
    if not (mark and number.isascii() and number.isdigit() and len(number) < 10):
        name, number = wanted, ""
    fitting = [row for row in rows if not number or row.attempt == int(number)]
    exact = [row for row in fitting if name in (row.upgrade_id, row.branch)]
    chosen = exact or [row for row in fitting if name and row.upgrade_id.startswith(name)]
    upgrades = sorted({row.upgrade_id for row in chosen})
    if not chosen:
        raise LedgerError(f"{wanted}: no such upgrade was tried in {env}.", "`upgrade list` shows them.")
    if len(upgrades) > 1:
        shown = ", ".join(upgrades[:_SHOWN]) + (", …" if len(upgrades) > _SHOWN else "")
        raise LedgerError(f"{wanted}: fits {len(upgrades)} upgrades: {shown}.", "Write more of the id.")
    return chosen[-1]


def check_body(
    connection: sqlite3.Connection, key: AttemptKey, side: str, told: Mapping[str, object]
) -> dict[str, object]:
    """Return the body of a check's event: the columns of check_result, with the number of the run, and all of `told`.

    Raises LedgerError when `told` lacks `check` or `status`.
    """
    name, status = str(told.get("check", "")), str(told.get("status", ""))
    if not name or not status:
        raise LedgerError(f"{key.id}: a check's result needs `check` and `status`.")
    where = "env=? AND upgrade_id=? AND attempt=? AND side=? AND check_name=?"
    earlier = connection.execute(
        f"SELECT coalesce(max(run_no),0) FROM check_result WHERE {where}",  # noqa: S608 - a constant
        (key.env, key.upgrade_id, key.number, side, name),
    )
    kept = {part: told.get(part) for part in ("duration_ms", "exit_code", "signal", "artifact_sha256")}
    summary = str(told.get("summary") or told.get("reason") or "")
    run_no = int(earlier.fetchone()[0]) + 1
    words = {"side": side, "check": name, "run_no": run_no, "status": status, "summary": summary}
    return {**kept, **words, "result": told}


def durations(connection: sqlite3.Connection, stage: str) -> list[int]:
    """Return milliseconds of the good runs of a stage, sorted."""
    rows = connection.execute(
        "SELECT latency_ms FROM event WHERE kind='stage' AND latency_ms IS NOT NULL"
        " AND json_extract(body,'$.stage')=? AND json_extract(body,'$.outcome')='ok' ORDER BY 1",
        (stage,),
    )
    return [int(row[0]) for row in rows]


def plain(body: Mapping[str, object] | Struct, redact: Callable[[str], str]) -> dict[str, object]:
    """Return a body as it will be stored."""
    told: dict[str, object] = json.loads(write_body(body, redact))
    return told


def _attempts(connection: sqlite3.Connection, where: str, arguments: list[object]) -> list[AttemptRow]:
    # Rows are inserted as their first events come, so rowid is the order of beginning, also after a rebuild.
    found = connection.execute(f"SELECT {_ATTEMPT} FROM attempt WHERE {where} ORDER BY rowid", arguments)  # noqa: S608
    return [_read(AttemptRow, row, f"attempt {row[1]}#{row[2]}") for row in found]


def _read(noun: type[_Row], row: tuple[object, ...], where: str) -> _Row:
    try:
        return msgspec.convert(dict(zip(noun.__struct_fields__, row, strict=True)), noun)
    except msgspec.ValidationError as fault:
        raise LedgerError(
            f"ledger: {where} is damaged: {fault}.", "`upgrade ledger verify` says more."
        ) from fault
