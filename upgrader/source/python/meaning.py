"""What an expression of a Python file stands for: a package's symbol, an instance, a class of this file with a base."""

from __future__ import annotations

from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.source.python.annotations import classes_in
from upgrader.source.python.classes import Classes
from upgrader.source.python.imports import Imports
from upgrader.source.python.roles import start_of
from upgrader.source.python.scopes import Bound, Names, Scope
from upgrader.source.syntax import span_of
from upgrader.source.uses import Binding

DEEPEST = 40
"""Expressions inside each other that are followed; nobody writes more by hand."""
LONGEST = 300
"""Characters of a symbol: a chain of calls beyond that is not followed."""
_NOTHING = frozenset(("none", "false", "ellipsis"))
"""A stand-in for a missing package; nothing can be done with it, so it does not put the import in doubt."""


class Meaning(NamedTuple):
    """What a name or expression stands for."""

    symbols: tuple[str, ...]
    """More than one for a class with several bases from packages; () for a class or module of the project."""
    sure: bool
    binding: Binding | None = None
    called: tuple[str, ...] = ()
    """What calling it gives, for a function of this file that says so."""
    module: str = ""
    """Key in `Elsewhere`."""
    owner: Scope | None = None
    """The class of this file whose own members come before those of `symbols`."""
    foreign: bool = False
    """A class of another module of the project, derived from `symbols`: what it has of its own is not known here."""


class Meanings:
    """Follows names and expressions to what they stand for; asked as needed, remembered."""

    def __init__(self, names: Names, imports: Imports) -> None:
        self.names = names
        self.imports = imports
        self.classes = Classes(names)
        self._known: dict[int, Meaning | None] = {}
        self._depth = 0

    def of_name(self, name: str, offset: int) -> Meaning | None:
        """What a name read at the offset stands for; None for nothing known, or for several things."""
        bounds = self.names.reaching(name, offset)
        return self.merged(bounds) if bounds else self._of_star(name, offset)

    def _of_star(self, name: str, offset: int) -> Meaning | None:
        """A name that only a star import can have brought, or that is there without an import."""
        for star in self.imports.stars:
            symbol = star.offered.get(name, "") if star.offered is not None else ""
            if symbol:
                return Meaning((symbol,), True, star.binding)
        built_in = self.imports.elsewhere.get("", {}).get(name, "")
        return Meaning((built_in,), True) if built_in else None

    def merged(self, bounds: list[Bound]) -> Meaning | None:
        """The one meaning that several bindings of a name agree on."""
        if len(bounds) == 1:
            return self.of_bound(bounds[0])
        asked = [bound for bound in bounds if not _is_nothing(bound)]
        found = [self.of_bound(bound) for bound in asked]
        known = [meaning for meaning in found if meaning is not None]
        if not known or any(_differ(known[0], meaning) for meaning in known[1:]):
            return None
        sure = all(meaning.sure for meaning in known) and len(known) == len(found)
        return known[0]._replace(sure=sure)

    def of_bound(self, bound: Bound) -> Meaning | None:
        """What one binding gives to its name."""
        if bound.start in self._known:
            return self._known[bound.start]
        self._known[bound.start] = None  # a name that is made of itself means nothing
        if self._depth >= DEEPEST:
            return None
        self._depth += 1
        found = self._read(bound)
        self._depth -= 1
        self._known[bound.start] = found
        return found

    def _read(self, bound: Bound) -> Meaning | None:
        match bound.role:
            case "import":
                return self._imported(bound)
            case "assign" | "walrus":
                return self._assigned(bound)
            case "with" | "except":
                value = bound.holder.child(0)
                found = self.of(value) if value is not None else None
                return _instance(found, bound) if bound.role == "except" else _as_local(found, bound)
            case "param":
                return self._parameter(bound)
            case "def":
                called = self._annotated(bound.holder.field("return_type"))
                return called and Meaning((), False, called=called.symbols)
            case "class":
                return self.of_class(self.names.scope_of(bound.holder), bound)
            case _:
                return None

    def _imported(self, bound: Bound) -> Meaning | None:
        item = self.imports.items.get(bound.start)
        if item is None:
            return None
        written = bound.holder.child(0) if bound.holder.kind() == "aliased_import" else bound.node
        derived = (
            item.binding.form == "local" and item.symbol.rpartition(".")[2] != (written or bound.node).text()
        )
        symbols = (item.symbol,) if item.symbol else ()
        return Meaning(symbols, True, item.binding, module=item.module, foreign=derived and item.module == "")

    def _assigned(self, bound: Bound) -> Meaning | None:
        holder = bound.holder
        kind = holder.field("type")
        if kind is not None and (found := self._annotated(kind)):
            return _as_local(found, bound)
        value = holder.field("value" if bound.role == "walrus" else "right")
        target = holder.field("name" if bound.role == "walrus" else "left")
        while value is not None and value.kind() == "assignment":
            value = value.field("right")
        if value is None or target is None:
            return None
        if start_of(target) != bound.start or target.kind() in (
            "pattern_list",
            "tuple_pattern",
            "list_pattern",
        ):
            value = _partner(target, value, bound.start)
        return _as_local(self.of(value), bound) if value is not None else None

    def _annotated(self, kind: SgNode | None) -> Meaning | None:
        """The instance that an annotation promises."""
        for symbol_meaning in (self.of_text(*part) for part in classes_in(kind)):
            if symbol_meaning is not None and symbol_meaning.symbols:
                return instance(symbol_meaning)
        return None

    def of_text(self, dotted: str, offset: int) -> Meaning | None:
        """What `a.b.C` read at the offset stands for."""
        first, *rest = dotted.split(".")
        found = self.of_name(first, offset)
        for name in rest:
            found = self.member(found, name) if found is not None else None
        return found

    def _parameter(self, bound: Bound) -> Meaning | None:
        kind = bound.holder.field("type") if bound.holder.kind() != "identifier" else None
        if kind is not None:
            plain = start_of(bound.holder) == bound.start
            return _as_local(self._annotated(kind), bound) if plain else None
        method = self.classes.method_of(bound)
        if method is None:
            return None
        found = self.of_class(method.owner, bound)
        return instance(found) if found is not None and not method.on_class else found

    def of_class(self, scope: Scope | None, bound: Bound) -> Meaning | None:
        """A class of this file: its bases from packages, and itself for its own members."""
        if scope is None:
            return None
        bases = [found for base in self.classes.bases(scope) if (found := self.of(base)) is not None]
        symbols = dict.fromkeys(symbol for found in bases for symbol in found.symbols)
        foreign = any(found.foreign for found in bases)
        return Meaning(tuple(symbols), False, local_binding(bound), owner=scope, foreign=foreign)

    def of(self, node: SgNode | None) -> Meaning | None:
        """What an expression stands for."""
        if node is None or self._depth >= DEEPEST:
            return None
        self._depth += 1
        found = self._of(node)
        self._depth -= 1
        return found

    def _of(self, node: SgNode) -> Meaning | None:
        match node.kind():
            case "identifier":
                return self.of_name(node.text(), start_of(node))
            case "attribute":
                left, name = self.of(node.field("object")), node.field("attribute")
                return self.member(left, name.text()) if left is not None and name is not None else None
            case "call":
                return self._of_call(node)
            case "await" | "parenthesized_expression":
                inner = node.named_children()
                return self.of(inner[0]) if inner else None
            case "subscript":
                left = self.of(node.field("value"))
                return left if left is not None and is_class_like(left) else None
            case _:
                return self._of_either(node)

    def _of_either(self, node: SgNode) -> Meaning | None:
        """`a if c else b`, `a or b`, `(x := a)`."""
        kind = node.kind()
        if kind == "named_expression":
            return self.of(node.field("value"))
        parts = [part for part in node.children() if part.is_named()]
        if kind == "conditional_expression" and len(parts) == 3:
            parts = [parts[0], parts[2]]
        elif kind != "boolean_operator":
            return None
        known = [found for part in parts if (found := self.of(part)) is not None]
        if not known or any(_differ(known[0], found) for found in known[1:]):
            return None
        return known[0]._replace(sure=known[0].sure and len(known) == len(parts))

    def _of_call(self, node: SgNode) -> Meaning | None:
        callee = node.field("function")
        if callee is None:
            return None
        if callee.kind() == "identifier":
            special = self.of_special(callee.text(), node)
            if special is not None:
                return special
        found = self.of(callee)
        return self.call(found) if found is not None else None

    def of_special(self, name: str, node: SgNode) -> Meaning | None:
        """`super()`, `cast(C, x)`; what they give is said by the language."""
        if name == "super" and not self.names.reaching("super", start_of(node)):
            return self._of_super(node)
        if name == "cast":
            parts = [part for part in (node.field("arguments") or node).children() if part.is_named()]
            found = self.of(parts[0]) if len(parts) == 2 else None
            return instance(found) if found is not None else None
        return None

    def _of_super(self, node: SgNode) -> Meaning | None:
        method = self.classes.method_around(start_of(node))
        if method is None:
            return None
        bound = method.first
        found = self.of_class(method.owner, bound) if bound is not None else None
        if found is None or not found.symbols:
            return None
        found = found._replace(owner=None)
        return found if method.on_class else instance(found)

    def member(self, left: Meaning, name: str) -> Meaning | None:
        """What `left.name` stands for."""
        if left.module:
            return self._of_module(left, name)
        if left.owner is not None:
            own = self.classes.members(left.owner, name)
            if own and not all(bound.role == "def" for bound in own):
                return self.merged(own)
            inherited = self._inherited(left.owner, name) if not own else None
            if inherited is not None:
                return inherited
            called = self.of_bound(own[0]) if own else None
            if not left.symbols:
                return called
        symbols = tuple(f"{symbol}.{name}" for symbol in left.symbols if len(symbol) < LONGEST)
        return left._replace(symbols=symbols, owner=None, called=()) if symbols else None

    def _inherited(self, owner: Scope, name: str) -> Meaning | None:
        """An attribute that a base class in this file sets."""
        if self._depth >= DEEPEST:
            return None
        self._depth += 1
        for base in self.classes.bases(owner):
            above = self.of(base)
            if above is not None and above.owner is not None and above.owner is not owner:
                bounds = self.classes.members(above.owner, name)
                if bounds and not all(bound.role == "def" for bound in bounds):
                    self._depth -= 1
                    return self.merged(bounds)
        self._depth -= 1
        return None

    def _of_module(self, left: Meaning, name: str) -> Meaning | None:
        symbol = self.imports.elsewhere.get(left.module, {}).get(name, "")
        if symbol:
            return Meaning((symbol,), True, left.binding)
        inner = f"{left.module}{name}" if left.module.endswith(".") else f"{left.module}.{name}"
        return Meaning((), True, left.binding, module=inner) if inner in self.imports.elsewhere else None

    def call(self, found: Meaning) -> Meaning | None:
        """What calling something gives."""
        if found.called:
            return found._replace(symbols=found.called, called=(), sure=False)
        return instance(found)


def instance(found: Meaning) -> Meaning:
    """What constructing a class gives."""
    symbols = tuple(f"{symbol}()" for symbol in found.symbols if len(symbol) < LONGEST)
    return found._replace(symbols=symbols, sure=False, called=())


def is_class_like(found: Meaning) -> bool:
    """Whether `found[...]` can be the class itself with type arguments: its name begins with a capital."""
    return any(
        symbol.rpartition(".")[2][:1].isupper() and not symbol.endswith(")") for symbol in found.symbols
    )


def local_binding(bound: Bound) -> Binding:
    """A name that an assignment, parameter or class of this file binds."""
    return Binding(
        local=bound.node.text(),
        symbol="",
        form="local",
        statement=span_of(bound.holder),
        item=span_of(bound.holder),
        name=span_of(bound.node),
        scope=bound.scope.span,
    )


def _as_local(found: Meaning | None, bound: Bound) -> Meaning | None:
    return found._replace(binding=local_binding(bound)) if found is not None else None


def _instance(found: Meaning | None, bound: Bound) -> Meaning | None:
    return instance(found)._replace(binding=local_binding(bound)) if found is not None else None


def _differ(one: Meaning, other: Meaning) -> bool:
    return (one.symbols, one.module, one.called) != (other.symbols, other.module, other.called)


def _is_nothing(bound: Bound) -> bool:
    if bound.role != "assign":
        return bound.role == "del"
    value = bound.holder.field("right")
    return value is None or value.kind() in _NOTHING


def _partner(target: SgNode, value: SgNode, start: int) -> SgNode | None:
    """The element of the value that a name in a tuple of targets takes; None where that can't be read off."""
    left = [part for part in target.children() if part.is_named()]
    right = [part for part in value.children() if part.is_named()]
    plain = value.kind() in ("tuple", "list", "expression_list")
    if not plain or len(left) != len(right) or any("splat" in part.kind() for part in (*left, *right)):
        return None
    return next((r for t, r in zip(left, right, strict=True) if start_of(t) == start), None)
