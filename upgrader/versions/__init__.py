"""Order, requirements and kinds of step, one module per ecosystem; each answers to `Scheme`."""

from __future__ import annotations

from upgrader.versions import cargo, go, npm, pep440
from upgrader.versions.scheme import Scheme

SCHEMES: dict[str, Scheme] = {
    "cargo": cargo,
    "go": go,
    "npm": npm,
    "pip": pep440,
}
