"""The members of a class: its own, what its methods give to `self`, and what its bases bring."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from upgrader.surface.python import bodies, stdlib
from upgrader.surface.python.table import Assigned, Defined, instance_names
from upgrader.surface.python.things import (
    GONE,
    Class,
    Dark,
    External,
    Follower,
    Func,
    Gone,
    Instance,
    Scope,
    Thing,
    Value,
)

_MOST_BASES = 64
_SERVES = frozenset(("__getattr__", "__getattribute__"))


def lineage(world: Follower, of: Class) -> Iterator[Class | External | Dark]:
    """The class and its bases, depth first, left to right, `object` last; each once and at most 64."""
    seen: set[str] = set()
    waiting: list[Thing] = [of]
    while waiting and len(seen) < _MOST_BASES:
        item = waiting.pop()
        match item:
            case Class(home=home) if home not in seen:
                seen.add(home)
                yield item
                waiting += reversed([_base(world, item, base) for base in item.node.bases])
            case External(symbol=symbol) if symbol not in seen:
                seen.add(symbol)
                yield item
            case Dark():
                yield item
            case _:
                pass
    yield External("builtins.object")


def _base(world: Follower, of: Class, base: ast.expr) -> Thing:
    """A base class; `Generic[T]` is Generic, `with_metaclass(M, B)` is B."""
    node = base.value if isinstance(base, ast.Subscript) else base
    if isinstance(node, ast.Call) and bodies.last_name(node.func) == "with_metaclass" and node.args:
        node = node.args[-1]
    found = world.evaluate(node, Scope(of.module, name=of.qual))
    if isinstance(found, Class | External):
        return found
    return Dark(f"a base of {of.home} can't be followed: {ast.unparse(base)[:60]}")


def member(world: Follower, of: Class, name: str, *, instance: bool) -> Thing:
    """What `C.name` or `C().name` stands for, along the bases."""
    dark: Thing = GONE
    for item in lineage(world, of):
        found: Thing = GONE
        match item:
            case Class():
                found = own_member(world, item, name)
                if isinstance(found, Gone) and _serves(world, item, instance=instance):
                    dark = Dark(f"{item.home} serves attributes by code")
            case External(symbol=symbol):
                found = _of_other(symbol, name)
            case Dark():
                found = item
        if isinstance(found, Dark):
            dark = dark if isinstance(dark, Dark) else found
        elif not isinstance(found, Gone):
            return found
    return dark


def own_member(world: Follower, of: Class, name: str) -> Thing:
    """A member that the class itself has."""
    bindings = world.body(of.node).names.get(name)
    if bindings:
        return world.best(bindings, Scope(of.module, of, name))
    given = instance_names(of.node).get(name)
    if given is not None:
        return Value(of.module, f"{of.qual}.{name}", given, of)
    return (
        Value(of.module, f"{of.qual}.{name}", Assigned(None, None, of.node.lineno), of)
        if name in _slots(of)
        else GONE
    )


def _slots(of: Class) -> set[str]:
    """Names in `__slots__`."""
    return {
        part.value
        for item in of.node.body
        if isinstance(item, ast.Assign) and any(bodies.last_name(t) == "__slots__" for t in item.targets)
        for part in ast.walk(item.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def _of_other(symbol: str, name: str) -> Thing:
    """A member of a base from elsewhere: the standard library is looked at, other packages are not known."""
    known = stdlib.members(symbol)
    if known is None:
        return (
            GONE
            if symbol.partition(".")[0] in ("typing", "typing_extensions", "abc")
            else Dark(f"its base {symbol} is of another package")
        )
    return External(f"{symbol}.{name}") if name in known else GONE


def _serves(world: Follower, of: Class, *, instance: bool) -> bool:
    """Whether the class answers for names that nobody sees."""
    names = world.body(of.node)
    if names.dynamic or (instance and any(name in names.names for name in _SERVES)):
        return True
    for word in of.node.keywords:
        if word.arg == "metaclass":
            found = world.evaluate(word.value, Scope(of.module))
            if isinstance(found, Class) and any(name in world.body(found.node).names for name in _SERVES):
                return True
    return False


def public_members(world: Follower, of: Class) -> list[str]:
    """The names of public members, own and of bases in the release, in order of definition."""
    found: dict[str, None] = {}
    for item in lineage(world, of):
        if isinstance(item, Class):
            names = [*world.body(item.node).names, *instance_names(item.node)]
            found |= dict.fromkeys(name for name in names if not name.startswith("_"))
    return list(found)


def maker(world: Follower, of: Class) -> Thing:
    """What `C(...)` calls: `__init__`, or `__new__` where that comes first; Gone where it takes nothing."""
    for item in lineage(world, of):
        if isinstance(item, Dark):
            return item
        if isinstance(item, Class):
            for name in ("__init__", "__new__"):
                found = world.body(item.node).names.get(name)
                if found:
                    return world.best(found, Scope(item.module, item, name))
            if is_dataclass(item):
                return Value(item.module, item.qual, Assigned(None, None, item.node.lineno), item)
        elif item.symbol not in ("builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"):
            return Dark(f"it is made by {item.symbol}")
    return GONE


def is_dataclass(of: Class) -> bool:
    """Whether its fields are its parameters (dataclasses; attrs's `define` the same way)."""
    return any(name in ("dataclass", "define", "frozen") for name, _ in bodies.decorators(of.node))


def fields(world: Follower, of: Class) -> list[tuple[str, ast.AnnAssign]]:
    """The fields of a dataclass in the order of its parameters: those of bases first."""
    found: dict[str, ast.AnnAssign] = {}
    line = [item for item in lineage(world, of) if isinstance(item, Class) and is_dataclass(item)]
    for item in reversed(line):
        for part in item.node.body:
            if not isinstance(part, ast.AnnAssign) or not isinstance(part.target, ast.Name):
                continue
            if "ClassVar" not in ast.unparse(part.annotation):
                found[part.target.id] = part
    return list(found.items())


def tombstone(world: Follower, of: Class | Instance) -> str:
    """The words with which making the class, or touching its instance, fails always; "" when it does not."""
    cls = of if isinstance(of, Class) else of.of
    wanted = ("__init__", "__new__") if isinstance(of, Class) else ("__load__", "__call__", "__getattr__")
    for item in lineage(world, cls):
        if isinstance(item, Class):
            for name in wanted:
                for binding in world.body(item.node).names.get(name, []):
                    if isinstance(binding, Defined) and not isinstance(binding.node, ast.ClassDef):
                        return bodies.only_raises(binding.node) or ""
    return ""


def is_abstract(found: Thing) -> bool:
    """Whether subclasses have to define it."""
    return isinstance(found, Func) and any(
        name.startswith("abstract") for node in found.nodes for name, _ in bodies.decorators(node)
    )
