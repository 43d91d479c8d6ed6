"""Which folders a package.json takes in as workspaces: npm's globs, negations and braces over the tree's paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from upgrader.errors import ManifestError

MOST_ALTERNATIVES = 256
"""Patterns that the braces of one pattern may expand to."""

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}|@\(([^()]*)\)")
_UNKNOWN = re.compile(r"[!?*+]\(")
_TOKEN = re.compile(r"\*+|\?|\[[!^]?\]?[^\]]+\]|\\?.", re.DOTALL)

Item = TypeVar("Item")
Glob = list[list[str] | None]
"""The tokens of each folder name; None for `**`."""


def match_members(
    root: str, patterns: Sequence[str], manifests: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The package.json files below the folder `root` that the patterns take in, sorted, and what was not understood.

    A negation counts unless a later pattern names exactly what it excludes (npm's map-workspaces). `manifests` are
    package.json paths of the tree. A pattern that leads out of the folder takes nothing in and is a problem.
    """
    wanted: list[Glob] = []
    unwanted: list[Glob] = []
    problems: list[str] = []
    for pattern in patterns:
        bare = pattern.lstrip("!")
        try:
            globs = [_read_glob(option) for option in _expand(_inside(bare))]
        except ManifestError as fault:
            problems.append(fault.message)
            continue
        if (len(pattern) - len(bare)) % 2:
            unwanted += globs
        else:
            unwanted = [glob for glob in unwanted if not _matches(glob, _inside(bare))]
            wanted += globs
    prefix = "" if root == "." else f"{root}/"
    folders = {posixpath.dirname(path)[len(prefix) :]: path for path in manifests if path.startswith(prefix)}
    taken = [path for folder, path in folders.items() if _taken(folder, wanted, unwanted)]
    return sorted(taken), problems


def _taken(folder: str, wanted: Sequence[Glob], unwanted: Sequence[Glob]) -> bool:
    if not folder or "node_modules" in folder.split("/"):
        return False
    return any(_matches(glob, folder) for glob in wanted) and not any(
        _matches(glob, folder) for glob in unwanted
    )


def _matches(glob: Glob, folder: str) -> bool:
    return _fits(glob, folder.split("/"), _is_any, _name_fits)


def _inside(pattern: str) -> str:
    plain = re.sub(r"^(?:\./|/)+", "", pattern.replace("\\", "/")).rstrip("/")
    if ".." in plain.split("/"):
        raise ManifestError(f"the workspace `{pattern[:80]}` leads out of the project")
    if _UNKNOWN.search(plain):
        raise ManifestError(f"the workspace pattern `{pattern[:80]}` is not understood")
    return plain


def _expand(pattern: str) -> list[str]:
    """Resolve `{a,b}` and `@(a|b)` from the inside out."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        option = waiting.pop()
        found = _BRACES.search(option)
        if found is None:
            done.append(option)
        else:
            parts = found[1].split(",") if found[1] is not None else found[2].split("|")
            waiting += [option[: found.start()] + part + option[found.end() :] for part in parts]
        if len(done) + len(waiting) > MOST_ALTERNATIVES:
            raise ManifestError(f"the workspace pattern `{pattern[:80]}` stands for too many")
    return done


def _read_glob(pattern: str) -> Glob:
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    return [None if part == "**" else _TOKEN.findall(part) for part in parts]


def _fits(
    pattern: Sequence[Item],
    given: Sequence[str],
    is_any: Callable[[Item], bool],
    fits: Callable[[Item, str], bool],
) -> bool:
    """Match with all possible positions at once, so that no pattern can take more than its length times the text's."""

    def closed(positions: set[int]) -> set[int]:
        for at in sorted(positions):
            reached = at
            while reached < len(pattern) and is_any(pattern[reached]):
                reached += 1
                positions.add(reached)
        return positions

    positions = closed({0})
    for item in given:
        ahead = {at + 1 for at in positions if at < len(pattern) and fits(pattern[at], item)}
        stay = {
            at for at in positions if at < len(pattern) and is_any(pattern[at]) and fits(pattern[at], item)
        }
        positions = closed(ahead | stay)
    return len(pattern) in positions


def _is_any(part: list[str] | None) -> bool:
    return part is None


def _name_fits(part: list[str] | None, name: str) -> bool:
    """Match one folder's name; a wildcard does not take a leading dot."""
    if part is None:
        return not name.startswith(".")
    if name.startswith(".") and part[:1] != ["."]:
        return False
    return _fits(part, name, _is_star, _character_fits)


def _is_star(piece: str) -> bool:
    return piece.startswith("*")


def _character_fits(piece: str, character: str) -> bool:
    if _is_star(piece) or piece == "?":
        return True
    if len(piece) > 2 and piece.startswith("["):
        negated = piece[1] in "!^"
        return _in_set(piece[2:-1] if negated else piece[1:-1], character) is not negated
    return piece[-1] == character


def _in_set(members: str, character: str) -> bool:
    for found in re.finditer(r"(.)-(.)|.", members, re.DOTALL):
        low, high = (found[1], found[2]) if found[1] else (found[0], found[0])
        if low <= character <= high:
            return True
    return False
