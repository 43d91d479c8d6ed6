"""The runtime the target needs (engines.node, requires-python, go, rust-version) against the project's own."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AnyFact, RuntimeFact, Update

NAME = "runtime"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """One fact when the target states what it needs; none when it states nothing."""
    needs = update.target.runtime
    if not needs:
        return []
    declares = around.project.runtime
    fits = around.ecosystem.runtime_fits(declares, needs) if declares else None
    source = f"{update.source} and {around.project.manifest}"
    return [RuntimeFact(witness=NAME, source=source, needs=needs, declares=declares, fits=fits)]
