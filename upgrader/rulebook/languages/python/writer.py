"""Rewrites a Python file by the rules of a pack; the functions of `base.Writer`."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.rulebook.languages.base import Change, Found, Freed, Note
from upgrader.rulebook.languages.python.arguments import change_arguments, change_texts
from upgrader.rulebook.languages.python.class_bodies import change_attributes, change_options
from upgrader.rulebook.languages.python.decorators import change_decorators
from upgrader.rulebook.languages.python.flags import flag
from upgrader.rulebook.languages.python.import_lines import added, dropped
from upgrader.rulebook.languages.python.keywords import change_keywords
from upgrader.rulebook.languages.python.names import move_modules, rename, rename_methods
from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.rulebook.languages.python.spelling import split
from upgrader.rulebook.languages.python.templates import change_calls
from upgrader.rulebook.languages.python.tidy import tidy_imports
from upgrader.rulebook.pack import FlagForm, Imported, RuleForm
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Uses

__all__ = ["edit_imports", "find_changes", "find_flags", "tidy_imports"]


def find_changes(
    source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: dict[str, list[str]]
) -> Found:
    """Apply the rules that need no pattern to one file; see `base.Writer`."""
    sheet = Sheet(source, uses, same)
    for rule in rules:
        _apply(sheet, rule)
    return sheet.found()


def _apply(sheet: Sheet, rule: RuleForm) -> None:
    """Every kind that the rule has; a pack's rule has one."""
    _apply_to_names(sheet, rule)
    _apply_to_calls(sheet, rule)
    if rule.options is not None:
        change_options(sheet, rule, rule.options)
    if rule.attribute is not None:
        change_attributes(sheet, rule, rule.attribute)
    if rule.decorator is not None:
        change_decorators(sheet, rule, rule.decorator)
    if rule.imported is not None:
        _imports(sheet, rule, rule.imported)


def _apply_to_names(sheet: Sheet, rule: RuleForm) -> None:
    if rule.rename is not None:
        rename(sheet, rule, rule.rename)
    if rule.module is not None:
        move_modules(sheet, rule, rule.module)
    if rule.method is not None:
        rename_methods(sheet, rule, rule.method)


def _apply_to_calls(sheet: Sheet, rule: RuleForm) -> None:
    if rule.keyword is not None:
        change_keywords(sheet, rule, rule.keyword)
    if rule.argument is not None:
        change_arguments(sheet, rule, rule.argument)
    if rule.call is not None:
        change_calls(sheet, rule, rule.call)
    if rule.text is not None:
        change_texts(sheet, rule, rule.text)


def _imports(sheet: Sheet, rule: RuleForm, form: Imported) -> None:
    if form.when and not any(True for _ in sheet.of(form.when)):
        return
    for symbol in form.add:
        sheet.want(rule.id, sheet.atom(), symbol, split(symbol)[1])
    sheet.freed += (Freed(symbol=symbol, rule=rule.id) for symbol in form.remove)


def find_flags(
    source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: dict[str, list[str]]
) -> tuple[Note, ...]:
    """The places of the flags; see `base.Writer`."""
    sheet = Sheet(source, uses, same)
    for form in flags:
        flag(sheet, form)
    return sheet.found().notes


def edit_imports(
    source: SourceFile, uses: Uses, found: Found, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """The import lines that the accepted changes need and free; see `base.Writer`."""
    sheet = Sheet(source, uses, {})
    gone = dropped(sheet, found, changes)
    made = [*gone, *added(sheet, found, changes, gone)]
    return tuple(sorted(made, key=lambda change: change.span))
