"""What may be chosen for a package: its policy, and the bounds in it (`minor`, `in-range`, `@next`, a range)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from upgrader.model import PassedOver, RangeStrategy
from upgrader.versions.scheme import Scheme

_NUMBERS = re.compile(r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*", re.ASCII)
_STEPS = {"patch": ("patch",), "minor": ("patch", "minor")}
"""Below 1.0 a step that may break is "0.x", and no minor one."""


class Limit(Struct, frozen=True, kw_only=True):
    """One bound on what is chosen."""

    target: str = ""
    """A word of TARGETS, `@tag`, or `stable` for no prereleases; "" for none."""
    allowed: str = ""
    """A range; "" for none."""
    only: str = ""
    """One version that a person picked; "" for none."""
    source: str
    """Who said so: `--target minor`, `upgrader.toml: packages[0]`."""
    is_policy: bool = False
    """A policy of the project: what it shuts out is told as held. A target is only what was asked for."""


class Policy(Struct, frozen=True, kw_only=True):
    """All that holds for one package at one place."""

    limits: tuple[Limit, ...] = ()
    strategy: RangeStrategy = "auto"
    cooldown_days: float = 3
    prereleases: bool = False
    group: str = ""
    never: str = ""
    """Why it is never moved; "" when it may be."""
    said: tuple[str, ...] = ()
    """The policies that matched, a sentence each."""


class Standing(Struct, frozen=True, kw_only=True):
    """What the limits are measured against."""

    current: str
    asked: tuple[str, ...] = ()
    """The requirements of all places."""
    tags: Mapping[str, str]
    """Tag to version."""


def takes_prereleases(limits: Sequence[Limit]) -> bool:
    """Whether a target asks for prereleases by itself, and cares for no `latest` tag (as npm-check-updates has it)."""
    return any(limit.target in ("newest", "greatest") for limit in limits)


def takes_newest(limits: Sequence[Limit]) -> bool:
    """Whether the release that was published last is wanted, and not the highest."""
    return any(limit.target == "newest" for limit in limits)


def is_tagged(limits: Sequence[Limit], standing: Standing, version: str) -> bool:
    """Whether a tag or a person names this very version: it may then be a prerelease."""
    return any(
        limit.only == version or (limit.target[:1] == "@" and standing.tags.get(limit.target[1:]) == version)
        for limit in limits
    )


def shut_out(limits: Sequence[Limit], version: str, standing: Standing, scheme: Scheme) -> PassedOver | None:
    """The first limit that shuts the version out, as a reason; None when none does."""
    for limit in limits:
        why = _why(limit, version, standing, scheme)
        if why:
            return PassedOver(version=version, kind="policy" if limit.is_policy else "target", reason=why)
    return None


def _why(limit: Limit, version: str, standing: Standing, scheme: Scheme) -> str:
    if limit.only:
        return "" if limit.only == version else f"{limit.only} was picked"
    if limit.allowed:
        return _why_not_allowed(limit, version, scheme)
    if limit.target in _STEPS:
        return _why_too_far(limit, version, standing.current, scheme)
    if limit.target == "stable":
        return f"a prerelease, and {limit.source} takes none" if scheme.is_prerelease(version) else ""
    if limit.target == "in-range":
        shut = [text for text in standing.asked if text and not _allows(scheme, text, version)]
        return f"outside the requirement {shut[0]}, and {limit.source} stays in range" if shut else ""
    if limit.target.startswith("@"):
        tagged = standing.tags.get(limit.target[1:], "")
        if not tagged:
            return f"no version is tagged {limit.target[1:]} there ({limit.source})"
        return "" if tagged == version else f"not the version tagged {limit.target[1:]}, which is {tagged}"
    return ""


def _why_not_allowed(limit: Limit, version: str, scheme: Scheme) -> str:
    if not scheme.is_requirement(limit.allowed):
        return f"{limit.allowed} is no range of its ecosystem, says {limit.source}"
    inside = scheme.allows(limit.allowed, version, prereleases=True)
    return "" if inside else f"outside {limit.allowed}, which {limit.source} allows"


def _why_too_far(limit: Limit, version: str, current: str, scheme: Scheme) -> str:
    step = _step(scheme, current, version)
    if step in (*_STEPS[limit.target], "same"):
        return ""
    return f"a step of type {step}, and {limit.source} takes {' or '.join(_STEPS[limit.target])} alone"


def _step(scheme: Scheme, current: str, version: str) -> str:
    """The kind of step; of a prerelease the kind that its release will be."""
    step = scheme.step(current, version) if current else "unknown"
    if step != "prerelease":
        return step
    old, new = _NUMBERS.match(current), _NUMBERS.match(version)
    if old is None or new is None:
        return step
    return "same" if old.group() == new.group() else scheme.step(old.group(), new.group())


def _allows(scheme: Scheme, requirement: str, version: str) -> bool:
    """A requirement that nobody can read shuts nothing out."""
    return not scheme.is_requirement(requirement) or scheme.allows(requirement, version)
