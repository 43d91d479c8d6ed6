"""What may be chosen for one package, and by whose word: the command line, the settings, the policies that match."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from upgrader.config import PackageRule, Settings
from upgrader.errors import ConfigError
from upgrader.model import Dependency, RangeStrategy
from upgrader.stages.limits import Limit, Policy
from upgrader.stages.patterns import is_path_meant, matches, read_patterns
from upgrader.versions import SCHEMES


def policy_for(item: Dependency, settings: Settings) -> Policy:
    """Lay the tables that match over the settings, in their order; a later one counts, and a flag counts most.

    `--target` narrows what the policies leave: a package that may only take patches takes no more for a flag.
    """
    if not settings.packages:
        return _plain(
            settings.target,
            settings.range_strategy,
            settings.cooldown_days,
            settings.prereleases,
            settings.flags,
            settings.source,
        )
    found = [
        (index, rule) for index, rule in enumerate(settings.packages) if applies(rule, item, settings, index)
    ]
    update = _last(found, "update")
    allowed = _last(found, "allowed")
    strategy, cooldown, pre, group = (
        _last(found, key) for key in ("range_strategy", "cooldown_days", "prereleases", "group")
    )
    flags = settings.flags
    chosen: RangeStrategy = strategy[1].range_strategy or "auto" if strategy else settings.range_strategy
    chosen = settings.range_strategy if "range_strategy" in flags else chosen
    return Policy(
        limits=(*_limits(settings, update, allowed, chosen), *_stable(settings, pre)),
        strategy=chosen,
        cooldown_days=settings.cooldown_days
        if cooldown is None or "cooldown_days" in flags
        else cooldown[1].cooldown_days or 0,
        prereleases=settings.prereleases if pre is None else bool(pre[1].prereleases),
        group=group[1].group or "" if group else "",
        never=_why_never(settings, update),
        said=tuple(_sentence(settings, index, rule) for index, rule in found),
    )


@lru_cache(maxsize=8)
def _plain(
    target: str,
    strategy: RangeStrategy,
    cooldown_days: float,
    prereleases: bool,
    flags: tuple[str, ...],
    source: str,
) -> Policy:
    """What holds for every package where there are no tables."""
    settings = Settings(target=target, flags=flags, source=source)
    return Policy(
        limits=tuple(_limits(settings, None, None, strategy)),
        strategy=strategy,
        cooldown_days=cooldown_days,
        prereleases=prereleases,
    )


def check_policies(settings: Settings) -> None:
    """Read every pattern, path and range once. Raises ConfigError naming file and key."""
    for index, rule in enumerate(settings.packages):
        key = rule_name(settings, index)
        read_patterns(tuple(rule.match), f"{key}.match")
        named = _listed(rule.ecosystem) or list(SCHEMES)
        if rule.allowed and not any(SCHEMES[name].is_requirement(rule.allowed) for name in named):
            raise ConfigError(
                f"{key}.allowed: {rule.allowed[:80]!r} is no range that {' or '.join(named)} knows.",
                'Write it as "<3".',
            )
    read_patterns(tuple(settings.ignore), f"{settings.source}: ignore")


def rule_name(settings: Settings, index: int) -> str:
    """How a table is called in messages: `pyproject.toml: tool.upgrader.packages[0]`."""
    joint = "." if ": " in settings.source else ": "
    return f"{settings.source}{joint}packages[{index}]"


def describe(rule: PackageRule) -> str:
    """What a table says, in a few words."""
    parts = [
        {"never": "is never moved", None: ""}.get(rule.update, f"moves to {rule.update} at most"),
        f"only {rule.allowed}" if rule.allowed else "",
        f"in the group {rule.group}" if rule.group else "",
        f"cools down {rule.cooldown_days:g} days" if rule.cooldown_days is not None else "",
        f"range strategy {rule.range_strategy}" if rule.range_strategy else "",
        {True: "prereleases too", False: "no prereleases", None: ""}[rule.prereleases],
    ]
    words = ", ".join(part for part in parts if part) or "says nothing"
    return f"{words} ({rule.reason})" if rule.reason else words


def _sentence(settings: Settings, index: int, rule: PackageRule) -> str:
    return f"{describe(rule)}, says {rule_name(settings, index)} (match {', '.join(rule.match)[:80]})"


def applies(rule: PackageRule, item: Dependency, settings: Settings, index: int) -> bool:
    """Whether a table is about this dependency."""
    if (worlds := _listed(rule.ecosystem)) and item.ecosystem not in worlds:
        return False
    if (sections := _listed(rule.section)) and item.section not in sections:
        return False
    if (paths := _listed(rule.path)) and not is_path_meant(paths, item.place.path):
        return False
    return matches(read_patterns(tuple(rule.match), f"{rule_name(settings, index)}.match"), item)


def _listed(words: object) -> list[str]:
    return (
        [words]
        if isinstance(words, str)
        else [str(word) for word in words]
        if isinstance(words, Sequence)
        else []
    )


Found = tuple[int, PackageRule]


def _last(found: Sequence[Found], key: str) -> Found | None:
    """The last table that says the key."""
    return next((pair for pair in reversed(found) if getattr(pair[1], key) is not None), None)


def _limits(
    settings: Settings, update: Found | None, allowed: Found | None, strategy: RangeStrategy
) -> list[Limit]:
    limits: list[Limit] = []
    told = update[1].update if update else None
    if update and told not in (None, "never", "latest"):
        word = "in-range" if told == "semver" else str(told)
        limits.append(Limit(target=word, source=_because(settings, update), is_policy=True))
    if settings.target != "latest" and (told is None or "target" in settings.flags):
        source = "--target" if "target" in settings.flags else f"{settings.source}: target"
        limits.append(Limit(target=settings.target, source=f"{source} {settings.target}"))
    if allowed and allowed[1].allowed:
        limits.append(Limit(allowed=allowed[1].allowed, source=_because(settings, allowed), is_policy=True))
    if strategy in ("in-range-only", "lockfile-only"):
        limits.append(Limit(target="in-range", source=f"range strategy {strategy}"))
    return limits


def _stable(settings: Settings, pre: Found | None) -> list[Limit]:
    """A policy against prereleases holds for `--pre` and for targets that take them by themselves, too."""
    if pre is None or pre[1].prereleases:
        return []
    return [Limit(target="stable", source=_because(settings, pre), is_policy=True)]


def _because(settings: Settings, found: Found) -> str:
    index, rule = found
    return f"{rule_name(settings, index)}{f' ({rule.reason})' if rule.reason else ''}"


def _why_never(settings: Settings, update: Found | None) -> str:
    if update is None or update[1].update != "never":
        return ""
    return f"is never moved, says {_because(settings, update)}"
