"""Runs rules over a snippet of JavaScript as the engine does, without files."""

from __future__ import annotations

import msgspec

from upgrader.rulebook.languages.base import Change, Found, Note
from upgrader.rulebook.languages.javascript import writer
from upgrader.rulebook.pack import FlagForm, RuleForm
from upgrader.source.reader import read_uses
from upgrader.source.syntax import Language, SourceFile
from upgrader.source.uses import Elsewhere

ROUNDS = 10


def rule(**words: object) -> RuleForm:
    return msgspec.convert({"id": "r", "url": "u", **words}, RuleForm)


def flag(**words: object) -> FlagForm:
    return msgspec.convert({"id": "f", "url": "u", "message": "look", **words}, FlagForm)


def splice(
    source: SourceFile, found: Found, same: dict[str, list[str]], elsewhere: Elsewhere, packages: list[str]
) -> str:
    uses = read_uses(source, packages, elsewhere)
    accepted: list[Change] = []
    atoms: dict[tuple[str, int], list[Change]] = {}
    for change in found.changes:
        atoms.setdefault((change.rule, change.atom), []).append(change)
    for several in atoms.values():
        if not any(_overlap(one, other) for one in several for other in accepted):
            accepted += several
    imports = writer.edit_imports(source, uses, found, accepted)
    extra = [one for one in imports if not any(_overlap(one, other) for other in accepted)]
    text = source.text
    for change in sorted([*accepted, *extra], key=lambda one: one.span, reverse=True):
        text = text[: change.span.start] + change.text + text[change.span.end :]
    return text


def _overlap(one: Change, other: Change) -> bool:
    if one.span == other.span and one.text == other.text:
        return False
    return one.span.start < other.span.end and other.span.start < one.span.end


def mend(
    text: str,
    *rules: RuleForm,
    packages: list[str],
    language: Language = "tsx",
    same: dict[str, list[str]] | None = None,
    elsewhere: Elsewhere | None = None,
) -> str:
    """The text after all rounds; a second run must change nothing."""
    same, elsewhere = same or {}, elsewhere or {}
    source = SourceFile("example", text.encode(), language)
    faults = source.faults()
    for _ in range(ROUNDS):
        uses = read_uses(source, packages, elsewhere)
        found = writer.find_changes(source, uses, rules, same)
        after = splice(source, found, same, elsewhere, packages)
        if after == source.text:
            break
        source = source.again(after)
    else:
        raise AssertionError(f"never settles: {source.text}")
    assert source.faults() <= faults, source.text
    return source.encode(source.text).decode()


def notes(text: str, *rules: RuleForm, packages: list[str], language: Language = "tsx") -> list[str]:
    """What the rules say of places that they leave alone, as source text."""
    source = SourceFile("example", text.encode(), language)
    found = writer.find_changes(source, read_uses(source, packages), rules, {})
    return [told(source, note) for note in found.notes]


def flagged(text: str, *flags: FlagForm, packages: list[str], language: Language = "tsx") -> list[str]:
    """The source text of the flagged places."""
    source = SourceFile("example", text.encode(), language)
    return [told(source, note) for note in writer.find_flags(source, read_uses(source, packages), flags, {})]


def told(source: SourceFile, note: Note) -> str:
    return source.text[note.span.start : note.span.end]
