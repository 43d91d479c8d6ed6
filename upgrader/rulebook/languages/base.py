"""What a language offers to the engine: it finds changes, and it edits import lines. Both pure, both on characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from upgrader.rulebook.pack import FlagForm, RuleForm
from upgrader.source.syntax import SourceFile, Span
from upgrader.source.uses import Uses


class Change(Struct, frozen=True, kw_only=True):
    """One span of `SourceFile.text` and what takes its place; an empty span inserts."""

    span: Span
    text: str
    rule: str
    """Id of the rule."""
    atom: int
    """Changes of one file with the same rule and atom are made together or not at all; otherwise any number."""


class Note(Struct, frozen=True, kw_only=True):
    """A place that a person has to look at: a flag's, or one that a rule met and could not mend exactly."""

    span: Span
    rule: str
    message: str


class Want(Struct, frozen=True, kw_only=True):
    """A symbol that an edit has written into the code and that must be importable there."""

    symbol: str
    local: str
    """The name the edit used for it: `BaseSettings`, `pydantic_settings`, `{createRoot}`'s `createRoot`."""
    rule: str
    atom: int
    typing_only: bool = False


class Freed(Struct, frozen=True, kw_only=True):
    """A symbol that a rule takes out of the imports where no use of it is left."""

    symbol: str
    rule: str


class Found(Struct, frozen=True, kw_only=True):
    """What the rules say of one file in one round."""

    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()
    wants: tuple[Want, ...] = ()
    freed: tuple[Freed, ...] = ()


class Writer(Protocol):
    """A language's `writer` module. Smallest node edited; what is not certain becomes a Note or is left alone."""

    def find_changes(
        self, source: SourceFile, uses: Uses, rules: Sequence[RuleForm], same: dict[str, list[str]]
    ) -> Found:
        """Apply the kinds rename, module, method, keyword, argument, call, text, imported of the rules to one file.

        Never writes a name that is bound to something else where it would stand (Note instead). Run over its own
        result it finds nothing (idempotent). An edit that needs an import says so with a Want; imports that a rename or
        module edit touches themselves (from-import items, specifiers, `use` trees) are changed here, as Changes.
        """

    def find_flags(
        self, source: SourceFile, uses: Uses, flags: Sequence[FlagForm], same: dict[str, list[str]]
    ) -> tuple[Note, ...]:
        """The places of `symbols`, `keyword`, `methods` and `count` of the flags."""

    def edit_imports(
        self, source: SourceFile, uses: Uses, found: Found, changes: Sequence[Change]
    ) -> tuple[Change, ...]:
        """The import lines for the wants and the freed symbols, given the changes that were accepted.

        Wants that are already met add nothing. Bindings whose every use lies in an accepted change and is gone are
        dropped, unless the module hands them on (`__all__`, `__init__.py`, `export`). Placed and styled as the file
        does it: after the last import of its kind, its quotes, semicolons, after `__future__`, docstring, shebang.
        """

    def tidy_imports(self, before: str, after: str) -> str:
        """The text after a round with its import lines in order; `as_spliced` where nothing has to be done."""


def as_spliced(before: str, after: str) -> str:
    """The ordinary `tidy_imports`: the text as the edits left it."""
    del before
    return after
