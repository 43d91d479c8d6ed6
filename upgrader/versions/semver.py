"""Semantic versions as values in one order (semver.org 2.0.0), and what kind of step lies between two."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeAlias

from msgspec import Struct

from upgrader.versions.scheme import LONGEST_VERSION, Step

Identifier: TypeAlias = tuple[int, int, str]
"""One prerelease identifier: (0, number, "") or (1, 0, word), so that numbers come first."""
Triple: TypeAlias = tuple[int, int, int]
Key: TypeAlias = tuple[int, int, int, int, tuple[Identifier, ...]]
"""Precedence: major, minor, patch, 1 for a release or 0 for a prerelease, the prerelease's identifiers."""

FIRST: tuple[Identifier, ...] = ((0, 0, ""),)
"""The identifiers of `-0`, the lowest prerelease of all."""

_FULL = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?"
)

_QUICK = re.compile(
    r"^((0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})(?:-([0-9A-Za-z.-]{1,200}))?)$",
    re.MULTILINE,
)
"""One version a line, with numbers that are surely below 2**53."""


class Version(Struct, frozen=True, order=True, kw_only=True):
    """One semantic version; ordered by precedence, then by build metadata so that the order is total."""

    key: Key
    build: str = ""
    """What follows `+`, "" for none; no part of precedence."""

    def __str__(self) -> str:
        return show(self.key) + (f"+{self.build}" if self.build else "")

    @property
    def prerelease(self) -> str:
        """What follows `-`, "" for a release."""
        return ".".join(word or str(number) for _, number, word in self.key[4])


def read_full(text: str, largest: int | None) -> Version | None:
    """Read `MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]` as semver.org has it; None if it is anything else.

    `largest` is the biggest number the ecosystem holds in a part, None for any.
    """
    found = _FULL.fullmatch(text) if len(text) <= LONGEST_VERSION else None
    if found is None:
        return None
    major, minor, patch, before, build = found.groups()
    parts = (int(major), int(minor), int(patch))
    named = () if before is None else identifiers(before)
    if named is None or (build is not None and "" in build.split(".")):
        return None
    if largest is not None and max(parts) > largest:
        return None
    return Version(key=(*parts, 0 if named else 1, named), build=build or "")


def quick_keys(texts: Collection[str]) -> dict[str, Key]:
    """The precedences of `1.2.3` and `1.2.3-rc.1`, as quickly as can be; all else is left to `read_full`.

    A page of a registry has up to some thousand versions, and nearly all are of these kinds.
    """
    lines = "\n".join(texts)
    if lines.count("\n") >= len(texts):
        return {}
    keys: dict[str, Key] = {}
    for text, major, minor, patch, before in _QUICK.findall(lines):
        named = identifiers(before) if before else ()
        if named is not None:
            keys[text] = (int(major), int(minor), int(patch), 0 if before else 1, named)
    return keys


def identifiers(text: str) -> tuple[Identifier, ...] | None:
    """Read dotted prerelease identifiers; None for an empty one or a number with a leading zero."""
    found: list[Identifier] = []
    for part in text.split("."):
        if not part.isdigit():
            found.append((1, 0, part))
        elif part[0] == "0" and part != "0":
            return None
        else:
            found.append((0, int(part), ""))
    return None if (1, 0, "") in found else tuple(found)


def show(key: Key) -> str:
    """Return the version that has this precedence, as text."""
    before = ".".join(word or str(number) for _, number, word in key[4])
    return f"{key[0]}.{key[1]}.{key[2]}" + (f"-{before}" if before else "")


def release(major: int, minor: int = 0, patch: int = 0) -> Key:
    """Return the precedence of a release."""
    return (major, minor, patch, 1, ())


def floor(major: int, minor: int = 0, patch: int = 0) -> Key:
    """Return the precedence of `MAJOR.MINOR.PATCH-0`, below every other version of these three numbers."""
    return (major, minor, patch, 0, FIRST)


def after(key: Key) -> Key:
    """Return the very next precedence: the order has no gaps, so every bound can be written as `>=` or `<`."""
    if key[3]:
        return floor(key[0], key[1], key[2] + 1)
    return (key[0], key[1], key[2], 0, (*key[4], *FIRST))


def step_between(current: Key, target: Key) -> Step:
    """Name the move between two precedences."""
    if target == current:
        return "same"
    if target < current:
        return "downgrade"
    if not target[3]:
        return "prerelease"
    return upward_step(current[:3], target[:3], prerelease=not current[3])


def upward_step(current: Sequence[int], target: Sequence[int], *, prerelease: bool) -> Step:
    """Name the move from one list of release numbers to a higher or equal one.

    Below 1.0 a change of the first non-zero number breaks ("0.x"). A current version that is a prerelease has
    not made its own step yet: 2.0.0-beta.1 to 2.0.0 is the step to 2, as in node-semver's `diff`.
    """
    width = max(len(current), len(target))
    old = [*current, *[0] * (width - len(current))]
    new = [*target, *[0] * (width - len(target))]
    changed = next((index for index in range(width) if old[index] != new[index]), width)
    if prerelease:
        changed = min(changed, last_nonzero(old, width - 1))
    if changed == width:
        return "patch"
    if changed == 0:
        return "major"
    if not any(old[:changed]):
        return "0.x"
    return "minor" if changed == 1 and old[0] else "patch"


def last_nonzero(numbers: Sequence[int], default: int) -> int:
    """Return the index of the last number that is not 0: what its author counts in (`1.5.0` counts in minors)."""
    return max((index for index, number in enumerate(numbers) if number), default=default)


def raised(bound: Sequence[int], target: Sequence[int]) -> list[int]:
    """Return the next exclusive upper bound above the target, in the precision of the old bound.

    `8.2` above 8.5.1 is 8.6, `2.0.0` above 3.1.4 is 4.0.0, `2` above 2.0 is 3.
    """
    place = last_nonzero(bound, 0)
    numbers = [*target, *[0] * len(bound)][: place + 1]
    numbers[place] += 1
    return [*numbers, *[0] * (len(bound) - place - 1)]
