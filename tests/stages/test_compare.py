"""The attribution table of the verification, line by line, and the five rows."""

from collections.abc import Mapping
from typing import Any

import pytest

from upgrader.model import CHECK_ROWS, CheckResult, TestOutcome, Verification
from upgrader.stages.compare import compare_sides, suspects

ALL = list(CHECK_ROWS.values())
P: TestOutcome = "passed"
F: TestOutcome = "failed"
S: TestOutcome = "skipped"


def ran(tests: Mapping[str, TestOutcome] | None = None, **facts: Any) -> CheckResult:
    """The result of a run of the tests, with the status its outcomes give."""
    tests = dict(tests or {})
    red = [test for test, outcome in tests.items() if outcome in ("failed", "error")]
    status = "FAIL" if red else "PASS"
    facts = {
        "status": status,
        "exit_code": int(bool(red)),
        "reason": f"{len(red)} failed" if red else "",
        **facts,
    }
    return CheckResult(**{"check": "pytest", "kind": "tests", "tests": tests, **facts})


def compare(before: CheckResult | None, after: CheckResult | None, *flaky: str) -> Verification:
    pairs = frozenset(("pytest", test) for test in flaky)
    sides = [() if side is None else (side,) for side in (before, after)]
    return compare_sides("base", "commit", sides[0], sides[1], pairs, "none")


def changes(found: Verification) -> dict[str, str]:
    return {change.test: change.change for change in found.changes}


def status(found: Verification, kind: str = "tests") -> str:
    return {row.check: row.status for row in found.rows}[CHECK_ROWS[kind]]  # type: ignore[index] # a test's word


def note(found: Verification, kind: str = "tests") -> str:
    return {row.check: row.notes for row in found.rows}[CHECK_ROWS[kind]]  # type: ignore[index] # a test's word


TABLE: list[tuple[str, dict[str, TestOutcome], dict[str, TestOutcome], str, str, str]] = [
    # what stays as it was
    ("green", {"a": P}, {"a": P}, "", "pass", "keep"),
    ("skipped", {"a": P, "b": S}, {"a": P, "b": S}, "", "pass", "keep"),
    ("a skip gone", {"a": P, "b": S}, {"a": P}, "", "pass", "keep"),
    ("a failure gone", {"a": P, "b": F}, {"a": P}, "", "pass", "keep"),
    ("new test passes", {"a": P}, {"a": P, "b": P}, "", "pass", "keep"),
    ("a skip runs", {"a": P, "b": S}, {"a": P, "b": P}, "", "pass", "keep"),
    ("fail to skip", {"a": P, "b": F}, {"a": P, "b": S}, "", "pass", "keep"),
    # the table
    ("fixed", {"a": P, "b": F}, {"a": P, "b": P}, "b: fixed", "pass", "keep"),
    ("pre-existing", {"a": P, "b": F}, {"a": P, "b": F}, "b: pre-existing", "fail", "keep"),
    ("error to fail", {"a": P, "b": "error"}, {"a": P, "b": F}, "b: pre-existing", "fail", "keep"),
    ("new failure", {"a": P, "b": P}, {"a": P, "b": F}, "b: new failure", "fail", "drop"),
    ("new error", {"a": P, "b": P}, {"a": P, "b": "error"}, "b: new failure", "fail", "drop"),
    ("skip to fail", {"a": P, "b": S}, {"a": P, "b": F}, "b: new failure", "fail", "drop"),
    ("missing", {"a": P, "b": P}, {"a": P}, "b: missing", "fail", "drop"),
    ("pass to skip", {"a": P, "b": P}, {"a": P, "b": S}, "b: missing", "fail", "drop"),
    ("new test fails", {"a": P}, {"a": P, "b": F}, "b: new test fails", "fail", "drop"),
    (
        "missing and new, fewer",
        {"a": P, "b": P, "c": P},
        {"a": P, "d": P},
        "b: missing, c: missing",
        "fail",
        "drop",
    ),
    ("perhaps renamed", {"a": P, "b": P}, {"a": P, "c": P}, "b: missing", "inconclusive", "unproven"),
    ("renamed and red", {"a": P, "b": P}, {"a": F, "c": P}, "a: new failure, b: missing", "fail", "drop"),
    ("red and worse", {"a": P, "b": F}, {"a": F, "b": F}, "a: new failure, b: pre-existing", "fail", "drop"),
    ("red and better", {"a": F, "b": F}, {"a": P, "b": F}, "a: fixed, b: pre-existing", "fail", "keep"),
]


@pytest.mark.parametrize(
    ("before", "after", "told", "row", "verdict"),
    [case[1:] for case in TABLE],
    ids=[case[0] for case in TABLE],
)
def test_attribution(
    before: dict[str, TestOutcome], after: dict[str, TestOutcome], told: str, row: str, verdict: str
) -> None:
    found = compare(ran(before), ran(after))
    assert ", ".join(f"{test}: {how}" for test, how in sorted(changes(found).items())) == told
    assert (status(found), found.verdict) == (row, verdict)
    assert [item.check for item in found.rows] == ALL


def test_the_failing_test_is_named_in_row_and_reason() -> None:
    found = compare(ran({"t.py::a": P}), ran({"t.py::a": F}))
    assert note(found) == "1 new failure: t.py::a"
    assert found.reasons == ("All tests pass: 1 new failure: t.py::a",)


def test_a_flaky_test_is_not_blamed_on_the_upgrade() -> None:
    found = compare(ran({"a": P, "b": P}), ran({"a": P, "b": F}), "b")
    assert changes(found) == {"b": "flaky"}
    assert (status(found), found.verdict) == ("flaky", "keep")
    both = compare(ran({"a": P, "b": P}), ran({"a": F, "b": F}), "b")
    assert (changes(both), both.verdict) == ({"a": "new failure", "b": "flaky"}, "drop")


def test_the_same_test_failing_for_another_reason_cannot_be_told() -> None:
    before = ran({"a": F}, messages={"a": "Traceback\n  line 3\nKeyError: 'x' at 0x7f12"})
    same = ran({"a": F}, messages={"a": "Traceback\n  line 9\nKeyError: 'x' at 0x55aa"})
    other = ran({"a": F}, messages={"a": "Traceback\nTypeError: no"})
    assert changes(compare(before, same)) == {"a": "pre-existing"}
    found = compare(before, other)
    assert changes(found) == {"a": "changed"}
    assert (status(found), found.verdict) == ("inconclusive", "unproven")


BROKEN: dict[str, Any] = {"status": "ERROR", "reason": "no test ran"}
WHOLE: list[tuple[str, CheckResult | None, CheckResult | None, str, str]] = [
    ("nothing ran", None, None, "not run", "unproven"),
    ("exit codes agree", ran(), ran(), "pass", "keep"),
    ("exit code fails now", ran(), ran(status="FAIL", reason="exit code 1"), "fail", "drop"),
    ("exit code fails on both", ran(status="FAIL"), ran(status="FAIL"), "inconclusive", "unproven"),
    ("exit code works now", ran(status="FAIL"), ran(), "pass", "keep"),
    ("collection breaks", ran({"a": P}), ran(**BROKEN), "fail", "drop"),
    ("red collection breaks", ran({"a": P, "b": F}), ran(**BROKEN), "fail", "drop"),
    ("tests vanish", ran({"a": P}), ran(), "fail", "drop"),
    ("baseline broke too", ran(**BROKEN), ran(**BROKEN), "inconclusive", "unproven"),
    ("baseline broke alone", ran(**BROKEN), ran({"a": P}), "pass", "keep"),
    ("baseline broke, red now", ran(**BROKEN), ran({"a": F}), "inconclusive", "unproven"),
    ("no baseline", None, ran({"a": P}), "inconclusive", "unproven"),
    ("timeout now", ran({"a": P}), ran({"a": P}, status="TIMEOUT"), "fail", "drop"),
    (
        "timeout on both",
        ran({"a": P}, status="TIMEOUT"),
        ran({"a": P}, status="TIMEOUT"),
        "inconclusive",
        "unproven",
    ),
    ("coverage too low now", ran({"a": P}), ran({"a": P}, status="FAIL", exit_code=2), "fail", "drop"),
    (
        "coverage too low on both",
        ran({"a": P}, status="FAIL", exit_code=2),
        ran({"a": P}, status="FAIL", exit_code=2),
        "fail",
        "keep",
    ),
    ("not run", ran({"a": P}), ran(status="NOT_RUN", reason="left out"), "not run", "unproven"),
]


@pytest.mark.parametrize(
    ("before", "after", "row", "verdict"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE]
)
def test_checks_as_a_whole(
    before: CheckResult | None, after: CheckResult | None, row: str, verdict: str
) -> None:
    found = compare(before, after)
    assert (status(found), found.verdict) == (row, verdict)
    assert [item.check for item in found.rows] == ALL
    assert all(item.notes for item in found.rows)
    assert all(item.after == "PASS" for item in found.rows if item.status == "pass")
    assert found.reasons or found.verdict == "keep"


@pytest.mark.parametrize("kind", ["build", "start", "critical"])
@pytest.mark.parametrize(("ends", "verdict"), [("PASS", "keep"), ("FAIL", "drop"), ("TIMEOUT", "drop")])
def test_every_row_may_drop(kind: Any, ends: Any, verdict: str) -> None:
    before = [ran({"a": P}), CheckResult(check="make", kind=kind, status="PASS")]
    after = [ran({"a": P}), CheckResult(check="make", kind=kind, status=ends, reason="exit code 2")]
    found = compare_sides("base", "commit", before, after, frozenset(), "full")
    assert (status(found), found.verdict) == ("pass", verdict)
    assert status(found, kind) == ("pass" if ends == "PASS" else "fail")


def test_of_several_checks_the_worst_counts() -> None:
    before = [ran({"a": P}), ran({"a": P}, check="unittest")]
    after = [ran({"a": P}), ran({"a": F}, check="unittest")]
    found = compare_sides("base", "commit", before, after, frozenset(), "full")
    assert (status(found), found.verdict) == ("fail", "drop")
    assert [(change.check, change.test) for change in found.changes] == [("unittest", "a")]
    assert suspects(before, after) == {("unittest", "a")}


def warned(*warnings: str, **facts: Any) -> CheckResult:
    return ran({"a": P}, **{"warnings": warnings, "shows_warnings": True, **facts})


def test_new_warnings_show_and_drop_nothing() -> None:
    found = compare(warned("old"), warned("old", "ring is deprecated"))
    assert (status(found, "deprecations"), found.verdict) == ("fail", "keep")
    assert "ring is deprecated" in note(found, "deprecations")
    assert found.reasons == ("No new deprecation warnings: 1 new: ring is deprecated",)


@pytest.mark.parametrize(("before", "after"), [((), ()), (("old",), ("old",)), (("old",), ())])
def test_no_new_warnings(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = compare(warned(*before), warned(*after))
    assert (status(found, "deprecations"), found.verdict) == ("pass", "keep")


def test_runs_that_show_no_warnings_are_no_evidence() -> None:
    assert status(compare(ran({"a": P}), ran({"a": P})), "deprecations") == "not run"
    broke = compare(warned("old"), warned(status="TIMEOUT", reason="ended after 9 s"))
    assert status(broke, "deprecations") == "inconclusive"
    assert "ended after 9 s" in note(broke, "deprecations")


def test_only_checks_that_tell_on_both_sides_are_compared() -> None:
    broke = warned("new here", check="second", status="TIMEOUT", reason="slow")
    before, after = [warned("old"), broke], [warned("old"), warned("new here", check="second")]
    found = compare_sides("base", "commit", before, after, frozenset(), "full")
    assert status(found, "deprecations") == "pass"


def test_a_check_of_its_own_for_warnings() -> None:
    def check(*warnings: str, **facts: Any) -> CheckResult:
        facts = {"status": "PASS", **facts}
        return CheckResult(check="cargo check", kind="deprecations", warnings=warnings, **facts)

    assert status(compare(check(), check("use of deprecated function")), "deprecations") == "fail"
    assert status(compare(check(), check()), "deprecations") == "pass"
    assert (
        status(compare(check(), check(status="FAIL", reason="exit code 101")), "deprecations")
        == "inconclusive"
    )
    assert compare(check(), check()).verdict == "unproven"


def test_changes_stand_in_order_of_weight() -> None:
    before: dict[str, TestOutcome] = {"a": F, "b": P, "c": P, "d": F, "e": P}
    after: dict[str, TestOutcome] = {"a": P, "b": F, "d": F, "e": P, "f": F}
    found = compare(ran(before), ran(after))
    assert [change.change for change in found.changes] == [
        "new failure",
        "missing",
        "new test fails",
        "pre-existing",
        "fixed",
    ]
