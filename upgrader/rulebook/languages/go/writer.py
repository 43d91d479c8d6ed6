"""The writer of Go: every kind of rule over one file, flags, and import lines; see `languages.base.Writer`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from upgrader.rulebook.languages.base import Change, Found, Freed, Note, as_spliced
from upgrader.rulebook.languages.calls import edit_positional
from upgrader.rulebook.languages.fields import Shape, edit_fields
from upgrader.rulebook.languages.flagging import flag
from upgrader.rulebook.languages.gathering import Pass, emptied_lines, passes
from upgrader.rulebook.languages.go.columns import realign
from upgrader.rulebook.languages.go.file import GoFile
from upgrader.rulebook.languages.go.import_lines import mend_imports
from upgrader.rulebook.languages.go.modules import move_modules, sort_moved
from upgrader.rulebook.languages.go.renames import methods_named, rename_methods, rename_symbols
from upgrader.rulebook.pack import FlagForm, Imported, RuleForm
from upgrader.rulebook.symbols import Same, covers
from upgrader.source.go.literals import keyed_elements, literal_bodies
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Use, Uses

SHAPE = Shape(
    bodies=literal_bodies,
    keyed=keyed_elements,
    positional=frozenset({"literal_element"}),
    assignment="assignment_statement",
)

tidy_imports = as_spliced


def find_changes(source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: Same) -> Found:
    """See `Writer.find_changes`. Imports are put in order in the round after the one that moved them."""
    moves = [rule.module for rule in rules if rule.module]
    file = GoFile(source, uses, moves)
    found = passes(source, uses, rules, same, file.spell, partial(_run, file))
    if found.changes or not moves:
        return found
    return passes(
        source, uses, [rule for rule in rules if rule.module], same, file.spell, partial(_sort, file)
    )


def _run(file: GoFile, work: Pass) -> None:
    rule = work.rule
    if rule.module:
        move_modules(work, file, rule.module)
    if rule.rename:
        rename_symbols(work, file, rule.rename)
    if rule.method:
        rename_methods(work, file, rule.method, rule.on)
    if rule.keyword:
        edit_fields(work, rule.keyword, SHAPE)
    edit_positional(work, rule)
    if rule.imported:
        _imports(work, file, rule.imported)


def _sort(file: GoFile, work: Pass) -> None:
    sort_moved(work, file, work.rule.module or {})


def _imports(work: Pass, file: GoFile, form: Imported) -> None:
    if form.when and not any(
        covers(one, use.symbol, work.same) for one in form.when for use in work.uses.uses
    ):
        return
    work.mark()
    for symbol in form.add:
        if file.imported_as(symbol.partition("#")[0], work.same) is None:
            file.spell(work, symbol if "#" in symbol else f"{symbol}#_", 0)
    for symbol in form.remove:
        work.freed.append(Freed(symbol=symbol.partition("#")[0], rule=work.rule.id))


def find_flags(source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: Same) -> tuple[Note, ...]:
    """See `Writer.find_flags`."""
    file = GoFile(source, uses)
    return flag(uses, flags, same, _fields, partial(methods_named, file))


def _fields(use: Use) -> Iterator[tuple[str, Span]]:
    for body in literal_bodies(use.node):
        for _, key, _ in keyed_elements(body):
            yield key.text(), span_of(key)


def edit_imports(
    source: SourceFile, uses: Uses, found: Found, changes: Sequence[Change]
) -> tuple[Change, ...]:
    """See `Writer.edit_imports`. Imports of any package that the changes leave unused go too: Go refuses them.

    The spaces that gofmt's columns need after the changes come with them.
    """
    made = mend_imports(GoFile(source, uses), found, changes)
    made += tuple(emptied_lines(source.text, changes))
    return (*made, *realign(source, [*changes, *made]))
