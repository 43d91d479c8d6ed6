"""Comments that keep the rules away: `ast-grep-ignore` and `upgrade: keep`, on the line or on the line above."""

from __future__ import annotations

import re
from collections.abc import Sequence

from upgrader.rulebook.languages.base import Change
from upgrader.source.syntax import SourceFile

_MARK = re.compile(
    r"(?:#|//|/\*|\*|<!--)[^\n]*?\b(ast-grep-ignore|upgrade: keep)\b[ \t]*:?[ \t]*([\w./@, \t-]*)"
)
_ALONE = re.compile(r"[ \t]*(?:#|//|/\*|\{/\*|<!--)")


class Kept:
    """The lines of a text that its authors keep as they are."""

    def __init__(self, text: str) -> None:
        """Looks for the comments once; a text without the words costs one search."""
        self.text = text
        self.lines: dict[int, frozenset[str]] = {}
        """0-based line to the rules that are kept away, empty for all."""
        self.whole: frozenset[str] | None = None
        """Of the whole file: `ast-grep-ignore` on the first line with an empty line after it."""
        if "ast-grep-ignore" in text or "upgrade: keep" in text:
            self._read()

    def _read(self) -> None:
        lines = self.text.split("\n")
        for number, line in enumerate(lines):
            found = _MARK.search(line)
            if found is None:
                continue
            rules = frozenset(re.split(r"[,\s]+", found[2].strip(" -"))) - {""}
            alone = _ALONE.match(line) is not None
            if alone and number == 0 and len(lines) > 1 and not lines[1].strip():
                self.whole = rules
            self.lines[number + 1 if alone else number] = rules

    def keeps(self, rule: str, offset: int) -> bool:
        """Whether a rule may not touch what stands at an offset."""
        if self.whole is not None and (not self.whole or rule in self.whole):
            return True
        if not self.lines:
            return False
        named = self.lines.get(self.text.count("\n", 0, offset))
        return named is not None and (not named or rule in named)


def allowed(source: SourceFile, changes: Sequence[Change]) -> list[Change]:
    """The changes without the atoms of which a part stands on a kept line."""
    kept = Kept(source.text)
    if kept.whole is None and not kept.lines:
        return list(changes)
    refused = {(change.rule, change.atom) for change in changes if kept.keeps(change.rule, change.span.start)}
    return [change for change in changes if (change.rule, change.atom) not in refused]
