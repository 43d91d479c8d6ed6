"""Composite literals of Go: which `{...}` belong to a type that is named in front of them."""

from __future__ import annotations

from ast_grep_py import SgNode

_CONTAINERS = frozenset({"slice_type", "array_type", "implicit_length_array_type", "map_type"})


def literal_bodies(type_node: SgNode) -> list[SgNode]:
    """The `literal_value` nodes whose fields are those of the type: `T{}`, `&T{}`, and `{}` in `[]T{{}}`."""
    node, parent, depth = type_node, type_node.parent(), 0
    while parent is not None and parent.kind() != "composite_literal":
        kind = parent.kind()
        if kind in _CONTAINERS:
            if parent.field("key") == node:
                return []
            depth += 1
        elif kind not in {"pointer_type", "generic_type", "parenthesized_type"}:
            return []
        node, parent = parent, parent.parent()
    if parent is None or parent.field("type") != node:
        return []
    body = parent.field("body")
    return _nested([body] if body else [], depth)


def _nested(bodies: list[SgNode], depth: int) -> list[SgNode]:
    for _ in range(depth):
        bodies = [
            inner for body in bodies for inner in map(_value, body.named_children()) if inner is not None
        ]
    return bodies


def _value(element: SgNode) -> SgNode | None:
    """The `{...}` that an element of a slice or map is."""
    inner = element.named_children()
    if element.kind() == "keyed_element":
        return _value(inner[-1]) if inner else None
    if element.kind() == "literal_element" and inner and inner[0].kind() == "literal_value":
        return inner[0]
    return None


def keyed_elements(body: SgNode) -> list[tuple[SgNode, SgNode, SgNode]]:
    """The `key: value` elements of a literal whose key is a plain name: element, key, value."""
    found = []
    for element in body.named_children():
        parts = [part for part in element.named_children() if part.kind() != "comment"]
        if element.kind() == "keyed_element" and len(parts) == 2:
            key, value = (part.child(0) if part.kind() == "literal_element" else part for part in parts)
            if key is not None and value is not None and key.kind() == "identifier":
                found.append((element, key, value))
    return found
