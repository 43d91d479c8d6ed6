"""Members of the standard library's own modules and classes, by looking at this Python's."""

from __future__ import annotations

import importlib
import sys
import warnings
from functools import cache

_LEFT_ALONE = frozenset(
    ("antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "lib2to3", "test")
)
"""Importing these does something, or needs a screen."""


def is_stdlib(symbol: str) -> bool:
    """Whether a symbol's first name is a module of the standard library."""
    first = symbol.partition(".")[0]
    return first in sys.stdlib_module_names and first not in _LEFT_ALONE


@cache
def members(symbol: str) -> frozenset[str] | None:
    """The attributes of a standard library object; None where it can't be found in this Python."""
    found = _find(symbol)
    return None if found is None else frozenset(dir(found))


def _find(symbol: str) -> object | None:
    """Only modules of the standard library are ever imported, never one of a judged package."""
    if not is_stdlib(symbol):
        return None
    parts = symbol.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for end in range(len(parts), 0, -1):
            try:
                thing: object = importlib.import_module(".".join(parts[:end]))
                for name in parts[end:]:
                    thing = getattr(thing, name)
            except (ImportError, AttributeError, TypeError):
                continue
            return thing
    return None
