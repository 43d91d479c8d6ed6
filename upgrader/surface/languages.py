"""Opens the reader of an ecosystem's releases; it is loaded when the first one is read."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from upgrader.errors import ConfigError
from upgrader.model.words import EcosystemName
from upgrader.surface.base import Book

BOOKS: dict[EcosystemName, str] = {
    "pip": "upgrader.surface.python.book",
}
"""Ecosystem to the module that reads its releases, sorted."""


def open_book(ecosystem: EcosystemName) -> Book:
    """The reader of an ecosystem's releases. Raises ConfigError where there is none yet."""
    module = BOOKS.get(ecosystem)
    if module is None:
        raise ConfigError(
            f"{ecosystem}: releases of this ecosystem can't be compared yet.", f"Known: {', '.join(BOOKS)}."
        )
    return cast(Book, import_module(module))
