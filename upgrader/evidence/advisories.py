"""Published vulnerabilities of the current and of the target version."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AdvisoryFact, AnyFact, NotChecked, Unanswered, Update

NAME = "advisories"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """A fact per advisory that affects the current or the target version, by id; Unanswered if either was not told."""
    facts: list[AnyFact] = []
    found: dict[str, AdvisoryFact] = {}
    for version in dict.fromkeys((update.current, update.target.version)):
        if not version:
            continue
        told = around.advisories.about(around.ecosystem, update.name, version)
        if isinstance(told, NotChecked):
            return [Unanswered(witness=NAME, source=around.advisories.name, reason=told.reason)]
        for advisory in told:
            before = found.get(advisory.id)
            found[advisory.id] = AdvisoryFact(
                witness=NAME,
                source=advisory.source or around.advisories.name,
                advisory=advisory,
                affects_current=version == update.current or (before is not None and before.affects_current),
                affects_target=version == update.target.version,
            )
    facts.extend(found[key] for key in sorted(found))
    return facts
