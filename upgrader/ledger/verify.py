"""What `upgrade ledger verify` finds: chain, anchors, projection and artefacts, with the exit code of each."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from upgrader.errors import LedgerError, ManifestError
from upgrader.ledger import projection, queries, schema
from upgrader.ledger.chain import GENESIS, Anchor, Problem, broken_anchor, broken_links
from upgrader.ledger.rows import Event
from upgrader.outside import files

_LARGEST_ARTEFACT = 256 * 2**20
_SHOWN = 20
"""Problems kept; a broken chain rarely breaks in one place only."""


class Verified(Struct, frozen=True, kw_only=True):
    """What was counted (FEATURES D8) and what does not fit."""

    events: int
    unique_hashes: int
    earliest: str | None
    """Moment of the first event; None when there is none."""
    latest: str | None
    head: tuple[int, str]
    classifications: dict[str, int]
    """Events per classification."""
    anchors: int
    """How many anchors were compared."""
    problems: tuple[Problem, ...]
    """At most 20, by exit code, then in the order they were met."""

    @property
    def exit_code(self) -> int:
        """0, or the lowest code of a problem: 3 hash, 4 chain, 5 anchor, 6 projection, 7 artefact."""
        return self.problems[0].code if self.problems else 0

    @property
    def summary(self) -> str:
        """One line that claims no more than was checked."""
        if self.problems:
            return self.problems[0].text
        if not self.anchors:
            return "OK up to its own head; no anchor checked"
        return f"OK; {self.anchors} anchor{'s' if self.anchors > 1 else ''} checked"


class _Seen:
    """Counts events on their way through."""

    def __init__(self) -> None:
        self.events = 0
        self.hashes: dict[int, str] = {}
        self.earliest: str | None = None
        self.latest: str | None = None
        self.head = (0, GENESIS)
        self.classifications: dict[str, int] = {}

    def count(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            self.events += 1
            self.hashes[event.seq] = event.hash
            self.earliest = event.at if self.earliest is None else min(self.earliest, event.at)
            self.latest = event.at if self.latest is None else max(self.latest, event.at)
            self.head = (event.seq, event.hash)
            self.classifications[event.classification] = self.classifications.get(event.classification, 0) + 1
            yield event

    def verified(self, anchors: Sequence[Anchor], problems: Iterable[Problem]) -> Verified:
        return Verified(
            events=self.events,
            unique_hashes=len(set(self.hashes.values())),
            earliest=self.earliest,
            latest=self.latest,
            head=self.head,
            classifications=dict(sorted(self.classifications.items())),
            anchors=len(anchors),
            problems=tuple(sorted(problems, key=lambda problem: problem.code)[:_SHOWN]),
        )


def verify_events(events: Iterable[Event], anchors: Sequence[Anchor] = ()) -> Verified:
    """Verify a chain that is complete from its first event, such as an export."""
    seen = _Seen()
    problems = list(_read_problems(seen, events, (0, GENESIS)))
    return seen.verified(anchors, [*problems, *_anchor_problems(seen, anchors)])


def verify_ledger(
    connection: sqlite3.Connection, folder: Path | None, anchors: Sequence[Anchor], last: int
) -> Verified:
    """Verify a ledger; `folder` holds the artefacts (None: leave them), `last` > 0 looks at the tail only.

    All is read in one transaction, so that other processes may append meanwhile.
    """
    own = not connection.in_transaction
    if own:
        connection.execute("BEGIN")
    try:
        return _verify(connection, folder, anchors, last)
    finally:
        if own:
            connection.execute("ROLLBACK")


def _verify(
    connection: sqlite3.Connection, folder: Path | None, anchors: Sequence[Anchor], last: int
) -> Verified:
    seen = _Seen()
    before = _before_tail(connection, last)
    problems = list(_read_problems(seen, queries.events(connection, None, None, after=before[0]), before))
    problems += _anchor_problems(seen, anchors)
    problems += [
        Problem(code=6, text=f"the ledger's own guard `{name}` is missing or changed")
        for name in schema.missing_guards(connection)
    ]
    if not before[0]:
        problems += _projection_problems(connection)
    if folder is not None and not last:
        problems += _artifact_problems(connection, folder)
    return seen.verified(anchors, problems)


def _before_tail(connection: sqlite3.Connection, last: int) -> tuple[int, str]:
    """Return what the first event to look at must follow."""
    start = max(0, queries.head(connection)[0] - last) if last else 0
    row = connection.execute(
        "SELECT seq, hash FROM event WHERE seq<=? ORDER BY seq DESC LIMIT 1", (start,)
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, GENESIS)


def _read_problems(seen: _Seen, events: Iterable[Event], before: tuple[int, str]) -> Iterator[Problem]:
    try:
        yield from broken_links(seen.count(events), before)
    except LedgerError as fault:  # a column of another type, a line that is no event
        yield Problem(code=3, text=f"Hash mismatch for event {seen.head[0] + 1}: {fault.message}")


def _anchor_problems(seen: _Seen, anchors: Sequence[Anchor]) -> Iterator[Problem]:
    for anchor in anchors:
        problem = broken_anchor(anchor, seen.head[0], seen.hashes.get(anchor.seq))
        if problem is not None:
            yield problem


def _projection_problems(connection: sqlite3.Connection) -> Iterator[Problem]:
    fresh = schema.in_memory()
    try:
        projection.rebuild(fresh, queries.events(connection, None, None))
        wanted, found = projection.rows_of(fresh), projection.rows_of(connection)
    except (sqlite3.Error, LedgerError, OverflowError) as fault:
        yield Problem(code=6, text=f"projection differs from events: they cannot be followed: {fault}")
        return
    finally:
        fresh.close()
    for table, rows in wanted.items():
        if rows != found[table]:
            changed = sorted(set(rows) ^ set(found[table]), key=repr)
            what = "/".join(str(part) for part in (changed or rows)[0][:3])
            yield Problem(code=6, text=f"projection differs from events: {table} {what}")


def _artifact_problems(connection: sqlite3.Connection, folder: Path) -> Iterator[Problem]:
    for digest, path in connection.execute(
        "SELECT sha256, path FROM artifact WHERE archived_at IS NULL ORDER BY path"
    ):
        try:
            data = files.Tree(folder).read(path, limit=_LARGEST_ARTEFACT)
        except ManifestError as fault:
            yield Problem(code=7, text=f"artefact missing: {fault.message}")
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            yield Problem(code=7, text=f"artefact changed: {path} no longer has sha256 {digest[:16]}…")
