"""Where the project uses the package: sections, direct or not, in how many places."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AnyFact, ScopeFact, Update

NAME = "scope"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """One fact, read from the inventory."""
    sections = tuple(sorted({dependency.section for dependency in update.dependencies}))
    direct = any(dependency.direct for dependency in update.dependencies)
    places = len(update.dependencies)
    source = str(update.dependencies[0].place)
    return [ScopeFact(witness=NAME, source=source, sections=sections, direct=direct, places=places)]
