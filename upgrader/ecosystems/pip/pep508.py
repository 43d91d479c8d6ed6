"""One dependency specifier (PEP 508) taken apart, with the place of its version specifiers; and names (PEP 503)."""

from __future__ import annotations

import re

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from upgrader.errors import ManifestError, VersionError
from upgrader.model import PackageName

LONGEST = 4096
"""Characters of one specifier that are read at most."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?")
_HEAD = re.compile(
    r"\s*+(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*+)\s*+(?:\[(?P<extras>[^\]]*+)\])?\s*+"
    r"(?:@\s*+(?P<url>\S.*)|(?P<open>\()?\s*+)"
)
_PIN = re.compile(r"\s*(?:===\s*([^\s,;)]+)|==\s*([^\s,;)*]+))\s*")


_SIMPLE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,212}[A-Za-z0-9])?)[ \t]*+"
    r"(?P<specifiers>(?:(?:[=!<>]=|[<>])[ \t]*+[0-9]++(?:\.[0-9]++)*+(?:[ \t]*+,[ \t]*+(?=[=!<>~])|\Z))++)?",
    re.ASCII,
)
"""A name with plain comparisons, which needs no parser: nine of ten requirements."""


class Specifier(Struct, frozen=True, kw_only=True):
    """What one PEP 508 string asks for."""

    name: PackageName
    extras: tuple[str, ...]
    requirement: str
    """The version specifiers as written, without brackets and blanks around; "" for none."""
    start: int
    """Offset of `requirement` in the string, in characters."""
    marker: str
    """The condition as written, "" for none."""
    url: str
    """Of a direct reference (`name @ url`), "" for none."""

    @property
    def pin(self) -> str | None:
        """The one version it allows (`==1.0`, `===1.0`), None when it allows others."""
        found = _PIN.fullmatch(self.requirement)
        return (found[1] or found[2]) if found else None


def normalise(name: str) -> PackageName:
    """The name as an index spells it (PEP 503). Raises VersionError for what is no project name (PEP 508)."""
    if not _NAME.fullmatch(name):
        raise VersionError(
            f"{name[:80]!r} is not a name that a Python package can have.",
            "Use letters, digits, '.', '-' and '_'.",
        )
    return PackageName(canonicalize_name(name))


def read_specifier(text: str, where: str) -> Specifier:
    """Take a PEP 508 string apart. Raises ManifestError `where: ...` for what pip would not take."""
    if len(text) > LONGEST:
        raise ManifestError(f"{where}: a requirement of {len(text)} characters is not read.")
    if simple := _SIMPLE.fullmatch(text):
        return _simple(simple)
    try:
        checked = Requirement(text)
        name = normalise(checked.name)
    except (InvalidRequirement, VersionError, ValueError, RecursionError) as fault:
        raise ManifestError(
            f"{where}: {text[:100]!r} is not a requirement pip knows.", _advice(text)
        ) from fault
    head = _HEAD.match(text)
    if head is None:
        raise ManifestError(f"{where}: {text[:100]!r} is not a requirement pip knows.", _advice(text))
    rest = text[head.end() :]
    specifiers, _, marker = ("", "", "") if checked.url else rest.partition(";")
    if checked.url:
        marker = str(checked.marker or "")
    written = specifiers.strip().removesuffix(")").rstrip() if head["open"] else specifiers.strip()
    start = head.end() + (len(specifiers) - len(specifiers.lstrip()))
    return Specifier(
        name=name,
        extras=tuple(sorted(checked.extras)),
        requirement=written,
        start=start,
        marker=marker.strip(),
        url=checked.url or "",
    )


def _simple(found: re.Match[str]) -> Specifier:
    return Specifier(
        name=PackageName(canonicalize_name(found["name"])),
        extras=(),
        requirement=found["specifiers"] or "",
        start=found.start("specifiers") if found["specifiers"] else found.end(),
        marker="",
        url="",
    )


def _advice(text: str) -> str:
    if "${" in text:
        return "Only the environment knows the variable; write the version itself."
    return 'Write it as name>=1.0; python_version >= "3.9" (PEP 508).'
