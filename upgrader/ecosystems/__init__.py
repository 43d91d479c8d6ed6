"""The reference books: one folder per ecosystem, one line each in ECOSYSTEMS; a book is opened when it is needed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from upgrader.model import EcosystemName

if TYPE_CHECKING:
    from upgrader.ecosystems import cargo, go, npm, pip
    from upgrader.ecosystems.base import Ecosystem, Tree

    # What is opened by name below is held to the Protocol here.
    _BOOKS: tuple[Ecosystem, ...] = (cargo, go, npm, pip)


class _Closed:
    """A book that stays closed while a tree has no file with one of its endings: each costs 20 to 50 ms to load."""

    def __init__(self, name: EcosystemName, endings: tuple[str, ...]) -> None:
        self.NAME = name
        self.endings = endings

    def find_manifests(self, paths: Sequence[str]) -> list[str]:
        """What the book finds; it need not be opened to say that there is nothing."""
        if not any(path.endswith(self.endings) for path in paths):
            return []
        found: list[str] = self.__getattr__("find_manifests")(paths)
        return found

    def find_inside(self, tree: Tree, paths: Sequence[str]) -> list[str]:
        """What the book finds inside files; as for its manifests."""
        if not any(path.endswith(self.endings) for path in paths):
            return []
        found: list[str] = self.__getattr__("find_inside")(tree, paths)
        return found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the Protocol says the name is
        return getattr(importlib.import_module(f"upgrader.ecosystems.{self.NAME}"), name)


def _book(name: EcosystemName, *endings: str) -> Ecosystem:
    """A book and the endings of every file that may be a manifest of its own; too many cost time, too few a project."""
    return cast("Ecosystem", _Closed(name, endings))


ECOSYSTEMS: dict[EcosystemName, Ecosystem] = {
    "cargo": _book("cargo", "Cargo.toml", "rust-toolchain", "rust-toolchain.toml"),
    "go": _book("go", "go.mod", "go.work"),
    "npm": _book("npm", "package.json", ".nvmrc", ".node-version"),
    "pip": _book("pip", ".toml", ".txt", ".in", ".pip", ".cfg", ".py", ".lock", "Pipfile", ".python-version"),
}
"""Every ecosystem's book by its name, sorted."""
