"""Takes leaves out of Rust's `use` trees, and puts new `use` lines in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Change, Found, Want
from upgrader.rulebook.languages.gathering import Pass, replaced
from upgrader.rulebook.languages.rust.file import RustFile
from upgrader.source.rust.use_trees import Leaf
from upgrader.source.syntax import Span, span_of


def without(work: Pass, leaves: Sequence[Leaf]) -> None:
    """Drop leaves that other edits have made needless, as part of the current atom."""
    for span, text in removals(work.source.text, leaves):
        work.change(span, text)


def removals(text: str, leaves: Sequence[Leaf]) -> list[tuple[Span, str]]:
    """What to take away so that the leaves are gone: whole statements, list items, braces around the last one."""
    made: list[tuple[Span, str]] = []
    for statement in {leaf.statement.range().start.index: leaf.statement for leaf in leaves}.values():
        gone = [leaf.item for leaf in leaves if leaf.statement == statement]
        made += _from_tree(text, statement, gone)
    return made


def _from_tree(text: str, statement: SgNode, gone: list[SgNode]) -> list[tuple[Span, str]]:
    lists: dict[int, tuple[SgNode, list[SgNode]]] = {}
    for item in gone:
        holder = item.parent()
        while holder is not None and holder.kind() == "use_list" and _only(holder, item):
            item = holder.parent() or holder
            holder = item.parent()
        if holder is None or holder.kind() != "use_list":
            return [(_line(text, span_of(statement)), "")]
        lists.setdefault(holder.range().start.index, (holder, []))[1].append(item)
    made: list[tuple[Span, str]] = []
    for holder, items in lists.values():
        left = [child for child in _items(holder) if child not in items]
        if not left:
            return [(_line(text, span_of(statement)), "")]
        made += _from_list(text, holder, items, left)
    return made


def _items(holder: SgNode) -> list[SgNode]:
    return [child for child in holder.named_children() if "comment" not in child.kind()]


def _only(holder: SgNode, item: SgNode) -> bool:
    return _items(holder) == [item]


def _from_list(text: str, holder: SgNode, items: list[SgNode], left: list[SgNode]) -> list[tuple[Span, str]]:
    if len(left) == 1 and left[0].kind() in {"identifier", "scoped_identifier"} and not _has_comment(holder):
        return [(span_of(holder), left[0].text())]
    listed, made = _items(holder), []
    first_kept = listed.index(left[0])
    for item in items:
        where, at = span_of(item), listed.index(item)
        start = text.rfind("\n", 0, where.start) + 1
        rest = re.compile(r",?[ \t]*(//[^\n]*)?\r?\n").match(text, where.end)
        if rest and not text[start : where.start].strip():
            made.append((Span(start, rest.end()), ""))
        elif at < first_kept:
            made.append((Span(where.start, span_of(listed[at + 1]).start), ""))
        else:
            made.append((Span(span_of(listed[at - 1]).end, where.end), ""))
    return made


def _has_comment(holder: SgNode) -> bool:
    return len(_items(holder)) != len(holder.named_children())


def _line(text: str, span: Span) -> Span:
    """A statement with its line, where it has one of its own."""
    start = text.rfind("\n", 0, span.start) + 1
    end = re.compile(r"[ \t]*\r?\n").match(text, span.end)
    if text[start : span.start].strip() or not end:
        return span
    return Span(start, end.end())


def mend_imports(file: RustFile, found: Found, changes: Sequence[Change]) -> tuple[Change, ...]:
    """New `use` lines for the wants; leaves dropped whose every use an accepted change has taken."""
    if not changes and not found.freed and not found.wants:
        return ()
    unused = _unused(file, found, changes)
    made = [
        Change(span=span, text=text, rule=rule, atom=-1)
        for rule in dict.fromkeys(unused.values())
        for span, text in removals(
            file.source.text, [leaf for leaf in file.leaves if unused.get(_at(leaf)) == rule]
        )
    ]
    return (*made, *_added(file, found.wants, [change.span for change in made]))


def _at(leaf: Leaf) -> int:
    return leaf.item.range().start.index


def _unused(file: RustFile, found: Found, changes: Sequence[Change]) -> dict[int, str]:
    """By their offset, the leaves that have lost their last use, or that a rule frees, with the rule's id."""
    gone = replaced(changes)
    freed = {one.symbol: one.rule for one in found.freed}
    # A name that an insertion has made a member of something: `decode` to `STANDARD.decode`.
    members = {change.span.end for change in changes if change.text.endswith((".", "::"))}
    dropped = {}
    for leaf in file.leaves:
        binding = file.imported.get(span_of(leaf.item))
        if binding is None or leaf.glob or leaf.is_public() or gone(_at(leaf)) or gone(binding.name.start):
            continue
        uses = [use for use in file.uses.uses if use.kind == "name" and use.binding == binding]
        left = [use for use in uses if not gone(use.span.start) and use.span.start not in members]
        name = re.compile(rf"(?<![.:\w]){re.escape(binding.local)}\b")
        rewritten = any(name.search(change.text) for change in changes)
        if not left and not rewritten and (uses or binding.symbol in freed):
            dropped[_at(leaf)] = freed.get(binding.symbol) or changes[0].rule
    return dropped


def _added(file: RustFile, wants: Sequence[Want], removed: Sequence[Span]) -> list[Change]:
    """One line per symbol: before the first import with a greater path, or after the last of them."""
    newline = file.source.newline()
    lines: dict[int, list[str]] = {}
    ends: dict[int, tuple[str, str]] = {}
    rules: dict[int, str] = {}
    top = [leaf.statement for leaf in file.leaves if _is_top(leaf.statement)]
    statements = list({one.range().start.index: one for one in top}.values())
    for symbol, want in sorted({want.symbol: want for want in wants}.items()):
        line = f"use {symbol};"
        before = next((one for one in statements if _path_text(one) > symbol), None)
        if before is not None and not _is_public(before):
            at = before.range().start.index
            ends[at] = ("", newline)
        elif statements:
            at = statements[-1].range().end.index
            ends[at] = (newline, "")
        else:
            at = _first_item(file)
            ends[at] = ("", newline * 2)
        hole = next((span for span in removed if span.start <= at <= span.end), None)
        if hole is not None:
            # The line it would stand at goes: it takes that place.
            at = hole.end
            ends[at] = ("", newline)
        lines.setdefault(at, []).append(line)
        rules.setdefault(at, want.rule)
    return [
        Change(
            span=Span(at, at), text=ends[at][0] + newline.join(some) + ends[at][1], rule=rules[at], atom=-1
        )
        for at, some in lines.items()
    ]


def _is_top(statement: SgNode) -> bool:
    parent = statement.parent()
    before = statement.prev()
    return (
        parent is not None
        and parent.kind() == "source_file"
        and statement.kind() == "use_declaration"
        and not (before is not None and before.kind() == "attribute_item")
    )


def _is_public(statement: SgNode) -> bool:
    return statement.text().startswith("pub")


def _path_text(statement: SgNode) -> str:
    tree = statement.field("argument")
    return tree.text() if tree else ""


def _first_item(file: RustFile) -> int:
    """Before the first item, after the file's own attributes and documentation."""
    for node in file.source.root.children():
        if node.kind() == "inner_attribute_item" or node.text().startswith(("//!", "/*!", "#!")):
            continue
        if "comment" not in node.kind():
            return node.range().start.index
    return len(file.source.text)
