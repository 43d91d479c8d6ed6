"""The reader of JavaScript and TypeScript: what one file uses of which package. The face of this folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ast_grep_py import SgNode

from upgrader.source.javascript import chains, flows
from upgrader.source.javascript.imports import read_imports
from upgrader.source.javascript.reading import Field, Reading, Value
from upgrader.source.javascript.shapes import CLASSES, FUNCTIONS, LITERALS, enclosing, find_names
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Elsewhere, Uses

_WORD = re.compile(r"[\w$]+")
_BRACKET = re.compile(r"[()\[\]{}]")
_DEEPEST = 600
"""Brackets inside each other, after which every look at the surroundings of a name costs too much."""
_ROUNDS = 40
"""Names of names that are followed: `const a = lib; const b = a; ...`."""


def read_uses(source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> Uses:
    """Find every use of the packages' symbols, in order of position; see `upgrader.source.reader.Reader`."""
    visible, customary = elsewhere.get("", {}), elsewhere.get("()", {})
    words = (*packages, *elsewhere, *visible, *customary)
    if not any(one in source.text for one in words if one not in ("", "()")):
        return Uses(bindings=(), uses=(), names=frozenset(_WORD.findall(source.text)), exported={})
    reading = Reading(source, source.root, packages, elsewhere)
    if _depth(source.text) > _DEEPEST:
        reading.unresolved.append((span_of(source.root), "nested too deeply to be read"))
        return _sorted(reading)
    try:
        _read(reading, visible, customary)
    except RecursionError:
        reading.unresolved.append((span_of(source.root), "nested too deeply to be read"))
    return _sorted(reading)


def _depth(text: str) -> int:
    """How many brackets are open at most; those in strings count too, which only the absurd has hundreds of."""
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found.group() in "([{" else -1 if depth else 0
        deepest = max(deepest, depth)
    return deepest


def _read(reading: Reading, visible: Mapping[str, str], customary: Mapping[str, str]) -> None:
    read_imports(reading)
    _follow_globals(reading, visible)
    _bind_customary(reading, customary)
    for _ in range(_ROUNDS):
        if not reading.waits():
            break
        _follow_names(reading)
        _follow_narrowed(reading)
        _follow_fields(reading)
        _follow_handlers(reading)
        _follow_returns(reading)
    _note_exports(reading)


def _sorted(reading: Reading) -> Uses:
    reading.uses.sort(key=lambda use: (use.span.start, use.span.end, use.symbol))
    reading.bindings.sort(key=lambda one: (one.item.start, one.item.end, one.symbol))
    return Uses(
        bindings=tuple(reading.bindings),
        uses=tuple(reading.uses),
        names=_all_names(reading),
        exported=reading.exported,
        unresolved=tuple(sorted(reading.unresolved)),
    )


def _follow_globals(reading: Reading, visible: Mapping[str, str]) -> None:
    """Names that need no import: the free ones of the file, such as jest's `expect`."""
    there = {name for name in visible if name in reading.source.text}
    reading.names.collect(there)
    for name in sorted(there):
        for place in reading.names.free.get(name, ()):
            chains.refer(reading, place.node, Value(visible[name], "sure", None), store=place.store)


def _bind_customary(reading: Reading, customary: Mapping[str, str]) -> None:
    """`(req, res) =>` in a module that does not import the package: parameters known by their names alone."""
    if not all(name in reading.source.text for name in customary):
        return
    reading.names.collect(customary)
    lists: dict[Span, list[SgNode]] = {}
    for cell in [cell for name in customary for cell in reading.names.cells.get(name, ())]:
        for node in reading.names.declaring[cell]:
            held = flows.parameters_around(node)
            if held is not None:
                lists.setdefault(span_of(held), []).append(node)
    for found in lists.values():
        for node in found if len(found) == len(customary) else ():
            reading.bind(node, Value(customary[node.text()], "likely", None), "local")


def _follow_returns(reading: Reading) -> None:
    """`function make() { return lib(); }`: what calling a function of this file gives."""
    returned, reading.returned = reading.returned, []
    reading.names.collect({name.text() for name, _ in returned})
    for name, value in returned:
        cell = reading.names.cell_of(name)
        for place in reading.names.places.get(cell, ()) if cell is not None else ():
            call = place.node.parent()
            if call is not None and call.kind() == "call_expression" and call.field("function") == place.node:
                chains.follow(reading, call, value)


def _all_names(reading: Reading) -> frozenset[str]:
    if not (reading.uses or reading.bindings):
        return frozenset(_WORD.findall(reading.source.text))
    return frozenset(node.text() for node in find_names(reading.root))


def _follow_names(reading: Reading) -> None:
    queue, reading.queue = reading.queue, []
    reading.names.collect({known.cell.name for known in queue})
    for cell, value in queue:
        for place in reading.names.places.get(cell, ()):
            chains.refer(reading, place.node, value, store=place.store)


def _follow_narrowed(reading: Reading) -> None:
    """`if (e instanceof lib.E) { e.x }`: the places of the name in the branch."""
    narrowed, reading.narrowed = reading.narrowed, []
    for name, region, value in narrowed:
        cell = reading.names.cell_of(name)
        for place in reading.names.places.get(cell, ()) if cell is not None else ():
            start, end = span_of(place.node)
            if region.start <= start and end <= region.end and place.node != name:
                chains.refer(reading, place.node, value, store=place.store)


def _follow_fields(reading: Reading) -> None:
    """`this.client.get()` where the class has `client = new Client()`; `this.x` of a subclass."""
    fields, reading.fields = reading.fields, []
    if not fields:
        return
    for node in reading.root.find_all(any=[{"kind": "this"}, {"kind": "super"}]):
        owner = span_of(enclosing(node, CLASSES))
        for field in fields:
            if field.owner == owner:
                _follow_this(reading, node, field)


def _follow_this(reading: Reading, node: SgNode, field: Field) -> None:
    parent = node.parent()
    if parent is None or _other_this(node):
        return
    if not field.name:
        called = node.kind() == "super" and parent.kind() == "call_expression"
        value = field.value
        chains.follow(reading, node, value._replace(symbol=value.symbol[:-2]) if called else value)
        return
    name = parent.field("property") if parent.kind() == "member_expression" else None
    if name is not None and name.text() == field.name and node.kind() == "this":
        chains.follow(reading, parent, field.value)


def _other_this(node: SgNode) -> bool:
    """Whether a plain function between the class and `this` gives it another meaning."""
    for above in node.ancestors():
        if above.kind() in ("function_expression", "function_declaration", "generator_function"):
            return True
        if above.kind() in CLASSES or above.kind() == "method_definition":
            return False
    return False


def _follow_handlers(reading: Reading) -> None:
    """Functions of this file that are passed by name: their parameters are the callback's."""
    handlers, reading.handlers = reading.handlers, []
    reading.names.collect({given.text() for given, _, _ in handlers})
    for given, symbol, confidence in handlers:
        cell = reading.names.cell_of(given)
        for declaring in reading.names.declaring.get(cell, ()) if cell is not None else ():
            function = _function_of(declaring)
            if function is not None:
                only = 0 if symbol.endswith("@") else None
                flows.name_parameters(reading, function, symbol.removesuffix("@"), only, confidence)


def _function_of(name: SgNode) -> SgNode | None:
    parent = name.parent()
    if parent is None:
        return None
    if parent.kind() in FUNCTIONS:
        return parent if parent.field("name") == name else None
    value = parent.field("value") if parent.kind() == "variable_declarator" else None
    return value if value is not None and value.kind() in LITERALS else None


def _note_exports(reading: Reading) -> None:
    """`export const x = lib.y`: what top-level variables hand on."""
    for binding in reading.bindings:
        start = binding.statement.start
        before = reading.source.text[max(0, start - 8) : start]
        if (
            binding.form not in ("module", "reexport")
            and binding.local
            and before.rstrip().endswith("export")
        ):
            reading.exported.setdefault(binding.local, binding.symbol)
