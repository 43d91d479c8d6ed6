"""From-imports whose names were renamed or have moved: items changed, taken out, or the statement turned round."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.rulebook.languages.python.lists import indent_of, without
from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.rulebook.languages.python.spelling import split
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Binding, Use


class Hit(NamedTuple):
    """A use and what its symbol is called now."""

    use: Use
    new: str


class Moved(NamedTuple):
    """One imported name and what becomes of it."""

    binding: Binding
    module: str
    """Where it is imported from now; "" when it is a top-level module itself."""
    name: str
    local: str
    """What it is called in this file from now on."""
    uses: tuple[Span, ...]
    """The places that take the new local name."""
    item: Span
    there: bool
    """It is imported already under that name."""

    @property
    def text(self) -> str:
        """The item as it is written in a from-import."""
        return self.name if self.name == self.local else f"{self.name} as {self.local}"


class ImportItems:
    """The from-imports of one file, for one rule."""

    def __init__(self, sheet: Sheet, rule: str) -> None:
        self.sheet = sheet
        self.rule = rule

    def rename(self, hits: Mapping[Binding, Sequence[Hit]]) -> None:
        """Change the import items and the bare names that they bind, statement by statement."""
        statements: dict[Span, list[Moved]] = {}
        for binding, found in hits.items():
            moved = self._moved(binding, found)
            if moved is not None:
                statements.setdefault(binding.statement, []).append(moved)
        for span, moves in statements.items():
            self._statement(span, moves)

    def _moved(self, binding: Binding, hits: Sequence[Hit]) -> Moved | None:
        imports = [hit for hit in hits if hit.use.kind == "import"]
        if not imports:
            return None
        module, name = split(imports[0].new)
        uses = tuple(hit.use.span for hit in hits if hit.use.kind == "name")
        written = self.sheet.text[binding.name.start : binding.name.end]
        aliased = binding.local != written
        local: str = binding.local
        places: tuple[Span, ...] = ()
        there = False
        if not aliased and name != binding.local:
            there = self.sheet.binding_of(imports[0].new, name) is not None
            if self._may_be(name, binding, uses, there):
                local, places = name, uses
            there = there and local == name
        elif self.sheet.binding_of(imports[0].new, binding.local) is not None:
            there = True
        return Moved(binding, module, name, local, places, imports[0].use.span, there)

    def _may_be(self, name: str, binding: Binding, uses: Sequence[Span], there: bool) -> bool:
        """Whether the local name may change along: nobody else has the new one, and every reader is known."""
        sheet = self.sheet
        if not (there or sheet.is_free(name)) or self.is_handed_on(binding):
            return False
        if not uses and binding.scope == sheet.names.whole:
            return False  # imported for other modules, it seems
        places = sheet.names.read(binding.local)
        known = {span.start for span in uses}
        if any(len(bounds) > 1 for bounds in places.bound.values()):
            return False
        for _, start in places.loads:
            reached = sheet.names.reaching(binding.local, start)
            here = any(bound.scope.span == binding.scope for bound in reached)
            if here and start not in known:
                return False
        return not places.outer

    def is_handed_on(self, binding: Binding) -> bool:
        """Whether other modules get the name from here: `__all__`, `__init__.py`, `# noqa: F401`."""
        sheet = self.sheet
        if binding.scope != sheet.names.whole:
            return False
        path = sheet.source.path
        if path.rpartition("/")[2] in ("__init__.py", "__init__.pyi"):
            return True
        return is_listed(sheet, binding.local) or has_noqa(sheet.text, binding)

    def _statement(self, span: Span, moves: list[Moved]) -> None:
        sheet = self.sheet
        node = statement_node(sheet, span)
        if node is None:
            return
        module_node = node.field("module_name")
        items = node.field_children("name")
        module = "".join(module_node.text().split()) if module_node is not None else ""
        atom = sheet.atom()
        stay = [move for move in moves if move.module == module and not move.there]
        away = [move for move in moves if move not in stay]
        for move in moves:
            for place in move.uses:
                sheet.change(self.rule, atom, place, move.local)
        for move in stay:
            self._in_place(move, atom)
        if module_node is not None and away:
            self._away(node, module_node, items, away, atom)

    def _in_place(self, move: Moved, atom: int) -> None:
        """`float_` to `float64`, `float_ as f` to `float64 as f`, `float_` to `float64 as float_`."""
        sheet = self.sheet
        if move.item == move.binding.name or (
            move.name == move.local
            and sheet.text[move.binding.name.start : move.binding.name.end] != move.local
        ):
            sheet.change(self.rule, atom, move.item, move.text)
        else:
            sheet.change(self.rule, atom, move.binding.name, move.name)

    def _away(
        self, node: SgNode, module_node: SgNode, items: list[SgNode], away: list[Moved], atom: int
    ) -> None:
        sheet = self.sheet
        target = away[0].module
        if len(away) == len(items) and not any(move.there for move in away):
            if target and all(move.module == target for move in away):
                sheet.change(self.rule, atom, span_of(module_node), target)
                for move in away:
                    self._in_place(move, atom)
                return
            where = span_of(node)
            lines = [_line(move) for move in away]
            joint = f"{sheet.source.newline()}{indent_of(sheet.text, where.start)}"
            sheet.change(self.rule, atom, where, joint.join(dict.fromkeys(lines)))
            return
        self._take_out(node, items, away, atom)
        self._bring_in(node, [move for move in away if not move.there], atom)

    def _take_out(self, node: SgNode, items: list[SgNode], away: list[Moved], atom: int) -> None:
        parts = [span_of(item) for item in items]
        gone = [index for index, part in enumerate(parts) if any(move.item == part for move in away)]
        for span in removal_spans(self.sheet.text, node, parts, gone):
            self.sheet.change(self.rule, atom, span, "")

    def _bring_in(self, node: SgNode, moves: list[Moved], atom: int) -> None:
        sheet = self.sheet
        above = node.parent()
        if above is not None and above.kind() == "module":
            for move in (move for move in moves if move.text != f"{move.name}" or move.module != "builtins"):
                symbol = f"{move.module}.{move.name}" if move.module else move.name
                sheet.want(self.rule, atom, symbol, move.local)
            return
        where = span_of(node)
        joint = f"{sheet.source.newline()}{indent_of(sheet.text, where.start)}"
        for module in dict.fromkeys(move.module for move in moves):
            names = [move for move in moves if move.module == module]
            line = (
                f"from {module} import {', '.join(move.text for move in names)}"
                if module
                else _line(names[0])
            )
            sheet.change(self.rule, atom, Span(where.end, where.end), f"{joint}{line}")


def _line(move: Moved) -> str:
    """A statement of its own."""
    return f"from {move.module} import {move.text}" if move.module else f"import {move.text}"


def statement_node(sheet: Sheet, span: Span) -> SgNode | None:
    """The import statement that stands in a span."""
    for kind in ("import_from_statement", "import_statement"):
        for node in sheet.source.root.find_all(kind=kind):
            if span_of(node) == span:
                return node
    return None


def removal_spans(text: str, node: SgNode, parts: Sequence[Span], gone: Sequence[int]) -> list[Span]:
    """The spans that take items out of an import statement, the statement itself when none would be left."""
    if len(gone) == len(parts):
        return [whole_statement(text, node)]
    closing = next((span_of(child).start for child in node.children() if child.kind() == ")"), None)
    return without(text, parts, gone, closing)


def whole_statement(text: str, node: SgNode) -> Span:
    """A statement with its line, where it has one to itself and is not all that a block holds."""
    span = span_of(node)
    above = node.parent()
    if above is not None and above.kind() == "block" and len(above.named_children()) == 1:
        return span
    begin = text.rfind("\n", 0, span.start) + 1
    stop = text.find("\n", span.end)
    stop = len(text) if stop < 0 else stop + 1
    rest = text[span.end : stop].strip()
    if text[begin : span.start].strip() or (rest and not re.match(r"#\s*(?:noqa|type:|pylint|isort)", rest)):
        return span
    return Span(begin, stop)


def is_listed(sheet: Sheet, name: str) -> bool:
    """Whether `__all__` names it."""
    if "__all__" not in sheet.uses.names:
        return False
    pattern = rf"__all__\s*(?::[^=\n]*)?\+?=\s*[\[(][^\])]*['\"]{re.escape(name)}['\"]"
    return re.search(pattern, sheet.text) is not None


def has_noqa(text: str, binding: Binding) -> bool:
    """Whether the item's line or the statement's last one says that an unused import is meant."""
    return any(
        re.search(r"#\s*(?:flake8:\s*)?noqa(?!:(?!.*F401))", text[end : text.find("\n", end)]) is not None
        for end in (binding.item.end, binding.statement.end)
    )
