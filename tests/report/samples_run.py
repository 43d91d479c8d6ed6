"""A step, its plan, its verification and its outcomes, to report about."""

from collections.abc import Sequence

from tests.report.samples import HELD, advisory, assessment, full_audit
from upgrader.model import (
    CHECK_ROWS,
    AlreadyDone,
    AnyAttempt,
    Assessment,
    Check,
    CheckResult,
    CheckStatus,
    Command,
    Compatibility,
    Dropped,
    Edit,
    Kept,
    LogRow,
    MatrixRow,
    OutstandingItem,
    Plan,
    Refused,
    Report,
    RiskRow,
    Rollback,
    Step,
    Summary,
    TestChange,
    TimelineRow,
    Verification,
)

BASE = "a" * 40
COMMIT = "b" * 40


def changed(test: str, change: str = "new failure", check: str = "npm test", detail: str = "") -> TestChange:
    """Made here because pytest would collect a class of that name from a test module."""
    return TestChange(test=test, change=change, check=check, detail=detail)  # type: ignore[arg-type]  # a table of kinds


BROKEN = changed("test/pad.test.js > pads left", detail="AssertionError: expected 3\n    at pad.test.js:4:9")


def step(title: str = "left-pad 1.0.0 → 2.0.0", *, assessments: Sequence[Assessment] = ()) -> Step:
    return Step(
        id="npm:left-pad@1.0.0->2.0.0",
        title=title,
        branch="upgrade/left-pad-2.0.0",
        ecosystem="npm",
        project="npm:package.json",
        folder=".",
        lockfile="package-lock.json",
        assessments=tuple(assessments) or (assessment(facts=(advisory(),)),),
        group="security",
        risk="HIGH",
        hops=("1.9.9", "2.0.0"),
        edits=(Edit(path="package.json", line=4, start=40, before="^1.0.0", after="^2.0.0"),),
        commands=(
            Command(argv=("npm", "install", "--package-lock-only"), why="refresh the lockfile", network=True),
        ),
        prepare=(Command(argv=("npm", "ci"), env={"CI": "1"}),),
        checks=(
            Check(
                kind="tests",
                name="npm test",
                command=Command(argv=("npm", "test")),
                source="package.json: scripts.test",
            ),
        ),
        allowed=("package.json", "package-lock.json"),
        compatibility=(
            Compatibility(
                package="left-pad",
                from_version="1.0.0",
                to_version="2.0.0",
                compatible="unknown",
                migration_required="unknown",
                new_features=("fixes GHSA-0000-0000-0001",),
            ),
        ),
        risks=(
            RiskRow(risk="Breaking changes", likelihood="H", impact="H", mitigation="verified on a branch"),
        ),
        rollback=Rollback(
            strategy="The branch is deleted.",
            commands=(
                Command(argv=("git", "branch", "-D", "upgrade/left-pad-2.0.0"), why="before the merge"),
            ),
        ),
        timeline=(TimelineRow(phase="Preparation", tasks="worktree, edit", estimate="unknown"),),
        needs=("npm:right-pad@1.0.0->2.0.0",),
    )


def plan(*steps: Step) -> Plan:
    return Plan(base_commit=BASE, files={"package.json": "0" * 64}, steps=steps, held=(HELD,))


def result(status: CheckStatus, *, duration_ms: int = 1500, **more: object) -> CheckResult:
    tests: dict[str, object] = {"tests": {"a": "passed", "b": "passed" if status == "PASS" else "failed"}}
    fields = {
        "check": "npm test",
        "kind": "tests",
        "status": status,
        "duration_ms": duration_ms,
        **tests,
        **more,
    }
    return CheckResult(**fields)  # type: ignore[arg-type]  # a table of fields


def rows(status: str = "pass") -> tuple[MatrixRow, ...]:
    after: CheckStatus = "FAIL" if status == "fail" else "PASS"
    first = MatrixRow(
        check=CHECK_ROWS["tests"],
        baseline="PASS",
        after=after,
        status=status,  # type: ignore[arg-type]  # a table of statuses
        notes="npm test: 2 passed" if status == "pass" else "1 new failure: test/pad.test.js > pads left",
    )
    return first, *(
        MatrixRow(
            check=words,
            baseline="NOT_RUN",
            after="NOT_RUN",
            status="not run",
            notes=f"no {kind} command was found",
        )
        for kind, words in CHECK_ROWS.items()
        if kind != "tests"
    )


def verification(status: str = "pass", **more: object) -> Verification:
    fields: dict[str, object] = {
        "baseline_commit": BASE,
        "after_commit": COMMIT,
        "rows": rows(status),
        "changes": (BROKEN,) if status == "fail" else (),
        "baseline": (result("PASS"),),
        "after": (result("FAIL" if status == "fail" else "PASS", duration_ms=1700),),
        "sandbox": "full",
        "verdict": "drop" if status == "fail" else "keep",
        "reasons": (),
    }
    return Verification(**{**fields, **more})  # type: ignore[arg-type]  # a table of fields


def kept(status: str = "pass", **more: object) -> Kept:
    return Kept(
        step=step(),
        key="npm:left-pad@1.0.0->2.0.0#1",
        branch="upgrade/left-pad-2.0.0",
        commit=COMMIT,
        verification=verification(status, **more),
        duration_ms=12_400,
    )


def every_outcome() -> tuple[AnyAttempt, ...]:
    lost = step("lost 1.0.0 → 2.0.0")
    return (
        kept(),
        kept(
            verdict="unproven", rows=rows("pass")[1:], reasons=("All tests pass: no test command was found",)
        ),
        Dropped(
            step=step("bad 1.0.0 → 2.0.0"),
            key="bad#1",
            verification=verification("fail"),
            reason="1 new failure",
        ),
        Refused(step=lost, key="lost#1", stage="lockfile", reason="npm: exit code 1", advice="Install npm."),
        AlreadyDone(
            step=step(),
            key="left-pad#1",
            branch="upgrade/left-pad-2.0.0",
            commit=COMMIT,
            reason="done before",
        ),
    )


def report(*, attempts: tuple[AnyAttempt, ...] = ()) -> Report:
    return Report(
        title="Upgrades of shop",
        summary=Summary(
            migration="5 upgrades",
            type="dependency upgrade",
            status="Partial",
            duration_ms=65_000,
            downtime="None",
            records_migrated="n.a.",
            errors=2,
            rollbacks=1,
        ),
        audit=full_audit(),
        plan=plan(step()),
        attempts=attempts,
        compatibility=step().compatibility,
        log=(LogRow(time="2026-01-31T12:00:00Z", step="left-pad#1", status="RUNNING", notes="start"),),
        outstanding=(OutstandingItem(item="express 4.18.2 → 5.0.1", status="held back", owner=""),),
        sandbox="full",
    )


def empty_report() -> Report:
    summary = Summary(
        migration="",
        type="",
        status="Nothing to do",
        duration_ms=0,
        downtime="",
        records_migrated="",
        errors=0,
        rollbacks=0,
    )
    return Report(
        title="Nothing",
        summary=summary,
        audit=None,
        plan=None,
        attempts=(),
        compatibility=(),
        log=(),
        outstanding=(),
    )
