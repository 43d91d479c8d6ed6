"""Where values are kept: variables, destructuring, parameters, class fields, base classes, exports."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.source.javascript.reading import Field, Narrowed, Reading, Value, is_whole, weaker
from upgrader.source.javascript.shapes import (
    CLASSES,
    FIELDS,
    FUNCTIONS,
    LITERALS,
    PATTERNS,
    enclosing,
    has_token,
    plain_string,
    region_of,
)
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Confidence, Form, Use

_NAMED = frozenset({"function_declaration", "generator_function_declaration"})
_PARAMETERS = frozenset({"optional_parameter", "required_parameter"})


def keep(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> None:
    """A value ends in `parent`: note what now stands for it."""
    kind = parent.kind()
    if kind == "variable_declarator" and parent.field("value") == node:
        _bind_from(reading, parent.field("name"), node, value)
    elif kind == "assignment_expression" and parent.field("right") == node:
        _assign(reading, parent.field("left"), node, value)
    elif kind in ("assignment_pattern", *_PARAMETERS) and node in (
        parent.field("right"),
        parent.field("value"),
    ):
        likely = value._replace(confidence=weaker(value.confidence, "likely"))
        bind_pattern(reading, parent.field("left") or parent.field("pattern"), likely, "local")
    elif kind in FIELDS and parent.field("value") == node:
        _bind_field(reading, parent, parent.field("name") or parent.field("property"), value)
    elif kind in ("class_heritage", "extends_clause"):
        _bind_class(reading, parent, value)
    else:
        _keep_meaning(reading, node, parent, value)


def _keep_meaning(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> None:
    """Types, tests and exports: what says something of a value without holding it."""
    kind = parent.kind()
    if kind == "type_annotation":
        _annotate(reading, parent, value)
    elif kind == "binary_expression" and parent.field("right") == node:
        _narrow(reading, parent, value)
    elif kind == "return_statement" or (kind == "arrow_function" and parent.field("body") == node):
        _return(reading, parent, value)
    elif kind in ("pair", "object", "export_statement", "export_specifier"):
        _export(reading, node, parent, value)


def _bind_from(reading: Reading, pattern: SgNode | None, node: SgNode, value: Value) -> None:
    """From an initializer. What `require()` itself gives is an import; a copy of a known name is local."""
    imported = value.binding is not None and value.binding.item == span_of(_bare(node))
    form: Form = value.binding.form if imported and value.binding is not None else "local"
    bind_pattern(reading, pattern, value, form)


def _bare(node: SgNode) -> SgNode:
    """The `require()` inside `await`, interop helpers and `.default`."""
    while node.kind() in ("await_expression", "parenthesized_expression", "as_expression", "call_expression"):
        inner = node.field("arguments")
        parts = node.named_children() if node.kind() != "call_expression" else []
        if (
            inner is not None
            and inner.named_children()[:1]
            and inner.named_children()[0].kind() == "call_expression"
        ):
            parts = inner.named_children()
        if not parts:
            break
        node = parts[0]
    return node


def bind_pattern(reading: Reading, pattern: SgNode | None, value: Value, form: Form) -> None:
    """Give the names of a pattern what stands at their place of the value."""
    if pattern is None:
        return
    kind = pattern.kind()
    if kind in ("identifier", "shorthand_property_identifier_pattern"):
        key = value.binding.name if form != "local" and value.binding is not None else None
        reading.bind(pattern, value, form, None, key)
        if value.binding is not None and key is not None:
            _use_import(reading, pattern, value, key)
    elif kind == "assignment_pattern":
        bind_pattern(reading, pattern.field("left"), value, form)
    elif kind == "object_pattern":
        for item in pattern.named_children():
            _bind_property(reading, item, value, form)
    elif kind == "array_pattern":
        _bind_elements(reading, pattern, value)


def _use_import(reading: Reading, name: SgNode, value: Value, key: Span) -> None:
    """`const d = require("d")` is an import of the whole module."""
    reading.add_use(
        Use(
            symbol=value.symbol,
            kind="import",
            span=span_of(name),
            name=key,
            node=name,
            confidence=value.confidence,
            binding=value.binding,
        )
    )


def _bind_elements(reading: Reading, pattern: SgNode, value: Value) -> None:
    index = 0
    for child in pattern.children():
        if child.kind() == ",":
            index += 1
        elif child.is_named() and child.kind() not in ("rest_pattern", "comment"):
            bind_pattern(reading, child, value._replace(symbol=f"{value.symbol}.{index}"), "local")


def _bind_property(reading: Reading, item: SgNode, value: Value, form: Form) -> None:
    if item.kind() == "rest_pattern" and is_whole(value.symbol):
        bind_pattern(reading, item.named_children()[0], value, "local")
        return
    key, inner = _key_and_target(item)
    if key is None or inner is None or key.kind() == "computed_property_name":
        return
    symbol = reading.member(value.symbol, plain_string(key) or key.text())
    if symbol is None:
        return
    # A name taken out of a module is an import like any other; one taken out of a result is a local variable.
    whole = is_whole(value.symbol)
    taken: Form = "local" if not whole else "default" if symbol.endswith("#default") else "member"
    reading.add_use(
        Use(
            symbol=symbol,
            kind="import" if whole else "member",
            span=span_of(item),
            name=span_of(key),
            node=item,
            confidence=value.confidence,
            binding=value.binding,
        )
    )
    member = value._replace(symbol=symbol)
    if inner.kind() in PATTERNS:
        bind_pattern(reading, inner, member, form)
    elif inner.kind() in ("identifier", "shorthand_property_identifier_pattern"):
        reading.bind(inner, member, taken, item, key)


def _key_and_target(item: SgNode) -> tuple[SgNode | None, SgNode | None]:
    """The property's name and the pattern that takes its value, of one item of an object pattern."""
    kind = item.kind()
    if kind == "shorthand_property_identifier_pattern":
        return item, item
    if kind == "object_assignment_pattern":
        return item.field("left"), item.field("left")
    if kind != "pair_pattern":
        return None, None
    inner = item.field("value")
    if inner is not None and inner.kind() == "assignment_pattern":
        inner = inner.field("left")
    return item.field("key"), inner


def _assign(reading: Reading, left: SgNode | None, node: SgNode, value: Value) -> None:
    if left is None:
        return
    words = left.text()
    if left.kind() in ("identifier", "object_pattern", "array_pattern"):
        _bind_from(reading, left, node, value)
    elif words.startswith("this.") and left.kind() == "member_expression":
        _bind_field(reading, left, left.field("property"), value)
    elif words == "module.exports" and reading.counts(value.symbol):
        reading.exported["default"] = value.symbol
        if is_whole(value.symbol):
            reading.exported["*"] = value.symbol
    elif words.startswith(("exports.", "module.exports.")) and reading.counts(value.symbol):
        reading.exported[words.rpartition(".")[2]] = value.symbol


def _bind_field(reading: Reading, inside: SgNode, name: SgNode | None, value: Value) -> None:
    owner = enclosing(inside, CLASSES)
    if name is not None and owner.kind() in CLASSES:
        confidence = weaker(value.confidence, "likely")
        reading.fields.append(Field(span_of(owner), name.text(), value._replace(confidence=confidence)))


def _bind_class(reading: Reading, heritage: SgNode, value: Value) -> None:
    owner = enclosing(heritage, CLASSES)
    base = value._replace(confidence=weaker(value.confidence, "likely"))
    name = owner.field("name")
    if name is not None:
        reading.bind(name, base, "local")
    instance = base._replace(symbol=f"{base.symbol}()")
    reading.fields.append(Field(span_of(owner), "", instance))
    if reading.counts(value.symbol) and name is not None:
        parent = owner.parent()
        if parent is not None and parent.kind() == "export_statement":
            default = " default " in parent.text()[:16]
            reading.exported["default" if default else name.text()] = value.symbol


def _return(reading: Reading, inside: SgNode, value: Value) -> None:
    """A named function gives a value: so does a call of it. Names that are torn are left alone."""
    owner = inside if inside.kind() == "arrow_function" else enclosing(inside, FUNCTIONS)
    name = owner.field("name") if owner.kind() in _NAMED else None
    holder = owner.parent() if owner.kind() in LITERALS else None
    if holder is not None and holder.kind() == "variable_declarator":
        name = holder.field("name")
    if name is not None and name.kind() == "identifier" and value.confidence != "unknown":
        reading.give(name, Value(value.symbol, weaker(value.confidence, "likely"), None))


def parameters_around(name: SgNode) -> SgNode | None:
    """The list that a plain, unannotated parameter stands in."""
    parent = name.parent()
    if parent is not None and parent.kind() in _PARAMETERS:
        if parent.field("type") is not None or parent.field("pattern") != name:
            return None
        parent = parent.parent()
    return parent if parent is not None and parent.kind() == "formal_parameters" else None


def _narrow(reading: Reading, test: SgNode, value: Value) -> None:
    """`e instanceof D.E`: where the test holds, `e` is an instance."""
    left = test.field("left")
    if left is None or left.kind() != "identifier" or not has_token(test, "instanceof"):
        return
    region = region_of(test)
    if region is not None:
        instance = Value(f"{value.symbol}()", weaker(value.confidence, "likely"), None)
        reading.narrowed.append(Narrowed(left, region, instance))


def _annotate(reading: Reading, annotation: SgNode, value: Value) -> None:
    """`x: Foo` stands for an instance of it, as a parameter, a variable and a class field."""
    owner = annotation.parent()
    if owner is None:
        return
    instance = value._replace(symbol=f"{value.symbol}()", confidence=weaker(value.confidence, "likely"))
    if owner.kind() in FIELDS:
        _bind_field(reading, owner, owner.field("name"), instance)
        return
    pattern = owner.field("pattern") if owner.kind() in _PARAMETERS else None
    if owner.kind() == "variable_declarator":
        pattern = owner.field("name")
    bind_pattern(reading, pattern, instance, "local")
    if pattern is not None and any(one.kind() == "accessibility_modifier" for one in owner.named_children()):
        _bind_field(reading, owner, pattern, instance)


def name_parameters(
    reading: Reading, function: SgNode, symbol: str, only: int | None, confidence: Confidence
) -> None:
    """Give the parameters of a function the symbols `symbol@0`, `symbol@1`, ...; with `only`, that one `symbol`."""
    likely = weaker(confidence, "likely")
    for index, parameter in enumerate(parameters_of(function)):
        if only is None:
            bind_pattern(reading, parameter, Value(f"{symbol}@{index}", likely, None), "local")
        elif index == only:
            bind_pattern(reading, parameter, Value(symbol, confidence, None), "local")


def parameters_of(function: SgNode) -> list[SgNode]:
    """The patterns of a function's parameters in order, without TypeScript's `this`."""
    single = function.field("parameter")
    if single is not None:
        return [single]
    held = function.field("parameters")
    found = []
    for one in held.named_children() if held is not None else ():
        pattern = one.field("pattern") if one.kind() in _PARAMETERS else one
        if pattern is not None and pattern.kind() not in ("comment", "this", "rest_pattern", "decorator"):
            found.append(pattern)
    return found


def _export(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> None:
    if not reading.counts(value.symbol):
        return
    kind = parent.kind()
    if kind == "export_statement":
        reading.exported["default"] = value.symbol
    elif kind == "export_specifier" and parent.field("name") == node:
        shown = parent.field("alias") or node
        reading.exported[shown.text()] = value.symbol
    else:
        _export_property(reading, node, parent, value)


def _export_property(reading: Reading, node: SgNode, parent: SgNode, value: Value) -> None:
    """`module.exports = { name, other: value }`."""
    key = parent.field("key") if parent.kind() == "pair" else node
    whole = parent.parent() if parent.kind() == "pair" else parent
    above = whole.parent() if whole is not None else None
    if key is None or above is None or above.kind() != "assignment_expression":
        return
    left = above.field("left")
    if left is not None and left.text() in ("module.exports", "exports"):
        reading.exported[plain_string(key) or key.text()] = value.symbol
