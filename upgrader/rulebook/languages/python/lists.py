"""Taking parts out of lists with commas, arguments and imported names, so that the layout of the rest stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from upgrader.source.syntax import Span


def without(text: str, parts: Sequence[Span], gone: Collection[int], closing: int | None) -> list[Span]:
    """The spans to delete so that the parts with the indices `gone` are taken out with their commas.

    `closing`: offset of the closing bracket, None for a list without brackets. Parts that have lines of their own go
    with the lines. Comments stay, except one at the end of a removed part's own line.
    """
    found: list[Span] = []
    for first, last in _runs(sorted(gone)):
        span = Span(parts[first].start, parts[last].end)
        before = parts[first - 1] if first else None
        after = parts[last + 1] if last + 1 < len(parts) else None
        found.append(_without(text, span, before, after, closing))
    return found


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbours together: two that go side by side go as one."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _without(text: str, span: Span, before: Span | None, after: Span | None, closing: int | None) -> Span:
    start, end = span
    comma = past_comma(text, end)
    if closing is not None and (own := own_lines(text, start, comma or end)) is not None:
        return own
    if before is None:
        follower = after.start if after is not None else closing
        plain = follower is not None and "#" not in text[end:follower]
        return Span(start, follower if plain and follower is not None else comma or end)
    between = text[before.end : start]
    if "#" in between:
        return Span(start, comma or end)
    if comma is None or (after is not None and text[comma:].lstrip(" \t")[:1] in "\r\n\\"):
        return Span(before.end, end)
    if after is None:
        return Span(before.end + between.index(",") + 1, comma)
    return Span(start, after.start)


def past_comma(text: str, end: int) -> int | None:
    """The offset after the comma that follows, None when there is none."""
    at = end
    while at < len(text) and text[at] in " \t\r\n\\":
        at += 1
    return at + 1 if text[at : at + 1] == "," else None


def own_lines(text: str, start: int, end: int) -> Span | None:
    """The whole lines of a span, where nothing else stands on them but a comment after it."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    if text[begin:start].strip() or stop < 0:
        return None
    rest = text[end:stop].strip()
    return Span(begin, stop + 1) if not rest or rest.startswith("#") else None


def indent_of(text: str, offset: int) -> str:
    """The blanks that the line of an offset begins with."""
    begin = text.rfind("\n", 0, offset) + 1
    line = text[begin:offset]
    return line[: len(line) - len(line.lstrip())]
