"""What is being found in one file: changes, notes and wants, numbered atoms, and which names are free where."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from upgrader.rulebook.languages.base import Change, Found, Freed, Note, Want
from upgrader.rulebook.symbols import lookup, matches, spellings
from upgrader.source.python.imports import Imports
from upgrader.source.python.scopes import Names, names_of
from upgrader.source.syntax import SourceFile, Span
from upgrader.source.uses import Binding, Use, Uses, is_member

Same = Mapping[str, Sequence[str]]
_BUILT_IN = frozenset(dir(builtins))


class Sheet:
    """One file in one round. It only grows; `found` reads it off."""

    def __init__(self, source: SourceFile, uses: Uses, same: Same) -> None:
        self.source = source
        self.text = source.text
        self.uses = uses
        self.same = same
        self.changes: list[Change] = []
        self.notes: dict[Note, None] = {}
        self.wants: list[Want] = []
        self.freed: list[Freed] = []
        self._names: Names | None = None
        self._atom = 0
        self._done: set[tuple[str, int]] = set()
        self._imports: dict[str, list[Binding]] = {}

    def atom(self) -> int:
        """A new number for changes that belong together."""
        self._atom += 1
        return self._atom

    def once(self, what: tuple[str, int]) -> bool:
        """Whether this is asked for the first time: what two rules would both put in at one place."""
        first = what not in self._done
        self._done.add(what)
        return first

    def change(self, rule: str, atom: int, span: Span, text: str) -> None:
        """One change; nothing where the text is there already."""
        if self.text[span.start : span.end] != text:
            self.changes.append(Change(span=span, text=text, rule=rule, atom=atom))

    def note(self, rule: str, span: Span, message: str) -> None:
        """Something for a person to look at, once per place and rule."""
        made = Note(span=span, rule=rule, message=message)
        self.notes[made] = None

    def want(self, rule: str, atom: int, symbol: str, local: str) -> None:
        """A symbol that has to be importable; nothing where the file has it under that name at its top."""
        if self.binding_of(symbol, local) is None:
            self.wants.append(Want(symbol=symbol, local=local, rule=rule, atom=atom))

    def binding_of(self, symbol: str, local: str) -> Binding | None:
        """The import at the top of the file that gives the symbol this name."""
        whole = self.names.whole
        for binding in self.bindings(symbol):
            if binding.local != local or binding.scope != whole or binding.form not in ("module", "member"):
                continue
            path = self.text[binding.name.start : binding.name.end]
            plain = binding.form == "module" and "." not in local and binding.symbol == local
            if binding.symbol == symbol or (plain and path == symbol):
                return binding
        return None

    def bindings(self, symbol: str) -> list[Binding]:
        """The imports of the symbol's root package, wherever they stand; also of one that is no part of the pack."""
        root = symbol.partition(".")[0]
        if root not in self._imports:
            own = [
                b for b in self.uses.bindings if b.form in ("module", "member") and is_member(b.symbol, root)
            ]
            others = [] if own else list(Imports(self.names, [root], {}).all_bindings())
            self._imports[root] = own or [b for b in others if b.form in ("module", "member")]
        return self._imports[root]

    @property
    def names(self) -> Names:
        """The scopes of the file; read when first asked for."""
        if self._names is None:
            self._names = names_of(self.source)
        return self._names

    def is_free(self, name: str) -> bool:
        """Whether nothing in the file has the name: not bound anywhere, and not read as a builtin."""
        if name in _BUILT_IN:
            return False
        if name not in self.uses.names:
            return True
        places = self.names.read(name)
        return not places.bound and not places.loads

    def is_visible(self, name: str, offset: int, symbol: str = "") -> bool:
        """Whether the name, read at the offset, is one bound at the top of the file and by nothing nearer."""
        found = self.names.lookup(name, self.names.scope_at(offset))
        return found is None or found[0] is self.names.module

    def of(self, patterns: Sequence[str]) -> Iterable[tuple[Use, str]]:
        """The uses that one of the patterns means, each with the first that does, in order of position."""
        meant: dict[str, str] = {}
        for pattern in patterns:
            for symbol in self._meant(pattern):
                meant.setdefault(symbol, pattern)
        found = (
            (at, use, pattern) for symbol, pattern in meant.items() for at, use in self.by_symbol[symbol]
        )
        yield from ((use, pattern) for _, use, pattern in sorted(found, key=lambda item: item[0]))

    def _meant(self, pattern: str) -> Iterable[str]:
        """The symbols of this file that a pattern means."""
        if "*" not in pattern:
            return self.by_spelling.get(pattern, ())
        return [symbol for symbol in self.by_symbol if matches(pattern, symbol, self.same)]

    @cached_property
    def by_symbol(self) -> dict[str, list[tuple[int, Use]]]:
        """The uses of each symbol, with their place in the order."""
        found: dict[str, list[tuple[int, Use]]] = {}
        for at, use in enumerate(self.uses.uses):
            found.setdefault(use.symbol, []).append((at, use))
        return found

    @cached_property
    def by_spelling(self) -> dict[str, list[str]]:
        """Every spelling of the file's symbols, to the symbols as they are used here."""
        found: dict[str, list[str]] = {}
        for symbol in self.by_symbol:
            for text in spellings(symbol, self.same):
                found.setdefault(text, []).append(symbol)
        return found

    def renamed(self, table: Mapping[str, str]) -> list[tuple[Use, str]]:
        """The uses that a table of symbols has a new name for, with it, in order of position."""
        found: list[tuple[int, Use, str]] = []
        for symbol, uses in self.by_symbol.items():
            new = lookup(table, symbol, self.same)
            if new is not None and new != symbol:
                found += ((at, use, new) for at, use in uses)
        return [(use, new) for _, use, new in sorted(found, key=lambda item: item[0])]

    def found(self) -> Found:
        """Everything, in order of position."""
        return Found(
            changes=tuple(sorted(self.changes, key=lambda c: (c.span, c.rule, c.atom))),
            notes=tuple(sorted(self.notes, key=lambda n: (n.span, n.rule))),
            wants=tuple(dict.fromkeys(self.wants)),
            freed=tuple(self.freed),
        )


def is_certain(use: Use, pattern: str) -> bool:
    """Whether a safe rule may edit the place: by imports alone, or by an inference that the pattern itself names."""
    return use.confidence == "sure" or "(" in pattern or "@" in pattern


def is_own_name(use: Use) -> bool:
    """Whether the place is a name that this file or project gave: an alias, an instance, a subclass."""
    return use.kind == "name" and use.binding is not None and use.binding.form == "local"
