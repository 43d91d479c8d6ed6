"""Runs two commands in turn and compares them pair by pair, so that a drifting machine does not decide."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One whole process: wall and CPU seconds (children included), peak memory in MiB, exit code."""

    wall: float
    cpu: float
    peak: float
    code: int


@dataclass(frozen=True)
class Contender:
    """A command line and where it runs."""

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    good: tuple[int, ...] = (0,)
    """Exit codes of a run that counts; any other ends the benchmark."""


def run(contender: Contender) -> Run:
    """Run once, its output thrown away. Raises RuntimeError for an exit code that does not count."""
    started = time.perf_counter()
    process = subprocess.Popen(
        list(contender.argv),
        cwd=contender.folder,
        env=dict(contender.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in contender.good:
        raise RuntimeError(f"{contender.name}: exit code {code}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, code)


def duel(one: Contender, two: Contender, rounds: int) -> str:
    """One warm-up of each, then `rounds` pairs in turn; a Markdown row with medians and the medians of the ratios."""
    run(one), run(two)
    pairs = [(run(one), run(two)) for _ in range(rounds)]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    wall = statistics.median(a.wall / b.wall for a, b in pairs)
    cpu = statistics.median(a.cpu / b.cpu for a, b in pairs)
    return f"| {one.name} | {_told(ours)} | {two.name} | {_told(theirs)} | {wall:.2f} | {cpu:.2f} |"


def _told(runs: Sequence[Run]) -> str:
    wall = statistics.median(item.wall for item in runs)
    cpu = statistics.median(item.cpu for item in runs)
    peak = max(item.peak for item in runs)
    return f"{wall:.2f} / {cpu:.2f} / {peak:.0f}"
