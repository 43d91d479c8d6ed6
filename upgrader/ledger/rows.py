"""The ledger's own nouns: what an attempt is called, how it stands, and the event that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

State = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED", "ROLLED_BACK"]
STATES: tuple[State, ...] = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED", "ROLLED_BACK")
EDGES: dict[State, tuple[State, ...]] = {
    "PENDING": ("RUNNING", "SKIPPED"),
    "RUNNING": ("COMPLETED", "FAILED"),
    "COMPLETED": ("ROLLED_BACK",),
    "FAILED": ("SKIPPED", "ROLLED_BACK"),
    "SKIPPED": (),
    "ROLLED_BACK": (),
}
"""The legal changes of state (FEATURES E33); trying again is a new attempt, never a way back."""
LIVE: tuple[State, ...] = ("PENDING", "RUNNING")

Side = Literal["baseline", "after"]
Classification = Literal["PUBLIC", "INTERNAL", "CONFIDENTIAL", "PHI"]


class AttemptKey(Struct, frozen=True, kw_only=True, order=True):
    """What names one attempt at one upgrade in one environment."""

    env: str
    upgrade_id: str
    number: int
    """1 for the first attempt."""

    @property
    def id(self) -> str:
        """`<upgrade id>#<number>`, as people and commit trailers write it."""
        return f"{self.upgrade_id}#{self.number}"


class Event(Struct, frozen=True, kw_only=True):
    """One line of the append-only log; the fields are the columns, in their order."""

    seq: int
    """1, 2, 3 … without a gap: it orders the events, not the clock."""
    event_id: str
    """A version 7 UUID (RFC 9562)."""
    prev_hash: str
    """`hash` of the event before; 64 zeros for the first."""
    hash: str
    """See `upgrader.ledger.chain.event_hash`."""
    hash_alg: str
    event_version: int
    """Fixes the set of fields and the formula of the hash."""
    at: str
    """ISO 8601 UTC with milliseconds."""
    env: str
    upgrade_id: str | None
    """None for events about no attempt."""
    attempt: int | None
    kind: str
    """state, stage, check, gate, config_change, rollback, repair, recovery, artifact, archive, note."""
    correlation_id: str
    """The run that wrote it."""
    actor: str
    host: str
    tool_version: str
    classification: str
    """One of Classification."""
    retention: str
    latency_ms: int | None
    """How long what it tells of took; None when that has no duration."""
    dry_run: int
    """0 or 1."""
    body: str
    """Canonical JSON of an object."""

    @property
    def key(self) -> AttemptKey | None:
        """The attempt it is about, if any."""
        if self.upgrade_id is None or self.attempt is None:
            return None
        return AttemptKey(env=self.env, upgrade_id=self.upgrade_id, number=self.attempt)


class AttemptRow(Struct, frozen=True, kw_only=True):
    """How one attempt stands now; all of it can be computed again from the events."""

    env: str
    upgrade_id: str
    attempt: int
    state: State
    spec_hash: str
    """What was to be done: ecosystem, name, from, to, rules, tool major. One COMPLETED per environment."""
    forced: int
    """1 when it was begun although one with the same `spec_hash` was COMPLETED."""
    correlation_id: str
    base_sha: str
    branch: str
    branch_before: str | None
    """Where the branch stood before the attempt; None when there was none."""
    head_sha: str | None
    tree_hash: str | None
    stage: str | None
    """The last stage that was begun."""
    boot_id: str | None
    pid: int | None
    pid_start: str | None
    sandbox: str | None
    verdict: str | None
    error_class: str | None
    error: str | None
    """What went wrong, or why it was skipped."""
    created_at: str
    started_at: str | None
    ended_at: str | None
    reaped: int
    """1 when it is known that nothing of it lies about any more."""

    @property
    def key(self) -> AttemptKey:
        """What the other calls of the ledger take."""
        return AttemptKey(env=self.env, upgrade_id=self.upgrade_id, number=self.attempt)

    @property
    def id(self) -> str:
        """`<upgrade id>#<number>`."""
        return self.key.id


class AlreadyCompleted(Struct, frozen=True, kw_only=True):
    """`begin` found the same upgrade COMPLETED in this environment (FEATURES E1); nothing was written."""

    attempt: AttemptRow


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write a moment as `2026-11-21T00:18:35.123Z`; rounded down, so that it never lies in the future."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
