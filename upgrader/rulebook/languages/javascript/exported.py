"""The functions that a module exports under a name."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ast_grep_py import SgNode

from upgrader.source.javascript.shapes import FUNCTIONS, unwrap
from upgrader.source.syntax import Span, span_of


def exported_functions(root: SgNode, names: Collection[str]) -> Iterator[SgNode]:
    """The functions themselves, by `export`, `export default f` and `export { f as default }`, each once."""
    there = dict(_top_functions(root))
    seen: set[Span] = set()
    for statement in root.named_children():
        if statement.kind() != "export_statement" or statement.field("source") is not None:
            continue
        for name, function in _exported(statement, there):
            if name in names and span_of(function) not in seen:
                seen.add(span_of(function))
                yield function


def _top_functions(root: SgNode) -> Iterator[tuple[str, SgNode]]:
    for statement in root.named_children():
        declared = statement.field("declaration") if statement.kind() == "export_statement" else statement
        if declared is not None:
            yield from _declared(declared)


def _declared(node: SgNode) -> Iterator[tuple[str, SgNode]]:
    """Name and function of a declaration."""
    parts = (
        node.named_children() if node.kind() in ("lexical_declaration", "variable_declaration") else [node]
    )
    for one in parts:
        name = one.field("name")
        value = one.field("value") if one.kind() == "variable_declarator" else one
        if name is not None and value is not None and unwrap(value).kind() in FUNCTIONS:
            yield name.text(), unwrap(value)


def _exported(statement: SgNode, there: dict[str, SgNode]) -> Iterator[tuple[str, SgNode]]:
    declared, value = statement.field("declaration"), statement.field("value")
    default = any(one.kind() == "default" for one in statement.children())
    if value is not None and unwrap(value).kind() in FUNCTIONS:
        yield "default", unwrap(value)
    elif value is not None and value.text() in there:
        yield "default", there[value.text()]
    elif declared is not None and default:
        yield "default", declared
    elif declared is not None:
        yield from _declared(declared)
    for one in statement.find_all(kind="export_specifier"):
        name = one.field("name")
        if name is not None and name.text() in there:
            yield (one.field("alias") or name).text(), there[name.text()]
