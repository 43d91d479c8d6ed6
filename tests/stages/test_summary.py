"""What a run came to: status, what was learned of compatibility, and what is left for people."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.stages.test_compare import compare, ran, warned
from tests.stages.test_plan import CRANE, planned
from tests.stages.worlds import dependency
from upgrader.model import AlreadyDone, AnyAttempt, Dropped, Held, Kept, Refused, Verification
from upgrader.stages.summary import make_report

(STEP,) = planned([dependency()], CRANE).steps
GOOD = compare(ran({"a": "passed"}), ran({"a": "passed"}))
BAD = compare(ran({"a": "passed"}), ran({"a": "failed"}))
UNPROVEN = compare(None, None)


def kept(verification: Verification = GOOD) -> Kept:
    return Kept(
        step=STEP, key="k#1", branch=STEP.branch, commit="c" * 40, verification=verification, duration_ms=5
    )


DROPPED = Dropped(step=STEP, key="k#1", verification=BAD, reason=BAD.reasons[0], duration_ms=7)
REFUSED = Refused(step=STEP, key="k#1", stage="lockfile", reason="the tool is missing")
DONE = AlreadyDone(step=STEP, key="k#1", branch=STEP.branch, commit="c" * 40, reason="done before")


def report(*attempts: AnyAttempt, **facts: Any) -> Any:
    return make_report(attempts, **{"audit": None, "plan": None, "log": (), **facts})


@pytest.mark.parametrize(
    ("attempts", "status", "errors", "rollbacks"),
    [
        ((), "Nothing to do", 0, 0),
        ((kept(),), "Complete", 0, 0),
        ((kept(), DONE), "Complete", 0, 0),
        ((DROPPED,), "Rolled Back", 0, 1),
        ((DROPPED, REFUSED), "Rolled Back", 1, 1),
        ((kept(), DROPPED), "Partial", 0, 1),
    ],
)
def test_the_summary(attempts: Sequence[AnyAttempt], status: str, errors: int, rollbacks: int) -> None:
    found = report(*attempts).summary
    assert (found.status, found.errors, found.rollbacks) == (status, errors, rollbacks)
    assert found.duration_ms == sum(item.duration_ms for item in attempts)


@pytest.mark.parametrize(
    ("attempt", "compatible", "migration"),
    [
        (kept(), "yes", "no"),
        (kept(UNPROVEN), "unknown", "unknown"),
        (DROPPED, "no", "yes"),
        (REFUSED, "unknown", "unknown"),
        (DONE, "unknown", "unknown"),
    ],
)
def test_what_was_learned(attempt: AnyAttempt, compatible: str, migration: str) -> None:
    (row,) = report(attempt).compatibility
    assert (row.compatible, row.migration_required) == (compatible, migration)
    assert (row.package, row.from_version, row.to_version) == ("crane", "1.0.0", "1.0.1")


def test_a_dropped_one_names_what_broke() -> None:
    found = report(DROPPED)
    assert found.compatibility[0].breaking_changes == ("a: new failure",)
    assert found.outstanding[0].item == f"Mend the code for {STEP.title}: All tests pass: 1 new failure: a"


def test_new_warnings_are_work_to_do() -> None:
    found = report(kept(compare(warned("old"), warned("old", "ring is deprecated"))))
    assert found.compatibility[0].deprecated_features == ("ring is deprecated",)
    assert [item.item for item in found.outstanding][:2] == [
        f"Review and merge {STEP.branch}",
        "Remove the deprecated use: ring is deprecated",
    ]


def test_rows_that_prove_nothing_are_work_to_do() -> None:
    left = [item.item for item in report(kept(UNPROVEN)).outstanding]
    assert any("All tests pass: no test command was found" in item for item in left)


def test_held_items_are_told() -> None:
    plan = planned([dependency()], CRANE)
    held = Held(kind="cooldown", subject="winch", reason="1.1.0: released 1 days ago")
    found = report(plan=type(plan)(base_commit=plan.base_commit, files={}, steps=(), held=(held,)))
    assert [(item.item, item.status) for item in found.outstanding] == [
        ("winch: 1.1.0: released 1 days ago", "held (cooldown)")
    ]
