"""The leaves of Rust's `use` trees and `extern crate`, each with its whole path (Rust reference, use declarations)."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.source.syntax import SourceFile

_NAMES = frozenset({"identifier", "crate", "self", "super", "metavariable"})


class Leaf(Struct, frozen=True, kw_only=True, eq=False):
    """One name that a `use` declaration brings in."""

    segments: tuple[SgNode, ...]
    """The names of its path, from the crate on; those it shares with its neighbours too. A glob's `*` is not among."""
    item: SgNode
    """The innermost node that is this leaf's alone: `Rng`, `Rng as _`, `rngs::*`."""
    statement: SgNode
    alias: str = ""
    glob: bool = False
    itself: bool = False
    """It is `self` in a list: the module whose list it is."""

    def path(self) -> tuple[str, ...]:
        """The names as they are written, raw identifiers without their `r#`."""
        return tuple(bare(node.text()) for node in self.segments)

    def local(self) -> str:
        """The name it is seen by; "" for a glob, `as _` and a broken path."""
        if self.glob or self.alias == "_" or not self.segments:
            return ""
        return bare(self.alias or self.segments[-1].text())

    def is_public(self) -> bool:
        """Whether the declaration hands the name on (`pub use`)."""
        return self.statement.child(0) is not None and any(
            child.kind() == "visibility_modifier" for child in self.statement.children()[:2]
        )


def bare(name: str) -> str:
    """A name without the `r#` of a raw identifier."""
    return name.removeprefix("r#")


def read_leaves(source: SourceFile) -> list[Leaf]:
    """Every leaf of every `use` and `extern crate` of the file, in order."""
    found: list[Leaf] = []
    for statement in source.root.find_all(
        any=[{"kind": "use_declaration"}, {"kind": "extern_crate_declaration"}]
    ):
        if statement.kind() == "extern_crate_declaration":
            name, alias = statement.field("name"), statement.field("alias")
            if name is not None:
                found.append(
                    Leaf(
                        segments=(name,),
                        item=statement,
                        statement=statement,
                        alias=alias.text() if alias else "",
                    )
                )
            continue
        tree = statement.field("argument")
        if tree is not None:
            found += _leaves(tree, (), statement)
    return found


def _leaves(node: SgNode, prefix: tuple[SgNode, ...], statement: SgNode) -> Iterator[Leaf]:
    kind = node.kind()
    if kind == "use_list":
        for child in node.named_children():
            yield from _leaves(child, prefix, statement)
    elif kind == "scoped_use_list":
        path, listed = node.field("path"), node.field("list")
        if listed is not None:
            yield from _leaves(listed, (*prefix, *segments_of(path)), statement)
    elif kind == "use_as_clause":
        path, alias = node.field("path"), node.field("alias")
        names, itself = _without_self((*prefix, *segments_of(path)), prefix)
        yield Leaf(
            segments=names, item=node, statement=statement, alias=alias.text() if alias else "", itself=itself
        )
    elif kind == "use_wildcard":
        inner = node.named_children()
        names = (*prefix, *segments_of(inner[0] if inner else None))
        yield Leaf(segments=names, item=node, statement=statement, glob=True)
    elif kind in _NAMES or kind == "scoped_identifier":
        names, itself = _without_self((*prefix, *segments_of(node)), prefix)
        yield Leaf(segments=names, item=node, statement=statement, itself=itself)


def _without_self(names: tuple[SgNode, ...], prefix: tuple[SgNode, ...]) -> tuple[tuple[SgNode, ...], bool]:
    if prefix and names and names[-1].kind() == "self":
        return names[:-1], True
    return names, False


def segments_of(node: SgNode | None) -> tuple[SgNode, ...]:
    """The names of a path node, left to right; () where it holds something else (generics, `<T as U>`)."""
    if node is None:
        return ()
    if node.kind() in {"scoped_identifier", "scoped_type_identifier"}:
        path, name = node.field("path"), node.field("name")
        return (*segments_of(path), *((name,) if name else ()))
    return (node,) if node.kind() in _NAMES or node.kind() == "type_identifier" else ()
