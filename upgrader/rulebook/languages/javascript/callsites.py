"""The calls, constructions and elements of a symbol, and templates filled at a place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from ast_grep_py import SgNode

from upgrader.rulebook.languages.javascript.draft import Atom, Draft
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import matches
from upgrader.rulebook.template import shortened
from upgrader.source.javascript.shapes import TAGS, arguments_of, wrapped
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_HOLE = re.compile(r"\{\{|\{([^{}\s]*(?:use:[^{}]+)?)\}")
Part = str | Span
"""Of a filled template: words, or a part of the source that is carried over as it stands."""


def means(draft: Draft, patterns: Iterable[str], use: Use) -> bool:
    """Whether one of the patterns names the use's symbol."""
    return any(matches(one, use.symbol, draft.same) for one in patterns)


def meant(draft: Draft, rule: RuleForm, patterns: Sequence[str]) -> Iterator[Use]:
    """The uses in expressions that the patterns name and the rule may edit."""
    for use in draft.uses.uses:
        if use.kind in ("name", "member") and means(draft, patterns, use) and draft.may_edit(rule, use):
            yield use


def call_of(node: SgNode) -> SgNode | None:
    """The call or `new` whose function a node is; None where it is not called."""
    parent = node.parent()
    while parent is not None and wrapped(parent, node) and parent.kind() != "await_expression":
        node, parent = parent, parent.parent()
    if parent is None:
        return None
    if parent.kind() == "call_expression" and parent.field("function") == node:
        held = parent.field("arguments")
        return parent if held is not None and held.kind() == "arguments" else None
    if parent.kind() == "new_expression" and parent.field("constructor") == node:
        return parent
    return None


def element_of(node: SgNode) -> SgNode | None:
    """The opening or self-closing tag whose name a node is."""
    parent = node.parent()
    if parent is None or parent.kind() not in TAGS or parent.kind() == "jsx_closing_element":
        return None
    return parent if parent.field("name") == node else None


def positional(call: SgNode) -> list[SgNode] | None:
    """The arguments; None where some are spread, so that nobody can count them."""
    given = arguments_of(call)
    return None if any(one.kind() == "spread_element" for one in given) else given


def full_match(pattern: str, text: str) -> bool:
    """Whether a pack's regular expression matches the whole text."""
    return compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pack's regular expression; `.` matches line endings too."""
    return re.compile(pattern, re.DOTALL)


def fits(draft: Draft, given: Sequence[SgNode] | None, count: Sequence[int], when: Mapping[int, str]) -> bool:
    """Whether the arguments are as many and such as the rule asks for."""
    if given is None:
        return not count and not when
    if count and len(given) not in count:
        return False
    return all(at < len(given) and full_match(text, draft.text(given[at])) for at, text in when.items())


def fill(template: str, hole: Callable[[str], Part | None]) -> list[Part] | None:
    """The template in parts, its holes filled; None where one of them can't be."""
    parts: list[Part] = []
    at = 0
    for found in _HOLE.finditer(template):
        parts.append(template[at : found.start()])
        at = found.end()
        value = "{" if found.group() == "{{" else hole(found.group(1))
        if value is None:
            return None
        parts.append(value)
    return [*parts, template[at:]]


def joined(draft: Draft, parts: Iterable[Part]) -> str:
    """The parts as text."""
    return "".join(one if isinstance(one, str) else draft.text(one) for one in parts)


def write(draft: Draft, atom: Atom, whole: Span, parts: list[Part]) -> None:
    """Put the parts in the place of a span; what is carried over in its old order stays untouched."""
    carried = [one for one in parts if isinstance(one, Span)]
    ends = [whole.start, *(end for one in carried for end in one), whole.end]
    if ends != sorted(ends):
        parts = [joined(draft, parts)]
    at, words = whole.start, ""
    for part in [*parts, Span(whole.end, whole.end)]:
        if isinstance(part, str):
            words += part
            continue
        change = shortened(draft.source.text, Span(at, part.start), words)
        if change is not None:
            atom.replace(*change)
        at, words = part.end, ""


def around(draft: Draft, atom: Atom, template: str, span: Span) -> str | None:
    """A template around what stands at a span, `{}` for it; None where a symbol in it can't be spelled."""

    def hole(name: str) -> Part | None:
        if name.startswith("use:"):
            return draft.spell(atom, name[4:], span)
        return span if name == "" else f"{{{name}}}"

    parts = fill(draft.styled(template), hole)
    return joined(draft, parts) if parts is not None else None


def is_around(text: str, inner: str) -> bool:
    """Whether the source already has what the filled template `text` would put around it."""
    before, _, after = text.partition(inner)
    return bool(before or after) and inner.startswith(before) and inner.endswith(after)


def cut(items: Sequence[SgNode], gone: set[int]) -> Iterator[Span]:
    """The spans to remove so that a list with commas stays one; none of the items with these indexes stays."""
    if len(gone) == len(items) and items:
        last = items[-1].next()
        end = span_of(last).end if last is not None and last.kind() == "," else span_of(items[-1]).end
        yield Span(span_of(items[0]).start, end)
        return
    kept_before = False
    for index, item in enumerate(items):
        if index not in gone:
            kept_before = True
        elif kept_before:
            yield Span(span_of(items[index - 1]).end, span_of(item).end)
        else:
            yield Span(span_of(item).start, span_of(items[index + 1]).start)
