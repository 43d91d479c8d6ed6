"""What functions, their decorators and annotations say, by their syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from upgrader.surface.python.table import Binding, Defined, Function
from upgrader.surface.python.things import Class, Dark, External, Func, Gone, Scope, Thing

_WRAPPERS = frozenset(
    ("staticmethod", "classmethod", "update_wrapper", "wraps", "lru_cache", "cache", "contextmanager")
)
_NO_WRAPPERS = frozenset(
    ("partial", "property", "cast", "TypeVar", "NewType", "getattr", "partialmethod", "singledispatch")
)


def qual(scope: Scope) -> str:
    """The name that is being bound, below its class."""
    return f"{scope.owner.qual}.{scope.name}" if scope.owner is not None else scope.name


def decorators(node: Function | ast.ClassDef) -> Iterator[tuple[str, ast.Call | None]]:
    """The last name of each decorator, with its call where it is one."""
    for item in node.decorator_list:
        call = item if isinstance(item, ast.Call) else None
        yield last_name(call.func if call else item), call


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`; "" of anything but names."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def overloads(bindings: Sequence[Binding]) -> tuple[Function, ...]:
    """All overloads of a name that has nothing else, as in stubs."""
    nodes = [b.node for b in bindings if isinstance(b, Defined) and not isinstance(b.node, ast.ClassDef)]
    only = len(nodes) == len(bindings) > 1
    return tuple(nodes) if only and all(is_overload(node) for node in nodes) else ()


def is_overload(node: Function) -> bool:
    """Whether it is one of several ways to call something."""
    return any(name == "overload" for name, _ in decorators(node))


def is_part(binding: Binding) -> bool:
    """A setter, a deleter or an overload: it does not stand for the name."""
    if not isinstance(binding, Defined) or isinstance(binding.node, ast.ClassDef):
        return False
    return any(name in ("setter", "deleter", "overload", "register") for name, _ in decorators(binding.node))


def is_property(node: Function) -> bool:
    """Whether it is read like an attribute."""
    return any(
        name in ("getter", "cached_property") or name.endswith("property") for name, _ in decorators(node)
    )


def keeps_its_argument(call: ast.Call, function: Thing) -> bool:
    """Whether `x = wrap(f)` may be taken for f: decorators and deprecations, but not what makes something new of it."""
    if not call.args or isinstance(call.args[0], ast.Starred):
        return False
    name = last_name(call.func.func if isinstance(call.func, ast.Call) else call.func)
    if name in _NO_WRAPPERS or isinstance(function, Class):
        return False
    if isinstance(call.func, ast.Call) or name in _WRAPPERS:
        return True
    return isinstance(function, Func | External | Dark | Gone) and (
        "deprec" in name.lower() or len(call.args) == 1
    )


def returned(node: Function) -> ast.expr | None:
    """The return annotation; without one the call that every `return` makes; None where neither is clear."""
    if node.returns is not None:
        return node.returns
    called = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Return) and inner.value is not None:
            if not (isinstance(inner.value, ast.Call) and last_name(inner.value.func)[:1].isupper()):
                return None
            called[ast.unparse(inner.value.func)] = inner.value.func
    return next(iter(called.values())) if len(called) == 1 else None


def class_of(annotation: ast.expr, depth: int = 0) -> ast.expr | None:
    """The one class an annotation names: `A` of `"A"`, `A | None`, `A[int]`; None where there are more."""
    match annotation:
        case _ if depth > 8:
            return None
        case ast.Constant(value=str(text)):
            try:
                return class_of(ast.parse(text, mode="eval").body, depth + 1)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return class_of(left, depth + 1)
        case ast.Subscript(value=holder, slice=inner):
            wrapped = last_name(holder) in ("Optional", "Annotated", "Final", "ClassVar", "Required")
            return class_of(inner, depth + 1) if wrapped else class_of(holder, depth + 1)
        case ast.Name() | ast.Attribute():
            return annotation
        case _:
            return None


def words(node: ast.AST | None) -> str:
    """The text in a message's expression, its fields left open."""
    if node is None:
        return ""
    parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return " ".join(" ".join(parts).split())[:300]


def after_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """A body's statements without its docstring."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body


def only_raises(node: Function) -> str | None:
    """The words of a function that does nothing but raise (trick 4); None for any other, and for abstract ones."""
    body = after_docstring(node.body)
    if (
        not body
        or not isinstance(body[-1], ast.Raise)
        or any(n == "abstractmethod" for n, _ in decorators(node))
    ):
        return None
    harmless = all(
        isinstance(item, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom) for item in body[:-1]
    )
    raised = body[-1].exc
    name = last_name(raised.func if isinstance(raised, ast.Call) else raised) if raised is not None else ""
    if not harmless or name in (
        "",
        "NotImplementedError",
        "NotImplemented",
        "StopIteration",
        "AttributeError",
        "TypeError",
    ):
        told = words(raised)
        removed = any(word in told.lower() for word in ("removed", "no longer", "deprecated"))
        return told if harmless and removed else None
    return words(raised) or f"raises {name}"


def warns(body: Sequence[ast.stmt]) -> str:
    """The words of a deprecation warning that a body gives whatever it is called with; "" for none."""
    for item in after_docstring(body):
        match item:
            case ast.Expr(value=ast.Call(func=function, args=args, keywords=keywords) as call):
                kinds = [last_name(arg) for arg in (*args[1:], *(word.value for word in keywords))]
                kinds += [last_name(arg.func) for arg in args[:1] if isinstance(arg, ast.Call)]
                warning = last_name(function) in ("warn", "warn_explicit") and any(
                    _goes_away(k) for k in kinds
                )
                if warning or last_name(function) in (
                    "warn_deprecated",
                    "deprecation_warning",
                    "_warn_deprecated",
                ):
                    return words(call) or "deprecated"
            case _:
                pass
    return ""


def _goes_away(warning: str) -> bool:
    return "Deprecat" in warning or "RemovedIn" in warning or warning == "FutureWarning"


def deprecation(node: Function | ast.ClassDef) -> str:
    """Why it is deprecated (PEP 702, decorators of that name, a warning in the body); "" when it is not."""
    for name, call in decorators(node):
        if "deprecated" in name.lower() and "param" not in name.lower() and "arg" not in name.lower():
            return words(call) or "deprecated"
    if isinstance(node, ast.ClassDef):
        makers = [
            n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")
        ]
        return next((text for maker in makers if (text := warns(maker.body))), "")
    return warns(node.body)
