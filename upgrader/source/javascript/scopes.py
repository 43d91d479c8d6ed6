"""Where a name is declared and where it is used: the occurrences of names, sorted into the scopes they belong to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from ast_grep_py import SgNode

from upgrader.source.javascript.shapes import (
    BLOCKS,
    CLASSES,
    FUNCTIONS,
    MODULES,
    PATTERNS,
    TAGS,
    enclosing,
    find_names,
    has_token,
)
from upgrader.source.syntax import Span, span_of

_HOISTED = FUNCTIONS | MODULES
_IMPORTS = frozenset({"import_clause", "import_require_clause", "namespace_import"})
_NAMED = frozenset({"enum_declaration", "import_alias", "internal_module", "module"})
_DECLARED = frozenset({"function_declaration", "function_signature", "generator_function_declaration"})
_TYPES = frozenset({"interface_declaration", "type_alias_declaration"})
_ASSIGNED = frozenset({"assignment_expression", "augmented_assignment_expression"})
_NOTHING = frozenset({"null", "undefined"})

Space = Literal["value", "type", "both"]


class Cell(NamedTuple):
    """One declared name: everything that declares or assigns it in one scope."""

    name: str
    scope: Span
    space: Space


class Role(NamedTuple):
    """What one occurrence of a name does there."""

    does: Literal["declare", "refer", "assign", "nothing"]
    scope: SgNode | None = None
    space: Space = "value"


_REFER = Role("refer")
_ASSIGN = Role("assign")
_NO_ROLE = Role("nothing")


class Place(NamedTuple):
    """An occurrence that reads or assigns a name."""

    node: SgNode
    store: bool


class _Order:
    """The cells of one name by position, each with the one around it: scopes lie inside each other or apart."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells = sorted(cells, key=lambda cell: (cell.scope.start, -cell.scope.end))
        self.starts = [cell.scope.start for cell in self.cells]
        self.around: list[int] = []
        open_ones: list[int] = []
        for index, cell in enumerate(self.cells):
            while open_ones and self.cells[open_ones[-1]].scope.end <= cell.scope.start:
                open_ones.pop()
            self.around.append(open_ones[-1] if open_ones else -1)
            open_ones.append(index)

    def innermost(self, at: Span, space: Space) -> Cell | None:
        index = bisect_right(self.starts, at.start) - 1
        while index >= 0:
            cell = self.cells[index]
            if at.end <= cell.scope.end and (space == "both" or cell.space in (space, "both")):
                return cell
            index = self.around[index]
        return None


class Names:
    """The occurrences of names in one file, collected name by name as they are asked for."""

    def __init__(self, root: SgNode) -> None:
        self.root = root
        self.known: set[str] = set()
        self.cells: dict[str, dict[Cell, None]] = {}
        self.places: dict[Cell, list[Place]] = {}
        self.declaring: dict[Cell, list[SgNode]] = {}
        self.origins: dict[Cell, set[str]] = {}
        self.free: dict[str, list[Place]] = {}
        self._orders: dict[str, _Order] = {}

    def collect(self, names: Collection[str]) -> None:
        """Sort the occurrences of these names; one search of the tree for all that are new."""
        new = {name for name in names if name and name not in self.known}
        if not new:
            return
        self.known |= new
        referring: list[tuple[str, Place, Space]] = []
        for node in find_names(self.root, new):
            name, role = node.text(), role_of(node)
            if role.does == "declare" and role.scope is not None:
                self._declare(Cell(name, span_of(role.scope), role.space), node)
            elif role.does in ("refer", "assign"):
                referring.append((name, Place(node, role.does == "assign"), role.space))
        for name, place, space in referring:
            self._refer(name, place, space)

    def _declare(self, cell: Cell, node: SgNode) -> None:
        self.declaring.setdefault(cell, []).append(node)
        self.cells.setdefault(cell.name, {})[cell] = None
        self.origins.setdefault(cell, set()).update(_origin(node))

    def _refer(self, name: str, place: Place, space: Space) -> None:
        cell = self.cell_at(name, span_of(place.node), space)
        if cell is None:
            self.free.setdefault(name, []).append(place)
            return
        self.places.setdefault(cell, []).append(place)
        if place.store:
            self.origins.setdefault(cell, set()).update(_origin(place.node))

    def cell_at(self, name: str, at: Span, space: Space = "value") -> Cell | None:
        """The cell that a name means at a place: the innermost scope that declares it. The name must be collected."""
        ordered = self._orders.get(name)
        if ordered is None:
            ordered = self._orders[name] = _Order(self.cells.get(name, ()))
        return ordered.innermost(at, space)

    def cell_of(self, node: SgNode) -> Cell | None:
        """The cell of one occurrence, declaring or referring."""
        name, role = node.text(), role_of(node)
        self.collect({name})
        if role.does == "declare" and role.scope is not None:
            return Cell(name, span_of(role.scope), role.space)
        return self.cell_at(name, span_of(node), role.space)

    def is_torn(self, cell: Cell) -> bool:
        """Whether different things are assigned to the name, so that nobody can say which one it is."""
        return len(self.origins.get(cell, ())) > 1


def role_of(node: SgNode) -> Role:
    """What an occurrence of a name does; `node` is of one of the kinds that find_names() gives."""
    kind = node.kind()
    parent = node.parent()
    if parent is None or kind == "shorthand_property_identifier":
        return _REFER
    if kind == "type_identifier":
        return _type_role(node, parent)
    above = parent.kind()
    if above in _IMPORTS:
        return Role("declare", enclosing(node, MODULES), "both")
    if above in ("import_specifier", "export_specifier", "namespace_export"):
        return _specifier_role(node, parent)
    if (
        above in CLASSES
        or above in _NAMED
        or above in _DECLARED
        or above.startswith(("function_e", "generator"))
    ):
        return _named_role(node, parent)
    if above in TAGS:
        return _NO_ROLE if node.text()[:1].islower() else _REFER  # `<div>` is no name of the program
    if above == "jsx_namespace_name":
        return _NO_ROLE
    return _pattern_role(node)


def _type_role(node: SgNode, parent: SgNode) -> Role:
    above = parent.kind()
    named = parent.field("name") == node
    if above in CLASSES and named:
        return _named_role(node, parent)
    if above in _TYPES and named:
        return Role("declare", _outside(parent), "type")
    if above in ("type_parameter", "mapped_type_clause") and named:
        return Role("declare", parent.parent() if above[0] == "m" else _owner(parent), "type")
    if above == "infer_type":
        return Role("declare", enclosing(node, frozenset({"conditional_type"})), "type")
    if above == "nested_type_identifier" and parent.field("module") != node:
        return _NO_ROLE
    return Role("refer", None, "type")


def _owner(parameter: SgNode) -> SgNode | None:
    """What a type parameter belongs to: the parent of `<T>`."""
    held = parameter.parent()
    return held.parent() if held is not None else None


def _outside(declaration: SgNode) -> SgNode:
    """The block that a declared name can be seen in."""
    return enclosing(declaration, BLOCKS)


def _specifier_role(node: SgNode, parent: SgNode) -> Role:
    alias = parent.field("alias")
    if parent.kind() == "import_specifier":
        declares = alias is None or alias == node
        return Role("declare", enclosing(node, MODULES), "both") if declares else _NO_ROLE
    statement = enclosing(node, frozenset({"export_statement"}))
    if parent.kind() == "namespace_export" or statement.field("source") is not None:
        return _NO_ROLE
    return Role("refer", None, "both") if parent.field("name") == node else _NO_ROLE


def _named_role(node: SgNode, parent: SgNode) -> Role:
    if parent.field("name") != node and parent.kind() != "import_alias":
        return _pattern_role(node)
    if parent.kind() == "import_alias" and parent.named_children()[0] != node:
        return _REFER
    space: Space = "both" if parent.kind() in CLASSES or parent.kind() in _NAMED else "value"
    if parent.kind() in ("class", "function_expression", "generator_function"):
        return Role("declare", parent, space)
    return Role("declare", _outside(parent), space)


def _pattern_role(node: SgNode) -> Role:
    """Climb out of a destructuring pattern to what it belongs to."""
    child, parent = node, node.parent()
    while parent is not None and parent.kind() in PATTERNS:
        if (
            parent.kind() in ("assignment_pattern", "object_assignment_pattern")
            and parent.field("left") != child
        ):
            return _REFER
        if parent.kind() == "pair_pattern" and parent.field("value") != child:
            return _REFER
        child, parent = parent, parent.parent()
    return _REFER if parent is None else _target_role(child, parent)


def _target_role(target: SgNode, parent: SgNode) -> Role:
    kind = parent.kind()
    if kind == "variable_declarator":
        return _variable_role(parent) if parent.field("name") == target else _REFER
    if kind in ("formal_parameters", "required_parameter", "optional_parameter"):
        declares = kind == "formal_parameters" or target == _pattern_of(parent)
        return Role("declare", enclosing(parent, FUNCTIONS | {"tuple_type"})) if declares else _REFER
    if kind in ("arrow_function", "catch_clause"):
        return Role("declare", parent) if parent.field("parameter") == target else _REFER
    if kind == "for_in_statement" and parent.field("left") == target:
        if not has_token(parent, "const", "let", "var"):
            return _ASSIGN
        return Role("declare", enclosing(parent, _HOISTED) if has_token(parent, "var") else parent)
    if kind in _ASSIGNED and parent.field("left") == target:
        return _ASSIGN
    if kind == "index_signature":
        return _NO_ROLE
    return _ASSIGN if kind == "update_expression" else _REFER


def _pattern_of(parameter: SgNode) -> SgNode | None:
    return parameter.field("pattern")


def _variable_role(declarator: SgNode) -> Role:
    whole = declarator.parent()
    hoisted = whole is not None and whole.kind() == "variable_declaration"
    return Role("declare", enclosing(declarator, _HOISTED if hoisted else BLOCKS))


def _origin(node: SgNode) -> list[str]:
    """A word for where a declaration or an assignment takes its value from; [] when it gives none.

    Two calls of one function give the same word: `app = express()` in two hooks is one thing.
    """
    child, parent = node, node.parent()
    while parent is not None and parent.kind() in PATTERNS:
        child, parent = parent, parent.parent()
    if parent is None or parent.kind() in _TYPES or parent.kind() == "type_parameter":
        return []
    if parent.kind() == "variable_declarator":
        value = parent.field("value")
    elif parent.kind() == "assignment_expression":
        value = parent.field("right")
    else:
        return [f"@{span_of(parent).start}"]
    if value is None or value.text() in _NOTHING:
        return []
    return [value.text().partition("(")[0].strip() if child == node else f"@{span_of(parent).start}"]
