"""Every identifier of a Rust file, its modules, and which declaration a name means (Rust reference, names)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ast_grep_py import Rule, SgNode

from upgrader.source.rust.use_trees import Leaf, bare
from upgrader.source.syntax import SourceFile

Space = Literal["type", "value", "both"]
_IDENTIFIERS: list[Rule] = [
    {"kind": "identifier"},
    {"kind": "type_identifier"},
    {"kind": "field_identifier"},
    {"kind": "shorthand_field_identifier"},
]
_KEYWORD = "gen"
"""A keyword since edition 2024, so the grammar has no identifier for it inside macros, where `rng.gen()` is code."""
_ITEMS: dict[str, Space] = {
    "const_item": "value",
    "enum_item": "type",
    "function_item": "value",
    "macro_definition": "value",
    "mod_item": "type",
    "static_item": "value",
    "struct_item": "both",
    "trait_item": "type",
    "type_item": "type",
    "union_item": "type",
}
_PATTERNS = frozenset(
    {
        "captured_pattern",
        "field_pattern",
        "match_pattern",
        "mut_pattern",
        "or_pattern",
        "ref_pattern",
        "reference_pattern",
        "slice_pattern",
        "struct_pattern",
        "tuple_pattern",
        "tuple_struct_pattern",
    }
)
_CALLABLE = frozenset({"function_item", "closure_expression"})


class Declared(NamedTuple):
    """A name's declaration: where it is seen, where it stands, in which module, and the `use` leaf it comes from."""

    start: int
    end: int
    at: int
    module: int
    space: Space
    leaf: int = -1


class Module(NamedTuple):
    """A module of the file: its characters, its parent's place in the list, and whether it has `use super::*`."""

    start: int
    end: int
    parent: int
    sees_parent: bool


class Names:
    """The identifiers of one file, found with one search; patterns are looked at only for names asked about."""

    def __init__(self, source: SourceFile, leaves: list[Leaf]) -> None:
        self.text = source.text
        self.leaves = leaves
        self.by_text: dict[str, list[SgNode]] = {}
        self.members: dict[str, list[SgNode]] = {}
        """Names after a dot, inside macros too, and the names of fields."""
        self._declared: dict[str, list[Declared]] = {}
        self._meanings: dict[tuple[str, int, Space], Declared | None] = {}
        for node in source.root.find_all(any=_IDENTIFIERS):
            kind = node.kind()
            is_member = kind == "field_identifier" or (kind == "identifier" and self._after_dot(node))
            kept = self.members if is_member else self.by_text
            kept.setdefault(bare(node.text()), []).append(node)
        if _KEYWORD in source.text:
            for node in source.root.find_all(regex=f"^{_KEYWORD}$", inside={"kind": "token_tree"}):
                if node.kind() == _KEYWORD and self._after_dot(node):
                    self.members.setdefault(_KEYWORD, []).append(node)
        self.modules = _modules(source, leaves)
        self._leaves_by_name: dict[str, list[int]] = {}
        for at, leaf in enumerate(leaves):
            if leaf.local():
                self._leaves_by_name.setdefault(leaf.local(), []).append(at)

    def _after_dot(self, node: SgNode) -> bool:
        at = node.range().start.index
        return self.text[at - 1 : at] == "." and self.text[at - 2 : at] != ".."

    def module_at(self, offset: int) -> int:
        """The innermost module at an offset, as its place in `modules`."""
        inside = [at for at, module in enumerate(self.modules) if module.start <= offset < module.end]
        return inside[-1] if inside else 0

    def declarations(self, name: str) -> list[Declared]:
        """Where the file declares a name, imports included."""
        if name not in self._declared:
            found = [self.imported(at) for at in self._leaves_by_name.get(name, ())]
            for node in self.by_text.get(name, ()):
                made = self._declaration(node)
                if made is not None:
                    found.append(made)
            self._declared[name] = found
        return self._declared[name]

    def meaning(self, name: str, offset: int, space: Space) -> Declared | None:
        """What a name means at an offset: a local, an item, an import; None where the file does not say."""
        key = (name, offset, space)
        if key not in self._meanings:
            self._meanings[key] = self._meaning(name, offset, space)
        return self._meanings[key]

    def _meaning(self, name: str, offset: int, space: Space) -> Declared | None:
        module = self.module_at(offset)
        seen = [
            one
            for one in self.declarations(name)
            if one.module == module
            and one.space in (space, "both")
            and (one.start <= offset < one.end or one.at == offset)
        ]
        if seen:
            return max(seen, key=lambda one: (one.at == offset, one.start, one.at))
        whole = self.modules[module]
        if module and whole.sees_parent:
            return self.meaning(name, whole.start - 1, space)
        return None

    def reaches(self, offset: int, module: int) -> bool:
        """Whether what a module imports is seen at an offset: in the module, or below it by `use super::*`."""
        at = self.module_at(offset)
        while at != module:
            if at == 0 or not self.modules[at].sees_parent:
                return False
            at = self.modules[at].parent
        return True

    def globs_at(self, offset: int) -> list[Leaf]:
        """The glob imports that are seen at an offset."""
        module = self.module_at(offset)
        return [
            leaf
            for at, leaf in enumerate(self.leaves)
            if leaf.glob and (seen := self.imported(at)).module == module and seen.start <= offset < seen.end
        ]

    def imported(self, at: int) -> Declared:
        """The declaration that a `use` leaf is, by its place in `leaves`."""
        leaf = self.leaves[at]
        where = leaf.item.range().start.index
        start, end = self._holder(leaf.statement)
        return Declared(start, end, where, self.module_at(where), "both", at)

    def _holder(self, node: SgNode) -> tuple[int, int]:
        """The block or module that an item is seen in."""
        for above in node.ancestors():
            kind = above.kind()
            if kind == "block" or (kind == "declaration_list" and _is_module(above)):
                return above.range().start.index, above.range().end.index
        return 0, len(self.text)

    def _declaration(self, node: SgNode) -> Declared | None:
        parent = node.parent()
        if parent is None:
            return None
        kind, where = parent.kind(), node.range().start.index
        if kind in _ITEMS and parent.field("name") == node:
            if _is_associated(parent):
                return None
            start, end = self._holder(parent)
            return Declared(start, end, where, self.module_at(where), _ITEMS[kind])
        if kind in {"type_parameter", "const_parameter"}:
            owner = next((above for above in parent.ancestors() if above.kind() != "type_parameters"), parent)
            return self._within(owner.range().start.index, owner.range().end.index, where, "type")
        scope = _scope_of_pattern(node)
        return self._within(*scope, where, "value") if scope else None

    def _within(self, start: int, end: int, where: int, space: Space) -> Declared:
        return Declared(start, end, where, self.module_at(where), space)


def _is_module(declarations: SgNode) -> bool:
    parent = declarations.parent()
    return parent is not None and parent.kind() == "mod_item"


def _is_associated(item: SgNode) -> bool:
    """Whether it is a method, or another item of an impl or trait, which no bare name means."""
    above = item.parent()
    return above is not None and above.kind() == "declaration_list" and not _is_module(above)


def _modules(source: SourceFile, leaves: list[Leaf]) -> list[Module]:
    found = [Module(0, len(source.text), 0, False)]
    supers = [leaf.item.range().start.index for leaf in leaves if leaf.glob and leaf.path() == ("super",)]
    for node in source.root.find_all(kind="mod_item"):
        body = node.field("body")
        if body is not None:
            start, end = body.range().start.index, body.range().end.index
            parent = max(at for at, module in enumerate(found) if module.start <= start < module.end)
            found.append(Module(start, end, parent, any(start <= at < end for at in supers)))
    return found


def _scope_of_pattern(node: SgNode) -> tuple[int, int] | None:
    """Where a name bound by a pattern is seen; None where the node binds nothing."""
    inner, holder = node, node.parent()
    while holder is not None and holder.kind() in _PATTERNS:
        if holder.field("type") == inner or (
            holder.kind() == "match_pattern" and holder.field("condition") == inner
        ):
            return None
        if holder.kind() == "match_pattern":
            arm = holder.parent()
            named = inner is not node or node.text()[:1].islower() or node.text()[:1] == "_"
            return (arm.range().start.index, arm.range().end.index) if arm and named else None
        inner, holder = holder, holder.parent()
    if holder is None:
        return None
    if holder.kind() == "closure_parameters":
        closure = holder.parent()
        return (closure.range().start.index, closure.range().end.index) if closure else None
    return _scope_of_binding(holder) if holder.field("pattern") == inner else None


def _scope_of_binding(holder: SgNode) -> tuple[int, int] | None:
    """The scope of what a `let`, parameter, `if let` or `for` binds."""
    end = holder.range().end.index
    kind = holder.kind()
    if kind == "for_expression":
        body = holder.field("body")
        return (body.range().start.index, body.range().end.index) if body else None
    for above in holder.ancestors():
        if kind == "parameter" and above.kind() in _CALLABLE:
            body = above.field("body")
            return (body.range().start.index, body.range().end.index) if body else None
        if kind == "let_declaration" and above.kind() == "block":
            return end, above.range().end.index
        if kind == "let_condition" and above.kind() in {"if_expression", "while_expression", "match_arm"}:
            body = above.field("consequence") or above.field("body") or above
            return end, body.range().end.index
    return None
