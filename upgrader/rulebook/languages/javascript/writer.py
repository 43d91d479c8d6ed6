"""The writer of JavaScript and TypeScript. The face of this folder."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.rulebook.languages.base import Found, Note
from upgrader.rulebook.languages.javascript.draft import Draft
from upgrader.rulebook.languages.javascript.importing import edit_imports
from upgrader.rulebook.languages.javascript.modules import rename_modules
from upgrader.rulebook.languages.javascript.renames import rename
from upgrader.rulebook.pack import FlagForm, RuleForm
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Uses

__all__ = ["edit_imports", "find_changes", "find_flags"]


def find_changes(
    source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: dict[str, list[str]]
) -> Found:
    """What the rules change in one file; see `upgrader.rulebook.languages.base.Writer`."""
    draft = Draft(source, uses, same)
    for rule in rules:
        if rule.rename is not None:
            rename(draft, rule)
        if rule.module is not None:
            rename_modules(draft, rule)
    return draft.found()


def find_flags(
    source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: dict[str, list[str]]
) -> tuple[Note, ...]:
    """The places that the flags speak of."""
    return ()
