"""Witnesses: each states facts about an update and names its source; `stages/assess.py` weighs them."""

from __future__ import annotations

from upgrader.evidence import (
    advisories,
    install_script,
    release_age,
    runtime,
    scope,
    semver,
    withdrawn,
)
from upgrader.evidence.witness import Witness

WITNESSES: tuple[Witness, ...] = (advisories, install_script, release_age, runtime, scope, semver, withdrawn)
"""Every witness that is heard, in order. A new one is a module with NAME and `testify`, and a word here."""
