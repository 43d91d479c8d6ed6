"""Methods of unknown receivers in Rust, given to the traits of the crates that are in scope."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.source.rust.reading import Reading, is_reference
from upgrader.source.rust.tokens import is_called, is_token
from upgrader.source.rust.use_trees import Leaf
from upgrader.source.syntax import span_of
from upgrader.source.uses import Binding, Use

_ONLY_TRAITS = frozenset({"trait_bounds", "dynamic_type", "abstract_type"})
_AS_TRAIT = frozenset(
    {
        "trait_bounds",
        "dynamic_type",
        "abstract_type",
        "impl_item",
        "qualified_type",
        "token_tree",
    }
)


def read_traits(reading: Reading) -> None:
    """Add a use for every method call whose receiver is unknown, one per trait or glob of the crates seen there."""
    offers = [(leaf, symbol) for leaf, symbol in reading.bound if _may_be_trait(reading, leaf, symbol)]
    offers += [(leaf, f"{symbol}::*") for leaf, symbol in reading.globs]
    if not offers:
        return
    bindings = {binding.item: binding for binding in reading.bindings}
    own = _own_methods(reading)
    seen = [
        (reading.names.imported(reading.imports.leaves.index(leaf)), leaf, symbol) for leaf, symbol in offers
    ]
    for name, nodes in reading.names.members.items():
        for node in nodes:
            at = node.range().start.index
            if at in reading.known or not is_called(node):
                continue
            for declared, leaf, symbol in seen:
                if declared.start <= at < declared.end and reading.names.reaches(at, declared.module):
                    _add(reading, node, f"{symbol}::{name}", bindings[span_of(leaf.item)], name in own)


def _add(reading: Reading, name: SgNode, symbol: str, binding: Binding, is_own: bool) -> None:
    parent = name.parent()
    owner = parent if parent is not None and not is_token(name) else name
    reading.add(
        Use(
            symbol=symbol,
            kind="member",
            span=span_of(owner),
            name=span_of(name),
            node=owner,
            confidence="unknown" if is_own else "likely",
            binding=binding,
        )
    )


def _own_methods(reading: Reading) -> set[str]:
    """The names of the methods that the file itself declares."""
    found = set()
    for node in reading.source.root.find_all(kind="self_parameter"):
        listed = node.parent()
        function = listed.parent() if listed else None
        name = function.field("name") if function else None
        if name is not None:
            found.add(name.text().removeprefix("r#"))
    return found


def _may_be_trait(reading: Reading, leaf: Leaf, symbol: str) -> bool:
    """Whether an imported name is used as a trait, or at least never as a type."""
    if not symbol.rpartition("::")[2][:1].isupper():
        return False
    nodes = reading.names.by_text.get(leaf.local(), ()) if leaf.local() else ()
    kinds = {_holder(node) for node in nodes if is_reference(node)}
    return bool(kinds & _ONLY_TRAITS) or kinds <= _AS_TRAIT


def _holder(node: SgNode) -> str:
    """The kind of node that a type's name stands in, its own generics left out."""
    parent = node.parent()
    if parent is not None and parent.kind() == "generic_type":
        parent = parent.parent()
    return parent.kind() if parent is not None else ""
