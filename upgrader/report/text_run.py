"""What was done, for a terminal: the verification matrix, the attempts, and a whole report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from upgrader.model import (
    AlreadyDone,
    AnyAttempt,
    Dropped,
    Kept,
    Refused,
    Report,
    Rewrite,
    TestChange,
    Verification,
)
from upgrader.report.gates import gate_sheet, validation_sheet
from upgrader.report.pen import Part, Pen
from upgrader.report.sheets import (
    compatibility_sheet,
    log_sheet,
    matrix_sheet,
    outstanding_sheet,
    rewrite_sheet,
    runs_sheet,
    summary_sheet,
)
from upgrader.report.text_audit import print_audit, print_held
from upgrader.report.wording import duration, further_held, sentences

if TYPE_CHECKING:
    from rich.console import Console

_BLAMED = ("new failure", "missing", "new test fails")
_MOST_TESTS = 10
_LINES = 8
"""Of each failure, from its end."""


def print_matrix(verification: Verification, console: Console) -> None:
    """Print the five rows of FEATURES C17; a row that did not run says why and is never ✅."""
    Pen(console).sheet("", matrix_sheet(verification), indent=0)


def print_attempts(attempts: Sequence[AnyAttempt], console: Console, *, next_step: str = "") -> None:
    """Print a block per attempt, then how many were kept, dropped, refused or done before."""
    pen = Pen(console)
    _print_blocks(attempts, pen)
    pen.blank()
    pen.say((outcome_line(attempts), "bold"))
    if next_step:
        pen.say("Next: ", (next_step, "bold"))


def print_report(report: Report, console: Console) -> None:
    """Print everything a report holds; a part that the trip did not reach is left out."""
    pen = Pen(console)
    pen.say((report.title, "bold"))
    if report.generated_at:
        pen.say((report.generated_at, "dim"))
    pen.sheet("Summary", summary_sheet(report.summary), indent=0)
    if report.audit is not None:
        pen.heading("Audit")
        print_audit(report.audit, console)
    print_held(further_held(report), pen)
    pen.sheet("Compatibility", compatibility_sheet(report.compatibility), indent=0)
    if report.attempts:
        pen.heading("Attempts")
        _print_blocks(report.attempts, pen)
        pen.blank()
        pen.say((outcome_line(report.attempts), "bold"))
    pen.sheet("Go/No-Go", gate_sheet(report.attempts), indent=0)
    pen.sheet("Validation results", validation_sheet(report.attempts), indent=0)
    pen.sheet("Execution log", log_sheet(report.log), indent=0)
    pen.sheet("Outstanding", outstanding_sheet(report.outstanding), indent=0)
    if report.sandbox:
        pen.say((f"Sandbox of the checks: {report.sandbox}", "dim"))


def outcome_line(attempts: Sequence[AnyAttempt]) -> str:
    """`2 kept, 1 unproven, 1 dropped`; zeros are left out."""
    counts = Counter(_outcome(attempt) for attempt in attempts)
    order = ("kept", "kept unproven", "dropped", "refused", "already done")
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "Nothing was tried."


def _outcome(attempt: AnyAttempt) -> str:
    match attempt:
        case Kept(verification=verification):
            return "kept" if verification.verdict == "keep" else "kept unproven"
        case Dropped():
            return "dropped"
        case Refused():
            return "refused"
        case AlreadyDone():
            return "already done"
        case _:
            assert_never(attempt)


_MARKS: dict[str, tuple[str, str]] = {
    "kept": ("✅", "bold green"),
    "kept unproven": ("⚠", "bold yellow"),
    "dropped": ("❌", "bold red"),
    "refused": ("❌", "bold red"),
    "already done": ("–", "bold"),
}


def _print_blocks(attempts: Sequence[AnyAttempt], pen: Pen) -> None:
    for attempt in attempts:
        word = _outcome(attempt)
        mark, style = _MARKS[word]
        pen.blank()
        pen.say((f"{mark} {word.upper()}", style), "  ", (attempt.step.title, "bold"))
        _print_block(attempt, pen)


def _print_block(attempt: AnyAttempt, pen: Pen) -> None:
    match attempt:
        case Kept(branch=branch, commit=commit, verification=verification, moved=moved):
            pen.say("branch ", (branch, "bold"), f" at {commit[:12]}", *_after(attempt), indent=2)
            for item in moved:
                pen.say("also moved: ", item, indent=2)
            for reason in verification.reasons:
                pen.say(reason, indent=2)
            _print_rewrite(attempt.rewrite, pen)
            _print_verification(verification, pen)
        case Dropped(reason=reason, verification=verification):
            pen.say(reason, *_after(attempt), indent=2)
            pen.say(f"no branch is left; {attempt.step.branch} was not made", indent=2)
            _print_rewrite(attempt.rewrite, pen)
            _print_verification(verification, pen)
        case Refused(stage=stage, reason=reason, advice=advice):
            pen.say(sentences(f"{stage}: {reason}", advice), *_after(attempt), indent=2)
            pen.say(f"no branch is left; {attempt.step.branch} was not made", indent=2)
            _print_rewrite(attempt.rewrite, pen)
        case AlreadyDone(branch=branch, commit=commit, reason=reason):
            pen.say("branch ", (branch, "bold"), f" at {commit[:12]}: {reason}", *_after(attempt), indent=2)
        case _:
            assert_never(attempt)


def _print_rewrite(rewrite: Rewrite, pen: Pen) -> None:
    pen.sheet("Code", rewrite_sheet(rewrite))
    pen.sheet("Commands and steps", runs_sheet(rewrite))


def _after(attempt: AnyAttempt) -> list[Part]:
    took = f", {duration(attempt.duration_ms)}" if attempt.duration_ms else ""
    return [(f" ({attempt.key}{took})", "dim")]


def _print_verification(verification: Verification, pen: Pen) -> None:
    pen.sheet("", matrix_sheet(verification))
    blamed = [item for item in verification.changes if item.change in _BLAMED]
    _print_failures(blamed, pen)
    told = {item.check for item in blamed}
    for result in verification.after:
        if result.check in told or result.status in ("PASS", "NOT_RUN") or not (result.reason or result.log):
            continue
        if any(
            before.check == result.check and before.status == result.status
            for before in verification.baseline
        ):
            # Red on both sides: the row says so, and the output is not this upgrade's doing.
            continue
        pen.say((f"{result.check}: {result.status.lower()}", "bold red"), f" {result.reason}", indent=2)
        pen.block(result.log, indent=4, lines=_LINES)
    if verification.sandbox == "none":
        pen.say(("The checks ran without a sandbox.", "yellow"), indent=2)


def _print_failures(blamed: Sequence[TestChange], pen: Pen) -> None:
    for change in blamed[:_MOST_TESTS]:
        pen.say(
            (f"{change.change}: ", "bold red"), (change.test, "bold"), (f" ({change.check})", "dim"), indent=2
        )
        pen.block(change.detail, indent=6, lines=_LINES)
    if len(blamed) > _MOST_TESTS:
        pen.say(f"… and {len(blamed) - _MOST_TESTS} more", indent=2)
