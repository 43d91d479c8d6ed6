"""What a run of a test runner said of its tests, as its readers write it down."""

from __future__ import annotations

from msgspec import Struct, field

from upgrader.model import TestOutcome
from upgrader.outside.shell import Finished

BAD: tuple[TestOutcome, ...] = ("failed", "error")
LONGEST_MESSAGE = 2000
MOST_UNNAMED = 100_000


class Results(Struct, kw_only=True):
    """What one run of a runner said of its tests."""

    tests: dict[str, TestOutcome] = field(default_factory=dict)
    """By the runner's own names, made unique."""
    messages: dict[str, str] = field(default_factory=dict)
    """Failing test to the last lines of its failure."""

    def add(self, name: str, outcome: TestOutcome, message: str = "") -> None:
        """Note one test; a failure is never overwritten by a later pass of the same name."""
        if self.tests.get(name) not in BAD:
            self.tests[name] = outcome
        if message.strip() and outcome in BAD:
            self.messages.setdefault(name, message.strip()[-LONGEST_MESSAGE:])

    def add_another(self, name: str, outcome: TestOutcome, message: str = "") -> None:
        """Note one test of a runner that allows a name twice: the second one is `name #2`."""
        unique, number = name, 1
        while unique in self.tests:
            number += 1
            unique = f"{name} #{number}"
        self.add(unique, outcome, message)

    def add_unnamed(self, passed: int) -> None:
        """Note tests that are only counted as passed (`pytest -q`): a later run with fewer of them misses some."""
        for number in range(1, min(passed, MOST_UNNAMED) + 1):
            self.add(f"passed test no. {number} (not named by the runner)", "passed")

    def broke_off(self, runner: str) -> None:
        """Note that the runner ended before its last words: what it did not get to is not known to pass."""
        self.add(f"({runner} ended before its summary)", "error", "the output stops in the middle")


def stdout_of(finished: Finished) -> str:
    """Everything a run printed on stdout, with line ends as on Unix."""
    return finished.stdout.decode("utf-8", "replace").replace("\r\n", "\n")


def stderr_of(finished: Finished) -> str:
    """Everything a run printed on stderr, with line ends as on Unix."""
    return finished.stderr.decode("utf-8", "replace").replace("\r\n", "\n")
