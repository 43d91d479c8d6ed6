"""Options of a call and attributes of an element: renamed, removed, inverted, given other values, added."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.rulebook.languages.javascript.callsites import (
    around,
    call_of,
    cut,
    full_match,
    is_around,
    meant,
)
from upgrader.rulebook.languages.javascript.draft import Atom, Draft, say
from upgrader.rulebook.languages.javascript.properties import Property, holders_of, properties_of, spreads_in
from upgrader.rulebook.pack import Keyword, RuleForm
from upgrader.source.javascript.shapes import arguments_of
from upgrader.source.syntax import Span, span_of

_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")
_STRING = re.compile(r"\"[^\"{}]*\"|'[^'{}]*'")
_PARTS = re.compile(r"\{([\w$-]+)=\}")
_SIMPLE = frozenset({"call_expression", "identifier", "member_expression", "parenthesized_expression"})


def edit_options(draft: Draft, rule: RuleForm, form: Keyword) -> None:
    """Apply a rule's `keyword` to the file."""
    for use in meant(draft, rule, form.of):
        holders = holders_of(draft, use.node, form.argument)
        for holder in holders:
            _edit_holder(draft, rule, form, holder)
        if form.add and not holders:
            _add_object(draft, rule, form, use.node)


def _edit_holder(draft: Draft, rule: RuleForm, form: Keyword, holder: SgNode) -> None:
    listed = properties_of(holder)
    names = {one.name for one in listed}
    if names & set(form.unless):
        return
    for name, template in form.join.items():
        _join(draft, rule, name, draft.styled(template), holder, listed)
    touched = {*form.rename, *form.remove, *form.invert}
    for spread in spreads_in(holder):
        if touched and not touched & names:
            draft.note(spread, rule.id, f"what is spread here can't be seen: {say(rule)}")
    for one in listed:
        if one.name not in form.remove and _meets(draft, form, one):
            _edit_property(draft, rule, form, one, names)
    _remove(draft, rule, form, holder, listed)
    if form.add:
        _add(draft, rule, form, holder, listed)


def _meets(draft: Draft, form: Keyword, one: Property) -> bool:
    wanted = form.when.get(one.name)
    if wanted is None:
        return True
    value = one.name if one.shorthand else "true" if one.value is None else draft.text(one.value)
    return full_match(wanted, value)


def _edit_property(draft: Draft, rule: RuleForm, form: Keyword, one: Property, names: set[str]) -> None:
    atom = draft.atom(rule)
    name = form.rename.get(one.name) or form.invert.get(one.name) or one.name
    if name != one.name and name in names:
        draft.note(one.node, rule.id, f"`{name}` is there already: {say(rule)}")
        return
    value = _new_value(draft, atom, form, one, name)
    if value is None:
        draft.note(one.node, rule.id, say(rule))
        return
    if one.shorthand and (name != one.name or value != one.name):
        atom.replace(one.node, f"{_key(name)}: {value}")
    elif not one.shorthand:
        if name != one.name:
            atom.replace(one.key, name if _is_quoted(draft, one) else _key(name))
        _write_value(draft, atom, one, value)
    draft.commit(atom)


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


def _is_quoted(draft: Draft, one: Property) -> bool:
    return one.node.kind() == "jsx_attribute" or draft.text(Span(one.key.end, one.key.end + 1)) in ("'", '"')


def _write_value(draft: Draft, atom: Atom, one: Property, value: str) -> None:
    old = draft.text(one.value) if one.value is not None else ""
    if value == old or one.node.kind() == "method_definition":
        return
    if one.value is None:
        end = span_of(one.node).end
        atom.replace(Span(end, end), f"={value if _STRING.fullmatch(value) else '{' + value + '}'}")
    elif one.value.kind() == "string" and one.node.kind() == "jsx_attribute" and not _in_braces(one):
        atom.replace(one.value, value if _STRING.fullmatch(value) else f"{{{value}}}")
    else:
        atom.replace(one.value, value)


def _in_braces(one: Property) -> bool:
    parent = one.value.parent() if one.value is not None else None
    return parent is not None and parent.kind() == "jsx_expression"


def _new_value(draft: Draft, atom: Atom, form: Keyword, one: Property, name: str) -> str | None:
    """The value as it will be written; "" for what has none and gets none, None for what can't be done."""
    attribute = one.node.kind() == "jsx_attribute"
    value = draft.text(one.value) if one.value is not None else one.name if one.shorthand else ""
    if one.name in form.invert:
        if one.node.kind() == "method_definition":
            return None
        value = _negated(one, value or "true")
    table = {old: draft.styled(new) for old, new in form.values.get(name, {}).items()}
    value = _replaced(table, value, attribute=attribute)
    template = form.wrap.get(name)
    if template is None or (not value and not attribute):
        return None if template is not None else value
    if name in form.rename.values() and one.name == name:
        return value
    span = span_of(one.value) if one.value is not None else one.key
    text = around(draft, atom, template, span)
    return value if text is not None and is_around(text, value) else text


def _replaced(table: dict[str, str], value: str, *, attribute: bool) -> str:
    """The value that a table of values gives, in the quotes of the old one."""
    bare = value[1:-1] if _STRING.fullmatch(value) or value[:1] == "`" else value
    if not value and attribute:
        bare = "true"
    new = table.get(bare)
    if new is None:
        return value
    quoted = value[:1] in "'\"`" and value != ""
    return f"{value[0]}{new}{value[0]}" if quoted and _STRING.fullmatch(new) is None else new


def _negated(one: Property, value: str) -> str:
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if value.startswith("!") and one.value is not None and one.value.kind() == "unary_expression":
        return value[1:].strip()
    simple = one.shorthand or (one.value is not None and one.value.kind() in _SIMPLE)
    return f"!{value}" if simple else f"!({value})"


def _join(
    draft: Draft, rule: RuleForm, name: str, template: str, holder: SgNode, listed: list[Property]
) -> None:
    """Write one keyword in the place of several, where all of them are there with a value."""
    old = {one.name: one for one in listed if one.value is not None or one.shorthand}
    wanted = _PARTS.findall(template)
    if name in old or not all(one in old for one in wanted):
        return
    atom = draft.atom(rule)
    values = {one: _text_of(draft, old[one]) for one in wanted}
    text = _PARTS.sub(lambda found: values[found[1]], template)
    first, *others = sorted((old[one] for one in wanted), key=lambda one: one.key)
    attribute = first.node.kind() == "jsx_attribute"
    atom.replace(first.node, f"{name}={{{text}}}" if attribute else f"{_key(name)}: {text}")
    _take(draft, atom, holder, others)
    draft.commit(atom)


def _text_of(draft: Draft, one: Property) -> str:
    return draft.text(one.value) if one.value is not None else one.name


def _remove(draft: Draft, rule: RuleForm, form: Keyword, holder: SgNode, listed: list[Property]) -> None:
    gone = [one for one in listed if one.name in form.remove and _meets(draft, form, one)]
    if not gone:
        return
    atom = draft.atom(rule)
    _take(draft, atom, holder, gone)
    draft.commit(atom)


def _take(draft: Draft, atom: Atom, holder: SgNode, gone: list[Property]) -> None:
    """Cut properties or attributes out, with their commas or blanks."""
    if holder.kind() == "object":
        items = [one for one in holder.named_children() if one.kind() != "comment"]
        nodes = {span_of(one.node) for one in gone}
        for span in cut(items, {at for at, item in enumerate(items) if span_of(item) in nodes}):
            atom.replace(span, "")
        return
    for one in gone:
        start, end = span_of(one.node)
        while draft.source.text[start - 1].isspace():
            start -= 1
        atom.replace(Span(start, end), "")


def _add(draft: Draft, rule: RuleForm, form: Keyword, holder: SgNode, listed: list[Property]) -> None:
    names = {one.name for one in listed} | {form.rename.get(one.name, "") for one in listed}
    missing = {name: value for name, value in form.add.items() if name not in names}
    if not missing:
        return
    if any(spreads_in(holder)):
        draft.note(holder, rule.id, f"what is spread here can't be seen: {say(rule)}")
        return
    atom = draft.atom(rule)
    texts = {
        name: around(draft, atom, value, Span(holder.range().start.index, holder.range().start.index))
        for name, value in missing.items()
    }
    if any(text is None for text in texts.values()):
        return
    if holder.kind() == "object":
        _add_pairs(draft, atom, holder, [f"{_key(name)}: {text}" for name, text in texts.items()])
    else:
        name_node = holder.field("type_arguments") or holder.field("name")
        after = listed[-1].node if listed else name_node or holder
        end = span_of(after).end
        words = [
            f" {name}={text if _STRING.fullmatch(str(text)) else '{' + str(text) + '}'}"
            for name, text in texts.items()
        ]
        atom.replace(Span(end, end), "".join(words))
    draft.commit(atom)


def _add_pairs(draft: Draft, atom: Atom, holder: SgNode, pairs: list[str]) -> None:
    items = [one for one in holder.named_children() if one.kind() != "comment"]
    start, end = span_of(holder)
    if not items:
        atom.replace(Span(start, end), "{ " + ", ".join(pairs) + " }")
        return
    first, last = span_of(items[0]), span_of(items[-1])
    line = draft.source.text.rfind("\n", 0, last.start) + 1
    indent = draft.source.text[line : last.start]
    several = "\n" in draft.source.text[start : first.start] and not indent.strip()
    joint = f",{draft.source.newline()}{indent}" if several else ", "
    atom.replace(Span(last.end, last.end), "".join(joint + pair for pair in pairs))


def _add_object(draft: Draft, rule: RuleForm, form: Keyword, node: SgNode) -> None:
    """A call that has no options object yet gets one, where the rule says at which position."""
    call = call_of(node)
    held = call.field("arguments") if call is not None else None
    if call is None or held is None or form.argument is None:
        return
    given = arguments_of(call)
    if len(given) != form.argument or any(one.kind() == "spread_element" for one in given):
        return
    atom = draft.atom(rule)
    at = span_of(given[-1]).end if given else span_of(held).start + 1
    texts = [around(draft, atom, value, Span(at, at)) for value in form.add.values()]
    if None in texts:
        return
    pairs = ", ".join(f"{_key(name)}: {text}" for name, text in zip(form.add, texts, strict=True))
    atom.replace(Span(at, at), f"{', ' if given else ''}{{ {pairs} }}")
    draft.commit(atom)
