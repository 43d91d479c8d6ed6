"""Fields of structs in Go and Rust: renamed, dropped, wrapped and added in literals, renamed where selected."""

from __future__ import annotations

import re
from collections.abc import Callable

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.rulebook.languages.calls import drop_listed, fill, is_wrapped, wrapped
from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.pack import Keyword
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

Element = tuple[SgNode, SgNode, SgNode]
"""A field that a literal gives: the whole element, its name, its value; all the same node in Rust's short form."""
_SIMPLE = frozenset({"identifier", "selector_expression", "call_expression", "index_expression"})


class Shape(Struct, frozen=True, kw_only=True):
    """How a language writes struct literals."""

    bodies: Callable[[SgNode], list[SgNode]]
    """The `{...}` that belong to a type's node; Rust's struct patterns too."""
    keyed: Callable[[SgNode], list[Element]]
    """The fields in one of them."""
    positional: frozenset[str]
    """Kinds of elements that are given by position."""
    assignment: str
    """Kind of the node of `x.field = value`."""


def edit_fields(work: Pass, form: Keyword, shape: Shape) -> None:
    """Apply a keyword rule to the literals of the structs it names, and to selections of the fields."""
    for use in work.meant([pattern.removesuffix("()") for pattern in form.of]):
        for body in shape.bodies(use.node):
            marks = work.mark()
            if not _edit_literal(work, form, body, shape):
                work.undo(marks)
    changed = {*form.rename, *form.invert, *form.remove, *form.wrap, *form.patterns}
    patterns = [f"{pattern.removesuffix('()')}().{name}" for pattern in form.of for name in sorted(changed)]
    if patterns and not form.when:
        for use in work.meant(patterns):
            work.mark()
            _edit_selection(work, form, use, shape)


def _edit_literal(work: Pass, form: Keyword, body: SgNode, shape: Shape) -> bool:
    elements = shape.keyed(body)
    given = {key.text(): (element, key, value) for element, key, value in elements}
    if not elements and body.named_children() and (form.rename or form.remove or form.add):
        if any(child.kind() in shape.positional for child in body.named_children()):
            work.note(span_of(body), "the fields are given by position here: change them by hand")
        return True
    if any(name in given for name in form.unless) or not _meets(form, given):
        return True
    dropped = [given[name][0] for name in form.remove if name in given]
    for name in given:
        if not _edit_element(work, form, given, name):
            return False
    _drop(work, body, dropped)
    added = {name: text for name, text in form.add.items() if name not in given}
    return not added or _insert(
        work, body, [element for element, _, _ in elements if element not in dropped], added
    )


def _meets(form: Keyword, given: dict[str, Element]) -> bool:
    return all(
        name in given and re.fullmatch(text, given[name][2].text(), re.DOTALL)
        for name, text in form.when.items()
    )


def _edit_element(work: Pass, form: Keyword, given: dict[str, Element], name: str) -> bool:
    _, key, value = given[name]
    if name in form.remove:
        return True
    new = form.rename.get(name) or form.invert.get(name) or name
    if new != name and new in given:
        work.note(span_of(key), f"{name} becomes {new}, which is given here too: keep one of them")
        return False
    where = span_of(value)
    if key == value:
        return _edit_short(work, form, where, name, new)
    if new != name:
        work.change(span_of(key), new)
    if name in form.invert:
        work.change(where, _negated(value))
    _change_value(work, form.values.get(new, {}), value)
    if new in form.patterns:
        return _match(work, form.patterns[new], where)
    return new not in form.wrap or _wrap(work, form.wrap[new], where)


def _match(work: Pass, table: dict[str, str], where: Span) -> bool:
    """The value by the first pattern of the table that it matches."""
    text = work.text(where)
    for pattern, template in table.items():
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is None:
            continue
        spelled = fill(
            template, lambda hole: work.spell(work, hole[4:], where.start) if hole[:4] == "use:" else None
        )
        if spelled is None:
            work.note(where, "the value is written with a name that means something else in this file")
            return False
        work.change(where, found.expand(spelled))
        return True
    return True


def _edit_short(work: Pass, form: Keyword, where: Span, name: str, new: str) -> bool:
    """`T { field }`: the value keeps the old name."""
    value: str | None = f"!{name}" if name in form.invert else name
    if new in form.wrap:
        value = wrapped(work, form.wrap[new], where)
    if new in form.patterns:
        work.note(where, f"the type of {new} has changed")
    if value is None:
        return False
    if value != new:
        work.change(where, f"{new}: {value}")
    return True


def _change_value(work: Pass, table: dict[str, str], value: SgNode) -> None:
    where, text = span_of(value), value.text()
    if text in table:
        work.change(where, table[text])
    elif text[:1] in {'"', "`"} and text[1:-1] in table:
        work.change(Span(where.start + 1, where.end - 1), table[text[1:-1]])


def _wrap(work: Pass, template: str, where: Span) -> bool:
    text = wrapped(work, template, where)
    if text is None:
        work.note(where, f"the value becomes {template}, whose names mean something else in this file")
        return False
    if not is_wrapped(text, work.text(where)):
        work.change(where, text)
    return True


def _negated(value: SgNode) -> str:
    text = value.text()
    if text in {"true", "false"}:
        return "false" if text == "true" else "true"
    if value.kind() == "unary_expression" and text.startswith("!"):
        return text[1:]
    return f"!{text}" if value.kind() in _SIMPLE else f"!({text})"


def _drop(work: Pass, body: SgNode, dropped: list[SgNode]) -> None:
    """Take elements out: with their lines where they have lines of their own."""
    text = work.source.text
    listed = [child for child in body.named_children() if child.kind() != "comment"]
    beside = []
    for element in dropped:
        where = span_of(element)
        start = text.rfind("\n", 0, where.start) + 1
        rest = re.compile(r",?[ \t]*(//[^\n]*|/\*[^\n]*\*/)?[ \t]*\r?\n").match(text, where.end)
        if rest and not text[start : where.start].strip():
            work.change(Span(start, rest.end()), "")
        else:
            beside.append(listed.index(element))
    drop_listed(work, beside, listed)


def _insert(work: Pass, body: SgNode, kept: list[SgNode], added: dict[str, str]) -> bool:
    text = work.source.text
    where = span_of(body)
    written = {name: wrapped(work, value, Span(where.start, where.start)) for name, value in added.items()}
    if any(value is None for value in written.values()):
        return False
    entries = [f"{name}: {value}" for name, value in written.items()]
    if not kept:
        work.change(Span(where.start + 1, where.start + 1), ", ".join(entries))
        return True
    end = span_of(kept[-1]).end
    start = text.rfind("\n", 0, span_of(kept[-1]).start) + 1
    indent = text[start : span_of(kept[-1]).start]
    if indent.strip() or "\n" not in text[end : where.end]:
        work.change(Span(end, end), "".join(f", {entry}" for entry in entries))
    else:
        at = end + (text[end : end + 1] == ",")
        newline = work.source.newline()
        work.change(Span(at, at), "".join(f"{newline}{indent}{entry}," for entry in entries))
    return True


def _edit_selection(work: Pass, form: Keyword, use: Use, shape: Shape) -> None:
    """`options.Field`: renamed; what a dropped or wrapped field is given or read for is a person's to decide."""
    name = work.text(use.name)
    if name in form.rename:
        work.change(use.name, form.rename[name])
    new = form.rename.get(name, name)
    if name in form.remove:
        work.note(use.span, f"the field {name} is gone")
    elif name in form.invert:
        work.note(use.span, f"{name} becomes {form.invert[name]}, which means the opposite")
    elif new in form.wrap or new in form.patterns:
        value = _assigned(use, shape)
        if value is None:
            work.note(use.span, f"the type of {new} has changed")
        elif new in form.patterns:
            _match(work, form.patterns[new], span_of(value))
        else:
            _wrap(work, form.wrap[new], span_of(value))


def _assigned(use: Use, shape: Shape) -> SgNode | None:
    """The one value that `x.field = value` gives to the field."""
    left: SgNode | None = use.node
    while left is not None and left.kind() != shape.assignment:
        left = left.parent()
    if not use.store or left is None:
        return None
    operator, right = left.field("operator"), left.field("right")
    if right is None or (operator is not None and operator.text() != "="):
        return None
    if right.kind() != "expression_list":
        return right
    return right.named_children()[0] if len(right.named_children()) == 1 else None
