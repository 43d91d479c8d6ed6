"""What a step's `verify` has to show: exit code, text, a JSON value, a count, two commands that say the same (A25)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from upgrader.outside.shell import Finished, run

Ask = Callable[[list[str]], Finished]
"""Runs an argument list and returns how it ended."""
MATCH_S = 10
"""Seconds for a regular expression over what was printed."""
LONGEST = 256 * 1024
"""Bytes of output that are looked at."""
_MATCH = "import re,sys;sys.exit(0 if re.search(sys.argv[1],sys.stdin.read(),re.M) else 3)"


def unmet(expect: Mapping[str, object], verify: list[str], ask: Ask) -> str:
    """Run `verify` (and both of `equal`) and say what is not as expected; "" when all is.

    Without `exit` the exit code has to be 0. Raises what `ask` raises.
    """
    if verify:
        finished = ask(verify)
        if finished.exit_code != expect.get("exit", 0):
            how = f"exit code {finished.exit_code}" if finished.ended == "exited" else finished.ended
            return f"{how} instead of {expect.get('exit', 0)}"
        text = finished.stdout[:LONGEST].decode("utf-8", "replace")
        for key, judge in _OF_OUTPUT.items():
            if key in expect and (fault := judge(expect[key], text)):
                return fault
    pair = expect.get("equal")
    return _differing(pair, ask) if isinstance(pair, list) else ""


def _differing(pair: list[list[str]], ask: Ask) -> str:
    answers = [ask(argv) for argv in pair]
    for argv, answer in zip(pair, answers, strict=True):
        if not answer.ok:
            return f"{argv[0]}: exit code {answer.exit_code}, so there is nothing to compare"
    one, two = (answer.stdout[:LONGEST].decode("utf-8", "replace").strip() for answer in answers)
    return "" if one == two else f"{one[:80]!r} is not {two[:80]!r}"


def _unmatched(pattern: object, text: str) -> str:
    # In a process of its own: a pattern that backtracks for ever can only be stopped from outside.
    argv = [sys.executable, "-I", "-S", "-c", _MATCH, str(pattern)]
    done = run(argv, cwd=Path("/"), timeout_s=MATCH_S, idle_s=MATCH_S, stdin=text.encode() or b"\n")
    if done.ended != "exited":
        return f"{pattern!r} takes longer than {MATCH_S} s to look for"
    return "" if done.ok else f"{pattern!r} is not in what it printed"


def _other_values(wanted: object, text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "what it printed is no JSON"
    table = wanted if isinstance(wanted, dict) else {}
    for path, value in table.items():
        found = _at(document, str(path))
        # True == 1 in Python, and not in JSON.
        if type(found) is not type(value) or found != value:
            return f"{path} is {json.dumps(found)[:80]} instead of {json.dumps(value)[:80]}"
    return ""


def _at(document: object, path: str) -> object:
    """The value at `a.b.0`; None where there is none."""
    for name in path.split("."):
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return document


def _too_few(least: object, text: str) -> str:
    said = text.strip()
    if not re.fullmatch(r"[+-]?\d{1,18}", said):
        return f"{said[:80]!r} is no count"
    return "" if isinstance(least, int) and int(said) >= least else f"{said} is less than {least}"


_OF_OUTPUT: dict[str, Callable[[object, str], str]] = {
    "matches": _unmatched,
    "json": _other_values,
    "min": _too_few,
}
