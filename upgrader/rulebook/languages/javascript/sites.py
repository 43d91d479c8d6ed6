"""The statements that import: their items and specifier, in ESM and CommonJS alike; and how items are taken out."""

from __future__ import annotations

import re

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.rulebook.languages.javascript.draft import Atom
from upgrader.source.javascript.shapes import has_token, is_interop, plain_string, unwrap
from upgrader.source.syntax import Span, span_of

_LINE_REST = re.compile(r"[ \t]*,?[ \t]*(?://[^\n]*|/\*[^\n]*?\*/[ \t]*)?\r?\n")
_GIVING = frozenset({"import", "jest.requireActual", "jest.requireMock", "require", "vi.importActual"})


class Site(Struct, frozen=True, kw_only=True):
    """One statement (or declarator) that takes things from one module."""

    style: str
    """`import`, `export` or `require`."""
    node: SgNode
    """The import or export statement, or the variable declarator."""
    literal: SgNode
    """The specifier with its quotes."""
    items: tuple[SgNode, ...]
    """Default name, namespace, specifiers; the properties of a destructuring pattern, or its single name."""
    loose: str = ""
    """The module, where no specifier stands in the statement."""

    @property
    def braced(self) -> tuple[SgNode, ...]:
        """The items inside braces."""
        return tuple(one for one in self.items if one.kind() not in ("identifier", "namespace_import"))

    @property
    def module(self) -> str:
        """The specifier."""
        return self.loose or plain_string(self.literal) or ""


def site_of(node: SgNode) -> Site | None:
    """The site that an import item belongs to; None for one that is no plain import."""
    for above in [node, *node.ancestors()]:
        kind = above.kind()
        if kind == "import_statement":
            return _import_site(above)
        if kind == "export_statement":
            source = above.field("source")
            clause = next((one for one in above.named_children() if one.kind() == "export_clause"), None)
            if source is None or clause is None:
                return None
            return Site(style="export", node=above, literal=source, items=_named(clause, "export_specifier"))
        if kind == "variable_declarator":
            return _require_site(above)
        if kind.endswith("_statement"):
            return None
    return None


def _named(clause: SgNode, kind: str) -> tuple[SgNode, ...]:
    return tuple(one for one in clause.named_children() if one.kind() == kind)


def _import_site(statement: SgNode) -> Site | None:
    source = statement.field("source")
    clause = next((one for one in statement.named_children() if one.kind() == "import_clause"), None)
    if source is None or clause is None:
        return None
    items: list[SgNode] = []
    for part in clause.named_children():
        if part.kind() == "named_imports":
            items += _named(part, "import_specifier")
        elif part.kind() != "comment":
            items.append(part)
    return Site(style="import", node=statement, literal=source, items=tuple(items))


def _require_site(declarator: SgNode) -> Site | None:
    pattern, value = declarator.field("name"), declarator.field("value")
    if pattern is None or value is None:
        return None
    call = unwrap(value)
    while call.kind() == "call_expression" and is_interop(call):
        held = call.field("arguments")
        call = held.named_children()[0] if held is not None and held.named_children() else value
    callee, held = call.field("function"), call.field("arguments")
    if callee is None or held is None or callee.text() not in _GIVING:
        return None
    literal = next((one for one in held.named_children() if one.kind() != "comment"), None)
    if literal is None or plain_string(literal) is None:
        return None
    items: tuple[SgNode, ...] = (pattern,)
    if pattern.kind() == "object_pattern":
        items = tuple(one for one in pattern.named_children() if one.kind() != "comment")
    return Site(style="require", node=declarator, literal=literal, items=items)


def is_typed(site: Site, item: SgNode) -> bool:
    """Whether an item is imported for types alone."""
    return site.style != "require" and (has_token(site.node, "type") or has_token(item, "type"))


def local_name(item: SgNode) -> str:
    """The name that an item binds; "" for a nested pattern."""
    if item.kind() in ("import_specifier", "export_specifier"):
        named = item.field("alias") or item.field("name")
        return named.text() if named is not None else ""
    if item.kind() == "namespace_import":
        return item.named_children()[-1].text()
    inner = item.field("value") if item.kind() == "pair_pattern" else item
    if inner is not None and inner.kind() in ("assignment_pattern", "object_assignment_pattern"):
        inner = inner.field("left")
    plain = inner is not None and inner.kind() in ("identifier", "shorthand_property_identifier_pattern")
    return inner.text() if plain and inner is not None else ""


def take_out(atom: Atom, text: str, site: Site, gone: list[SgNode]) -> bool:
    """Remove items from the site, with the commas that go with them; the whole statement when none stays.

    False where the layout is not one that can be cut (a nested pattern, a default import before a namespace).
    """
    spans = {span_of(one) for one in gone}
    kept = [one for one in site.items if span_of(one) not in spans]
    if not kept:
        atom.replace(whole_line(text, _statement_span(site)), "")
        return True
    braced = site.braced
    loose = [one for one in gone if one.kind() in ("identifier", "namespace_import")]
    if loose:
        return _take_default(atom, site, loose, spans)
    if all(span_of(one) in spans for one in braced):
        # `import D, { a } from "d"`: the braces go, and the comma before them.
        clause = braced[0].parent()
        before = kept[-1]
        if clause is not None:
            atom.replace(Span(span_of(before).end, span_of(clause).end), "")
        return clause is not None
    for start, end in _runs(braced, spans):
        _cut_run(atom, text, braced, start, end)
    return True


def _take_default(atom: Atom, site: Site, loose: list[SgNode], spans: set[Span]) -> bool:
    """`import D, { a } from "d"` without `D`."""
    first = site.items[0]
    if len(loose) != 1 or loose[0] != first or len(spans) > 1 or len(site.items) < 2:
        return False
    following = site.items[1].parent() if site.braced else site.items[1]
    if following is None:
        return False
    atom.replace(Span(span_of(first).start, span_of(following).start), "")
    return True


def _runs(items: tuple[SgNode, ...], gone: set[Span]) -> list[tuple[int, int]]:
    """Half-open ranges of neighbouring items that go."""
    runs: list[tuple[int, int]] = []
    for index, item in enumerate(items):
        if span_of(item) not in gone:
            continue
        if runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _cut_run(atom: Atom, text: str, items: tuple[SgNode, ...], start: int, end: int) -> None:
    first, last = span_of(items[start]).start, span_of(items[end - 1]).end
    line = text.rfind("\n", 0, first) + 1
    rest = _LINE_REST.match(text, last)
    if line and not text[line:first].strip() and rest is not None:
        # Lines of their own go whole, so that a comment stays with the item that it stands beside.
        atom.replace(Span(line, rest.end()), "")
    elif start == 0:
        atom.replace(Span(first, span_of(items[end]).start), "")
    else:
        atom.replace(Span(span_of(items[start - 1]).end, last), "")


def is_exported(site: Site) -> bool:
    """Whether the statement hands its names on: `export const { a } = require("d")`."""
    return any(above.kind() == "export_statement" for above in site.node.ancestors()[:2])


def is_lazy(site: Site) -> bool:
    """Whether the module is loaded where and when this runs: a `require` in a function or a branch, an `import()`."""
    if site.style != "require":
        return False
    called = site.node.field("value")
    nested = any(above.kind() in ("arrow_function", "statement_block") for above in site.node.ancestors())
    return nested or (called is not None and "import(" in called.text())


def _statement_span(site: Site) -> Span:
    """The statement; of `const a = require("a"), b = 1` only the declarator with its comma."""
    if site.style != "require":
        return span_of(site.node)
    whole = site.node.parent()
    if whole is None:
        return span_of(site.node)
    others = [one for one in whole.named_children() if one.kind() == "variable_declarator"]
    if len(others) == 1:
        return span_of(whole)
    at = others.index(site.node)
    if at == 0:
        return Span(span_of(others[0]).start, span_of(others[1]).start)
    return Span(span_of(others[at - 1]).end, span_of(others[at]).end)


def whole_line(text: str, span: Span) -> Span:
    """The span with its line's indent and line ending, if nothing else stands on the line."""
    start, end = span
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    if (start > 0 and text[start - 1] not in "\r\n") or (end < len(text) and text[end] not in "\r\n"):
        return span
    if text.startswith("\r\n", end):
        return Span(start, end + 2)
    return Span(start, end + 1 if end < len(text) else end)
