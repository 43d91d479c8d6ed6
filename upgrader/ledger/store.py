"""The ledger: what was tried, begun, checked, kept, dropped and taken back, each fact one event in a chain."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from upgrader.errors import Busy, LedgerError
from upgrader.ledger import projection, queries
from upgrader.ledger.chain import Anchor
from upgrader.ledger.database import Database, explained, open_database
from upgrader.ledger.events import Origin, make_event
from upgrader.ledger.owner import Owner, this_process
from upgrader.ledger.rows import (
    LIVE,
    AlreadyCompleted,
    AttemptKey,
    AttemptRow,
    Classification,
    Event,
    Side,
    State,
    utc_now,
)
from upgrader.ledger.verify import Verified, verify_ledger
from upgrader.outside import files

_ENV = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NEWER = "Use the version of `upgrade` that wrote it, or a newer one."
_LARGEST_ARTEFACT = 256 * 2**20

Body = Mapping[str, object] | Struct
"""What a caller tells: JSON values without floats, or a noun; strings are redacted before they are stored."""


class Ledger:
    """One repository's ledger, shared by its worktrees; a context manager, safe for threads and processes.

    Every write is one transaction that holds the event and what it changes in the projection, and is on the
    disk when the call returns. Writes raise LedgerError (illegal change of state, damaged or newer file, disk
    full) and Busy (locked by others for too long).
    """

    def __init__(self, path: Path, database: Database, origin: Origin) -> None:
        self.path = path
        self.env = origin.env
        self._database = database
        self._origin = origin
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        env: str = "local",
        actor: str,
        host: str,
        tool_version: str,
        clock: Callable[[], datetime] = utc_now,
        redact: Callable[[str], str] = str,
        read_only: bool = False,
        busy_ms: int = 10_000,
        owner: Owner | None = None,
    ) -> Self:
        """Open `<git common dir>/upgrader/ledger.db`, making it when missing (never when `read_only`).

        `clock` gives aware datetimes; `redact` takes secrets out of each string of a body. A newer schema is
        opened, and refuses writes. `owner` is the process that works on the attempts, by default the running one.
        Raises LedgerError: not a ledger, damaged, no permission, bad `env`.
        """
        if not _ENV.fullmatch(env):
            raise LedgerError(
                f"--env: {env!r} is not a name for an environment.", "Use letters, digits, `._-`."
            )
        who = {"actor": actor, "host": host, "tool_version": tool_version}
        origin = Origin(env=env, clock=clock, redact=redact, owner=owner, **who)
        return cls(path, open_database(path, read_only=read_only, busy_ms=busy_ms), origin)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; twice is fine."""
        with self._lock:
            self._database.connection.close()

    @property
    def owner(self) -> Owner:
        """The process that works on the attempts it begins and starts."""
        return self._origin.owner or this_process()

    # --- the life of an attempt ---------------------------------------------------------------------------

    def begin(
        self,
        upgrade_id: str,
        *,
        spec_hash: str,
        base_sha: str,
        branch: str,
        correlation_id: str,
        branch_before: str | None = None,
        force: bool = False,
    ) -> AttemptKey | AlreadyCompleted:
        """Record a new PENDING attempt, or say which COMPLETED one did the same in this environment already.

        `force` begins one all the same. `branch_before` is where the branch stands now, so that nobody
        deletes it there later. Raises Busy when an attempt at the same upgrade is under way.
        """
        if not upgrade_id or not upgrade_id.isprintable() or not spec_hash:
            raise LedgerError(
                f"ledger: {upgrade_id!r}: an attempt needs a printable id and a hash of what it does."
            )
        with self._writing() as connection:
            earlier = queries.attempts_of(connection, self.env, upgrade_id)
            for row in earlier:
                if row.state in LIVE:
                    raise Busy(f"{row.id}: is {row.state} since {row.created_at} (process {row.pid}).")
                if row.state == "COMPLETED" and row.spec_hash == spec_hash and not force:
                    return AlreadyCompleted(attempt=row)
            number = max((row.attempt for row in earlier), default=0) + 1
            key = AttemptKey(env=self.env, upgrade_id=upgrade_id, number=number)
            facts = {"spec_hash": spec_hash, "base_sha": base_sha, "branch": branch, "forced": int(force)}
            self._change(
                key,
                None,
                "PENDING",
                {**facts, "branch_before": branch_before, **self._owned()},
                correlation_id=correlation_id,
            )
        return key

    def start(self, key: AttemptKey, *, stage: str) -> None:
        """PENDING → RUNNING: this process works on it from now on."""
        self._transition(key, "RUNNING", {"stage": stage, **self._owned()})

    @contextlib.contextmanager
    def stage(self, key: AttemptKey, name: str, body: Body | None = None) -> Iterator[dict[str, object]]:
        """Record what is about to be done, let the block do it, record how it went and how long it took.

        Facts put into the yielded dict are kept with the result. Commits made by the attempt belong under
        `commit`, before a branch points to them: recovery deletes branches only at recorded commits.
        """
        self._tell("stage", {"stage": name, "phase": "intent", "facts": body or {}}, key)
        begun = time.monotonic()
        facts: dict[str, object] = {}
        try:
            yield facts
        except BaseException as fault:
            outcome = "failed" if isinstance(fault, Exception) else "interrupted"
            result = {"outcome": outcome, "error_class": type(fault).__name__, "error": str(fault)[:4000]}
            try:
                self._stage_result(key, name, begun, {**result, "facts": facts})
            except LedgerError as second:  # the first fault is the one to see
                fault.add_note(f"and it could not be recorded: {second}")
            raise
        self._stage_result(key, name, begun, {"outcome": "ok", "facts": facts})

    def check(self, key: AttemptKey, side: Side, result: Body) -> None:
        """Record one run of one check: `check` and `status`, and what else it has of a `model.CheckResult`."""
        with self._writing() as connection:
            body = queries.check_body(connection, key, side, queries.plain(result, self._origin.redact))
            took = body["duration_ms"]
            self._append("check", body, key, latency_ms=took if isinstance(took, int) else None)

    def complete(
        self, key: AttemptKey, *, head_sha: str, tree_hash: str, verdict: str, sandbox: str = ""
    ) -> None:
        """RUNNING → COMPLETED: the branch stands at `head_sha`."""
        facts = {"head_sha": head_sha, "tree_hash": tree_hash, "verdict": verdict, "sandbox": sandbox or None}
        self._transition(key, "COMPLETED", facts)

    def fail(self, key: AttemptKey, error_class: str, error: str, body: Body | None = None) -> None:
        """RUNNING → FAILED, with what went wrong."""
        self._transition(key, "FAILED", {"error_class": error_class, "error": error, "facts": body or {}})

    def skip(self, key: AttemptKey, reason: str) -> None:
        """PENDING or FAILED → SKIPPED: it will not be tried, for a reason."""
        self._transition(key, "SKIPPED", {"reason": reason, "error": reason})

    def roll_back(self, key: AttemptKey, body: Body) -> None:
        """COMPLETED or FAILED → ROLLED_BACK: it was taken back, and that was verified."""
        self._transition(key, "ROLLED_BACK", {"facts": body}, kind="rollback")

    def repair(self, key: AttemptKey, to_state: State, reason: str) -> None:
        """Set a state by hand, along a legal edge only, as an event of its own (FEATURES E31)."""
        self._transition(key, to_state, {"reason": reason}, kind="repair")

    # --- facts beside the states ---------------------------------------------------------------------------

    def gate(self, key: AttemptKey, name: str, decision: str, criteria: Body) -> None:
        """Record a decision (GO, NO-GO, CONTINUE, ROLLBACK, COMPLETE) and what it rested on."""
        self._tell("gate", {"gate": name, "decision": decision, "criteria": criteria}, key)

    def note(self, text: str, body: Body | None = None, key: AttemptKey | None = None) -> None:
        """Record a remark."""
        self._tell("note", {"text": text, "facts": body or {}}, key)

    def config_change(
        self,
        *,
        field: str,
        previous_value: object,
        new_value: object,
        previous_version: str,
        new_version: str,
        changed_by: str = "",
        key: AttemptKey | None = None,
        classification: Classification = "INTERNAL",
    ) -> None:
        """Record an edit of a manifest or of the tool's configuration: the eight fields of FEATURES D12."""
        values = {"field": field, "previous_value": previous_value, "new_value": new_value}
        versions = {"previous_version": previous_version, "new_version": new_version}
        who = {"changed_by": changed_by or self._origin.actor, "environment": key.env if key else self.env}
        # D12's first field, `timestamp`, is the event's own moment; `_append` fills it in.
        body = {"timestamp": None, **values, **versions, **who}
        with self._writing():
            self._append("config_change", body, key, classification=classification)

    def artifact(self, key: AttemptKey, path: Path, kind: str, *, redacted: bool = True) -> str:
        """Record a file below the ledger's folder by its sha256, which is returned; `verify` compares it later."""
        folder = self.path.parent.resolve()
        if not path.resolve().is_relative_to(folder):
            raise LedgerError(f"{path}: an artefact must lie in {folder}.")
        data = files.read_bytes(path, limit=_LARGEST_ARTEFACT)
        digest = hashlib.sha256(data).hexdigest()
        facts = {"sha256": digest, "path": path.resolve().relative_to(folder).as_posix(), "bytes": len(data)}
        self._tell("artifact", {**facts, "artifact": kind, "redacted": redacted}, key)
        return digest

    def archive(self, sha256: str, reason: str) -> None:
        """Record that an artefact's time is over and its file may be gone; events are never deleted."""
        self._tell("archive", {"sha256": sha256, "reason": reason}, None)

    def recovered(self, key: AttemptKey | None, body: Body) -> None:
        """Record what recovery removed; a terminal attempt counts as cleaned up from then on."""
        self._tell("recovery", body, key)

    # --- questions -----------------------------------------------------------------------------------------

    def attempts(self, env: str | None = None, state: State | None = None) -> list[AttemptRow]:
        """Return attempts in the order they were begun; None stands for all."""
        with self._reading() as connection:
            return queries.attempts(connection, env, state)

    def attempt(self, id_or_prefix: str) -> AttemptRow:
        """Find one attempt of this environment by `<upgrade id>#<n>`, its branch, or the start of the upgrade's id.

        Without a number it is the latest one. Raises LedgerError: unknown, or several upgrades begin like that.
        """
        return queries.find(self.attempts(self.env), id_or_prefix, self.env)

    def events(self, upgrade_id: str | None = None, attempt: int | None = None) -> list[Event]:
        """Return events by sequence number; None stands for all."""
        with self._reading() as connection:
            return list(queries.events(connection, upgrade_id, attempt))

    def head(self) -> tuple[int, str]:
        """Return (seq, hash) of the last event, (0, 64 zeros) when there is none; see `chain.trailer`."""
        with self._reading() as connection:
            return queries.head(connection)

    def durations(self, stage: str) -> list[int]:
        """Return the milliseconds that good runs of a stage took, sorted; their median is an estimate (C7)."""
        with self._reading() as connection:
            return queries.durations(connection, stage)

    def verify(self, anchors: tuple[Anchor, ...] | list[Anchor] = (), *, last: int = 0) -> Verified:
        """Recompute the chain, the projection and the artefacts' hashes, and compare with anchors kept elsewhere.

        `last` checks only so many events from the end, and no projection, when there are no anchors. What is
        wrong is in the answer, with the exit code. Raises LedgerError for a newer schema and a damaged file.
        """
        if self._database.newer:
            raise LedgerError(self._database.refusal, _NEWER)
        with self._reading() as connection:
            return verify_ledger(connection, self.path.parent, anchors, 0 if anchors else last)

    def rebuild_projection(self) -> None:
        """Compute the projection again from the events. Raises LedgerError when their chain is broken."""
        with self._writing() as connection:
            broken = [
                problem for problem in verify_ledger(connection, None, (), 0).problems if problem.code < 6
            ]
            if broken:
                raise LedgerError(f"{self.path}: {broken[0].text}; nothing is computed from a broken chain.")
            projection.rebuild(connection, queries.events(connection, None, None))
            self._append("note", {"text": "projection rebuilt", "facts": {}}, None)

    # --- inside --------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            yield self._database.connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; whatever is raised inside, or by the disk at its end, leaves nothing behind."""
        if self._database.refusal:
            raise LedgerError(self._database.refusal, _NEWER if self._database.newer else "")
        with self._lock, explained(self.path):
            connection = self._database.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _owned(self) -> dict[str, object]:
        return msgspec.structs.asdict(self.owner)

    def _tell(self, kind: str, body: Body, key: AttemptKey | None) -> None:
        with self._writing():
            self._append(kind, body, key)

    def _stage_result(self, key: AttemptKey, name: str, begun: float, facts: Mapping[str, object]) -> None:
        took = int((time.monotonic() - begun) * 1000)
        with self._writing():
            self._append("stage", {"stage": name, "phase": "result", **facts}, key, latency_ms=took)

    def _transition(
        self, key: AttemptKey, state: State, facts: Mapping[str, object], kind: str = "state"
    ) -> None:
        with self._writing() as connection:
            row = queries.one_attempt(connection, key)
            try:
                self._change(key, row.state, state, facts, kind=kind)
            except sqlite3.IntegrityError as fault:
                raise projection.refused(row, state, fault) from fault

    def _change(
        self,
        key: AttemptKey,
        before: State | None,
        state: State,
        facts: Mapping[str, object],
        *,
        kind: str = "state",
        correlation_id: str = "",
    ) -> None:
        # FEATURES A46: name, status, error and timestamp stand in every export under these words.
        words = {"name": key.upgrade_id, "status": state, "error": None, "timestamp": None}
        self._append(kind, {**words, "from": before, **facts}, key, correlation_id=correlation_id)

    def _append(
        self,
        kind: str,
        body: Body,
        key: AttemptKey | None,
        *,
        latency_ms: int | None = None,
        classification: Classification = "INTERNAL",
        correlation_id: str = "",
    ) -> None:
        """Write an event and what follows from it, inside the caller's transaction."""
        connection = self._database.connection
        if key is not None and not correlation_id:
            correlation_id = queries.one_attempt(connection, key).correlation_id
        event = make_event(
            self._origin,
            queries.head(connection),
            kind=kind,
            body=body,
            key=key,
            latency_ms=latency_ms,
            classification=classification,
            correlation_id=correlation_id,
        )
        queries.insert(connection, event)
        projection.apply_event(connection, event)
