"""Narrows an inventory to what the user named: packages, ecosystems, sections, folders, and what is ignored."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from upgrader.errors import ConfigError
from upgrader.model import Dependency, EcosystemName, Held, Inventory, Section
from upgrader.stages.choose import current_version
from upgrader.stages.patterns import (
    Pattern,
    finds_name,
    is_meant,
    is_path_meant,
    matches,
    read_patterns,
)


class Filters(Struct, frozen=True, kw_only=True):
    """What to look at; empty means everything."""

    packages: tuple[str, ...] = ()
    """Names, globs, `/regex/`, `!x`, `name@range`, perhaps with commas, as written by the user."""
    reject: tuple[str, ...] = ()
    """The same, for what is left out, silently: the user has just said so."""
    ignore: tuple[str, ...] = ()
    """The same, for what the project's settings hold back: these are told as held."""
    ecosystems: tuple[EcosystemName, ...] = ()
    sections: tuple[Section, ...] = ()
    ignore_paths: tuple[str, ...] = ()
    """Globs of manifests that are not the project's own; how many they leave out is told."""


def narrow(inventory: Inventory, filters: Filters) -> Inventory:
    """The part of the inventory that the filters let through. Raises ConfigError for a name that nothing matches."""
    inventory = _without_paths(inventory, filters.ignore_paths)
    wanted = _known(inventory, read_patterns(filters.packages, "PACKAGE"), strict=True)
    reject = _known(inventory, read_patterns(filters.reject, "--reject"))
    ignore = read_patterns(filters.ignore, "ignore")
    chosen: list[Dependency] = []
    held = list(inventory.held)
    projects = inventory.projects
    for item in inventory.dependencies:
        if not _is_wanted(item, filters, wanted) or (reject and matches(reject, item)):
            continue
        if ignore and item.direct and matches(ignore, item):
            held.append(_ignored(item))
            continue
        chosen.append(item)
    if filters.ecosystems:
        held = [item for item in held if item.ecosystem is None or item.ecosystem in filters.ecosystems]
        projects = tuple(item for item in projects if item.ecosystem in filters.ecosystems)
    return replace(inventory, projects=projects, dependencies=tuple(chosen), held=tuple(held))


def suggest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to a mistyped one, "" when none is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def _known(
    inventory: Inventory, patterns: tuple[Pattern, ...], *, strict: bool = False
) -> tuple[Pattern, ...]:
    """The patterns, when each plain name is there; `strict` asks that of globs and ranges too."""
    for pattern in patterns:
        named = [item for item in inventory.dependencies if finds_name(pattern, item)]
        if not named and (strict or pattern.is_plain):
            raise _stranger(inventory, pattern)
        if named and strict and pattern.range and not any(is_meant(pattern, item) for item in named):
            used = sorted({current_version(item) or item.requirement or "any version" for item in named})
            raise ConfigError(
                f"{pattern.text}: {named[0].name} is used at {', '.join(used[:5])}, none of it in that range.",
                "Leave the range out to mean all of them.",
            )
    return patterns


def _stranger(inventory: Inventory, pattern: Pattern) -> ConfigError:
    names = {name for item in inventory.dependencies for name in (item.name, item.alias) if name}
    near = suggest(pattern.name, sorted(names))
    advice = f"Did you mean {near}?" if near else "`upgrade inventory` lists what there is."
    return ConfigError(f"{pattern.text}: no manifest asks for a package of this name.", advice)


def _is_wanted(item: Dependency, filters: Filters, wanted: tuple[Pattern, ...]) -> bool:
    if filters.ecosystems and item.ecosystem not in filters.ecosystems:
        return False
    if filters.sections and item.section not in filters.sections:
        return False
    return not wanted or matches(wanted, item)


def _without_paths(inventory: Inventory, globs: tuple[str, ...]) -> Inventory:
    """The inventory without what stands in these files, and a row that says how many files those are."""
    if not globs:
        return inventory
    paths = {path for project in inventory.projects for path in project.manifests}
    paths |= {item.place.path for item in inventory.dependencies}
    paths |= {item.place.path for item in inventory.held if item.place}
    gone = {path for path in paths if is_path_meant(globs, path)}
    gone -= {project.lockfile for project in inventory.projects if project.lockfile}
    projects = tuple(project for project in inventory.projects if project.manifest not in gone)
    left = {project.id for project in projects}
    told = ", ".join(sorted(gone)[:5]) + (", …" if len(gone) > 5 else "")
    count = f"{len(gone)} manifest{'s' if len(gone) != 1 else ''}"
    row = Held(kind="policy", subject="ignore-paths", reason=f"{count} left out by ignore-paths: {told}")
    return replace(
        inventory,
        projects=projects,
        dependencies=tuple(
            item
            for item in inventory.dependencies
            if item.project in left and (not item.direct or item.place.path not in gone)
        ),
        held=(
            *(item for item in inventory.held if item.place is None or item.place.path not in gone),
            *((row,) if gone else ()),
        ),
    )


def _ignored(item: Dependency) -> Held:
    return Held(
        kind="policy",
        subject=item.name,
        reason="the project's settings hold it back (`ignore`)",
        ecosystem=item.ecosystem,
        place=item.place,
    )
