"""Per-test results out of what node's own runner, jest, vitest and mocha print."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from upgrader.model import TestOutcome
from upgrader.outside.shell import Finished
from upgrader.stages.tally import BAD, Results, stdout_of

_TAP_LINE = re.compile(r"^( *)(not ok|ok) \d+(?: - (.*?))?(?: # (SKIP|TODO|skip|todo)\b.*)?$")
_TAP_SUBTEST = re.compile(r"^( *)# Subtest: (.*)$")
_SPEC_MARK = re.compile(r"^( *)([✔✖﹣▶]) (.*?)(?: \([\d.]+ms\))?(?: # (?:SKIP|TODO|skip|todo)\b.*)?$")
_SUMMARY = re.compile(r"^(?:#|\u2139) tests \d+$", re.MULTILINE)
_PLAN = re.compile(r"^1\.\.\d+$", re.MULTILINE)
_TEST_FILE = re.compile(r"^(?:/|[A-Za-z]:\\).*[\\/]([^\\/]+\.[cm]?[jt]sx?)$")
_SPEC_OUTCOME: dict[str, TestOutcome] = {"✔": "passed", "✖": "failed", "﹣": "skipped"}


class _Entry:
    """A line that ends a test or a suite, with where it stands."""

    def __init__(self, path: tuple[str, ...], outcome: TestOutcome, details: str) -> None:
        self.path = path
        self.outcome = outcome
        self.details = details


def read_node(finished: Finished) -> Results:
    """TAP of `node --test` (nested by four blanks), or its spec reporter's marks; names as `suite > test`.

    Suites and files are no tests; they count where they fail by themselves (a hook, a file that cannot be loaded).
    """
    text = stdout_of(finished)
    lines = text.splitlines()
    # What tests print stands between the marks of the spec reporter as it is, and may look like TAP.
    tap = any(line.startswith("TAP version 1") for line in lines)
    entries = list(_tap(lines) if tap else _spec(lines))
    results = Results()
    for number, entry in enumerate(entries):
        if _is_test(entry, _parts(entries, number)):
            results.add_another(" > ".join(entry.path), entry.outcome, _reason(entry.details))
    ended = _SUMMARY.search(text) or (tap and _PLAN.search(text))
    if results.tests and not ended:
        results.broke_off("node")
    return results


def _parts(entries: list[_Entry], number: int) -> list[_Entry]:
    """The results inside a suite or a test; they stand directly before its own."""
    depth = len(entries[number].path)
    first = number
    while first > 0 and len(entries[first - 1].path) > depth:
        first -= 1
    return entries[first:number]


def _is_test(entry: _Entry, parts: list[_Entry]) -> bool:
    """A leaf; or a suite, a parent or a file that failed by itself, not for a test inside it."""
    grouping = bool(parts) or "type: 'suite'" in entry.details or bool(_TEST_FILE.match(entry.path[-1]))
    if not grouping:
        return True
    if entry.outcome not in BAD or "failureType: 'subtestsFailed'" in entry.details:
        return False
    told = "failureType:" in entry.details
    return told or not any(part.outcome in BAD for part in parts)


def _tap(lines: list[str]) -> Iterator[_Entry]:
    """Every result line of TAP 13 with the YAML block behind it (https://testanything.org, version 13)."""
    stack: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := _TAP_SUBTEST.match(line):
            del stack[len(found[1]) // 4 :]
            stack.append(_plain(found[2]))
        elif found := _TAP_LINE.match(line):
            details, number = _yaml_block(lines, number, found[1])
            outcome: TestOutcome = "skipped" if found[4] else "passed" if found[2] == "ok" else "failed"
            yield _Entry((*stack[: len(found[1]) // 4], _plain(found[3] or "")), outcome, details)


def _yaml_block(lines: list[str], number: int, indent: str) -> tuple[str, int]:
    """The block between `---` and `...` after a result; what looks like a result inside it is text."""
    if number >= len(lines) or lines[number].strip() != "---":
        return "", number
    end = f"{indent}  ..."
    last = next((at for at in range(number + 1, len(lines)) if lines[at] == end), len(lines))
    return "\n".join(line.removeprefix(f"{indent}  ") for line in lines[number + 1 : last]), last + 1


def _reason(details: str) -> str:
    """The error and its code out of a YAML block; what the spec reporter says has neither and stays."""
    lines = details.splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith("error: ")), None)
    if start is None:
        return details
    first = lines[start].removeprefix("error: ")
    rest = [
        line.strip() for line in itertools.takewhile(lambda line: line[:1] in ("", " "), lines[start + 1 :])
    ]
    said = [first.strip("'\"")] if first not in ("|-", "|") else []
    code = next((line for line in lines if line.startswith("code: ")), "")
    return "\n".join([*said, *rest, code.replace("'", "")]).strip()


def _plain(name: str) -> str:
    """A name without TAP's escapes; a file by its last part, since the two sides stand in different folders."""
    return _short(re.sub(r"\\([\\#])", r"\1", name))


def _short(name: str) -> str:
    found = _TEST_FILE.match(name)
    return f"/…/{found[1]}" if found else name


def _spec(lines: list[str]) -> Iterator[_Entry]:
    """The marks of the spec reporter (nested by two blanks); its list of failures repeats them with the reasons."""
    end = next((at for at, line in enumerate(lines) if line.startswith("✖ failing tests:")), len(lines))
    stack: list[str] = []
    for number, line in enumerate(lines[:end]):
        found = _SPEC_MARK.match(line)
        if found is None or len(found[1]) // 2 > len(stack):
            continue
        depth = len(found[1]) // 2
        del stack[depth:]
        if found[2] == "▶":
            stack.append(_short(found[3]))
            continue
        outcome = _SPEC_OUTCOME[found[2]]
        if outcome == "failed" and "# TODO" in line:
            outcome = "skipped"
        yield _Entry(
            (*stack, _short(found[3])), outcome, _spec_reason(lines, number) if outcome == "failed" else ""
        )


def _spec_reason(lines: list[str], number: int) -> str:
    """What stands below a failure, up to the next mark."""
    reason: list[str] = []
    for line in lines[number + 1 : number + 25]:
        if _SPEC_MARK.match(line) or line.startswith("\u2139 "):
            break
        reason.append(line.strip())
    return "\n".join(reason)


def _documents(text: str) -> Iterator[dict[str, object]]:
    """JSON objects that begin a line; other output between them, like `[vite] …`, is passed over."""
    decoder = json.JSONDecoder()
    at = 0
    while (found := re.compile(r"^[ \t]*\{", re.MULTILINE).search(text, at)) is not None:
        try:
            document, at = decoder.raw_decode(text, found.end() - 1)
        except (ValueError, RecursionError):
            at = found.end()
            continue
        if isinstance(document, dict):
            yield document


def _rows(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def read_jest(finished: Finished) -> Results:
    """`--json` of jest and vitest: files, each with its assertions; a file that did not run is a test itself."""
    results = Results()
    outcomes: dict[str, TestOutcome] = {"passed": "passed", "failed": "failed"}
    for document in _documents(stdout_of(finished)):
        for file in sorted(_rows(document.get("testResults")), key=lambda row: str(row.get("name"))):
            short = str(file.get("name")).replace("\\", "/").rsplit("/", 1)[-1]
            tests = _rows(file.get("assertionResults"))
            for test in tests:
                said = test.get("failureMessages")
                message = "\n".join(str(line) for line in said) if isinstance(said, list) else ""
                name = str(test.get("fullName") or test.get("title")).strip()
                results.add_another(
                    f"{short} > {name}", outcomes.get(str(test.get("status")), "skipped"), message
                )
            if file.get("status") == "failed" and not any(test.get("status") == "failed" for test in tests):
                results.add_another(short, "error", str(file.get("message") or ""))
    return results


_MOCHA_KEYS: dict[str, TestOutcome] = {"failures": "failed", "passes": "passed", "pending": "skipped"}


def read_mocha(finished: Finished) -> Results:
    """`--reporter json` of mocha."""
    results = Results()
    for document in _documents(stdout_of(finished)):
        if not isinstance(document.get("stats"), dict):
            continue
        for key, outcome in _MOCHA_KEYS.items():
            for test in _rows(document.get(key)):
                error = test.get("err")
                error = error if isinstance(error, dict) else {}
                message = str(error.get("stack") or error.get("message") or "")
                results.add_another(str(test.get("fullTitle")), outcome, message)
    return results
