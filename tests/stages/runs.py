"""Finished runs for tests: what real runners printed (kept in `outputs/`), or what a test says they did."""

from pathlib import Path

from upgrader.model import TestReader
from upgrader.outside.shell import Finished
from upgrader.stages.results import Results, read_results

OUTPUTS = Path(__file__).parent / "outputs"


def finished(stdout: str = "", stderr: str = "", *, exit_code: int = 0, truncated: bool = False) -> Finished:
    return Finished(
        argv=("tests",),
        exit_code=exit_code,
        ended="exited",
        stdout=stdout.encode(),
        stderr=stderr.encode(),
        output=stderr + stdout,
        duration_ms=1,
        truncated=truncated,
    )


def recorded(name: str) -> str:
    return (OUTPUTS / f"{name}.txt").read_text(encoding="utf-8")


def read(reader: TestReader, stdout: str = "", stderr: str = "") -> Results:
    return read_results(reader, finished(stdout, stderr))


def failing(results: Results) -> set[str]:
    return {name for name, outcome in results.tests.items() if outcome in ("failed", "error")}


def passing(results: Results) -> set[str]:
    return {name for name, outcome in results.tests.items() if outcome == "passed"}
