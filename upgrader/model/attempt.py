"""What was done and how it went: CheckResult, MatrixRow, Verification, the outcomes of an Attempt, Report."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from upgrader.model.plan import CheckKind, Compatibility, Plan, Step
from upgrader.model.rewrite import Rewrite
from upgrader.model.update import Audit
from upgrader.model.words import SCHEMA_VERSION

CheckStatus = Literal["PASS", "FAIL", "ERROR", "TIMEOUT", "FLAKY", "NOT_RUN", "INCONCLUSIVE"]
TestOutcome = Literal["passed", "failed", "error", "skipped"]


class CheckResult(Struct, frozen=True, kw_only=True):
    """One run of one check on one side."""

    check: str
    """`Check.name`."""
    kind: CheckKind
    status: CheckStatus
    reason: str = ""
    """Why it is not PASS, or why it was not run; "" for PASS."""
    tests: dict[str, TestOutcome] = field(default_factory=dict)
    """Per-test results by the runner's own names; empty when the runner tells none."""
    messages: dict[str, str] = field(default_factory=dict)
    """Failing test to the last lines of its failure."""
    warnings: tuple[str, ...] = ()
    """Normalised deprecation warnings, sorted, each once."""
    shows_warnings: bool = False
    """The run was one whose output tells deprecation warnings, so that none is an answer."""
    exit_code: int | None = None
    duration_ms: int = 0
    log: str = ""
    """Tail of the output, controls stripped and secrets redacted."""


class TestChange(Struct, frozen=True, kw_only=True):
    """How one test differs between the two sides (SAFETY section 4, attribution)."""

    test: str
    change: Literal["new failure", "flaky", "pre-existing", "changed", "fixed", "missing", "new test fails"]
    check: str
    detail: str = ""


class MatrixRow(Struct, frozen=True, kw_only=True):
    """One of the five rows of the verification matrix."""

    check: str
    """The words of CHECK_ROWS."""
    baseline: CheckStatus
    after: CheckStatus
    status: Literal["pass", "fail", "not run", "flaky", "inconclusive"]
    """✅ is shown for `pass` alone."""
    notes: str


class Verification(Struct, frozen=True, kw_only=True):
    """The same checks on the baseline commit and on the upgrade commit, compared."""

    baseline_commit: str
    after_commit: str
    rows: tuple[MatrixRow, ...]
    """Always five, in the order of CHECK_ROWS."""
    changes: tuple[TestChange, ...]
    """New failures first."""
    baseline: tuple[CheckResult, ...]
    after: tuple[CheckResult, ...]
    sandbox: Literal["full", "netns", "none"]
    verdict: Literal["keep", "drop", "unproven"]
    """`unproven`: nothing failed, but no check ran with evidence."""
    reasons: tuple[str, ...]


class Attempt(Struct, frozen=True, kw_only=True, tag_field="outcome"):
    """One try at one step."""

    step: Step
    key: str
    """The ledger's name for it: `<upgrade id>#<number>`."""
    duration_ms: int = 0
    rewrite: Rewrite = Rewrite()
    """What the step's rule packs did to the code; empty where it has none, or none ran."""


class Kept(Attempt, frozen=True, kw_only=True, tag="kept"):
    """The branch stands."""

    branch: str
    commit: str
    verification: Verification
    moved: tuple[str, ...] = ()
    """Packages outside the step that moved with the lockfile, each with the reason where it is known."""


class Dropped(Attempt, frozen=True, kw_only=True, tag="dropped"):
    """Verified and taken back: no branch is left."""

    verification: Verification
    reason: str


class Refused(Attempt, frozen=True, kw_only=True, tag="refused"):
    """Stopped before verification (edit, lockfile, unrelated change, tool missing); nothing is left."""

    stage: str
    reason: str
    advice: str = ""


class AlreadyDone(Attempt, frozen=True, kw_only=True, tag="already done"):
    """The ledger or the branch says it was done before (FEATURES E1)."""

    branch: str
    commit: str
    reason: str


AnyAttempt = Kept | Dropped | Refused | AlreadyDone


class LogRow(Struct, frozen=True, kw_only=True):
    """A row of the execution log (FEATURES C36)."""

    time: str
    """ISO 8601 UTC."""
    step: str
    status: str
    notes: str


class OutstandingItem(Struct, frozen=True, kw_only=True):
    """Something left to do (FEATURES C49)."""

    item: str
    status: str
    owner: str


class Summary(Struct, frozen=True, kw_only=True):
    """The headline of a report (FEATURES C46, C47)."""

    migration: str
    type: str
    status: Literal["Complete", "Rolled Back", "Partial", "Nothing to do"]
    duration_ms: int
    downtime: str
    records_migrated: str
    errors: int
    rollbacks: int


class Report(Struct, frozen=True, kw_only=True):
    """Everything a report shows; any part may be missing because the trip stopped earlier."""

    title: str
    summary: Summary
    audit: Audit | None
    """None for a report made from the ledger alone."""
    plan: Plan | None
    attempts: tuple[AnyAttempt, ...]
    compatibility: tuple[Compatibility, ...]
    log: tuple[LogRow, ...]
    outstanding: tuple[OutstandingItem, ...]
    generated_at: str = ""
    """ISO 8601 UTC; "" leaves it out so that two reports of the same facts are equal."""
    sandbox: str = ""
    schema_version: int = SCHEMA_VERSION
