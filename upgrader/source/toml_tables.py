"""Inline tables over several lines (TOML 1.1), as the same bytes on one line for a reader of TOML 1.0."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb'''"""(?:[^"\\]++|\\.|""?(?!"))*+"{3,5}'''
    rb"""|'''(?:[^']++|''?(?!'))*+'{3,5}"""
    rb'''|"(?:[^"\\\n]++|\\.)*+"'''
    rb"""|'[^'\n]*+'"""
    rb"""|\#[^\n]*+|[\[\]{}]|\r?\n|,""",
    re.DOTALL,
)


def on_one_line(text: bytes) -> bytes:
    """The text with blanks for line ends, comments and the last comma inside inline tables; every byte keeps its place.

    Cargo reads such tables (https://toml.io/en/v1.1.0#inline-table); `tomllib` does not. What is in no inline table
    stays as it is.
    """
    made = bytearray(text)
    opened: list[bytes] = []
    comma = -1
    """Offset of a comma in the innermost inline table that nothing has followed yet."""
    empty = False
    """Nothing has followed the opening bracket yet: a comma there is a fault."""
    at = 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        inside = opened[-1:] == [b"{"]
        if text[at : found.start()].strip():
            comma, empty = -1, False
        at = found.end()
        if inside and token[:1] in (b"#", b"\n", b"\r"):
            made[found.start() : found.end()] = b" " * len(token)
            continue
        if token == b"}" and inside and comma >= 0:
            made[comma : comma + 1] = b" "
        comma = found.start() if token == b"," and inside and not empty else -1
        empty = token == b"{"
        _turn(token, opened)
    return bytes(made)


def _turn(token: bytes, opened: list[bytes]) -> None:
    """Open or close a bracket."""
    if token in (b"{", b"["):
        opened.append(token)
    elif token in (b"}", b"]") and opened:
        opened.pop()
