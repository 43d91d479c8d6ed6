"""The import lines after the edits: what was wanted is added, what nothing uses any more is taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from upgrader.rulebook.languages.base import Change, Found, Want
from upgrader.rulebook.languages.python.import_items import (
    ImportItems,
    removal_spans,
    statement_node,
)
from upgrader.rulebook.languages.python.import_places import Line, import_lines, joined, placed, section_of
from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.rulebook.languages.python.spelling import split
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Binding


class _Import(NamedTuple):
    """An import to add: `from module import item`, or `import module` where item is empty."""

    module: str
    item: str


def added(sheet: Sheet, found: Found, changes: Sequence[Change], taken_out: Sequence[Change]) -> list[Change]:
    """The changes that bring in what the accepted edits want."""
    every = import_lines(sheet.source)
    touched = [change.span for change in changes]
    gone = [change.span for change in taken_out]
    lines = [line for line in every if not any(_covers(span, line.span) for span in gone)]
    free = [line for line in lines if not any(_overlap(line.span, span) for span in touched)]
    made: list[Change] = []
    known: set[_Import] = set()
    for want in _accepted(found, changes):
        new = _import_of(want)
        if new in known or sheet.binding_of(want.symbol, want.local) is not None:
            continue
        known.add(new)
        place = joined(sheet.source, free, new.module, new.item) if new.item else None
        place = _beside_removed(sheet, place, gone, new.item) if place is not None else None
        if place is None:
            place = _placed(sheet, lines, [line for line in every if line not in lines], new)
        made.append(Change(span=place[0], text=place[1], rule=want.rule, atom=want.atom))
    return _merged(made)


def _placed(sheet: Sheet, lines: list[Line], removed: list[Line], new: _Import) -> tuple[Span, str]:
    """A statement of its own; it takes the place of one of its section that goes."""
    statement = f"from {new.module} import {new.item}" if new.item else f"import {new.module}"
    module = new.module.partition(" ")[0]
    spot = next((line for line in removed if not lines or line.section == section_of(module)), None)
    if spot is not None:
        begin = spot.span.start
        return Span(begin, begin), f"{statement}{sheet.source.newline()}"
    return placed(sheet.source, lines, module, statement)


def _beside_removed(
    sheet: Sheet, place: tuple[Span, str], gone: Sequence[Span], item: str
) -> tuple[Span, str]:
    """An item that would be put in the middle of what is taken out goes right after it, written like it."""
    at = place[0].start
    span = next((span for span in gone if span.start < at < span.end), None)
    if span is None:
        return place
    text = sheet.text[span.start : span.end]
    if text.lstrip().startswith(","):
        written = f", {item}"
    elif text.endswith("\n"):
        written = f"{text[: len(text) - len(text.lstrip())]}{item},{sheet.source.newline()}"
    else:
        written = f"{item}, "
    return Span(span.end, span.end), written


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _accepted(found: Found, changes: Sequence[Change]) -> list[Want]:
    """The wants whose edit was accepted, and those that belong to no edit."""
    proposed = {(change.rule, change.atom) for change in found.changes}
    kept = {(change.rule, change.atom) for change in changes}
    return [w for w in found.wants if (w.rule, w.atom) in kept or (w.rule, w.atom) not in proposed]


def _import_of(want: Want) -> _Import:
    parent, last = split(want.symbol)
    if want.local == last and parent:
        return _Import(parent, last)
    if want.local == want.symbol.partition(".")[0]:
        return _Import(want.symbol, "")
    if not parent:
        return _Import(f"{want.symbol} as {want.local}", "")
    return _Import(parent, f"{last} as {want.local}")


def _overlap(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _merged(made: list[Change]) -> list[Change]:
    """Several lines or items for one place become one change there, in order."""
    by_place: dict[Span, list[Change]] = {}
    for change in made:
        by_place.setdefault(change.span, []).append(change)
    merged: list[Change] = []
    for span, changes in by_place.items():
        first = changes[0]
        text = _in_order([change.text for change in changes])
        merged.append(Change(span=span, text=text, rule=first.rule, atom=first.atom))
    return merged


def _in_order(texts: list[str]) -> str:
    """Items sorted by name; statements by section, an empty line between two sections."""
    if not all(text.endswith("\n") and text.startswith(("import ", "from ")) for text in texts):
        return "".join(sorted(texts))
    ranked = sorted((section_of(text.split()[1]), text) for text in texts)
    result, last = "", ranked[0][0]
    for section, text in ranked:
        gap = "\r\n" if text.endswith("\r\n") else "\n"
        result += text if section == last or result.endswith(gap * 2) else gap + text
        last = section
    return result


def dropped(sheet: Sheet, found: Found, changes: Sequence[Change]) -> list[Change]:
    """The changes that take out imports whose every use went with the accepted changes, or that were freed."""
    freed = {one.symbol for one in found.freed}
    rules = [change.rule for change in changes] or [one.rule for one in found.freed]
    items = ImportItems(sheet, "")
    gone: dict[Span, list[Binding]] = {}
    for binding in sheet.uses.bindings:
        imported = binding.form in ("module", "member") and not items.is_handed_on(binding)
        changed = any(_crosses(binding.name, change.span) for change in changes)
        if imported and not changed and _is_unused(sheet, binding, changes, binding.symbol in freed):
            gone.setdefault(binding.statement, []).append(binding)
    made: list[Change] = []
    for statement, bindings in gone.items():
        node = statement_node(sheet, statement)
        if node is None or not rules:
            continue
        parts = [span_of(item) for item in node.field_children("name")]
        indices = [n for n, part in enumerate(parts) if any(_holds(part, b.name) for b in bindings)]
        for span in removal_spans(sheet.text, node, parts, indices):
            if any(_crosses(span, change.span) for change in changes):
                continue
            replaced = "pass" if _is_only(sheet, statement, span) else ""
            made.append(Change(span=span, text=replaced, rule=rules[0], atom=-1 - statement.start))
    return made


def _crosses(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _takes(change: Change, start: int) -> bool:
    """Whether the name at `start` goes, or becomes a member of something: `utc` to `timezone.utc`."""
    inside = change.span.start <= start < change.span.end
    return inside or (change.span.end == start and change.text.endswith("."))


def _is_only(sheet: Sheet, statement: Span, span: Span) -> bool:
    """Whether a whole statement goes and its block would be left empty."""
    node = statement_node(sheet, statement)
    above = node.parent() if node is not None else None
    return (
        span == statement
        and above is not None
        and above.kind() == "block"
        and len(above.named_children()) == 1
    )


def _holds(part: Span, name: Span) -> bool:
    return part.start <= name.start < part.end


def _is_unused(sheet: Sheet, binding: Binding, changes: Sequence[Change], freed: bool) -> bool:
    """Whether nothing reads the name after the changes, and something did before them or a rule frees it."""
    places = sheet.names.read(binding.local)
    if sum(map(len, places.bound.values())) != 1 or places.outer:
        return False
    pattern = re.compile(rf"(?<![\w.]){re.escape(binding.local)}(?!\w)")
    if any(pattern.search(change.text) for change in changes):
        return False
    read = [start for _, start in places.loads]
    read += [
        u.span.start for u in sheet.uses.uses if u.binding == binding and u.kind not in ("import", "string")
    ]
    left = [start for start in read if not any(_takes(change, start) for change in changes)]
    return not left and (bool(read) or freed)
