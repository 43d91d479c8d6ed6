"""A console that keeps what is printed on it."""

import io
from collections.abc import Callable

from rich.console import Console


def printed(
    write: Callable[[Console], None], *, width: int = 120, terminal: bool = False, no_color: bool = True
) -> str:
    """What `write` prints, lines without trailing blanks."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        no_color=no_color,
        color_system="standard" if terminal else None,
        highlight=False,
    )
    write(console)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def printed_in(encoding: str, write: Callable[[Console], None], *, width: int = 120) -> str:
    """What `write` prints to a stream of that encoding; raises when it cannot be encoded."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="\n")
    write(Console(file=stream, width=width, force_terminal=False, highlight=False))
    stream.flush()
    return raw.getvalue().decode(encoding)
