"""Import lines of Go, added for what edits have written and dropped where edits have left them without a use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Change, Found, Want
from upgrader.rulebook.languages.gathering import replaced
from upgrader.rulebook.languages.go.file import GoFile
from upgrader.rulebook.languages.go.modules import whole_line
from upgrader.source.go.imports import Spec, assumed_name
from upgrader.source.syntax import Span, span_of


def mend_imports(file: GoFile, found: Found, changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes to import lines after the changes given; see `Writer.edit_imports`."""
    if not changes and not found.freed:
        return ()
    unused = _unused(file, found, changes)
    added = _added(file, found.wants)
    blocks = [spec for spec in file.specs if spec.statement.find(kind="import_spec_list") is not None]
    made = []
    if not blocks:
        # A lone `import "x"` gives its place to the new path.
        while unused and added:
            (spec, rule), path = unused.pop(), min(added)
            made.append(_change(span_of(spec.node), _written(added.pop(path), path), rule))
    return (*made, *_drop(file, unused, keep_statement=bool(added)), *_add(file, blocks, added))


def _unused(file: GoFile, found: Found, changes: Sequence[Change]) -> list[tuple[Spec, str]]:
    """Imports that had uses and have none after the changes, or that a rule frees; each with the rule's id."""
    gone = replaced(changes)
    freed = {one.symbol: one.rule for one in found.freed}
    dropped = []
    for spec in file.specs:
        local = file.local_of(spec)
        where = span_of(spec.node).start
        if gone(where) or gone(spec.path_span.start):
            continue
        if not local:
            if spec.path in freed:
                dropped.append((spec, freed[spec.path]))
            continue
        uses = [node for node in file.names.readers(local, None) if _is_operand(node)]
        left = [node for node in uses if not gone(node.range().start.index)]
        rewritten = any(re.search(rf"(?<![\w.]){re.escape(local)}\.", change.text) for change in changes)
        if not left and not rewritten and (uses or spec.path in freed):
            dropped.append((spec, freed.get(spec.path) or _rule_at(changes, uses)))
    return dropped


def _is_operand(node: SgNode) -> bool:
    parent = node.parent()
    return parent is not None and parent.kind() in {"selector_expression", "qualified_type"}


def _rule_at(changes: Sequence[Change], uses: list[SgNode]) -> str:
    at = uses[0].range().start.index
    return next(
        (change.rule for change in changes if change.span.start <= at < change.span.end), changes[0].rule
    )


def _added(file: GoFile, wants: Sequence[Want]) -> dict[str, Want]:
    """By import path, one want each of those that are not there yet."""
    added: dict[str, Want] = {}
    for want in wants:
        path = want.symbol.partition("#")[0]
        if file.imported_as(path, {}) != want.local:
            added.setdefault(path, want)
    return added


def _drop(file: GoFile, unused: list[tuple[Spec, str]], *, keep_statement: bool) -> list[Change]:
    text = file.source.text
    made = []
    dropped = [spec for spec, _ in unused]
    for statement in {spec.statement.range().start.index: spec.statement for spec in dropped}.values():
        inside = [spec for spec in file.specs if spec.statement == statement]
        rule = next(rule for spec, rule in unused if spec.statement == statement)
        if all(spec in dropped for spec in inside) and not keep_statement:
            made.append(_change(_with_blank_line(text, span_of(statement)), "", rule))
            continue
        for spec in inside:
            if spec in dropped:
                made.append(_change(_entry(text, spec, inside, dropped), "", rule))
    return made


def _change(span: Span, text: str, rule: str) -> Change:
    return Change(span=span, text=text, rule=rule, atom=_ATOM)


_ATOM = -1
"""Import lines belong to no atom of their own."""


def _entry(text: str, spec: Spec, inside: list[Spec], dropped: list[Spec]) -> Span:
    """The spec's line, with the blank line before it where its group is left empty."""
    line = whole_line(text, spec)
    above = text[: line.start].rstrip(" \t\r").endswith("\n\n") or text[: line.start].endswith("\n\r\n")
    below = text[line.end :].lstrip(" \t\r")[:1] in {"\n", ")"}
    if above and below:
        start = text.rfind("\n", 0, line.start - 1) + 1
        return Span(start, line.end)
    if text[: line.start].rstrip().endswith("(") and re.match(r"\r?\n", text[line.end :]):
        return Span(line.start, text.find("\n", line.end) + 1)
    return line


def _with_blank_line(text: str, span: Span) -> Span:
    """A statement with its newline and one blank line after it."""
    end = span.end
    for _ in range(2):
        newline = re.match(r"[ \t]*\r?\n", text[end:])
        end += newline.end() if newline else 0
    return Span(span.start, end)


def _add(file: GoFile, blocks: list[Spec], added: dict[str, Want]) -> list[Change]:
    """One insertion per new path, next to the imports that are most like it."""
    made = []
    for path, want in sorted(added.items()):
        entry = _written(want, path)
        if blocks:
            made.append(_insert(file, blocks, path, entry, want.rule))
        else:
            made.append(_first_line(file, entry, want.rule))
    return made


def _written(want: Want, path: str) -> str:
    return f'"{path}"' if assumed_name(path) == want.local else f'{want.local} "{path}"'


def _is_standard(path: str) -> bool:
    return "." not in path.split("/")[0]


def _insert(file: GoFile, blocks: list[Spec], path: str, entry: str, rule: str) -> Change:
    """Before the first import of its kind with a greater path, or after the last one with a smaller one."""
    text, newline = file.source.text, file.source.newline()
    alike = [spec for spec in blocks if _is_standard(spec.path) == _is_standard(path) and spec.path != "C"]
    if not alike:
        if _is_standard(path):
            start = whole_line(text, blocks[0]).start
            return _change(Span(start, start), f"\t{entry}{newline}{newline}", rule)
        end = whole_line(text, blocks[-1]).end
        return _change(Span(end, end), f"{newline}\t{entry}{newline}", rule)
    after = [spec for spec in alike if spec.path < path]
    if after:
        best = max(after, key=lambda spec: (_shared(spec.path, path), spec.path))
        end = whole_line(text, best).end
        return _change(Span(end, end), f"\t{entry}{newline}", rule)
    start = whole_line(text, min(alike, key=lambda spec: spec.path)).start
    return _change(Span(start, start), f"\t{entry}{newline}", rule)


def _shared(one: str, other: str) -> int:
    """How many leading elements two paths share."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


def _first_line(file: GoFile, entry: str, rule: str) -> Change:
    """A statement of its own, after the last import or the package clause."""
    newline = file.source.newline()
    if file.specs:
        end = span_of(file.specs[-1].statement).end
        return _change(Span(end, end), f"{newline}import {entry}", rule)
    clause = file.source.root.find(kind="package_clause")
    end = span_of(clause).end if clause else 0
    return _change(Span(end, end), f"{newline}{newline}import {entry}", rule)
