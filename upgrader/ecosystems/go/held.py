"""How the Go book words what it could not read and what it does not do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgrader.ecosystems.go.mod_syntax import Fault
from upgrader.model import Held, Place

_MOST = 20
"""Bad lines of one file that are told one by one."""


def unreadable(path: str, line: int, reason: str, advice: str) -> Held:
    """A file or line that could not be read; `reason` starts with `path:line:`."""
    return Held(
        kind="unreadable",
        subject=path,
        reason=reason,
        advice=advice,
        ecosystem="go",
        place=Place(path=path, line=line),
    )


def faulty(path: str, faults: Sequence[Fault], advice: str) -> Iterator[Held]:
    """One item per bad line, the rest counted: a file of another kind shall not flood the report."""
    for fault in faults[:_MOST]:
        yield unreadable(path, fault.line, f"{path}:{fault.line}: has {fault.reason}.", advice)
    if len(faults) > _MOST:
        line = faults[_MOST].line
        more = f"{path}:{line}: and {len(faults) - _MOST} more lines that cannot be read."
        yield unreadable(path, line, more, advice)


def note(subject: str, reason: str, advice: str) -> Held:
    """Something that was seen and is not done."""
    return Held(
        kind="tool",
        subject=subject,
        reason=reason,
        advice=advice,
        ecosystem="go",
        place=Place(path=subject, line=0),
    )
