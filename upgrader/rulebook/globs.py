"""Globs as packs write them: posix, from the project's root, `**/` for any folders, `{a,b}` for either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|\{[^{}]*\}")


def fits(path: str, files: Sequence[str], ignores: Sequence[str]) -> bool:
    """Whether a path matches one of `files` (any when there are none) and none of `ignores`."""
    if any(_compiled(glob).fullmatch(path) for glob in ignores):
        return False
    return not files or any(_compiled(glob).fullmatch(path) for glob in files)


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    text = ""
    at = 0
    for found in _PART.finditer(glob):
        text += re.escape(glob[at : found.start()]) + _regex(found.group())
        at = found.end()
    return re.compile(text + re.escape(glob[at:]))


def _regex(part: str) -> str:
    match part:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if part.startswith("["):
            return part.replace("\\", "\\\\").replace("[!", "[^")
        case _:
            words = part[1:-1].split(",")
            return "(?:" + "|".join(re.escape(word).replace(r"\*", "[^/]*") for word in words) + ")"
