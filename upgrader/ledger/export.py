"""The ledger as text: canonical JSON lines that can be verified elsewhere, the execution log, and estimates."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from upgrader.errors import LedgerError
from upgrader.ledger.chain import Anchor, canonical, read_body
from upgrader.ledger.rows import Event
from upgrader.ledger.verify import Verified, verify_events
from upgrader.model import LogRow

_LONGEST_LINE = 64 * 2**20
_NOTE = 200
"""Characters of a note in the execution log."""


def export_lines(events: Iterable[Event]) -> Iterator[str]:
    """Yield one line per event, without line ends: canonical JSON of all columns, the body as an object.

    The same events give the same bytes. To check a hash by hand, put the body's canonical JSON back as a
    string, take `hash` and `prev_hash` out, and follow `chain.event_hash`.
    """
    for event in events:
        yield canonical({**msgspec.structs.asdict(event), "body": read_body(event)})


def read_lines(lines: Iterable[str | bytes]) -> Iterator[Event]:
    """Yield the events of an export; empty lines are passed over.

    Raises LedgerError naming the line that is no event.
    """
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST_LINE:
            raise LedgerError(f"export:{number}: the line is longer than {_LONGEST_LINE} characters.")
        if line.strip():
            yield _read_line(line, number)


def verify_lines(lines: Iterable[str | bytes], anchors: Sequence[Anchor] = ()) -> Verified:
    """Verify an export by itself: every hash, every link, and the anchors. What is no event is a problem of code 3."""
    return verify_events(read_lines(lines), anchors)


def log_rows(events: Iterable[Event]) -> tuple[LogRow, ...]:
    """Return the execution log (FEATURES C36): Time, Step, Status, Notes, in the order of the events."""
    rows = (_log_row(event, read_body(event)) for event in events)
    return tuple(row for row in rows if row is not None)


def stage_medians(events: Iterable[Event]) -> dict[str, tuple[int, int]]:
    """Return stage to (median milliseconds, number of good runs), by stage name."""
    taken: dict[str, list[int]] = {}
    for event in events:
        if event.kind == "stage" and event.latency_ms is not None:
            body = read_body(event)
            if body.get("outcome") == "ok":
                taken.setdefault(str(body.get("stage")), []).append(event.latency_ms)
    return {name: (round(statistics.median(times)), len(times)) for name, times in sorted(taken.items())}


def estimate(durations: Sequence[int]) -> str:
    """Write milliseconds of earlier runs as `TimelineRow.estimate`: `12 s, median of 3 attempts`, or `unknown`."""
    if not durations:
        return "unknown"
    milliseconds = statistics.median(durations)
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s" if seconds else "under 1 s"
    return f"{took}, median of {len(durations)} attempt{'s' if len(durations) > 1 else ''}"


def _read_line(line: str | bytes, number: int) -> Event:
    try:
        value = json.loads(line)
        return msgspec.convert({**value, "body": canonical(value["body"])}, Event)
    except (ValueError, TypeError, KeyError, RecursionError, LedgerError) as fault:
        # msgspec.ValidationError is a ValueError.
        raise LedgerError(f"export:{number}: is not an event of a ledger: {fault}.") from fault


def _log_row(event: Event, body: dict[str, object]) -> LogRow | None:
    match event.kind:
        case "state" | "rollback" | "repair":
            notes = body.get("reason") or body.get("error") or body.get("verdict")
            return _row(event, "", body.get("status"), notes)
        case "stage" if body.get("phase") == "result":
            took = f"{event.latency_ms} ms"
            return _row(event, body.get("stage"), body.get("outcome"), body.get("error") or took)
        case "check":
            return _row(
                event, f"{body.get('check')} ({body.get('side')})", body.get("status"), body.get("summary")
            )
        case "gate":
            return _row(event, f"gate {body.get('gate')}", body.get("decision"), "")
        case _:
            return _remark(event, body)


def _remark(event: Event, body: dict[str, object]) -> LogRow | None:
    """Rows of what belongs to no state; the intent of a stage and the bookkeeping of artefacts have none."""
    match event.kind:
        case "config_change":
            change = f"{body.get('previous_value')} → {body.get('new_value')}"
            return _row(event, f"change {body.get('field')}", "changed", change)
        case "recovery":
            removed = body.get("removed")
            notes = ", ".join(map(str, removed)) if isinstance(removed, list) else ""
            return _row(event, "recovery", "cleaned", notes)
        case "note":
            return _row(event, "note", "noted", body.get("text"))
        case _:
            return None


def _row(event: Event, what: object, status: object, notes: object) -> LogRow:
    step = f"{event.upgrade_id}#{event.attempt} {what}" if event.upgrade_id is not None else f"{what}"
    text = " ".join(str(notes or "").split())
    short = text if len(text) <= _NOTE else text[: _NOTE - 1] + "…"
    return LogRow(time=event.at, step=step.strip(), status=str(status), notes=short)
