"""Per-test results out of what pytest and unittest print."""

from __future__ import annotations

import re

from upgrader.model import TestOutcome
from upgrader.outside.shell import Finished
from upgrader.stages.tally import Results, stderr_of, stdout_of

_OUTCOMES = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS"
_VERBOSE = re.compile(rf"(?:^| )({_OUTCOMES})(?: \(.*\))?(?:\s+\[[^\]]*\])?\s*$")
_XDIST = re.compile(rf"^\[gw\d+\]\s+\[\s*\d+%\]\s+({_OUTCOMES})\s+(\S.*?::.+?)\s*$")
_PRINTED_BESIDE = re.compile(r"^(\S+?::[^\s\[]+(?:\[.*?\](?= ))?) .*\S")
_SUMMARY = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS) (\S.*?)\s*$")
_SUBTEST = re.compile(r"^(?:SUBFAIL(?:ED)?)(.*?) (\S+?::\S.*?)\s*$")
_TOTALS = re.compile(r"\b(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b")
_LAST_LINE = re.compile(r"^(?:=+ )?(?:\d+ [a-z]+\b|no tests (?:ran|collected)).* in \d+\.\d+s")
LONGEST_LINE = 4096
"""Characters of a line that may tell of a test."""
_PYTEST_OUTCOME: dict[str, TestOutcome] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "error",
    "SKIPPED": "skipped",
    "XFAIL": "skipped",
    "XPASS": "passed",
}


def read_pytest(finished: Finished) -> Results:
    """Lines of `-v` and of the short summary (`-rA`); an error while collecting is a test named after its file.

    Tests that are only counted (`-q`) are kept as a number. A run without last line was killed from inside.
    """
    lines = [line for line in stdout_of(finished).splitlines() if len(line) <= LONGEST_LINE]
    summary = next(
        (number for number, line in enumerate(lines) if "= short test summary info =" in line), None
    )
    results = Results()
    _pytest_lines(lines[:summary], results)
    if summary is not None:
        _pytest_summary(lines[summary + 1 :], results)
    last = next((line for line in reversed(lines) if _LAST_LINE.match(line)), None)
    if last is None and summary is None:
        if results.tests:
            results.broke_off("pytest")
        return results
    totals = {word: int(number) for number, word in _TOTALS.findall(last or "")}
    if "passed" not in results.tests.values():
        results.add_unnamed(totals.get("passed", 0))
    return results


def _pytest_lines(lines: list[str], results: Results) -> None:
    """The lines of `-v`; with `-s`, what a test prints stands between its name and its outcome."""
    waiting = ""
    for line in lines:
        if found := _XDIST.match(line):
            results.add(found[2], _PYTEST_OUTCOME[found[1]])
        elif (found := _VERBOSE.search(line)) and (name := _node_id(line[: found.start()])):
            results.add(name, _PYTEST_OUTCOME[found[1]])
        elif waiting and found and found.start() == 0:
            results.add(waiting, _PYTEST_OUTCOME[found[1]])
            waiting = ""
        elif found := _PRINTED_BESIDE.match(line):
            waiting = found[1]


def _node_id(text: str) -> str:
    """A test's id at the beginning of a line, "" for none; behind `::` only parameters in brackets hold blanks."""
    file, colons, test = text.partition("::")
    if not colons or file[:1].isspace():
        return ""
    bare = test.partition("[")[0]
    return f"{file}::{bare.partition(' ')[0]}" if " " in bare else text.rstrip()


def _pytest_summary(lines: list[str], results: Results) -> None:
    for line in lines:
        if found := _SUBTEST.match(line):
            name, message = _named(found[2], results)
            results.add(name, "failed", f"subtest {found[1].strip()}: {message}")
        elif found := _SUMMARY.match(line):
            name, message = _named(found[2], results)
            results.add(name, _PYTEST_OUTCOME[found[1]], message)


def _named(text: str, results: Results) -> tuple[str, str]:
    """Split `<test> - <message>`: ids of parameters may hold ` - ` too, so a name that is known comes first."""
    parts = text.split(" - ")
    heads = [" - ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    known = next((head for head in heads if head in results.tests), None)
    whole = [head for head in reversed(heads) if "[" not in head or head.endswith("]")]
    name = known or (whole[0] if whole else text)
    return name, text[len(name) :].removeprefix(" - ")


_START = re.compile(r"(?:^|\.\.\. )(\w+) \(([\w.<>]+?)(?:\.\1)?\)(?=$| \.\.\.)")
_END = re.compile(r"(?:^|\.\.\. )(ok|FAIL|ERROR|expected failure|unexpected success|skipped(?: .*)?)$")
_SECTION = re.compile(r"^(FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$")
_HEADER = re.compile(r"^(\w+) \(([\w.<>]+?)(?:\.\1)?\)(.*)$")
_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_COUNTED = re.compile(r"(failures|errors|skipped|expected failures|unexpected successes)=(\d+)")
_UNITTEST_OUTCOME: dict[str, TestOutcome] = {
    "ok": "passed",
    "FAIL": "failed",
    "ERROR": "error",
    "UNEXPECTED SUCCESS": "failed",
    "expected failure": "skipped",
    "unexpected success": "failed",
}


def read_unittest(finished: Finished) -> Results:
    """`-v` lines and the sections behind them; without `-v` the passes are only counted.

    unittest writes to stderr, so that what tests print does not disturb it; a wrapper may have joined the two.
    """
    text = stderr_of(finished)
    if not _RAN.search(text):
        text = finished.output
    ran = list(_RAN.finditer(text))
    results = Results()
    started = _unittest_lines(text, results)
    _unittest_sections(text, results)
    if not ran:
        if results.tests or started:
            results.broke_off("unittest")
        return results
    for name in started:
        # Something was printed into its line; its failure would have a section.
        if name not in results.tests:
            results.add(name, "passed")
    if not started:
        results.add_unnamed(_counted_passes(text[ran[-1].start() :]))
    return results


def _unittest_lines(text: str, results: Results) -> list[str]:
    """Note every test whose line tells its outcome; give the names of all that were started."""
    started: list[str] = []
    waiting = ""
    for line in text.partition("\n" + "=" * 70)[0].splitlines():
        for found in _START.finditer(line):
            waiting = _unittest_name(found[2], found[1])
            started.append(waiting)
        ended = _END.search(line)
        if waiting and ended:
            results.add(waiting, _UNITTEST_OUTCOME.get(ended[1], "skipped"))
            waiting = ""
    return started


def _unittest_sections(text: str, results: Results) -> None:
    """The sections after the run: `FAIL: test_x (pkg.Case.test_x)`, a line of dashes, the traceback."""
    for section in re.split(r"^={70}$", text, flags=re.MULTILINE)[1:]:
        lines = section.strip().splitlines()
        found = _SECTION.match(lines[0]) if lines else None
        if found is None:
            continue
        header = _HEADER.match(found[2])
        name = _unittest_name(header[2], header[1]) if header else found[2].strip()
        body = [line for line in lines[1:] if not re.fullmatch(r"-{70}", line)]
        body = body[: next((n for n, line in enumerate(body) if line.startswith("Ran ")), len(body))]
        part = f"subtest{header[3]}: " if header and header[3].strip() else ""
        results.add(name, _UNITTEST_OUTCOME[found[1]], part + "\n".join(body).strip())


def _unittest_name(case: str, test: str) -> str:
    """`pkg.Case.test_x`; a module that cannot be imported is named by itself."""
    return test if case == "unittest.loader._FailedTest" else f"{case}.{test}"


def _counted_passes(end: str) -> int:
    """The number of passes that the last two lines leave."""
    ran = _RAN.match(end)
    rest = sum(int(number) for _, number in _COUNTED.findall(end))
    return max(0, int(ran[1]) - rest) if ran else 0
