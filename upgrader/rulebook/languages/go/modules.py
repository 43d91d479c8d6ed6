"""Import paths of Go: moved with everything below them, duplicates merged, groups kept in gofmt's order."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ast_grep_py import SgNode

from upgrader.rulebook.languages.gathering import Pass
from upgrader.rulebook.languages.go.file import GoFile, moved_path
from upgrader.source.go.imports import Spec, assumed_name
from upgrader.source.syntax import Span, span_of

_GENERATE = re.compile(r"//go:generate\s")
_TOKEN = re.compile(r"[^\s\"'=]+")


def move_modules(work: Pass, file: GoFile, table: Mapping[str, str]) -> None:
    """Rewrite the paths that the table moves; a name that the new path would not give is kept as an alias."""
    taken = {
        (spec.path, file.local_of(spec))
        for spec in file.specs
        if moved_path(spec.path, table) in (None, spec.path)
    }
    for spec in file.specs:
        new = moved_path(spec.path, table)
        if new is None or new == spec.path:
            continue
        work.mark()
        local = file.local_of(spec)
        if (new, local) in taken and spec.alias != ".":
            work.change(whole_line(work.source.text, spec), "")
            continue
        taken.add((new, local))
        work.change(spec.path_span, new)
        if not spec.alias and local and local != assumed_name(new) and _is_used(work, spec):
            at = spec.path_span.start - 1
            work.change(Span(at, at), f"{local} ")
    _move_in_directives(work, table)


def _is_used(work: Pass, spec: Spec) -> bool:
    where = span_of(spec.node)
    return any(use.kind == "member" and use.binding and use.binding.item == where for use in work.uses.uses)


def whole_line(text: str, spec: Spec) -> Span:
    """The line of a spec with its newline, or the spec alone where it shares its line."""
    where = span_of(spec.node)
    start = text.rfind("\n", 0, where.start) + 1
    end = text.find("\n", where.end) + 1 or len(text)
    if (
        text[start : where.start].strip() in {"", "import"}
        and not text[where.end : end].split("//")[0].strip()
    ):
        return Span(start, end)
    return where


def _move_in_directives(work: Pass, table: Mapping[str, str]) -> None:
    """`//go:generate go run example.org/x/cmd`: a path that go.mod will no longer have."""
    if "//go:generate" not in work.source.text:
        return
    for comment in work.source.root.find_all(kind="comment", regex="^//go:generate"):
        start, text = comment.range().start.index, comment.text()
        for token in _TOKEN.finditer(text):
            path, at, _ = token.group().partition("@")
            new = None if at else moved_path(path, table)
            if new is not None and new != path and _GENERATE.match(text):
                work.mark()
                work.change(Span(start + token.start(), start + token.start() + len(path)), new)


def sort_moved(work: Pass, file: GoFile, table: Mapping[str, str]) -> None:
    """Put moved imports where gofmt has them, in groups that were in order before the move.

    That a group was in order is seen by putting the old paths back; one that people keep in another order stays.
    """
    backs = [
        {table[old]: old} | {new: other for other, new in table.items() if new != table[old]} for old in table
    ]
    for group in _groups(work.source.text, file.specs):
        paths = [spec.path for spec in group]
        befores = [[moved_path(path, back) or path for path in paths] for back in backs]
        if paths == sorted(paths) or not any(
            before != paths and before == sorted(before) for before in befores
        ):
            continue
        blocks = [entry_span(work.source.text, spec, group) for spec in group]
        work.mark()
        ordered = sorted(zip(group, blocks, strict=True), key=lambda pair: (pair[0].path, pair[0].alias))
        moved = [at for at, (_, block) in enumerate(ordered) if block != blocks[at]]
        first, last = moved[0], moved[-1]
        text = "".join(work.text(block) for _, block in ordered[first : last + 1])
        work.change(Span(blocks[first].start, blocks[last].end), text)


def _groups(text: str, specs: list[Spec]) -> list[list[Spec]]:
    """Runs of specs of one statement, each on its own line, without a blank line in between."""
    groups: list[list[Spec]] = []
    for spec in specs:
        if not _stands_alone(text, spec.node):
            continue
        last = groups[-1][-1] if groups else None
        between = text[span_of(last.node).end : span_of(spec.node).start] if last else ""
        if last and last.statement == spec.statement and not re.search(r"\n[ \t\r]*\n", between):
            groups[-1].append(spec)
        else:
            groups.append([spec])
    return groups


def _stands_alone(text: str, node: SgNode) -> bool:
    start = node.range().start.index
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def entry_span(text: str, spec: Spec, group: list[Spec]) -> Span:
    """The lines of a spec: the comments above it that belong to it, itself, and what follows it on its line."""
    where = span_of(spec.node)
    start = text.rfind("\n", 0, where.start) + 1
    at = group.index(spec)
    floor = text.find("\n", span_of(group[at - 1].node).end) + 1 if at else start
    if at == 0:
        while (above := text.rfind("\n", 0, start - 1) + 1) < start and text[above:start].lstrip().startswith(
            "//"
        ):
            start = above
        floor = start
    return Span(min(floor, start), text.find("\n", where.end) + 1)
