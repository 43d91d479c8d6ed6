"""Calls of a Python file taken apart: callee, arguments, and the spans that adding and removing one needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from ast_grep_py import SgNode

from upgrader.rulebook.languages.python.lists import without
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_KINDS: dict[str, Literal["keyword", "star", "stars"]] = {
    "keyword_argument": "keyword",
    "list_splat": "star",
    "dictionary_splat": "stars",
}


class Arg(NamedTuple):
    """One argument as it is written."""

    kind: Literal["positional", "keyword", "star", "stars"]
    name: str
    """Of a keyword argument; "" otherwise."""
    node: SgNode
    span: Span
    name_span: Span
    value: SgNode
    value_span: Span


class Call(NamedTuple):
    """A call, a decorator with arguments, or the bases of a class."""

    node: SgNode
    listed: SgNode
    """The argument list, brackets included."""
    args: tuple[Arg, ...]
    partial: bool = False
    """The callee is the first argument of `functools.partial`, and is left out of `args`."""

    def keyword(self, name: str) -> Arg | None:
        """The keyword argument of that name."""
        return next((arg for arg in self.args if arg.kind == "keyword" and arg.name == name), None)

    def positional(self) -> list[Arg]:
        """The positional arguments before any `*unpacked` one."""
        found: list[Arg] = []
        for arg in self.args:
            if arg.kind == "star":
                break
            if arg.kind == "positional":
                found.append(arg)
        return found

    def has(self, kind: str) -> bool:
        """Whether there is an argument of the kind."""
        return any(arg.kind == kind for arg in self.args)


def call_of(use: Use) -> Call | None:
    """The call whose callee the use is: `f(...)`, `f[T](...)`, `partial(f, ...)`, `class A(f, key=...)`."""
    if use.kind not in ("name", "member") or use.node.kind() in ("string_content", "comment"):
        return None
    node = use.node
    above = node.parent()
    while above is not None and above.kind() in ("parenthesized_expression", "subscript"):
        first = above.field("value") if above.kind() == "subscript" else node
        if first is None or span_of(first) != span_of(node):
            return None
        node, above = above, above.parent()
    if above is None:
        return None
    if above.kind() == "call":
        callee, listed = above.field("function"), above.field("arguments")
        if callee is None or listed is None or span_of(callee) != span_of(node):
            return None
        return Call(above, listed, arguments_of(listed))
    return _as_argument(node, above) if above.kind() == "argument_list" else None


def _as_argument(node: SgNode, listed: SgNode) -> Call | None:
    """A class that is derived, or a callee handed to `partial`."""
    around = listed.parent()
    if around is None:
        return None
    args = arguments_of(listed)
    if around.kind() == "class_definition":
        return Call(around, listed, tuple(arg for arg in args if arg.kind != "positional"))
    callee = around.field("function")
    last = callee.text().rpartition(".")[2] if callee is not None else ""
    if last in ("partial", "partialmethod") and args and args[0].span == span_of(node):
        return Call(around, listed, args[1:], partial=True)
    return None


def arguments_of(listed: SgNode) -> tuple[Arg, ...]:
    """The arguments of a list, comments left out; a bare generator is one positional argument."""
    if listed.kind() == "generator_expression":
        span = span_of(listed)
        return (Arg("positional", "", listed, span, span, listed, span),)
    found: list[Arg] = []
    for node in listed.named_children():
        kind = node.kind()
        if kind in ("comment", "ERROR"):
            continue
        span = span_of(node)
        name, value = node.field("name"), node.field("value")
        if kind == "keyword_argument" and name is not None and value is not None:
            found.append(Arg("keyword", name.text(), node, span, span_of(name), value, span_of(value)))
        else:
            found.append(Arg(_KINDS.get(kind, "positional"), "", node, span, span, node, span))
    return tuple(found)


def removals(text: str, call: Call, gone: Collection[Span]) -> list[Span]:
    """The spans to delete so that the arguments with these spans go, with their commas and lines."""
    parts = [arg.span for arg in arguments_of(call.listed)]
    indices = [index for index, part in enumerate(parts) if part in gone]
    return without(text, parts, indices, span_of(call.listed).end - 1)


def insertion(text: str, call: Call, source: str) -> tuple[Span, str]:
    """Where an argument is put in at the end, and how it is written there: on its own line where the last one is.

    Before the first `**unpacked` one, after every other.
    """
    opening = span_of(call.listed).start + 1
    args = arguments_of(call.listed)
    first = next((arg for arg in args if arg.kind == "stars"), None)
    if first is not None:
        begin = text.rfind("\n", 0, first.span.start) + 1
        alone = not text[begin : first.span.start].strip()
        gap = f",\n{text[begin : first.span.start]}" if alone else ", "
        return Span(first.span.start, first.span.start), f"{source}{gap}"
    if not args:
        return Span(opening, opening), source
    last = args[-1].span
    begin = text.rfind("\n", 0, last.start) + 1
    indent = text[begin : last.start]
    newline = "\r\n" if text[begin - 2 : begin] == "\r\n" else "\n"
    if begin > opening and not indent.strip():
        return Span(last.end, last.end), f",{newline}{indent}{source}"
    return Span(last.end, last.end), f", {source}"
