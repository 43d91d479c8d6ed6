"""A value in a data file and the bytes it stands in; and the edit that replaces them."""

from __future__ import annotations

from msgspec import Struct

from upgrader.model import Edit


class Value(Struct, frozen=True, kw_only=True):
    """One scalar of a JSON, TOML or YAML file."""

    keys: tuple[str | int, ...]
    """Path of keys; an array's element stands at its 0-based index."""
    value: str | int | float | bool | None
    """Decoded; TOML dates as written."""
    start: int
    """Byte offset of its first byte, opening quote included."""
    end: int
    """Byte offset after its last byte."""
    line: int
    """1-based line of `start`."""

    @property
    def path(self) -> str:
        """The keys as people write them: `dependencies.left-pad`, `project.dependencies[0]`."""
        text = ""
        for key in self.keys:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return text


def replace_inside(path: str, text: bytes, value: Value, before: str, after: str) -> Edit | None:
    """The edit that turns the one occurrence of `before` inside `value` into `after`.

    None when `before` does not stand there exactly once as written (escaped, or twice): the place is left alone.
    """
    span = text[value.start : value.end]
    wanted = before.encode()
    if not wanted or span.count(wanted) != 1:
        return None
    start = value.start + span.index(wanted)
    return Edit(path=path, line=text.count(b"\n", 0, start) + 1, start=start, before=before, after=after)
