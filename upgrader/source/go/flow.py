"""How a symbol travels up a Go syntax tree: selectors, calls, types, and the names and fields that hold a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ast_grep_py import SgNode

SLICE, CHANNEL = "[]", "<-"
"""In front of a symbol: many of it, in a slice, array or map, or coming from a channel. Never leaves the reader."""
LOCAL = ":"
"""In front of what the project itself declares: `:#Store.db`, `:example.org/me/store#Open()`. Never leaves either."""


class Seen(Protocol):
    """What the walk reports."""

    def member(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """A name after a dot; answers the member's symbol, None where nothing is known of it."""

    def called(self, symbol: str) -> str | None:
        """What calling, converting to or constructing the symbol gives."""

    def literal(self, body: SgNode, symbol: str) -> None:
        """The fields of a literal `{...}` are those of the type."""

    def hold(self, name: SgNode, symbol: str) -> None:
        """A variable or parameter holds a value from here on."""

    def fact(self, name: str, symbol: str) -> None:
        """The package's own `name` (`Store.db`, `open()`, `Store.*` for an embedded type) stands for the symbol."""


Step = Callable[[Seen, SgNode, SgNode, str], str | None]


def climb(seen: Seen, node: SgNode, symbol: str) -> None:
    """Follow a symbol from its node upwards until nothing more is known."""
    while True:
        parent = node.parent()
        step = _STEPS.get(parent.kind()) if parent else None
        if parent is None or step is None:
            return
        found = step(seen, parent, node, symbol)
        if found is None:
            return
        node, symbol = parent, found


def value_of(seen: Seen, symbol: str) -> str | None:
    """The symbol of a value of the type: `d#T()` for `d#T`, of its elements for a container."""
    for mark in (SLICE, CHANNEL):
        if symbol.startswith(mark):
            inner = value_of(seen, symbol[2:])
            return mark + inner if inner else None
    return seen.called(symbol)


def _selector(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    if parent.field("operand") != node or symbol.startswith((SLICE, CHANNEL)):
        return None
    name = parent.field("field")
    return seen.member(parent, name, symbol) if name else None


def _qualified(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name = parent.field("name")
    return seen.member(parent, name, symbol) if name and name != node else None


def _call(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return value_of(seen, symbol) if parent.field("function") == node else None


def _arguments(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`new(T)` and `make([]T, n)` give a value of their first argument; the call takes it from here."""
    call = parent.parent()
    function = call.field("function") if call else None
    if function is None or function.text() not in {"new", "make"} or parent.named_children()[:1] != [node]:
        return None
    value = value_of(seen, symbol)
    if value is not None and call is not None:
        climb(seen, call, value)
    return None


def _typed(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """Conversions, assertions and composite literals, when the node is their type."""
    if parent.kind() == "composite_literal" and symbol.startswith(LOCAL):
        body = parent.field("body")
        if body is not None:
            seen.literal(body, symbol)
    return value_of(seen, symbol) if parent.field("type") == node else None


def _same(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return symbol


def _generic(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return symbol if parent.field("type") == node else None


def _unary(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    operator = parent.field("operator")
    if operator is None or operator.text() in {"&", "*"}:
        return symbol
    return symbol[2:] if operator.text() == CHANNEL and symbol.startswith(CHANNEL) else None


def _index(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    if parent.field("operand") != node:
        return None
    return symbol[2:] if symbol.startswith(SLICE) else symbol if not symbol.endswith(")") else None


def _slice_expression(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return symbol if parent.field("operand") == node else None


def _many(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return SLICE + symbol if node in (parent.field("element"), parent.field("value")) else None


def _channel(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return CHANNEL + symbol


def _listed(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """One of several values: to the name at its place, or to the first name if it is alone (`x, err := f()`)."""
    above = parent.parent()
    if above is None:
        return None
    if above.kind() == "var_spec":
        _hold_at(seen, above.field_children("name"), parent, node, symbol)
    elif above.kind() == "short_var_declaration" and above.field("right") == parent:
        left = above.field("left")
        _hold_at(seen, left.named_children() if left else [], parent, node, symbol)
    return None


def _hold_at(seen: Seen, names: list[SgNode], values: SgNode, value: SgNode, symbol: str) -> None:
    given = values.named_children()
    if len(given) == len(names) or value == given[0]:
        name = names[given.index(value)] if names else None
        if name is not None and name.kind() == "identifier":
            seen.hold(name, symbol)


def _spec(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`var a, b T` and parameters: every name holds a value of the type. Results are told as facts."""
    if parent.field("type") != node:
        return None
    value = value_of(seen, symbol)
    if value is None:
        return None
    if parent.kind() == "variadic_parameter_declaration":
        value = SLICE + value
    for name in parent.field_children("name"):
        seen.hold(name, value)
    function = _function_of_result(parent)
    if function is not None:
        _result(seen, function, value)
    return None


def _function_of_result(parameter: SgNode) -> SgNode | None:
    """The function whose first result the parameter declares, None for anything else."""
    listed = parameter.parent()
    function = listed.parent() if listed and listed.kind() == "parameter_list" else None
    if function is None or listed is None or function.field("result") != listed:
        return None
    return function if listed.named_children()[:1] == [parameter] else None


def _result_type(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    value = value_of(seen, symbol) if parent.field("result") == node else None
    if value is not None:
        _result(seen, parent, value)
    return None


def _result(seen: Seen, function: SgNode, value: str) -> None:
    name = function.field("name")
    if name is None:
        return
    if function.kind() == "function_declaration":
        seen.fact(f"{name.text()}()", value)
    elif function.kind() == "method_declaration":
        receiver = receiver_type(function)
        if receiver:
            seen.fact(f"{receiver}.{name.text()}()", value)
    elif function.kind() == "method_elem":
        owner = _owner(function)
        if owner:
            seen.fact(f"{owner}.{name.text()}()", value)


def receiver_type(method: SgNode) -> str:
    """The name of the type that a method belongs to, "" where it can't be read."""
    receiver = method.field("receiver")
    found = receiver.find(kind="type_identifier") if receiver else None
    return found.text() if found else ""


def _owner(node: SgNode) -> str:
    """The named type in whose declaration a field, method or embedded type stands directly."""
    for above in node.ancestors():
        kind = above.kind()
        if kind == "type_spec":
            name = above.field("name")
            return name.text() if name else ""
        if kind not in {"field_declaration_list", "struct_type", "interface_type", "type_elem"}:
            return ""
    return ""


def _field(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    owner = _owner(parent)
    value = value_of(seen, symbol) if owner and parent.field("type") == node else None
    if value is None:
        return None
    names = parent.field_children("name")
    for name in names:
        seen.fact(f"{owner}.{name.text()}", value)
    if not names:
        seen.fact(f"{owner}.*", value)
        # An embedded field is named by its type, without the package.
        seen.fact(f"{owner}.{node.text().lstrip('*').split('[')[0].split('.')[-1]}", value)
    return None


def _embedded(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`interface { pkg.T }`; a union or constraint of several types is nobody's."""
    above = parent.parent()
    owner = _owner(parent) if above and above.kind() == "interface_type" else ""
    value = value_of(seen, symbol) if owner and len(parent.named_children()) == 1 else None
    if value is not None:
        seen.fact(f"{owner}.*", value)
    return None


def _new_type(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`type A = T` is T; `type A T` has its fields, and an interface's methods."""
    name = parent.field("name")
    if name is None or parent.field("type") != node:
        return None
    if parent.kind() == "type_alias":
        seen.fact(name.text(), symbol)
    else:
        value = value_of(seen, symbol)
        if value is not None:
            seen.fact(f"{name.text()}.*", value)
    return None


def _case(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`switch v := x.(type) { case *T:`: in this clause, v is a T."""
    switch = parent.parent()
    alias = switch.field("alias") if switch else None
    value = value_of(seen, symbol) if alias and parent.field_children("type") == [node] else None
    if value is not None and alias is not None:
        for name in parent.find_all(kind="identifier", regex=f"^{alias.text()}$"):
            climb(seen, name, value)
    return None


def _range(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    left = parent.field("left")
    names = left.named_children() if left and parent.field("right") == node else []
    if symbol.startswith(CHANNEL) and len(names) == 1:
        seen.hold(names[0], symbol[2:])
    elif symbol.startswith(SLICE) and len(names) == 2:
        seen.hold(names[1], symbol[2:])
    return None


def _received(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    left = parent.field("left")
    if left and parent.field("right") == node and left.named_children():
        seen.hold(left.named_children()[0], symbol)
    return None


_STEPS: dict[str, Step] = {
    "argument_list": _arguments,
    "array_type": _many,
    "call_expression": _call,
    "channel_type": _channel,
    "composite_literal": _typed,
    "expression_list": _listed,
    "field_declaration": _field,
    "function_declaration": _result_type,
    "generic_type": _generic,
    "index_expression": _index,
    "map_type": _many,
    "method_declaration": _result_type,
    "method_elem": _result_type,
    "parameter_declaration": _spec,
    "parenthesized_expression": _same,
    "parenthesized_type": _same,
    "pointer_type": _same,
    "qualified_type": _qualified,
    "range_clause": _range,
    "receive_statement": _received,
    "selector_expression": _selector,
    "slice_expression": _slice_expression,
    "slice_type": _many,
    "type_alias": _new_type,
    "type_assertion_expression": _typed,
    "type_case": _case,
    "type_conversion_expression": _typed,
    "type_elem": _embedded,
    "type_instantiation_expression": _generic,
    "type_spec": _new_type,
    "unary_expression": _unary,
    "var_spec": _spec,
    "variadic_parameter_declaration": _spec,
}
