"""Two sides of the same checks into the verification matrix: which differences are the upgrade's doing. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from upgrader.model import (
    CHECK_ROWS,
    CheckKind,
    CheckResult,
    CheckStatus,
    MatrixRow,
    TestChange,
    TestOutcome,
    Verification,
)

Side = Sequence[CheckResult]
RowStatus = Literal["pass", "fail", "not run", "flaky", "inconclusive"]
_BAD: tuple[TestOutcome, ...] = ("failed", "error")
_WORST: tuple[CheckStatus, ...] = ("TIMEOUT", "ERROR", "FAIL", "INCONCLUSIVE", "FLAKY", "NOT_RUN", "PASS")
_ROW_WORST: tuple[RowStatus, ...] = ("fail", "inconclusive", "flaky", "not run", "pass")
_BLOCKING = ("new failure", "missing", "new test fails")
_NO_COMMAND: dict[CheckKind, str] = {
    "tests": "no test command was found; set checks.tests",
    "deprecations": "nothing ran that shows warnings",
    "build": "no build command was found; set checks.build",
    "start": "no start command was found; set checks.start",
    "critical": "no critical paths are configured; set checks.critical",
}


def suspects(baseline: Side, after: Side) -> frozenset[tuple[str, str]]:
    """(check, test) pairs that passed before and fail now."""
    before = {result.check: result for result in baseline}
    return frozenset(
        (result.check, test)
        for result in after
        for test, outcome in result.tests.items()
        if outcome in _BAD and result.check in before and before[result.check].tests.get(test) == "passed"
    )


def compare_sides(
    base: str,
    commit: str,
    baseline: Side,
    after: Side,
    flaky: frozenset[tuple[str, str]],
    sandbox: Literal["full", "netns", "none"],
) -> Verification:
    """Fill in the five rows and decide. `flaky` are pairs that a repetition showed not to fail every time."""
    before = {result.check: result for result in baseline}
    changes = [change for result in after for change in _changes(before.get(result.check), result, flaky)]
    rows = tuple(_row(kind, baseline, after, changes) for kind in CHECK_ROWS)
    verdict, reasons = _verdict(rows)
    return Verification(
        baseline_commit=base,
        after_commit=commit,
        rows=rows,
        changes=tuple(sorted(changes, key=_change_order)),
        baseline=tuple(baseline),
        after=tuple(after),
        sandbox=sandbox,
        verdict=verdict,
        reasons=tuple(reasons),
    )


def _changes(
    before: CheckResult | None, after: CheckResult, flaky: frozenset[tuple[str, str]]
) -> list[TestChange]:
    """How each test of one check differs; nothing for tests that pass on both sides."""
    was: Mapping[str, TestOutcome] = before.tests if before else {}
    found = []
    for test in sorted(was.keys() | after.tests.keys()):
        kind = _change(was.get(test), after.tests.get(test))
        if kind == "new failure" and (after.check, test) in flaky:
            kind = "flaky"
        if kind == "missing" and not after.tests:
            # The whole check broke: its one reason says more than a list of all its tests.
            continue
        if kind is not None:
            detail = after.messages.get(test, "")
            if (
                kind == "pre-existing"
                and before
                and _signature(before.messages.get(test)) != _signature(detail)
            ):
                kind = "changed"
            found.append(TestChange(test=test, change=kind, check=after.check, detail=detail))
    return found


Change = Literal["new failure", "flaky", "pre-existing", "changed", "fixed", "missing", "new test fails"]


def _change(before: TestOutcome | None, after: TestOutcome | None) -> Change | None:
    if after is None:
        return "missing" if before == "passed" else None
    if after in _BAD:
        if before is None:
            return "new test fails"
        return "pre-existing" if before in _BAD else "new failure"
    return "fixed" if before in _BAD and after == "passed" else None


def _signature(message: str | None) -> str:
    """The last line of a failure that names an exception, without numbers: the same fault gives the same words."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return "".join(character for character in last if not character.isdigit())


def _row(kind: CheckKind, baseline: Side, after: Side, changes: Sequence[TestChange]) -> MatrixRow:
    if kind == "deprecations":
        return _deprecation_row(baseline, after)
    before = {result.check: result for result in baseline if result.kind == kind}
    now = [result for result in after if result.kind == kind]
    if not now:
        return _not_run(kind)
    judged = [_judge(before.get(result.check), result, changes) for result in now]
    status = min((item[0] for item in judged), key=_ROW_WORST.index)
    notes = "; ".join(dict.fromkeys(note for _, note in judged if note))
    return MatrixRow(
        check=CHECK_ROWS[kind],
        baseline=_worst(list(before.values())),
        after=_worst(now),
        status=status,
        notes=notes or ", ".join(result.check for result in now),
    )


def _judge(
    before: CheckResult | None, after: CheckResult, changes: Sequence[TestChange]
) -> tuple[RowStatus, str]:
    """One check's verdict: by its tests where both sides have them, else by how it ended."""
    if before is None or before.status == "NOT_RUN":
        return "inconclusive", f"{after.check}: there is no baseline to compare with"
    own = [change for change in changes if change.check == after.check]
    if before.tests and after.tests:
        return _judge_tests(before, after, own)
    match (before.status == "PASS", after.status == "PASS"):
        case (_, True):
            return "pass", _counted(after)
        case (True, False):
            return "fail", f"{after.check}: {after.reason}"
        case _:
            return (
                "inconclusive",
                f"{after.check}: red before and after ({after.reason}), and no single tests are told",
            )


def _judge_tests(before: CheckResult, after: CheckResult, own: Sequence[TestChange]) -> tuple[RowStatus, str]:
    blamed = [change for change in own if change.change in _BLOCKING]
    if blamed:
        return "fail", "; ".join(
            _tell(kind, blamed) for kind in _BLOCKING if any(c.change == kind for c in blamed)
        )
    if after.status in ("TIMEOUT", "ERROR"):
        return "fail", f"{after.check}: {after.reason}"
    if any(change.change == "flaky" for change in own):
        return "flaky", _tell("flaky", own)
    old = [change for change in own if change.change in ("pre-existing", "changed")]
    if after.status == "FAIL" and not old:
        # Every test passed and the runner still says no: coverage thresholds, errors at exit.
        same = before.status == "FAIL" and before.exit_code == after.exit_code
        return ("inconclusive" if same else "fail"), f"{after.check}: {after.reason}"
    notes = [_counted(after), *(_tell(kind, own) for kind in ("pre-existing", "changed", "fixed"))]
    return "pass", ", ".join(note for note in notes if note)


def _tell(kind: str, changes: Sequence[TestChange]) -> str:
    """`2 new failures: a, b`, shortened; "" when there are none of the kind."""
    tests = [change.test for change in changes if change.change == kind]
    if not tests:
        return ""
    more = f" and {len(tests) - 5} more" if len(tests) > 5 else ""
    return f"{len(tests)} {kind}: {', '.join(tests[:5])}{more}"


def _counted(result: CheckResult) -> str:
    passed = sum(outcome == "passed" for outcome in result.tests.values())
    return f"{result.check}: {passed} passed" if result.tests else ""


def _deprecation_row(baseline: Side, after: Side) -> MatrixRow:
    """New warnings against the baseline's, from runs that show any; a run that broke shows none."""
    told = [result for result in after if _shows_warnings(result)]
    before = [result for result in baseline if _shows_warnings(result)]
    if not told or not before:
        return _not_run("deprecations")
    known = {warning for result in before for warning in result.warnings}
    new = sorted({warning for result in told for warning in result.warnings} - known)
    notes = f"{len(new)} new: {'; '.join(new[:3])}" if new else f"none new, {len(known)} known"
    return MatrixRow(
        check=CHECK_ROWS["deprecations"],
        baseline="PASS",
        after="FAIL" if new else "PASS",
        status="fail" if new else "pass",
        notes=notes,
    )


def _shows_warnings(result: CheckResult) -> bool:
    if result.kind == "deprecations":
        return result.status == "PASS"
    return result.shows_warnings and result.status in ("PASS", "FAIL") and bool(result.tests)


def _not_run(kind: CheckKind) -> MatrixRow:
    return MatrixRow(
        check=CHECK_ROWS[kind], baseline="NOT_RUN", after="NOT_RUN", status="not run", notes=_NO_COMMAND[kind]
    )


def _worst(results: Side) -> CheckStatus:
    return min((result.status for result in results), key=_WORST.index, default="NOT_RUN")


def _verdict(rows: Sequence[MatrixRow]) -> tuple[Literal["keep", "drop", "unproven"], list[str]]:
    """Any blocking row drops; new warnings alone do not; nothing that passed with evidence proves nothing."""
    blocking = [row for row in rows if row.check != CHECK_ROWS["deprecations"]]
    failed = [row for row in blocking if row.status == "fail"]
    if failed:
        return "drop", [f"{row.check}: {row.notes}" for row in failed]
    if any(row.status == "inconclusive" for row in blocking) or not any(
        row.status == "pass" for row in blocking
    ):
        return "unproven", [
            f"{row.check}: {row.notes}" for row in blocking if row.status in ("inconclusive", "not run")
        ]
    return "keep", [f"{row.check}: {row.notes}" for row in rows if row.status in ("flaky", "fail")]


def _change_order(change: TestChange) -> tuple[int, str, str]:
    order = ("new failure", "missing", "new test fails", "changed", "flaky", "pre-existing", "fixed")
    return order.index(change.change), change.check, change.test
