"""Rules as a pack has them, run over a text of Python."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent

import msgspec

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.pack import RuleForm


def rule(**form: object) -> RuleForm:
    """A rule as a pack has it."""
    return msgspec.convert({"id": "r", "url": "u", **form}, RuleForm)


def rewritten(
    text: str, rules: Sequence[RuleForm], packages: Sequence[str], path: str = "app.py"
) -> tuple[str, list[str]]:
    """The text when nothing changes any more, and what was noted in the last round."""
    after, notes = rewrite(path, dedent(text), packages, rules)
    return after, [note.message for note in notes]
