"""Where words go: one JSON document on stdout, tables on stdout, progress and notes on stderr."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from upgrader.model import SCHEMA_VERSION
from upgrader.outside.redact import strip_controls

if TYPE_CHECKING:
    from rich.console import Console

Colour = Literal["auto", "always", "never"]
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_QUIET_S = 0.3
"""Nothing is shown of work that is shorter than this."""


def stderr(text: str) -> None:
    """One line for people, beside the data."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(command: str, facts: Mapping[str, object]) -> None:
    """The one JSON document of a command: `schema_version`, `command`, then its facts."""
    document = {"schema_version": SCHEMA_VERSION, "command": command, **facts}
    try:
        data = msgspec.json.format(msgspec.json.encode(document), indent=2)
    except UnicodeEncodeError:
        # A path that is no UTF-8 reaches us with surrogates: they are spelled out, as json does.
        data = json.dumps(msgspec.to_builtins(document), indent=2).encode()
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()


def make_console(colour: Colour) -> Console:
    """A console for stdout: `auto` honours NO_COLOR and FORCE_COLOR (no-color.org), and pipes get no colours."""
    from rich.console import Console

    force = True if colour == "always" else None
    forbid = colour == "never" or (colour == "auto" and bool(os.environ.get("NO_COLOR")))
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "0") or 0) or 140
    return Console(
        force_terminal=force, no_color=forbid or None, width=width, highlight=False, soft_wrap=False
    )


class Progress:
    """A line on stderr that says what happens now: on a terminal it moves, elsewhere each step is a line."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.moving = sys.stderr.isatty() and not quiet
        self._started = time.monotonic()
        self._frame = 0
        self._lock = threading.Lock()
        self._last = ""

    def __call__(self, text: str) -> None:
        """Say what happens now."""
        text = strip_controls(text)
        with self._lock:
            if self.quiet or text == self._last:
                return
            self._last = text
            if not self.moving:
                return
            if time.monotonic() - self._started > _QUIET_S:
                self._frame = (self._frame + 1) % len(_FRAMES)
                sys.stderr.write(f"\r\x1b[2K{_FRAMES[self._frame]} {text[:110]}")
                sys.stderr.flush()

    def step(self, step_id: str, text: str) -> None:
        """Say what happens to one step; off a terminal as a line of its own, so that a CI log shows it."""
        words = f"{step_id}: {text}" if step_id else text
        if self.moving or self.quiet:
            self(words)
        else:
            stderr(strip_controls(words))

    def done(self) -> None:
        """Clear the moving line."""
        if self.moving:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
