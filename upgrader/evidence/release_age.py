"""How long the target has been out: most malicious releases are found within days (SAFETY T1)."""

from __future__ import annotations

from datetime import datetime

from upgrader.evidence.witness import Surroundings
from upgrader.model import AgeFact, AnyFact, Package, Update

NAME = "release age"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """One fact: days since upload, None when the registry gives no time; none when no registry was asked."""
    if not isinstance(around.package, Package):
        return []
    days = days_since(update.target.released_at, around.now)
    return [AgeFact(witness=NAME, source=update.source, days=days)]


def days_since(released_at: str | None, now: datetime) -> float | None:
    """Days between an ISO 8601 UTC time and now, one decimal; None for no time or one that is not ISO 8601."""
    if released_at is None:
        return None
    try:
        released = datetime.fromisoformat(released_at)
    except ValueError:
        return None
    if released.tzinfo is None:
        return None
    return round((now - released).total_seconds() / 86_400, 1)
