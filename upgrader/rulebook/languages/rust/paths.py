"""Renames of Rust paths: items, modules and crates, in `use` trees and where they are used; and of methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ast_grep_py import SgNode

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.languages.rust.file import RustFile
from upgrader.rulebook.languages.rust.trees import without
from upgrader.rulebook.symbols import lookup, matches, spellings
from upgrader.source.rust.tokens import is_called
from upgrader.source.rust.use_trees import Leaf
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use


def rename_paths(work: Pass, file: RustFile, table: Mapping[str, str]) -> None:
    """Rename every use that the table has: by its last name where the module stays, else by a new path."""
    imports: dict[Span, list[tuple[Use, str]]] = {}
    for use in work.uses.uses:
        target = lookup(table, use.symbol, work.same)
        if target is None or target == use.symbol:
            continue
        if use.kind == "import" and use.binding is not None:
            imports.setdefault(use.binding.item, []).append((use, target))
        elif use.kind == "member" and work.admits(use):
            _rename_member(work, file, use, target)
    done: set[Span] = set()
    for item, found in imports.items():
        for use, target in found:
            if use.name in done:
                continue
            done.add(use.name)
            _rename_import(work, file, item, use, target)
    _rename_globbed(work, file, table)


def _last(symbol: str) -> str:
    return symbol.rpartition("::")[2].rpartition(".")[2]


def _parent(symbol: str) -> str:
    return symbol.rpartition("::")[0]


def _stays(file: RustFile, use: Use, target: str) -> bool:
    """Whether only the last name changes; a module that other rules move counts as the same."""
    return bool(_below(file, use, target))


def _below(file: RustFile, use: Use, target: str) -> str:
    """The target as it is written behind the path that the use's last name stands behind; "" where it is elsewhere."""
    owner = _parent(use.symbol)
    for path in (owner, file.moved(owner), *spellings(owner, file.same)):
        if path and target.startswith(f"{path}::"):
            return target[len(path) + 2 :]
    return target if not owner and "::" not in target else ""


def _rename_member(work: Pass, file: RustFile, use: Use, target: str) -> None:
    work.mark()
    if "()" in use.symbol or _stays(file, use, target):
        work.change(use.name, _last(target) if "()" in use.symbol else _below(file, use, target))
        return
    marks = work.mark()
    if _starts_with_crate(work, use):
        head = use.span.start if work.text(use.span)[:2] != "::" else use.span.start + 2
        work.change(Span(head, use.name.end), target)
        return
    spelled = file.spell(work, target, use.span.start)
    if spelled is None:
        work.undo(marks)
        work.note(
            use.span, f"becomes {target}, whose crate's name means something else here: change it by hand"
        )
    else:
        work.change(use.span, spelled)


def _starts_with_crate(work: Pass, use: Use) -> bool:
    """Whether the whole path is written out, and not among a macro's tokens."""
    written = work.text(use.span).removeprefix("::").replace(" ", "")
    return written == use.symbol


def _rename_import(work: Pass, file: RustFile, item: Span, use: Use, target: str) -> None:
    """One name of a `use` tree; its last name takes the bare uses with it."""
    leaf = file.leaf_at.get(item)
    binding = use.binding
    if leaf is None or binding is None:
        return
    is_last = bool(leaf.segments) and span_of(leaf.segments[-1]) == use.name and not leaf.glob
    marks = work.mark()
    if not _stays(file, use, target) and not _moved(work, file, leaf, use, target):
        work.undo(marks)
        return
    if not is_last or leaf.alias or leaf.is_public():
        if _stays(file, use, target):
            suffix = f" as {leaf.local()}" if is_last and not leaf.alias and not leaf.itself else ""
            work.change(use.name, _below(file, use, target) + suffix)
        return
    _rename_bare(work, file, leaf, use, target)


def _moved(work: Pass, file: RustFile, leaf: Leaf, use: Use, target: str) -> bool:
    """Give a leaf another path: in place where it is written in one piece, else by a `use` of its own."""
    first, last = span_of(leaf.segments[0]), use.name
    if "{" not in work.text(Span(first.start, last.end)):
        work.change(Span(first.start, last.end), target)
        return True
    if use.name != span_of(leaf.segments[-1]) or leaf.glob or leaf.alias or leaf.itself:
        work.note(use.name, f"becomes {target}: take it out of the list by hand")
        return False
    without(work, [leaf])
    work.want(target, _last(target))
    return True


def _rename_bare(work: Pass, file: RustFile, leaf: Leaf, use: Use, target: str) -> None:
    """The last name of an import and every bare use of it; where the new name is taken, its whole path is written."""
    new, kept = _last(target), False
    at = leaf.item.range().start.index
    bare = [one for one in work.uses.uses if one.kind == "name" and one.binding == use.binding]
    for one in bare:
        if _is_free(file, use, target, one.span.start):
            work.change(one.name, new)
            kept = True
        else:
            work.change(one.name, target)
    there = new != _last(use.symbol) and file.bound_as(target, at) == new
    if there or (bare and not kept) or not _is_free(file, use, target, at):
        without(work, [leaf])
    elif _stays(file, use, target):
        work.change(use.name, _below(file, use, target))


def _is_free(file: RustFile, use: Use, target: str, offset: int) -> bool:
    """Whether the target's last name can stand for it at an offset: it is the old name, or means nothing else."""
    new = _last(target)
    return new == _last(use.symbol) or not file.is_taken(new, offset) or file.bound_as(target, offset) == new


def _rename_globbed(work: Pass, file: RustFile, table: Mapping[str, str]) -> None:
    """Bare names that a glob import brings in."""
    for use in work.uses.uses:
        if use.kind != "name" or use.binding is None or use.binding.form != "star":
            continue
        target = lookup(table, use.symbol, work.same)
        if target is None or target == use.symbol or not work.admits(use):
            continue
        work.mark()
        new = _last(target)
        brought = _parent(target) == use.binding.symbol and not file.is_taken(new, use.span.start)
        work.change(use.name, new if brought else target)


def rename_methods(work: Pass, file: RustFile, table: Mapping[str, str], on: list[str]) -> None:
    """Rename methods of receivers or traits that `on` names; without it, of any value in a file with the crate."""
    if not on:
        for name, new in table.items() if file.imported or work.uses.uses else ():
            for node in methods_named(file, name):
                work.mark()
                work.change(span_of(node), new)
        return
    changed: set[Span] = set()
    for use in work.uses.uses:
        owner, name = _owner(use.symbol)
        new_name = table.get(name)
        if new_name is None or use.kind != "member" or use.name in changed:
            continue
        if any(matches(pattern, owner, work.same) for pattern in on):
            changed.add(use.name)
            if use.confidence == "unknown":
                work.note(
                    use.span, f"{name} is also a method of this file: change it by hand if it is {owner}'s"
                )
            else:
                work.mark()
                work.change(use.name, new_name)


def _owner(symbol: str) -> tuple[str, str]:
    """A member's owner and its name: `rand::Rng` and `gen`, `rand::thread_rng()` and `gen`."""
    dot, path = symbol.rfind("."), symbol.rfind("::")
    if dot > path and ")" in symbol[:dot]:
        return symbol[:dot], symbol[dot + 1 :]
    return symbol[: max(path, 0)], symbol[path + 2 :]


def methods_named(file: RustFile, name: str) -> Iterator[SgNode]:
    """The names after a dot that read so and are called, tokens in macros included."""
    for node in file.names.members.get(name, ()):
        if is_called(node):
            yield node
