"""Where the flags of a pack speak up; nothing is edited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.rulebook.languages.base import Note
from upgrader.rulebook.languages.javascript.callsites import call_of, means, positional
from upgrader.rulebook.languages.javascript.draft import Draft
from upgrader.rulebook.languages.javascript.properties import holders_of, properties_of
from upgrader.rulebook.pack import FlagForm
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Use, Uses


def find_flags(
    source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: Mapping[str, Sequence[str]]
) -> tuple[Note, ...]:
    """The places of `symbols`, `keyword`, `methods` and `count` of the flags, in order; each once per flag."""
    draft = Draft(source, uses, same)
    for flag in flags:
        for span in _places(draft, flag):
            draft.note(span, flag.id, flag.message)
    return draft.found().notes


def _places(draft: Draft, flag: FlagForm) -> Iterator[Span]:
    met = [use for use in draft.uses.uses if means(draft, flag.symbols, use)]
    used = {use.symbol for use in met if use.kind in ("name", "member")}
    for use in met:
        # An import line is worth a look only where the file does nothing else with the name.
        if use.kind not in ("import", "string") or use.symbol not in used:
            yield use.span
    for use in draft.uses.uses:
        if use.kind in ("name", "member"):
            yield from _options(draft, flag, use)
            yield from _counted(draft, flag, use)
    if flag.methods and (draft.uses.bindings or draft.uses.uses):
        yield from _methods(draft, flag.methods)


def _options(draft: Draft, flag: FlagForm, use: Use) -> Iterator[Span]:
    for pattern, names in flag.keyword.items():
        if not means(draft, [pattern], use):
            continue
        if not names and call_of(use.node) is not None:
            yield use.span
        for holder in holders_of(draft, use.node, None) if names else ():
            for one in properties_of(holder):
                if one.name in names:
                    yield span_of(one.node)


def _counted(draft: Draft, flag: FlagForm, use: Use) -> Iterator[Span]:
    for pattern, numbers in flag.count.items():
        call = call_of(use.node) if means(draft, [pattern], use) else None
        given = positional(call) if call is not None else None
        if given is not None and len(given) in numbers:
            yield use.span


def _methods(draft: Draft, names: Sequence[str]) -> Iterator[Span]:
    pattern = "^(?:" + "|".join(re.escape(name) for name in sorted(names)) + ")$"
    for name in draft.source.root.find_all(kind="property_identifier", regex=pattern):
        member = name.parent()
        if member is not None and member.kind() == "member_expression":
            yield span_of(member)
