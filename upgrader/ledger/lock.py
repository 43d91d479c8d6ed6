"""One run at a time per repository: a lock that the kernel frees, however the holder ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from upgrader.errors import Busy, LedgerError
from upgrader.ledger.rows import stamp, utc_now

_POLL_S = 0.05
_LONGEST_NOTE = 1000


class RepositoryLock:
    """flock(2) on `<git common dir>/upgrader/lock`; a context manager, not re-entrant.

    The file stays; only the lock on it counts. Its text says who holds it, for people.
    """

    def __init__(
        self, path: Path, *, wait_s: float = 30, host: str = "", on_wait: Callable[[str], None] | None = None
    ) -> None:
        """`on_wait` is told once who holds the lock, as soon as it must be waited for."""
        self.path = path
        self.on_wait = on_wait
        self.wait_s = wait_s
        self.host = host or socket.gethostname()
        self._descriptor = -1

    @property
    def held(self) -> bool:
        """Tell whether this object holds the lock."""
        return self._descriptor >= 0

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock, waiting up to `wait_s` seconds.

        Raises Busy naming the holder, LedgerError where the file system knows no locks.
        """
        if self.held:
            raise LedgerError(f"{self.path}: the lock is already held by this very run.")
        deadline = time.monotonic() + self.wait_s
        told = False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while (descriptor := self._try()) < 0:
                if self.on_wait and not told:
                    self.on_wait(self._holder())
                told = True
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"{self.path}: {self._holder()} is at work here.", "Try again when it is done."
                    )
                time.sleep(min(_POLL_S, max(0.0, deadline - time.monotonic())))
        except OSError as fault:
            raise _unlockable(self.path, fault) from fault
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; without one it does nothing."""
        if self.held:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
            os.close(descriptor)

    def _try(self) -> int:
        """Return the locked file's descriptor, or -1 when somebody else has it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, self.path):
                note = {"pid": os.getpid(), "host": self.host, "since": stamp(utc_now())}
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(note).encode(), 0)
                return descriptor
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return -1

    def _holder(self) -> str:
        """Describe who holds the lock, as far as its note can be read."""
        try:
            with self.path.open("rb") as file:
                note = json.loads(file.read(_LONGEST_NOTE))
            return (
                f"process {int(note['pid'])} on {str(note['host'])[:80]!r} since {str(note['since'])[:40]!r}"
            )
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return "another process"


def _same_file(descriptor: int, path: Path) -> bool:
    """A lock on a file that was deleted or replaced meanwhile keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _unlockable(path: Path, fault: OSError) -> LedgerError:
    if fault.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
        advice = "Work on a local disk: without a lock two runs would spoil each other's work."
        return LedgerError(f"{path}: this file system knows no locks: {fault.strerror}.", advice)
    return LedgerError(f"{path}: cannot be locked: {fault.strerror}.", "Check the folder's permissions.")
