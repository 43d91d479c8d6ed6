"""One Go file as its writer sees it: the imports, what each is called here, and how a symbol is spelled in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.symbols import Same, spellings
from upgrader.source.go.imports import Spec, assumed_name, read_specs
from upgrader.source.go.names import Names
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Uses


class GoFile:
    """The file's imports and identifiers, read once per round."""

    def __init__(self, source: SourceFile, uses: Uses, moves: Iterable[Mapping[str, str]] = ()) -> None:
        self.source = source
        self.uses = uses
        self.moves = list(moves)
        """The module tables of all rules: what an import path will be after this round."""

    @cached_property
    def specs(self) -> list[Spec]:
        """Every import spec."""
        return read_specs(self.source)

    @cached_property
    def names(self) -> Names:
        """Every identifier; made only where shadowing or unused imports are asked about."""
        return Names(self.source)

    @cached_property
    def locals(self) -> dict[int, str]:
        """By the offset of an import spec, the name it is seen by; "" for `_` and `.`."""
        known = {
            binding.item.start: binding.local for binding in self.uses.bindings if binding.form != "local"
        }
        found = {}
        for spec in self.specs:
            at = spec.node.range().start.index
            alias = "" if spec.alias in {"_", "."} else spec.alias or assumed_name(spec.path)
            found[at] = known.get(at, alias)
        return found

    def local_of(self, spec: Spec) -> str:
        """The name a spec is seen by."""
        return self.locals[spec.node.range().start.index]

    def moved(self, path: str) -> str:
        """What the module rules make of a path."""
        for table in self.moves:
            found = moved_path(path, table)
            if found is not None:
                return found
        return path

    def is_same(self, path: str, other: str, same: Same) -> bool:
        """Whether an import of the one path serves for the other: it moves there, or is another spelling of it."""
        return other in (path, self.moved(path)) or other in spellings(path, same)

    def imported_as(self, path: str, same: Same) -> str | None:
        """The name of the package at a path; None where it is not imported."""
        for spec in self.specs:
            if self.local_of(spec) and self.is_same(spec.path, path, same):
                return self.local_of(spec)
        return None

    def spell(self, work: Pass, symbol: str, offset: int) -> str | None:
        """See `gathering.Spell`. A symbol without `#` is one of Go's own names (`any`)."""
        path, _, name = symbol.partition("#")
        local = path if not name else self.imported_as(path, work.same)
        if local is None:
            local = assumed_name(path)
            if local in self.uses.names:
                return None
            work.want(symbol, local)
        elif self.names.meaning(local, offset) is not None:
            return None
        return f"{local}.{name}" if name else local


def moved_path(path: str, table: Mapping[str, str]) -> str | None:
    """What a table of import paths makes of one, the longest entry first; None where it says nothing.

    A path below an entry moves with it, except into another major version: `example.org/x` says nothing of
    `example.org/x/v2/y`, which is a module of its own (Go modules reference, major version suffixes).
    """
    for old in sorted(table, key=len, reverse=True):
        rest = path[len(old) :]
        if path == old:
            return table[old]
        if path.startswith(f"{old}/") and not _is_major(rest.split("/")[1]):
            return table[old] + rest
    return None


def _is_major(element: str) -> bool:
    return element[:1] == "v" and element[1:].isdigit() and int(element[1:]) >= 2
