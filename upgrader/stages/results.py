"""Per-test results out of what test runners print: one reader per runner."""

from __future__ import annotations

from collections.abc import Callable

from upgrader.model import TestReader
from upgrader.outside.shell import Finished
from upgrader.stages.results_go import read_go
from upgrader.stages.results_javascript import read_jest, read_mocha, read_node
from upgrader.stages.results_python import read_pytest, read_unittest
from upgrader.stages.results_rust import read_cargo
from upgrader.stages.tally import Results

__all__ = ["Results", "read_results"]


def read_results(reader: TestReader, finished: Finished) -> Results:
    """Read a finished run; empty when the runner tells no single tests (reader `exit`, or nothing recognised).

    Output that was cut at its limit is not read: half of it would look like missing tests.
    """
    return Results() if finished.truncated else _READERS[reader](finished)


def _exit(finished: Finished) -> Results:
    """Only the exit code is known."""
    return Results()


_READERS: dict[TestReader, Callable[[Finished], Results]] = {
    "cargo": read_cargo,
    "exit": _exit,
    "go": read_go,
    "jest": read_jest,
    "mocha": read_mocha,
    "node": read_node,
    "pytest": read_pytest,
    "unittest": read_unittest,
    "vitest": read_jest,
}
