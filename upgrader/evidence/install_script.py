"""Code that runs at install time and did not before: the usual carrier of a malicious npm release (SAFETY T1)."""

from __future__ import annotations

from upgrader.evidence.witness import Surroundings
from upgrader.model import AnyFact, Package, ScriptFact, Update

NAME = "install script"


def testify(update: Update, around: Surroundings) -> list[AnyFact]:
    """One fact when the target has an install script; `appeared` unless the current release had one too."""
    if not update.target.install_script:
        return []
    before = isinstance(around.package, Package) and any(
        release.install_script for release in around.package.releases if release.version == update.current
    )
    return [ScriptFact(witness=NAME, source=update.source, appeared=not before)]
