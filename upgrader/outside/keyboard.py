"""Reads single keys from the terminal, by name."""

from __future__ import annotations

import os
import select
import sys
from types import TracebackType

_NAMES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\r": "enter",
    "\n": "enter",
    " ": "space",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "esc",
    "\x04": "esc",
}
_REST_S = 0.05
"""Seconds in which the rest of an arrow key's three bytes arrives; a lone escape has none."""


def is_terminal() -> bool:
    """Whether a person sits at both ends, and the system can give single keys."""
    try:
        import termios  # noqa: F401, RUF100 - there is none on Windows
    except ImportError:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def names_of(text: str) -> list[str]:
    """The keys in what was read: letters by themselves, others by name; other escape sequences are dropped."""
    found: list[str] = []
    while text:
        size = 1
        if text[0] == "\x1b" and len(text) > 1 and text[1] in "[O":
            size = next(
                (i + 1 for i in range(2, len(text)) if text[i].isalpha() or text[i] == "~"), len(text)
            )
        part, text = text[:size], text[size:]
        if part in _NAMES:
            found.append(_NAMES[part])
        elif size == 1 and part.isprintable():
            found.append(part)
    return found


class Keyboard:
    """The terminal in a mode in which each key arrives at once, unseen; left as it was found."""

    def __enter__(self) -> Keyboard:
        import termios
        import tty

        self._file = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        import termios

        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def read(self) -> list[str]:
        """Wait for keys and name them; `esc` at the end of the input. Ctrl-C raises KeyboardInterrupt."""
        data = os.read(self._file, 1024)
        if not data:
            return ["esc"]
        while (
            data.endswith((b"\x1b", b"\x1b[", b"\x1bO")) and select.select([self._file], [], [], _REST_S)[0]
        ):
            data += os.read(self._file, 1024)
        return names_of(data.decode("utf-8", "ignore"))
