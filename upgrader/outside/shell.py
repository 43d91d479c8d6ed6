"""Runs other programs: argument lists only, two time limits, bounded output, and the whole process tree ended."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

import msgspec

from upgrader.errors import CommandFailed
from upgrader.outside import processes
from upgrader.outside.environment import clean_env, find_tool, registry_access
from upgrader.outside.sandbox import Sandbox, wrap

__all__ = ["run", "Finished", "Ended", "interrupt_all", "clean_env", "find_tool", "registry_access"]

Ended = Literal["exited", "timeout", "idle", "interrupted"]

_KEEP = 64 * 1024
_DRAIN_S = 0.3
_TICK_S = 0.25

_RUNNING: set[_Follower] = set()


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended and what it printed."""

    argv: tuple[str, ...]
    """As asked, without the sandbox around it."""
    exit_code: int | None
    """None when we ended it; negative when a signal did (-9 for SIGKILL)."""
    ended: Ended
    stdout: bytes
    """At most `output_limit` bytes from the start."""
    stderr: bytes
    output: str
    """Both streams in the order of arrival: the first and the last 64 KiB."""
    duration_ms: int
    truncated: bool
    """One of the streams was longer than `output_limit`: do not parse it."""

    @property
    def ok(self) -> bool:
        """It ended by itself with exit code 0."""
        return self.exit_code == 0


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 900,
    idle_s: float = 300,
    output_limit: int = 50 * 2**20,
    stdin: bytes = b"",
    sandbox: Sandbox | None = None,
    grace_s: float = 5.0,
) -> Finished:
    """Run a program and wait for it; a non-zero exit code is an answer, not an error.

    `env` None means `clean_env()`. `timeout_s` counts from the start, `idle_s` from the last output. When it
    returns, or raises, no process of the command's tree is left: TERM to all of it, `grace_s` to tidy up, then
    KILL; what leaves its session or forks twice is found too. Spawned and awaited in the calling thread (bwrap's
    --die-with-parent follows the thread). Raises CommandFailed when the program is missing or cannot be started.
    """
    asked = tuple(argv)
    environment = {**(clean_env() if env is None else env), processes.MARK: os.urandom(16).hex()}
    command = _resolved(asked, environment)
    if sandbox is not None:
        command = wrap(command, cwd, sandbox)
    capture = _Capture(output_limit)
    started = time.monotonic()
    with _input(stdin) as source:
        process = processes.spawn(command, cwd=cwd, env=environment, stdin=source)
        with _Follower(process, environment[processes.MARK], capture) as follower:
            ended = follower.follow(started + timeout_s, idle_s, grace_s)
    return Finished(
        argv=asked,
        exit_code=process.returncode if ended == "exited" else None,
        ended=ended,
        stdout=bytes(capture.streams["stdout"]),
        stderr=bytes(capture.streams["stderr"]),
        output=capture.text(),
        duration_ms=round((time.monotonic() - started) * 1000),
        truncated=capture.truncated,
    )


def interrupt_all() -> None:
    """End every command that runs in any thread; their `run` returns `interrupted`. For signal handlers."""
    for follower in list(_RUNNING):
        follower.interrupted.set()


def _resolved(argv: tuple[str, ...], env: Mapping[str, str]) -> list[str]:
    if not argv:
        raise CommandFailed("An empty command cannot be run.")
    for element in argv:
        if not _is_text(element):
            raise CommandFailed(
                f"{argv[0]!r}: the argument {element!r} is not text that a program can be given."
            )
    bare = os.sep not in argv[0]
    program = find_tool(argv[0], path=env.get("PATH", os.defpath)) if bare else argv[0]
    if not program:
        raise CommandFailed(
            f"{argv[0] or 'A program without a name'}: not found on PATH.", f"Install {argv[0]}."
        )
    return [program, *argv[1:]]


def _is_text(element: object) -> bool:
    return isinstance(element, str) and "\0" not in element


@contextlib.contextmanager
def _input(data: bytes) -> Iterator[IO[bytes] | int]:
    """A file, not a pipe: nobody has to feed it while reading."""
    if not data:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


class _Capture:
    """Output in bounded memory: each stream up to a limit, and head and tail of both as they came."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.streams = {"stdout": bytearray(), "stderr": bytearray()}
        self.head = bytearray()
        self.tail = bytearray()
        self.left_out = 0
        self.truncated = False

    def add(self, name: str, data: bytes) -> None:
        stream = self.streams[name]
        room = max(0, self.limit - len(stream))
        stream += data[:room]
        self.truncated = self.truncated or len(data) > room
        fits = max(0, _KEEP - len(self.head))
        self.head += data[:fits]
        self.tail += data[fits:]
        if len(self.tail) > 4 * _KEEP:
            self._trim()

    def _trim(self) -> None:
        self.left_out += max(0, len(self.tail) - _KEEP)
        del self.tail[:-_KEEP]

    def text(self) -> str:
        self._trim()
        middle = f"\n[... {self.left_out} bytes left out ...]\n".encode() if self.left_out else b""
        return (self.head + middle + self.tail).decode("utf-8", "replace")


class _Follower:
    """Reads one command's pipes until it ends, and sees to its end."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str, capture: _Capture) -> None:
        self.process = process
        self.mark = mark
        self.capture = capture
        self.interrupted = threading.Event()
        self.last_output = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.pipes = 0
        self.pidfd: int | None = None

    def __enter__(self) -> _Follower:
        for name, pipe in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            if pipe is not None:
                self.selector.register(pipe, selectors.EVENT_READ, name)
                self.pipes += 1
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self.pidfd = os.pidfd_open(self.process.pid)
                self.selector.register(self.pidfd, selectors.EVENT_READ, "exit")
        _RUNNING.add(self)
        return self

    def __exit__(self, *failure: object) -> None:
        try:
            processes.kill_tree(self.process, self.mark)
            self._drain(_DRAIN_S)
        finally:
            processes.forget(self.process)
            _RUNNING.discard(self)
            self.selector.close()
            if self.pidfd is not None:
                os.close(self.pidfd)
            for pipe in (self.process.stdout, self.process.stderr):
                if pipe is not None:
                    pipe.close()

    def follow(self, deadline: float, idle_s: float, grace_s: float) -> Ended:
        """Wait until it exits or a limit is reached; then end what is left."""
        self.last_output = time.monotonic()
        while self.process.poll() is None:
            limit = min(deadline, self.last_output + idle_s)
            now = time.monotonic()
            if self.interrupted.is_set() or now >= limit:
                self._terminate(grace_s)
                return (
                    "interrupted" if self.interrupted.is_set() else "timeout" if now >= deadline else "idle"
                )
            self._pump(min(limit - now, _TICK_S))
        # A pipe that stays open now is held by something the command left behind: wait a moment, not for ever.
        self._drain(_DRAIN_S)
        return "exited"

    def _terminate(self, grace_s: float) -> None:
        """TERM, and time to tidy up while we go on reading; the KILL follows in __exit__."""
        processes.signal_tree(self.process, self.mark, signal.SIGTERM)
        end = time.monotonic() + grace_s
        while time.monotonic() < end:
            if self.process.poll() is not None and not processes.survivors(self.process, self.mark):
                return
            self._pump(0.05)
            if not self.pipes:
                time.sleep(0.01)

    def _drain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.pipes and (rest := end - time.monotonic()) > 0:
            self._pump(rest)

    def _pump(self, seconds: float) -> None:
        """Read what has arrived, waiting at most so long for the first of it."""
        if self.pidfd is None:
            seconds = min(seconds, 0.02)
        for key, _ in self.selector.select(seconds):
            if key.data == "exit":
                self.selector.unregister(key.fileobj)
                continue
            data = os.read(key.fd, 65536)
            if data:
                self.capture.add(key.data, data)
                self.last_output = time.monotonic()
            else:
                self.selector.unregister(key.fileobj)
                self.pipes -= 1
