"""Two sides of the same checks into the verification matrix: which differences are the upgrade's doing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

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
_BLAMED = ("new failure", "missing", "new test fails")
"""Changes that are the upgrade's doing."""
_NAMES_A_FAULT = re.compile(
    r"\b\w*(?:Error|Exception|Exit|Interrupt)\b|\bpanic(?:ked)?\b|\bassertion\b|\bfailed\b"
)
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


class _Judged(Struct, frozen=True, kw_only=True):
    """What one check or one row comes to."""

    status: RowStatus
    note: str
    drops: bool = False
    """The upgrade is to blame. A failure that was there before shows as one and drops nothing."""


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
    judged = {kind: _judge_kind(kind, baseline, after, changes) for kind in CHECK_ROWS}
    verdict, reasons = _verdict(judged)
    return Verification(
        baseline_commit=base,
        after_commit=commit,
        rows=tuple(_row(kind, judged[kind], baseline, after) for kind in CHECK_ROWS),
        changes=tuple(sorted(changes, key=_change_order)),
        baseline=tuple(baseline),
        after=tuple(after),
        sandbox=sandbox,
        verdict=verdict,
        reasons=tuple(reasons),
    )


Change = Literal["new failure", "flaky", "pre-existing", "changed", "fixed", "missing", "new test fails"]


def _changes(
    before: CheckResult | None, after: CheckResult, flaky: frozenset[tuple[str, str]]
) -> list[TestChange]:
    """How each test of one check differs; nothing for tests that pass on both sides.

    Nothing either where a side tells no tests at all: its one reason says more than a list of all of them.
    """
    if before is None or not before.tests or not after.tests:
        return []
    found = []
    for test in sorted(before.tests.keys() | after.tests.keys()):
        kind = _change(before.tests.get(test), after.tests.get(test))
        detail = after.messages.get(test, "")
        if kind == "new failure" and (after.check, test) in flaky:
            kind = "flaky"
        elif kind == "pre-existing" and _signature(before.messages.get(test)) != _signature(detail):
            kind = "changed"
        elif kind == "missing" and test in after.tests:
            detail = "passed before and is skipped now"
        if kind is not None:
            found.append(TestChange(test=test, change=kind, check=after.check, detail=detail))
    return found


def _change(before: TestOutcome | None, after: TestOutcome | None) -> Change | None:
    """The attribution table of SAFETY section 4. A test that is skipped now proves as little as one that is gone."""
    if after in _BAD:
        if before is None:
            return "new test fails"
        return "pre-existing" if before in _BAD else "new failure"
    if before == "passed":
        return None if after == "passed" else "missing"
    return "fixed" if before in _BAD and after == "passed" else None


def _signature(message: str | None) -> str:
    """The last line of a failure that names a fault, without numbers: the same fault gives the same words."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    named = [line for line in lines if _NAMES_A_FAULT.search(line)]
    last = (named or lines or [""])[-1]
    return re.sub(r"0x[0-9a-fA-F]+|[0-9]+", "", last)


def _row(kind: CheckKind, judged: _Judged, baseline: Side, after: Side) -> MatrixRow:
    """One row of the matrix; a row that nothing ran for has NOT_RUN on both sides."""
    if judged.status == "not run":
        sides: tuple[CheckStatus, CheckStatus] = ("NOT_RUN", "NOT_RUN")
    elif kind == "deprecations" and judged.status != "inconclusive":
        sides = ("PASS", "FAIL" if judged.status == "fail" else "PASS")
    else:
        sides = (_worst(_of(kind, baseline)), _worst(_of(kind, after)))
    return MatrixRow(
        check=CHECK_ROWS[kind], baseline=sides[0], after=sides[1], status=judged.status, notes=judged.note
    )


def _of(kind: CheckKind, side: Side) -> list[CheckResult]:
    """The results a row is about; warnings may be told by the tests' own run."""
    if kind == "deprecations":
        return [result for result in side if result.kind == kind or result.shows_warnings]
    return [result for result in side if result.kind == kind]


def _judge_kind(kind: CheckKind, baseline: Side, after: Side, changes: Sequence[TestChange]) -> _Judged:
    if kind == "deprecations":
        return _judge_warnings(_of(kind, baseline), _of(kind, after))
    before = {result.check: result for result in _of(kind, baseline)}
    now = _of(kind, after)
    if not now:
        return _Judged(status="not run", note=_NO_COMMAND[kind])
    judged = [_judge(before.get(result.check), result, changes) for result in now]
    notes = "; ".join(dict.fromkeys(item.note for item in judged if item.note))
    return _Judged(
        status=min((item.status for item in judged), key=_ROW_WORST.index),
        note=notes or ", ".join(result.check for result in now),
        drops=any(item.drops for item in judged),
    )


def _judge(before: CheckResult | None, after: CheckResult, changes: Sequence[TestChange]) -> _Judged:
    """One check: by its tests where both sides have them, else by how it ended."""
    name = after.check
    if after.status == "NOT_RUN":
        return _Judged(status="not run", note=f"{name}: {after.reason or 'it was not run'}")
    if before is None or before.status == "NOT_RUN":
        return _Judged(status="inconclusive", note=f"{name}: there is no baseline to compare with")
    if before.tests and after.tests:
        return _judge_tests(before, after, [change for change in changes if change.check == name])
    lost = sum(outcome == "passed" for outcome in before.tests.values())
    if after.status == "PASS" and not lost:
        return _Judged(status="pass", note=_counted(after))
    if lost:
        reason = after.reason or "no single tests are told"
        return _Judged(
            status="fail", note=f"{name}: {reason}; {lost} tests that passed are missing", drops=True
        )
    if before.status == "PASS":
        return _Judged(status="fail", note=f"{name}: {after.reason}", drops=True)
    return _Judged(
        status="inconclusive",
        note=f"{name}: red before and after ({after.reason}), and no single tests are told",
    )


def _judge_tests(before: CheckResult, after: CheckResult, own: Sequence[TestChange]) -> _Judged:
    """What the upgrade did comes first; then what cannot be told; then what was there before."""
    kinds = {change.change for change in own}
    blamed = [kind for kind in _BLAMED if kind in kinds]
    if blamed == ["missing"] and _perhaps_renamed(before, after, own):
        note = f"{_tell('missing', own)}; as many new ones pass, so they may have been renamed: look at them"
        return _Judged(status="inconclusive", note=note)
    if blamed:
        return _Judged(status="fail", note="; ".join(_tell(kind, own) for kind in blamed), drops=True)
    told = ", ".join(
        note for note in (_counted(after), *(_tell(kind, own) for kind in ("pre-existing", "fixed"))) if note
    )
    reason = f"{after.check}: {after.reason}"
    if after.status in ("TIMEOUT", "ERROR"):
        same = before.status == after.status
        return _Judged(status="inconclusive" if same else "fail", note=reason, drops=not same)
    if "changed" in kinds:
        return _Judged(
            status="inconclusive", note=f"{_tell('changed', own)} (failed before for another reason)"
        )
    if "flaky" in kinds:
        return _Judged(status="flaky", note=f"{_tell('flaky', own)}, {told}")
    if after.status == "PASS":
        return _Judged(status="pass", note=told)
    if "pre-existing" in kinds:
        return _Judged(status="fail", note=f"{told}; nothing new fails")
    # Every test passed and the runner still says no: coverage thresholds, errors at exit.
    same = before.status == "FAIL" and before.exit_code == after.exit_code
    note = f"{reason}, as before; {told}" if same else f"{reason}, though no test failed"
    return _Judged(status="fail", note=note, drops=not same)


def _perhaps_renamed(before: CheckResult, after: CheckResult, own: Sequence[TestChange]) -> bool:
    """Tests are gone, but at least as many that were not there before pass: a runner's names may have changed."""
    lost = sum(change.change == "missing" for change in own)
    new = sum(outcome == "passed" for test, outcome in after.tests.items() if test not in before.tests)
    return after.status == "PASS" and new >= lost


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


def _judge_warnings(baseline: Side, after: Side) -> _Judged:
    """New warnings against the baseline's, from checks that tell them on both sides; a run that broke tells none."""
    if not after:
        return _Judged(status="not run", note=_NO_COMMAND["deprecations"])
    before = {result.check: result for result in baseline if _told_warnings(result)}
    now = [result for result in after if _told_warnings(result) and result.check in before]
    if not now:
        why = next((f"{item.check}: {item.reason}" for item in (*after, *baseline) if item.reason), "")
        return _Judged(status="inconclusive", note=why or "the two sides did not both tell warnings")
    known = {warning for result in before.values() for warning in result.warnings}
    new = sorted({warning for result in now for warning in result.warnings} - known)
    if new:
        more = f" and {len(new) - 3} more" if len(new) > 3 else ""
        return _Judged(status="fail", note=f"{len(new)} new: {'; '.join(new[:3])}{more}")
    return _Judged(status="pass", note=f"none new, {len(known)} known")


def _told_warnings(result: CheckResult) -> bool:
    if result.kind == "deprecations":
        return result.status == "PASS"
    return result.status in ("PASS", "FAIL") and bool(result.tests)


def _worst(results: Side) -> CheckStatus:
    return min((result.status for result in results), key=_WORST.index, default="NOT_RUN")


def _verdict(judged: Mapping[CheckKind, _Judged]) -> tuple[Literal["keep", "drop", "unproven"], list[str]]:
    """Blame drops; new warnings do not; what cannot be told, or was never run, proves nothing."""
    told = {kind: f"{CHECK_ROWS[kind]}: {item.note}" for kind, item in judged.items()}
    if blamed := [told[kind] for kind, item in judged.items() if item.drops]:
        return "drop", blamed
    counting = {kind: item for kind, item in judged.items() if kind != "deprecations"}
    unsure = [told[kind] for kind, item in counting.items() if item.status == "inconclusive"]
    if unsure:
        return "unproven", unsure
    if all(item.status == "not run" for item in counting.values()):
        return "unproven", [told[kind] for kind in counting]
    return "keep", [told[kind] for kind, item in judged.items() if item.status in ("flaky", "fail")]


def _change_order(change: TestChange) -> tuple[int, str, str]:
    order = ("new failure", "missing", "new test fails", "changed", "flaky", "pre-existing", "fixed")
    return order.index(change.change), change.check, change.test
