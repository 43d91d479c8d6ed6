"""How a symbol travels up a Rust syntax tree: paths, calls, methods, types, and the names and fields that hold it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from ast_grep_py import SgNode

from upgrader.source.rust.use_trees import bare

LOCAL = ":"
"""In front of what the project itself declares: `:Store.rng`, `:open()`. Never leaves the reader."""
BOUND = "::"
"""Behind the symbol of a trait: a value that is known by the trait alone (`R: Rng`, `impl Rng`, `dyn Rng`)."""
WRAPPERS = frozenset(
    {"Arc", "Box", "Cell", "Cow", "Mutex", "Option", "Pin", "Rc", "RefCell", "Result", "RwLock"}
)
"""Whose methods, or `?`, hand the value inside on; what is written about the value holds for them too."""
_THROUGH = frozenset(
    {
        "as_mut",
        "as_ref",
        "await",
        "borrow",
        "borrow_mut",
        "clone",
        "expect",
        "lock",
        "read",
        "unwrap",
        "write",
    }
)
_MAKERS = re.compile(r"new|default|(.*_)?from(_.*)?|(new_)?with_.*|new_.*")
"""Associated functions of a type that give a value of it, by the Rust API guidelines (C-CTOR, C-CONV-TRAITS)."""


class Seen(Protocol):
    """What the walk reports."""

    def part(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """A name after `::`; answers the symbol of the longer path."""

    def member(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """A name after a dot; answers the member's symbol, None where nothing is known of it."""

    def value(self, symbol: str) -> str | None:
        """What calling or constructing the symbol gives, or having it as a type means."""

    def hold(self, name: SgNode, symbol: str) -> None:
        """A variable or parameter holds a value from here on."""

    def fact(self, name: str, symbol: str) -> None:
        """The file's own `name` (`Store.rng`, `open()`, `Store::new()`, `Alias`) stands for the symbol."""


Step = Callable[[Seen, SgNode, SgNode, str], str | None]


def climb(seen: Seen, node: SgNode, symbol: str) -> None:
    """Follow a symbol from its node upwards until nothing more is known."""
    while True:
        parent = node.parent()
        step = _STEPS.get(parent.kind()) if parent else None
        if parent is None or step is None:
            return
        found = step(seen, parent, node, symbol)
        if found is None:
            return
        node, symbol = parent, found


def made_by(symbol: str) -> str:
    """What calling a path gives: `c::T()` for `c::T::new`, where the names say that it makes a T."""
    owner, _, name = symbol.rpartition("::")
    kind = owner.rpartition("::")[2]
    if kind[:1].isupper() and _MAKERS.fullmatch(name) and "()" not in symbol:
        return f"{owner}()"
    if kind[:1].isupper() and name[:1].isupper() and "()" not in symbol:
        return f"{owner}()"
    return f"{symbol}()"


def _path(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name = parent.field("name")
    if name == node:
        return symbol if parent.field("path") is None else None
    if name is None or is_value(symbol):
        return None
    return seen.part(parent, name, symbol)


def is_value(symbol: str) -> bool:
    """Whether the symbol stands for a value, not for a path."""
    return symbol.endswith((")", BOUND)) or "()." in symbol


def _same(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return symbol


def _call(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return seen.value(symbol) if parent.field("function") == node else None


def _field(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name = parent.field("field")
    if name is None or parent.field("value") != node:
        return None
    if bare(name.text()) in _THROUGH and is_value(symbol):
        call = parent.parent()
        if call is not None and call.kind() == "call_expression":
            climb(seen, call, symbol)
        return None
    return seen.member(parent, name, symbol)


def _construct(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return seen.value(symbol) if parent.field("name") == node else None


def _type_of_generic(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    return symbol if parent.field("type") == node else None


def _argument(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`Box<T>` and its like are followed as T."""
    generic = parent.parent()
    outer = generic.field("type") if generic else None
    if generic is None or outer is None or outer.text().rpartition("::")[2] not in WRAPPERS:
        return None
    climb(seen, generic, symbol)
    return None


def _alias_of(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`<T as Trait>::f` is the trait's f."""
    return symbol if parent.field("alias") == node else None


def _bound(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`impl Trait`, `dyn Trait`: values known by the trait."""
    return symbol if is_value(symbol) else symbol + BOUND


def _bounds(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`R: Trait`, in a parameter list or a where clause: values of R are known by the trait."""
    above = parent.parent()
    if above is None or above.kind() not in {"type_parameter", "where_predicate"}:
        return None
    name = above.field("name") or above.field("left")
    function = next((one for one in above.ancestors() if one.kind() in {"function_item", "impl_item"}), None)
    if name is None or function is None or is_value(symbol) or name.kind() != "type_identifier":
        return None
    for typed in function.find_all(kind="type_identifier", regex=f"^{name.text()}$"):
        climb(seen, typed, symbol + BOUND)
    return None


def _let(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    pattern = parent.field("pattern")
    if pattern is None or node not in (parent.field("value"), parent.field("type")):
        return None
    value = symbol if parent.field("value") == node else seen.value(symbol)
    name = _bound_name(pattern)
    if name is not None and value is not None:
        seen.hold(name, value)
    return None


def _bound_name(pattern: SgNode) -> SgNode | None:
    """The one name that holds the whole value: `x`, `mut x`, `Some(x)`, `Ok(mut x)`."""
    kind = pattern.kind()
    if kind == "identifier":
        return pattern
    inner = [child for child in pattern.named_children() if child.kind() != "mutable_specifier"]
    if kind in {"mut_pattern", "ref_pattern", "reference_pattern"} and len(inner) == 1:
        return _bound_name(inner[0])
    if kind == "tuple_struct_pattern" and len(inner) == 2 and inner[0].text() in {"Some", "Ok"}:
        return _bound_name(inner[1])
    return None


def _struct_field(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name, value = parent.field("name"), seen.value(symbol)
    owner = next((above for above in parent.ancestors() if above.kind() != "field_declaration_list"), None)
    if name is None or value is None or owner is None or owner.kind() != "struct_item":
        return None
    struct = owner.field("name")
    if struct is not None:
        seen.fact(f"{struct.text()}.{name.text()}", value)
    return None


def _result(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name, value = parent.field("name"), seen.value(symbol)
    if name is None or value is None or parent.field("return_type") != node:
        return None
    owner = implemented_by(parent)
    if owner is None:
        seen.fact(f"{name.text()}()", value)
    elif owner:
        seen.fact(f"{owner}::{name.text()}()", value)
        seen.fact(f"{owner}.{name.text()}()", value)
    return None


def implemented_by(node: SgNode) -> str | None:
    """The type in whose impl a function stands; "" for one that has no plain name, None for a free function."""
    for above in node.ancestors():
        if above.kind() == "impl_item":
            kind = above.field("type")
            inner = kind.field("type") if kind and kind.kind() == "generic_type" else kind
            return inner.text() if inner and inner.kind() == "type_identifier" else ""
        if above.kind() in {"block", "trait_item"}:
            return None if above.kind() == "block" else ""
    return None


def _alias(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    name = parent.field("name")
    if name is not None and parent.field("type") == node and not is_value(symbol):
        seen.fact(name.text(), symbol)
    return None


def _named(seen: Seen, parent: SgNode, node: SgNode, symbol: str) -> str | None:
    """`static X: T = ...`."""
    name = parent.field("name")
    value = seen.value(symbol) if parent.field("type") == node else None
    if name is not None and value is not None:
        seen.hold(name, value)
    return None


_STEPS: dict[str, Step] = {
    "abstract_type": _bound,
    "await_expression": _same,
    "bracketed_type": _same,
    "call_expression": _call,
    "const_item": _named,
    "dynamic_type": _bound,
    "field_declaration": _struct_field,
    "field_expression": _field,
    "function_item": _result,
    "function_signature_item": _result,
    "generic_function": _same,
    "generic_type": _type_of_generic,
    "let_condition": _let,
    "let_declaration": _let,
    "parameter": _let,
    "parenthesized_expression": _same,
    "pointer_type": _same,
    "qualified_type": _alias_of,
    "reference_expression": _same,
    "reference_type": _same,
    "scoped_identifier": _path,
    "scoped_type_identifier": _path,
    "static_item": _named,
    "struct_expression": _construct,
    "trait_bounds": _bounds,
    "try_expression": _same,
    "type_arguments": _argument,
    "type_item": _alias,
    "unary_expression": _same,
}
