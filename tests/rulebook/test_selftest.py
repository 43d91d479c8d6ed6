"""The tests that stand in packs: what is run, and which failure is told."""

from __future__ import annotations

import pytest

from tests.rulebook import packs
from upgrader.rulebook.selftest import run_tests

RULE = """\
edits:
- id: one
  url: https://example.org/one
  ast-grep:
    rule: {pattern: tiny.old($$$A)}
    fix: tiny.new($$$A)
  tests:
"""


def failures(body: str, ecosystem: str = "npm") -> list[str]:
    return [str(item) for item in run_tests(packs.pack(body, ecosystem)).failures]


def test_a_pack_whose_tests_hold_is_green() -> None:
    body = RULE + (
        "  - {name: changes, before: 'import * as tiny from \"tiny\"; tiny.old(1)', "
        "after: 'import * as tiny from \"tiny\"; tiny.new(1)'}\n"
        "  - {name: stays, before: 'import * as tiny from \"tiny\"; tiny.older(1)'}\n"
    )
    result = run_tests(packs.pack(body, "npm"))
    assert (result.ran, result.failures) == (2, ())


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("{name: a, before: 'tiny.old(1)', after: 'tiny.new(2)'}", "one: a: came out otherwise\n--- a/example.ts"),
        ("{name: a, before: 'tiny.old(1)'}", "one: a: was changed and must not be"),
        ("{name: a, before: 'x', after: 'x'}", "one: a: `after` equals `before`"),
        ("{name: a, before: 'tiny', notes: [f]}", "one: a: spoke up: nothing; expected: f"),
    ],
)  # fmt: skip
def test_a_failing_test_is_named_with_a_diff(test: str, expected: str) -> None:
    assert expected in "".join(failures(f"{RULE}  - {test}\n"))


def test_a_rule_that_matches_its_own_result_is_found_out() -> None:
    body = (
        RULE.replace("tiny.new($$$A)", "tiny.old($$$A, 1)")
        + "  - {name: a, before: 'tiny.old(0)', after: 'tiny.old(0, 1)'}\n"
    )
    assert "came out otherwise" in "".join(failures(body))


def test_a_rule_that_changes_what_another_one_must_leave_is_found_out() -> None:
    body = RULE + (
        "  - {name: mine, before: 'tiny.older(1)'}\n"
        "- id: two\n"
        "  url: https://example.org/two\n"
        "  ast-grep: {rule: {pattern: tiny.older($A)}, fix: tiny.newer($A)}\n"
    )
    assert "two: mine: changed the unchanging test one: mine" in "".join(failures(body))
