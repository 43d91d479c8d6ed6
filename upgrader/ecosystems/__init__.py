"""The reference books: one folder per ecosystem, one line each in ECOSYSTEMS."""

from __future__ import annotations

from upgrader.ecosystems import cargo, go, npm, pip
from upgrader.ecosystems.base import Ecosystem
from upgrader.model import EcosystemName

ECOSYSTEMS: dict[EcosystemName, Ecosystem] = {
    "cargo": cargo,
    "go": go,
    "npm": npm,
    "pip": pip,
}
"""Every ecosystem's book by its name, sorted."""
