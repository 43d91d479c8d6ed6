"""The table that `cargo outdated` prints for people, as the rows of its JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

from upgrader.errors import InputError

_HEAD = re.compile(r"^Name +Project +Compat +Latest +Kind +Platform *$", re.MULTILINE)
_CLEAN = re.compile(r"^All dependencies are up to date, yay!", re.MULTILINE)
_RULE = re.compile(r"[-= ]+")
_CELLS = 5
"""Columns before the platform, which may hold blanks."""


def is_table(text: str) -> bool:
    """Whether the text is such a table, or the words for none."""
    return bool(_HEAD.search(text) or _CLEAN.search(text))


def table_rows(text: str, source: str) -> Iterator[dict[str, str]]:
    """One row per line, with the keys of the JSON; with `-w` a table for each member. InputError for a cut one."""
    inside = False
    for line in text.splitlines():
        if _HEAD.match(line):
            inside = True
        elif not line.strip():
            inside = False
        elif inside and not _RULE.fullmatch(line):
            cells = line.split()
            if len(cells) < _CELLS:
                raise InputError(
                    f"{source}: not a row of cargo outdated: {line[:100]!r}.", "Save it with --format json."
                )
            yield dict(zip(("name", "project", "compat", "latest", "kind"), cells, strict=False))
