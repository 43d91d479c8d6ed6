"""The scopes of a Python file, and for each name where it is bound, read and reached (the language reference, 4.2)."""

from __future__ import annotations

from bisect import bisect_right

from ast_grep_py import SgNode

from upgrader.source.python.roles import Place, end_of, inside, place_of, start_of
from upgrader.source.syntax import SourceFile, Span, span_of

_COMPREHENSIONS = (
    "list_comprehension",
    "set_comprehension",
    "dictionary_comprehension",
    "generator_expression",
)
_SCOPES = ("function_definition", "class_definition", "lambda", *_COMPREHENSIONS)
_LOOPS = ("for_statement", "while_statement")
_AFTER = frozenset(("assign", "augment", "walrus", "import", "del", "def", "class", "typealias"))
"""Roles that take effect when their statement is over: `np = np.float_` reads the old `np`."""


class Scope:
    """A part of the file that has names of its own."""

    __slots__ = ("around", "inner", "kind", "node", "outside", "parent", "span")

    def __init__(self, kind: str, node: SgNode, span: Span, outside: Span, around: Scope | None) -> None:
        self.kind = kind
        """module, function, class, comprehension or types (the type parameters of PEP 695)."""
        self.node = node
        self.span = span
        self.outside = outside
        """What stands in the node but is evaluated outside: decorators' and defaults' names, the first iterable."""
        self.around = around
        self.inner = outside.end if kind in ("function", "class") else span.start
        self.parent: Scope | None = around and around.holding(span.start)

    def holding(self, offset: int) -> Scope:
        """The scope that a name at the offset, in this node, is looked up in first."""
        scope = self
        while scope.around is not None and (inside(scope.outside, offset) or not inside(scope.span, offset)):
            scope = scope.around
        return scope


class Bound:
    """One place that binds a name."""

    __slots__ = ("effect", "holder", "node", "role", "scope", "start")

    def __init__(self, place: Place, node: SgNode, start: int, scope: Scope) -> None:
        self.role = place.role
        self.holder = place.holder
        self.node = node
        self.start = start
        self.scope = scope
        self.effect = end_of(place.holder) if place.role in _AFTER else start


class Occurrences:
    """All places of one name."""

    __slots__ = ("bound", "fields", "loads", "outer")

    def __init__(self) -> None:
        self.bound: dict[Scope, list[Bound]] = {}
        self.loads: list[tuple[SgNode, int]] = []
        self.fields: list[tuple[SgNode, int]] = []
        """As the last name of `a.name`."""
        self.outer: dict[Scope, str] = {}
        """Scopes that say `global` or `nonlocal`."""


_LAST: list[tuple[SourceFile, Names]] = []


def names_of(source: SourceFile) -> Names:
    """The names of a file; those of the last one asked for are kept, since a file is read and then rewritten."""
    if not _LAST or _LAST[0][0] is not source:
        _LAST[:] = [(source, Names(source))]
    return _LAST[0][1]


class Names:
    """The identifiers of a file, read name by name as they are asked for."""

    def __init__(self, source: SourceFile) -> None:
        self.root = source.root
        self.whole = Span(0, len(source.text))
        self.module = Scope("module", source.root, self.whole, Span(0, 0), None)
        self.places: dict[str, list[SgNode]] = {}
        for node in source.root.find_all(kind="identifier"):
            self.places.setdefault(node.text(), []).append(node)
        self._scopes: list[Scope] = [self.module]
        for node in source.root.find_all(any=[{"kind": kind} for kind in _SCOPES]):
            self._open(node)
        self._scopes.sort(key=lambda scope: (scope.span.start, -scope.span.end))
        self._starts = [scope.span.start for scope in self._scopes]
        self._read: dict[str, Occurrences] = {}

    def _open(self, node: SgNode) -> None:
        """Add the scope of a node; nodes come in the order of the file, outer ones first."""
        kind, span = node.kind(), span_of(node)
        around = self._scopes[-1]
        while around.around is not None and span.start >= around.span.end:
            around = around.around
        types = node.field("type_parameters") if kind in ("function_definition", "class_definition") else None
        if types is not None:
            around = Scope("types", node, Span(start_of(types), span.end), Span(0, 0), around)
            self._scopes.append(around)
        if kind in _COMPREHENSIONS:
            clause = node.find(kind="for_in_clause")
            first = clause.field("right") if clause is not None else None
            outside = span_of(first) if first is not None else Span(0, 0)
            self._scopes.append(Scope("comprehension", node, span, outside, around))
            return
        body = node.field("body")
        outside = Span(span.start, start_of(body) if body is not None else span.end)
        named = "class" if kind == "class_definition" else "function"
        scope = Scope(named, node, span, outside, around)
        if types is not None:
            scope.parent = around
        self._scopes.append(scope)

    def scope_at(self, offset: int) -> Scope:
        """The scope that a name read at the offset is looked up in first."""
        return self._scopes[bisect_right(self._starts, offset) - 1].holding(offset)

    def scope_of(self, node: SgNode) -> Scope | None:
        """The scope that a class, function or comprehension opens."""
        span = span_of(node)
        at = bisect_right(self._starts, span.start)
        for scope in reversed(self._scopes[:at]):
            if scope.span == span and scope.kind != "types":
                return scope
            if scope.span.start < span.start:
                break
        return None

    def inside(self, owner: Scope) -> list[Scope]:
        """The scopes that a scope holds, in the order of the file."""
        begin = bisect_right(self._starts, owner.span.start)
        end = bisect_right(self._starts, owner.span.end - 1)
        return self._scopes[begin:end]

    def read(self, name: str) -> Occurrences:
        """All places of a name."""
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = Occurrences()
            for node in self.places.get(name, ()):
                self._sort_in(found, node)
            self._move_outer(found)
        return found

    def _sort_in(self, found: Occurrences, node: SgNode) -> None:
        start = start_of(node)
        place = place_of(node, start)
        if place.role == "load":
            found.loads.append((node, start))
        elif place.role == "field":
            found.fields.append((node, start))
        elif place.role != "word":
            scope = self._binding_scope(place, start)
            if place.role in ("global", "nonlocal"):
                found.outer[scope] = place.role
            else:
                found.bound.setdefault(scope, []).append(Bound(place, node, start, scope))

    def _binding_scope(self, place: Place, start: int) -> Scope:
        scope = self._scopes[bisect_right(self._starts, start) - 1]
        while scope.around is not None and not inside(scope.span, start):
            scope = scope.around
        if place.role in ("param", "typeparam"):
            return scope
        scope = scope.holding(start)
        while place.role == "walrus" and scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope

    def _move_outer(self, found: Occurrences) -> None:
        """What a function binds under `global` and `nonlocal` belongs to the scope it names."""
        for scope, word in found.outer.items():
            moved = found.bound.pop(scope, [])
            target = self.module if word == "global" else self._enclosing(found, scope)
            for bound in moved:
                bound.scope = target
                found.bound.setdefault(target, []).append(bound)

    def _enclosing(self, found: Occurrences, scope: Scope) -> Scope:
        above = scope.parent
        while above is not None and (above.kind != "function" or above not in found.bound):
            above = above.parent
        return above or self.module

    def lookup(self, name: str, scope: Scope) -> tuple[Scope, list[Bound]] | None:
        """Where a name read in a scope is bound; None when nowhere in this file."""
        found = self.read(name)
        here: Scope | None = scope
        while here is not None:
            if found.outer.get(here) == "global":
                here = self.module
            if (here.kind != "class" or here is scope) and here in found.bound:
                return here, found.bound[here]
            here = here.parent
        return None

    def reaching(self, name: str, offset: int) -> list[Bound]:
        """The bindings that a name read at the offset may come from; [] when it is not bound in this file."""
        scope = self.scope_at(offset)
        found = self.lookup(name, scope)
        if found is None:
            return []
        home, bounds = found
        if len(bounds) == 1 or not _runs_with(scope, home):
            return bounds
        before = sorted((b for b in bounds if b.effect <= offset), key=lambda b: b.effect)
        if not before:
            return bounds
        kept = before[_last_certain(before, home) :]
        return kept + [b for b in bounds if b.effect > offset and _comes_round(b, offset, home)]


def _runs_with(scope: Scope, home: Scope) -> bool:
    """Whether the code of a scope runs where it stands, as the scope around it does."""
    here: Scope | None = scope
    while here is not None and here is not home:
        if here.kind == "function":
            return False
        here = here.parent
    return True


def _last_certain(bounds: list[Bound], home: Scope) -> int:
    """Index of the last binding that every way through the code passes; 0 when there is none."""
    certain = [at for at, bound in enumerate(bounds) if is_certain(bound, home)]
    return certain[-1] if certain else 0


def is_certain(bound: Bound, home: Scope) -> bool:
    """Whether a binding stands in the body of its scope itself, under no condition and in no loop."""
    if bound.role in ("param", "typeparam"):
        return True
    node: SgNode | None = bound.holder
    while node is not None:
        kind = node.kind()
        if kind == "module":
            return home.kind == "module"
        if kind == "block":
            owner = node.parent()
            if owner is None or owner.kind() != "with_statement":
                return owner is not None and start_of(owner) == start_of(home.node)
        elif kind in ("conditional_expression", "boolean_operator", "lambda", *_COMPREHENSIONS):
            return False
        node = node.parent()
    return False


def _comes_round(bound: Bound, offset: int, home: Scope) -> bool:
    """Whether a later binding can reach an earlier place because a loop holds both."""
    node = bound.holder.parent()
    while node is not None and start_of(node) >= home.inner:
        if node.kind() in _LOOPS and inside(span_of(node), offset):
            return True
        node = node.parent()
    return False
