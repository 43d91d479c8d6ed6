"""Edits of calls in languages with plain positional arguments: argument, call and text rules of Go and Rust."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from ast_grep_py import SgNode

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.languages.macro_calls import edit_token_call, is_among_tokens
from upgrader.rulebook.pack import Argument, Call, RuleForm, Text
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_HOLE = re.compile(r"\{\{|\{(callee|receiver\.?|name|[0-9]+|[0-9]*\.\.\.|use:[^{}]+|)\}")
_AROUND = frozenset({"generic_function", "parenthesized_expression", "type_instantiation_expression"})
_STRINGS = frozenset({"interpreted_string_literal", "raw_string_literal", "string_literal"})
_INSIDE = frozenset({"interpreted_string_literal_content", "raw_string_literal_content", "string_content"})
_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "attribute_item"})
Holes = Callable[[str], str | None]


def call_of(use: Use) -> SgNode | None:
    """The call whose function the use is, type arguments in between allowed; None where it is not called."""
    node = use.node
    parent = node.parent()
    while parent is not None and parent.kind() in _AROUND:
        node, parent = parent, parent.parent()
    if parent is None or parent.kind() != "call_expression" or parent.field("function") != node:
        return None
    return parent


def arguments_of(call: SgNode) -> list[SgNode]:
    """The positional arguments, comments left out."""
    listed = call.field("arguments")
    return [node for node in listed.named_children() if node.kind() not in _COMMENTS] if listed else []


def fill(template: str, holes: Holes) -> str | None:
    """The template with its holes filled; None where one of them can't be."""
    parts: list[str] = []
    at = 0
    for hole in _HOLE.finditer(template):
        value = "{" if hole.group() == "{{" else holes(hole.group(1))
        if value is None:
            return None
        parts += [template[at : hole.start()], value]
        at = hole.end()
    return "".join([*parts, template[at:]])


def wrapped(work: Pass, template: str, span: Span) -> str | None:
    """A template around what stands at a span; `{}` is that text."""

    def hole(name: str) -> str | None:
        if name.startswith("use:"):
            return work.spell(work, name[4:], span.start)
        return work.text(span) if name == "" else None

    return fill(template, hole)


def is_wrapped(text: str, inner: str) -> bool:
    """Whether the source has already what the filled template `text` would put around it."""
    before, _, after = text.partition(inner)
    return bool(before) and inner.startswith(before) and inner.endswith(after)


def edit_positional(work: Pass, rule: RuleForm) -> None:
    """The argument, call and text edits of a rule."""
    if rule.argument:
        edit_arguments(work, rule.argument)
    if rule.call:
        edit_calls(work, rule.call)
    if rule.text:
        edit_text(work, rule.text)


def edit_arguments(work: Pass, form: Argument) -> None:
    """Drop, insert, reorder and wrap positional arguments."""
    for use in work.meant(form.of):
        call = call_of(use)
        if call is None:
            if form.order or form.drop or form.insert:
                work.note(use.span, "handed on without being called: its arguments can't be seen here")
            continue
        given = arguments_of(call)
        if _fits(work, form.count, form.when, given):
            marks = work.mark()
            if not _rearranged(work, form, call, given):
                work.undo(marks)


def _fits(work: Pass, count: list[int], when: Mapping[int, str], given: list[SgNode]) -> bool:
    if count and len(given) not in count:
        return False
    return all(
        at < len(given) and re.fullmatch(text, given[at].text(), re.DOTALL) for at, text in when.items()
    )


def _rearranged(work: Pass, form: Argument, call: SgNode, given: list[SgNode]) -> bool:
    if any(node.kind() == "variadic_argument" for node in given) and (form.order or form.drop or form.insert):
        work.note(span_of(call), "arguments are spread here: change the call by hand")
        return False
    for at, template in form.wrap.items():
        if at < len(given):
            text = wrapped(work, template, span_of(given[at]))
            if text is None:
                return False
            if not is_wrapped(text, given[at].text()):
                work.change(span_of(given[at]), text)
    if form.order and sorted(form.order) == list(range(len(given))):
        for place, taken in enumerate(form.order):
            work.change(span_of(given[place]), given[taken].text())
    drop_listed(work, form.drop, given)
    return all(_insert(work, call, given, at, template) for at, template in sorted(form.insert.items()))


def drop_listed(work: Pass, places: list[int], given: list[SgNode]) -> None:
    """Take items out of a list with commas between them."""
    dropped = {at for at in places if at < len(given)}
    if dropped and len(dropped) == len(given):
        end = span_of(given[-1]).end
        comma = re.match(r"\s*,", work.source.text[end:])
        work.change(Span(span_of(given[0]).start, end + (comma.end() if comma else 0)), "")
        return
    first_kept = min((at for at in range(len(given)) if at not in dropped), default=0)
    for at in dropped:
        where = span_of(given[at])
        if at < first_kept:
            work.change(Span(where.start, span_of(given[at + 1]).start), "")
        else:
            work.change(Span(span_of(given[at - 1]).end, where.end), "")


def _insert(work: Pass, call: SgNode, given: list[SgNode], at: int, template: str) -> bool:
    listed = call.field("arguments")
    if listed is None or at > len(given):
        return False
    text = wrapped(work, template, Span(listed.range().start.index, listed.range().start.index))
    if text is None:
        return False
    if at < len(given):
        start = span_of(given[at]).start
        work.change(Span(start, start), f"{text}, ")
    elif given:
        end = span_of(given[-1]).end
        work.change(Span(end, end), f", {text}")
    else:
        start = span_of(listed).start + 1
        work.change(Span(start, start), text)
    return True


def edit_calls(work: Pass, form: Call) -> None:
    """Write a call, or the expression where it is not called, anew from a template."""
    for use in work.meant(form.of):
        if is_among_tokens(use):
            edit_token_call(work, form, use, fill)
            continue
        call = call_of(use)
        given = arguments_of(call) if call else []
        when = {int(at): text for at, text in form.when.items() if at.isdigit()}
        if (form.count or form.when) and (call is None or not _fits(work, form.count, when, given)):
            continue
        marks = work.mark()
        node = call or use.node
        # With its dot the receiver keeps the line break of a chain.
        text = fill(form.to.replace("{receiver}.", "{receiver.}"), partial(_call_hole, work, use, given))
        if text is None:
            work.undo(marks)
            work.note(use.span, "the call has not the arguments that the rule rewrites: change it by hand")
        else:
            _change_least(work, span_of(node), text)


def _change_least(work: Pass, where: Span, text: str) -> None:
    """Write only what differs, so that other edits of the receiver and the arguments can be made in the same round."""
    old = work.text(where)
    begin = 0
    while begin < min(len(old), len(text)) and old[begin] == text[begin]:
        begin += 1
    end = 0
    while end < min(len(old), len(text)) - begin and old[-1 - end] == text[-1 - end]:
        end += 1
    work.change(Span(where.start + begin, where.end - end), text[begin : len(text) - end])


def _call_hole(work: Pass, use: Use, given: list[SgNode], name: str) -> str | None:
    if name.startswith("use:"):
        return work.spell(work, name[4:], use.span.start)
    if name.endswith("..."):
        kept = given[int(name[:-3] or 0) :]
        return work.text(Span(span_of(kept[0]).start, span_of(kept[-1]).end)) if kept else ""
    if name.isdigit():
        return given[int(name)].text() if int(name) < len(given) else None
    if name.startswith("receiver"):
        before = work.text(Span(use.span.start, use.name.start))
        bare = before.rstrip().rstrip(".:").rstrip()
        return bare if name == "receiver" else before if before.endswith(".") else f"{bare}."
    return {"callee": work.text(use.span), "name": work.text(use.name)}.get(name)


def edit_text(work: Pass, form: Text) -> None:
    """Change the inside of string literals that are arguments of a call, escapes as they are written."""
    pattern = re.compile(form.find)
    for use in work.meant(form.of):
        call = call_of(use)
        for at, node in enumerate(arguments_of(call) if call else []):
            if (form.argument and at not in form.argument) or node.kind() not in _STRINGS:
                continue
            work.mark()
            for part in node.children():
                if part.kind() in _INSIDE:
                    work.change(span_of(part), pattern.sub(form.replace, part.text()))
