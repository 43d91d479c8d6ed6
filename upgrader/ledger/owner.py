"""Which process an attempt belongs to, told so that a reused process number is not taken for it."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from msgspec import Struct

from upgrader.errors import ManifestError
from upgrader.outside import files


class Owner(Struct, frozen=True, kw_only=True):
    """A process of one start of one machine."""

    boot_id: str
    """Changes with every start of the machine."""
    pid: int
    pid_start: str
    """When the process began, in the system's own unit; "" when it is gone."""


def this_process() -> Owner:
    """Describe the running process."""
    return Owner(boot_id=_boot_id(), pid=os.getpid(), pid_start=_start_of(os.getpid()))


def is_alive(owner: Owner) -> bool:
    """Tell whether that very process still runs; a zombie does not."""
    start = _start_of(owner.pid) if owner.boot_id == _boot_id() else ""
    return bool(start) and start == owner.pid_start


@functools.cache
def _boot_id() -> str:
    try:
        return files.read_bytes(Path("/proc/sys/kernel/random/boot_id")).decode().strip()
    except (ManifestError, ValueError):
        import psutil  # 23 ms, only where /proc is not Linux's

        return f"boot-{psutil.boot_time():.0f}"


def _start_of(pid: int) -> str:
    if not Path("/proc/self/stat").exists():
        return _portable_start_of(pid)
    try:
        # proc(5): the name in brackets may hold anything; field 3 is the state, field 22 the start in ticks
        # since boot, which no clock change moves.
        fields = files.read_bytes(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
        return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
    except (ManifestError, OSError, IndexError, ValueError):
        return ""


def _portable_start_of(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return ""
