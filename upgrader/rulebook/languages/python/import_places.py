"""Where a new import line goes: joined to a from-import of its module, or put into the block where it sorts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from ast_grep_py import SgNode

from upgrader.rulebook.languages.python.lists import indent_of
from upgrader.source.syntax import SourceFile, Span, span_of

_KINDS = ("import_statement", "import_from_statement", "future_import_statement")


class Line(NamedTuple):
    """An import statement at the top level of the file."""

    node: SgNode
    span: Span
    module: str
    """What it imports from, of `import a, b` the first."""
    is_from: bool
    section: int
    """0 the future, 1 the standard library, 2 packages, 3 the project's own: relative, or by a folder it stands in."""

    def key(self, apart: bool) -> tuple[object, ...]:
        """Its place in the order that isort gives; `apart`: plain imports before from-imports."""
        name = self.module.lower()
        return (self.section, self.is_from, name) if apart else (self.section, name, self.is_from)


def section_of(module: str) -> int:
    """The block that isort would put a module into, as far as the name alone tells."""
    if module == "__future__":
        return 0
    if module.startswith("."):
        return 3
    return 1 if module.partition(".")[0] in sys.stdlib_module_names else 2


def import_lines(source: SourceFile) -> list[Line]:
    """The import statements at the top level, in order."""
    found: list[Line] = []
    ours = set(source.path.split("/")[:-1])
    for node in source.root.children():
        kind = node.kind()
        if kind not in _KINDS:
            continue
        named = node.field("module_name") or node.field("name")
        module = "".join(named.text().split()) if named is not None else ""
        if kind == "future_import_statement":
            module = "__future__"
        module = module.partition(" as ")[0] if kind != "import_statement" else _plain_name(node)
        section = 3 if module.partition(".")[0] in ours else section_of(module)
        found.append(Line(node, span_of(node), module, kind != "import_statement", section))
    return found


def _plain_name(node: SgNode) -> str:
    named = node.field("name")
    if named is not None and named.kind() == "aliased_import":
        named = named.field("name")
    return "".join(named.text().split()) if named is not None else ""


def joined(source: SourceFile, lines: Sequence[Line], module: str, item: str) -> tuple[Span, str] | None:
    """Put an item into the from-import of its module that is there; None when there is none that can take it."""
    for line in lines:
        items = line.node.field_children("name")
        if line.is_from and line.module == module and items:
            return _into(source, [span_of(part) for part in items], item)
    return None


def _into(source: SourceFile, parts: list[Span], item: str) -> tuple[Span, str]:
    """Where the item sorts among the others; at the end when they are in no order."""
    text = source.text
    names = [text[part.start : part.end].partition(" ")[0] for part in parts]
    name = item.partition(" ")[0]
    at = len(names)
    for order in (str.lower, _by_case, str):
        if names == sorted(names, key=order):
            at = next((n for n, other in enumerate(names) if order(other) > order(name)), at)
            break
    beside = parts[min(at, len(parts) - 1)]
    begin = text.rfind("\n", 0, beside.start) + 1
    alone = not text[begin : beside.start].strip() and len(parts) > 0
    gap = f",{source.newline()}{text[begin : beside.start]}" if alone else ", "
    if at < len(parts):
        return Span(beside.start, beside.start), f"{item}{gap}"
    return Span(beside.end, beside.end), f"{gap}{item}"


def _by_case(name: str) -> str:
    """Constants, then classes, then the rest, as isort sorts by default."""
    rank = "0" if name.isupper() else "1" if name[:1].isupper() else "2"
    return rank + name.lower()


def placed(source: SourceFile, lines: Sequence[Line], module: str, statement: str) -> tuple[Span, str]:
    """Where a new statement goes, and the text put in there, line ends included."""
    newline = source.newline()
    if not lines:
        return _at_top(source, statement)
    new = Line(lines[0].node, Span(0, 0), module, statement.startswith("from"), section_of(module))
    blocks = _blocks(source.text, lines)
    block = _block_for(blocks, new)
    if block is None:
        return _new_block(source, blocks, new, statement)
    for line in block:
        if _sorts_before(new, line, block):
            begin = line.span.start
            return Span(begin, begin), f"{statement}{newline}{indent_of(source.text, begin)}"
    return _after(source, _last_of(block, new), statement)


def _blocks(text: str, lines: Sequence[Line]) -> list[list[Line]]:
    """Statements with nothing between them but line ends, no empty line either."""
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks:
            between = text[blocks[-1][-1].span.end : line.span.start]
            first, _, rest = between.partition("\n")
            if not rest.strip(" \t\r") and (not first.strip() or first.strip().startswith("#")):
                blocks[-1].append(line)
                continue
        blocks.append([line])
    return blocks


def _block_for(blocks: list[list[Line]], new: Line) -> list[Line] | None:
    """The first block with imports of the same root, else of the same section."""
    root = new.module.partition(".")[0].partition("_")[0]
    same = [block for block in blocks if any(line.section == new.section for line in block)]
    near = [block for block in same if any(line.module.partition(".")[0].startswith(root) for line in block)]
    return next(iter(near or same), None)


def _order_of(block: Sequence[Line]) -> bool | None:
    """Whether plain imports stand apart in the order of a block; None when it has no order."""
    for apart in (True, False):
        keys = [line.key(apart) for line in block]
        if keys == sorted(keys):
            return apart
    return None


def _sorts_before(new: Line, line: Line, block: Sequence[Line]) -> bool:
    apart = _order_of(block)
    return apart is not None and line.key(apart) > new.key(apart)


def _last_of(block: Sequence[Line], new: Line) -> Line:
    """What the new line goes after: in a sorted block the last one that sorts before it."""
    if _order_of(block) is not None:
        return block[-1]
    same = [line for line in block if line.section == new.section]
    return same[-1] if same else block[-1]


def _after(source: SourceFile, line: Line, statement: str, gap: str = "") -> tuple[Span, str]:
    text, newline = source.text, source.newline()
    stop = text.find("\n", line.span.end)
    if stop < 0:
        return Span(len(text), len(text)), f"{newline}{gap}{statement}"
    return Span(stop + 1, stop + 1), f"{gap}{statement}{newline}"


def _new_block(source: SourceFile, blocks: list[list[Line]], new: Line, statement: str) -> tuple[Span, str]:
    """A section that the file has not yet: between those before and after it, an empty line around it."""
    newline = source.newline()
    before = [block for block in blocks if block[-1].section <= new.section]
    if before:
        return _after(source, before[-1][-1], statement, newline)
    begin = blocks[0][0].span.start
    return Span(begin, begin), f"{statement}{newline}{newline}"


def _at_top(source: SourceFile, statement: str) -> tuple[Span, str]:
    """In a file without imports: after the docstring, else before the first statement."""
    newline = source.newline()
    children = [node for node in source.root.children() if node.kind() != "comment"]
    if not children:
        end = len(source.text)
        gap = "" if not source.text or source.text.endswith("\n") else newline
        return Span(end, end), f"{gap}{statement}{newline}"
    first = children[0]
    inner = first.child(0)
    if first.kind() == "expression_statement" and inner is not None and inner.kind() == "string":
        stop = source.text.find("\n", span_of(first).end)
        if stop < 0:
            return Span(len(source.text), len(source.text)), f"{newline}{newline}{statement}{newline}"
        return Span(stop + 1, stop + 1), f"{newline}{statement}{newline}"
    begin = span_of(first).start
    return Span(begin, begin), f"{statement}{newline}{newline}{newline}"
