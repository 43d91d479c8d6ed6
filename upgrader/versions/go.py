"""Go's module versions (go.dev/ref/mod): pseudo-versions, `+incompatible`, `/vN` paths, escaped cache names.

A Go requirement is a minimum: `require example.com/m v1.2.3` is met by v1.2.3 and everything above it under the same
module path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from upgrader.errors import VersionError
from upgrader.versions import scheme, semver
from upgrader.versions.scheme import LONGEST_REQUIREMENT, LONGEST_VERSION, Step
from upgrader.versions.semver import Key, Version, release, show

_SHORT = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?")
_PSEUDO = re.compile(r"(?:([0-9A-Za-z.-]+)\.)?([0-9]{14})-[0-9A-Za-z]+")
_PATH_MAJOR = re.compile(r"v(?:[2-9]|[1-9][0-9]+)")
_MAJOR_LIKE = re.compile(r"v[0-9.]+")
_GOPKG = re.compile(r"(.*)(\.v(?:0|[1-9][0-9]*)(?:-unstable)?)", re.DOTALL)
_VERSION_NAME = re.compile(r"[0-9A-Za-z_.+~()-]+")
_PATH_NAME = re.compile(r"[0-9A-Za-z_.~/-]+")
_HOST = re.compile(r"(?!-)[0-9a-z-]*\.[0-9a-z.-]*")
_WINDOWS_NAME = re.compile(
    r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?|.*~[0-9]+(?:\..*)?", re.IGNORECASE | re.DOTALL
)
"""Names of devices, and `NAME~1`: other files than they say on Windows."""


class GoVersion(Version, frozen=True, order=True, kw_only=True):
    """A semantic version that is written with a leading `v`."""

    def __str__(self) -> str:
        return f"v{show(self.key)}" + (f"+{self.build}" if self.build else "")

    @property
    def path_major(self) -> int:
        """Return the N of the module path's `/vN`; 0 for none (v0, v1 and `+incompatible`)."""
        return 0 if self.key[0] < 2 or self.build == "incompatible" else self.key[0]


@lru_cache(maxsize=65536)
def parse(text: str) -> GoVersion:
    """Read a version as `golang.org/x/mod/semver` does: `v1` and `v1.2` stand for v1.0.0 and v1.2.0."""
    found: Version | None = None
    if text.startswith("v") and len(text) <= LONGEST_VERSION:
        plain = text[1:]
        if _SHORT.fullmatch(plain) is not None:
            plain += ".0" * (2 - plain.count("."))
        found = semver.read_full(plain, None)
    if found is None:
        raise scheme.refused(text, "version", "Go", f'Write it as "v{scheme.numbers_in(text, 3)}".')
    return GoVersion(key=found.key, build=found.build)


def is_valid(text: str) -> bool:
    """Whether `parse` takes it."""
    return scheme.accepts(parse, text)


def canonical(text: str) -> str:
    """Return all three numbers and no build metadata except `+incompatible`: `v1.2+x` is refused, `v1` is v1.0.0."""
    version = parse(text)
    return str(version if version.build == "incompatible" else GoVersion(key=version.key))


def order_key(text: str) -> Key:
    """Return the precedence to compare by; `+incompatible` is no part of it."""
    return parse(text).key


def sort_versions(texts: Iterable[str]) -> list[str]:
    """Ascending, as written; what is not a version is dropped."""
    return scheme.ascending(parse, texts)


def is_prerelease(text: str) -> bool:
    """Whether something follows `-`, as it does in every pseudo-version."""
    return not parse(text).key[3]


def is_pseudo(text: str) -> bool:
    """Whether it stands for a commit: `v0.0.0-20240102150405-0123456789ab`. False for what is not a version."""
    return is_valid(text) and _pseudo(parse(text)) is not None


def pseudo_time(text: str) -> datetime:
    """Return the commit time (UTC) of a pseudo-version; raises `VersionError` for others and for impossible dates."""
    found = _pseudo(parse(text))
    if found is None:
        raise scheme.refused(text, "pseudo-version", "Go", "Write it as vX.Y.Z-yyyymmddhhmmss-abcdefabcdef.")
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"{scheme.quoted(text)} has the time {found[1]}, which no clock shows."
        raise VersionError(
            message, "Ask Go for the version of that commit: go list -m PATH@COMMIT."
        ) from error


def is_incompatible(text: str) -> bool:
    """Whether it ends in `+incompatible`: a v2 or later of a module without `/vN` path. False for no version."""
    return is_valid(text) and parse(text).build == "incompatible"


def split_path_version(path: str) -> tuple[str, str]:
    """Split `example.com/m/v2` into ("example.com/m", "/v2"), `gopkg.in/yaml.v3` into ("gopkg.in/yaml", ".v3").

    The second part is "" for v0 and v1. Raises `VersionError` for what cannot be a module path: `/v1`, `/v02`,
    gopkg.in without a version.
    """
    if path.startswith("gopkg.in/"):
        found = _GOPKG.fullmatch(path)
        if found is None:
            advice = "Paths on gopkg.in end in .vN, such as gopkg.in/yaml.v3."
            raise scheme.refused(path, "module path", "Go", advice)
        return found.group(1), found.group(2)
    head, slash, last = path.rpartition("/")
    if not slash or _MAJOR_LIKE.fullmatch(last) is None:
        return path, ""
    if _PATH_MAJOR.fullmatch(last) is None:
        raise scheme.refused(path, "module path", "Go", "Leave /v0 and /v1 out, and write /v2 without zeros.")
    return head, slash + last


def escape_path(path: str) -> str:
    """Return the path as proxies and the module cache spell it: `!x` for each capital X; raises `VersionError`."""
    parts = path.split("/")
    plain = _PATH_NAME.fullmatch(path) is not None and all(_is_element(part) for part in parts)
    if not plain or _HOST.fullmatch(parts[0]) is None:
        advice = "A path is a host in small letters, then letters, digits and -._~ between slashes."
        raise scheme.refused(path, "module path", "Go", advice)
    split_path_version(path)
    return _escaped(path)


def escape_version(text: str) -> str:
    """Return the version as proxies and the module cache spell it: `!x` for each capital X; raises `VersionError`."""
    if _VERSION_NAME.fullmatch(text) is None or not _is_element(text):
        raise scheme.refused(text, "version", "Go", f'Write it as "v{scheme.numbers_in(text, 3)}".')
    return _escaped(text)


@lru_cache(maxsize=16384)
def parse_requirement(text: str) -> GoVersion:
    """Read a requirement, which in Go is the lowest version; queries (`latest`, `>=v1.2`) raise `VersionError`."""
    if len(text) > LONGEST_REQUIREMENT or not is_valid(text):
        raise scheme.refused(
            text, "requirement", "Go", f'Write the lowest version: "v{scheme.numbers_in(text, 3)}".'
        )
    return parse(text)


def is_requirement(text: str) -> bool:
    """Whether `parse_requirement` takes it."""
    return scheme.accepts(parse_requirement, text)


def allows(requirement: str, version: str, *, prereleases: bool = False) -> bool:
    """Whether the version is at or above the requirement under the same module path.

    Minimal version selection has no rule about prereleases, so `prereleases` changes nothing.
    """
    least = parse_requirement(requirement)
    if not is_valid(version):
        return False
    found = parse(version)
    return found.key >= least.key and found.path_major == least.path_major


def best(requirement: str | None, versions: Iterable[str], *, prereleases: bool = False) -> str | None:
    """Return the highest allowed release; a prerelease only if asked for or if there is no release (`@latest`)."""
    fitting = sort_versions(text for text in versions if requirement is None or allows(requirement, text))
    releases = [text for text in fitting if not is_prerelease(text)]
    chosen = fitting if prereleases or not releases else releases
    return chosen[-1] if chosen else None


def step(current: str, target: str) -> Step:
    """Name the kind of move: another `/vN` is "major"; a pseudo-version counts as the release before its commit."""
    if not (is_valid(current) and is_valid(target)):
        return "unknown"
    old, new = parse(current), parse(target)
    kind = semver.step_between(old.key, new.key)
    if kind in ("downgrade", "prerelease"):
        return kind
    if old.path_major != new.path_major:
        return "major"
    return kind if kind == "same" or _pseudo(old) is None else semver.step_between(_pseudo_base(old), new.key)


def intersects(a: str, b: str) -> bool:
    """Whether a version can exist that is above both minimums: whether they share a module path."""
    return parse_requirement(a).path_major == parse_requirement(b).path_major


def is_subset(a: str, b: str) -> bool:
    """Whether everything from `a` up is also from `b` up, under one module path."""
    return intersects(a, b) and parse_requirement(a).key >= parse_requirement(b).key


def minimum(requirement: str) -> str | None:
    """Return the requirement itself, in its canonical form."""
    return canonical(str(parse_requirement(requirement)))


def same_requirement_for(requirement: str, target: str, *, floors: bool = False) -> str | None:
    """Return the target, in its canonical form; another `/vN` needs a new module path as well. None if unreadable."""
    return canonical(target) if is_valid(target) and is_requirement(requirement) else None


def _pseudo(version: GoVersion) -> tuple[str, str] | None:
    """Return what stands before the timestamp ("" for nothing) and the timestamp; None for other versions."""
    minor, patch = version.key[1:3]
    found = _PSEUDO.fullmatch(version.prerelease)
    if found is None:
        return None
    before = found.group(1) or ""
    if before == "":
        return None if (minor, patch) != (0, 0) else (before, found.group(2))
    return (before, found.group(2)) if before == "0" or before.endswith(".0") else None


def _pseudo_base(version: GoVersion) -> Key:
    """Return the precedence of the tag before the commit; that of v0.0.0 (or vN.0.0-0) where there was none."""
    major, minor, patch, *_ = version.key
    before = (_pseudo(version) or ("", ""))[0]
    if before == "0" and patch:
        return release(major, minor, patch - 1)
    if before.endswith(".0"):
        return (major, minor, patch, 0, semver.identifiers(before.removesuffix(".0")) or ())
    return release(0) if major == 0 else semver.floor(major, minor, patch)


def _is_element(name: str) -> bool:
    """Whether a path element is a plain name: `..`, `a.` and the empty one are how caches are walked out of."""
    return (
        name != ""
        and not name.startswith(".")
        and not name.endswith(".")
        and not _WINDOWS_NAME.fullmatch(name)
    )


def _escaped(text: str) -> str:
    return "".join(f"!{char.lower()}" if char.isupper() else char for char in text)
