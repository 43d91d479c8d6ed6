"""Which names of a Python file may come to stand for a package's symbol: found by syntax alone, a little too many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from upgrader.source.python.annotations import WORDS
from upgrader.source.python.classes import Classes
from upgrader.source.python.roles import start_of
from upgrader.source.python.scopes import Names

DEEPEST = 20
"""Casts, brackets and `or`s inside each other that are followed."""
FARTHEST = 200
"""Names and calls of one chain that are followed; each step up costs as much as the tree is deep."""
_CHAIN = frozenset(("attribute", "call", "subscript"))
_THROUGH = frozenset(("await", "parenthesized_expression", "conditional_expression", "boolean_operator"))
_TARGETS = frozenset(
    ("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list", "as_pattern_target")
)
_TYPES = frozenset(
    ("type", "generic_type", "type_parameter", "union_type", "member_type", "binary_operator", "subscript")
)
"""What may stand between a class and the annotation that names it."""
_MAY_BE_QUOTED = re.compile(r"(?::|->)[^\S\n]*[\w.]*[\[(]?[^\n=]*['\"]")
"""A cheap look before the tree is searched for annotations in quotes."""
_ANNOTATED = frozenset(("assignment", "typed_parameter", "typed_default_parameter"))


class Interest:
    """The names and attributes that are worth a look, grown until nothing is added."""

    def __init__(self, names: Names, classes: Classes) -> None:
        self.names = names
        self.classes = classes
        self.found: set[str] = set()
        self.quoted: dict[str, list[SgNode]] = {}
        """Word to the annotations that hold it in a string."""
        found: list[SgNode] = []
        if _MAY_BE_QUOTED.search(names.root.text()):
            found = names.root.find_all(kind="type", has={"kind": "string_content", "stopBy": "end"})
        for kind in found:
            for word in set(WORDS.findall(kind.text())):
                self.quoted.setdefault(word.partition(".")[0].strip(), []).append(kind)

    def grow(self, seeds: Iterator[str]) -> set[str]:
        """Every name that may get its value from one of the seeds."""
        waiting = list(seeds)
        while waiting:
            name = waiting.pop()
            if name in self.found:
                continue
            self.found.add(name)
            waiting += (new for new in self._reached(name) if new not in self.found)
        return self.found

    def _reached(self, name: str) -> Iterator[str]:
        places = self.names.read(name)
        for node, _ in places.loads:
            yield from self._sinks(_top(node))
        for node, _ in places.fields:
            attribute = node.parent()
            if attribute is not None:
                yield from self._sinks(_top(attribute))
        for kind in self.quoted.get(name, ()):
            yield from self._annotated(kind)

    def _sinks(self, top: SgNode, depth: int = 0) -> Iterator[str]:
        """The names that what stands here is given to."""
        above = top.parent()
        if above is None:
            return
        kind = above.kind()
        if kind in ("assignment", "named_expression"):
            yield from _assigned(above, top)
        elif kind == "as_pattern":
            yield from _names_in(above.field("alias"))
        elif kind in ("tuple", "list", "expression_list"):
            around = above.parent()
            if around is not None and around.kind() == "assignment":
                yield from _assigned(around, above)
        elif kind == "argument_list":
            yield from self._argument(above, depth)
        else:
            yield from self._annotated(top)

    def _argument(self, above: SgNode, depth: int) -> Iterator[str]:
        around = above.parent()
        if around is None or depth > DEEPEST:
            return
        if around.kind() == "class_definition":
            yield from self._class(around)
        elif (callee := around.field("function")) is not None and callee.text().endswith("cast"):
            yield from self._sinks(_top(around), depth + 1)

    def _class(self, node: SgNode) -> Iterator[str]:
        """A class and what its methods call themselves."""
        name = node.field("name")
        if name is not None:
            yield name.text()
        yield "super"
        scope = self.names.scope_of(node)
        body = node.field("body")
        if scope is None or body is None:
            return
        for method in self.classes.methods(scope):
            if method.first is not None:
                yield method.first.node.text()

    def _annotated(self, node: SgNode) -> Iterator[str]:
        """The name that an annotation around the node speaks of."""
        holder = node if node.kind() == "type" else node.parent()
        while holder is not None and holder.kind() in _TYPES:
            holder = holder.parent()
        kind = holder.kind() if holder is not None else ""
        if holder is not None and kind in ("function_definition", *_ANNOTATED):
            target = holder.field("left") or holder.field("name") or holder.child(0)
            yield from _names_in(target)


def _top(node: SgNode) -> SgNode:
    """The whole chain that begins with a node: `a` in `(await a.b(c)).d` gives all of it."""
    start = start_of(node)
    left = FARTHEST
    while left > 0:
        above = node.parent()
        if above is None:
            return node
        kind = above.kind()
        if kind in _CHAIN:
            if start_of(above) != start:
                return node
            left -= 1
        elif kind in _THROUGH:
            start = start_of(above)
            left -= FARTHEST // DEEPEST
        else:
            return node
        node = above
    return node


def _assigned(statement: SgNode, value: SgNode) -> Iterator[str]:
    """The targets of an assignment whose value this is, of `a = b = value` both."""
    named = "name" if statement.kind() == "named_expression" else "left"
    target = statement.field(named)
    if target is None or start_of(target) == start_of(value):
        return
    yield from _names_in(target)
    above = statement.parent()
    while above is not None and above.kind() == "assignment":
        yield from _names_in(above.field("left"))
        above = above.parent()


def _names_in(target: SgNode | None) -> Iterator[str]:
    waiting = [target] if target is not None else []
    while waiting:
        node = waiting.pop()
        kind = node.kind()
        if kind == "identifier":
            yield node.text()
        elif kind == "attribute":
            name = node.field("attribute")
            if name is not None:
                yield name.text()
        elif kind in _TARGETS:
            waiting += node.children()
