"""Rules for files that hold no code of the four languages: `replace` edits, `find` flags, `config` edits, `forbid`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from upgrader.rulebook.datafiles import edit_data
from upgrader.rulebook.gate import Gate, reason_to_skip
from upgrader.rulebook.globs import fits
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import ConfigForm, FlagForm, RuleForm
from upgrader.rulebook.ready import forbidden
from upgrader.rulebook.rewrite import Said
from upgrader.source.syntax import language_of

Plain = tuple[str, bytes, Sequence[Said], Mapping[str, int]]
"""Path, the bytes as they shall be, what is said of them, and rule to number of edits."""


def rewrite_plain(gate: Gate, pack: Pack, *, unsafe: bool) -> Iterator[Plain]:
    """Go over the files that the pack's globs name; each file with what is made of it."""
    edits = [
        rule for rule in pack.form.edits if rule.replace is not None and (unsafe or rule.safety == "safe")
    ]
    configs = [rule for rule in pack.form.config if unsafe or rule.safety == "safe"]
    flags = [flag for flag in (*pack.form.flags, *forbidden(pack.form)) if flag.find]
    residue = frozenset(item.id for item in pack.form.forbid)
    if not edits and not flags and not configs:
        return
    for path in gate.files():
        work = Work(
            edits=[rule for rule in edits if rule.replace and fits(path, rule.replace.files, rule.ignores)],
            configs=[rule for rule in configs if fits(path, rule.files, ())],
            flags=[flag for flag in flags if fits(path, flag.files, flag.ignores)],
        )
        if not (work.edits or work.configs or work.flags):
            continue
        data = gate.read(path)
        if data is None or reason_to_skip(path, data):
            continue
        text = _text(data)
        if text is None:
            gate.skipped[path] = "not utf-8 text"
        else:
            yield _rewritten(path, text, work, residue)


class Work(Struct, frozen=True, kw_only=True, eq=False):
    """The rules that are about one file."""

    edits: list[RuleForm]
    configs: list[ConfigForm]
    flags: list[FlagForm]


def _rewritten(path: str, text: str, work: Work, residue: frozenset[str]) -> Plain:
    after, counts = replaced(text, [] if language_of(path) else work.edits)
    said: list[Said] = []
    for rule in work.configs:
        after, number, left = edit_data(path, after, rule)
        if number:
            counts[rule.id] = number
        said += [
            Said(kind="not exact", rule=rule.id, line=0, column=0, message=f"not edited: {why}")
            for why in left
        ]
    return path, after.encode(), [*said, *flagged(after, work.flags, residue)], counts


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def replaced(text: str, rules: Sequence[RuleForm]) -> tuple[str, dict[str, int]]:
    """The text after the `replace` rules, and how often each one changed something."""
    counts: dict[str, int] = {}
    for rule in rules:
        if rule.replace is None:
            continue
        after, number = re.subn(rule.replace.find, rule.replace.replace, text)
        if after != text:
            counts[rule.id] = number
            text = after
    return text, counts


def flagged(text: str, flags: Sequence[FlagForm], residue: frozenset[str]) -> list[Said]:
    """The places that the `find` flags name."""
    found: list[Said] = []
    for flag in flags:
        for hit in re.finditer(flag.find, text, re.MULTILINE):
            before = text.rfind("\n", 0, hit.start())
            found.append(
                Said(
                    kind="left over" if flag.id in residue else "flag",
                    rule=flag.id,
                    line=text.count("\n", 0, hit.start()) + 1,
                    column=hit.start() - before,
                    message=flag.message,
                )
            )
    return found
