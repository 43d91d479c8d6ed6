"""Names that a module's `__getattr__` serves (PEP 562): which tables it looks into, and what it does with a hit."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from msgspec import Struct

from upgrader.surface.python import bodies
from upgrader.surface.python.table import Assigned, Table
from upgrader.surface.python.things import (
    GONE,
    Class,
    Dark,
    Deprecated,
    External,
    Follower,
    Found,
    Func,
    Gone,
    Module,
    Scope,
    Thing,
    Tombstone,
    Value,
)

_DEEPEST = 4


class _Asked(Struct, frozen=True):
    """A name asked of a module, and the spellings a table may have it under."""

    module: str
    name: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Pydantic asks its tables for `module:name`."""
        return (self.name, f"{self.module}:{self.name}", f"{self.module}.{self.name}")


class _Hit(Struct, frozen=True, eq=False):
    """An entry of a table."""

    value: ast.expr | None
    scope: Scope


def serve(world: Follower, module: str, name: str) -> Thing:
    """What `module.__getattr__(name)` gives; Gone when it has none, or its tables don't know the name."""
    if name.startswith("__"):
        return GONE
    asked = _Asked(module, name)
    for table in world.tables(module):
        if isinstance(table, Table) and "__getattr__" in table.names:
            found = world.best(table.names["__getattr__"], Scope(module, name="__getattr__"))
            return _serve(world, asked, found, 0)
    return GONE


def _serve(world: Follower, asked: _Asked, found: Thing, depth: int) -> Thing:
    match found:
        case Func(nodes=nodes, module=module):
            return _by_function(world, asked, nodes[-1], Scope(module), depth)
        case Value(binding=Assigned(value=ast.Call() as call), module=module):
            return _by_maker(world, asked, call, Scope(module), depth)
        case _:
            return Dark(f"{asked.module} serves names by code")


def _by_maker(world: Follower, asked: _Asked, call: ast.Call, scope: Scope, depth: int) -> Thing:
    """`__getattr__ = make(...)`, `__getattr__, ... = lazy.attach(__name__, [...], {...})`."""
    for argument in (*call.args, *(word.value for word in call.keywords)):
        for hit in _inside(argument, asked, scope):
            return _follow(world, asked, hit)
    made_by = world.evaluate(call.func, scope)
    if isinstance(made_by, Func) and depth < _DEEPEST:
        return _by_function(world, asked, made_by.nodes[-1], Scope(made_by.module), depth + 1)
    return Dark(f"{asked.module} serves names by code")


def _by_function(world: Follower, asked: _Asked, node: ast.AST, scope: Scope, depth: int) -> Thing:
    """The branches that name it, then the tables that hold it, then the functions it hands the name on to."""
    for branch in ast.walk(node):
        tests = [(branch.test, branch.body)] if isinstance(branch, ast.If) else []
        if isinstance(branch, ast.match_case):
            tests = (
                [(branch.pattern.value, branch.body)] if isinstance(branch.pattern, ast.MatchValue) else []
            )
        for test, body in tests:
            hit = _tested(world, asked, test, scope)
            if hit is not None and (answer := _branch(world, asked, hit, body, scope)) is not None:
                return answer
    for name in _read_names(node):
        for hit in _table(world, name, asked, scope):
            text = bodies.warns([item for item in ast.walk(node) if isinstance(item, ast.Expr)])
            thing = _follow(world, asked, hit)
            return Deprecated(thing, text) if text else thing
    return _handed_on(world, asked, node, scope, depth)


def _handed_on(world: Follower, asked: _Asked, node: ast.AST, scope: Scope, depth: int) -> Thing:
    """What the functions give that it calls with the name; Dark where it looks names up at run time."""
    dynamic = False
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        name = bodies.last_name(call.func)
        found: Thing = GONE
        if name == "getattr" and call.args:
            holder = world.evaluate(call.args[0], scope)
            known = isinstance(holder, Module | Class)
            dynamic = dynamic or not known
            found = world.member(holder, asked.name) if known else GONE
        elif isinstance(call.func, ast.Name) and depth < _DEEPEST and name not in dir(builtins):
            found = _by_next(world, asked, world.evaluate(call.func, scope), depth)
        dynamic = dynamic or name in ("import_module", "__import__", "eval")
        if not isinstance(found, Gone | Dark):
            return found
    return Dark(f"{asked.module} serves names by code") if dynamic else GONE


def _by_next(world: Follower, asked: _Asked, thing: Thing, depth: int) -> Thing:
    if not isinstance(thing, Func | Value) or thing.qual == "__getattr__":
        return GONE
    return _serve(world, asked, thing, depth + 1) if _is_callable(thing) else GONE


def _is_callable(thing: Func | Value) -> bool:
    return isinstance(thing, Func) or isinstance(thing.binding.value, ast.Call)


def _tested(world: Follower, asked: _Asked, test: ast.expr, scope: Scope) -> _Hit | None:
    """Whether a test is true for the name: `name == "x"`, `name in TABLE`."""
    match test:
        case ast.BoolOp(values=values):
            hits = [_tested(world, asked, value, scope) for value in values]
            return next((hit for hit in hits if hit is not None), None)
        case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=value)]) if value in asked.keys:
            return _Hit(None, scope)
        case ast.Compare(ops=[ast.In()], comparators=[holder]):
            return next(_hits(world, holder, asked, scope), None)
        case ast.Constant(value=str(value)) if value in asked.keys:
            return _Hit(None, scope)
        case _:
            return None


def _branch(world: Follower, asked: _Asked, hit: _Hit, body: list[ast.stmt], scope: Scope) -> Thing | None:
    """What a branch does with a hit: it raises, it returns (perhaps with a warning), or neither (None)."""
    inner = [node for item in body for node in ast.walk(item)]
    returns = [node for node in inner if isinstance(node, ast.Return) and node.value is not None]
    raises = next((node for node in inner if isinstance(node, ast.Raise)), None)
    if not returns:
        if raises is None:
            return None
        told = " ".join(filter(None, (bodies.words(raises.exc), bodies.words(hit.value))))
        return Tombstone(asked.module, asked.name, told or "it was removed")
    direct = returns[-1].value if isinstance(returns[-1].value, ast.Name | ast.Attribute) else None
    thing = _follow(world, asked, hit) if hit.value is not None else GONE
    if isinstance(thing, Gone | Found) and direct is not None:
        found = world.evaluate(direct, scope)
        thing = found if isinstance(found, Class | Func | Module | Value | External) else thing
    if isinstance(thing, Gone):
        thing = Found(asked.module, asked.name)
    text = bodies.warns([node for node in inner if isinstance(node, ast.Expr)])
    told = " ".join(filter(None, (text, bodies.words(hit.value)))) if text else ""
    return Deprecated(thing, told) if told else thing


def _read_names(node: ast.AST) -> list[str]:
    """Names that a function reads, each once, in order."""
    return list(
        dict.fromkeys(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    )


def _hits(world: Follower, holder: ast.expr, asked: _Asked, scope: Scope) -> Iterator[_Hit]:
    """Entries of a container that is written out here or named."""
    match holder:
        case ast.Call(func=ast.Attribute(value=inner)):
            yield from _hits(world, inner, asked, scope)
        case ast.Name(id=name):
            yield from _table(world, name, asked, scope)
        case _:
            yield from _inside(holder, asked, scope)


def _table(world: Follower, name: str, asked: _Asked, scope: Scope) -> Iterator[_Hit]:
    """Entries of a module's container, followed through imports."""
    found = world.lookup(scope.module, name) if not name.startswith("__getattr") else GONE
    if isinstance(found, Value) and found.binding.value is not None and found.binding.slot is None:
        yield from _inside(found.binding.value, asked, Scope(found.module), world)


def _inside(node: ast.expr, asked: _Asked, scope: Scope, world: Follower | None = None) -> Iterator[_Hit]:
    """Entries of a literal: of dicts by key, of lists, tuples and sets by value or by a tuple's first."""
    match node:
        case ast.Dict():
            yield from _in_dict(node, asked, scope)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                first = part.elts[0] if isinstance(part, ast.Tuple) and part.elts else part
                if isinstance(first, ast.Constant) and first.value in asked.keys:
                    yield _Hit(part if first is not part else None, scope)
        case ast.DictComp(generators=[ast.comprehension(iter=ast.Name(id=name))]) if world is not None:
            yield from _table(world, name, asked, scope)
        case ast.Call() | ast.BinOp():
            for part in node.args[:1] if isinstance(node, ast.Call) else (node.left, node.right):
                yield from _inside(part, asked, scope, world)
        case _:
            pass


def _in_dict(node: ast.Dict, asked: _Asked, scope: Scope) -> Iterator[_Hit]:
    """By key; `{"module": ["name", ...]}` tables by the names of the values."""
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant):
            continue
        if key.value in asked.keys:
            yield _Hit(value, scope)
        elif isinstance(value, ast.List | ast.Tuple | ast.Set) and asked.name in _texts(value):
            yield _Hit(ast.Constant(value=f"{key.value!s}.{asked.name}"), scope)


def _follow(world: Follower, asked: _Asked, hit: _Hit) -> Thing:
    """What the entry leads to: a path in text (`pkg.mod:name`, `.mod`), or an expression."""
    match hit.value:
        case None:
            return Found(asked.module, asked.name)
        case ast.Name() | ast.Attribute():
            found = world.evaluate(hit.value, hit.scope)
            return Found(asked.module, asked.name) if isinstance(found, Gone | Dark) else found
        case ast.Tuple(elts=parts) if (
            parts and isinstance(parts[0], ast.Name | ast.Attribute) and not _texts(hit.value)
        ):
            return _follow(world, asked, _Hit(parts[0], hit.scope))
        case _:
            pass
    for path in _paths(asked, _texts(hit.value)):
        first, *rest = path.split(".")
        if not world.is_own(first):
            continue
        thing: Thing = Module(first)
        for part in rest:
            thing = world.member(thing, part)
        if not isinstance(thing, Gone | Dark):
            return thing
    return Found(asked.module, asked.name)


def _texts(node: ast.expr | None) -> list[str]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _paths(asked: _Asked, texts: list[str]) -> Iterator[str]:
    """The absolute paths that the texts of an entry may mean."""
    joined = ".".join(text.strip(".").replace(":", ".") for text in texts if text.strip("."))
    if not joined or not all(part.isidentifier() for part in joined.split(".")):
        return
    parents = [asked.module, asked.module.rpartition(".")[0]]
    for start in ("", *(f"{parent}." for parent in parents if parent)):
        yield f"{start}{joined}.{asked.name}"
        if joined.rpartition(".")[2] == asked.name or len(texts) > 1 or ":" in "".join(texts) or not start:
            yield f"{start}{joined}"
