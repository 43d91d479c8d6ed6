"""Annotations of a Python file: the classes one names, in code, in strings and in `# type:` comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from upgrader.source.python.roles import start_of

WORDS = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*")
_SEE_THROUGH = frozenset(
    ("Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
)
"""What `X[C]` of these promises is a C (typing, PEP 593, 655)."""
DEEPEST = 8
"""Brackets inside each other that an annotation is read into."""


def classes_in(kind: SgNode | None) -> Iterator[tuple[str, int]]:
    """The dotted names that a value of the annotation is an instance of, with the offset each is read at.

    `Optional[a.B]`, `"a.B"`, `a.B | None` and `Annotated[a.B, ...]` give `a.B`; `list[a.B]` gives nothing.
    """
    if kind is None:
        return
    text = kind.text()
    start = start_of(kind)
    if "#" not in text and len(text) < 500:
        yield from ((name, start + at) for name, at in promised(text))


def promised(text: str) -> Iterator[tuple[str, int]]:
    """The same of an annotation's text, with offsets in it."""
    yield from _promised(text, 0, 0)


def _promised(text: str, at: int, depth: int) -> Iterator[tuple[str, int]]:
    lead = len(text) - len(text.lstrip(" \t\r\n\"'("))
    text, at = text[lead:].rstrip(" \t\r\n\"')"), at + lead
    if depth > DEEPEST:
        return
    parts = split_at(text, "|")
    if len(parts) == 1:
        parts, name = _arguments(text)
        if name and name != "None":
            yield name, at
    for part, where in parts:
        yield from _promised(part, at + where, depth + 1)


def _arguments(text: str) -> tuple[list[tuple[str, int]], str]:
    """What of `X[...]` promises the value: its arguments, or the dotted name X."""
    found = WORDS.match(text)
    if found is None:
        return [], ""
    name = "".join(found[0].split())
    rest = text[found.end() :].strip()
    if not rest:
        return [], name
    if not (rest.startswith("[") and rest.endswith("]")):
        return [], ""
    inner = text.index("[") + 1
    arguments = [(part, inner + where) for part, where in split_at(text[inner:-1], ",")]
    last = name.rpartition(".")[2]
    if last in _SEE_THROUGH:
        return arguments[:1], ""
    return (arguments, "") if last == "Union" else ([], name)


def split_at(text: str, by: str) -> list[tuple[str, int]]:
    """Split at a character outside brackets; each part with its offset."""
    parts: list[tuple[str, int]] = []
    level = begin = 0
    for at, char in enumerate(text):
        if char in "[(":
            level += 1
        elif char in ")]":
            level -= 1
        elif char == by and level == 0:
            parts.append((text[begin:at], begin))
            begin = at + 1
    parts.append((text[begin:], begin))
    return parts
