"""Poetry's way of asking for versions (carets, tildes, bare versions, `||`), said in the specifiers of PEP 440."""

from __future__ import annotations

import re

from msgspec import Struct
from packaging.version import Version

_BETWEEN = re.compile(r"\s*+\|\|?\s*+", re.ASCII)
_CLAUSE = re.compile(
    r"\s*+(?P<op>\^|~=|~|===|==|=|!=|<=|>=|<|>|)\s*+(?P<written>\*|[vV]?(?:[0-9]++!)?[0-9][^\s,|^~=!<>]*+)\s*+(?:,\s*+|(?=\s)|$|(?<=\s))",
    re.ASCII,
)
_WILD = re.compile(r"[vV]?(?P<numbers>[0-9]+(?:\.[0-9]+)*+)(?:\.[*xX])+", re.ASCII)
_SAME = ("", "=", "==")


class Clause(Struct, frozen=True, kw_only=True):
    """One comparison as its author wrote it."""

    op: str
    """`^`, `~`, "" for a bare version, `=`, or an operator of PEP 440."""
    written: str
    """The version, perhaps with `.*` or `.x` behind, or `*` alone."""
    start: int
    """Offset of `written` in the requirement."""


def clauses(text: str) -> list[list[Clause]]:
    """The alternatives (`||`) of a requirement and the clauses of each, joined by commas or blanks.

    Raises ValueError for what Poetry would not take (https://python-poetry.org/docs/dependency-specification/).
    """
    found = []
    start = 0
    for end, after in [*((mark.start(), mark.end()) for mark in _BETWEEN.finditer(text)), (len(text), 0)]:
        found.append(_alternative(text, start, end))
        start = after
    return found


def specifiers(alternative: list[Clause]) -> str:
    """One alternative in the words of PEP 440. Raises ValueError for a version that is none."""
    return ",".join(part for clause in alternative if (part := _specifier(clause)))


def _alternative(text: str, start: int, end: int) -> list[Clause]:
    found = []
    while start < end:
        clause = _CLAUSE.match(text, start, end)
        if clause is None:
            raise ValueError(text)
        found.append(Clause(op=clause["op"], written=clause["written"], start=clause.start("written")))
        start = clause.end()
    if not found:
        raise ValueError(text)
    return found


def _specifier(clause: Clause) -> str:
    op, written = clause.op, clause.written
    wild = _WILD.fullmatch(written)
    if written == "*" or wild:
        if op not in (*_SAME, "!=") or (op == "!=" and not wild):
            raise ValueError(written)
        return f"{op if op == '!=' else '=='}{wild['numbers']}.*" if wild else ""
    if op in ("^", "~"):
        version = Version(written)
        above = _next_breaking(version) if op == "^" else _next_minor(version)
        epoch = f"{version.epoch}!" if version.epoch else ""
        return f">={version.public},<{epoch}{'.'.join(map(str, above))}"
    return f"{'==' if op in _SAME else op}{written.lstrip('vV')}"


def _next_breaking(version: Version) -> list[int]:
    """The first release that a caret shuts out: the leftmost number that is not 0 grows, else the last written."""
    numbers = list(version.release[:3])
    place = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return [*numbers[:place], numbers[place] + 1, *[0] * (len(numbers) - place - 1)]


def _next_minor(version: Version) -> list[int]:
    """The first release that a tilde shuts out: `~1` ends at 2, `~1.2` and `~1.2.3` at 1.3."""
    numbers = list(version.release[:2])
    return [*numbers[:-1], numbers[-1] + 1]
