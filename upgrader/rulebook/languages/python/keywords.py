"""The kind `keyword`: keyword arguments renamed, removed, negated, given other values, wrapped, added."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.rulebook.languages.python.calls import Arg, Call, call_of, insertion, removals
from upgrader.rulebook.languages.python.sheet import Sheet, is_certain
from upgrader.rulebook.languages.python.templates import Filled, filled_symbols
from upgrader.rulebook.pack import Keyword, RuleForm
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_SIMPLE = frozenset(
    (
        "identifier",
        "attribute",
        "call",
        "subscript",
        "parenthesized_expression",
        "true",
        "false",
        "integer",
        "string",
    )
)
"""What `not` may be put before as it stands."""


def change_keywords(sheet: Sheet, rule: RuleForm, form: Keyword) -> None:
    """Apply the table to the calls of every callee."""
    for use, pattern in sheet.of(form.of):
        call = call_of(use)
        edits = KeywordEdits(sheet, rule, form, call) if call is not None else None
        if edits is not None and edits.gather():
            edits.settle(use, is_certain(use, pattern))


class KeywordEdits:
    """The edits of one call; another kind may make them part of its own."""

    def __init__(self, sheet: Sheet, rule: RuleForm, form: Keyword, call: Call) -> None:
        self.sheet = sheet
        self.rule = rule
        self.form = form
        self.call = call
        self.edits: list[tuple[Span, str]] = []
        self.gone: list[Span] = []
        self.filled: list[Filled] = []

    def gather(self) -> bool:
        """Read the call; False when the form has nothing to say about it."""
        if any(self.call.keyword(name) is not None for name in self.form.unless) or not self._fits():
            return False
        for arg in self.call.args:
            if arg.kind == "keyword":
                self._one(arg)
        self._add()
        return True

    def settle(self, use: Use, certain: bool) -> None:
        """Make the edits an atom of their own, or tell why not."""
        form, sheet, rule = self.form, self.sheet, self.rule
        if not (self.edits or self.gone):
            if self.call.has("stars") and (form.rename or form.remove or form.invert) and certain:
                names = ", ".join(sorted({*form.rename, *form.remove, *form.invert}))
                sheet.note(rule.id, use.span, f"Arguments are unpacked here; look for {names} among them.")
            return
        if not certain:
            sheet.note(
                rule.id, use.span, rule.message or "This call may have arguments that changed; look at it."
            )
            return
        taken = next((new for new in self._new_names() if self.call.keyword(new) is not None), None)
        if taken is not None:
            sheet.note(rule.id, use.span, f"The call has `{taken}` already, beside the name it had before.")
            return
        self.apply(sheet.atom())

    def apply(self, atom: int) -> None:
        """Give the changes to the sheet as part of an atom."""
        sheet, rule = self.sheet, self.rule
        for span, text in self.edits:
            sheet.change(rule.id, atom, span, text)
        for span in removals(sheet.text, self.call, self.gone):
            sheet.change(rule.id, atom, span, "")
        for filled in self.filled:
            for symbol, local in filled.wants:
                sheet.want(rule.id, atom, symbol, local)

    def _fits(self) -> bool:
        for name, pattern in self.form.when.items():
            arg = self.call.keyword(name)
            if arg is None or re.fullmatch(pattern, arg.value.text(), re.DOTALL) is None:
                return False
        return True

    def _new_names(self) -> list[str]:
        tables = (*self.form.rename.items(), *self.form.invert.items())
        return [new for old, new in tables if self.call.keyword(old) is not None and new != old]

    def _one(self, arg: Arg) -> None:
        form = self.form
        if arg.name in form.remove:
            self.gone.append(arg.span)
            return
        name = form.rename.get(arg.name) or form.invert.get(arg.name) or arg.name
        if name != arg.name:
            self.edits.append((arg.name_span, name))
        value = self._value(arg, name)
        if value is not None and value != arg.value.text():
            self.edits.append((arg.value_span, value))

    def _value(self, arg: Arg, name: str) -> str | None:
        """The new source of the value; None to leave it."""
        if arg.name in self.form.invert:
            return negated(arg.value)
        changed = other_value(arg.value, self.form.values.get(name, {}))
        template = self.form.wrap.get(name)
        if template is None:
            return changed
        filled = filled_symbols(self.sheet, template, arg.span.start)
        if filled is None:
            self.sheet.note(
                self.rule.id, arg.span, "The names that the new form needs are taken in this file."
            )
            return changed
        self.filled.append(filled)
        before = template.partition("{}")[0]
        if arg.value.text().startswith(filled.text.partition("{}")[0]) and before:
            return changed
        return filled.text.replace("{}", changed or arg.value.text())

    def _add(self) -> None:
        """New keywords; not where unpacked arguments may bring them."""
        missing = {k: v for k, v in self.form.add.items() if self.call.keyword(k) is None}
        if not missing or self.call.has("stars") or self.call.node.kind() == "class_definition":
            return
        parts = []
        for name, value in missing.items():
            filled = filled_symbols(self.sheet, value, span_of(self.call.node).start)
            if filled is not None:
                self.filled.append(filled)
                parts.append(f"{name}={filled.text}")
        if parts and self.gone:
            self.edits.append((self.gone.pop(), ", ".join(parts)))
        elif parts:
            self.edits.append(insertion(self.sheet.text, self.call, ", ".join(parts)))


def negated(value: SgNode) -> str:
    """The source of `not value`."""
    text = value.text()
    if text in ("True", "False"):
        return "False" if text == "True" else "True"
    if value.kind() == "not_operator":
        inner = value.field("argument")
        return inner.text() if inner is not None else text
    return f"not {text}" if value.kind() in _SIMPLE else f"not ({text})"


def other_value(value: SgNode, table: dict[str, str]) -> str | None:
    """What a table makes of a value as it is written; a string keeps its quotes."""
    text = value.text()
    if value.kind() == "string":
        content = value.child(1)
        if content is not None and content.kind() == "string_content" and content.text() in table:
            whole, inner = span_of(value), span_of(content)
            head, tail = inner.start - whole.start, inner.end - whole.start
            return text[:head] + table[content.text()] + text[tail:]
    return table.get(text)
