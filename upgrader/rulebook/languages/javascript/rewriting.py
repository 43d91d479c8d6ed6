"""Calls and expressions that are written anew from a template."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Freed
from upgrader.rulebook.languages.javascript.callsites import (
    Part,
    call_of,
    fill,
    fits,
    full_match,
    joined,
    means,
    meant,
    positional,
    write,
)
from upgrader.rulebook.languages.javascript.draft import Atom, Draft, say
from upgrader.rulebook.languages.javascript.places import is_lost_tag, is_type, tag_pair
from upgrader.rulebook.languages.javascript.properties import objects_of, properties_of
from upgrader.rulebook.pack import Call, RuleForm
from upgrader.rulebook.template import loses_comment
from upgrader.source.javascript.shapes import FUNCTIONS, arguments_of
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_OF_CALLS = re.compile(r"\{(?:\d+|\d*\.\.\.|[\w$-]+=)\}")
_PASSING = frozenset(
    {"binary_expression", "parenthesized_expression", "sequence_expression", "ternary_expression"}
)
_LOOSE = frozenset({"call_expression", "member_expression", "non_null_expression", "subscript_expression"})


def edit_calls(draft: Draft, rule: RuleForm, form: Call) -> None:
    """Apply a rule's `call` to the file."""
    only_calls = bool(form.count or form.when or _OF_CALLS.search(form.to))
    for use in meant(draft, rule, form.of):
        call = call_of(use.node)
        if (call is None and only_calls) or use.store:
            continue
        if call is None or _fits(draft, form, use, call):
            if call is not None and _is_needed(draft, form, call):
                draft.note(use.span, rule.id, say(rule))
                continue
            _rewrite(draft, rule, form, use, call)
    _free(draft, rule, form)


def _free(draft: Draft, rule: RuleForm, form: Call) -> None:
    """What is imported by name and has no use left goes: an edit of the same line may have kept it so far."""
    for use in draft.uses.uses if "{callee}" not in form.to else ():
        imported = use.kind == "import" and use.binding is not None and use.binding.form == "member"
        if imported and means(draft, form.of, use):
            draft.freed.append(Freed(symbol=use.symbol, rule=rule.id))


def _is_needed(draft: Draft, form: Call, call: SgNode) -> bool:
    """Whether more hangs on the call than the template can give: its value, or what an argument stands for."""
    if form.unused and not _is_unused(call):
        return True
    if form.single is None:
        return False
    given = [one.text() for one in arguments_of(call)]
    like = [use for use in draft.uses.uses if means(draft, [*form.of, *form.among], use)]
    others = [other for use in like if (other := call_of(use.node)) is not None and other != call]
    return form.single < len(given) and any(
        given[form.single] in [one.text() for one in arguments_of(other)] for other in others
    )


def _is_unused(call: SgNode) -> bool:
    """Whether a call's value is dropped: a statement of its own, or all that a callback does."""
    node, parent = call, call.parent()
    while parent is not None and parent.kind() in _PASSING and parent.named_children()[-1] == node:
        node, parent = parent, parent.parent()
    if parent is None or parent.kind() == "expression_statement":
        return True
    return parent.kind() == "arrow_function" and parent.field("body") == node


def _fits(draft: Draft, form: Call, use: Use, call: SgNode) -> bool:
    places = {int(key): text for key, text in form.when.items() if key.isdigit()}
    if not fits(draft, positional(call), form.count, places):
        return False
    named = {key: text for key, text in form.when.items() if not key.isdigit()}
    values = _named_values(draft, use.node) if named else {}
    return all(key in values and full_match(text, draft.text(values[key])) for key, text in named.items())


def _named_values(draft: Draft, node: SgNode) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for holder in objects_of(draft, node, None):
        for one in properties_of(holder):
            if one.value is not None or one.shorthand:
                found.setdefault(one.name, span_of(one.value) if one.value is not None else one.key)
    return found


def _rewrite(draft: Draft, rule: RuleForm, form: Call, use: Use, call: SgNode | None) -> None:
    node = call if call is not None else use.node
    template = draft.styled(form.to)
    if "{await}" in template:
        if _is_awaited(node):
            return
        if not _may_await(node):
            draft.note(use.span, rule.id, f"it is not in an async function: {say(rule)}")
            return
        if _is_loose(node):
            template = f"({template})"
    elif " | " in template and is_type(node) and _binds(node):
        template = f"({template})"
    atom = draft.atom(rule)
    parts = fill(template, lambda name: _hole(draft, atom, use, call, name))
    if parts is None or (call is None and is_lost_tag(node, joined(draft, parts))):
        draft.note(use.span, rule.id, say(rule))
        return
    _write(draft, atom, node, parts, call is None)
    if loses_comment(node, [(one.span, one.text) for one in atom.changes]):
        draft.note(use.span, rule.id, f"a comment stands in what would go: {say(rule)}")
        return
    draft.commit(atom)


def _write(draft: Draft, atom: Atom, node: SgNode, parts: list[Part], is_name: bool) -> None:
    """Put the parts in the place of the node, and of its closing tag where it is the name of an element."""
    for one in tag_pair(node) if is_name else ():
        if span_of(one) != span_of(node):
            atom.replace(one, joined(draft, parts))
    write(draft, atom, span_of(node), parts)


def _hole(draft: Draft, atom: Atom, use: Use, call: SgNode | None, name: str) -> Part | None:
    if name.startswith("use:"):
        own = draft.text(use.span).partition(".")[0] if use.binding is None else ""
        return draft.spell(atom, name[4:], use.span, typing_only=is_type(use.node), own=own)
    if name == "await":
        return "await "
    if name == "receiver":
        return _receiver(draft, use)
    if name == "callee":
        return use.span
    if name == "name":
        return use.name
    return _argument(draft, use, call, name) if call is not None else None


def _receiver(draft: Draft, use: Use) -> Part | None:
    """What stands before the last dot; for a bare name nothing does."""
    held = use.node.field("object") or use.node.field("module")
    return span_of(held) if held is not None else None


def _argument(draft: Draft, use: Use, call: SgNode, name: str) -> Part | None:
    given = arguments_of(call)
    if name.isdigit():
        return span_of(given[int(name)]) if int(name) < len(given) else None
    if name == "...":
        return _inside(call)
    if name.endswith("..."):
        rest = given[int(name[:-3]) :]
        return Span(span_of(rest[0]).start, span_of(rest[-1]).end) if rest else ""
    return _named_values(draft, use.node).get(name[:-1]) if name.endswith("=") else None


def _inside(call: SgNode) -> Part:
    """All that stands between the parentheses, line breaks and comments included."""
    held = call.field("arguments")
    if held is None:
        return ""
    start, end = span_of(held)
    return Span(start + 1, end - 1)


def _binds(node: SgNode) -> bool:
    """Whether a union in this type's place would be read otherwise."""
    parent = node.parent()
    return parent is not None and parent.kind() in ("array_type", "intersection_type", "lookup_type")


def _is_awaited(node: SgNode) -> bool:
    parent = node.parent()
    while parent is not None and parent.kind() in ("parenthesized_expression", "as_expression"):
        node, parent = parent, parent.parent()
    if parent is None:
        return False
    if parent.kind() == "member_expression":
        name = parent.field("property")
        return name is not None and name.text() in ("then", "catch", "finally")
    called = parent.kind() == "arguments" and (parent.parent() or parent).text().startswith(
        ("use(", "React.use(")
    )
    return parent.kind() == "await_expression" or called


def _is_loose(node: SgNode) -> bool:
    """Whether something binds to the expression more tightly than `await` does."""
    parent = node.parent()
    if parent is None or parent.kind() not in _LOOSE:
        return False
    return parent.named_children()[0] == node


def _may_await(node: SgNode) -> bool:
    """Whether the nearest function is async; the top of an ES module may await too."""
    for above in node.ancestors():
        if above.kind() in FUNCTIONS:
            return any(one.kind() == "async" for one in above.children())
        if above.kind() == "program":
            return any(
                one.kind() in ("import_statement", "export_statement") for one in above.named_children()
            )
    return False
