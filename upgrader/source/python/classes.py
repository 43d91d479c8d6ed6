"""Classes of a Python file: their bases, their methods, and the attributes that they and their methods set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.source.python.roles import Place, start_of
from upgrader.source.python.scopes import Bound, Names, Scope

_ON_CLASS = frozenset(("__new__", "__init_subclass__", "__class_getitem__"))


class Method(NamedTuple):
    """A function in the body of a class."""

    owner: Scope
    """The class."""
    first: Bound | None
    """Its first parameter; None when it has none, or is a static method."""
    on_class: bool
    """The first parameter is the class, not an instance."""


class Classes:
    """What the classes of a file have."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._bases: dict[int, list[SgNode]] = {}
        self._members: dict[tuple[int, str], list[Bound]] = {}
        self._methods: dict[int, Method | None] = {}

    def bases(self, scope: Scope) -> list[SgNode]:
        """The base classes as they are written, keywords and unpacked ones left out."""
        key = scope.span.start
        if key not in self._bases:
            listed = scope.node.field("superclasses")
            children = listed.children() if listed is not None else []
            kinds = ("identifier", "attribute", "subscript", "call")
            self._bases[key] = [child for child in children if child.kind() in kinds]
        return self._bases[key]

    def members(self, owner: Scope, name: str) -> list[Bound]:
        """What the class's body or one of its methods binds to the attribute, in order."""
        key = (owner.span.start, name)
        if key not in self._members:
            found = self.names.read(name)
            bounds = list(found.bound.get(owner, ()))
            for node, start in found.fields:
                if owner.span.start < start < owner.span.end and (bound := self._set_on_self(node, owner)):
                    bounds.append(bound)
            self._members[key] = bounds
        return self._members[key]

    def _set_on_self(self, node: SgNode, owner: Scope) -> Bound | None:
        """`self.name = value` in one of the methods."""
        attribute = node.parent()
        left = attribute.field("object") if attribute is not None else None
        above = attribute.parent() if attribute is not None else None
        if attribute is None or left is None or above is None or left.kind() != "identifier":
            return None
        target = above.field("left") if above.kind() == "assignment" else None
        if target is None or start_of(target) != start_of(attribute) or target.kind() != "attribute":
            return None
        method = self.method_around(start_of(attribute))
        if method is None or method.owner is not owner or method.first is None:
            return None
        if method.first.node.text() != left.text():
            return None
        return Bound(Place("assign", above), node, start_of(target), owner)

    def methods(self, owner: Scope) -> Iterator[Method]:
        """The methods in the body of a class."""
        for scope in self.names.inside(owner):
            if scope.kind == "function" and (method := self._method(scope)) and method.owner is owner:
                yield method

    def method_of(self, bound: Bound) -> Method | None:
        """The method whose first parameter this is."""
        method = self._method(bound.scope)
        return method if method and method.first and method.first.start == bound.start else None

    def method_around(self, offset: int) -> Method | None:
        """The method that the offset lies in, directly or in a function inside it."""
        scope: Scope | None = self.names.scope_at(offset)
        while scope is not None and scope.kind != "class":
            if scope.kind == "function" and (method := self._method(scope)):
                return method
            scope = scope.parent
        return None

    def _method(self, scope: Scope) -> Method | None:
        key = scope.span.start
        if key not in self._methods:
            self._methods[key] = self._read_method(scope)
        return self._methods[key]

    def _read_method(self, scope: Scope) -> Method | None:
        owner = scope.parent
        if owner is not None and owner.kind == "types":
            owner = owner.parent
        name = scope.node.field("name")
        if owner is None or owner.kind != "class" or scope.kind != "function" or name is None:
            return None
        decorators = _decorators(scope.node)
        if "staticmethod" in decorators and name.text() != "__new__":
            return Method(owner, None, False)
        listed = scope.node.field("parameters")
        parts = [part for part in (listed.children() if listed else []) if part.is_named()]
        if not parts or parts[0].kind() not in ("identifier", "typed_parameter", "default_parameter"):
            return Method(owner, None, False)
        node = parts[0] if parts[0].kind() == "identifier" else parts[0].child(0)
        if node is None:
            return Method(owner, None, False)
        first = Bound(Place("param", parts[0]), node, start_of(node), scope)
        on_class = (
            "classmethod" in decorators or name.text() in _ON_CLASS or node.text() in ("cls", "mcs", "klass")
        )
        return Method(owner, first, on_class)


def _decorators(node: SgNode) -> set[str]:
    """The last names of a definition's decorators, calls included."""
    above = node.parent()
    if above is None or above.kind() != "decorated_definition":
        return set()
    found = [
        part.text()[1:].partition("(")[0].strip() for part in above.children() if part.kind() == "decorator"
    ]
    return {text.rpartition(".")[2] for text in found}
