"""What the `use` declarations of a Rust file bring in: each leaf's symbol, through modules of the project too."""

from __future__ import annotations

from collections.abc import Mapping

from upgrader.source.rust.names import Names
from upgrader.source.rust.use_trees import Leaf, read_leaves
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Elsewhere

_RELATIVE = frozenset({"crate", "self", "super", "$crate"})
_DEEPEST = 8
"""Of imports that begin with another import's name."""


class Imports:
    """The leaves of a file, and the symbol of a path as it is written at a place."""

    def __init__(self, source: SourceFile, roots: Mapping[str, str], elsewhere: Elsewhere) -> None:
        self.leaves = read_leaves(source)
        self.names = Names(source, self.leaves)
        self.roots = roots
        self.elsewhere = elsewhere

    def symbol_of(self, leaf: Leaf) -> str | None:
        """The symbol of a leaf; for a glob that of the module whose names it brings in."""
        first = leaf.item.range().start.index
        return self.resolve(
            leaf.path(), leaf.segments[0].range().start.index if leaf.segments else first, leaf
        )

    def resolve(
        self, path: tuple[str, ...], offset: int, own: Leaf | None = None, depth: int = 0
    ) -> str | None:
        """The symbol of a path at an offset; None where it leads into no crate that is asked for."""
        if not path or depth > _DEEPEST:
            return None
        head, rest = path[0], path[1:]
        if head in _RELATIVE:
            return self._from_elsewhere(path)
        meant = self.names.meaning(head, offset, "type")
        if meant is not None and meant.leaf >= 0 and self.leaves[meant.leaf] is not own:
            leaf = self.leaves[meant.leaf]
            at = leaf.segments[0].range().start.index
            return joined(self.resolve(leaf.path(), at, leaf, depth + 1), rest)
        if meant is not None and meant.leaf < 0:
            return self._from_elsewhere(path)
        return joined(self.roots.get(head), rest) or self._from_elsewhere(path)

    def _from_elsewhere(self, path: tuple[str, ...]) -> str | None:
        """What a module of the project hands on under the path's next name."""
        written = path[1:] if path[0] == "self" else path
        for at in range(len(written) - 1, 0, -1):
            offered = self.elsewhere.get(
                "::".join(path[: at + len(path) - len(written)])
            ) or self.elsewhere.get("::".join(written[:at]))
            found = offered.get(written[at]) if offered else None
            if found is not None:
                return joined(found, written[at + 1 :])
        return None


def joined(symbol: str | None, rest: tuple[str, ...]) -> str | None:
    """A symbol with more names of a path behind it."""
    return None if symbol is None else "::".join((symbol, *rest))
