"""The version step of an update, by its ecosystem's own rules."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AnyFact, SemverFact, Update

NAME = "semver"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """One fact: the kind of move, from the two version numbers."""
    source = f"{update.current or 'no version'} → {update.target.version}"
    return [SemverFact(witness=NAME, source=source, move=update.move)]
