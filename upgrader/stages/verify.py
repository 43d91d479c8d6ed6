"""Runs the same checks on the baseline commit and on the upgrade commit, each in a fresh checkout."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import shorten

import msgspec
from msgspec.structs import replace

from upgrader.errors import CommandFailed
from upgrader.model import Check, CheckResult, CheckStatus, Step, Verification
from upgrader.outside.redact import redact, strip_controls
from upgrader.outside.sandbox import level
from upgrader.outside.shell import Finished
from upgrader.stages.commands import prepare_checkout
from upgrader.stages.compare import compare_sides, suspects
from upgrader.stages.deprecations import READABLE, read_deprecations
from upgrader.stages.results import Results, read_results
from upgrader.stages.workshop import Workshop, checkout, run_tool

RERUNS_AFTER = 2
RERUNS_BASELINE = 3
"""A flaky test is blamed on the upgrade in under 1 % of cases with these (SAFETY section 4)."""
TOO_MANY = 50
"""More new failures than this are no flakes: nothing is run again."""
LOG_LINES = 60
MOST_WORDS = 240
"""Characters of what a tool said that stand in a matrix; the rest is in the log."""

Side = tuple[CheckResult, ...]


class Verifier:
    """Verifies steps of one run; a baseline that several steps share is measured once."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._baselines: dict[bytes, Side] = {}
        self._locks: dict[bytes, threading.Lock] = {}
        self._lock = threading.Lock()

    def verify(self, step: Step, base: str, commit: str) -> Verification:
        """Compare the two sides; tests that fail only afterwards are run again before the upgrade is blamed."""
        baseline = self._baseline(step, base)
        after = self._side(step, base, commit, "upgrade")
        flaky = self._find_flaky(step, base, commit, baseline, after)
        return compare_sides(base, commit, baseline, after, flaky, level())

    def _baseline(self, step: Step, base: str) -> Side:
        key = msgspec.json.encode((base, step.project, step.prepare, step.checks), order="sorted")
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._baselines:
                self._baselines[key] = self._side(step, base, base, "baseline")
            return self._baselines[key]

    def _side(self, step: Step, base: str, commit: str, side: str) -> Side:
        """Every check of the step in a fresh checkout of a commit."""
        if not step.checks:
            return ()
        with checkout(self.workshop, commit) as worktree:
            self.workshop.progress(step.id, f"installing the {side}")
            try:
                prepare_checkout(self.workshop, step, base, worktree.top)
            except CommandFailed as fault:
                return tuple(_not_prepared(check, fault) for check in step.checks)
            results = []
            for check in step.checks:
                self.workshop.progress(step.id, f"{side}: {check.name}")
                results.append(self._run(check, worktree.top))
            if not worktree.pointer_intact():
                reason = "the checks changed the checkout's .git file: nothing they say is believed"
                return tuple(_error(check, reason) for check in step.checks)
            return tuple(results)

    def _run(self, check: Check, folder: Path) -> CheckResult:
        command = check.command
        if check.kind == "start":
            command = replace(command, timeout_s=check.alive_s, idle_s=check.alive_s + 1)
        try:
            finished = run_tool(self.workshop, command, folder, checking=True)
        except CommandFailed as fault:
            return _error(check, str(fault))
        return judge(check, finished, self.workshop.secrets, folder)

    def _find_flaky(
        self, step: Step, base: str, commit: str, baseline: Side, after: Side
    ) -> frozenset[tuple[str, str]]:
        """(check, test) pairs that do not fail every time afterwards, or not never before."""
        open_questions = suspects(baseline, after)
        if not open_questions or len(open_questions) > TOO_MANY:
            return frozenset()
        flaky: set[tuple[str, str]] = set()
        self._again(step, base, commit, RERUNS_AFTER, open_questions, flaky, wanted=("passed", "skipped"))
        self._again(step, base, base, RERUNS_BASELINE, open_questions, flaky, wanted=("failed", "error"))
        return frozenset(flaky)

    def _again(
        self,
        step: Step,
        base: str,
        commit: str,
        times: int,
        open_questions: frozenset[tuple[str, str]],
        flaky: set[tuple[str, str]],
        *,
        wanted: Sequence[str],
    ) -> None:
        """Run the checks with open questions again, and note the tests that show a wanted outcome once."""
        names = {check for check, _ in open_questions - flaky}
        checks = [check for check in step.checks if check.name in names]
        if not checks:
            return
        with checkout(self.workshop, commit) as worktree:
            prepare_checkout(self.workshop, step, base, worktree.top)
            for time in range(1, times + 1):
                for check in checks:
                    left = {test for name, test in open_questions - flaky if name == check.name}
                    if left:
                        self.workshop.progress(step.id, f"again, {time} of {times}: {check.name}")
                        result = self._run(check, worktree.top)
                        flaky |= {(check.name, test) for test in left if result.tests.get(test) in wanted}


def judge(check: Check, finished: Finished, secrets: tuple[str, ...], folder: Path) -> CheckResult:
    """What one finished run of a check means, by itself; the checkout's own path is taken out of all words."""
    results = read_results(check.reader, finished)
    clean = _cleaner(secrets, folder)
    if check.kind == "start":
        status, reason = _start_status(check, finished)
    else:
        status, reason = _status(check, finished, results)
    return CheckResult(
        check=check.name,
        kind=check.kind,
        status=status,
        reason=clean(reason),
        tests=results.tests,
        messages={test: clean(message) for test, message in results.messages.items()},
        warnings=tuple(clean(item) for item in read_deprecations(finished)),
        shows_warnings=check.kind == "tests" and check.reader in READABLE,
        exit_code=finished.exit_code,
        duration_ms=finished.duration_ms,
        log=clean("\n".join(finished.output.splitlines()[-LOG_LINES:])),
    )


def _status(check: Check, finished: Finished, results: Results) -> tuple[CheckStatus, str]:
    """PASS needs exit code 0 and, where the runner tells tests, at least one that passed and none that failed."""
    if finished.ended in ("timeout", "idle"):
        limit = check.command.timeout_s if finished.ended == "timeout" else check.command.idle_s
        silent, key = (" without output", "idle-s") if finished.ended == "idle" else ("", "timeout-s")
        return "TIMEOUT", f"ended after {limit} s{silent}; checks.{key} sets the limit"
    failed = [test for test, outcome in results.tests.items() if outcome in ("failed", "error")]
    if failed:
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        return "FAIL", f"{len(failed)} failed: {', '.join(sorted(failed)[:3])}{more}"
    if finished.exit_code != 0:
        return "FAIL", f"exit code {finished.exit_code}"
    if check.reader != "exit" and "passed" not in results.tests.values():
        return "ERROR", "no test ran"
    return "PASS", ""


def _start_status(check: Check, finished: Finished) -> tuple[CheckStatus, str]:
    """Started: it says it is ready, or it is still alive after `alive_s`, or it ended well by itself."""
    if check.ready:
        if re.search(check.ready, finished.output):
            return "PASS", ""
        return "FAIL", f"did not say {check.ready!r} within {check.alive_s} s"
    if finished.ended in ("timeout", "idle") or finished.exit_code == 0:
        return "PASS", ""
    return "FAIL", f"ended with exit code {finished.exit_code} before {check.alive_s} s had passed"


def _not_prepared(check: Check, fault: CommandFailed) -> CheckResult:
    """One line of what the tool said, since every check of the environment says it; the whole is in the log."""
    said = shorten(fault.message, MOST_WORDS, placeholder=" …")
    failed = _error(check, f"its environment could not be built: {said}")
    return replace(failed, log=fault.message)


def _error(check: Check, reason: str) -> CheckResult:
    return CheckResult(check=check.name, kind=check.kind, status="ERROR", reason=reason)


def _cleaner(secrets: tuple[str, ...], folder: Path) -> Callable[[str], str]:
    """Takes out control characters, secrets and the checkout's path, which is another one every time."""
    here = f"{folder}/"
    return lambda text: redact(strip_controls(text), secrets).replace(here, "")
