"""Calls of methods inside Rust's macros, where there are only tokens: a link of a chain is written anew or dropped."""

from __future__ import annotations

import re
from collections.abc import Callable

from ast_grep_py import SgNode

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.pack import Call
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_RECEIVER = "{receiver}"
Fill = Callable[[str, Callable[[str], str | None]], str | None]


def is_among_tokens(use: Use) -> bool:
    """Whether the use stands in a macro call or an attribute."""
    parent = use.node.parent()
    return parent is not None and parent.kind() == "token_tree"


def edit_token_call(work: Pass, form: Call, use: Use, fill: Fill) -> None:
    """Apply a call rule whose template goes on from the receiver; any other template would need the receiver's start.

    `fill`: of `languages.calls`, handed in because that module calls this one.
    """
    listed, dot = use.node.next(), use.node.prev()
    rest = form.to.removeprefix(_RECEIVER)
    if listed is None or listed.kind() != "token_tree" or dot is None or dot.kind() != ".":
        return
    given = _arguments(work, listed)
    if rest == form.to or "{callee}" in rest or _RECEIVER in rest or not _fits(form, given):
        return
    marks = work.mark()
    text = fill(rest, lambda name: _hole(work, use, given, name))
    if text is None:
        work.undo(marks)
        return
    gap = work.text(Span(span_of(dot).end, use.span.start))
    end = span_of(listed).end
    work.change(Span(span_of(dot).start, end), text.replace(".", f".{gap}", 1) if gap else text)


def _arguments(work: Pass, listed: SgNode) -> list[str]:
    """The source of each argument: the tokens between commas."""
    parts: list[list[SgNode]] = [[]]
    for token in listed.children()[1:-1]:
        if token.kind() == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [work.text(Span(span_of(part[0]).start, span_of(part[-1]).end)) for part in parts if part]


def _fits(form: Call, given: list[str]) -> bool:
    if form.count and len(given) not in form.count:
        return False
    wanted = {int(at): text for at, text in form.when.items() if at.isdigit()}
    return all(at < len(given) and re.fullmatch(text, given[at], re.DOTALL) for at, text in wanted.items())


def _hole(work: Pass, use: Use, given: list[str], name: str) -> str | None:
    if name.startswith("use:"):
        return work.spell(work, name[4:], use.span.start)
    if name.endswith("..."):
        return ", ".join(given[int(name[:-3] or 0) :])
    if name.isdigit():
        return given[int(name)] if int(name) < len(given) else None
    return work.text(use.name) if name == "name" else None
