"""Renames in Go: selectors, qualified types, members of values, methods."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.languages.go.file import GoFile
from upgrader.rulebook.symbols import lookup, matches
from upgrader.source.syntax import span_of
from upgrader.source.uses import Use


def rename_symbols(work: Pass, file: GoFile, table: dict[str, str]) -> None:
    """Rename every use that the table has, by its last name where the package stays the same one."""
    for use in work.uses.uses:
        target = lookup(table, use.symbol, work.same) if use.kind == "member" else None
        if target is None or target == use.symbol or not work.admits(use):
            continue
        marks = work.mark()
        if not _renamed(work, file, use, target):
            work.undo(marks)
            work.note(
                use.span, f"becomes {target}, whose name means something else in this file: change it by hand"
            )


def _renamed(work: Pass, file: GoFile, use: Use, target: str) -> bool:
    if "()" in use.symbol:
        work.change(use.name, target.rpartition("().")[2])
        return True
    path, _, name = target.partition("#")
    own = use.symbol.partition("#")[0]
    if name and file.is_same(own, path, work.same) and _depth(target) == _depth(use.symbol):
        work.change(use.name, name.rpartition(".")[2])
        return True
    spelled = file.spell(work, target, use.span.start)
    if spelled is None or "." in use.symbol.partition("#")[2]:
        return False
    work.change(use.span, spelled)
    return True


def _depth(symbol: str) -> int:
    return symbol.partition("#")[2].count(".")


def rename_methods(work: Pass, file: GoFile, table: dict[str, str], on: list[str]) -> None:
    """Rename methods of receivers that `on` names; without it, of any value in a file that imports the package."""
    if not on:
        _rename_on_any(work, file, table)
        return
    for use in work.uses.uses:
        owner, dot, name = use.symbol.rpartition(".")
        new = table.get(name) if dot and use.kind == "member" else None
        if new is not None and any(matches(pattern, owner, work.same) for pattern in on):
            work.mark()
            work.change(use.name, new)


def _rename_on_any(work: Pass, file: GoFile, table: dict[str, str]) -> None:
    if not any(binding.form != "local" for binding in work.uses.bindings):
        return
    for name, new in table.items():
        for node in methods_named(file, name):
            work.mark()
            work.change(span_of(node), new)


def methods_named(file: GoFile, name: str) -> Iterator[SgNode]:
    """The names after a dot that read so and are no package's by an import."""
    imported = {file.local_of(spec) for spec in file.specs}
    for node in file.names.members.get(name, ()):
        parent = node.parent()
        if (
            parent is not None
            and parent.kind() == "selector_expression"
            and not _of_package(parent, imported)
        ):
            yield node


def _of_package(selector: SgNode, imported: set[str]) -> bool:
    operand = selector.field("operand")
    return operand is not None and operand.kind() == "identifier" and operand.text() in imported
