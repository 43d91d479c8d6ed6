"""Import statements of a Python file: what each item binds, and to which symbol (the language reference, 7.11)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.source.python.roles import end_of, start_of
from upgrader.source.python.scopes import Names
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Binding, Elsewhere, Form, Use, is_member


class Item(NamedTuple):
    """One name that an import binds and that has to do with the packages asked for."""

    binding: Binding
    symbol: str
    """What the local name stands for; "" for a module of the project."""
    module: str
    """Key in `Elsewhere` of a module of the project; "" for a package's."""


class Star(NamedTuple):
    """A `from m import *`."""

    binding: Binding
    offered: dict[str, str] | None
    """Name to symbol where the module is the project's own; None for a package, which may offer any name."""


class Imports:
    """Every import of a file that matters."""

    def __init__(self, names: Names, packages: Collection[str], elsewhere: Elsewhere) -> None:
        self.names = names
        self.packages = packages
        self.roots = {package.partition(".")[0] for package in packages}
        self.elsewhere = elsewhere
        self.items: dict[int, Item] = {}
        """By the offset of the identifier that is bound."""
        self._wanted: dict[str, bool] = {}
        self.stars: list[Star] = []
        self.uses: list[Use] = []
        """Of the kind import, in the order of the file."""
        for node in names.root.find_all(
            any=[{"kind": "import_statement"}, {"kind": "import_from_statement"}]
        ):
            if node.kind() == "import_statement":
                self._plain(node)
            else:
                self._from(node)

    def matters(self, symbol: str) -> bool:
        """Whether a symbol is of one of the packages, or on the way to one (`google` for `google.cloud`)."""
        return symbol.partition(".")[0].partition("(")[0] in self.roots and any(
            is_member(symbol, package) or is_member(package, symbol) for package in self.packages
        )

    def is_wanted(self, symbol: str) -> bool:
        """Whether a symbol is of one of the packages asked for."""
        known = self._wanted.get(symbol)
        if known is None:
            known = self._wanted[symbol] = any(is_member(symbol, package) for package in self.packages)
        return known

    def _is_ours(self, module: str) -> bool:
        return any(is_member(key, module) for key in self.elsewhere)

    def _plain(self, statement: SgNode) -> None:
        items = list(statement.field_children("name"))
        for item in items:
            named, local, at = _parts(item)
            path = _dotted(named)
            aliased = item.kind() == "aliased_import"
            binding = self._binding(statement, item, named, local, "module", len(items))
            if path in self.elsewhere and aliased:
                self.items[at] = Item(_local(binding), "", path)
            elif self.matters(path):
                symbol = path if aliased else path.partition(".")[0]
                binding = _with_symbol(binding, symbol)
                self.items[at] = Item(binding, symbol, "")
                self._use(path, span_of(item), named, binding)

    def _from(self, statement: SgNode) -> None:
        module_node = statement.field("module_name")
        if module_node is None:
            return
        module = _dotted(module_node)
        if not (module.startswith(".") or self.matters(module) or self._is_ours(module)):
            return
        wanted = not module.startswith(".") and self.is_wanted(module)
        if wanted:
            use = self._module_use(module, module_node)
            self.uses.append(use)
        items = list(statement.field_children("name"))
        for item in items:
            self._from_item(statement, module, item, len(items))
        if not items:
            self._star(statement, module, module_node)

    def _from_item(self, statement: SgNode, module: str, item: SgNode, count: int) -> None:
        named, local, at = _parts(item)
        name = named.text()
        binding = self._binding(statement, item, named, local, "member", count)
        inner = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
        symbol = self.elsewhere.get(module, {}).get(name, "")
        if symbol or inner in self.elsewhere:
            binding = _local(_with_symbol(binding, symbol))
            self.items[at] = Item(binding, symbol, "" if symbol else inner)
        elif not module.startswith(".") and self.matters(inner):
            binding = _with_symbol(binding, inner)
            self.items[at] = Item(binding, inner, "")
            self._use(inner, span_of(item), named, binding)

    def _star(self, statement: SgNode, module: str, module_node: SgNode) -> None:
        where = span_of(statement)
        offered = self.elsewhere.get(module)
        if offered is None and not self.is_wanted(module):
            return
        binding = Binding(
            local="*",
            symbol=module,
            form="star",
            statement=where,
            item=where,
            name=span_of(module_node),
            scope=self.names.scope_at(where.start).span,
            typing_only=_for_types(statement),
        )
        self.stars.append(Star(binding, None if offered is None else dict(offered)))

    def _binding(
        self, statement: SgNode, item: SgNode, named: SgNode, local: str, form: Form, count: int
    ) -> Binding:
        where = span_of(statement)
        return Binding(
            local=local,
            symbol="",
            form=form,
            statement=where,
            item=where if count == 1 else span_of(item),
            name=span_of(named),
            scope=self.names.scope_at(where.start).span,
            typing_only=_for_types(statement),
        )

    def _module_use(self, module: str, node: SgNode) -> Use:
        where = span_of(node)
        last = Span(where.end - len(module.rpartition(".")[2]), where.end)
        return Use(symbol=module, kind="import", span=where, name=last, node=node)

    def _use(self, symbol: str, where: Span, named: SgNode, binding: Binding) -> None:
        if not self.is_wanted(symbol):
            return
        end = end_of(named)
        last = Span(end - len(symbol.rpartition(".")[2]), end)
        self.uses.append(
            Use(symbol=symbol, kind="import", span=where, name=last, node=named, binding=binding)
        )

    def all_bindings(self) -> Iterator[Binding]:
        """The bindings of imports, stars too, in no order."""
        yield from (item.binding for item in self.items.values())
        yield from (star.binding for star in self.stars)


def _parts(item: SgNode) -> tuple[SgNode, str, int]:
    """The imported name's node, the local name, and where the bound identifier begins."""
    if item.kind() != "aliased_import":
        return item, item.text().partition(".")[0].strip(), start_of(item)
    named, alias = item.field("name"), item.field("alias")
    if named is None or alias is None:
        return item, "", start_of(item)
    return named, alias.text(), start_of(alias)


def _dotted(node: SgNode) -> str:
    """A module path without the blanks that Python allows in it."""
    return "".join(node.text().split())


def _with_symbol(binding: Binding, symbol: str) -> Binding:
    return Binding(
        local=binding.local,
        symbol=symbol,
        form=binding.form,
        statement=binding.statement,
        item=binding.item,
        name=binding.name,
        scope=binding.scope,
        typing_only=binding.typing_only,
    )


def _local(binding: Binding) -> Binding:
    return Binding(
        local=binding.local,
        symbol=binding.symbol,
        form="local",
        statement=binding.statement,
        item=binding.item,
        name=binding.name,
        scope=binding.scope,
        typing_only=binding.typing_only,
    )


def _for_types(statement: SgNode) -> bool:
    """Whether it stands under `if TYPE_CHECKING:`."""
    node, above = statement, statement.parent()
    while above is not None:
        if above.kind() == "if_statement":
            condition, body = above.field("condition"), above.field("consequence")
            if condition is not None and condition.text().rpartition(".")[2] == "TYPE_CHECKING":
                return body is not None and start_of(body) == start_of(node)
        node, above = above, above.parent()
    return False
