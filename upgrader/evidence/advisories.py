"""Published vulnerabilities of the current and of the target version."""

from __future__ import annotations

from collections.abc import Iterable

from upgrader.evidence.osv import names_of
from upgrader.evidence.witness import Surroundings
from upgrader.model import Advisory, AdvisoryFact, AnyFact, NotChecked, Unanswered, Update

NAME = "advisories"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """A fact per vulnerability of the current or the target version, by id; Unanswered if either was not told."""
    told: dict[str, list[Advisory]] = {"": []}
    for version in filter(None, dict.fromkeys((update.current, update.target.version))):
        answer = around.advisories.about(around.ecosystem, update.name, version)
        if isinstance(answer, NotChecked):
            return [Unanswered(witness=NAME, source=around.advisories.name, reason=answer.reason)]
        told[version] = list(answer)
    current, target = told[update.current], told[update.target.version]
    facts = [_fact(item, around, current=True, target=is_among(item, target)) for item in current]
    arrived = [item for item in target if not is_among(item, current)]
    facts += [_fact(item, around, current=False, target=True) for item in arrived]
    return [*sorted(facts, key=lambda fact: fact.advisory.id)]


def is_among(advisory: Advisory, others: Iterable[Advisory]) -> bool:
    """Whether one of the others is the same vulnerability, under whichever of its names."""
    names = names_of(advisory)
    return any(names & names_of(other) for other in others)


def _fact(advisory: Advisory, around: Surroundings, *, current: bool, target: bool) -> AdvisoryFact:
    return AdvisoryFact(
        witness=NAME,
        source=advisory.source or around.advisories.name,
        advisory=advisory,
        affects_current=current,
        affects_target=target,
    )
