"""Every use of some packages in a Python file: by imports, aliases, instances, subclasses, strings."""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterator

from ast_grep_py import SgNode

from upgrader.source.python.discover import Interest
from upgrader.source.python.imports import Imports
from upgrader.source.python.meaning import Meaning, Meanings, instance, is_class_like
from upgrader.source.python.roles import end_of, start_of
from upgrader.source.python.scopes import Bound, Scope, is_certain, names_of
from upgrader.source.python.strings import Strings
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Elsewhere, Use, Uses

_WORD = re.compile(r"[^\W\d]\w*")
_STORES = frozenset(("assignment", "augmented_assignment", "delete_statement", "for_statement"))
_PLAIN = frozenset(dir(builtins))


def read_uses(source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> Uses:
    """Find every use of the packages' symbols, in order of position; see `reader.Reader`.

    Each attribute of a chain is a use of its own: `np.linalg.norm` is one of `numpy`, of `numpy.linalg` and of
    `numpy.linalg.norm`. A method that a class of this file defines over a package's base is a use with `store`.
    """
    return _Reading(source, packages, elsewhere).whole()


class _Reading:
    """One file being read."""

    def __init__(self, source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> None:
        self.source = source
        self.names = names_of(source)
        self.imports = Imports(self.names, packages, elsewhere)
        self.meanings = Meanings(self.names, self.imports)
        self.uses: list[Use] = []
        self.locals: dict[Span, Binding] = {}
        self.unresolved: list[tuple[Span, str]] = []
        self.seen: set[Span] = set()

    def whole(self) -> Uses:
        imports = self.imports
        strings = Strings(self.source, imports, self.meanings)
        if imports.items or imports.stars or "" in imports.elsewhere:
            interest = Interest(self.names, self.meanings.classes)
            for name in sorted(interest.grow(self._seeds())):
                self._read(name)
            self._overridden(interest.found)
            self.uses += strings.annotations(interest.quoted, interest.found)
        self.uses += strings.modules()
        self.uses += (self._doubted(use) for use in imports.uses)
        self.uses.sort(key=lambda use: (use.span.start, use.span.end))
        bindings = [*imports.all_bindings(), *self.locals.values()]
        return Uses(
            bindings=tuple(sorted(bindings, key=lambda b: (b.item.start, b.name.start))),
            uses=tuple(self.uses),
            names=frozenset(_WORD.findall(self.source.text)),
            exported=self._exported(),
            unresolved=tuple(sorted([*self.unresolved, *self._stars(), *strings.unresolved])),
        )

    def _seeds(self) -> Iterator[str]:
        yield from (item.binding.local for item in self.imports.items.values())
        if any(star.offered is None for star in self.imports.stars):
            yield from (name for name in self.names.places if name not in _PLAIN)
        for star in self.imports.stars:
            yield from star.offered or ()
        yield from self.imports.elsewhere.get("", ())

    def _read(self, name: str) -> None:
        places = self.names.read(name)
        for node, start in places.loads:
            if name == "super" and (call := node.parent()) is not None:
                self._super(call)
                continue
            found = self._meaning(name, node, start)
            if found is not None:
                self._follow(node, found, "name")
        self._attributes(name, places.fields)
        for bounds in places.bound.values():
            for bound in bounds:
                self._store(bound)

    def _attributes(self, name: str, fields: list[tuple[SgNode, int]]) -> None:
        for node, start in fields:
            if (attribute := node.parent()) is None or attribute.kind() != "attribute":
                continue
            found = self._attribute(attribute, name) if Span(start, end_of(node)) not in self.seen else None
            if found is not None:
                self._follow(attribute, found, "")

    def _super(self, call: SgNode) -> None:
        """`super().name`."""
        found = self.meanings.of(call) if call.kind() == "call" else None
        above = call.parent()
        name = (
            _member_name(above, above.kind(), start_of(call))
            if found is not None and above is not None
            else None
        )
        after = self.meanings.member(found, name.text()) if found is not None and name is not None else None
        if after is not None and above is not None:
            self._follow(above, after, "")

    def _meaning(self, name: str, node: SgNode, start: int) -> Meaning | None:
        bounds = self.names.reaching(name, start)
        if not bounds:
            return self.meanings.of_name(name, start) or self._starred(name)
        found = self.meanings.merged(bounds)
        imported = any(b.role == "import" and b.start in self.imports.items for b in bounds)
        if found is None and imported and len(bounds) > 1:
            self.unresolved.append((span_of(node), f"`{name}` is bound to several things here"))
        return found

    def _starred(self, name: str) -> Meaning | None:
        """A name that is bound nowhere, in a file with one star import of a package."""
        open_ended = [star for star in self.imports.stars if star.offered is None]
        if len(open_ended) != 1 or name in _PLAIN:
            return None
        binding = open_ended[0].binding
        return Meaning((f"{binding.symbol}.{name}",), False, binding)

    def _attribute(self, attribute: SgNode, name: str) -> Meaning | None:
        """`self.name`, where the class or a method of it sets the attribute."""
        left = attribute.field("object")
        above = attribute.parent()
        if (
            left is None
            or left.kind() != "identifier"
            or (above is not None and _is_target(attribute, above))
        ):
            return None
        holder = self.meanings.of_name(left.text(), start_of(left))
        if holder is None or holder.owner is None:
            return None
        return self.meanings.member(holder, name)

    def _store(self, bound: Bound) -> None:
        """`np.float_ = 1` is read as a load of np; a bare name that is bound says nothing but its meaning."""
        if bound.role in ("assign", "class", "with", "walrus", "param"):
            found = self.meanings.of_bound(bound)
            if self.meanings.classes.method_of(bound) is not None:
                return
            if found is not None and found.binding is not None and found.symbols:
                binding = found.binding
                self.locals[span_of(bound.node)] = Binding(
                    local=binding.local,
                    symbol=found.symbols[0],
                    form="local",
                    statement=binding.statement,
                    item=binding.item,
                    name=span_of(bound.node),
                    scope=bound.scope.span,
                )

    def _follow(self, node: SgNode, found: Meaning, kind: str) -> None:
        """Give out the uses of a chain, from its first name as far as it can be followed."""
        name: SgNode | None = node if kind == "name" else node.field("attribute") or node
        start = start_of(node)
        meaning: Meaning | None = found
        while meaning is not None:
            above = node.parent()
            if name is not None:
                self._give(node, name, meaning, kind or "member", above)
            if above is None:
                return
            name, kind, around = None, "member", above.kind()
            if around in ("attribute", "dotted_name"):
                name = _member_name(above, around, start)
                meaning = self.meanings.member(meaning, name.text()) if name is not None else None
            else:
                meaning = self._around(above, around, start, meaning)
                start = (
                    start if around != "parenthesized_expression" and around != "await" else start_of(above)
                )
            node = above

    def _around(self, above: SgNode, kind: str, start: int, meaning: Meaning) -> Meaning | None:
        """What a call, `await`, brackets or type arguments around an expression give; None where the chain ends."""
        if kind in ("await", "parenthesized_expression"):
            return meaning
        if kind not in ("call", "subscript") or start_of(above) != start:
            return None
        if kind == "call":
            return self.meanings.call(meaning)
        return meaning if is_class_like(meaning) else None

    def _give(self, node: SgNode, name: SgNode, meaning: Meaning, kind: str, above: SgNode | None) -> None:
        where, last = span_of(node), span_of(name)
        if last in self.seen or (meaning.foreign and kind == "member" and _may_be_own(name, meaning, above)):
            return
        self.seen.add(last)
        for symbol in meaning.symbols:
            bare = kind == "name" and symbol.endswith(")")
            if bare or not self.imports.is_wanted(symbol):
                continue
            self.uses.append(
                Use(
                    symbol=symbol,
                    kind="name" if kind == "name" else "member",
                    span=where,
                    name=last,
                    node=node,
                    confidence="sure" if meaning.sure else "likely",
                    binding=meaning.binding,
                    store=kind != "name" and above is not None and _is_target(node, above),
                )
            )

    def _doubted(self, use: Use) -> Use:
        """An import beside another one of the same name and another place, in try or if: code for two releases."""
        if use.binding is None:
            return use
        scope = self.names.scope_at(use.binding.statement.start)
        bounds = self.names.read(use.binding.local).bound.get(scope, [])
        for bound in bounds if not all(is_certain(bound, scope) for bound in bounds) else ():
            item = self.imports.items.get(bound.start)
            other = item is None or item.symbol != use.binding.symbol
            if bound.role == "import" and other:
                return Use(
                    symbol=use.symbol,
                    kind="import",
                    span=use.span,
                    name=use.name,
                    node=use.node,
                    confidence="likely",
                    binding=use.binding,
                )
        return use

    def _overridden(self, interesting: Collection[str]) -> None:
        """Methods of this file's classes that stand over a package's."""
        for name in sorted(interesting):
            for bounds in self.names.read(name).bound.values():
                for bound in bounds:
                    if bound.role == "class":
                        self._overrides_of(bound)

    def _overrides_of(self, bound: Bound) -> None:
        found = self.meanings.of_bound(bound)
        if found is None or found.owner is None or not found.symbols:
            return
        over = instance(found)
        for scope in self.names.inside(found.owner):
            name = scope.node.field("name")
            if name is None or scope.kind not in ("function", "class") or not _directly(scope, found.owner):
                continue
            for symbol in over.symbols:
                if self.imports.is_wanted(symbol):
                    self.uses.append(
                        Use(
                            symbol=f"{symbol}.{name.text()}",
                            kind="member",
                            span=span_of(name),
                            name=span_of(name),
                            node=name,
                            confidence="likely",
                            binding=found.binding,
                            store=True,
                        )
                    )

    def _exported(self) -> dict[str, str]:
        """The names at the top of the module that stand for one symbol of a package each."""
        given: dict[str, str] = {}
        for star in self.imports.stars:
            given.update(star.offered or {})
        for binding in (*self.imports.all_bindings(), *self.locals.values()):
            if binding.scope != self.names.whole or binding.local == "*":
                continue
            bounds = self.names.read(binding.local).bound.get(self.names.module, [])
            found = self.meanings.merged(bounds) if bounds else None
            if found is not None and len(found.symbols) == 1 and self.imports.is_wanted(found.symbols[0]):
                given[binding.local] = found.symbols[0]
        return given

    def _stars(self) -> Iterator[tuple[Span, str]]:
        for star in self.imports.stars:
            if star.offered is None:
                name = star.binding.symbol
                yield (
                    star.binding.statement,
                    f"every name of {name} is imported: what is used can only be guessed",
                )


def _directly(scope: Scope, owner: Scope) -> bool:
    """Whether a function or class stands in a class's own body."""
    above = scope.parent
    while above is not None and above.kind == "types":
        above = above.parent
    return above is owner


def _member_name(above: SgNode, kind: str, start: int) -> SgNode | None:
    """The name after the dot; in a pattern of `match` the path is one node with all names."""
    if start_of(above) != start:
        return None
    if kind == "attribute":
        return above.field("attribute")
    parts = [part for part in above.children() if part.kind() == "identifier"]
    return parts[1] if len(parts) == 2 and kind == "dotted_name" else None


def _may_be_own(name: SgNode, meaning: Meaning, above: SgNode | None) -> bool:
    """Whether an attribute of an instance may be a field of a class that is written elsewhere: it is not called."""
    plain = any("()." in symbol for symbol in meaning.symbols) and not name.text().startswith("__")
    return plain and (above is None or above.kind() != "call")


def _is_target(node: SgNode, above: SgNode) -> bool:
    """Whether an expression is assigned to, deleted or looped into."""
    if above.kind() not in _STORES:
        return False
    return above.kind() == "delete_statement" or span_of(above.field("left") or above) == span_of(node)
