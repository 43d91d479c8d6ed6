"""Import lines for what the edits need, and the removal of those that nothing uses any more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Change, Found, Want
from upgrader.rulebook.languages.javascript.draft import IMPORTED, Atom, Draft, split
from upgrader.rulebook.languages.javascript.sites import (
    Site,
    is_typed,
    local_name,
    site_of,
    take_out,
    whole_line,
)
from upgrader.rulebook.pack import RuleForm
from upgrader.source.javascript.shapes import statement_of
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Uses

_JSX = re.compile(r"</|/>")


class Style:
    """How the file writes its imports."""

    def __init__(self, source: SourceFile) -> None:
        top = source.root.named_children()
        self.imports = [one for one in top if one.kind() == "import_statement"]
        self.requires = [
            one for one in top if one.kind().endswith("_declaration") and "require(" in one.text()[:400]
        ]
        exports = any(one.kind() == "export_statement" for one in top)
        typed = source.language != "javascript" or source.path.endswith((".mjs", ".jsx"))
        common = "require(" in source.text or "module.exports" in source.text or source.path.endswith(".cjs")
        self.common = not self.imports and not exports and (common or not typed)
        lines = [one.text() for one in (self.requires if self.common else self.imports)] or [
            one.text() for one in top[:20]
        ]
        text = "\n".join(lines)
        self.quote = "'" if text.count("'") > text.count('"') else '"'
        self.ending = ";" if not lines or any(line.endswith(";") for line in lines) else ""
        self.padding = "" if re.search(r"\{\w", text) and not re.search(r"\{ \w", text) else " "

    def line(self, module: str, wants: Sequence[Want]) -> list[str]:
        """The statements that import these from one module."""
        quoted = f"{self.quote}{module}{self.quote}"
        lines, named = [], []
        for want in wants:
            first = split(want.symbol)[1]
            if first not in ("default", "*"):
                named.append(want)
            elif self.common:
                lines.append(f"const {want.local} = require({quoted}){self.ending}")
            else:
                clause = want.local if first == "default" else f"* as {want.local}"
                lines.append(f"import {clause} from {quoted}{self.ending}")
        for typed in (False, True):
            some = [want for want in named if want.typing_only == typed]
            if some:
                lines.append(self._named(quoted, some, typed=typed))
        return lines

    def _named(self, quoted: str, wants: Sequence[Want], *, typed: bool) -> str:
        inside = ", ".join(self.item(want) for want in wants)
        braces = f"{{{self.padding}{inside}{self.padding}}}"
        if self.common:
            return f"const {braces} = require({quoted}){self.ending}"
        return f"import {'type ' if typed else ''}{braces} from {quoted}{self.ending}"

    def item(self, want: Want) -> str:
        """A specifier: `name`, `name as local`, in CommonJS `name: local`."""
        first = split(want.symbol)[1]
        joint = ": " if self.common else " as "
        return first if first == want.local else f"{first}{joint}{want.local}"


def edit_imports(
    source: SourceFile, uses: Uses, found: Found, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """The import lines for the wants and the freed symbols; see `upgrader.rulebook.languages.base.Writer`."""
    draft = Draft(source, uses, {})
    made = {(one.rule, one.atom) for one in found.changes}
    accepted = {(one.rule, one.atom) for one in changes}
    wants = [
        one for one in found.wants if (one.rule, one.atom) in accepted or (one.rule, one.atom) not in made
    ]
    removed = _drop(draft, found, changes)
    _add(draft, wants, [*(change.span for change in changes), *removed])
    return draft.found().changes


def _atom(draft: Draft, rule: str) -> Atom:
    return draft.atom(RuleForm(id=rule, url=""))


def _add(draft: Draft, wants: Iterable[Want], edited: list[Span]) -> None:
    modules: dict[str, dict[tuple[str, str], Want]] = {}
    for want in wants:
        there = any(
            one.symbol == want.symbol and one.local == want.local
            for one in draft.bindings_of(split(want.symbol)[0])
        )
        if not there or _is_edited(draft, want, edited):
            modules.setdefault(split(want.symbol)[0], {})[want.symbol, want.local] = want
    style = Style(draft.source)
    lines: list[str] = []
    for module, several in modules.items():
        left = _into_existing(draft, style, module, list(several.values()), edited)
        lines += style.line(module, left)
    if lines:
        atom = _atom(draft, next(iter(wants)).rule if isinstance(wants, list) and wants else "")
        _insert_lines(draft, atom, style, lines, edited)
        draft.commit(atom)


def _is_edited(draft: Draft, want: Want, edited: list[Span]) -> bool:
    """Whether the binding that would serve is itself being changed away."""
    return all(
        any(span.start <= one.item.start and one.item.end <= span.end for span in edited)
        for one in draft.bindings_of(split(want.symbol)[0])
        if one.symbol == want.symbol and one.local == want.local
    )


def _into_existing(
    draft: Draft, style: Style, module: str, wants: list[Want], edited: list[Span]
) -> list[Want]:
    """Put what fits into an import of the module that the file has; give back the rest."""
    left = [want for want in wants if split(want.symbol)[1] in ("default", "*")]
    named = [want for want in wants if want not in left]
    site = _host(draft, style, module, edited) if named else None
    if site is None:
        return wants
    typed = [want for want in named if want.typing_only]
    usable = [want for want in named if not want.typing_only or style.common]
    if typed and not style.common:
        left += typed
    if usable:
        atom = _atom(draft, usable[0].rule)
        _append_items(draft, atom, style, site, usable)
        draft.commit(atom)
    return left


def _host(draft: Draft, style: Style, module: str, edited: list[Span]) -> Site | None:
    """A statement of the module that takes named items, and that no edit of this round touches."""
    for binding in draft.bindings_of(module):
        if binding.typing_only or binding.form == "namespace":
            continue
        node = _node_at(draft, binding)
        site = site_of(node) if node is not None else None
        if site is None or site.style != ("require" if style.common else "import"):
            continue
        span = span_of(site.node)
        touched = any(one.start < span.end and span.start < one.end for one in edited)
        namespaced = any(one.kind() == "namespace_import" for one in site.items)
        plain = site.style == "require" and not site.braced
        top = binding.scope == span_of(draft.source.root) or binding.scope.start == 0
        if top and not touched and not namespaced and not plain and not is_typed(site, site.items[0]):
            return site
    return None


def _node_at(draft: Draft, binding: Binding) -> SgNode | None:
    draft.names.collect({binding.local})
    for cell in draft.names.cells.get(binding.local, ()):
        for node in draft.names.declaring.get(cell, ()):
            start, end = span_of(node)
            if binding.item.start <= start and end <= binding.item.end:
                return node
    return None


def _append_items(draft: Draft, atom: Atom, style: Style, site: Site, wants: Sequence[Want]) -> None:
    words = [style.item(want) for want in wants]
    if not site.braced:
        end = span_of(site.items[-1]).end
        atom.replace(Span(end, end), f", {{{style.padding}{', '.join(words)}{style.padding}}}")
        return
    last = site.braced[-1]
    start, end = span_of(last)
    line = draft.source.text.rfind("\n", 0, start) + 1
    indent = draft.source.text[line:start]
    alone = not indent.strip() and line > span_of(site.node).start
    joint = f",{draft.source.newline()}{indent}" if alone else ", "
    atom.replace(Span(end, end), "".join(joint + word for word in words))


def _insert_lines(draft: Draft, atom: Atom, style: Style, lines: list[str], edited: list[Span]) -> None:
    """After the last import of the file's kind; otherwise after the header: shebang, directives, first comments."""
    newline = draft.source.newline()
    block = newline.join(lines)
    after = style.requires if style.common else style.imports
    if after:
        end = _after_comment(draft.source.text, span_of(after[-1]).end)
        removed = next((span for span in edited if span.start < end <= span.end), None)
        if removed is not None:
            atom.replace(Span(removed.start, removed.start), block + newline)
        else:
            atom.replace(Span(end, end), newline + block)
        return
    at = _header_end(draft.source)
    atom.replace(Span(at, at), block + newline)


def _after_comment(text: str, end: int) -> int:
    """The end of the line, if only a comment follows on it."""
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    rest = text[end:stop].rstrip("\r")
    return end + len(rest) if re.fullmatch(r"[ \t]*(?://.*|/\*(?:(?!\*/).)*\*/[ \t]*)?", rest) else end


def _header_end(source: SourceFile) -> int:
    """Where the first statement after shebang, directives and leading comments begins."""
    at = 0
    for node in source.root.named_children():
        start, end = span_of(node)
        directive = node.kind() == "expression_statement" and re.fullmatch(r"(['\"])use \w+\1;?", node.text())
        apart = node.kind() == "comment" and _stands_apart(source.text, end)
        if node.kind() == "hash_bang_line" or directive or apart:
            at = whole_line(source.text, Span(start, end)).end
            continue
        break
    return at


def _stands_apart(text: str, end: int) -> bool:
    """Whether a blank line, a directive or another comment follows a comment: it is not about the next statement."""
    rest = text[end:].replace("\r", "")
    return rest.startswith("\n\n") or rest.lstrip().startswith(("//", "/*", "'use ", '"use '))


def _drop(draft: Draft, found: Found, changes: Sequence[Change]) -> list[Span]:
    """Remove imports whose every use is gone; give the removed spans."""
    freed = {one.symbol: one.rule for one in found.freed}
    sites: dict[Span, tuple[Site, list[SgNode], str]] = {}
    atoms = []
    for binding in draft.uses.bindings:
        if binding.form == "module" and binding.symbol in freed:
            atoms.append(_atom(draft, freed[binding.symbol]))
            atoms[-1].replace(whole_line(draft.source.text, binding.statement), "")
            continue
        rule = _freeing(draft, binding, changes, freed)
        node = _node_at(draft, binding) if rule is not None else None
        site = site_of(node) if node is not None else None
        if rule is None or site is None or _meets(site, changes):
            continue
        item = next((one for one in site.items if span_of(one) == binding.item), None)
        if item is not None and local_name(item) == binding.local:
            sites.setdefault(span_of(site.node), (site, [], rule))[1].append(item)
    for site, gone, rule in sites.values():
        atom = _atom(draft, rule)
        if take_out(atom, draft.source.text, site, gone):
            atoms.append(atom)
    for atom in atoms:
        draft.commit(atom)
    return [change.span for atom in atoms for change in atom.changes]


def _meets(site: Site, changes: Sequence[Change]) -> bool:
    """Whether an accepted change touches the statement."""
    start, end = span_of(site.node)
    return any(one.span.start < end and start < one.span.end for one in changes)


def _freeing(
    draft: Draft, binding: Binding, changes: Sequence[Change], freed: Mapping[str, str]
) -> str | None:
    """The rule that took the last use of an import away; None while one is left, or where none was."""
    if binding.form not in IMPORTED or not binding.local or _is_exported(draft, binding):
        return None
    if binding.local == "React" and _JSX.search(draft.source.text):
        return None
    draft.names.collect({binding.local})
    places = [
        place
        for cell in draft.names.cells.get(binding.local, ())
        if cell.scope == binding.scope
        for place in draft.names.places.get(cell, ())
    ]
    if not places:
        return freed.get(binding.symbol)
    rule = None
    # As a name of its own, not as the member of something; after a spread it is one.
    word = re.compile(rf"(?<![\w$])(?<![^.]\.){re.escape(binding.local)}(?![\w$])")
    for place in places:
        span = span_of(place.node)
        change = next((one for one in changes if _takes(one, span)), None)
        if change is None or word.search(change.text):
            return None
        rule = change.rule
    return rule


def _takes(change: Change, name: Span) -> bool:
    """Whether the name goes, or becomes a member of something: `render` to `createRoot(x).render`."""
    inside = change.span.start <= name.start and name.end <= change.span.end
    return inside or (change.span.end == name.start and change.text.endswith("."))


def _is_exported(draft: Draft, binding: Binding) -> bool:
    """Whether `export const x = require("x")` hands the name on."""
    node = _node_at(draft, binding)
    above = statement_of(node).parent() if node is not None else None
    return above is not None and above.kind() == "export_statement"
