"""Templates of new source: `{0}`, `{key=}`, `{...}`, `{receiver}`, `{use:SYMBOL}` filled in from a call."""

from __future__ import annotations

import re
from typing import NamedTuple

from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.rulebook.languages.python.spelling import spelled

_USE = re.compile(r"\{use:([^}]+)\}")


class Filled(NamedTuple):
    """A template with the symbols it uses spelled out."""

    text: str
    wants: tuple[tuple[str, str], ...]
    """Symbol and local name of what has to be imported."""


def filled_symbols(sheet: Sheet, template: str, offset: int) -> Filled | None:
    """Spell every `{use:SYMBOL}` as it can be written at the offset; None when one can't."""
    wants: list[tuple[str, str]] = []
    text = template
    for found in _USE.finditer(template):
        spelling = spelled(sheet, found[1], offset)
        if spelling is None:
            return None
        text = text.replace(found[0], spelling.text)
        if spelling.symbol:
            wants.append((spelling.symbol, spelling.local))
    return Filled(text, tuple(wants))
