"""Every identifier of a Go file by its text, and which declaration each of them means (Go specification, scopes)."""

from __future__ import annotations

from typing import NamedTuple

from ast_grep_py import Rule, SgNode

from upgrader.source.syntax import SourceFile, span_of

_IDENTIFIERS: list[Rule] = [
    {"kind": "identifier"},
    {"kind": "type_identifier"},
    {"kind": "package_identifier"},
    {"kind": "field_identifier"},
]
_SCOPES = frozenset(
    {
        "block",
        "if_statement",
        "for_statement",
        "expression_switch_statement",
        "type_switch_statement",
        "expression_case",
        "default_case",
        "type_case",
        "communication_case",
        "func_literal",
        "function_declaration",
        "method_declaration",
        "function_type",
        "method_elem",
        "type_spec",
        "source_file",
    }
)
_WITH_BODY = frozenset({"func_literal", "function_declaration", "method_declaration"})


class Declared(NamedTuple):
    """A name's declaration: the characters in which it is seen, and where the declaring identifier stands."""

    start: int
    end: int
    at: int


class Names:
    """The identifiers of one file. Built with one search; declarations are looked for only of names asked about."""

    def __init__(self, source: SourceFile) -> None:
        self.size = len(source.text)
        self.by_text: dict[str, list[SgNode]] = {}
        self.members: dict[str, list[SgNode]] = {}
        """Field and method names, which no scope holds."""
        self._declared: dict[str, list[Declared]] = {}
        self._readers: dict[str, dict[Declared | None, list[SgNode]]] = {}
        for node in source.root.find_all(any=_IDENTIFIERS):
            kept = self.members if node.kind() == "field_identifier" else self.by_text
            kept.setdefault(node.text(), []).append(node)

    def declarations(self, name: str) -> list[Declared]:
        """Where the file declares a name, imports left out, in order."""
        if name not in self._declared:
            found: list[Declared] = []
            for node in self.by_text.get(name, ()):
                made = _declared(node, self.size)
                if made and not _again(node, made, found):
                    found.append(made)
            self._declared[name] = found
        return self._declared[name]

    def meaning(self, name: str, offset: int) -> Declared | None:
        """The innermost declaration seen at an offset; None where the file has none (an import, another file)."""
        seen = [one for one in self.declarations(name) if one.start <= offset < one.end or one.at == offset]
        return max(seen, key=lambda one: (one.at == offset, one.start, -one.end)) if seen else None

    def readers(self, name: str, declared: Declared | None) -> list[SgNode]:
        """The identifiers that mean a declaration (None: no declaration of this file), itself left out."""
        if name not in self._readers:
            self._readers[name] = self._sorted_out(name)
        return self._readers[name].get(declared, [])

    def _sorted_out(self, name: str) -> dict[Declared | None, list[SgNode]]:
        """The identifiers by what they mean, in one sweep: scopes lie within each other or apart."""
        found: dict[Declared | None, list[SgNode]] = {}
        declared = self.declarations(name)
        own = {one.at for one in declared}
        waiting = sorted(declared, key=lambda one: (one.start, -one.end), reverse=True)
        open_: list[Declared] = []
        for at, node in sorted(
            ((node.range().start.index, node) for node in self.by_text.get(name, ())), key=_first
        ):
            while waiting and waiting[-1].start <= at:
                one = waiting.pop()
                while open_ and open_[-1].end <= one.start:
                    open_.pop()
                open_.append(one)
            while open_ and open_[-1].end <= at:
                open_.pop()
            if at not in own:
                found.setdefault(open_[-1] if open_ else None, []).append(node)
        return found

    def is_package_level(self, declared: Declared | None) -> bool:
        """Whether other files of the package see it."""
        return declared is None or (declared.start == 0 and declared.end == self.size)

    def operands(self) -> set[str]:
        """Names that stand before a dot and are declared nowhere in the file: packages, or variables of other files."""
        return {
            name
            for name, nodes in self.by_text.items()
            if any(_is_operand(node) for node in nodes) and not self.declarations(name)
        }


def _first(pair: tuple[int, SgNode]) -> int:
    return pair[0]


def _is_operand(node: SgNode) -> bool:
    parent = node.parent()
    if parent is None or parent.kind() not in {"selector_expression", "qualified_type"}:
        return False
    return bool(parent.range().start.index == node.range().start.index)


def _again(node: SgNode, made: Declared, earlier: list[Declared]) -> bool:
    """Whether `:=` only assigns to a variable of the same block here."""
    above = node.parent()
    if above is None or above.kind() != "expression_list":
        return False
    return any(one.end == made.end and one.start < made.start for one in earlier)


def _declared(node: SgNode, size: int) -> Declared | None:
    parent = node.parent()
    if parent is None:
        return None
    where = node.range().start.index
    kind = parent.kind()
    if kind == "expression_list":
        return _declared_in_list(node, parent, where)
    if kind in {"type_spec", "type_alias", "function_declaration"}:
        if node != parent.field("name"):
            return None
        return (
            Declared(0, size, where) if kind == "function_declaration" else _scope(parent, where, where, size)
        )
    if kind in {"var_spec", "const_spec"}:
        return (
            _scope(parent, parent.range().end.index, where, size)
            if node in parent.field_children("name")
            else None
        )
    if kind in {"parameter_declaration", "variadic_parameter_declaration", "type_parameter_declaration"}:
        return _parameter(node, parent, where)
    return None


def _declared_in_list(node: SgNode, parent: SgNode, where: int) -> Declared | None:
    """`a, b := ...`, `for a := range`, `case a := <-c`, `switch a := x.(type)`."""
    above = parent.parent()
    if above is None:
        return None
    if above.kind() == "type_switch_statement":
        return _scope(parent, where, where, 0) if parent == above.field("alias") else None
    left = above.field("left")
    if left != parent or above.kind() not in {"short_var_declaration", "range_clause", "receive_statement"}:
        return None
    if above.kind() != "short_var_declaration" and not any(
        child.kind() == ":=" for child in above.children()
    ):
        return None
    return _scope(above, above.range().end.index, where, 0)


def _parameter(node: SgNode, parent: SgNode, where: int) -> Declared | None:
    if node.kind() != "identifier" or node not in parent.field_children("name"):
        return None
    if parent.kind() == "type_parameter_declaration":
        return _scope(parent, where, where, 0)
    for above in parent.ancestors():
        if above.kind() in _SCOPES:
            body = above.field("body") if above.kind() in _WITH_BODY else None
            return Declared(body.range().start.index, body.range().end.index, where) if body else None
    return None


def _scope(node: SgNode, start: int, where: int, size: int) -> Declared:
    for above in node.ancestors():
        if above.kind() in _SCOPES:
            if above.kind() == "source_file":
                return Declared(0, size or above.range().end.index, where)
            return Declared(start, above.range().end.index, where)
    return Declared(start, span_of(node).end, where)
