"""The writer of Rust: every kind of rule over one file, flags, and `use` lines; see `languages.base.Writer`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from upgrader.rulebook.languages.base import Change, Found, Note, as_spliced
from upgrader.rulebook.languages.calls import edit_positional
from upgrader.rulebook.languages.fields import edit_fields
from upgrader.rulebook.languages.flagging import flag
from upgrader.rulebook.languages.gathering import Pass, emptied_lines, passes
from upgrader.rulebook.languages.rust.companions import edit_imported
from upgrader.rulebook.languages.rust.file import RustFile
from upgrader.rulebook.languages.rust.literals import SHAPE
from upgrader.rulebook.languages.rust.paths import methods_named, rename_methods, rename_paths
from upgrader.rulebook.languages.rust.trees import mend_imports
from upgrader.rulebook.pack import FlagForm, RuleForm
from upgrader.rulebook.symbols import Same
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Use, Uses

tidy_imports = as_spliced


def find_changes(source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: Same) -> Found:
    """See `Writer.find_changes`."""
    file = RustFile(source, uses, [rule.module for rule in rules if rule.module], same)
    return passes(source, uses, rules, same, file.spell, partial(_run, file))


def _run(file: RustFile, work: Pass) -> None:
    rule = work.rule
    for table in (rule.module, rule.rename):
        if table:
            rename_paths(work, file, table)
    if rule.method:
        rename_methods(work, file, rule.method, rule.on)
    if rule.keyword:
        edit_fields(work, rule.keyword, SHAPE)
    edit_positional(work, rule)
    if rule.imported:
        edit_imported(work, file, rule.imported)


def find_flags(source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: Same) -> tuple[Note, ...]:
    """See `Writer.find_flags`."""
    file = RustFile(source, uses)
    return flag(uses, flags, same, _fields, partial(methods_named, file))


def _fields(use: Use) -> Iterator[tuple[str, Span]]:
    for body in SHAPE.bodies(use.node):
        for _, key, _ in SHAPE.keyed(body):
            yield key.text(), span_of(key)


def edit_imports(
    source: SourceFile, uses: Uses, found: Found, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """See `Writer.edit_imports`. Only imports that the changes themselves leave unused are dropped."""
    return (*mend_imports(RustFile(source, uses), found, changes), *emptied_lines(source.text, changes))
