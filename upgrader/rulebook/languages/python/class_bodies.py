"""The kinds `options` and `attribute`: what stands in the bodies of classes that derive from a package's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.rulebook.forms import Attribute, Options
from upgrader.rulebook.languages.python.calls import arguments_of, call_of
from upgrader.rulebook.languages.python.keywords import negated, other_value
from upgrader.rulebook.languages.python.lists import indent_of, own_lines
from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.rulebook.languages.python.spelling import spelled
from upgrader.rulebook.pack import RuleForm
from upgrader.source.python.annotations import split_at
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

LONGEST = 1000
"""Characters of an annotation that is looked into."""
WIDEST = 88
"""Characters of a line up to which a call is written on one."""


class Entry(NamedTuple):
    """One option: its new name, the source of its value, and the comment beside it."""

    name: str
    value: str
    comment: str


def classes_of(sheet: Sheet, of: list[str]) -> Iterator[tuple[SgNode, Use]]:
    """The classes of the file with one of the bases, once each, with the base as it is used there."""
    seen: set[int] = set()
    for use, _ in sheet.of(of):
        call = call_of(use)
        if call is not None and call.node.kind() == "class_definition":
            start = span_of(call.node).start
            if start not in seen:
                seen.add(start)
                yield call.node, use


def statements_of(node: SgNode) -> list[SgNode]:
    """The statements of a class's body, comments among them."""
    body = node.field("body")
    return body.named_children() if body is not None else []


def change_options(sheet: Sheet, rule: RuleForm, form: Options) -> None:
    """Turn the classes of options into attributes."""
    for outer, _ in classes_of(sheet, form.of):
        for statement in statements_of(outer):
            name = statement.field("name") if statement.kind() == "class_definition" else None
            if name is not None and name.text() == form.inner:
                _Inner(sheet, rule, form, outer, statement).work()


class _Inner:
    """One class of options."""

    def __init__(self, sheet: Sheet, rule: RuleForm, form: Options, outer: SgNode, node: SgNode) -> None:
        self.sheet = sheet
        self.rule = rule
        self.form = form
        self.outer = outer
        self.node = node

    def work(self) -> None:
        form, sheet = self.form, self.sheet
        entries = self._entries() if self._bases_fit() and not self._has_attribute() else None
        made = spelled(sheet, form.to, span_of(self.node).start, self._style())
        if entries is None or made is None:
            message = (
                self.rule.message
                or f"`class {form.inner}` has no exact equal here; write `{form.attribute}` by hand."
            )
            sheet.note(self.rule.id, span_of(self.node), message)
            return
        atom = sheet.atom()
        if not entries:
            sheet.change(self.rule.id, atom, *self._nothing())
            return
        where = span_of(self.node)
        end = where.start + len(sheet.text[where.start : where.end].rstrip())
        sheet.change(self.rule.id, atom, Span(where.start, end), self._written(made.text, entries))
        if made.symbol:
            sheet.want(self.rule.id, atom, made.symbol, made.local)

    def _style(self) -> Use | None:
        """The base class as it is written: `pydantic.BaseModel` asks for `pydantic.ConfigDict`."""
        return next((use for node, use in classes_of(self.sheet, self.form.of) if node == self.outer), None)

    def _bases_fit(self) -> bool:
        listed = self.node.field("superclasses")
        bases = list(arguments_of(listed)) if listed is not None else []
        above = self.outer.field("superclasses")
        of_outer = (
            {f"{base.node.text().partition('[')[0]}.{self.form.inner}" for base in arguments_of(above)}
            if above
            else set()
        )
        known = {use.span for use, _ in self.sheet.of(self.form.bases)}
        return all(
            base.kind == "positional" and (base.node.text() in (*of_outer, "object") or base.span in known)
            for base in bases
        )

    def _has_attribute(self) -> bool:
        lefts = [_assignment(statement) for statement in statements_of(self.outer)]
        return any(found is not None and found[0].text() == self.form.attribute for found in lefts)

    def _entries(self) -> list[Entry] | None:
        """The options in order; None when one of them, or a statement between them, can't be carried over."""
        found: list[Entry] = []
        leading = [node for node in self.node.named_children() if node.kind() == "comment"]
        for statement in [*leading, *statements_of(self.node)]:
            if statement.kind() == "pass_statement":
                continue
            if statement.kind() == "comment":
                self._comment(found, statement)
                continue
            pair = _assignment(statement)
            if pair is None or pair[1] is None or pair[0].text() in self.form.unless:
                return None
            if pair[0].text() not in self.form.remove:
                found.append(self._entry(pair[0].text(), pair[1]))
        names = [entry.name for entry in found if entry.name]
        return found if len(set(names)) == len(names) and not self._reads_own() else None

    def _comment(self, found: list[Entry], node: SgNode) -> None:
        """A comment beside an option stays beside it; one above goes with the next."""
        start = span_of(node).start
        begin = self.sheet.text.rfind("\n", 0, start) + 1
        if found and self.sheet.text[begin:start].strip():
            found[-1] = found[-1]._replace(comment=node.text().rstrip())
        else:
            found.append(Entry("", "", node.text().rstrip()))

    def _entry(self, name: str, value: SgNode) -> Entry:
        form = self.form
        new = form.rename.get(name) or form.invert.get(name) or name
        text = negated(value) if name in form.invert else other_value(value, form.values.get(new, {}))
        return Entry(new, text if text is not None else value.text(), "")

    def _reads_own(self) -> bool:
        """Whether an option's value reads another option, which is no name outside of the class."""
        scope = self.sheet.names.scope_of(self.node)
        own = [found[0].text() for one in statements_of(self.node) if (found := _assignment(one)) is not None]
        return scope is not None and any(
            scope.span.start <= start < scope.span.end
            for name in own
            for _, start in self.sheet.names.read(name).loads
        )

    def _nothing(self) -> tuple[Span, str]:
        """The span and text where no option is left: the class goes, its lines and the empty line before it."""
        span, text = span_of(self.node), self.sheet.text
        others = [one for one in statements_of(self.outer) if one.kind() != "comment" and one != self.node]
        if not others:
            return span, "pass"
        lines = own_lines(text, span.start, span.end)
        if lines is None:
            return span, "pass"
        start = lines.start
        while start > 0 and text[:start].endswith(("\n\n", "\n\r\n")):
            start -= 2 if text[:start].endswith("\r\n") else 1
        return Span(start, lines.end), ""

    def _written(self, callee: str, entries: list[Entry]) -> str:
        indent = indent_of(self.sheet.text, span_of(self.node).start)
        head = f"{self.form.attribute} = {callee}("
        line = head + ", ".join(f"{entry.name}={entry.value}" for entry in entries) + ")"
        plain = not any(entry.comment or "\n" in entry.value for entry in entries)
        if plain and len(indent) + len(line) <= WIDEST:
            return line
        newline = self.sheet.source.newline()
        step = "\t" if indent.startswith("\t") else " " * (len(indent) if len(indent) in (2, 4) else 4)
        lines = [head]
        for entry in entries:
            pair = f"{entry.name}={entry.value}," if entry.name else ""
            lines.append(f"{indent}{step}{pair}{'  ' if pair and entry.comment else ''}{entry.comment}")
        return newline.join([*lines, f"{indent})"])


def _assignment(statement: SgNode) -> tuple[SgNode, SgNode | None] | None:
    """The name and value of `name = value`, `name: T = value` or `name: T`."""
    inner = statement.child(0) if statement.kind() == "expression_statement" else None
    if inner is None or inner.kind() != "assignment":
        return None
    left, right = inner.field("left"), inner.field("right")
    return (left, right) if left is not None and left.kind() == "identifier" else None


def change_attributes(sheet: Sheet, rule: RuleForm, form: Attribute) -> None:
    """Give optional attributes the default that they had."""
    calls = {use.span: keyword for callee, keyword in form.calls.items() for use, _ in sheet.of([callee])}
    for outer, _ in classes_of(sheet, form.of):
        for statement in statements_of(outer):
            inner = statement.child(0) if statement.kind() == "expression_statement" else None
            kind = inner.field("type") if inner is not None and inner.kind() == "assignment" else None
            if inner is not None and kind is not None and _is_optional(kind.text()):
                _default(sheet, rule, form, inner, calls)


def _default(sheet: Sheet, rule: RuleForm, form: Attribute, inner: SgNode, calls: dict[Span, str]) -> None:
    left, right = inner.field("left"), inner.field("right")
    if left is None or left.kind() != "identifier" or left.text().startswith("_"):
        return
    if right is None:
        end = span_of(inner).end
        sheet.change(rule.id, sheet.atom(), Span(end, end), f" = {form.default}")
        return
    callee = right.field("function") if right.kind() == "call" else None
    listed = right.field("arguments") if callee is not None else None
    keyword = calls.get(span_of(callee)) if callee is not None else None
    if listed is None or keyword is None:
        return
    args = arguments_of(listed)
    if any(arg.kind != "keyword" or arg.name in (keyword, *form.unless) for arg in args):
        return
    start = args[0].span.start if args else span_of(listed).start + 1
    gap = ", " if args else ""
    if args and "\n" in sheet.text[span_of(listed).start : start]:
        begin = sheet.text.rfind("\n", 0, start) + 1
        gap = f",{sheet.source.newline()}{sheet.text[begin:start]}"
    sheet.change(rule.id, sheet.atom(), Span(start, start), f"{keyword}={form.default}{gap}")


def _is_optional(text: str) -> bool:
    """Whether an annotation allows None, or anything at all, at its top."""
    if len(text) > LONGEST:
        return False
    text = text.strip().strip("\"'").strip()
    parts = [part.strip() for part, _ in split_at(text, "|")]
    if len(parts) > 1:
        return any(part in ("None", "Any") or _is_optional(part) for part in parts)
    head, bracket, rest = text.partition("[")
    last = head.strip().rpartition(".")[2]
    if not bracket:
        return last in ("Any", "Optional") or text == "None"
    arguments = [part.strip() for part, _ in split_at(rest.rstrip()[:-1], ",")]
    if last == "Union":
        return any(part == "None" or _is_optional(part) for part in arguments)
    return last == "Optional" or (last in ("Annotated", "Final") and _is_optional(arguments[0]))
