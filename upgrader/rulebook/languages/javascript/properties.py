"""Named values of a call or an element: properties of options objects, attributes of JSX."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.rulebook.languages.javascript.callsites import call_of, element_of
from upgrader.rulebook.languages.javascript.draft import Draft
from upgrader.source.javascript.shapes import arguments_of, inner_span, plain_string, unwrap
from upgrader.source.syntax import Span, span_of


class Property(Struct, frozen=True, kw_only=True):
    """One property or attribute."""

    name: str
    key: Span
    """Its name as it is written, without quotes."""
    value: SgNode | None
    """None for `{ name }`, a method, and an attribute without value."""
    node: SgNode

    @property
    def shorthand(self) -> bool:
        """`{ name }`: key and value in one word."""
        return self.node.kind() == "shorthand_property_identifier"


def holders_of(draft: Draft, node: SgNode, argument: int | None) -> list[SgNode]:
    """Where the named values of a callee or component stand: options objects, or the tag itself."""
    tag = element_of(node)
    return [tag] if tag is not None else objects_of(draft, node, argument)


def objects_of(draft: Draft, node: SgNode, argument: int | None) -> list[SgNode]:
    """The object literals passed to a call, or typed by the node: `const x: Config = {}`, `{} satisfies Config`."""
    call = call_of(node)
    if call is None:
        return _typed(node)
    given = arguments_of(call)
    if argument is not None:
        at = argument if argument >= 0 else len(given) + argument
        given = given[at : at + 1] if at >= 0 else []
    return [held for one in given if (held := _object(draft, unwrap(one))) is not None]


def _typed(node: SgNode) -> list[SgNode]:
    parent = node.parent()
    while parent is not None and parent.kind() == "generic_type":
        parent = parent.parent()
    if parent is None:
        return []
    value: SgNode | None = None
    if parent.kind() in ("as_expression", "satisfies_expression"):
        value = parent.named_children()[0]
    owner = parent.parent() if parent.kind() == "type_annotation" else None
    if owner is not None and owner.kind() == "variable_declarator":
        value = owner.field("value")
    return [value] if value is not None and value.kind() == "object" and value != node else []


def _object(draft: Draft, given: SgNode) -> SgNode | None:
    """An object literal, also one in a constant that is used for nothing else."""
    if given.kind() == "object":
        return given
    if given.kind() != "identifier":
        return None
    cell = draft.names.cell_of(given)
    if cell is None or draft.names.is_torn(cell) or len(draft.names.places.get(cell, ())) != 1:
        return None
    declaring = draft.names.declaring.get(cell, [])
    owner = declaring[0].parent() if len(declaring) == 1 else None
    value = owner.field("value") if owner is not None and owner.kind() == "variable_declarator" else None
    value = unwrap(value) if value is not None else None
    return value if value is not None and value.kind() == "object" else None


def properties_of(holder: SgNode) -> list[Property]:
    """The named values in order; computed names and spreads are left out."""
    return [one for node in holder.named_children() if (one := _property(node)) is not None]


def _property(node: SgNode) -> Property | None:
    kind = node.kind()
    if kind == "shorthand_property_identifier":
        return Property(name=node.text(), key=span_of(node), value=None, node=node)
    if kind == "jsx_attribute":
        parts = node.named_children()
        return Property(
            name=parts[0].text(),
            key=span_of(parts[0]),
            value=_attribute_value(parts[1]) if len(parts) > 1 else None,
            node=node,
        )
    key = node.field("key") if kind == "pair" else node.field("name") if kind == "method_definition" else None
    if key is None or key.kind() == "computed_property_name":
        return None
    quoted = plain_string(key)
    return Property(
        name=quoted if quoted is not None else key.text(),
        key=inner_span(key) if quoted is not None else span_of(key),
        value=node.field("value") if kind == "pair" else None,
        node=node,
    )


def _attribute_value(node: SgNode) -> SgNode:
    """The string, or what stands in the braces."""
    if node.kind() == "jsx_expression":
        inside = [one for one in node.named_children() if one.kind() != "comment"]
        return inside[0] if len(inside) == 1 else node
    return node


def spreads_in(holder: SgNode) -> Iterator[SgNode]:
    """`...rest` in an object or a tag, whose names nobody can see here."""
    for node in holder.named_children():
        inner = node.named_children()[:1] if node.kind() == "jsx_expression" else [node]
        if inner and inner[0].kind() == "spread_element":
            yield node
