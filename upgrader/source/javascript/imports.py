"""Imports in all their forms: from the strings that name modules to the names and values they bring in."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.source.javascript import chains
from upgrader.source.javascript.reading import Reading, Value
from upgrader.source.javascript.shapes import has_token, inner_span, plain_string, statement_of
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Binding, Form, Use

_VALUES = re.compile(r"require|jest\.(?:requireActual|requireMock)|vi\.(?:importActual|importMock)|import")
"""Calls that give the module their first argument names."""
_STRINGS = re.compile(
    r"(?:jest|vi|vitest)\.(?:mock|unmock|doMock|dontMock|doUnmock|setMock|deepUnmock|unstable_mockModule)"
    r"|(?:jest|vi)\.createMockFromModule|jest\.genMockFromModule|require\.resolve(?:\.paths)?|import\.meta\.resolve"
    r"|(?:td|proxyquire|mock)\.\w+|proxyquire|rewiremock|mockery\.registerMock"
)
"""Calls whose first argument names a module without giving it."""
_REFERENCE = re.compile(r'^///[ \t]*<reference[ \t]+types[ \t]*=[ \t]*["\']([^"\']+)["\']', re.MULTILINE)


def read_imports(reading: Reading) -> None:
    """Find every place that names one of the packages or a module of `elsewhere`, and what it binds."""
    for fragment in reading.root.find_all(kind="string_fragment", regex=_pattern(reading)):
        literal = fragment.parent()
        module = plain_string(literal)
        if literal is not None and module is not None:
            _read_place(reading, literal, module)
    _read_references(reading)


def _pattern(reading: Reading) -> str:
    roots = "|".join(re.escape(one) for one in sorted(reading.packages))
    others = "|".join(re.escape(one) for one in sorted(reading.elsewhere) if one not in ("", "()"))
    return f"^(?:(?:{roots})(?:/.*)?{'|' + others if others else ''})$"


def _read_place(reading: Reading, literal: SgNode, module: str) -> None:
    parent = literal.parent()
    kind = parent.kind() if parent is not None else ""
    if parent is None:
        return
    if kind == "import_statement":
        _read_import(reading, parent, literal, module)
    elif kind == "import_require_clause":
        _import_require(reading, parent, literal, module)
    elif kind == "export_statement":
        _read_reexport(reading, parent, literal, module)
    elif kind == "arguments":
        _read_call(reading, parent, literal, module)
    elif kind == "module":
        _string_use(reading, literal, f"{module}#*")


def _string_use(reading: Reading, literal: SgNode, symbol: str, binding: Binding | None = None) -> None:
    reading.add_use(
        Use(
            symbol=symbol,
            kind="string",
            span=span_of(literal),
            name=inner_span(literal),
            node=literal,
            binding=binding,
        )
    )


def _import_use(reading: Reading, node: SgNode, binding: Binding) -> None:
    reading.add_use(
        Use(
            symbol=binding.symbol,
            kind="import",
            span=binding.item,
            name=binding.name,
            node=node,
            binding=binding,
        )
    )


def _read_import(reading: Reading, statement: SgNode, literal: SgNode, module: str) -> None:
    clause = next((one for one in statement.named_children() if one.kind() == "import_clause"), None)
    typed = has_token(statement, "type", "typeof")
    if clause is None:
        _add(reading, statement, None, f"{module}#*", "module", statement, inner_span(literal), typed)
        return
    for part in clause.named_children():
        if part.kind() == "identifier":
            symbol = reading.exporting(module, "default")
            _add(reading, part, part, symbol, "default", statement, inner_span(literal), typed)
        elif part.kind() == "namespace_import":
            name = part.named_children()[-1]
            symbol = reading.exporting(module, "*")
            _add(reading, part, name, symbol, "namespace", statement, inner_span(literal), typed)
        elif part.kind() == "named_imports":
            for item in part.named_children():
                _named_import(reading, item, statement, module, typed)


def _named_import(reading: Reading, item: SgNode, statement: SgNode, module: str, typed: bool) -> None:
    name = item.field("name")
    if item.kind() != "import_specifier" or name is None:
        return
    word = plain_string(name) or name.text()
    form: Form = "default" if word == "default" else "member"
    local = item.field("alias") or name
    typed = typed or has_token(item, "type", "typeof")
    _add(reading, item, local, reading.exporting(module, word), form, statement, span_of(name), typed)


def _add(
    reading: Reading,
    item: SgNode,
    local: SgNode | None,
    symbol: str | None,
    form: Form,
    statement: SgNode,
    name: Span,
    typed: bool,
) -> None:
    if symbol is None:
        return
    cell = reading.names.cell_of(local) if local is not None else None
    binding = Binding(
        local=local.text() if local is not None else "",
        symbol=symbol,
        form=form,
        statement=span_of(statement),
        item=span_of(item),
        name=name,
        scope=cell.scope if cell is not None else span_of(reading.root),
        typing_only=typed,
    )
    reading.add_binding(binding, local)
    _import_use(reading, item, binding)


def _import_require(reading: Reading, clause: SgNode, literal: SgNode, module: str) -> None:
    name, statement = clause.named_children()[0], clause.parent()
    if statement is not None:
        symbol = reading.exporting(module, "default")
        typed = has_token(statement, "type")
        _add(reading, clause, name, symbol, "require", statement, inner_span(literal), typed)


def _read_reexport(reading: Reading, statement: SgNode, literal: SgNode, module: str) -> None:
    typed = has_token(statement, "type")
    parts = [one for one in statement.named_children() if one.kind() in ("export_clause", "namespace_export")]
    if not parts:
        _hand_on(reading, statement, statement, f"{module}#*", inner_span(literal), typed, "*")
    for part in parts:
        if part.kind() == "namespace_export":
            name = part.named_children()[-1].text()
            _hand_on(reading, part, statement, f"{module}#*", inner_span(literal), typed, name)
            continue
        for item in part.named_children():
            name_node = item.field("name")
            if item.kind() != "export_specifier" or name_node is None:
                continue
            word = plain_string(name_node) or name_node.text()
            alias = item.field("alias")
            symbol = reading.exporting(module, word)
            shown = alias.text() if alias is not None else word
            inline = typed or has_token(item, "type")
            _hand_on(reading, item, statement, symbol, span_of(name_node), inline, shown)


def _hand_on(
    reading: Reading,
    item: SgNode,
    statement: SgNode,
    symbol: str | None,
    name: Span,
    typed: bool,
    shown: str,
) -> None:
    if symbol is None:
        return
    _add(reading, item, None, symbol, "reexport", statement, name, typed)
    if reading.counts(symbol):
        reading.exported[shown] = symbol


def _read_call(reading: Reading, held: SgNode, literal: SgNode, module: str) -> None:
    call = held.parent()
    first = next((one for one in held.named_children() if one.kind() != "comment"), None)
    callee = call.field("function") if call is not None else None
    if call is None or callee is None or first != literal:
        return
    words = callee.text()
    if _VALUES.fullmatch(words) is None:
        if _STRINGS.fullmatch(words) is not None:
            _string_use(reading, literal, f"{module}#*")
        return
    if words == "require" and reading.names.cell_of(callee) is not None:
        return
    form: Form = "require" if words in ("require", "jest.requireActual", "jest.requireMock") else "namespace"
    symbol = f"{module}#{'default' if form == 'require' else '*'}"
    statement = statement_of(call)
    binding = Binding(
        local="",
        symbol=symbol,
        form=form,
        statement=span_of(statement),
        item=span_of(call),
        name=inner_span(literal),
        scope=span_of(reading.root),
    )
    if words == "require" or words == "import":
        reading.add_binding(binding, None)
    _string_use(reading, literal, symbol, binding)
    chains.follow(reading, call, Value(symbol, "sure", binding))


def _read_references(reading: Reading) -> None:
    """`/// <reference types="jest" />` at the head of the file."""
    if "<reference" not in reading.source.text:
        return
    for comment in reading.root.find_all(kind="comment", regex="^///"):
        found = _REFERENCE.match(comment.text())
        if found is not None:
            start = span_of(comment).start
            reading.add_use(
                Use(
                    symbol=f"{found[1]}#*",
                    kind="string",
                    span=Span(start + found.start(1) - 1, start + found.end(1) + 1),
                    name=Span(start + found.start(1), start + found.end(1)),
                    node=comment,
                )
            )
