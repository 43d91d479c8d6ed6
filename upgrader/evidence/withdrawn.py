"""Releases their authors took back: yanked (PyPI, crates), deprecated (npm, Go), retracted (Go)."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AnyFact, Package, Release, Update, WithdrawnFact

NAME = "withdrawn"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """A fact for the current release, one for the target, one for the whole package, where each was taken back."""
    facts: list[AnyFact] = []
    if isinstance(around.package, Package):
        for release in around.package.releases:
            if release.version == update.current:
                facts += _taken_back(release, "current", update)
        if around.package.deprecated:
            facts.append(
                WithdrawnFact(
                    witness=NAME,
                    source=update.source,
                    which="package",
                    how="deprecated",
                    reason=around.package.deprecated,
                )
            )
    return facts + _taken_back(update.target, "target", update)


def _taken_back(release: Release, which: str, update: Update) -> list[AnyFact]:
    if not release.withdrawn:
        return []
    return [
        WithdrawnFact(
            witness=NAME,
            source=update.source,
            which="current" if which == "current" else "target",
            how=release.withdrawn,
            reason=release.withdrawn_reason,
        )
    ]
