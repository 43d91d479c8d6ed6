"""What one module or class body binds: every name with everything it is bound to, in every branch."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Import(Struct, frozen=True, eq=False):
    """`import a.b as c` (no name) or `from ..a import b`."""

    module: str
    name: str
    level: int
    line: int


class Assigned(Struct, frozen=True, eq=False):
    """`x: T = value`; neither where only a loop, a `with` or the like gives it a value."""

    value: ast.expr | None
    annotation: ast.expr | None
    line: int
    slot: int | None = None
    """Its place in the value, where a tuple is assigned to several names."""


class Defined(Struct, frozen=True, eq=False):
    """A function or a class."""

    node: Function | ast.ClassDef


Binding = Import | Assigned | Defined


class Table(Struct, frozen=True, eq=False):
    """The names of a body."""

    names: dict[str, list[Binding]]
    """In the order in which they are bound."""
    stars: list[Import]
    exported: list[str] | None
    """`__all__`, as far as it is written out; None without one."""
    exported_from: list[ast.expr]
    """Parts of `__all__` that are another module's `__all__`."""
    dynamic: bool
    """Names are bound by code (`globals()[x] = ...`): that one is missing can't be told."""


class _Gatherer:
    """Walks a body in order."""

    def __init__(self) -> None:
        self.names: dict[str, list[Binding]] = {}
        self.stars: list[Import] = []
        self.exported: list[str] | None = None
        self.exported_from: list[ast.expr] = []
        self.dynamic = False

    def block(self, body: Iterable[ast.stmt], *, top: bool = False) -> None:
        for statement in body:
            self.statement(statement, top=top)

    def statement(self, node: ast.stmt, *, top: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.add(node.name, Defined(node))
            case ast.Import() | ast.ImportFrom():
                self.imported(node)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self.assigned(node)
            case ast.Delete(targets=targets) if top:
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.names.pop(target.id, None)
            case ast.Expr(value=ast.Call() as call):
                self.called(call)
            case _:
                self.compound(node)

    def compound(self, node: ast.stmt) -> None:
        """Every branch counts (IMPACT 1, trick 1): which one runs is not known here."""
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.bind(node.target, None, None, node.lineno)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, None, None, node.lineno)
        for part in _bodies(node):
            self.block(part)

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                module = alias.name if alias.asname else alias.name.partition(".")[0]
                self.add(alias.asname or module, Import(module, "", 0, node.lineno))
            elif alias.name == "*":
                self.stars.append(Import(node.module or "", "*", node.level, node.lineno))
            else:
                found = Import(node.module or "", alias.name, node.level, node.lineno)
                self.add(alias.asname or alias.name, found)

    def assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "__all__" and node.value is not None:
                self.export(node.value, more=isinstance(node, ast.AugAssign))
            elif not isinstance(node, ast.AugAssign):
                self.bind(target, node.value, annotation, node.lineno)

    def bind(self, target: ast.expr, value: ast.expr | None, annotation: ast.expr | None, line: int) -> None:
        """Names that are stored to, never what an attribute or an item belongs to (trick 9)."""
        match target:
            case ast.Name(id=name):
                self.add(name, Assigned(value, annotation, line))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
                for number, part in enumerate(parts):
                    if len(values) == len(parts):
                        self.bind(part, values[number], None, line)
                    elif isinstance(part, ast.Name):
                        self.add(part.id, Assigned(value, None, line, number))
                    elif isinstance(part, (ast.Starred, ast.Tuple, ast.List)):
                        self.bind(part.value if isinstance(part, ast.Starred) else part, None, None, line)
            case ast.Subscript(value=holder):
                self.dynamic = self.dynamic or _is_namespace(holder)
            case _:
                pass

    def export(self, value: ast.expr, *, more: bool) -> None:
        if not more or self.exported is None:
            self.exported = [] if not more else self.exported or []
        waiting = [value]
        while waiting:
            match waiting.pop():
                case ast.List(elts=parts) | ast.Tuple(elts=parts):
                    self.exported += [
                        p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)
                    ]
                    waiting += [p.value for p in parts if isinstance(p, ast.Starred)]
                case ast.BinOp(left=left, right=right):
                    waiting += [right, left]
                case ast.Call(args=[inner]):
                    waiting.append(inner)
                case other:
                    self.exported_from.append(other)

    def called(self, call: ast.Call) -> None:
        """`__all__.extend(...)`, `globals().update(...)`, `setattr(sys.modules[__name__], ...)`."""
        match call.func:
            case ast.Attribute(value=ast.Name(id="__all__"), attr="extend" | "append" | "remove" as what):
                if what == "extend" and call.args:
                    self.export(call.args[0], more=True)
                elif what == "append" and call.args:
                    self.export(ast.List(elts=[call.args[0]]), more=True)
            case ast.Attribute(value=holder, attr="update"):
                self.dynamic = self.dynamic or _is_namespace(holder)
            case ast.Name(id="setattr" | "exec"):
                self.dynamic = True
            case _:
                pass

    def add(self, name: str, binding: Binding) -> None:
        self.names.setdefault(name, []).append(binding)


def read_table(body: Sequence[ast.stmt]) -> Table:
    """The names that a module's or a class's body binds."""
    gatherer = _Gatherer()
    gatherer.block(body, top=True)
    return Table(
        names=gatherer.names,
        stars=gatherer.stars,
        exported=gatherer.exported,
        exported_from=gatherer.exported_from,
        dynamic=gatherer.dynamic,
    )


@lru_cache(maxsize=4096)
def instance_names(node: ast.ClassDef) -> dict[str, Assigned]:
    """Attributes that the methods of a class give to `self`, with what they are given first."""
    found: dict[str, Assigned] = {}
    for method in node.body:
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.args.args:
            receiver = method.args.args[0].arg
            for inner in ast.walk(method):
                for target, value, annotation in _stores(inner):
                    if isinstance(target.value, ast.Name) and target.value.id == receiver:
                        found.setdefault(target.attr, Assigned(value, annotation, target.lineno))
    return found


def _stores(node: ast.AST) -> Iterator[tuple[ast.Attribute, ast.expr | None, ast.expr | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                parts = target.elts if isinstance(target, ast.Tuple) else [target]
                for part in parts:
                    if isinstance(part, ast.Attribute):
                        yield part, value if part is target else None, None
        case ast.AnnAssign(target=ast.Attribute() as target, value=value, annotation=annotation):
            yield target, value, annotation
        case _:
            pass


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        if body := getattr(node, field, None):
            yield body
    for handler in getattr(node, "handlers", ()):
        yield handler.body
    for case in getattr(node, "cases", ()):
        yield case.body


def _is_namespace(node: ast.expr) -> bool:
    """`globals()`, `vars()`, `locals()`, `sys.modules`, `module.__dict__`."""
    match node:
        case ast.Call(func=ast.Name(id="globals" | "vars" | "locals")):
            return True
        case ast.Attribute(attr="__dict__" | "modules"):
            return True
        case _:
            return False
