"""Struct literals and patterns of Rust: the fields that they give."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.rulebook.languages.fields import Element, Shape

_BODIES = {"struct_expression": "name", "struct_pattern": "type"}
_INSIDE = frozenset(
    {"scoped_type_identifier", "scoped_identifier", "generic_type", "generic_type_with_turbofish"}
)


def bodies(type_node: SgNode) -> list[SgNode]:
    """The `{...}` behind a type's name: a literal's, or a pattern itself."""
    node, parent = type_node, type_node.parent()
    while parent is not None and parent.kind() in _INSIDE and parent.field("name") != node:
        node, parent = parent, parent.parent()
    field = _BODIES.get(parent.kind()) if parent else None
    if parent is None or field is None or parent.field(field) != node:
        return []
    body = parent.field("body") if parent.kind() == "struct_expression" else parent
    return [body] if body else []


def keyed(body: SgNode) -> list[Element]:
    """The named fields of a literal or pattern; in the short form name and value are one node."""
    found: list[Element] = []
    for element in body.named_children():
        kind = element.kind()
        if kind == "shorthand_field_initializer":
            name = element.child(0)
            if name is not None:
                found.append((element, name, name))
        elif kind == "field_initializer":
            key, value = element.field("field"), element.field("value")
            if key is not None and value is not None:
                found.append((element, key, value))
        elif kind == "field_pattern":
            key, value = element.field("name"), element.field("pattern")
            if key is not None:
                found.append((element, key, value or key))
    return found


SHAPE = Shape(bodies=bodies, keyed=keyed, positional=frozenset(), assignment="assignment_expression")
