"""The one place that weighs facts: LOW, MEDIUM, HIGH or CRITICAL, with reasons a person can check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from upgrader.evidence import WITNESSES
from upgrader.evidence.witness import Surroundings
from upgrader.model import (
    RISKS,
    AdvisoryFact,
    AgeFact,
    AnyFact,
    Assessment,
    Group,
    Move,
    Reason,
    Risk,
    RuntimeFact,
    ScopeFact,
    ScriptFact,
    SemverFact,
    Unanswered,
    Update,
    WithdrawnFact,
)

SECURITY = "Security fix – urgent"
DIRECT = "Update directly"
REVIEW = "Review breaking changes"
"""The three priorities (FEATURES C10)."""

_STEP_RISK: dict[Move, tuple[Risk, str]] = {
    "patch": ("LOW", "a patch release"),
    "minor": ("LOW", "a minor release"),
    "0.x": ("MEDIUM", "a 0.x release that may break anything"),
    "major": ("HIGH", "a major release: breaking changes are announced by its number"),
    "prerelease": ("HIGH", "a prerelease"),
    "downgrade": ("HIGH", "a move down"),
    "unknown": ("HIGH", "a version step that cannot be told"),
}
_GROUP: dict[Move, Group] = {
    "patch": "patch",
    "minor": "minor",
    "0.x": "0.x",
    "major": "major",
    "prerelease": "unknown",
    "downgrade": "unknown",
    "unknown": "unknown",
}

Weighty = SemverFact | AdvisoryFact | AgeFact | WithdrawnFact | RuntimeFact | ScriptFact | Unanswered


def gather_facts(update: Update, around: Surroundings) -> tuple[AnyFact, ...]:
    """What every witness says of one update, in the order of WITNESSES."""
    return tuple(fact for witness in WITNESSES for fact in witness.testify(update, around))


def assess(update: Update, facts: tuple[AnyFact, ...]) -> Assessment:
    """Weigh the facts: the risk is the heaviest reason; something that could not be checked is never LOW."""
    reasons = sorted(
        (reason for fact in facts if (reason := _weigh(fact)) is not None),
        key=lambda reason: (-RISKS.index(reason.risk), reason.witness, reason.text),
    )
    if not reasons:
        reasons = [Reason(risk="MEDIUM", text="nothing is known about this move", witness="none", source="")]
    risk = reasons[0].risk
    fixes = fixes_advisory(facts)
    return Assessment(
        update=update,
        facts=facts,
        risk=risk,
        reasons=tuple(reasons),
        priority=_priority(update.move, risk, fixes),
        group="security" if fixes else _GROUP[update.move],
    )


def fixes_advisory(facts: Iterable[AnyFact]) -> bool:
    """Whether the move leaves at least one advisory behind."""
    return any(
        isinstance(fact, AdvisoryFact) and fact.affects_current and not fact.affects_target for fact in facts
    )


def _priority(move: Move, risk: Risk, fixes: bool) -> str:
    if fixes:
        return SECURITY
    if move in ("patch", "minor") and risk in ("LOW", "MEDIUM"):
        return DIRECT
    return REVIEW


def _weigh(fact: AnyFact) -> Reason | None:
    """One fact's weight, None when it bears on no risk."""
    if isinstance(fact, ScopeFact):
        return None
    weight = _weight(fact)
    if weight is None:
        return None
    risk, text = weight
    return Reason(risk=risk, text=text, witness=fact.witness, source=fact.source)


def _weight(fact: Weighty) -> tuple[Risk, str] | None:
    match fact:
        case SemverFact(move=move):
            return _STEP_RISK[move]
        case AdvisoryFact():
            return _advisory_weight(fact)
        case AgeFact():
            return _age_weight(fact)
        case WithdrawnFact():
            return _withdrawn_weight(fact)
        case RuntimeFact():
            return _runtime_weight(fact)
        case ScriptFact(appeared=appeared):
            return ("HIGH", "runs code at install time, which it did not before") if appeared else None
        case Unanswered(reason=reason):
            return "MEDIUM", f"{fact.witness} not checked: {reason}"
        case _:
            assert_never(fact)


def _advisory_weight(fact: AdvisoryFact) -> tuple[Risk, str]:
    known = f"{fact.advisory.id} ({fact.advisory.severity.lower()})"
    if not fact.affects_target:
        return "LOW", f"fixes {known}: {fact.advisory.summary}".rstrip(": ")
    severe = fact.advisory.severity in ("HIGH", "CRITICAL", "UNKNOWN")
    # An advisory that stays is no worse after the move than before it; one that arrives is.
    if fact.affects_current:
        return "MEDIUM", f"{known} affects the target as well"
    return ("CRITICAL" if severe else "HIGH"), f"{known} affects the target and not the current version"


def _age_weight(fact: AgeFact) -> tuple[Risk, str] | None:
    if fact.days is None:
        return "MEDIUM", "age unknown: the registry gives no upload time"
    return ("MEDIUM", f"released {fact.days:g} days ago") if fact.days < 3 else None


def _withdrawn_weight(fact: WithdrawnFact) -> tuple[Risk, str]:
    said = f": {fact.reason}" if fact.reason else ""
    match fact.which:
        case "current":
            return "LOW", f"the current release is {fact.how}{said}"
        case "target":
            return "HIGH", f"the target is {fact.how}{said}"
        case "package":
            return "MEDIUM", f"the package is {fact.how}{said}"
        case _:
            assert_never(fact.which)


def _runtime_weight(fact: RuntimeFact) -> tuple[Risk, str] | None:
    if fact.fits is True:
        return None
    if fact.fits is False:
        return "CRITICAL", f"needs runtime {fact.needs}, the project runs on {fact.declares}"
    declared = (
        f"the project runs on {fact.declares}"
        if fact.declares
        else "which one the project runs on is not known"
    )
    return "LOW", f"needs runtime {fact.needs}; {declared}"
