"""Runs two commands in turn and compares them pair by pair, so that a drifting machine does not decide."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HEADER = (
    "| ours | wall s / CPU s / peak MiB | peer | wall s / CPU s / peak MiB | wall ratio | CPU ratio |\n"
    "|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Run:
    """One whole process: wall and CPU seconds (children included), peak memory of its largest process in MiB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Contender:
    """A command line and where it runs."""

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    good: tuple[int, ...] = (0,)
    """Exit codes of a run that counts; any other ends the benchmark."""
    fresh: tuple[str, ...] = ()
    """Environment variables that name an empty folder, a new one for each run: caches that are to be cold."""
    furnish: Callable[[Path], None] | None = None
    """Puts into the first of them what the tool needs there besides its cache."""


def run(contender: Contender) -> Run:
    """Run once, its output thrown away. Raises RuntimeError for an exit code that does not count."""
    with _fresh_folders(contender) as folders:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(contender.argv),
            cwd=contender.folder,
            env={**contender.env, **folders},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.good:
        raise RuntimeError(f"{contender.name}: exit code {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextlib.contextmanager
def _fresh_folders(contender: Contender) -> Iterator[dict[str, str]]:
    folders = {name: tempfile.mkdtemp(prefix="bench-cold-") for name in contender.fresh}
    try:
        if contender.furnish is not None:
            contender.furnish(Path(folders[contender.fresh[0]]))
        yield folders
    finally:
        for folder in folders.values():
            # Go makes its module cache read-only.
            subprocess.run(["chmod", "-R", "u+w", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)


def duel(one: Contender, two: Contender, rounds: int) -> str:
    """One warm-up of each, then `rounds` pairs in turn; a Markdown row with medians and the medians of the ratios."""
    run(one), run(two)
    pairs = [(run(one), run(two)) for _ in range(rounds)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    wall = statistics.median(a.wall / b.wall for a, b in pairs)
    cpu = statistics.median(a.cpu / b.cpu for a, b in pairs)
    return f"| {one.name} | {_told(ours)} | {two.name} | {_told(theirs)} | {wall:.2f} | {cpu:.2f} |"


def alone(one: Contender, rounds: int) -> str:
    """One warm-up and `rounds` runs of what has no peer; a row of the same table."""
    run(one)
    return f"| {one.name} | {_told([run(one) for _ in range(rounds)])} | | | | |"


def _told(runs: Sequence[Run]) -> str:
    wall = statistics.median(item.wall for item in runs)
    cpu = statistics.median(item.cpu for item in runs)
    peak = max(item.peak for item in runs)
    return f"{wall:.2f} / {cpu:.2f} / {peak:.0f}"
