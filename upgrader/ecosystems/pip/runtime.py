"""Whether the Python versions a project declares can run a release: `requires-python` against `requires-python`."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet

_BARE = re.compile(r"\d+(?:\.\d+){0,2}")
_OPEN = SpecifierSet(">=4")
"""A Python that no one has: an upper bound at or above it cuts nothing off."""


@lru_cache(maxsize=4096)
def runtime_fits(declared: str, needed: str) -> bool | None:
    """Whether every declared Python is one that is needed; None if it can't be told.

    It can't be told when one of them is unreadable, when the project is open at the top while the release names an
    upper bound below Python 4, and when the release excepts single patch releases (`!=3.9.1`) of a Python that the
    project declares whole: uv ignores such bounds and exceptions, pip asks the interpreter that is there.
    """
    ours, theirs = _specifiers(declared), _specifiers(needed)
    if ours is None or theirs is None:
        return None
    below_four = ours & SpecifierSet("<4")
    if below_four.is_subset(theirs):
        return True
    if ours.is_disjoint(theirs):
        return False
    whole = _without_exceptions(theirs)
    is_open = not ours.is_disjoint(_OPEN)
    if below_four.is_subset(whole) or (is_open and below_four.is_subset(_without_upper(whole))):
        return None
    return False


def _specifiers(text: str) -> SpecifierSet | None:
    """A bare version as `.python-version` writes it (`3.11`) means all its patch releases."""
    text = text.strip()
    if _BARE.fullmatch(text):
        text = f"=={text}.*" if text.count(".") < 2 else f"=={text}"
    try:
        return SpecifierSet(text)
    except (InvalidSpecifier, ValueError, RecursionError):
        return None


def _without_exceptions(specifiers: SpecifierSet) -> SpecifierSet:
    """All but the exceptions of single patch releases; `!=3.9.*` stays."""
    kept = [item for item in specifiers if item.operator != "!=" or item.version.endswith(".*")]
    return SpecifierSet(",".join(map(str, kept)))


def _without_upper(specifiers: SpecifierSet) -> SpecifierSet:
    """The lower bounds and the exceptions alone; `~=3.9` and `==3.9.*` lose what they have at the top."""
    kept = []
    for item in specifiers:
        if item.operator in ("<", "<="):
            continue
        if item.operator in ("~=", "==", "==="):
            kept.append(f">={item.version.removesuffix('.*')}")
        else:
            kept.append(str(item))
    return SpecifierSet(",".join(kept))
