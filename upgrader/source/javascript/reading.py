"""What is known while one file is read: bindings and uses found so far, and the names still to follow."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.source.javascript.scopes import Cell, Names
from upgrader.source.javascript.shapes import statement_of
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Confidence, Elsewhere, Form, Use

DEEPEST = 12
"""Members and calls of a symbol at most: `node = node.next()` would go on for ever."""
MOST = 4
"""Different symbols that one name is followed for."""
_WEIGHT: dict[Confidence, int] = {"sure": 0, "likely": 1, "unknown": 2}


class Value(NamedTuple):
    """What an expression stands for."""

    symbol: str
    """With `#` always: `spec#*` for a whole module."""
    confidence: Confidence
    binding: Binding | None


class Known(NamedTuple):
    """A name whose value has become known and whose places are still to be followed."""

    cell: Cell
    value: Value


class Field(NamedTuple):
    """`this.name` of a class."""

    owner: Span
    name: str
    value: Value


class Narrowed(NamedTuple):
    """A name that is an instance within a region: `if (e instanceof D.E) { ... }`."""

    name: SgNode
    region: Span
    value: Value


def weaker(one: Confidence, other: Confidence) -> Confidence:
    """The less certain of two."""
    return one if _WEIGHT[one] >= _WEIGHT[other] else other


def is_whole(symbol: str) -> bool:
    """Whether a symbol is a module itself, or its default export, whose members are the module's."""
    return symbol.endswith(("#*", "#default"))


class Reading:
    """The state of one reading. Appended to by `imports`, `chains` and `flows`; read by `uses`."""

    def __init__(
        self, source: SourceFile, root: SgNode, packages: Collection[str], elsewhere: Elsewhere
    ) -> None:
        self.source = source
        self.root = root
        self.packages = tuple(packages)
        self.elsewhere = elsewhere
        self.names = Names(root)
        self.bindings: list[Binding] = []
        self.uses: list[Use] = []
        self.exported: dict[str, str] = {}
        self.unresolved: list[tuple[Span, str]] = []
        self.queue: list[Known] = []
        self.fields: list[Field] = []
        self.narrowed: list[Narrowed] = []
        self.returned: list[tuple[SgNode, Value]] = []
        self.handlers: list[tuple[SgNode, str, Confidence]] = []
        self._given: set[tuple[Span, str]] = set()
        self._seen: dict[Cell, set[str]] = {}
        self._listed: set[tuple[Span, str]] = set()

    def waits(self) -> bool:
        """Whether something is still to be followed."""
        return bool(self.queue or self.fields or self.handlers or self.narrowed or self.returned)

    def counts(self, symbol: str) -> bool:
        """Whether a symbol belongs to one of the packages asked for."""
        module = symbol.partition("#")[0]
        return any(module == one or module.startswith(f"{one}/") for one in self.packages)

    def member(self, symbol: str, name: str) -> str | None:
        """The symbol of a member, through re-exports of the project's own modules; None where it leads nowhere."""
        module, _, _ = symbol.partition("#")
        if not is_whole(symbol):
            return f"{symbol}.{name}"
        handed = self.elsewhere.get(module)
        if handed is None:
            return f"{module}#{name}"
        if name not in handed and symbol.endswith("#default") and "default" in handed:
            return self.member(handed["default"], name)
        return self.through(module, name)

    def through(self, module: str, name: str) -> str | None:
        """What a module of the project hands on under a name."""
        handed = self.elsewhere[module]
        if name in handed:
            return handed[name]
        star = handed.get("*")
        return self.member(star, name) if star is not None and name != "default" else None

    def exporting(self, module: str, name: str) -> str | None:
        """The symbol that an import of a name (`default`, `*`) from a specifier brings in."""
        if module not in self.elsewhere or name == "*":
            return f"{module}#{name}"
        return self.through(module, name)

    def bind(
        self,
        name: SgNode,
        value: Value,
        form: Form,
        item: SgNode | None = None,
        key: SgNode | Span | None = None,
    ) -> None:
        """Note that a declared or assigned name stands for a value; its places are followed later."""
        cell = self.names.cell_of(name)
        if cell is None or value.symbol.count(".") + value.symbol.count("(") > DEEPEST:
            return
        seen = self._seen.setdefault(cell, set())
        if value.symbol in seen or len(seen) >= MOST:
            return
        seen.add(value.symbol)
        binding = Binding(
            local=cell.name,
            symbol=value.symbol,
            form=form,
            statement=span_of(statement_of(name)),
            item=span_of(item if item is not None else name),
            name=key if isinstance(key, Span) else span_of(key if key is not None else name),
            scope=cell.scope,
        )
        confidence: Confidence = "unknown" if self.names.is_torn(cell) else value.confidence
        self.queue.append(Known(cell, Value(value.symbol, confidence, binding)))
        if self.counts(value.symbol):
            self.bindings.append(binding)

    def give(self, name: SgNode, value: Value) -> None:
        """Note that calls of a function of this file give a value; once."""
        if (span_of(name), value.symbol) not in self._given and value.symbol.count("()") <= DEEPEST:
            self._given.add((span_of(name), value.symbol))
            self.returned.append((name, value))

    def add_binding(self, binding: Binding, name: SgNode | None) -> None:
        """An import's binding; `name` is the node that declares it, None for what binds no name."""
        if self.counts(binding.symbol):
            self.bindings.append(binding)
        cell = self.names.cell_of(name) if name is not None else None
        if cell is not None:
            self._seen.setdefault(cell, set()).add(binding.symbol)
            self.queue.append(Known(cell, Value(binding.symbol, "sure", binding)))

    def add_use(self, use: Use) -> None:
        """List a use, once, if it is of a package asked for."""
        if self.counts(use.symbol) and (use.span, use.symbol) not in self._listed:
            self._listed.add((use.span, use.symbol))
            self.uses.append(use)
