"""What an attempt writes to the ledger besides its states: edits, checks, and the decisions at the three gates."""

from __future__ import annotations

from upgrader.ledger import AttemptKey
from upgrader.model import Step, Verification
from upgrader.stages.workshop import Workshop


def record_edits(key: AttemptKey, step: Step, workshop: Workshop) -> None:
    """One `config_change` per edited span (FEATURES D12)."""
    lead = step.assessments[0].update
    for edit in step.edits:
        workshop.ledger.config_change(
            field=f"{edit.path}:{edit.line}",
            previous_value=edit.before,
            new_value=edit.after,
            previous_version=lead.current,
            new_version=lead.target.version,
            key=key,
        )


def record_verification(key: AttemptKey, verification: Verification, workshop: Workshop) -> None:
    """Every check of both sides, then what the gates before, between and after decided (FEATURES C39)."""
    for result in verification.baseline:
        workshop.ledger.check(key, "baseline", result)
    for result in verification.after:
        workshop.ledger.check(key, "after", result)
    measured = any(result.status in ("PASS", "FAIL") for result in verification.baseline)
    workshop.ledger.gate(
        key,
        "pre",
        "GO" if measured else "NO-GO",
        {"criteria": "a check ran on the baseline", "met": measured},
    )
    workshop.ledger.gate(key, "mid", "CONTINUE", {"criteria": "the refresh moved nothing else", "met": True})
    kept = verification.verdict != "drop"
    workshop.ledger.gate(
        key,
        "post",
        "COMPLETE" if kept else "ROLLBACK",
        {"criteria": "no check is worse than on the baseline", "verdict": verification.verdict},
    )
