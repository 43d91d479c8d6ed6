"""Go/No-Go and validation results: decided by the outcome, and never better than the evidence."""

import pytest

from tests.report.samples_run import COMMIT, every_outcome, kept, result, rows, step, verification
from upgrader.model import AlreadyDone, AnyAttempt, Dropped, MatrixRow, Refused
from upgrader.report.gates import gates_of, validation_sheet
from upgrader.report.sheets import five_rows, matrix_sheet

DROPPED = Dropped(step=step(), key="x#1", verification=verification("fail"), reason="1 new failure")


def refused(stage: str) -> Refused:
    return Refused(step=step(), key="x#1", stage=stage, reason="no")


@pytest.mark.parametrize(
    ("attempt", "decisions"),
    [
        pytest.param(kept(), ["GO", "CONTINUE", "COMPLETE"], id="kept"),
        pytest.param(DROPPED, ["GO", "CONTINUE", "ROLLBACK"], id="dropped"),
        pytest.param(refused("prepare"), ["NO-GO"], id="refused at the start"),
        pytest.param(refused("lockfile"), ["GO", "ROLLBACK"], id="refused on the way"),
        pytest.param(kept(rows=()), ["NO-GO", "CONTINUE", "COMPLETE"], id="kept without tests"),
        pytest.param(
            AlreadyDone(step=step(), key="x#1", branch="b", commit=COMMIT, reason="before"),
            [],
            id="done before",
        ),
    ],
)
def test_decisions(attempt: AnyAttempt, decisions: list[str]) -> None:
    assert [gate.decision for gate in gates_of(attempt)] == decisions


def test_a_red_baseline_is_told_and_does_not_stop() -> None:
    red = MatrixRow(
        check="All tests pass", baseline="FAIL", after="FAIL", status="pass", notes="1 pre-existing: a"
    )
    gate = gates_of(kept(rows=(red, *rows()[1:])))[0]
    assert (gate.decision, gate.evidence) == (
        "GO",
        "tests fail on aaaaaaaaaaaa already; only what is new counts",
    )


def test_validation_compares_the_sides_and_invents_no_measurement() -> None:
    sheet = validation_sheet(every_outcome())
    assert sheet.columns == ("Step", "Check", "Before", "After", "Status")
    assert [row[1] for row in sheet.rows[:4]] == [
        "Tests",
        "Performance baseline",
        "Error rate",
        "Data integrity",
    ]
    assert sheet.rows[0][2:] == ("2 passed", "2 passed", "✅ pass")
    assert sheet.rows[8][2:] == ("2 passed", "1 passed, 1 failed", "❌ fail")
    assert [row for row in sheet.rows if "✅" in row[4]] == [sheet.rows[0]]


def test_validation_without_tests() -> None:
    found = validation_sheet((kept(baseline=(), after=(result("NOT_RUN", tests={}),), rows=()),)).rows
    assert found[0][2:] == ("not run", "not run", "– not run")
    assert found[1][2:4] == ("not measured", "not measured")


@pytest.mark.parametrize(
    "given",
    [(), rows()[:1], rows()[1:], rows()[::-1], (*rows(), *rows())],
    ids=["none", "one", "without tests", "backwards", "twice"],
)
def test_always_five_rows_in_order(given: tuple[MatrixRow, ...]) -> None:
    found = five_rows(verification(rows=given))
    assert [row.check for row in found] == [row.check for row in rows()]


def test_a_pass_without_a_run_is_none() -> None:
    claimed = MatrixRow(check="All tests pass", baseline="PASS", after="NOT_RUN", status="pass", notes="")
    row = matrix_sheet(verification(rows=(claimed,))).rows[0]
    assert row == ("All tests pass", "pass", "not run", "– not run", "there is no evidence that it ran")


def test_of_two_rows_for_a_check_the_failed_one_counts() -> None:
    row = five_rows(verification(rows=(*rows(), *rows("fail"))))[0]
    assert row.status == "fail"
