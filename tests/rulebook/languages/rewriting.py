"""Runs a writer over one text until it has nothing more to say: the engine's loop, as small as it can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import cast

from upgrader.rulebook.languages import WRITERS
from upgrader.rulebook.languages.base import Change, Note, Writer
from upgrader.rulebook.pack import RuleForm
from upgrader.source.reader import NOWHERE, read_uses
from upgrader.source.syntax import SourceFile, language_of
from upgrader.source.uses import Elsewhere

ROUNDS = 10


def rewrite(
    path: str,
    text: str,
    packages: Sequence[str],
    rules: Sequence[RuleForm],
    same: Mapping[str, list[str]] | None = None,
    elsewhere: Elsewhere = NOWHERE,
) -> tuple[str, list[Note]]:
    """The text after all rules, and the notes of the last round. Fails where it does not settle or overlaps."""
    language = language_of(path)
    assert language is not None
    writer = cast(Writer, import_module(WRITERS[language]))
    for _ in range(ROUNDS):
        source = SourceFile(path, text.encode(), language)
        uses = read_uses(source, packages, elsewhere)
        found = writer.find_changes(source, uses, rules, dict(same or {}))
        accepted = chosen(found.changes)
        imports = writer.edit_imports(source, uses, found, accepted)
        after = spliced(text, [*accepted, *imports])
        if after == text:
            return text, list(found.notes)
        before = source.faults()
        text = after
        assert source.again(text).faults() <= before, text
    raise AssertionError(f"not settled after {ROUNDS} rounds:\n{text}")


def chosen(changes: Sequence[Change]) -> list[Change]:
    """The changes that do not overlap an earlier one; what overlaps waits for the next round, with its atom."""
    taken: list[Change] = []
    for change in changes:
        if not any(_overlap(change, other) for other in taken):
            taken.append(change)
    whole = {(one.rule, one.atom) for one in changes} - {
        (one.rule, one.atom) for one in changes if one not in taken
    }
    return [one for one in taken if (one.rule, one.atom) in whole]


def _overlap(one: Change, other: Change) -> bool:
    return (one.span.start < other.span.end and other.span.start < one.span.end) or one == other


def spliced(text: str, changes: Sequence[Change]) -> str:
    for change in sorted(changes, key=lambda change: (change.span.start, change.span.end), reverse=True):
        text = text[: change.span.start] + change.text + text[change.span.end :]
    return text
