"""Renames import paths in every place that names a module."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.rulebook.forms import Table
from upgrader.rulebook.languages.javascript.draft import Atom, Draft
from upgrader.rulebook.languages.javascript.sites import is_typed, local_name, site_of, take_out
from upgrader.rulebook.pack import RuleForm
from upgrader.source.javascript.shapes import has_token, inner_span, plain_string
from upgrader.source.syntax import Span
from upgrader.source.uses import Use


def rename_modules(draft: Draft, rule: RuleForm) -> None:
    """Apply a rule's `module` to the file: imports, re-exports, `require`, `import()`, mocks, type references."""
    for use in draft.uses.uses:
        span = specifier_span(use) if use.kind in ("import", "string") else None
        if span is None:
            continue
        new = renamed(rule.module or {}, draft.text(span))
        if new is None:
            continue
        atom = draft.atom(rule)
        if use.kind != "import" or not _merge(draft, atom, use, new):
            atom = draft.atom(rule)
            atom.replace(span, new)
        draft.commit(atom)


def _merge(draft: Draft, atom: Atom, use: Use, new: str) -> bool:
    """Into the import of the new module that the file has already: one statement for one module."""
    site = site_of(use.node)
    if site is None or site.style != "import" or site.braced != site.items or has_token(site.node, "type"):
        return False
    if not any(one.form in ("default", "member") and not one.typing_only for one in draft.bindings_of(new)):
        return False
    for item in site.items:
        name = item.field("name")
        if name is None or not local_name(item):
            return False
        atom.want(f"{new}#{name.text()}", local_name(item), typing_only=is_typed(site, item))
    return take_out(atom, draft.source.text, site, list(site.items))


def renamed(table: Table, module: str) -> str | None:
    """The new specifier; the longest entry that the old one is, or lies below."""
    for old in sorted(table, key=len, reverse=True):
        if module == old or module.startswith(f"{old}/"):
            new = table[old]
            done = new.startswith(f"{old}/") and (module == new or module.startswith(f"{new}/"))
            return None if done or new == old else new + module[len(old) :]
    return None


def specifier_span(use: Use) -> Span | None:
    """The characters of the specifier that a use of kind import or string belongs to."""
    if use.kind == "string":
        return use.name
    for above in [use.node, *use.node.ancestors()]:
        if above.kind() in ("import_statement", "export_statement"):
            return _source(above)
        if above.kind() == "variable_declarator":
            return None
    return None


def _source(statement: SgNode) -> Span | None:
    literal = statement.field("source")
    if literal is None:
        clause = next(
            (one for one in statement.named_children() if one.kind() == "import_require_clause"), None
        )
        literal = clause.field("source") if clause is not None else None
        if literal is None and clause is not None:
            literal = clause.named_children()[-1]
    return inner_span(literal) if literal is not None and plain_string(literal) is not None else None
