"""What every ecosystem's version module offers, and the few sentences they all say the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol, Self, TypeVar

from upgrader.errors import VersionError

Step = Literal["major", "minor", "patch", "0.x", "prerelease", "downgrade", "same", "unknown"]
"""The kind of move between two versions; "0.x" is a move that breaks below 1.0, "unknown" an unreadable side."""

LONGEST_VERSION = 256
"""Characters of a version (node-semver's limit; nothing real comes near it in any ecosystem)."""
LONGEST_REQUIREMENT = 4096
"""Characters of a requirement: a long `||` list of npm peers is a few hundred."""

_NUMBERS = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})*", re.ASCII)


class Ordered(Protocol):
    """A version as a value: hashable, in one total order, `str()` gives its normal form."""

    def __lt__(self, other: Self, /) -> bool: ...
    def __hash__(self) -> int: ...


Value = TypeVar("Value", bound=Ordered)


class Scheme(Protocol):
    """One ecosystem's versions and requirements, as module-level functions.

    A requirement or version that the ecosystem refuses raises `VersionError`, except where a function says otherwise.
    """

    def parse(self, text: str) -> Ordered:
        """Read one version, or raise."""

    def is_valid(self, text: str) -> bool:
        """Whether `parse` takes it."""

    def order_key(self, text: str) -> tuple[Any, ...]:
        """Precedence as something to compare: versions that differ in build metadata alone have equal keys."""

    def sort_versions(self, texts: Iterable[str]) -> list[str]:
        """Ascending, as written; what is not a version is dropped."""

    def is_prerelease(self, text: str) -> bool:
        """Whether it is an alpha, beta, dev build and the like; Go's pseudo-versions count."""

    def parse_requirement(self, text: str) -> object:
        """Read a requirement, or raise with what to write instead."""

    def is_requirement(self, text: str) -> bool:
        """Whether `parse_requirement` takes it."""

    def allows(self, requirement: str, version: str, *, prereleases: bool = False) -> bool:
        """Whether the ecosystem would take this version; an unreadable version is allowed by nothing."""

    def best(
        self, requirement: str | None, versions: Iterable[str], *, prereleases: bool = False
    ) -> str | None:
        """Return the highest allowed version, as written; a requirement of None allows any."""

    def step(self, current: str, target: str) -> Step:
        """Name the kind of move. Never raises."""

    def intersects(self, a: str, b: str) -> bool:
        """Whether a version can exist that both allow."""

    def is_subset(self, a: str, b: str) -> bool:
        """Whether `b` allows every version that `a` allows."""

    def minimum(self, requirement: str) -> str | None:
        """Return the lowest version that is allowed, or None if there is none (nothing allowed, or an open bound)."""

    def same_requirement_for(self, requirement: str, target: str, *, floors: bool = False) -> str | None:
        """Rewrite the requirement, in its author's style, so that it allows the target.

        Operator, precision and spacing stay; with `floors` a `>=` follows the target, else it stays. None means that
        it cannot be done without changing what the author meant (or that one of the two is unreadable).
        """


def refused(text: str, kind: str, tool: str, advice: str) -> VersionError:
    """Return the one sentence about a version (`kind`: "version", "requirement") that `tool` does not know."""
    return VersionError(f"{quoted(text)} is not a {kind} {tool} knows.", advice)


def quoted(text: str) -> str:
    """Return the text in double quotes, in ASCII and at most 60 characters of it: it may come from anywhere."""
    return json.dumps(text if len(text) <= 60 else text[:57] + "...")


def numbers_in(text: str, width: int) -> str:
    """Return the first dotted number in the text with zeros up to `width` parts: `^^1.0` gives "1.0.0" for 3."""
    found = _NUMBERS.search(text[:LONGEST_VERSION])
    parts = [str(int(part)) for part in found.group().split(".")] if found else ["1"]
    return ".".join([*parts, *["0"] * width][: max(width, 1)])


def accepts(read: Callable[[str], object], text: str) -> bool:
    """Whether `read(text)` returns instead of raising `VersionError`."""
    try:
        read(text)
    except VersionError:
        return False
    return True


def ascending(read: Callable[[str], Value], texts: Iterable[str]) -> list[str]:
    """Return the texts that `read` takes, lowest first; equal ones by their spelling."""
    pairs = [(read(text), text) for text in texts if accepts(read, text)]
    pairs.sort(key=lambda pair: pair[1])
    pairs.sort(key=lambda pair: pair[0])
    return [text for _, text in pairs]
