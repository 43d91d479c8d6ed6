"""Puts import lines in order that the edits of one round wrote apart: one from-import a module, no gaps left behind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_FROM = re.compile(r"from (\.*[\w.]*) import (\w[\w \t]*(?:,[ \t]*\w[\w \t]*)*)")
_IMPORT = re.compile(r"(?:import|from)\s")
_GAP = re.compile(r"(?:\r?\n){4,}")


class _Line(Struct, frozen=True):
    """A from-import on one line at the left margin."""

    at: int
    """Index among the lines."""
    module: str
    items: tuple[str, ...]


def tidy_imports(before: str, after: str) -> str:
    """Join from-imports that an edit has put beside another of the same module; close the gaps of lines taken out.

    Only lines that were not there before are moved, past other imports only; what stands over several lines, or has a
    comment, stays.
    """
    if after == before:
        return after
    lines = after.splitlines(keepends=True)
    old = set(before.splitlines())
    fresh = [at for at, line in enumerate(lines) if line.rstrip("\r\n") not in old and _IMPORT.match(line)]
    if fresh:
        lines = _joined(lines, set(fresh))
    return _closed(before, "".join(lines))


def _joined(lines: list[str], fresh: set[int]) -> list[str]:
    by_module: dict[str, list[_Line]] = {}
    for line in _simple(lines):
        by_module.setdefault(line.module, []).append(line)
    gone: set[int] = set()
    for same in by_module.values():
        if len(same) < 2 or not any(line.at in fresh for line in same):
            continue
        keep = next((line for line in same if line.at not in fresh), same[0])
        moved = [
            line
            for line in same
            if line.at in fresh and line.at != keep.at and _near(lines, line.at, keep.at)
        ]
        items = _merged(keep.items, [item for line in moved for item in line.items])
        lines[keep.at] = f"from {keep.module} import {', '.join(items)}{_ending(lines[keep.at])}"
        gone.update(line.at for line in moved)
    return _without(lines, gone)


def _near(lines: Sequence[str], one: int, other: int) -> bool:
    """Whether nothing but imports, comments and empty lines stands between two lines."""
    between = lines[min(one, other) + 1 : max(one, other)]
    return all(
        not line.strip() or line[0] in "#)" or line[0].isspace() or _IMPORT.match(line) for line in between
    )


def _simple(lines: Sequence[str]) -> list[_Line]:
    """The from-imports that can be joined; those inside of texts look the same and are told by their quotes."""
    found: list[_Line] = []
    quoted = False
    for at, line in enumerate(lines):
        matched = None if quoted else _FROM.fullmatch(line.rstrip("\r\n"))
        if matched is not None:
            items = tuple(" ".join(item.split()) for item in matched[2].split(","))
            found.append(_Line(at, matched[1], items))
        if (line.count('"""') + line.count("'''")) % 2:
            quoted = not quoted
    return found


def _merged(items: Sequence[str], more: Sequence[str]) -> list[str]:
    """The items in the order the line has: sorted by type as isort does, sorted plainly, or as they come."""
    whole = list(dict.fromkeys([*items, *more]))
    for key in (_by_type, _plainly):
        if list(items) == sorted(items, key=key):
            return sorted(whole, key=key)
    return whole


def _by_type(item: str) -> tuple[int, str]:
    """Constants, classes, then the others."""
    name = item.split()[0]
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, item


def _plainly(item: str) -> tuple[int, str]:
    return 0, item.lower()


def _without(lines: list[str], gone: set[int]) -> list[str]:
    """The lines left; with a line that stood between empty ones, those after it go too."""
    kept: list[str] = []
    skipping = False
    for at, line in enumerate(lines):
        if at in gone:
            skipping = not kept or not kept[-1].strip()
            continue
        if skipping and not line.strip():
            continue
        skipping = False
        kept.append(line)
    return kept


def _closed(before: str, after: str) -> str:
    """Without empty lines at the start, or more than two on end, that were not there before."""
    if not before[:1].isspace():
        after = after.lstrip("\r\n")
    if not _GAP.search(before):
        newline = "\r\n" if "\r\n" in after else "\n"
        after = _GAP.sub(newline * 3, after)
    return after


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
