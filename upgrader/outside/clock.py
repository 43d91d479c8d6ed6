"""The patience of a client: its limits, and the time that one request has left."""

from __future__ import annotations

import threading
import time

import msgspec

from upgrader.errors import RegistryError


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The patience of a client; seconds."""

    connect_s: float
    tries: int
    backoff_s: float


class Clock:
    """The time that one request has left, over all its redirects and tries."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self.seconds = seconds
        self.end = time.monotonic() + seconds
        self.waited = 0.0
        self._stop = stop

    def left(self) -> float:
        """Return the seconds that are left, perhaps negative."""
        return self.end - time.monotonic()

    def sleep(self, seconds: float, *, extra: bool = False) -> None:
        """Wait; an `extra` wait, asked for by the server, does not count against the deadline."""
        if extra:
            self.end += seconds
            self.waited += seconds
        if self._stop.wait(max(0.0, seconds)):
            raise RegistryError("Not asked: the program was interrupted.")
