"""One Rust file as its writer sees it: what a name means at a place, and how a symbol is spelled there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.symbols import Same
from upgrader.source.rust.names import Names, Space
from upgrader.source.rust.use_trees import Leaf, read_leaves
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Uses


class RustFile:
    """The file's imports and identifiers, read once per round."""

    def __init__(
        self,
        source: SourceFile,
        uses: Uses,
        moves: Iterable[Mapping[str, str]] = (),
        same: Same | None = None,
    ) -> None:
        self.source = source
        self.uses = uses
        self.same: Same = same or {}
        self.moves = list(moves)
        """The module tables of all rules: what a module's path will be after this round."""
        self.imported = {one.item: one for one in uses.bindings if one.form != "local"}

    def moved(self, path: str) -> str:
        """What the module rules make of a path, the longest entry first."""
        for table in self.moves:
            for old in sorted(table, key=len, reverse=True):
                if path == old or path.startswith(f"{old}::"):
                    return table[old] + path[len(old) :]
        return path

    @cached_property
    def leaves(self) -> list[Leaf]:
        """Every leaf of every `use` tree."""
        return read_leaves(self.source)

    @cached_property
    def leaf_at(self) -> dict[Span, Leaf]:
        """Leaves by the place of their item, as bindings have it."""
        return {span_of(leaf.item): leaf for leaf in self.leaves}

    @cached_property
    def names(self) -> Names:
        """Every identifier."""
        return Names(self.source, self.leaves)

    def is_taken(self, name: str, offset: int) -> bool:
        """Whether a name means something at an offset already."""
        if name not in self.uses.names:
            return False
        spaces: tuple[Space, ...] = ("type", "value")
        return any(self.names.meaning(name, offset, space) is not None for space in spaces)

    def bound_as(self, symbol: str, offset: int) -> str | None:
        """The name that stands for the symbol at an offset by an import; None where there is none."""
        for binding in self.uses.bindings:
            if binding.symbol == symbol and binding.local and self._is_seen(binding, offset):
                return binding.local
        return None

    def _is_seen(self, binding: Binding, offset: int) -> bool:
        at = binding.item.start
        for space in ("type", "value"):
            meant = self.names.meaning(binding.local, offset, "type" if space == "type" else "value")
            if (
                meant is None
                or meant.leaf < 0
                or self.names.leaves[meant.leaf].item.range().start.index != at
            ):
                return False
        return True

    def spell(self, work: Pass, symbol: str, offset: int) -> str | None:
        """See `gathering.Spell`: by an import that is there, by a new one for a type, else by its whole path."""
        local = self.bound_as(symbol, offset)
        if local is not None:
            return local
        parent, _, name = symbol.rpartition("::")
        owner = self.bound_as(parent, offset) if parent else None
        if owner is not None:
            return f"{owner}::{name}"
        if (
            name[:1].isupper()
            and name not in self.uses.names
            and self.names.module_at(offset) == 0
            and parent
        ):
            work.want(symbol, name)
            return name
        root = symbol.partition("::")[0]
        return None if self.is_taken(root, offset) else symbol
