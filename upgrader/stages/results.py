"""Per-test results out of what test runners print: pytest, unittest, node, mocha, jest, vitest, go, cargo."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from msgspec import Struct, field

from upgrader.errors import InputError
from upgrader.model import TestOutcome, TestReader
from upgrader.outside.shell import Finished
from upgrader.source.saved_output import json_documents


class Results(Struct, kw_only=True):
    """What one run of a runner said of its tests."""

    tests: dict[str, TestOutcome] = field(default_factory=dict)
    """By the runner's own names, made unique."""
    messages: dict[str, str] = field(default_factory=dict)
    """Failing test to the last lines of its failure."""

    def add(self, name: str, outcome: TestOutcome, message: str = "") -> None:
        """Note one test; a failure is never overwritten by a later pass of the same name."""
        if self.tests.get(name) not in ("failed", "error"):
            self.tests[name] = outcome
        if message and outcome in ("failed", "error"):
            self.messages[name] = message[-2000:]


def read_results(reader: TestReader, finished: Finished) -> Results:
    """Read a finished run; empty when the runner tells no single tests (reader `exit`, or nothing recognised)."""
    text = finished.output
    if reader in ("go", "jest", "vitest", "mocha"):
        text = finished.stdout.decode("utf-8", "replace")
    return _READERS[reader](text)


_PYTEST_LINE = re.compile(
    r"^(?:\[gw\d+\]\s+\[\s*\d+%\]\s+)?(\S.*?::.+?)\s+(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b"
)
_PYTEST_XDIST = re.compile(
    r"^\[gw\d+\]\s+\[\s*\d+%\]\s+(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\s+(\S.*?::.+?)\s*$"
)
_PYTEST_SUMMARY = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS)\s+(\S+?\.py(?:::.*?)?)(?:\s+-\s+(.*))?$")
_PYTEST_OUTCOME: dict[str, TestOutcome] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "error",
    "SKIPPED": "skipped",
    "XFAIL": "skipped",
    "XPASS": "passed",
}


def _pytest(text: str) -> Results:
    """Lines of `-v` and of the short summary (`-rA`); an error while collecting is a test named after its file."""
    results = Results()
    for line in text.splitlines():
        if found := _PYTEST_XDIST.match(line):
            results.add(found[2], _PYTEST_OUTCOME[found[1]])
        elif found := _PYTEST_SUMMARY.match(line):
            results.add(found[2].rstrip(), _PYTEST_OUTCOME[found[1]], found[3] or "")
        elif found := _PYTEST_LINE.match(line):
            results.add(found[1], _PYTEST_OUTCOME[found[2]])
    return results


_UNITTEST_START = re.compile(r"^(\w+) \(([\w.]+?)(?:\.\1)?\)")
_UNITTEST_END = re.compile(
    r"(?:^|\.\.\. ?)(ok|FAIL|ERROR|expected failure|unexpected success|skipped(?: .*)?)$"
)
_UNITTEST_SECTION = re.compile(r"^(FAIL|ERROR): (.+?)(?: \(([\w.]+?)(?:\.\w+)?\))?(?: \[.*\]| \(.*\))?$")
_UNITTEST_OUTCOME: dict[str, TestOutcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "expected failure": "skipped",
    "unexpected success": "failed",
}


def _unittest(text: str) -> Results:
    """`-v` lines; what a test prints may stand between its name and its outcome."""
    results = Results()
    name = ""
    for line in text.splitlines():
        if found := _UNITTEST_START.match(line):
            name = f"{found[2]}.{found[1]}"
        ended = _UNITTEST_END.search(line)
        if name and ended:
            results.add(name, _UNITTEST_OUTCOME.get(ended[1], "skipped"))
            name = ""
    _unittest_messages(text, results)
    return results


def _unittest_messages(text: str, results: Results) -> None:
    """The sections after the run: `FAIL: test_x (pkg.Case.test_x)`, a line of dashes, the traceback."""
    sections = re.split(r"^={70}$", text, flags=re.MULTILINE)[1:]
    for section in sections:
        lines = section.strip().splitlines()
        found = _UNITTEST_SECTION.match(lines[0]) if lines else None
        if found is None:
            continue
        name = f"{found[3]}.{found[2]}" if found[3] else found[2]
        body = [line for line in lines[1:] if not re.fullmatch(r"-{70}", line)]
        body = body[: next((n for n, line in enumerate(body) if line.startswith("Ran ")), len(body))]
        results.add(name, "failed" if found[1] == "FAIL" else "error", "\n".join(body).strip())


_TAP_LINE = re.compile(r"^(\s*)(not ok|ok) \d+(?: - (.*?))?(?: # (SKIP|TODO|skip|todo)\b.*)?$")
_TAP_SUBTEST = re.compile(r"^(\s*)# Subtest: (.*)$")
_SPEC_LINE = re.compile(r"^(\s*)([✔✖﹣]) (.*?)(?: \([\d.]+ms\))?(?: # .*)?$")


def _node(text: str) -> Results:
    """TAP of `node --test` (nested by four blanks), or its spec reporter's marks."""
    results = Results()
    stack: list[str] = []
    parents: set[str] = set()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := _TAP_SUBTEST.match(line):
            del stack[len(found[1]) // 4 :]
            stack.append(found[2])
            parents.add(" > ".join(stack[:-1]))
        elif found := _TAP_LINE.match(line):
            name = " > ".join([*stack[: len(found[1]) // 4], found[3] or ""])
            outcome: TestOutcome = "skipped" if found[4] else "passed" if found[2] == "ok" else "failed"
            results.add(
                name, outcome, "\n".join(lines[number + 1 : number + 25]) if outcome == "failed" else ""
            )
    if not results.tests:
        _node_spec(lines, results)
    for parent in parents - {""}:
        if parent in results.tests:
            del results.tests[parent]
    return results


def _node_spec(lines: list[str], results: Results) -> None:
    marks: dict[str, TestOutcome] = {"✔": "passed", "✖": "failed", "﹣": "skipped"}
    for line in lines:
        if line.startswith("✖ failing tests:"):
            return
        if found := _SPEC_LINE.match(line):
            results.add(found[3], marks[found[2]])


def _documents(text: str) -> list[dict[str, object]]:
    try:
        return [document for document in json_documents(text) if isinstance(document, dict)]
    except InputError:
        return []


def _jest(text: str) -> Results:
    """`--json` of jest and vitest: files, each with its assertions; a file that did not run is a test itself."""
    results = Results()
    outcomes: dict[str, TestOutcome] = {"passed": "passed", "failed": "failed"}
    for document in _documents(text):
        files = document.get("testResults")
        for file in files if isinstance(files, list) else []:
            tests = file.get("assertionResults") or []
            for test in tests:
                message = "\n".join(test.get("failureMessages") or [])
                name = str(test.get("fullName") or test.get("title"))
                results.add(name, outcomes.get(str(test.get("status")), "skipped"), message)
            if not tests and file.get("status") == "failed":
                results.add(str(file.get("name")).rsplit("/", 1)[-1], "error", str(file.get("message")))
    return results


def _mocha(text: str) -> Results:
    """`--reporter json` of mocha."""
    results = Results()
    for document in _documents(text):
        for key, outcome in _MOCHA_KEYS.items():
            tests = document.get(key)
            for test in tests if isinstance(tests, list) else []:
                error = test.get("err") or {}
                results.add(
                    str(test.get("fullTitle")), outcome, str(error.get("stack") or error.get("message") or "")
                )
    return results


_MOCHA_KEYS: dict[str, TestOutcome] = {"failures": "failed", "passes": "passed", "pending": "skipped"}


def _go(text: str) -> Results:
    """`go test -json` (go doc test2json): one event a line; a package that does not build is a test of its own."""
    results = Results()
    said: dict[str, list[str]] = {}
    outcomes: dict[str, TestOutcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
    for line in text.splitlines():
        event = _go_event(line)
        name = str(event.get("Package") or event.get("ImportPath") or "")
        if test := event.get("Test"):
            name = f"{name}.{test}"
        action = str(event.get("Action"))
        if action in ("output", "build-output"):
            said.setdefault(name, []).append(str(event.get("Output") or ""))
        elif action == "build-fail":
            results.add(name, "error", "".join(said.get(name, [])))
        elif action in outcomes and (test or action == "fail"):
            results.add(name, outcomes[action], "".join(said.get(name, [])))
    return _without_parents(results)


def _go_event(line: str) -> dict[str, object]:
    try:
        event = json.loads(line) if line.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _without_parents(results: Results) -> Results:
    """A package fails because a test of it does: only packages without a failing test of their own stay."""
    failing = {name for name, outcome in results.tests.items() if outcome in ("failed", "error")}
    for name in failing:
        if any(other.startswith((f"{name}.", f"{name}/")) for other in failing if other != name):
            results.tests.pop(name, None)
            results.messages.pop(name, None)
    return results


_CARGO_BINARY = re.compile(r"^\s*(?:Running (?:unittests )?(\S+)|Doc-tests (\S+))")
_CARGO_LINE = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)")
_CARGO_SECTION = re.compile(r"^---- (.+?) std(?:out|err) ----$", re.MULTILINE)
_CARGO_OUTCOME: dict[str, TestOutcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


def _cargo(text: str) -> Results:
    """Libtest's lines under the binary that cargo says it runs; what does not compile has no tests at all."""
    results = Results()
    binary = ""
    for line in text.splitlines():
        if found := _CARGO_BINARY.match(line):
            binary = found[1] or f"doc {found[2]}"
        elif found := _CARGO_LINE.match(line):
            # A doc test's name ends with its line number, which moves with unrelated edits.
            name = re.sub(r" \(line \d+\)", "", found[1])
            results.add(f"{binary}::{name}" if binary else name, _CARGO_OUTCOME[found[2]])
    parts = _CARGO_SECTION.split(text)
    for name, body in zip(parts[1::2], parts[2::2], strict=False):
        for known in results.tests:
            if known.endswith(f"::{name}") or known == name:
                results.messages[known] = body.strip()[:2000]
    return results


def _exit(text: str) -> Results:
    """Only the exit code is known."""
    return Results()


_READERS: dict[TestReader, Callable[[str], Results]] = {
    "cargo": _cargo,
    "exit": _exit,
    "go": _go,
    "jest": _jest,
    "mocha": _mocha,
    "node": _node,
    "pytest": _pytest,
    "unittest": _unittest,
    "vitest": _jest,
}
