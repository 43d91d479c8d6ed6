"""The kinds `argument` and `text`: positional arguments named, reordered, dropped, put in, wrapped; strings changed."""

from __future__ import annotations

import re

from upgrader.rulebook.languages.python.calls import Arg, Call, call_of, insertion, removals
from upgrader.rulebook.languages.python.sheet import Sheet, is_certain
from upgrader.rulebook.languages.python.templates import argument, filled_symbols
from upgrader.rulebook.pack import Argument, RuleForm, Text
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use


def change_arguments(sheet: Sheet, rule: RuleForm, form: Argument) -> None:
    """Apply the form to the calls of every callee; positions are those of the call as it stands."""
    for use, pattern in sheet.of(form.of):
        call = call_of(use)
        if call is None or call.node.kind() != "call" or call.listed.kind() != "argument_list":
            continue
        _Positions(sheet, rule, form, call, use).work(is_certain(use, pattern))


class _Positions:
    """One call."""

    def __init__(self, sheet: Sheet, rule: RuleForm, form: Argument, call: Call, use: Use) -> None:
        self.sheet = sheet
        self.rule = rule
        self.form = form
        self.call = call
        self.use = use
        self.args = call.positional()
        self.edits: list[tuple[Span, str]] = []
        self.wants: list[tuple[str, str]] = []

    def work(self, certain: bool) -> None:
        form = self.form
        if self.call.has("star"):
            if certain and not form.when:
                self._note("Arguments are unpacked here; their positions have changed.")
            return
        if (form.count and len(self.args) not in form.count) or not self._fits():
            return
        why = self._collect()
        gone = [self.args[at].span for at in form.drop if at < len(self.args)]
        if why or ((self.edits or gone) and not certain):
            self._note(why or self.rule.message or "The arguments of this call may have changed.")
        elif self.edits or gone:
            self._settle(gone)

    def _settle(self, gone: list[Span]) -> None:
        sheet, atom = self.sheet, self.sheet.atom()
        together: dict[Span, str] = {}
        for span, text in self.edits:
            together[span] = together.get(span, "") + text
        for span, text in together.items():
            sheet.change(self.rule.id, atom, span, text)
        for span in removals(sheet.text, self.call, gone):
            sheet.change(self.rule.id, atom, span, "")
        for symbol, local in self.wants:
            sheet.want(self.rule.id, atom, symbol, local)

    def _note(self, message: str) -> None:
        self.sheet.note(self.rule.id, self.use.span, message)

    def _fits(self) -> bool:
        return all(
            at < len(self.args) and re.fullmatch(pattern, self.args[at].value.text(), re.DOTALL)
            for at, pattern in self.form.when.items()
        )

    def _collect(self) -> str:
        """Gather the edits; gives the reason why they can't be made, or ""."""
        return self._order() or self._insert() or self._name() or self._wrap()

    def _order(self) -> str:
        order = self.form.order
        if not order or len(order) != len(self.args):
            return ""
        for at, source in enumerate(order):
            if at != source:
                self.edits.append((self.args[at].span, self.args[source].node.text()))
        return ""

    def _name(self) -> str:
        """A positional argument after a named one is no Python, so all that follow have to be named too."""
        named = [at for at in self.form.name if at < len(self.args)]
        if not named:
            return ""
        left = [
            at for at in range(min(named), len(self.args)) if at not in named and at not in self.form.drop
        ]
        if left:
            return "An argument has to be named now, and one after it that has no name yet can't stay where it is."
        for at in named:
            name = self.form.name[at]
            if self.call.keyword(name) is not None:
                return f"The call has `{name}` already, beside the same argument by position."
            start = self.args[at].span.start
            self.edits.append((Span(start, start), f"{name}="))
        return ""

    def _wrap(self) -> str:
        for at, template in self.form.wrap.items():
            if at >= len(self.args):
                continue
            arg = self.args[at]
            filled = filled_symbols(self.sheet, template, arg.span.start)
            if filled is None:
                return "The names that the new form needs are taken in this file."
            before, _, after = filled.text.partition("{}")
            text = arg.value.text()
            if before and text.startswith(before) and text.endswith(after):
                continue
            self.wants += filled.wants
            self.edits.append((Span(arg.span.start, arg.span.start), before))
            self.edits.append((Span(arg.span.end, arg.span.end), after))
        return ""

    def _insert(self) -> str:
        for at, template in self.form.insert.items():
            if at > len(self.args):
                continue
            filled = filled_symbols(self.sheet, template, span_of(self.call.node).start)
            if filled is None:
                return "The names that the new form needs are taken in this file."
            self.wants += filled.wants
            if at < len(self.args):
                start = self.args[at].span.start
                self.edits.append((Span(start, start), f"{filled.text}, "))
            else:
                self.edits.append(self._at_end(filled.text))
        return ""

    def _at_end(self, source: str) -> tuple[Span, str]:
        """After the last positional argument, before the first keyword."""
        keyword = next((arg for arg in self.call.args if arg.kind == "keyword"), None)
        if keyword is None:
            return insertion(self.sheet.text, self.call, source)
        return Span(keyword.span.start, keyword.span.start), f"{source}, "


def change_texts(sheet: Sheet, rule: RuleForm, form: Text) -> None:
    """Change the inside of string literals among the arguments."""
    find = re.compile(form.find)
    for use, pattern in sheet.of(form.of):
        call = call_of(use)
        if call is None:
            continue
        asked = [argument(call, str(name)) for name in form.argument] or list(call.args)
        for arg in asked:
            if arg is not None:
                _strings(sheet, rule, form, find, use, arg, is_certain(use, pattern))


def _strings(
    sheet: Sheet, rule: RuleForm, form: Text, find: re.Pattern[str], use: Use, arg: Arg, certain: bool
) -> None:
    if arg.value.kind() not in ("string", "concatenated_string"):
        return
    for content in arg.value.find_all(kind="string_content"):
        text = content.text()
        new = find.sub(form.replace, text)
        if new == text:
            continue
        if certain:
            sheet.change(rule.id, sheet.atom(), span_of(content), new)
        else:
            sheet.note(rule.id, use.span, rule.message or "A string in this call may have to change.")
