"""Order, requirements and kinds of step, one module per ecosystem; each answers to `Scheme`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from upgrader.versions.scheme import Scheme

if TYPE_CHECKING:
    from upgrader.versions import cargo, go, npm, pep440

    # What is loaded by name below is held to the Protocol here.
    _MODULES: tuple[Scheme, ...] = (cargo, go, npm, pep440)


class _Schemes(Mapping[str, Scheme]):
    """Loads a scheme when it is first asked for: a project seldom has all four, and start-up is felt."""

    def __init__(self, modules: dict[str, str]) -> None:
        self._modules = modules
        self._loaded: dict[str, Scheme] = {}

    def __getitem__(self, ecosystem: str) -> Scheme:
        known = self._loaded.get(ecosystem)
        if known is None:
            module: Scheme = importlib.import_module(f"upgrader.versions.{self._modules[ecosystem]}")
            known = self._loaded[ecosystem] = module
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


SCHEMES: Mapping[str, Scheme] = _Schemes({"cargo": "cargo", "go": "go", "npm": "npm", "pip": "pep440"})
"""Every ecosystem's versions by its name, sorted."""
