"""What a Go file uses of which packages: selectors, qualified types, and members of values that come from them."""

from __future__ import annotations

import re
from collections.abc import Collection

from ast_grep_py import SgNode

from upgrader.source.go.flow import CHANNEL, LOCAL, SLICE, climb
from upgrader.source.go.imports import Spec, assumed_name, local_name, read_specs
from upgrader.source.go.literals import keyed_elements
from upgrader.source.go.names import Declared, Names
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Confidence, Elsewhere, Use, Uses, is_member

_WORD = re.compile(r"[^\W\d]\w*")
_MOST_ROUNDS = 8
"""Of following what the package's own types and functions hand on to each other; real code needs two or three."""
SAME_PACKAGE = "."
"""The key of `elsewhere` for the other files of this file's package, whose names are seen without an import."""


def read_uses(source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> Uses:
    """Find every use of the packages' symbols, in order of position; see `upgrader.source.reader.Reader`.

    `elsewhere`: by import path, and by "." for the other files of the same package. Names in it, and in
    `Uses.exported`, read `open()` (what calling it gives), `Store.db` and `Store.Conn()` (a field, a method's result),
    `Store.*`, `Store.**` (what it embeds), `Alias`, `rdb` (a variable).
    """
    specs = read_specs(source)
    wanted = [spec for spec in specs if _wanted(spec.path, packages) or spec.path in elsewhere]
    if not wanted and SAME_PACKAGE not in elsewhere:
        return Uses(bindings=(), uses=(), names=frozenset(), exported={})
    reading = Reading(source, elsewhere)
    reading.read_imports(specs, packages)
    reading.read_local()
    return reading.answer()


def _wanted(path: str, packages: Collection[str]) -> bool:
    return any(is_member(path, package) for package in packages)


class Reading:
    """One file being read; it is the `Seen` of the walk in `flow`."""

    def __init__(self, source: SourceFile, elsewhere: Elsewhere) -> None:
        self.source = source
        self.names = Names(source)
        self.facts: dict[str, str] = {}
        self.exported: dict[str, str] = {}
        self.uses: dict[Span, Use] = {}
        self.bindings: list[Binding] = []
        self.unresolved: list[tuple[Span, str]] = []
        self._binding: Binding | None = None
        self._sure = True
        self._heads: dict[str, None] = {}
        self._held: set[tuple[int, str]] = set()
        for module, offered in elsewhere.items():
            for name, symbol in offered.items():
                self.facts.setdefault(f"{LOCAL}{'' if module == SAME_PACKAGE else module}#{name}", symbol)
                if module == SAME_PACKAGE:
                    self._heads[_head(name)] = None
        self._modules = frozenset(elsewhere) - {SAME_PACKAGE}

    def read_imports(self, specs: list[Spec], packages: Collection[str]) -> None:
        """Bind every import of the packages and follow its name through the file."""
        operands = self.names.operands()
        free = operands - {spec.alias for spec in specs}
        assumed = [assumed_name(spec.path) for spec in specs if not spec.alias]
        missing = sum(name not in operands for name in assumed)
        for spec in specs:
            if _wanted(spec.path, packages):
                others = free - {name for name in assumed if name != assumed_name(spec.path)}
                self._read_import(spec, *local_name(spec, others, missing))
            elif spec.path in self._modules and spec.alias not in {"_", "."}:
                self._follow(spec.alias or assumed_name(spec.path), None, LOCAL + spec.path, None, sure=False)

    def _read_import(self, spec: Spec, local: str, sure: bool) -> None:
        binding = Binding(
            local="" if local in {"_", "."} else local,
            symbol=spec.path,
            form="star" if local == "." else "module",
            statement=span_of(spec.statement),
            item=span_of(spec.node),
            name=spec.path_span,
            scope=Span(0, len(self.source.text)),
        )
        self.bindings.append(binding)
        where = span_of(spec.node)
        self.uses[where] = Use(
            symbol=spec.path, kind="import", span=where, name=spec.path_span, node=spec.node, binding=binding
        )
        if local == ".":
            self.unresolved.append((where, f"dot import of {spec.path}: its names stand alone in this file"))
        elif local != "_":
            self._follow(local, None, spec.path, binding, sure=sure)

    def read_local(self) -> None:
        """Follow the names of this package that stand for a symbol, until nothing new is learnt."""
        for _ in range(_MOST_ROUNDS):
            heads, self._heads = self._heads, {}
            if not heads:
                return
            for name in heads:
                for declared in self._package_level(name):
                    symbol = self.facts.get(f"{LOCAL}#{name}", f"{LOCAL}#{name}")
                    self._follow(
                        name, declared, symbol, self._local_binding(name, declared, symbol), sure=False
                    )

    def _package_level(self, name: str) -> list[Declared | None]:
        here = [one for one in self.names.declarations(name) if self.names.is_package_level(one)]
        return [here[0]] if here else [None]

    def _local_binding(self, name: str, declared: Declared | None, symbol: str) -> Binding | None:
        where = Span(declared.at, declared.at + len(name)) if declared else Span(0, 0)
        scope = Span(declared.start, declared.end) if declared else Span(0, len(self.source.text))
        return Binding(
            local=name, symbol=symbol, form="local", statement=where, item=where, name=where, scope=scope
        )

    def _follow(
        self, name: str, declared: Declared | None, symbol: str, binding: Binding | None, *, sure: bool
    ) -> None:
        before = self._binding, self._sure
        self._binding, self._sure = binding, sure
        for node in self.names.readers(name, declared):
            parent = node.parent()
            if parent is not None and parent.kind() not in {"import_spec", "package_clause"}:
                climb(self, node, symbol)
        self._binding, self._sure = before

    def member(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """See `Seen`."""
        found = self._member_symbol(symbol, name.text())
        if found is None or found.startswith(LOCAL):
            return found
        if self._is_embedded(symbol, name.text()):
            self._use(owner, name, found.removesuffix("()"), sure=True)
        elif "#" in found and not found.endswith(")"):
            self._use(owner, name, found)
        return found

    def _member_symbol(self, symbol: str, name: str) -> str | None:
        if not symbol.startswith(LOCAL):
            return f"{symbol}.{name}" if "#" in symbol else f"{symbol}#{name}"
        if "#" not in symbol:
            key = f"{symbol}#{name}"
            return self.facts.get(key, key)
        key = f"{symbol.removesuffix('()')}.{name}"
        known = key in self.facts or f"{key}()" in self.facts
        embedded = self._embedded(symbol)
        if known or not embedded or self._is_own(symbol, name):
            return self.facts.get(key, key)
        return self._member_symbol(embedded[0], name)

    def _embedded(self, symbol: str) -> list[str]:
        """The types that a type of the project embeds."""
        found, key = [], f"{symbol.removesuffix('()')}.*"
        while key in self.facts:
            found.append(self.facts[key])
            key += "*"
        return found

    def _is_embedded(self, symbol: str, name: str) -> bool:
        """Whether a member is an embedded type itself, whose name is the type's."""
        value = self.facts.get(f"{symbol.removesuffix('()')}.{name}", "") if symbol.startswith(LOCAL) else ""
        return value.endswith(f"#{name}()") and value in self._embedded(symbol)

    def literal(self, body: SgNode, symbol: str) -> None:
        """See `Seen`."""
        for _, key, _ in keyed_elements(body):
            if self._is_embedded(symbol, key.text()):
                value = self.facts[f"{symbol.removesuffix('()')}.{key.text()}"]
                self._use(key, key, value.removesuffix("()"), sure=True)

    def _is_own(self, symbol: str, name: str) -> bool:
        """Whether this file declares the member itself, on any type: then an embedded one of that name is hidden."""
        kinds = {"method_declaration", "field_declaration", "method_elem"}
        parents = (node.parent() for node in self.names.members.get(name, ()))
        return any(parent is not None and parent.kind() in kinds for parent in parents)

    def _use(self, owner: SgNode, name: SgNode, symbol: str, *, sure: bool = False) -> None:
        where = span_of(owner)
        if where in self.uses:
            return
        confidence: Confidence = "sure" if sure or (self._sure and "()" not in symbol) else "likely"
        self.uses[where] = Use(
            symbol=symbol,
            kind="member",
            span=where,
            name=span_of(name),
            node=owner,
            confidence=confidence,
            binding=self._binding,
            store=_is_stored(owner),
        )

    def called(self, symbol: str) -> str | None:
        """See `Seen`."""
        if symbol.startswith(LOCAL):
            return self.facts.get(f"{symbol}()", f"{symbol}()" if "()" not in symbol else None)
        return f"{symbol}()" if "#" in symbol else None

    def hold(self, name: SgNode, symbol: str) -> None:
        """See `Seen`."""
        at, text = name.range().start.index, name.text()
        if text == "_" or (at, symbol) in self._held:
            return
        self._held.add((at, symbol))
        declared = self.names.meaning(text, at)
        if declared is None or declared.at != at:
            return
        if self.names.is_package_level(declared):
            self.fact(text, symbol)
            return
        self._follow(text, declared, symbol, self._local_binding(text, declared, symbol), sure=False)

    def fact(self, name: str, symbol: str) -> None:
        """See `Seen`."""
        key = f"{LOCAL}#{name}"
        while key.endswith("*") and self.facts.get(key, symbol) != symbol:
            name, key = f"{name}*", f"{key}*"
        if key in self.facts:
            return
        self.facts[key] = symbol
        self._heads[_head(name)] = None
        if not symbol.startswith((LOCAL, SLICE, CHANNEL)):
            self.exported[name] = symbol

    def answer(self) -> Uses:
        """Everything found, in order."""
        return Uses(
            bindings=tuple(self.bindings),
            uses=tuple(sorted(self.uses.values(), key=lambda use: (use.span.start, use.span.end))),
            names=frozenset(_WORD.findall(self.source.text)),
            exported=self.exported,
            unresolved=tuple(self.unresolved),
        )


def _head(name: str) -> str:
    return name.partition(".")[0].removesuffix("()")


def _is_stored(node: SgNode) -> bool:
    """Assigned to: on the left of `=`, or `++`."""
    parent = node.parent()
    above = parent.parent() if parent and parent.kind() == "expression_list" else parent
    if above is None or parent is None:
        return False
    if above.kind() == "assignment_statement":
        return above.field("left") == parent
    return above.kind() in {"inc_statement", "dec_statement"}
