"""The decisions of an attempt with their evidence: Go/No-Go at three checkpoints, and validation results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, assert_never

from msgspec import Struct

from upgrader.model import (
    CHECK_ROWS,
    AlreadyDone,
    AnyAttempt,
    CheckResult,
    Dropped,
    Kept,
    Refused,
    Verification,
)
from upgrader.report.sheets import STATUS_MARKS, Sheet, five_rows
from upgrader.report.wording import duration

Decision = Literal["GO", "NO-GO", "CONTINUE", "ROLLBACK", "COMPLETE"]
_BEFORE = "Tests ran on the baseline; the base commit is there to go back to"
_MIDWAY = "No critical errors"
_AFTER = "Validation passes"


class Gate(Struct, frozen=True, kw_only=True):
    """One checkpoint with what it asks and how it was decided (FEATURES C39)."""

    checkpoint: Literal["Pre", "Mid", "Post"]
    criteria: str
    decision: Decision
    evidence: str


def gates_of(attempt: AnyAttempt) -> tuple[Gate, ...]:
    """The three gates as the attempt's outcome proves them; none for work that was done before."""
    match attempt:
        case Kept(verification=verification):
            kept = _why(verification) or f"{_passed(verification)} of 5 rows pass"
            return (*_reached(verification), _gate("Post", _AFTER, "COMPLETE", kept))
        case Dropped(verification=verification, reason=reason):
            return (*_reached(verification), _gate("Post", _AFTER, "ROLLBACK", reason))
        case Refused(stage="prepare" | "", reason=reason):
            return (_gate("Pre", _BEFORE, "NO-GO", reason),)
        case Refused(stage=stage, reason=reason):
            return (
                _gate("Pre", _BEFORE, "GO", "the base commit stands; the tests had not run yet"),
                _gate("Mid", _MIDWAY, "ROLLBACK", f"{stage}: {reason}"),
            )
        case AlreadyDone():
            return ()
        case _:
            assert_never(attempt)


def gate_sheet(attempts: Sequence[AnyAttempt]) -> Sheet:
    """The Go/No-Go table of all attempts."""
    rows = [
        (attempt.step.title, gate.checkpoint, gate.criteria, gate.decision, gate.evidence)
        for attempt in attempts
        for gate in gates_of(attempt)
    ]
    return Sheet(
        columns=("Step", "Checkpoint", "Criteria", "Decision", "Evidence"),
        rows=tuple(rows),
        firm=("Decision",),
    )


def validation_sheet(attempts: Sequence[AnyAttempt]) -> Sheet:
    """Validation Results (FEATURES C48) of every attempt that was verified; what was not measured says so."""
    rows = [
        (attempt.step.title, *row)
        for attempt in attempts
        if isinstance(attempt, Kept | Dropped)
        for row in _validation(attempt.verification)
    ]
    return Sheet(columns=("Step", "Check", "Before", "After", "Status"), rows=tuple(rows))


def _validation(verification: Verification) -> list[tuple[str, str, str, str]]:
    before, after = _tests(verification.baseline), _tests(verification.after)
    row = next(row for row in five_rows(verification) if row.check == CHECK_ROWS["tests"])
    unmeasured = "not measured"
    return [
        ("Tests", _counts(before), _counts(after), f"{STATUS_MARKS[row.status]} {row.status}"),
        (
            "Performance baseline",
            _took(before),
            _took(after),
            "not judged: the tests' wall time, one run each",
        ),
        ("Error rate", unmeasured, unmeasured, "not run: no running service belongs to this upgrade"),
        ("Data integrity", "n.a.", "n.a.", "not run: no data step belongs to this upgrade"),
    ]


def _reached(verification: Verification) -> tuple[Gate, Gate]:
    """The gates before and amid, for an attempt that came as far as its verification."""
    row = next(row for row in five_rows(verification) if row.check == CHECK_ROWS["tests"])
    base = verification.baseline_commit[:12]
    went_on = f"committed as {verification.after_commit[:12]}"
    if row.baseline == "PASS":
        before = _gate("Pre", _BEFORE, "GO", f"tests pass on {base}")
    elif row.baseline in ("FAIL", "FLAKY"):
        before = _gate("Pre", _BEFORE, "GO", f"tests fail on {base} already; only what is new counts")
    else:
        before = _gate("Pre", _BEFORE, "NO-GO", f"no tests ran on {base}: {row.notes}")
        went_on += "; went on without tests, on a branch of its own for a person to judge"
    return before, _gate("Mid", _MIDWAY, "CONTINUE", went_on)


def _gate(
    checkpoint: Literal["Pre", "Mid", "Post"], criteria: str, decision: Decision, evidence: str
) -> Gate:
    return Gate(checkpoint=checkpoint, criteria=criteria, decision=decision, evidence=evidence)


def _why(verification: Verification) -> str:
    """Why a kept branch is kept all the same; "" when the verdict says so plainly."""
    if verification.verdict == "keep" and not verification.reasons:
        return ""
    return f"{verification.verdict}: {'; '.join(verification.reasons)}"


def _passed(verification: Verification) -> int:
    return sum(row.status == "pass" for row in five_rows(verification))


def _tests(results: Iterable[CheckResult]) -> list[CheckResult]:
    return [result for result in results if result.kind == "tests" and result.status != "NOT_RUN"]


def _counts(results: Sequence[CheckResult]) -> str:
    if not results:
        return "not run"
    outcomes = Counter(outcome for result in results for outcome in result.tests.values())
    words = [
        f"{outcomes[name]} {name}" for name in ("passed", "failed", "error", "skipped") if outcomes[name]
    ]
    return ", ".join(words or [result.status.lower() for result in results])


def _took(results: Sequence[CheckResult]) -> str:
    return duration(sum(result.duration_ms for result in results)) if results else "not measured"
