"""Module paths: which are valid, which major version they carry, which globs match them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache

from msgspec import Struct

from upgrader.errors import VersionError

LONGEST = 500
"""Characters of a module path that are accepted; the longest in use have about 120."""

_ELEMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_FIRST = re.compile(r"[a-z0-9][a-z0-9.-]*\.[a-z0-9.-]*")
_WINDOWS = re.compile(r"(?:con|com[1-9]|prn|aux|nul|lpt[1-9])(?:\..*)?|[^.]*~[0-9]+(?:\..*)?", re.IGNORECASE)
_SLASH_MAJOR = re.compile(r"(?P<stem>.+)/v(?P<major>[0-9.]+)")
_DOT_MAJOR = re.compile(r"(?P<stem>gopkg\.in/.+)\.v(?P<major>0|[1-9][0-9]*)(?P<unstable>-unstable)?")
_VERSION = re.compile(
    r"v(?P<major>0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)"
    r"(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?P<build>\+incompatible)?"
)


class Majored(Struct, frozen=True):
    """A module path taken apart at its major version (https://go.dev/ref/mod#major-version-suffixes)."""

    stem: str
    """The path without its suffix."""
    major: int | None
    """The N of `/vN` or `.vN`; None when the path has no suffix and stands for v0 and v1."""
    style: str
    """`/` or `.` (gopkg.in): how the suffix is joined."""
    tail: str = ""
    """`-unstable` of gopkg.in, else ""."""


def check_path(path: str, *, host: bool = True) -> str:
    """Why this is not a module path, "" when it is one (https://go.dev/ref/mod#go-mod-file-ident).

    `host` asks for a dot in the first element, as every path that can be fetched has one.
    """
    if not path or len(path) > LONGEST:
        return "is empty or too long"
    elements = path.split("/")
    for element in elements:
        if not _ELEMENT.fullmatch(element) or element.endswith("."):
            return f"has the element {element[:60]!r}, which no module path may have"
        if _WINDOWS.fullmatch(element):
            return f"has the element {element[:60]!r}, which Windows could not store"
    if path.startswith("-") or (host and not _FIRST.fullmatch(elements[0])):
        return f"does not begin with a host name, but with {elements[0][:60]!r}"
    return "" if split_major(path) is not None else "ends in a major version that Go does not allow"


def normalise_name(name: str) -> str:
    """The path itself: Go tells upper and lower case apart. Raises VersionError for what is no module path."""
    if reason := check_path(name, host=False):
        raise VersionError(f"{name[:80]!r} {reason}: not a module path.", "Write it as in go.mod.")
    return name


@cache
def split_major(path: str) -> Majored | None:
    """Take the major version suffix off; None when it is one that Go refuses (`/v0`, `/v1`, `/v02`, `/v1.2`)."""
    if path.startswith("gopkg.in/"):
        found = _DOT_MAJOR.fullmatch(path)
        if found is None:
            return None
        return Majored(found["stem"], int(found["major"][:9]), ".", found["unstable"] or "")
    found = _SLASH_MAJOR.fullmatch(path)
    if found is None:
        return Majored(path, None, "/")
    digits = found["major"]
    if not digits.isdigit() or digits.startswith("0") or digits == "1":
        return None
    return Majored(found["stem"], int(digits[:9]), "/")


def with_major(path: str, major: int) -> str:
    """The path under which the same module has this major version."""
    parts = split_major(path)
    if parts is None:
        return path
    if parts.style == ".":
        return f"{parts.stem}.v{major}{parts.tail}"
    return parts.stem if major < 2 else f"{parts.stem}/v{major}"


def major_of(version: str) -> int | None:
    """The first number of a canonical version; None for anything else."""
    found = _VERSION.fullmatch(version)
    return int(found["major"][:9]) if found else None


def is_canonical(version: str) -> bool:
    """Whether it is a version as go.mod holds it: `v1.2.3`, with prerelease and `+incompatible` at most."""
    return _VERSION.fullmatch(version) is not None


def fits(path: str, version: str) -> bool:
    """Whether a version may stand behind this path (`/v2` needs v2, no suffix needs v0, v1 or `+incompatible`)."""
    parts, found = split_major(path), _VERSION.fullmatch(version)
    if parts is None or found is None:
        return False
    major = int(found["major"][:9])
    if parts.major is None:
        return major < 2 or bool(found["build"])
    # An old Go wrote v0.0.0 pseudo-versions for gopkg.in's `.v1`; such lines are still valid.
    old = parts.style == "." and parts.major == 1 and version.startswith("v0.0.0-")
    return major == parts.major or old


def path_for(path: str, version: str) -> str:
    """The path that a release of this module has to be required by; the same path when the version fits it."""
    major = major_of(version)
    return path if major is None or fits(path, version) else with_major(path, major)


def matching(globs: Iterable[str], path: str) -> str | None:
    """The first glob that matches a leading part of the path, as GOPRIVATE and its kin are read; None for none."""
    elements = path.split("/")
    for glob in globs:
        parts = glob.rstrip("/").split("/")
        if parts != [""] and len(parts) <= len(elements) and all(map(_matches, parts, elements)):
            return glob
    return None


def _matches(glob: str, element: str) -> bool:
    """One element by Go's path.Match, which spells negation `[^a]`."""
    return re.match(translate(glob.replace("[^", "[!")), element) is not None
