"""What was tried and how it went, in a tamper-evident ledger: open it, lock the repository, recover, export."""

from __future__ import annotations

from upgrader.ledger.chain import TRAILER, Anchor, Problem, read_anchor, trailer
from upgrader.ledger.export import estimate, export_lines, log_rows, read_lines, stage_medians, verify_lines
from upgrader.ledger.lock import RepositoryLock
from upgrader.ledger.projection import CLEANUP
from upgrader.ledger.recover import Recovered, recover
from upgrader.ledger.residue import Repository
from upgrader.ledger.rows import (
    EDGES,
    STATES,
    AlreadyCompleted,
    AttemptKey,
    AttemptRow,
    Event,
    Side,
    State,
    utc_now,
)
from upgrader.ledger.store import Ledger
from upgrader.ledger.verify import Verified

__all__ = [
    "Ledger",
    "AttemptKey",
    "AlreadyCompleted",
    "AttemptRow",
    "Event",
    "State",
    "STATES",
    "EDGES",
    "Side",
    "RepositoryLock",
    "Repository",
    "recover",
    "Recovered",
    "Verified",
    "Anchor",
    "Problem",
    "TRAILER",
    "read_anchor",
    "trailer",
    "CLEANUP",
    "export_lines",
    "read_lines",
    "verify_lines",
    "log_rows",
    "stage_medians",
    "estimate",
    "utc_now",
]
