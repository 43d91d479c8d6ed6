"""What a pack should be beyond being readable: tested both ways, named by its folder, each step with its source."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.rulebook.check import kinds_of
from upgrader.rulebook.load import Card, Pack
from upgrader.rulebook.marked_yaml import Keys, said
from upgrader.rulebook.pack import Snippet


def lint_pack(card: Card, pack: Pack) -> list[str]:
    """Every complaint as `path:line: key: sentence`, in the order of the file's parts."""
    found = [*_head(card, pack), *_edits(pack), *_flags(pack)]
    return [f"{pack.path}:{pack.line(*keys)}: {said(keys)}: {what}" for keys, what in found]


def _head(card: Card, pack: Pack) -> Iterator[tuple[Keys, str]]:
    form = pack.form
    folder = card.file.rpartition("/")[0].partition("/")[2]
    if folder != form.package.name:
        yield ("package", "name"), f"is {form.package.name}, and the folder is {folder}."
    place = card.file.removesuffix(".yml").removesuffix(".yaml")
    if "/" in place and form.id != place:
        yield ("id",), f"is {form.id}, and its place is {place}."
    if not form.references:
        yield ("references",), "names no migration guide."
    if not (form.edits or form.flags or form.config or form.manifest):
        yield (), "has no edit, flag, config or manifest entry."


def _edits(pack: Pack) -> Iterator[tuple[Keys, str]]:
    form = pack.form
    for index, rule in enumerate(form.edits):
        if kinds_of(rule) != ["delegate"]:
            yield from ((("edits", index, "tests"), what) for what in _both_ways(rule.tests))
    for index, config in enumerate(form.config):
        yield from ((("config", index, "tests"), what) for what in _both_ways(config.tests))


def _both_ways(tests: list[Snippet]) -> Iterator[str]:
    if not any(test.after is not None for test in tests):
        yield "needs at least one test that changes something."
    if not any(test.after is None for test in tests):
        yield "needs at least one test that must not change: an alias, a shadow, a look-alike."
    yield from _names(tests)


def _flags(pack: Pack) -> Iterator[tuple[Keys, str]]:
    for index, flag in enumerate(pack.form.flags):
        keys: Keys = ("flags", index, "tests")
        if not any(flag.id in test.notes for test in flag.tests):
            yield keys, "needs at least one test in which it speaks up (`notes: [its id]`)."
        if not any(not test.notes for test in flag.tests):
            yield keys, "needs at least one test in which it is silent."
        yield from ((keys, what) for what in _names(flag.tests))


def _names(tests: list[Snippet]) -> Iterator[str]:
    names = [test.name for test in tests]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the name {name!r} stands twice."
