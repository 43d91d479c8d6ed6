"""One Rust file being read: it binds the imports, follows their names, and gathers the uses."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.source.rust.flow import BOUND, LOCAL, climb, implemented_by, is_value, made_by
from upgrader.source.rust.imports import Imports
from upgrader.source.rust.names import Declared, Space
from upgrader.source.rust.tokens import follow_tokens, follows_path, is_token, leads_path, shown
from upgrader.source.rust.use_trees import Leaf
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Confidence, Form, Use, Uses

_WORD = re.compile(r"[^\W\d]\w*")
_PATHS = frozenset({"scoped_identifier", "scoped_type_identifier"})
_IMPORTING = frozenset({"use_declaration", "extern_crate_declaration"})
_MOST_ROUNDS = 8
_PRELUDE = frozenset(
    re.findall(
        r"\w+",
        "Some None Ok Err Option Result Vec String Box Copy Send Sized Sync Unpin Drop Fn FnMut FnOnce drop "
        "Clone Default Iterator IntoIterator Extend AsRef AsMut Into From TryFrom TryInto FromIterator ToString "
        "ToOwned Eq Ord Hash PartialEq PartialOrd Debug Self self _ std core alloc derive cfg test allow deny warn "
        "doc inline must_use",
    )
)
"""Names that every Rust file has without an import."""


class Reading:
    """It is the `Seen` of the walk in `flow`."""

    def __init__(self, source: SourceFile, imports: Imports) -> None:
        self.source = source
        self.imports = imports
        self.names = imports.names
        self.uses: dict[tuple[Span, str], Use] = {}
        self.bindings: list[Binding] = []
        self.bound: list[tuple[Leaf, str]] = []
        """The leaves that stand for a symbol, globs left out."""
        self.globs: list[tuple[Leaf, str]] = []
        self.facts: dict[str, str] = {}
        self.exported: dict[str, str] = {}
        self.known: set[int] = set()
        """Where members of values stand whose symbol is known."""
        self._binding: Binding | None = None
        self._heads: dict[str, None] = {}
        self._held: set[tuple[int, str]] = set()

    def read_imports(self) -> None:
        """Bind every leaf and follow its name."""
        for leaf in self.imports.leaves:
            symbol = self.imports.symbol_of(leaf)
            if symbol is None:
                continue
            binding = self._bind(leaf, symbol)
            self._use_import(leaf, symbol, binding)
            if leaf.is_public():
                self.exported["*" if leaf.glob else leaf.local()] = symbol + ("::*" if leaf.glob else "")
            (self.globs if leaf.glob else self.bound).append((leaf, symbol))
        for leaf, symbol in self.bound:
            if leaf.local():
                at = self.imports.leaves.index(leaf)
                self._follow(
                    leaf.local(), at, symbol, next(b for b in self.bindings if b.item == span_of(leaf.item))
                )

    def _bind(self, leaf: Leaf, symbol: str) -> Binding:
        form: Form = "star" if leaf.glob else "reexport" if leaf.is_public() else "member"
        if form == "member" and "::" not in symbol:
            form = "module"
        last = leaf.segments[-1]
        holders = {"block", "declaration_list"}
        holder = next((above for above in leaf.statement.ancestors() if above.kind() in holders), None)
        binding = Binding(
            local=leaf.local(),
            symbol=symbol,
            form=form,
            statement=span_of(leaf.statement),
            item=span_of(leaf.item),
            name=span_of(last),
            scope=span_of(holder) if holder else Span(0, len(self.source.text)),
        )
        self.bindings.append(binding)
        return binding

    def _use_import(self, leaf: Leaf, symbol: str, binding: Binding) -> None:
        """A use for every name of the path from the crate on: `rand`, `rand::rngs`, `rand::rngs::StdRng`."""
        parts = symbol.split("::")
        names = leaf.segments
        crate = self.imports.resolve(leaf.path()[:1], names[0].range().start.index, leaf)
        if crate != parts[0] or [shown(name) for name in names[1:]] != parts[1:]:
            self._add(leaf.item, leaf.segments[-1], symbol, "import", binding)
            return
        for at, name in enumerate(names):
            self._add(name, name, "::".join(parts[: at + 1]), "import", binding)

    def _follow(self, name: str, leaf: int, symbol: str, binding: Binding | None) -> None:
        before, self._binding = self._binding, binding
        for node in self.names.by_text.get(name, ()):
            if self._means(node, name, leaf):
                self._start(node, symbol)
        self._binding = before

    def _means(self, node: SgNode, name: str, leaf: int) -> bool:
        if not is_reference(node):
            return False
        meant = self.names.meaning(name, node.range().start.index, space_of(node))
        return (meant.leaf if meant else -1) == leaf and (meant is not None or leaf < 0)

    def _start(self, node: SgNode, symbol: str) -> None:
        """A name that stands for the symbol; what follows from it."""
        if not is_value(symbol) and not symbol.startswith(LOCAL):
            self._add(node, node, symbol, "name", self._binding)
        (follow_tokens if is_token(node) else climb)(self, node, symbol)

    def read_crates(self) -> None:
        """Follow the crates' own names, which every path may begin with."""
        for root, symbol in self.imports.roots.items():
            for node in self.names.by_text.get(root, ()):
                at = node.range().start.index
                heads = is_reference(node) and self._heads_path(node)
                if heads and self.names.meaning(root, at, "type") is None:
                    self._binding = None
                    self._start(node, symbol)

    def _heads_path(self, node: SgNode) -> bool:
        parent = node.parent()
        if parent is None:
            return False
        if parent.kind() == "token_tree":
            return leads_path(node)
        return parent.kind() in _PATHS and (parent.field("path") == node or "::" in parent.text()[:3])

    def read_globs(self) -> None:
        """Names that no declaration of the file has come from a glob; surely, if there is only one."""
        for leaf, symbol in self.globs:
            binding = next(one for one in self.bindings if one.item == span_of(leaf.item))
            for name, nodes in self.names.by_text.items():
                if name in _PRELUDE or name in self.imports.roots:
                    continue
                for node in nodes:
                    self._glob_name(leaf, symbol, binding, name, node)

    def _glob_name(self, leaf: Leaf, symbol: str, binding: Binding, name: str, node: SgNode) -> None:
        at = node.range().start.index
        if not is_reference(node) or self.names.meaning(name, at, space_of(node)) is not None:
            return
        globs = self.names.globs_at(at)
        if leaf not in globs:
            return
        before, self._binding = self._binding, binding
        confidence: Confidence = "sure" if len(globs) == 1 and not is_token(node) else "likely"
        self._add(node, node, f"{symbol}::{name}", "name", binding, confidence)
        (follow_tokens if is_token(node) else climb)(self, node, f"{symbol}::{name}")
        self._binding = before

    def read_local(self) -> None:
        """Follow the file's own types and functions that stand for a symbol, until nothing new is learnt."""
        for _ in range(_MOST_ROUNDS):
            heads, self._heads = self._heads, {}
            if not heads:
                return
            for name in heads:
                symbol = self.facts.get(LOCAL + name, LOCAL + name)
                self._binding = None
                for node in self.names.by_text.get(name, ()):
                    meant = self.names.meaning(name, node.range().start.index, space_of(node))
                    if is_reference(node) and (meant is None or meant.leaf < 0):
                        (follow_tokens if is_token(node) else climb)(self, node, symbol)
                self._follow_self(name)

    def _follow_self(self, name: str) -> None:
        for node in self.source.root.find_all(kind="self"):
            parent = node.parent()
            if parent is not None and parent.kind() == "field_expression" and _own_type(parent) == name:
                climb(self, node, f"{LOCAL}{name}()")

    def part(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """See `Seen`."""
        longer = f"{symbol}::{shown(name)}"
        if symbol.startswith(LOCAL):
            return self.facts.get(longer, longer)
        self._add(owner, name, longer, "member", self._binding)
        return longer

    def member(self, owner: SgNode, name: SgNode, symbol: str) -> str | None:
        """See `Seen`."""
        text = shown(name)
        if symbol.startswith(LOCAL):
            key = f"{symbol.removesuffix('()')}.{text}"
            return self.facts.get(key, key)
        if not is_value(symbol):
            return None
        longer = f"{symbol}{text}" if symbol.endswith(BOUND) else f"{symbol}.{text}"
        self.known.add(name.range().start.index)
        self._add(owner, name, longer, "member", self._binding, "likely")
        return longer

    def value(self, symbol: str) -> str | None:
        """See `Seen`."""
        if symbol.startswith(LOCAL):
            made = self.facts.get(f"{symbol}()")
            return made or (made_by(symbol) if "()" not in symbol else None)
        return symbol if symbol.endswith(BOUND) else made_by(symbol)

    def hold(self, name: SgNode, symbol: str) -> None:
        """See `Seen`."""
        at, text = name.range().start.index, shown(name)
        if (at, symbol) in self._held:
            return
        self._held.add((at, symbol))
        declared = self.names.meaning(text, at, "value")
        if declared is None or declared.at != at:
            return
        before, self._binding = self._binding, self._local(text, declared, symbol)
        for node in self.names.by_text.get(text, ()):
            where = node.range().start.index
            if (
                where != at
                and is_reference(node)
                and self.names.meaning(text, where, space_of(node)) == declared
            ):
                (follow_tokens if is_token(node) else climb)(self, node, symbol)
        self._binding = before

    def _local(self, name: str, declared: Declared, symbol: str) -> Binding:
        where = Span(declared.at, declared.at + len(name))
        scope = Span(declared.start, declared.end)
        return Binding(
            local=name, symbol=symbol, form="local", statement=where, item=where, name=where, scope=scope
        )

    def fact(self, name: str, symbol: str) -> None:
        """See `Seen`."""
        if LOCAL + name in self.facts:
            return
        self.facts[LOCAL + name] = symbol
        self._heads[re.split(r"[.:(]", name, maxsplit=1)[0]] = None
        if not symbol.startswith(LOCAL):
            self.exported.setdefault(name, symbol)

    def _add(
        self,
        owner: SgNode,
        name: SgNode,
        symbol: str,
        kind: str,
        binding: Binding | None,
        confidence: Confidence = "sure",
    ) -> None:
        if is_value(symbol.rpartition(".")[0]):
            confidence = "likely" if confidence == "sure" else confidence
        self.add(
            Use(
                symbol=symbol,
                kind="import" if kind == "import" else "name" if kind == "name" else "member",
                span=span_of(owner),
                name=span_of(name),
                node=owner,
                confidence=confidence,
                binding=binding,
                store=_is_stored(owner),
            )
        )

    def add(self, use: Use) -> None:
        """Keep a use, once per place and symbol."""
        self.uses.setdefault((use.span, use.symbol), use)

    def answer(self) -> Uses:
        """Everything found, in order."""
        return Uses(
            bindings=tuple(self.bindings),
            uses=tuple(
                sorted(self.uses.values(), key=lambda use: (use.span.start, use.span.end, use.symbol))
            ),
            names=frozenset(_WORD.findall(self.source.text)),
            exported=self.exported,
        )


def is_reference(node: SgNode) -> bool:
    """Whether an identifier refers to something by itself: it is not in an import, and the first of its path."""
    parent = node.parent()
    if parent is None:
        return False
    if parent.kind() == "token_tree":
        return not follows_path(node)
    if parent.kind() in _PATHS:
        path = parent.field("path")
        if path != node and path is not None:
            return False
        while parent is not None and parent.kind() in _PATHS:
            parent = parent.parent()
    if parent is None or parent.kind() in {"use_list", "use_as_clause", "scoped_use_list", "use_wildcard"}:
        return False
    return parent.kind() not in _IMPORTING


def _own_type(node: SgNode) -> str | None:
    """The type that `self` is a value of, where it stands."""
    for above in node.ancestors():
        if above.kind() == "function_item":
            return implemented_by(above)
    return None


def space_of(node: SgNode) -> Space:
    """Whether a name stands where types and modules stand, or values."""
    parent = node.parent()
    if node.kind() == "type_identifier" or parent is None:
        return "type"
    if parent.kind() in _PATHS:
        return "type"
    if parent.kind() == "token_tree":
        return "type" if leads_path(node) or node.text()[:1].isupper() else "value"
    return "value"


def _is_stored(node: SgNode) -> bool:
    parent = node.parent()
    return parent is not None and parent.kind() == "assignment_expression" and parent.field("left") == node
