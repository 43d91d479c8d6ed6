"""What a run came to: summary, compatibility learned, what is left to do; from outcomes to a report. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from upgrader.model import (
    CHECK_ROWS,
    AlreadyDone,
    AnyAttempt,
    Audit,
    Compatibility,
    Dropped,
    Held,
    Inventory,
    Kept,
    LogRow,
    OutstandingItem,
    Plan,
    Refused,
    Report,
    Rewrite,
    Summary,
    Verification,
)
from upgrader.stages.audit import assessment_order

DOWNTIME = "none: nothing is deployed"
MOST_NOTES = 100
"""Places of one attempt that are listed one by one; the JSON document has them all."""
RECORDS = "n.a.: no data step"


def make_report(
    attempts: Sequence[AnyAttempt],
    *,
    audit: Audit | None,
    plan: Plan | None,
    log: Sequence[LogRow],
    generated_at: str = "",
) -> Report:
    """Everything a report shows, computed from the outcomes and the ledger's rows."""
    levels = {item.verification.sandbox for item in attempts if isinstance(item, Kept | Dropped)}
    return Report(
        title="Dependency upgrades",
        summary=_summary(attempts),
        audit=audit or _audit_of(attempts, plan),
        plan=plan,
        attempts=tuple(attempts),
        compatibility=tuple(row for item in attempts for row in _compatibility(item)),
        log=tuple(log),
        outstanding=tuple(_outstanding(attempts, plan.held if plan else ())),
        generated_at=generated_at,
        sandbox=", ".join(sorted(levels)),
    )


def _audit_of(attempts: Sequence[AnyAttempt], plan: Plan | None) -> Audit | None:
    """The audit table of what was tried, for a run that began with a plan file or is read from the ledger."""
    assessments = {
        (item.update.project, item.update.id): item
        for attempt in attempts
        for item in attempt.step.assessments
    }
    if not assessments:
        return None
    return Audit(
        inventory=Inventory(projects=(), dependencies=(), held=()),
        assessments=tuple(sorted(assessments.values(), key=assessment_order)),
        held=plan.held if plan else (),
        not_checked=(),
        up_to_date=0,
        advisories="as the plan was made",
        complete=True,
    )


def _summary(attempts: Sequence[AnyAttempt]) -> Summary:
    good = [item for item in attempts if isinstance(item, Kept | AlreadyDone)]
    bad = [item for item in attempts if isinstance(item, Dropped | Refused)]
    status: Literal["Complete", "Rolled Back", "Partial", "Nothing to do"] = "Partial"
    if not attempts:
        status = "Nothing to do"
    elif not bad:
        status = "Complete"
    elif not good:
        status = "Rolled Back"
    ecosystems = sorted({item.step.ecosystem for item in attempts})
    return Summary(
        migration=f"{len(attempts)} upgrades, {len(good)} kept"
        if len(attempts) != 1
        else attempts[0].step.title,
        type=f"dependency ({', '.join(ecosystems)})" if ecosystems else "dependency",
        status=status,
        duration_ms=sum(item.duration_ms for item in attempts),
        downtime=DOWNTIME,
        records_migrated=_records(attempts),
        errors=sum(isinstance(item, Refused) for item in attempts),
        rollbacks=sum(isinstance(item, Dropped) for item in attempts),
    )


def _records(attempts: Sequence[AnyAttempt]) -> str:
    """How many records moved only the project's own tools know: the steps are named."""
    steps = [run for attempt in attempts for run in attempt.rewrite.commands if run.kind == "data"]
    return "; ".join(f"{run.id}: {run.outcome}" for run in steps) or RECORDS


def _compatibility(attempt: AnyAttempt) -> list[Compatibility]:
    """What the checks taught: proven compatible, proven not, or still unknown (FEATURES A12, A14)."""
    rows = list(attempt.step.compatibility)
    match attempt:
        case Kept(verification=verification) if verification.verdict == "keep":
            known = [replace(row, compatible="yes", migration_required="no") for row in rows]
            return [replace(row, deprecated_features=_warnings(verification)) for row in known]
        case Dropped(verification=verification):
            broken = tuple(
                f"{change.test}: {change.change}"
                for change in verification.changes
                if change.change in ("new failure", "missing", "new test fails")
            )
            reasons = broken or verification.reasons
            return [
                replace(row, compatible="no", migration_required="yes", breaking_changes=reasons)
                for row in rows
            ]
        case _:
            return rows


def _warnings(verification: Verification) -> tuple[str, ...]:
    """Deprecation warnings that only the upgraded side gives."""
    before = {warning for result in verification.baseline for warning in result.warnings}
    return tuple(sorted({warning for result in verification.after for warning in result.warnings} - before))


def _outstanding(attempts: Sequence[AnyAttempt], held: Sequence[Held]) -> list[OutstandingItem]:
    """What a person still has to do. The owner is not known from here."""
    items: list[OutstandingItem] = []
    for attempt in attempts:
        match attempt:
            case Kept(branch=branch, verification=verification):
                items.append(_item(f"Review and merge {branch}", "open"))
                items += _left(attempt.rewrite, branch)
                items += [
                    _item(f"Remove the deprecated use: {text}", "open") for text in _warnings(verification)
                ]
                items += [
                    _item(f"{branch}: {row.check}: {row.notes}", row.status)
                    for row in verification.rows
                    if row.status != "pass" and row.check in (CHECK_ROWS["tests"], CHECK_ROWS["build"])
                ]
            case Dropped(step=step, reason=reason):
                items.append(_item(f"Mend the code for {step.title}: {reason}", "rolled back"))
            case Refused(step=step, reason=reason):
                items.append(_item(f"{step.title}: {reason}", "not tried"))
            case AlreadyDone(branch=branch):
                items.append(_item(f"Review and merge {branch}", "open"))
    items += [item for attempt in attempts for item in _runs_left(attempt)]
    items += [_item(f"{item.subject}: {item.reason}", f"held ({item.kind})") for item in held]
    return items


def _left(rewrite: Rewrite, branch: str) -> list[OutstandingItem]:
    """What the rule packs leave for people, each place by itself up to a number."""
    notes = rewrite.notes
    items = [
        _item(
            f"{branch}: {note.path or note.pack}{f':{note.line}' if note.line else ''}: {note.message}",
            note.kind,
        )
        for note in notes[:MOST_NOTES]
    ]
    if len(notes) > MOST_NOTES:
        items.append(_item(f"{branch}: and {len(notes) - MOST_NOTES} more places to look at", "open"))
    return items


def _runs_left(attempt: AnyAttempt) -> list[OutstandingItem]:
    """Commands and steps of packs that were not begun, and what should have been taken back and stands."""
    wanted = ("held", "not undone") if isinstance(attempt, Kept) else ("not undone",)
    return [
        _item(f"{attempt.step.branch}: {run.id} of {run.pack}: {run.message}", run.outcome)
        for run in attempt.rewrite.commands
        if run.outcome in wanted
    ]


def _item(text: str, status: str) -> OutstandingItem:
    return OutstandingItem(item=text, status=status, owner="unassigned")
