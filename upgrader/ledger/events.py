"""How an event is made: who tells it, when, with which id, and hashed onto the head of the chain."""

from __future__ import annotations

import functools
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from upgrader.ledger.chain import EVENT_VERSION, event_hash, write_body
from upgrader.ledger.owner import Owner
from upgrader.ledger.rows import AttemptKey, Classification, Event, stamp


class Origin(Struct, frozen=True, kw_only=True, dict=True):
    """What all events of one run have in common (FEATURES E32)."""

    env: str
    actor: str
    """Who runs it."""
    host: str
    tool_version: str
    clock: Callable[[], datetime]
    redact: Callable[[str], str]
    owner: Owner | None
    """Whose work the attempts are; None stands for the process that asks."""

    @functools.cached_property
    def run(self) -> str:
        """Correlation id of events that belong to no attempt."""
        return uuid7(self.clock())


def make_event(
    origin: Origin,
    head: tuple[int, str],
    *,
    kind: str,
    body: Mapping[str, object] | Struct,
    key: AttemptKey | None,
    latency_ms: int | None,
    classification: Classification,
    correlation_id: str,
) -> Event:
    """Return the event that follows `head`; a `timestamp` in the body that is None becomes the event's moment."""
    moment = origin.clock()
    if isinstance(body, Mapping) and body.get("timestamp", "") is None:
        body = {**body, "timestamp": stamp(moment)}
    event = Event(
        seq=head[0] + 1,
        event_id=uuid7(moment),
        prev_hash=head[1],
        hash="",
        hash_alg="sha256",
        event_version=EVENT_VERSION,
        at=stamp(moment),
        env=origin.env if key is None else key.env,
        upgrade_id=key.upgrade_id if key else None,
        attempt=key.number if key else None,
        kind=kind,
        correlation_id=correlation_id or origin.run,
        actor=_encodable(origin.actor),
        host=_encodable(origin.host),
        tool_version=origin.tool_version,
        classification=classification,
        retention="standard",
        latency_ms=latency_ms,
        dry_run=0,
        body=write_body(body, origin.redact),
    )
    return msgspec.structs.replace(event, hash=event_hash(event))


def _encodable(text: str) -> str:
    """Names from the environment may hold bytes that are no UTF-8, as lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


def uuid7(moment: datetime) -> str:
    """Return a version 7 UUID (RFC 9562 section 5.7): 48 bits of milliseconds, the rest random."""
    milliseconds = int(moment.timestamp() * 1000) & (1 << 48) - 1
    number = milliseconds << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))
