"""Rewrites one file by one pack: rounds of find, choose, edit imports and splice, until nothing is left to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from upgrader.model.rewrite import NoteKind
from upgrader.rulebook.describe import describe
from upgrader.rulebook.edits import clash, resolve, splice
from upgrader.rulebook.languages import WRITERS
from upgrader.rulebook.languages.base import Change, Found, Note, Writer
from upgrader.rulebook.patterns import find_flagged, find_pattern
from upgrader.rulebook.ready import Ready, Tools, tools_for
from upgrader.rulebook.suppress import Kept, allowed
from upgrader.rulebook.words import read_words
from upgrader.source.reader import read_uses
from upgrader.source.syntax import NotRead, SourceFile
from upgrader.source.uses import Elsewhere, Uses

MOST_ROUNDS = 10
"""Rounds after which a file whose edits do not come to rest is left as it was."""


class Said(Struct, frozen=True, kw_only=True):
    """A note about a place in the text as it is left."""

    kind: NoteKind
    rule: str
    line: int
    column: int
    message: str


class Outcome(Struct, frozen=True, kw_only=True, eq=False):
    """What a pack made of one file."""

    source: SourceFile
    """As it is left; the one that went in when nothing was changed."""
    edits: dict[str, int]
    """Rule to the number of its edits."""
    notes: tuple[Said, ...] = ()


class Restless(Exception):
    """The edits of a file do not come to rest, or can't be written; the text says why."""


class _Rested(Struct, frozen=True, kw_only=True, eq=False):
    """A file in which the rules find nothing any more."""

    source: SourceFile
    uses: Uses
    tools: Tools
    found: Found
    edits: Counter[str]


def rewrite_file(source: SourceFile, ready: Ready, elsewhere: Elsewhere, *, unsafe: bool) -> Outcome:
    """Apply a pack to a file and gather its notes. Never raises for the code: what goes wrong is a note.

    The edits of a rule after which the file parses worse than before are taken back; all of them when that is not
    enough, or when they do not come to rest.
    """
    try:
        rested = _settle(source, ready, elsewhere, unsafe=unsafe, without=frozenset())
        broken = _breaking(source, rested, ready, elsewhere, unsafe=unsafe)
        if broken:
            rested = _sound(source, _settle(source, ready, elsewhere, unsafe=unsafe, without=broken))
    except Restless as fault:
        return _left(source, ready, elsewhere, f"its edits were taken back: {fault}")
    notes = _notes(rested, ready)
    for rule in sorted(broken):
        notes.append(
            _whole("dropped", rule, "its edits were taken back: the file would parse worse than before")
        )
    return Outcome(source=rested.source, edits=dict(rested.edits), notes=tuple(notes))


def _sound(source: SourceFile, rested: _Rested) -> _Rested:
    if rested.source is not source and rested.source.faults() > source.faults():
        raise Restless("the file would parse worse than before")
    return rested


def _left(source: SourceFile, ready: Ready, elsewhere: Elsewhere, why: str) -> Outcome:
    """The file as it was, with the reason and what the flags say of it."""
    rules = frozenset(rule.form.id for rule in ready.rules)
    rested = _settle(source, ready, elsewhere, unsafe=False, without=rules)
    return Outcome(source=source, edits={}, notes=(_whole("dropped", "", why), *_notes(rested, ready)))


def _whole(kind: NoteKind, rule: str, message: str) -> Said:
    return Said(kind=kind, rule=rule, line=0, column=0, message=message)


def _settle(
    source: SourceFile, ready: Ready, elsewhere: Elsewhere, *, unsafe: bool, without: Collection[str]
) -> _Rested:
    """Run rounds until nothing changes. Raises Restless after MOST_ROUNDS, or when a text comes back."""
    edits: Counter[str] = Counter()
    seen = {source.text}
    changes: list[Change] = []
    for _ in range(MOST_ROUNDS):
        tools = tools_for(
            ready,
            source.path,
            source.text,
            read_words(source.text, source.language, ready.imports),
            unsafe=unsafe,
        )
        tools = _without(tools, without)
        uses = read_uses(source, ready.imports, elsewhere)
        found = find(source, uses, tools, ready)
        changes = choose(source, uses, found)
        text = writer_of(source).tidy_imports(source.text, splice(source, changes))
        if text == source.text:
            return _Rested(source=source, uses=uses, tools=tools, found=found, edits=edits)
        if text in seen:
            raise Restless(f"they go in a circle ({_rules(changes)})")
        seen.add(text)
        edits.update(_counted(changes))
        source = _again(source, text)
    raise Restless(f"they do not come to rest in {MOST_ROUNDS} rounds ({_rules(changes)})")


def _again(source: SourceFile, text: str) -> SourceFile:
    try:
        return source.again(text)
    except (UnicodeEncodeError, NotRead) as fault:
        raise Restless(f"they can't be written in the file's encoding ({fault})") from fault


def _rules(changes: Sequence[Change]) -> str:
    return ", ".join(sorted({change.rule for change in changes}))


def _counted(changes: Sequence[Change]) -> Counter[str]:
    """An atom is one edit, however many places it touches."""
    return Counter(rule for rule, _ in {(change.rule, change.atom) for change in changes})


def _without(tools: Tools, rules: Collection[str]) -> Tools:
    if not rules:
        return tools
    return replace(
        tools,
        structured=[rule for rule in tools.structured if rule.id not in rules],
        patterns=[rule for rule in tools.patterns if rule.id not in rules],
    )


def find(source: SourceFile, uses: Uses, tools: Tools, ready: Ready) -> Found:
    """Everything the rules find in one round."""
    same = ready.pack.form.same
    parts: list[Found] = []
    if tools.structured:
        parts.append(writer_of(source).find_changes(source, uses, tools.structured, same))
    for rule in tools.patterns:
        if rule.ast_grep is not None:
            parts.append(find_pattern(source, uses, rule, rule.ast_grep, same))
    return Found(
        changes=tuple(change for part in parts for change in part.changes),
        notes=tuple(note for part in parts for note in part.notes),
        wants=tuple(want for part in parts for want in part.wants),
        freed=tuple(freed for part in parts for freed in part.freed),
    )


def choose(source: SourceFile, uses: Uses, found: Found) -> list[Change]:
    """The changes of this round, those of the import lines included."""
    taken = resolve(allowed(source, found.changes))
    if not taken and not found.freed and not found.wants:
        return []
    for _ in range(3):
        imports = _imports(source, uses, found, taken)
        crossed = {
            (change.rule, change.atom)
            for change in taken
            if any(clash(change.span, other.span) and change.text != other.text for other in imports)
        }
        if not crossed:
            return resolve([*taken, *imports]) if imports else taken
        # They are found again in the next round, when the import lines are what they shall be.
        taken = [change for change in taken if (change.rule, change.atom) not in crossed]
    return taken


def _imports(source: SourceFile, uses: Uses, found: Found, taken: Sequence[Change]) -> tuple[Change, ...]:
    """The changes of the import lines for what was taken; the rules that only touch imports have no changes else."""
    atoms = {(change.rule, change.atom) for change in taken}
    rules = {change.rule for change in found.changes} - {rule for rule, _ in atoms}
    kept = Kept(source.text)
    accepted = Found(
        changes=tuple(taken),
        wants=tuple(
            want for want in found.wants if (want.rule, want.atom) in atoms or want.rule not in rules
        ),
        freed=tuple(freed for freed in found.freed if freed.rule not in rules),
    )
    made = writer_of(source).edit_imports(source, uses, accepted, taken)
    return tuple(change for change in made if not kept.keeps(change.rule, change.span.start))


def writer_of(source: SourceFile) -> Writer:
    """The module that rewrites the file's language."""
    return cast(Writer, import_module(WRITERS[source.language]))


def _breaking(
    source: SourceFile, rested: _Rested, ready: Ready, elsewhere: Elsewhere, *, unsafe: bool
) -> frozenset[str]:
    """The rules whose edits alone make the file parse worse; all when no single one does."""
    if rested.source is source or rested.source.faults() <= source.faults():
        return frozenset()
    rules = set(rested.edits)
    blamed = set()
    for rule in sorted(rules):
        others = frozenset(item.form.id for item in ready.rules) - {rule}
        alone = _settle(source, ready, elsewhere, unsafe=unsafe, without=others)
        if alone.source.faults() > source.faults():
            blamed.add(rule)
    return frozenset(blamed or rules)


def _notes(rested: _Rested, ready: Ready) -> list[Said]:
    """What is left for people in the text as it is now."""
    source, uses, tools = rested.source, rested.uses, rested.tools
    same = ready.pack.form.same
    found = [("not exact", note) for note in rested.found.notes]
    residue = {item.id for item in ready.pack.form.forbid}
    structured = [flag for flag in tools.flags if flag.symbols or flag.keyword or flag.methods or flag.count]
    if structured:
        found += [("flag", note) for note in writer_of(source).find_flags(source, uses, structured, same)]
    for flag in tools.flags:
        if flag.ast_grep is not None:
            found += [("flag", note) for note in find_flagged(source, uses, flag, flag.ast_grep, same)]
    found += [("unsafe", note) for note in _waiting(source, uses, tools, ready)]
    found += [("not followed", Note(span=span, rule="", message=why)) for span, why in uses.unresolved]
    kept = Kept(source.text)
    said = []
    for kind, note in sorted(set(found), key=lambda pair: (pair[1].span, pair[0], pair[1].rule)):
        if not kept.keeps(note.rule, note.span.start):
            line, column = source.line_column(note.span.start)
            told = cast(NoteKind, "left over" if kind == "flag" and note.rule in residue else kind)
            said.append(Said(kind=told, rule=note.rule, line=line, column=column, message=note.message))
    return said


def _waiting(source: SourceFile, uses: Uses, tools: Tools, ready: Ready) -> list[Note]:
    """A note for each edit that an unsafe rule would make."""
    if not tools.waiting:
        return []
    asked = Tools(
        structured=[rule for rule in tools.waiting if rule.ast_grep is None],
        patterns=[rule for rule in tools.waiting if rule.ast_grep is not None],
        waiting=[],
        flags=[],
    )
    found = find(source, uses, asked, ready)
    messages = {rule.id: describe(rule) for rule in tools.waiting}
    first: dict[tuple[str, int], Change] = {}
    for change in sorted(found.changes, key=lambda item: item.span):
        first.setdefault((change.rule, change.atom), change)
    return [
        Note(span=change.span, rule=rule, message=f"{messages[rule]} (made with --unsafe)")
        for (rule, _), change in first.items()
    ]
