"""The whole tree of processes below a command: spawned with a mark, found again and ended, whatever it did to hide."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from upgrader.errors import CommandFailed

if TYPE_CHECKING:
    import psutil

MARK = "UPGRADER_RUN"
"""Environment variable with a random value per run: children that were re-parented are recognised by it."""

_LOCK = threading.Lock()
_ROOTS: dict[int, str] = {}
"""The root process of every run that has not been swept yet, with its mark."""
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 200


@functools.cache
def become_subreaper() -> bool:
    """Ask Linux to give us the orphans of our children (prctl(2)); False where that does not exist."""
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def spawn(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, with pipes for its output; `env` must hold MARK.

    Raises CommandFailed when it cannot be started at all.
    """
    become_subreaper()
    try:
        with _LOCK:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(env),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
            _ROOTS[process.pid] = env[MARK]
    except OSError as error:
        raise CommandFailed(f"{argv[0]}: cannot be started in {cwd}: {error.strerror or error}.") from error
    return process


def forget(process: subprocess.Popen[bytes]) -> None:
    """Stop counting the process as a running root; it must have been swept."""
    with _LOCK:
        _ROOTS.pop(process.pid, None)


def signal_tree(process: subprocess.Popen[bytes], mark: str, number: signal.Signals) -> None:
    """Send a signal to the command's group and to everything that left the group."""
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)
    for other in survivors(process, mark):
        _send(other, number)


def kill_tree(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill all that is left of the command, again and again until nothing new shows up."""
    for _ in range(_ROUNDS):
        if process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        left = survivors(process, mark)
        for other in left:
            _send(other, signal.SIGKILL)
        if not left and process.returncode is not None:
            return
        time.sleep(0.002)


def survivors(process: subprocess.Popen[bytes], mark: str) -> list[psutil.Process]:
    """Return the living processes that belong to the command, the root itself left out; reaps our dead orphans."""
    if _childless(process):
        return []
    import psutil  # 23 ms: only when something may be left over

    found: dict[int, psutil.Process] = {}
    with _LOCK:
        roots = dict(_ROOTS)
        for candidate in _candidates(process, mark, roots):
            _collect(candidate, found, roots)
    found.pop(process.pid, None)
    return [other for other in found.values() if _alive(other, psutil.STATUS_ZOMBIE)]


def _childless(process: subprocess.Popen[bytes]) -> bool:
    """Tell cheaply that the root is gone and we have no child at all, so that nothing can be left over."""
    if process.returncode is None or not become_subreaper():
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def _candidates(
    process: subprocess.Popen[bytes], mark: str, roots: Mapping[int, str]
) -> Iterator[psutil.Process]:
    """Yield the heads of the command's subtrees: its root, and what was re-parented to us (or to init)."""
    import psutil

    ours = become_subreaper()
    pool = psutil.Process().children() if ours else list(psutil.process_iter())
    only_run = len(roots) <= 1
    for child in pool:
        if child.pid == process.pid:
            yield child
        elif child.pid in roots or child.pid == os.getpid():
            continue
        elif _mark_of(child) == mark or (ours and only_run and _is_stray(child)):
            yield child


def _mark_of(process: psutil.Process) -> str | None:
    import psutil

    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _is_stray(process: psutil.Process) -> bool:
    """An orphan that wiped its environment: it left our session, and only runs of ours start sessions."""
    if _mark_of(process) == os.environ.get(MARK, ""):
        return False
    try:
        return os.getsid(process.pid) != os.getsid(0)
    except OSError:
        return False


def _collect(head: psutil.Process, found: dict[int, psutil.Process], roots: Mapping[int, str]) -> None:
    import psutil

    found[head.pid] = head
    try:
        if head.status() == psutil.STATUS_ZOMBIE and head.pid not in roots:
            with contextlib.suppress(OSError):
                os.waitpid(head.pid, os.WNOHANG)
            return
        found.update((child.pid, child) for child in head.children(recursive=True))
    except psutil.Error:
        return


def _alive(process: psutil.Process, zombie: str) -> bool:
    import psutil

    try:
        return process.is_running() and process.status() != zombie
    except psutil.Error:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        process.send_signal(number)
