"""The kind `decorator`: a decorator renamed with its arguments, and the function under it made to fit."""

from __future__ import annotations

import re
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.rulebook.forms import Decorator
from upgrader.rulebook.languages.python.calls import Call, call_of
from upgrader.rulebook.languages.python.keywords import KeywordEdits
from upgrader.rulebook.languages.python.lists import indent_of, without
from upgrader.rulebook.languages.python.sheet import Sheet, is_certain
from upgrader.rulebook.languages.python.spelling import Spelling, spelled
from upgrader.rulebook.pack import Keyword, RuleForm
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use


class Place(NamedTuple):
    """A decorator and the function under it."""

    use: Use
    call: Call | None
    """None for a bare decorator."""
    function: SgNode


class CannotBe(Exception):
    """Why the function does not allow the edit, as a sentence."""


def change_decorators(sheet: Sheet, rule: RuleForm, form: Decorator) -> None:
    """Apply the form to every place where the decorator stands."""
    keyword = Keyword(
        of=form.of, rename=form.rename, remove=form.remove, values=form.values, add=form.add, unless=form.without,
        when=form.when,
    )  # fmt: skip
    for use, pattern in sheet.of(form.of):
        place = _place(sheet, use)
        if place is not None and is_certain(use, pattern):
            _One(sheet, rule, form, place).work(keyword)


def _place(sheet: Sheet, use: Use) -> Place | None:
    call = call_of(use)
    top = call.node if call is not None and call.node.kind() == "call" else use.node
    above = top.parent()
    if above is not None and above.kind() == "decorator":
        around = above.parent()
        function = around.field("definition") if around is not None else None
        good = function is not None and function.kind() == "function_definition"
        return Place(use, call, function) if good and function is not None else None
    if above is None or above.kind() != "call" or call is None or above.field("function") != top:
        return None
    return _reused(sheet, use, call, above)


def _reused(sheet: Sheet, use: Use, call: Call, above: SgNode) -> Place | None:
    """`name = decorator(...)(function)`."""
    listed = above.field("arguments")
    given = listed.named_children() if listed is not None else []
    if len(given) != 1 or given[0].kind() != "identifier":
        return None
    bounds = sheet.names.reaching(given[0].text(), span_of(given[0]).start)
    found = bounds[0].holder if len(bounds) == 1 and bounds[0].role == "def" else None
    return Place(use, call, found) if found is not None else None


class _One:
    """One decorator."""

    def __init__(self, sheet: Sheet, rule: RuleForm, form: Decorator, place: Place) -> None:
        self.sheet = sheet
        self.rule = rule
        self.form = form
        self.place = place
        self.edits: list[tuple[Span, str]] = []
        self.wants: list[Spelling] = []

    def work(self, keyword: Keyword) -> None:
        place, sheet = self.place, self.sheet
        edits = KeywordEdits(sheet, self.rule, keyword, place.call) if place.call is not None else None
        if edits is not None and not edits.gather():
            return
        if edits is None and (self.form.when or not (self.form.to or self.form.add)):
            return
        try:
            self._unless()
            self._name()
            self._function()
        except CannotBe as fault:
            sheet.note(self.rule.id, place.use.span, self.rule.message or str(fault))
            return
        self._settle(edits)

    def _settle(self, edits: KeywordEdits | None) -> None:
        sheet, atom = self.sheet, self.sheet.atom()
        for span, text in self.edits:
            sheet.change(self.rule.id, atom, span, text)
        if edits is not None:
            edits.apply(atom)
        elif self.form.add:
            end = self.place.use.span.end
            given = ", ".join(f"{name}={value}" for name, value in self.form.add.items())
            sheet.change(self.rule.id, atom, Span(end, end), f"({given})")
        for want in self.wants:
            if want.symbol:
                sheet.want(self.rule.id, atom, want.symbol, want.local)

    def _unless(self) -> None:
        for name, pattern in self.form.unless.items():
            arg = self.place.call.keyword(name) if self.place.call is not None else None
            if arg is not None and re.fullmatch(pattern, arg.value.text(), re.DOTALL):
                raise CannotBe(f"`{name}` has no exact equal; write the function anew by hand.")
        if self.place.call is not None and self.place.call.has("stars"):
            raise CannotBe("The decorator's arguments are unpacked here; look at them.")

    def _name(self) -> None:
        if self.form.to:
            made = self._spelled(self.form.to)
            self.edits.append((self.place.use.span, made.text))

    def _spelled(self, symbol: str) -> Spelling:
        made = spelled(self.sheet, symbol, self.place.use.span.start, self.place.use)
        if made is None:
            raise CannotBe(f"The names that `{symbol}` needs are taken in this file.")
        self.wants.append(made)
        return made

    def _function(self) -> None:
        function = self.place.function
        if self.form.takes is not None or self.form.parameters:
            self._parameters(function)
        above = function.parent()
        decorators = above.children() if above is not None and above.kind() == "decorated_definition" else []
        there = {node.text()[1:].strip() for node in decorators if node.kind() == "decorator"}
        if not decorators or there & {"classmethod", "staticmethod"}:
            return
        start = span_of(function).start
        for name in self.form.under:
            line = f"@{name}{self.sheet.source.newline()}{indent_of(self.sheet.text, start)}"
            if self.sheet.once((name, start)):
                self.edits.append((Span(start, start), line))

    def _parameters(self, function: SgNode) -> None:
        listed = function.field("parameters")
        nodes = [node for node in (listed.named_children() if listed else []) if node.kind() != "comment"]
        names = [_parameter_name(node) for node in nodes]
        roots = {key.partition(".")[0] for key in self.form.parameters}
        special = [at for at, name in enumerate(names) if at > 1 and name in roots]
        plain = len(names) - len(special)
        if "" in names or (self.form.takes is not None and plain > self.form.takes):
            raise CannotBe(
                "The function takes parameters that are not given any more; write it anew by hand."
            )
        if listed is None or not special:
            return
        new = {value.partition(".")[0] for value in self.form.parameters.values()}.pop()
        if new in names or self.sheet.names.read(new).bound or self._binds(function, names, special):
            raise CannotBe("The function's names are in the way of its new parameter; write it anew by hand.")
        annotated = any("type" in node.kind() for node in nodes)
        text = (
            f"{new}: {self._spelled(self.form.types[new]).text}"
            if annotated and new in self.form.types
            else new
        )
        self.edits.append((span_of(nodes[special[0]]), text))
        closing = span_of(listed).end - 1
        for span in without(self.sheet.text, [span_of(node) for node in nodes], special[1:], closing):
            self.edits.append((span, ""))
        for at in special:
            self._uses(function, names[at])

    def _binds(self, function: SgNode, names: list[str], special: list[int]) -> bool:
        """Whether the function gives one of the parameters another value, or the name to something else."""
        where = span_of(function)
        for at in special:
            bounds = self.sheet.names.read(names[at]).bound.values()
            inside = [b for group in bounds for b in group if where.start <= b.start < where.end]
            if len(inside) != 1:
                return True
        return False

    def _uses(self, function: SgNode, name: str) -> None:
        where = span_of(function)
        for node, start in self.sheet.names.read(name).loads:
            if not where.start <= start < where.end:
                continue
            whole = self.form.parameters.get(name)
            if whole is not None:
                self.edits.append((span_of(node), whole))
                continue
            above = node.parent()
            member = above.text() if above is not None and above.kind() == "attribute" else ""
            if above is None or member not in self.form.parameters:
                raise CannotBe(
                    f"`{name}` has no equal for all that the function does with it; write it anew by hand."
                )
            self.edits.append((span_of(above), self.form.parameters[member]))


def _parameter_name(node: SgNode) -> str:
    """The name of a plain parameter; "" for `*args`, `**kwargs`, `*` and `/`."""
    kind = node.kind()
    if kind == "identifier":
        return node.text()
    if kind in ("default_parameter", "typed_default_parameter"):
        name = node.field("name")
        return name.text() if name is not None else ""
    first = node.child(0) if kind == "typed_parameter" else None
    return first.text() if first is not None and first.kind() == "identifier" else ""
