"""Positional arguments of calls: reordered, dropped, put in, wrapped; and the strings among them."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode

from upgrader.rulebook.languages.javascript.callsites import (
    around,
    call_of,
    compiled,
    cut,
    element_of,
    fits,
    is_around,
    meant,
    positional,
)
from upgrader.rulebook.languages.javascript.draft import Atom, Draft, say
from upgrader.rulebook.languages.javascript.properties import objects_of, properties_of
from upgrader.rulebook.pack import Argument, RuleForm, Text
from upgrader.source.javascript.shapes import arguments_of, inner_span, unwrap
from upgrader.source.syntax import Span, span_of


def edit_arguments(draft: Draft, rule: RuleForm, form: Argument) -> None:
    """Apply a rule's `argument` to the file."""
    for use in meant(draft, rule, form.of):
        call = call_of(use.node)
        if call is None:
            continue
        given = positional(call)
        if given is None:
            draft.note(use.span, rule.id, f"its arguments are spread: {say(rule)}")
        elif fits(draft, given, form.count, form.when):
            atom = draft.atom(rule)
            if _rearrange(draft, atom, form, call, given):
                draft.commit(atom)
            else:
                draft.note(use.span, rule.id, say(rule))


def _rearrange(draft: Draft, atom: Atom, form: Argument, call: SgNode, given: list[SgNode]) -> bool:
    if form.order and sorted(form.order) != list(range(len(given))):
        return False
    for place, taken in enumerate(form.order):
        atom.replace(given[place], draft.text(given[taken]))
    wrapped = all(_wrap(draft, atom, given[at], text) for at, text in form.wrap.items() if at < len(given))
    for span in cut(given, {at for at in form.drop if at < len(given)}):
        atom.replace(span, "")
    return wrapped and all(
        _insert(draft, atom, call, given, at, text) for at, text in sorted(form.insert.items())
    )


def _wrap(draft: Draft, atom: Atom, given: SgNode, template: str) -> bool:
    text = around(draft, atom, template, span_of(given))
    if text is not None and not is_around(text, draft.text(given)):
        atom.replace(given, text)
    return text is not None


def _insert(draft: Draft, atom: Atom, call: SgNode, given: list[SgNode], at: int, template: str) -> bool:
    held = call.field("arguments")
    text = around(draft, atom, template, Span(span_of(call).start, span_of(call).start))
    if text is None or at > len(given) or held is None:
        return False
    if at < len(given):
        start = span_of(given[at]).start
        atom.replace(Span(start, start), f"{text}, ")
    elif given:
        end = span_of(given[-1]).end
        atom.replace(Span(end, end), f", {text}")
    else:
        start = span_of(held).start + 1
        atom.replace(Span(start, start), text)
    return True


def edit_text(draft: Draft, rule: RuleForm, form: Text) -> None:
    """Apply a rule's `text`: the inside of string literals that are arguments, properties or attributes."""
    pattern = compiled(form.find)
    for use in meant(draft, rule, form.of):
        for literal in _literals(draft, use.node, form):
            atom = draft.atom(rule)
            inside = inner_span(literal)
            held = [span_of(one) for one in literal.named_children() if one.kind() == "template_substitution"]
            for found in pattern.finditer(draft.text(inside)):
                span = Span(inside.start + found.start(), inside.start + found.end())
                if not any(span.start < one.end and one.start < span.end for one in held):
                    atom.replace(span, found.expand(form.replace))
            draft.commit(atom)


def _literals(draft: Draft, node: SgNode, form: Text) -> Iterator[SgNode]:
    """The strings and templates that the rule speaks of, those in arrays included."""
    call, tag = call_of(node), element_of(node)
    names = {one for one in form.argument if isinstance(one, str)}
    if call is not None:
        for at, given in enumerate(arguments_of(call)):
            if not form.argument or at in form.argument:
                yield from _strings(given)
    if names:
        for held in [tag] if tag is not None else objects_of(draft, node, None):
            for prop in properties_of(held):
                if prop.name in names and prop.value is not None:
                    yield from _strings(prop.value)


def _strings(given: SgNode) -> Iterator[SgNode]:
    given = unwrap(given)
    if given.kind() in ("string", "template_string"):
        yield given
    elif given.kind() == "array":
        for one in given.named_children():
            yield from _strings(one)
