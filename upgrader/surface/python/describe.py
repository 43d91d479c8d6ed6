"""Says of what a name stands for how it is called, of what type it is, and whether it is about to go."""

from __future__ import annotations

import ast

from msgspec.structs import replace

from upgrader.surface.base import Answer, Definition, Missing, Opaque, Parameter, Passing, Shape, Signature
from upgrader.surface.python import bodies, classes
from upgrader.surface.python.table import Function
from upgrader.surface.python.things import (
    Class,
    Dark,
    Deprecated,
    External,
    Follower,
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

_LONGEST = 300


def describe(world: Follower, symbol: str, thing: Thing, at: str) -> Answer:
    """The answer about a symbol; `at` is the longest beginning of it that exists."""
    match thing:
        case Gone():
            return Missing(symbol=symbol, at=at)
        case Dark(reason=reason):
            return Opaque(symbol=symbol, reason=reason)
        case Deprecated(thing=inner, text=text):
            found = describe(world, symbol, inner, at)
            if isinstance(found, Definition):
                return replace(found, deprecated=text)
            return Definition(symbol=symbol, shape="value", home=symbol, where="", deprecated=text)
        case Class():
            return _class(world, symbol, thing)
        case Instance(of=of):
            return replace(_class(world, symbol, of), shape="value", signatures=())
        case Func() | Value():
            return _function(symbol, thing) if isinstance(thing, Func) else _value(world, symbol, thing)
        case _:
            return _bare(symbol, thing)


def _bare(symbol: str, thing: Module | External | Found | Tombstone) -> Definition:
    """Things that have no source of their own to look at."""
    match thing:
        case External(symbol=other):
            return Definition(symbol=symbol, shape="value", home=other, where="", confidence="likely")
        case Module(name=name):
            return Definition(symbol=symbol, shape="module", home=name, where=name)
        case Found(module=module, name=name):
            home = f"{module}.{name}"
            return Definition(symbol=symbol, shape="value", home=home, where=module, confidence="likely")
        case Tombstone(module=module, name=name, text=text):
            return Definition(
                symbol=symbol, shape="value", home=f"{module}.{name}", where=module, raises=text
            )


def _class(world: Follower, symbol: str, thing: Class) -> Definition:
    made = classes.maker(world, thing)
    signatures: tuple[Signature, ...] = ()
    if isinstance(made, Func):
        signatures = tuple(signature(node, bound=True) for node in made.nodes)
    elif isinstance(made, Value):
        signatures = (_of_fields(world, thing),)
    elif isinstance(made, Gone):
        signatures = (Signature(text="()"),)
    bases = [
        item.home if isinstance(item, Class) else item.symbol
        for item in classes.lineage(world, thing)
        if isinstance(item, Class | External) and item is not thing
    ]
    facts = {name for name, _ in bodies.decorators(thing.node) if name in ("final", "runtime_checkable")}
    if any(base in ("enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag") for base in bases):
        facts.add("enum")
    return Definition(
        symbol=symbol,
        shape="class",
        home=thing.home,
        where=f"{thing.module}:{thing.node.lineno}",
        signatures=signatures,
        bases=tuple(base for base in bases if base not in ("builtins.object", "typing.Generic")),
        facts=frozenset(facts),
        deprecated=bodies.deprecation(thing.node),
        raises=classes.tombstone(world, thing),
    )


def _function(symbol: str, thing: Func) -> Definition:
    node = thing.nodes[0]
    names = {name for name, _ in bodies.decorators(node)}
    method = thing.owner is not None
    shape: Shape = "method" if method else "function"
    facts = {"async"} if isinstance(node, ast.AsyncFunctionDef) else set()
    facts |= names & {"staticmethod", "classmethod", "final"}
    if classes.is_abstract(thing):
        facts.add("abstract")
    if bodies.is_property(node):
        shape = "property"
    bound = method and "staticmethod" not in names
    return Definition(
        symbol=symbol,
        shape=shape,
        home=thing.home,
        where=f"{thing.module}:{node.lineno}",
        signatures=() if shape == "property" else tuple(signature(item, bound=bound) for item in thing.nodes),
        type=_text(node.returns) if shape == "property" else "",
        facts=frozenset(facts),
        deprecated=bodies.deprecation(node),
        raises=bodies.only_raises(node) or "",
        confidence="likely" if thing.likely or _is_wrapped(names) else "sure",
    )


def _is_wrapped(names: set[str]) -> bool:
    """Whether a decorator stands there that may change how the function is called."""
    kept = {
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "final",
        "override",
        "overload",
        "deprecated",
        "wraps",
    }
    return bool(names - kept)


def _value(world: Follower, symbol: str, thing: Value) -> Definition:
    binding = thing.binding
    value = binding.value if binding.slot is None else None
    raises = ""
    if isinstance(value, ast.Call):
        held = world.evaluate(value, Scope(thing.module, thing.owner))
        raises = classes.tombstone(world, held) if isinstance(held, Instance) else ""
        if raises and not any(
            word in raises.lower() for word in ("removed", "no longer", "support", "migrat")
        ):
            raises = ""
    return Definition(
        symbol=symbol,
        shape="value",
        home=f"{thing.module}.{thing.qual}",
        where=f"{thing.module}:{binding.line}",
        facts=frozenset(("member",)) if thing.owner is not None else frozenset(),
        value=_text(value) if value is not None and _is_literal(value) else "",
        type=_text(binding.annotation),
        raises=raises,
    )


def _is_literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=inner):
            return _is_literal(inner)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return len(parts) <= 20 and all(_is_literal(part) for part in parts)
        case _:
            return False


def signature(node: Function, *, bound: bool) -> Signature:
    """How a function is called; the receiver is left out of a bound one."""
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    found: list[Parameter] = []
    for number, (item, default) in enumerate(zip(plain, defaults, strict=True)):
        if number == 0 and bound:
            continue
        private = item.arg.startswith("__") and not item.arg.endswith("__")
        by: Passing = "positional" if number < len(args.posonlyargs) or private else "either"
        found.append(_parameter(item, by, default))
    if args.vararg:
        found.append(_parameter(args.vararg, "rest", None))
    for item, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(_parameter(item, "keyword", default))
    if args.kwarg:
        found.append(_parameter(args.kwarg, "keywords", None))
    returns = _text(node.returns)
    return Signature(parameters=tuple(found), returns=returns, text=written(found, returns))


def _parameter(item: ast.arg, passing: Passing, default: ast.expr | None) -> Parameter:
    text = _text(default) if default is not None else None
    return Parameter(name=item.arg, passing=passing, default=text, type=_text(item.annotation))


def _of_fields(world: Follower, of: Class) -> Signature:
    """The parameters of a dataclass."""
    found = []
    for name, item in classes.fields(world, of):
        default = item.value
        if isinstance(default, ast.Call) and bodies.last_name(default.func) == "field":
            words = {word.arg: word.value for word in default.keywords}
            off = words.get("init")
            if isinstance(off, ast.Constant) and off.value is False:
                continue
            default = words.get("default") or words.get("default_factory")
        found.append(_parameter(ast.arg(arg=name, annotation=item.annotation), "either", default))
    return Signature(parameters=tuple(found), text=written(found, ""))


def written(parameters: list[Parameter], returns: str) -> str:
    """A signature as people write it."""
    parts: list[str] = []
    star = False
    for number, item in enumerate(parameters):
        if item.passing == "keyword" and not star:
            parts.append("*")
        star = star or item.passing in ("keyword", "rest")
        prefix = {"rest": "*", "keywords": "**"}.get(item.passing, "")
        kind = f": {item.type}" if item.type else ""
        equals = "" if item.default is None else (f" = {item.default}" if kind else f"={item.default}")
        parts.append(f"{prefix}{item.name}{kind}{equals}")
        after = parameters[number + 1].passing if number + 1 < len(parameters) else ""
        if item.passing == "positional" and after != "positional":
            parts.append("/")
    return f"({', '.join(parts)})" + (f" -> {returns}" if returns else "")


def _text(node: ast.expr | None) -> str:
    """Source text in one spelling; "" for nothing, and for what nests too deep to be written."""
    if node is None:
        return ""
    try:
        return ast.unparse(node)[:_LONGEST]
    except RecursionError:
        return ""
