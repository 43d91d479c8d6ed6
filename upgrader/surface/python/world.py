"""Follows names through the modules of a release: imports, stars, aliases, lazy attributes; only those are parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from upgrader.errors import ArtefactError
from upgrader.surface.artefact import Artefact
from upgrader.surface.python import bodies, classes, lazy, stdlib
from upgrader.surface.python.layout import ModuleFiles, find_modules
from upgrader.surface.python.parse import Unreadable, parse_module
from upgrader.surface.python.table import Assigned, Binding, Defined, Import, Table, read_table
from upgrader.surface.python.things import (
    GONE,
    Class,
    Dark,
    Deprecated,
    External,
    Found,
    Func,
    Gone,
    Instance,
    Module,
    Scope,
    Thing,
    Tombstone,
    Value,
)

_OF_MODULES = frozenset(
    ("__name__", "__doc__", "__file__", "__path__", "__package__", "__spec__", "__loader__", "__dict__")
)
_DEEPEST = 60
"""Steps of imports and aliases that are followed; beyond it is a circle or a trap."""


class World:
    """The modules of one release."""

    def __init__(self, artefact: Artefact) -> None:
        self.artefact = artefact
        self.modules: dict[str, ModuleFiles] = find_modules(artefact)
        self._tables: dict[str, Table | Dark] = {}
        self._found: dict[tuple[str, str], Thing] = {}
        self._passing: dict[tuple[str, str], Thing] = {}
        self._open: set[tuple[str, str]] = set()
        self._bodies: dict[int, tuple[ast.ClassDef, Table]] = {}
        self._depth = 0

    # --- modules -------------------------------------------------------------------------------------------

    def table(self, path: str) -> Table | Dark:
        """The names of a file; Dark where it can't be read."""
        known = self._tables.get(path)
        if known is None:
            try:
                known = read_table(parse_module(self.artefact.read(path), path).body)
            except (Unreadable, ArtefactError) as fault:
                known = Dark(str(fault))
            self._tables[path] = known
        return known

    def tables(self, module: str) -> list[Table | Dark]:
        """A module's source, then its stub."""
        files = self.modules.get(module)
        return [self.table(path) for path in (files.source, files.stub) if path] if files else []

    def body(self, node: ast.ClassDef) -> Table:
        """The names of a class body."""
        known = self._bodies.get(id(node))
        if known is None:
            known = self._bodies[id(node)] = (node, read_table(node.body))
        return known[1]

    def lookup(self, module: str, name: str) -> Thing:
        """What `module.name` stands for; remembered, circles end."""
        key = (module, name)
        if key in self._found:
            return self._found[key]
        if key in self._passing:
            return self._passing[key]
        inside = f"{module}.{name}"
        if key in self._open or self._depth > _DEEPEST:
            return Module(inside) if inside in self.modules else GONE
        self._open.add(key)
        self._depth += 1
        try:
            found = self._look(module, name)
        finally:
            self._open.discard(key)
            self._depth -= 1
        if not self._open:
            self._passing.clear()
        # That a name is not there may only be so because of a circle: it holds for this question alone.
        (self._passing if self._open and isinstance(found, Gone) else self._found)[key] = found
        return found

    def _look(self, module: str, name: str) -> Thing:
        tables = self.tables(module)
        dark = next((table for table in tables if isinstance(table, Dark)), None)
        readable = [table for table in tables if isinstance(table, Table)]
        for table in readable:
            found = self.best(table.names.get(name, []), Scope(module, name=name))
            if not isinstance(found, Gone):
                return found
        if f"{module}.{name}" in self.modules:
            return Module(f"{module}.{name}")
        for table in readable:
            found = self._by_star(module, name, table)
            if not isinstance(found, Gone | Dark):
                return found
            dark = dark or (found if isinstance(found, Dark) else None)
        served = lazy.serve(self, module, name)
        if not isinstance(served, Gone):
            return served
        return dark or self._absent(module, name, readable)

    def _absent(self, module: str, name: str, readable: list[Table]) -> Thing:
        """Why a name that nothing binds may be there all the same; Gone when nothing speaks for it."""
        files = self.modules.get(module, ModuleFiles())
        if name in _OF_MODULES:
            return Found(module, name)
        if files.compiled and not files.stub:
            return Dark(f"{module} is compiled and has no stub")
        if any(table.dynamic for table in readable):
            return Dark(f"{module} binds names by code")
        return GONE

    def _by_star(self, module: str, name: str, table: Table) -> Thing:
        dark: Thing = GONE
        for star in reversed(table.stars):
            target = self.absolute(module, star)
            if target in self.modules:
                if name not in self._handed_on(target, name):
                    continue
                found = self.lookup(target, name)
            elif stdlib.is_stdlib(target):
                found = External(f"{target}.{name}") if name in (stdlib.members(target) or ()) else GONE
            else:
                found = Dark(f"{module} takes all names of {target}, which is another package")
            if not isinstance(found, Gone | Dark):
                return found
            dark = found if isinstance(found, Dark) else dark
        return dark

    def _handed_on(self, module: str, name: str) -> tuple[str, ...]:
        """The name if a star import takes it along."""
        exported = self.exported(module)
        partly = any(isinstance(table, Table) and table.exported_from for table in self.tables(module))
        # An `__all__` that takes others' may well have been extended by code (numpy does so).
        public = not name.startswith("_") if exported is None or partly else False
        return (name,) if public or name in (exported or ()) else ()

    def exported(self, module: str, depth: int = 0) -> frozenset[str] | None:
        """A module's `__all__` with the parts it takes from other modules; None without one, or a partial one."""
        for table in self.tables(module):
            if isinstance(table, Dark) or table.exported is None:
                continue
            names = set(table.exported)
            for part in table.exported_from:
                inner = self._module_of_all(module, part) if depth < 8 else None
                more = self.exported(inner, depth + 1) if inner else None
                if more is None:
                    return None
                names |= more
            return frozenset(names)
        return None

    def _module_of_all(self, module: str, part: ast.expr) -> str | None:
        match part:
            case ast.Attribute(value=holder, attr="__all__"):
                found = self.evaluate(holder, Scope(module))
                return found.name if isinstance(found, Module) else None
            case _:
                return None

    def absolute(self, module: str, item: Import) -> str:
        """The module that an import statement of `module` names."""
        if not item.level:
            return item.module
        parts = module.split(".")
        if not self.modules.get(module, ModuleFiles()).package:
            parts = parts[:-1]
        parts = parts[: len(parts) - (item.level - 1)]
        return ".".join([*parts, *([item.module] if item.module else [])])

    def is_own(self, module: str) -> bool:
        """Whether a dotted name begins with a module of this release."""
        return module.partition(".")[0] in self.modules

    # --- bindings ------------------------------------------------------------------------------------------

    def best(self, bindings: list[Binding], scope: Scope) -> Thing:
        """What the bindings of one name amount to: the last that can be followed, else that it can't be told."""
        count = scope.index or len(bindings)
        overloads = bodies.overloads(bindings[:count])
        if overloads:
            return Func(scope.module, bodies.qual(scope), overloads, scope.owner)
        dark: Thing = GONE
        for index in range(count - 1, -1, -1):
            if bodies.is_part(bindings[index]) and count > 1:
                continue
            found = self.bound(bindings[index], Scope(scope.module, scope.owner, scope.name, index))
            if not isinstance(found, Gone | Dark):
                return found
            dark = found if isinstance(found, Dark) else dark
        return dark

    def bound(self, binding: Binding, scope: Scope) -> Thing:
        """What one binding gives its name."""
        match binding:
            case Import():
                return self._imported(binding, scope.module)
            case Defined():
                node, name = binding.node, bodies.qual(scope)
                if isinstance(node, ast.ClassDef):
                    return Class(scope.module, name, node)
                return Func(scope.module, name, (node,), scope.owner)
            case Assigned():
                return self._assigned(binding, scope)

    def _imported(self, item: Import, module: str) -> Thing:
        target = self.absolute(module, item)
        if not self.is_own(target):
            return External(f"{target}.{item.name}" if item.name else target)
        if not item.name:
            return Module(target) if target in self.modules else GONE
        return self.lookup(target, item.name) if target in self.modules else GONE

    def _assigned(self, binding: Assigned, scope: Scope) -> Thing:
        value = Value(scope.module, bodies.qual(scope), binding, scope.owner)
        if binding.slot is not None or not isinstance(binding.value, ast.Name | ast.Attribute | ast.Call):
            return value
        found = self.evaluate(binding.value, scope)
        if isinstance(found, External) and not isinstance(binding.value, ast.Call):
            return found
        return found if isinstance(found, Module | Class | Func | Tombstone | Deprecated) else value

    # --- expressions ---------------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr, scope: Scope) -> Thing:
        """What an expression stands for, as far as names, attributes and calls tell."""
        if self._depth > _DEEPEST:
            return Dark("it goes too deep")
        self._depth += 1
        try:
            match node:
                case ast.Name(id=name):
                    return self.named(name, scope)
                case ast.Attribute(value=holder, attr=name):
                    return self.member(self.evaluate(holder, scope), name)
                case ast.Call():
                    return self._call(node, scope)
                case _:
                    return Dark("it is computed")
        finally:
            self._depth -= 1

    def named(self, name: str, scope: Scope) -> Thing:
        """What a bare name means at a place."""
        earlier = name == scope.name
        if scope.owner is not None:
            own = self.body(scope.owner.node).names.get(name, [])[: scope.index if earlier else None]
            if own:
                return self.best(own, Scope(scope.module, scope.owner, name))
            earlier = False
        if earlier:
            for table in self.tables(scope.module):
                own = table.names.get(name, [])[: scope.index] if isinstance(table, Table) else []
                if own:
                    return self.best(own, Scope(scope.module, name=name))
        found = GONE if earlier else self.lookup(scope.module, name)
        builtin = isinstance(found, Gone | Dark) and name in (stdlib.members("builtins") or ())
        return External(f"builtins.{name}") if builtin else found

    def _call(self, node: ast.Call, scope: Scope) -> Thing:
        function = self.evaluate(node.func, scope)
        if isinstance(function, Class):
            return Instance(function)
        if bodies.keeps_its_argument(node, function):
            for argument in node.args[:1]:
                inner = (
                    self.evaluate(argument, scope) if isinstance(argument, ast.Name | ast.Attribute) else GONE
                )
                if isinstance(inner, Func):
                    return Func(inner.module, inner.qual, inner.nodes, inner.owner, likely=True)
                if isinstance(inner, Class):
                    return inner
        return self.called(function)

    def called(self, thing: Thing) -> Thing:
        """What calling gives: an instance of a class, or of what a function says it returns."""
        match thing:
            case Class():
                return Instance(thing)
            case Func(nodes=nodes, owner=owner):
                wanted = bodies.returned(nodes[0])
                if wanted is None:
                    return Dark(f"{thing.home} does not say what it returns")
                return self.of_type(wanted, Scope(thing.module), owner)
            case Deprecated(thing=inner):
                return self.called(inner)
            case Gone() | Dark() | Tombstone():
                return thing
            case _:
                return Dark("what calling it gives is not known")

    def of_type(self, annotation: ast.expr, scope: Scope, owner: Class | None = None) -> Thing:
        """An instance of an annotation's class."""
        name = bodies.class_of(annotation)
        if name is None:
            return Dark("its type names no class")
        if owner is not None and isinstance(name, ast.Name) and name.id == "Self":
            return Instance(owner)
        found = self.evaluate(name, scope)
        return Instance(found) if isinstance(found, Class) else Dark("its type is of another package")

    def member(self, thing: Thing, name: str) -> Thing:
        """What `thing.name` stands for."""
        match thing:
            case Module(name=module):
                return self.lookup(module, name)
            case Class():
                return classes.member(self, thing, name, instance=False)
            case Instance(of=of):
                return classes.member(self, of, name, instance=True)
            case Value() | Func():
                return self._of_value(thing, name)
            case Deprecated(thing=inner):
                return self.member(inner, name)
            case External(symbol=symbol):
                return External(f"{symbol}.{name}")
            case _:
                return self._of_rest(thing)

    @staticmethod
    def _of_rest(thing: Thing) -> Thing:
        """A member of what is not there, or not known."""
        return (
            Dark(f"what {thing.module}.{thing.name} is can't be told") if isinstance(thing, Found) else thing
        )

    def _of_value(self, thing: Value | Func, name: str) -> Thing:
        """A member of what a variable holds, or a property gives."""
        scope = Scope(thing.module, thing.owner)
        if isinstance(thing, Func):
            held = self.called(thing) if bodies.is_property(thing.nodes[0]) else GONE
        elif thing.binding.annotation is not None:
            held = self.of_type(thing.binding.annotation, scope, thing.owner)
        elif thing.binding.value is not None and thing.binding.slot is None:
            held = self.evaluate(thing.binding.value, scope)
        else:
            held = GONE
        if isinstance(held, Instance | Class | Module):
            return self.member(held, name)
        return Dark(f"what {thing.module}.{thing.qual} holds can't be told")

    def names(self, module: str) -> Iterator[str]:
        """Every name that a module binds or takes by a star, in order."""
        seen: dict[str, None] = {}
        for table in self.tables(module):
            if isinstance(table, Table):
                seen |= dict.fromkeys(table.names)
                for star in table.stars:
                    target = self.absolute(module, star)
                    if (
                        target in self.modules
                        and (module, target) not in self._open
                        and len(self._open) < _DEEPEST
                    ):
                        self._open.add((module, target))
                        more = list(self.names(target))
                        self._open.discard((module, target))
                        seen |= dict.fromkeys(n for n in more if self._handed_on(target, n))
        yield from seen
