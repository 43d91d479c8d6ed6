"""Flags of Go and Rust: the places of symbols, methods and calls; each language adds its struct fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Note
from upgrader.rulebook.languages.calls import arguments_of, call_of
from upgrader.rulebook.pack import FlagForm
from upgrader.rulebook.symbols import Same, matches
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use, Uses

Value = TypeVar("Value")
Fields = Callable[[Use], Iterable[tuple[str, Span]]]
"""The fields that a struct literal of the use's type gives, each with its place."""
Methods = Callable[[str], Iterable[SgNode]]
"""The names after a dot that read so and belong to no package by an import."""


def flag(
    uses: Uses, flags: Sequence[FlagForm], same: Same, fields: Fields, methods: Methods
) -> tuple[Note, ...]:
    """Every place that a flag names, in order of flags and position, each place once per flag."""
    found: dict[tuple[str, Span], Note] = {}
    for form in flags:
        for span in _places(form, uses, same, fields, methods):
            found.setdefault((form.id, span), Note(span=span, rule=form.id, message=form.message))
    return tuple(found.values())


def _places(form: FlagForm, uses: Uses, same: Same, fields: Fields, methods: Methods) -> Iterator[Span]:
    for use in uses.uses:
        if use.kind != "import" and any(matches(one, use.symbol, same) for one in form.symbols):
            yield use.span
        elif use.kind == "import" and any(matches(one, use.symbol, same) for one in form.symbols):
            yield use.name
        yield from _fields(form.keyword, use, same, fields)
        counts = _of(form.count, use, same)
        call = call_of(use) if counts is not None else None
        if counts is not None and call is not None and len(arguments_of(call)) in counts:
            yield use.span
    if any(binding.form != "local" for binding in uses.bindings):
        for name in form.methods:
            for node in methods(name):
                yield span_of(node)


def _fields(keyword: Mapping[str, list[str]], use: Use, same: Same, fields: Fields) -> Iterator[Span]:
    names = _of(keyword, use, same)
    if names == []:
        yield use.span
    elif names is not None:
        for name, span in fields(use):
            if name in names:
                yield span
    owner, _, last = use.symbol.rpartition(".")
    for pattern, listed in keyword.items():
        if last in listed and matches(f"{pattern.removesuffix('()')}()", owner, same):
            yield use.name


def _of(table: Mapping[str, Value], use: Use, same: Same) -> Value | None:
    if use.kind == "import":
        return None
    return next((value for pattern, value in table.items() if matches(pattern, use.symbol, same)), None)
