"""Names inside macro calls and attributes of Rust, where the syntax tree has only tokens."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.source.rust.flow import Seen, is_value
from upgrader.source.rust.use_trees import bare


def follow_tokens(seen: Seen, node: SgNode, symbol: str) -> None:
    """Follow a symbol along the tokens after its name: `::part`, `::<T>`, `(...)`, `.member`, `?`."""
    at: SgNode | None = node
    while at is not None:
        sign = at.next()
        if sign is None:
            return
        kind = sign.kind()
        if kind == "token_tree" and sign.text().startswith("("):
            found = seen.value(symbol)
            at = sign
        elif kind == "?":
            found, at = symbol, sign
        elif kind in {"::", "."}:
            found, at = _name(seen, sign, symbol)
        else:
            return
        if found is None:
            return
        symbol = found


def _name(seen: Seen, sign: SgNode, symbol: str) -> tuple[str | None, SgNode | None]:
    name = sign.next()
    if name is not None and name.kind() == "<":
        return symbol, _after_generics(name)
    if name is None or name.kind() not in {"identifier", "gen"}:
        return None, None
    if sign.kind() == "::":
        return (None, None) if is_value(symbol) else (seen.part(name, name, symbol), name)
    return seen.member(name, name, symbol), name


def _after_generics(opening: SgNode) -> SgNode | None:
    """The `>` that closes `::<`."""
    depth, at = 0, opening
    while True:
        depth += {"<": 1, ">": -1, ">>": -2}.get(at.kind(), 0)
        if depth <= 0:
            return at
        following = at.next()
        if following is None:
            return None
        at = following


def is_called(name: SgNode) -> bool:
    """Whether a name after a dot is called: `.f(...)`, `.f::<T>(...)`; in the tree and among tokens."""
    parent = name.parent()
    if parent is not None and parent.kind() == "field_expression":
        above = parent.parent()
        return (
            above is not None
            and above.kind() in {"call_expression", "generic_function"}
            and (above.field("function") == parent)
        )
    sign = name.next()
    return sign is not None and (
        sign.kind() == "::" or (sign.kind() == "token_tree" and sign.text()[:1] == "(")
    )


def receiver_start(name: SgNode) -> int:
    """Where the innermost name before the dot begins; for tokens the token before it."""
    dot = name.prev()
    before = dot.prev() if dot is not None else None
    return before.range().start.index if before is not None else name.range().start.index


def is_token(node: SgNode) -> bool:
    """Whether a name stands in a macro call or attribute, as a token."""
    parent = node.parent()
    return parent is not None and parent.kind() == "token_tree"


def leads_path(node: SgNode) -> bool:
    """Whether `::` follows the token."""
    sign = node.next()
    return sign is not None and sign.kind() == "::"


def follows_path(node: SgNode) -> bool:
    """Whether `::` stands before the token: then it is not the first name of its path."""
    sign = node.prev()
    return sign is not None and sign.kind() == "::"


def shown(name: SgNode) -> str:
    """The name as symbols have it."""
    return bare(name.text())
