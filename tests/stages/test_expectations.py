"""What `verify` has to show, kind by kind; what is met first."""

from __future__ import annotations

import pytest

from tests.stages.runs import finished
from upgrader.outside.shell import Finished
from upgrader.stages.expectations import unmet

CASES: list[tuple[dict[str, object], str, int, str]] = [
    ({}, "", 0, ""),
    ({"exit": 3}, "", 3, ""),
    ({"matches": r"^rows: \d+$"}, "x\nrows: 12\n", 0, ""),
    ({"json": {"a.b.1": 5, "ok": True}}, '{"a": {"b": [0, 5]}, "ok": true}', 0, ""),
    ({"min": 5}, " 5\n", 0, ""),
    ({"equal": [["3"], ["3"]]}, "", 0, ""),
    ({}, "", 1, "exit code 1 instead of 0"),
    ({"exit": 3}, "", 0, "exit code 0 instead of 3"),
    ({"matches": "^rows$"}, "no", 0, "'^rows$' is not in what it printed"),
    ({"json": {"a.b": 5}}, '{"a": {"b": "5"}}', 0, 'a.b is "5" instead of 5'),
    ({"json": {"a": 1}}, '{"a": true}', 0, "a is true instead of 1"),
    ({"json": {"a.9": 1}}, '{"a": [1]}', 0, "a.9 is null instead of 1"),
    ({"json": {"a": 1}}, "[" * 100_000, 0, "what it printed is no JSON"),
    ({"min": 5}, "4", 0, "4 is less than 5"),
    ({"min": 5}, "many", 0, "'many' is no count"),
    ({"equal": [["3"], ["4"]]}, "", 0, "'3' is not '4'"),
]


@pytest.mark.parametrize(
    ("expect", "out", "code", "wanted"), CASES, ids=[str(case[0])[:40] for case in CASES]
)
def test_an_expectation(expect: dict[str, object], out: str, code: int, wanted: str) -> None:
    def ask(argv: list[str]) -> Finished:
        return finished(argv[0] if argv != ["verify"] else out, exit_code=code)

    assert unmet(expect, ["verify"], ask) == wanted
