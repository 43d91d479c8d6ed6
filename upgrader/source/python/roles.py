"""What an identifier does where it stands: binds a name, reads one, or is no name of its own at all."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ast_grep_py import SgNode

from upgrader.source.syntax import Span, span_of

Binds = Literal[
    "import",
    "assign",
    "augment",
    "param",
    "for",
    "with",
    "except",
    "def",
    "class",
    "walrus",
    "capture",
    "del",
    "typeparam",
    "typealias",
]
Role = Literal["load", "field", "word", "global", "nonlocal"] | Binds


class Place(NamedTuple):
    """The role of one identifier, and the node that gives it to it."""

    role: Role
    holder: SgNode
    """Of an assignment the assignment, of a parameter the parameter, of an import the item, else the parent."""


_GROUPS = frozenset(
    (
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
        "expression_list",
        "tuple",
        "list",
        "parenthesized_expression",
        "as_pattern_target",
        "splat_pattern",
    )
)
"""What may stand between a name and the statement that binds it: `(a, *b), c = ...`."""
_DIRECT: dict[str, Role] = {
    "parameters": "param",
    "lambda_parameters": "param",
    "global_statement": "global",
    "nonlocal_statement": "nonlocal",
    "keyword_separator": "word",
}
_BY_FIELD: dict[str, tuple[str, Role, Role]] = {
    # kind of the parent: field that makes the difference, role in it, role elsewhere
    "attribute": ("object", "load", "field"),
    "keyword_argument": ("name", "word", "load"),
    "default_parameter": ("name", "param", "load"),
    "typed_default_parameter": ("name", "param", "load"),
    "function_definition": ("name", "def", "load"),
    "class_definition": ("name", "class", "load"),
    "named_expression": ("name", "walrus", "load"),
    "assignment": ("left", "assign", "load"),
    "augmented_assignment": ("left", "augment", "load"),
    "for_statement": ("left", "for", "load"),
    "for_in_clause": ("left", "for", "load"),
}


def start_of(node: SgNode) -> int:
    """The first character of a node."""
    return node.range().start.index


def end_of(node: SgNode) -> int:
    """The offset after a node's last character."""
    return node.range().end.index


def place_of(node: SgNode, start: int) -> Place:
    """The role of an identifier that begins at `start`."""
    parent = node.parent()
    if parent is None:
        return Place("word", node)
    kind = parent.kind()
    if kind in _BY_FIELD:
        return _by_field(parent, kind, start)
    if kind in _DIRECT:
        return Place(_DIRECT[kind], node)
    if kind == "dotted_name":
        return _dotted(node, parent, start)
    if kind == "type":
        return _in_type(parent)
    if kind in _GROUPS or kind == "dictionary_splat_pattern":
        return _grouped(parent, start)
    return _rare(parent, kind, start)


def _rare(parent: SgNode, kind: str, start: int) -> Place:
    """Parents that seldom hold a name which is bound."""
    if kind == "aliased_import":
        return Place("import", parent)
    if kind == "typed_parameter":
        return Place("param" if start_of(parent) == start else "load", parent)
    if kind == "as_pattern":
        return Place("load" if start_of(parent) == start else "capture", parent)
    if kind == "keyword_pattern":
        return Place("word" if start_of(parent) == start else "load", parent)
    if kind == "delete_statement":
        return Place("del", parent)
    return Place("load", parent)


def _by_field(parent: SgNode, kind: str, start: int) -> Place:
    name, inside, outside = _BY_FIELD[kind]
    found = parent.field(name)
    if found is None:
        return Place("load", parent)
    where = span_of(found)
    return Place(inside if where.start <= start < where.end else outside, parent)


def _dotted(node: SgNode, parent: SgNode, start: int) -> Place:
    """A name in an import, or in a pattern of `match`."""
    around = parent.parent()
    kind = around.kind() if around is not None else ""
    first = start_of(parent) == start
    if around is None:
        return Place("word", parent)
    if kind == "import_statement":
        return Place("import" if first else "word", parent)
    if kind == "import_from_statement":
        module = around.field("module_name")
        of_module = module is not None and start_of(module) == start_of(parent)
        return Place("word" if of_module or not first else "import", parent)
    if kind in ("aliased_import", "relative_import", "future_import_statement"):
        return Place("word", parent)
    alone = len(parent.children()) == 1
    if alone and kind == "case_pattern" and node.text() != "_":
        return Place("capture", around)
    return Place("load" if first else "field", parent)


def _in_type(parent: SgNode) -> Place:
    """A type is read, except for the parameters of PEP 695 and the name of a `type` statement."""
    around = parent.parent()
    kind = around.kind() if around is not None else ""
    if around is None:
        return Place("load", parent)
    if kind == "constrained_type" and _is_first(around, parent):
        above = around.parent()
        around = above.parent() if above is not None else around
        kind = around.kind() if around is not None else ""
    if kind == "type_parameter" and around is not None:
        owner = around.parent()
        named = owner is not None and owner.kind() in ("function_definition", "class_definition")
        return Place("typeparam" if named else "load", parent)
    if kind == "type_alias_statement" and around is not None and _is_alias_name(around, parent):
        return Place("typealias", around)
    return Place("load", parent)


def _is_first(around: SgNode, node: SgNode) -> bool:
    return start_of(around) == start_of(node)


def _is_alias_name(statement: SgNode, node: SgNode) -> bool:
    left = statement.child(1)
    return left is not None and start_of(left) == start_of(node)


def _grouped(parent: SgNode, start: int) -> Place:
    """Climb out of tuples and lists to what may bind the name."""
    node: SgNode | None = parent
    aimed = False
    while node is not None and (node.kind() in _GROUPS or node.kind() == "dictionary_splat_pattern"):
        aimed = aimed or node.kind() == "as_pattern_target"
        node = node.parent()
    if node is None:
        return Place("load", parent)
    kind = node.kind()
    if aimed and kind == "as_pattern":
        return Place(_as_pattern_role(node), node)
    if kind in ("assignment", "augmented_assignment", "for_statement", "for_in_clause"):
        return _by_field(node, kind, start)
    if kind == "delete_statement":
        return Place("del", node)
    if kind in ("parameters", "lambda_parameters", "typed_parameter"):
        return Place("param", node if kind == "typed_parameter" else parent)
    return Place("capture" if kind in ("case_pattern", "dict_pattern") else "load", node)


def _as_pattern_role(node: SgNode) -> Role:
    around = node.parent()
    kind = around.kind() if around is not None else ""
    if kind in ("except_clause", "except_group_clause"):
        return "except"
    return "with" if kind == "with_item" else "capture"


def inside(span: Span, offset: int) -> bool:
    """Whether a character lies in a span."""
    return span.start <= offset < span.end
