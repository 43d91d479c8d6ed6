"""Per-test results out of what `go test` prints, as JSON or as text."""

from __future__ import annotations

import json
import re

from upgrader.model import TestOutcome
from upgrader.outside.shell import Finished
from upgrader.stages.tally import BAD, Results, stdout_of

_OUTCOMES: dict[str, TestOutcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
_TEXT_TEST = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)$")
_TEXT_PACKAGE = re.compile(r"^(ok  |FAIL)\t(\S+)(?:\t(.*)| (\[.*\]))$")
_NO_TESTS = "[no tests to run]"


class _Run:
    """What the events told so far."""

    def __init__(self) -> None:
        self.results = Results()
        self.said: dict[tuple[str, str], list[str]] = {}
        self.open: dict[tuple[str, str], None] = {}
        self.failing: set[str] = set()
        """Packages with a failing test of their own."""

    def take(self, event: dict[str, object]) -> None:
        package = str(event.get("Package") or event.get("ImportPath") or "").partition(" ")[0]
        test = str(event.get("Test") or "")
        key = (package, test)
        match str(event.get("Action")):
            case "output" | "build-output":
                self.said.setdefault(key, []).append(str(event.get("Output") or ""))
            case "run" | "start":
                self.open[key] = None
            case "build-fail":
                self._end(key, "error")
            case "pass" | "fail" | "skip" as action:
                self._end(key, _OUTCOMES[action])
            case _:
                pass

    def _end(self, key: tuple[str, str], outcome: TestOutcome) -> None:
        self.open.pop(key, None)
        package, test = key
        if test and outcome in BAD:
            self.failing.add(package)
        # A package fails because a test of it does; only one that fails by itself is a result of its own.
        if test or (outcome in BAD and package not in self.failing):
            self.results.add(
                f"{package}.{test}" if test else package, outcome, _reason(self.said.get(key, []))
            )

    def unfinished(self) -> None:
        """Tests and packages that were begun and never ended, where no failure says why."""
        for package, test in self.open:
            if package not in self.failing:
                self.results.add(
                    f"{package}.{test}" if test else package, "error", "it was begun and not ended"
                )


def _reason(said: list[str]) -> str:
    """What a test or a build said, without the lines that only frame it."""
    text = "".join(said)
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(("=== ", "--- "))]
    return "\n".join(kept).strip() or text


def read_go(finished: Finished) -> Results:
    """`go test -json` (`go doc test2json`): one event a line; a package that does not build is a test of its own.

    Without `-json`, lines of `-v`, and else the packages: a package whose tests passed is one test.
    """
    run = _Run()
    events = 0
    lines = stdout_of(finished).splitlines()
    for line in lines:
        if event := _event(line):
            events += 1
            run.take(event)
    if not events:
        return _text(lines)
    run.unfinished()
    return run.results


def _event(line: str) -> dict[str, object]:
    try:
        event = json.loads(line) if line.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) and "Action" in event else {}


def _text(lines: list[str]) -> Results:
    """What `go test` says to people; the lines of a package's tests stand before the line of the package."""
    results = Results()
    verbose = any(line.startswith("=== RUN ") for line in lines)
    waiting: dict[str, TestOutcome] = {}
    said: list[str] = []
    for line in lines:
        said.append(line)
        if found := _TEXT_TEST.match(line):
            waiting[found[2]] = _OUTCOMES[found[1].lower()]
        elif (found := _TEXT_PACKAGE.match(line)) and _NO_TESTS not in line:
            _package(found, waiting, "\n".join(said), results, verbose=verbose)
            waiting, said = {}, []
    return results


def _package(
    found: re.Match[str], waiting: dict[str, TestOutcome], said: str, results: Results, *, verbose: bool
) -> None:
    """A package and its tests. Without `-v` only failing tests are named, so that the package counts as one too."""
    package, outcome = found[2], _OUTCOMES["fail" if found[1] == "FAIL" else "pass"]
    for test, how in waiting.items():
        results.add(f"{package}.{test}", how, said)
    explained = any(how in BAD for how in waiting.values())
    if not verbose or (outcome in BAD and not explained):
        results.add(package, outcome, said)
