"""A client's own minimum release age: uv's `exclude-newer`, pip's `uploaded-prior-to`, absolute or relative."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"w": 7.0, "d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
_FRIENDLY = re.compile(r"\s*(\d{1,6})\s*(w|d|h|m|s)[a-z]*\s*,?", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?", re.IGNORECASE
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def minimum_age(text: str, now: datetime) -> float | None:
    """Days that a release must be old: `7 days`, `P7D`, `2026-01-31`, `2026-01-31T12:00:00Z`; None if unreadable.

    A date alone means the end of that day, as uv reads it. Source: uv's settings reference, pip install's options.
    """
    text = text.strip()
    if not text:
        return None
    found = _ISO.fullmatch(text)
    if found and any(found.groups()):
        parts = zip(found.groups(), _UNITS.values(), strict=True)
        return sum(int(count) * unit for count, unit in parts if count)
    if _is_friendly(text):
        return sum(int(found[1]) * _UNITS[found[2].lower()] for found in _FRIENDLY.finditer(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if _DAY.fullmatch(text):
        moment += timedelta(days=1)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max((now - moment).total_seconds() / 86400, 0.0)


def _is_friendly(text: str) -> bool:
    """Words such as `1 week 2 days`; months and years have no fixed length, and uv refuses them."""
    units = re.findall(r"[A-Za-z]+", text)
    known = re.compile(r"w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?", re.IGNORECASE)
    return (
        bool(units) and all(known.fullmatch(unit) for unit in units) and not _FRIENDLY.sub("", text).strip()
    )
