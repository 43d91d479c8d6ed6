"""How an expression is written anew where it stands: shorthand properties, exported names, pairs of tags."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.rulebook.languages.javascript.draft import Atom, Draft
from upgrader.source.javascript.shapes import TAGS, inner_span, plain_string, unwrap
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_GIVING = frozenset(
    {"import", "jest.requireActual", "jest.requireMock", "require", "vi.importActual", "vi.importMock"}
)


def replace_name(atom: Atom, node: SgNode, new: str) -> None:
    """Write another expression in the place of a bare name; property keys and exported names stay as they are."""
    old = node.text()
    parent = node.parent()
    if node.kind() == "shorthand_property_identifier":
        atom.replace(node, f"{old}: {new}")
    elif parent is not None and parent.kind() == "export_specifier" and parent.field("alias") is None:
        atom.replace(node, f"{new} as {old}")
    else:
        atom.replace(node, new)


def with_closing_tag(atom: Atom, use: Use, last: str) -> None:
    """`<A.B>` and `</A.B>` are renamed together, whichever of them is met."""
    for other in tag_pair(use.node):
        name = other.named_children()[-1] if other.kind() == "member_expression" else other
        atom.replace(name, last)


def tag_pair(node: SgNode) -> list[SgNode]:
    """The names of the opening and the closing tag of an element, for the name of one of them."""
    tag = node.parent()
    element = tag.parent() if tag is not None and tag.kind() in TAGS else None
    if tag is None or element is None or element.kind() != "jsx_element" or tag.field("name") != node:
        return []
    tags = [one for one in element.named_children() if one.kind() in TAGS]
    return [name for one in tags if one.kind() != "jsx_self_closing_element" and (name := one.field("name"))]


def is_type(node: SgNode) -> bool:
    """Whether a name stands where only types can."""
    return node.kind() in ("generic_type", "nested_type_identifier", "type_identifier")


def is_lost_tag(node: SgNode, new: str) -> bool:
    """Whether an element's name would become one that JSX takes for an HTML tag."""
    parent = node.parent()
    return parent is not None and parent.kind() in TAGS and "." not in new and new[:1].islower()


def required_module(node: SgNode) -> Span | None:
    """The inside of the specifier in `require("d").name` and `(await import("d")).name`, when that is all of it."""
    held = node.field("object") if node.kind() == "member_expression" else None
    held = unwrap(held) if held is not None else None
    callee = held.field("function") if held is not None and held.kind() == "call_expression" else None
    arguments = held.field("arguments") if held is not None and callee is not None else None
    if callee is None or callee.text() not in _GIVING or arguments is None:
        return None
    parts = arguments.named_children()
    return inner_span(parts[0]) if len(parts) == 1 and plain_string(parts[0]) is not None else None


def is_hidden(draft: Draft, name: str, at: Span) -> bool:
    """Whether a name that the file knows already means something else at a place than at the top of the file."""
    if name not in draft.uses.names:
        return False
    draft.names.collect({name})
    top = span_of(draft.source.root).start  # the tree begins at its first token, not at the first blank line
    return draft.names.cell_at(name, at) != draft.names.cell_at(name, Span(top, top))
