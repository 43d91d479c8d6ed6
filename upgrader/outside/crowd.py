"""Does numbered work in threads: a few where the server is near, many as soon as it turns out to be far away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

FEW = 10
"""Threads to begin with: each costs a TLS handshake, and a near server answers no faster for more of them."""
MANY = 32
_LOOK_S = 0.01


class Far(threading.Event):
    """Set when a server turns out to be so far away that waiting, not work, is what takes the time."""

    CONNECT_S = 0.004
    """A TCP handshake is one way there and back."""
    ANSWER_S = 0.1
    """From the request to the first bytes of its answer."""


def in_crowd(numbers: Sequence[int], work: Callable[[int], None], far: Far, stop: threading.Event) -> None:
    """Call `work` with each number, once; what it raises ends the rest and is raised here.

    Ctrl-C sets `stop`, by which work under way ends at its next step.
    """
    crowd = _Crowd(numbers, work)
    try:
        crowd.grow(FEW)
        while crowd.may_grow() and not far.wait(_LOOK_S):
            pass
        if far.is_set():
            crowd.grow(MANY)
        for thread in crowd.threads:
            thread.join()
    except BaseException:
        stop.set()
        raise
    if crowd.bugs:
        raise crowd.bugs[0]


class _Crowd:
    """The threads, and the numbers that nobody has taken yet."""

    def __init__(self, numbers: Sequence[int], work: Callable[[int], None]) -> None:
        self.work = work
        self.left = list(reversed(numbers))
        self.most = min(MANY, len(numbers))
        self.threads: list[threading.Thread] = []
        self.bugs: list[BaseException] = []

    def grow(self, size: int) -> None:
        """Start threads until there are so many, or as many as there is work for."""
        for number in range(len(self.threads), min(size, self.most)):
            thread = threading.Thread(target=self._toil, name=f"http-{number}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def may_grow(self) -> bool:
        """Whether more threads would find work to do."""
        return len(self.threads) < self.most and bool(self.left) and not self.bugs

    def _toil(self) -> None:
        try:
            while self.left and not self.bugs:
                try:
                    number = self.left.pop()
                except IndexError:  # another thread took the last one
                    return
                self.work(number)
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            self.bugs.append(error)
