"""Rows about npm packages from what other tools print: names, versions and sections as those tools write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from upgrader.ecosystems.npm.package_file import SECTIONS
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import VersionError
from upgrader.model import PackageName, Reported, Section, Severity
from upgrader.versions import npm as versions

_ALIAS = re.compile(r"[^:]+:(@?[^@]+)(?:@.*)?", re.DOTALL)
_RANGE = re.compile(
    r"\s*(?:npm:@?[^@]+@|workspace:|catalog:\S*@)?\s*(?:[\^~]|[<>]?=|v)?\s*v?"
    r"(?P<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*"
)
_ABSENT = frozenset(("", "MISSING", "missing", "-", "n/a"))
SEVERITIES: Mapping[str, Severity] = {
    "info": "LOW",
    "low": "LOW",
    "moderate": "MODERATE",
    "medium": "MODERATE",
    "high": "HIGH",
    "critical": "CRITICAL",
}
_WORDS: dict[str, Section] = {"dev": "dev", "peer": "peer", "optional": "optional", "prod": "prod"}


class Format(Struct, frozen=True):
    """One kind of saved output."""

    what: str
    knows: Callable[[str, Sequence[object]], bool]
    """Whether it is this kind, by the whole text and the JSON documents in it."""
    read: Callable[[str, Sequence[object], str], list[Reported]]
    """The rows; the last argument is where the text comes from. Raises InputError for a failed run."""


def reported(
    written: str,
    source: str,
    *,
    current: object = None,
    wanted: object = None,
    latest: object = None,
    section: object = None,
    direct: bool | None = None,
    deprecated: str = "",
    alias: bool = True,
) -> Reported:
    """One row. What is no name and no version becomes the row's problem; a missing `latest` does too.

    `alias`: `my-alias:real@range` is the real package. Versions are as the tool writes them, None where it has none.
    """
    problems: list[str] = []
    found = _ALIAS.fullmatch(written) if alias else None
    name = PackageName(written[:80])
    try:
        name = normalise(found[1] if found else written)
    except VersionError as fault:
        problems.append(fault.message)
    has, may, could = (
        _version(value, word, problems)
        for value, word in ((current, "current"), (wanted, "wanted"), (latest, "latest"))
    )
    tool = source.partition(" ")[0]
    if could is None and not problems and not deprecated:
        problems.append(f"{tool} names no latest version")
    return Reported(
        ecosystem="npm",
        name=name,
        current=has,
        wanted=may,
        latest=could,
        source=source,
        section=section_of(section),
        direct=direct,
        withdrawn="deprecated" if deprecated else "",
        withdrawn_reason=deprecated,
        problem="; ".join(problems),
    )


def section_of(word: object) -> Section | None:
    """`devDependencies` and `dev` are dev; None for a word that names no section."""
    text = str(word or "").strip().strip("()")
    return SECTIONS.get(text) or _WORDS.get(text)


def version_of_range(text: str) -> str | None:
    """The version that an updater's new range begins with (`^5.3.0`, `npm:x@~1.2.0`); None for `5.x`, `^5` and `*`."""
    found = _RANGE.fullmatch(text)
    return found["version"] if found and versions.is_valid(found["version"]) else None


def wished(
    name: str, wish: object, source: str, section: object = None, *, latest: object = None
) -> Reported:
    """The row of an updater that tells the new range; one that says no whole version is a problem."""
    text = wish if isinstance(wish, str) else str(wish)
    aim = latest if isinstance(latest, str) and versions.is_valid(latest) else version_of_range(text)
    tool = source.partition(" ")[0]
    row = reported(name, source, latest=aim, section=section, alias=False)
    if aim is not None or row.problem != f"{tool} names no latest version":
        return row
    return msgspec.structs.replace(row, problem=f"{tool} says {text[:60]!r}, which is no version")


def each_once(rows: Iterable[Reported]) -> list[Reported]:
    """The rows in their order; one that says the same as an earlier one is left out."""
    return list({msgspec.json.encode(row): row for row in rows}.values())


def _version(value: object, word: str, problems: list[str]) -> str | None:
    """A version, None where the tool leaves it out (not installed); `git`, `exotic`, `linked` are a problem."""
    if value is None or (isinstance(value, str) and value in _ABSENT):
        return None
    if isinstance(value, str) and versions.is_valid(value):
        return value
    problems.append(f"{word} is {str(value)[:60]!r}, not a version")
    return None
