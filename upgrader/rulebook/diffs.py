"""Unified diffs of rewritten files, made line against line where their number did not change."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

CONTEXT = 3
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
Block = tuple[int, int, int, int]
"""Lines [from, to) before that became lines [from, to) after."""


def unified(path: str, before: str, after: str) -> str:
    """The diff of one file as git writes it, with `a/` and `b/`; "" when nothing differs."""
    if before == after:
        return ""
    old, new = _LINE.findall(before), _LINE.findall(after)
    lines = [f"--- a/{path}\n", f"+++ b/{path}\n"]
    for hunk in _hunks(_blocks(old, new)):
        lines += _hunk(old, new, hunk)
    return "".join(lines)


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """The differing blocks. A rewrite rarely adds lines; comparing place by place is then exact and fast."""
    if len(old) == len(new):
        places = [index for index in range(len(old)) if old[index] != new[index]]
        return [(first, last, first, last) for first, last in _runs(places)]
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matcher = difflib.SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    return [
        (first + head, last + head, start + head, end + head)
        for tag, first, last, start, end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as half-open ranges."""
    start = previous = -2
    for place in places:
        if place != previous + 1:
            if start >= 0:
                yield start, previous + 1
            start = place
        previous = place
    if start >= 0:
        yield start, previous + 1


def _hunks(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks near enough to share their context."""
    hunk: list[Block] = []
    for block in blocks:
        if hunk and block[0] - hunk[-1][1] > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(block)
    if hunk:
        yield hunk


def _hunk(old: Sequence[str], new: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    lead = min(CONTEXT, blocks[0][0])
    trail = min(CONTEXT, len(old) - blocks[-1][1])
    first, last = blocks[0][0] - lead, blocks[-1][1] + trail
    start, end = blocks[0][2] - lead, blocks[-1][3] + trail
    lines = [f"@@ -{_range(first, last)} +{_range(start, end)} @@\n"]
    at = first
    for before, until, begin, stop in blocks:
        lines += [_line(" ", text) for text in old[at:before]]
        lines += [_line("-", text) for text in old[before:until]]
        lines += [_line("+", text) for text in new[begin:stop]]
        at = until
    return lines + [_line(" ", text) for text in old[at:last]]


def _range(first: int, last: int) -> str:
    count = last - first
    place = first + 1 if count else first
    return str(place) if count == 1 else f"{place},{count}"


def _line(sign: str, text: str) -> str:
    return f"{sign}{text}" if text.endswith("\n") else f"{sign}{text}\n\\ No newline at end of file\n"
