"""Imports that a Rust rule asks for by themselves: added, dropped, and traits put beside or in place of others."""

from __future__ import annotations

from upgrader.rulebook.languages.base import Freed
from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.languages.rust.file import RustFile
from upgrader.rulebook.languages.rust.trees import without
from upgrader.rulebook.pack import Imported
from upgrader.rulebook.symbols import covers, matches
from upgrader.source.rust.use_trees import Leaf
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Binding, Use


def edit_imported(work: Pass, file: RustFile, form: Imported) -> None:
    """Apply an `imported` rule; see `pack.Imported`."""
    if form.add and form.remove and form.when:
        for binding in work.uses.bindings:
            if binding.form in {"member", "reexport"} and binding.symbol in form.remove:
                _beside(work, file, form, binding)
        return
    if form.when and not any(
        covers(one, use.symbol, work.same) for one in form.when for use in work.uses.uses
    ):
        return
    work.mark()
    for symbol in form.add:
        if not any(one.symbol == symbol for one in work.uses.bindings):
            work.want(symbol, symbol.rpartition("::")[2])
    for symbol in form.remove:
        work.freed.append(Freed(symbol=symbol, rule=work.rule.id))


def _beside(work: Pass, file: RustFile, form: Imported, binding: Binding) -> None:
    """One import of an old trait: the new one comes beside it, or takes its place."""
    leaf = file.leaf_at.get(binding.item)
    seen = [use for use in work.uses.uses if _is_in(file, binding, use)]
    if leaf is None or not any(_is_one(work, use, form.when) for use in seen):
        return
    work.mark()
    there = [symbol for symbol in form.add if _is_there(work, file, symbol, binding)]
    missing = [symbol for symbol in form.add if symbol not in there]
    named = any(use.kind == "name" and use.binding == binding for use in seen)
    kept = named or binding.form == "reexport" or any(_is_one(work, use, form.unless) for use in seen)
    if not missing and not kept:
        without(work, [leaf])
    elif missing:
        _put(work, leaf, [symbol.rpartition("::")[2] for symbol in missing], kept=kept)


def _is_in(file: RustFile, binding: Binding, use: Use) -> bool:
    at = use.span.start
    module = file.names.module_at(binding.item.start)
    return binding.scope.start <= at < binding.scope.end and file.names.reaches(at, module)


def _is_one(work: Pass, use: Use, patterns: list[str]) -> bool:
    return use.kind != "import" and any(matches(one, use.symbol, work.same) for one in patterns)


def _is_there(work: Pass, file: RustFile, symbol: str, beside: Binding) -> bool:
    at = file.names.module_at(beside.item.start)
    return any(
        one.symbol == symbol and one.scope == beside.scope and file.names.module_at(one.item.start) == at
        for one in work.uses.bindings
    )


def _put(work: Pass, leaf: Leaf, names: list[str], *, kept: bool) -> None:
    """The new names where the old one stands; as `as _` where it stands so."""
    last, item = span_of(leaf.segments[-1]), span_of(leaf.item)
    ending = " as _" if leaf.alias == "_" else ""
    written = [f"{name}{ending}" for name in names]
    whole = Span(last.start, item.end)
    if kept:
        written = sorted([*written, work.text(whole)])
    parent = leaf.item.parent()
    in_list = parent is not None and parent.kind() == "use_list" and len(leaf.segments) > 1
    if len(written) == 1:
        work.change(whole, written[0])
    elif in_list and last.start == item.start:
        work.change(whole, ", ".join(written))
    else:
        work.change(whole, "{" + ", ".join(written) + "}")
