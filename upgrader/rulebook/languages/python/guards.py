"""Code that asks which release it runs on: a try around a name that may be missing, a look by `hasattr`."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.source.uses import Use

_ASKED = frozenset(("AttributeError", "ImportError", "ModuleNotFoundError", "hasattr"))
_CATCHES = re.compile(r"except[^:]*\b(?:AttributeError|ImportError|ModuleNotFoundError)\b")


def is_guarded(sheet: Sheet, use: Use, new: str) -> bool:
    """Whether the use stands beside its successor in a try or an if that chooses between the two."""
    if sheet.uses.names.isdisjoint(_ASKED):
        return False
    old, last = use.symbol.rpartition(".")[2], new.rpartition(".")[2]
    node = use.node.parent()
    while node is not None:
        kind = node.kind()
        if kind == "try_statement" and _tries(node, last):
            return True
        if kind in ("if_statement", "conditional_expression") and _asks(node, (old, last)):
            return True
        node = node.parent()
    return False


def _tries(node: SgNode, last: str) -> bool:
    text = node.text()
    return _CATCHES.search(text) is not None and re.search(rf"\b{re.escape(last)}\b", text) is not None


def _asks(node: SgNode, names: tuple[str, str]) -> bool:
    text = node.text()
    if "hasattr(" not in text:
        return False
    return any(re.search(rf"hasattr\([^()]*,\s*['\"]{re.escape(name)}['\"]", text) for name in names)
