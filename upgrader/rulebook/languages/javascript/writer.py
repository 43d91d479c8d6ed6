"""The writer of JavaScript and TypeScript. The face of this folder."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.rulebook.languages.base import Found, Freed, as_spliced
from upgrader.rulebook.languages.javascript.arguments import edit_arguments, edit_text
from upgrader.rulebook.languages.javascript.awaiting import await_properties
from upgrader.rulebook.languages.javascript.callsites import means
from upgrader.rulebook.languages.javascript.draft import Draft, camel, split
from upgrader.rulebook.languages.javascript.flags import find_flags
from upgrader.rulebook.languages.javascript.importing import edit_imports
from upgrader.rulebook.languages.javascript.methods import rename_methods
from upgrader.rulebook.languages.javascript.modules import rename_modules
from upgrader.rulebook.languages.javascript.options import edit_options
from upgrader.rulebook.languages.javascript.renames import rename
from upgrader.rulebook.languages.javascript.rewriting import edit_calls
from upgrader.rulebook.pack import Imported, RuleForm
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Uses

__all__ = ["edit_imports", "find_changes", "find_flags"]

tidy_imports = as_spliced


def find_changes(
    source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: dict[str, list[str]]
) -> Found:
    """What the rules change in one file; see `upgrader.rulebook.languages.base.Writer`."""
    draft = Draft(source, uses, same)
    for rule in rules:
        _run_names(draft, rule)
        _run_calls(draft, rule)
    return draft.found()


def _run_names(draft: Draft, rule: RuleForm) -> None:
    if rule.rename is not None:
        rename(draft, rule)
    if rule.module is not None:
        rename_modules(draft, rule)
    if rule.method is not None:
        rename_methods(draft, rule)
    if rule.imported is not None:
        _run_imported(draft, rule, rule.imported)


def _run_calls(draft: Draft, rule: RuleForm) -> None:
    if rule.keyword is not None:
        edit_options(draft, rule, rule.keyword)
    if rule.argument is not None:
        edit_arguments(draft, rule, rule.argument)
    if rule.call is not None:
        edit_calls(draft, rule, rule.call)
    if rule.awaited is not None:
        await_properties(draft, rule, rule.awaited)
    if rule.text is not None:
        edit_text(draft, rule, rule.text)


def _run_imported(draft: Draft, rule: RuleForm, form: Imported) -> None:
    """Ask for the imports to add where the file has them not, and free those to remove."""
    if form.when and not any(means(draft, form.when, use) for use in draft.uses.uses):
        return
    for symbol in form.add:
        module, path = split(symbol)
        if not any(one.symbol == symbol for one in draft.bindings_of(module)):
            atom = draft.atom(rule)
            local = path if path not in ("default", "*") else camel(module)
            if draft.is_free(local, symbol):
                atom.want(symbol, local)
                draft.commit(atom)
    draft.freed += [Freed(symbol=symbol, rule=rule.id) for symbol in form.remove]
