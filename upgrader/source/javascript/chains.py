"""Follows a value through the expression it stands in: members, calls, callbacks, up to where it is kept."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.source.javascript import flows
from upgrader.source.javascript.reading import Reading, Value, is_whole, weaker
from upgrader.source.javascript.shapes import (
    LITERALS,
    arguments_of,
    inner_span,
    is_interop,
    plain_string,
    wrapped,
)
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Confidence, Use

_WRAPPING = re.compile(r"(?i)(?:[\w$]+\.)*[\w$]*(?:async|wrap|catch|handler|promise|callback|memo)[\w$]*")
"""Names of functions that hand back the function they are given: `asyncHandler(async (req, res) => ...)`."""
_LONGEST = 500
"""Steps of an expression, and characters of a symbol, after which nobody wrote it by hand."""
_PROMISES = frozenset({"then", "finally"})


def refer(reading: Reading, node: SgNode, value: Value, *, store: bool) -> None:
    """A name that stands for a value is met: list it as a use, and follow it."""
    reading.add_use(
        Use(
            symbol=value.symbol,
            kind="name",
            span=span_of(node),
            name=span_of(node),
            node=node,
            confidence=value.confidence,
            binding=value.binding,
            store=store,
        )
    )
    if not store:
        follow(reading, node, value)


def follow(reading: Reading, node: SgNode, value: Value) -> None:
    """Climb from an expression that stands for `value` as far as what it gives is known."""
    for _ in range(_LONGEST):
        parent = node.parent()
        if parent is None or len(value.symbol) > _LONGEST:
            return
        step = _step(reading, node, parent, value)
        if step is None:
            flows.keep(reading, node, parent, value)
            return
        node, value = parent, step


def _step(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> Value | None:
    """What the parent gives, or None where the climb ends."""
    kind = parent.kind()
    if wrapped(parent, node):
        return value
    if kind == "member_expression" and parent.field("object") == node:
        return _member(reading, parent, parent.field("property"), value)
    if kind == "call_expression" and parent.field("function") == node:
        return _called(reading, parent, value)
    if kind == "subscript_expression" and parent.field("object") == node:
        return _subscript(reading, parent, value)
    return _rarer_step(reading, node, parent, value)


def _rarer_step(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> Value | None:
    """Members of types, `new`, casts, and the helpers around `require()`."""
    kind = parent.kind()
    if kind in ("nested_type_identifier", "nested_identifier") and parent.named_children()[0] == node:
        return _member(reading, parent, parent.named_children()[-1], value)
    if kind == "new_expression" and parent.field("constructor") == node:
        pass_arguments(reading, parent, value.symbol, value.confidence)
        return Value(f"{value.symbol}()", weaker(value.confidence, "likely"), value.binding)
    if kind in ("as_expression", "satisfies_expression") and parent.named_children()[-1] == node:
        return Value(f"{value.symbol}()", weaker(value.confidence, "likely"), None)
    if kind == "arguments":
        return _handed(parent, node, value)
    return value if kind == "call_expression" and node.kind() == "arguments" else None


def _handed(held: SgNode, node: SgNode, value: Value) -> Value | None:
    """`_interopRequireDefault(require("d"))`: the arguments stand for the module; the call is the next step."""
    call = held.parent()
    first = call is not None and is_interop(call) and held.named_children()[:1] == [node]
    return value if first else None


def _member(reading: Reading, whole: SgNode, name: SgNode | None, value: Value) -> Value | None:
    if name is None or name.kind() == "private_property_identifier":
        return None
    if name.text() in _PROMISES and is_whole(value.symbol) and _is_dynamic(whole):
        return value._replace(symbol=f"{value.symbol}.{name.text()}")
    return _named_member(reading, whole, name.text(), span_of(name), value)


def _is_dynamic(member: SgNode) -> bool:
    """Whether the object of a member is `import("...")` itself, a promise of the module."""
    held = member.field("object")
    return held is not None and held.kind() == "call_expression" and held.text().startswith("import(")


def _named_member(reading: Reading, whole: SgNode, name: str, at: Span, value: Value) -> Value | None:
    symbol = reading.member(value.symbol, name)
    if symbol is None:
        return None
    reading.add_use(
        Use(
            symbol=symbol,
            kind="member",
            span=span_of(whole),
            name=at,
            node=whole,
            confidence=value.confidence,
            binding=value.binding,
            store=_is_stored(whole),
        )
    )
    return Value(symbol, value.confidence, value.binding)


def _is_stored(node: SgNode) -> bool:
    """Whether a member is assigned to or deleted."""
    parent = node.parent()
    if parent is None:
        return False
    if parent.kind() in ("assignment_expression", "augmented_assignment_expression"):
        return parent.field("left") == node
    return parent.kind() == "unary_expression" and parent.text().startswith("delete")


def _subscript(reading: Reading, whole: SgNode, value: Value) -> Value | None:
    index = whole.field("index")
    name = plain_string(index)
    if index is None or name is None:
        if index is not None and index.kind() == "number":
            likely = value._replace(confidence=weaker(value.confidence, "likely"))
            return _named_member(reading, whole, index.text(), span_of(index), likely)
        if is_whole(value.symbol) and reading.counts(value.symbol):
            reading.unresolved.append((span_of(whole), "a member whose name is computed"))
        return None
    return _named_member(reading, whole, name, inner_span(index), value)


def _called(reading: Reading, call: SgNode, value: Value) -> Value:
    before, _, last = value.symbol.rpartition(".")
    if last in _PROMISES and before:
        for index, given in enumerate(arguments_of(call)[:1]):
            hand_parameters(reading, given, before, index, value.confidence)
        return Value(f"{before}().{last}", "unknown", value.binding)
    pass_arguments(reading, call, value.symbol, value.confidence)
    return Value(f"{value.symbol}()", weaker(value.confidence, "likely"), value.binding)


def pass_arguments(reading: Reading, call: SgNode, symbol: str, confidence: Confidence) -> None:
    """Name the parameters of the functions that are passed to a call: `symbol@0`, `symbol@1`."""
    for given in arguments_of(call):
        for one in given.named_children() if given.kind() == "array" else [given]:
            hand_parameters(reading, one, symbol, None, confidence)


def hand_parameters(
    reading: Reading, given: SgNode, symbol: str, only: int | None, confidence: Confidence
) -> None:
    """Name the parameters of a function literal, of a wrapped one, or later of a function passed by its name.

    `only`: the callback of a promise; its parameter stands for the symbol itself.
    """
    if given.kind() == "call_expression":
        callee, inner = given.field("function"), arguments_of(given)
        if callee is None or len(inner) != 1 or _WRAPPING.fullmatch(callee.text()) is None:
            return
        given = inner[0]
    if given.kind() == "identifier":
        reading.handlers.append((given, symbol if only is None else f"{symbol}@", confidence))
    elif given.kind() in LITERALS:
        flows.name_parameters(reading, given, symbol, only, confidence)
