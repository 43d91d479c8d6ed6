"""Narrows an inventory to what the user named: packages, ecosystems, sections, folders, and what is ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from upgrader.errors import ConfigError
from upgrader.model import Dependency, EcosystemName, Held, Inventory, Section


class Filters(Struct, frozen=True, kw_only=True):
    """What to look at; empty means everything."""

    packages: tuple[str, ...] = ()
    """Names or globs, as written by the user."""
    reject: tuple[str, ...] = ()
    """Names or globs that are left out, silently: the user has just said so."""
    ignore: tuple[str, ...] = ()
    """Names or globs that the project's settings hold back: these are told as held."""
    ecosystems: tuple[EcosystemName, ...] = ()
    sections: tuple[Section, ...] = ()


def narrow(inventory: Inventory, filters: Filters) -> Inventory:
    """The part of the inventory that the filters let through. Raises ConfigError for a name that nothing matches."""
    _known(inventory, filters.packages)
    chosen: list[Dependency] = []
    held = list(inventory.held)
    for item in inventory.dependencies:
        if not _wanted(item, filters):
            continue
        if item.direct and _matches(item, filters.ignore):
            held.append(_ignored(item))
            continue
        chosen.append(item)
    if filters.ecosystems:
        held = [item for item in held if item.ecosystem is None or item.ecosystem in filters.ecosystems]
    return replace(inventory, dependencies=tuple(chosen), held=tuple(held))


def suggest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to a mistyped one, "" when none is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def _known(inventory: Inventory, packages: tuple[str, ...]) -> None:
    for pattern in packages:
        if not any(_matches(item, (pattern,)) for item in inventory.dependencies):
            names = {name for item in inventory.dependencies for name in (item.name, item.alias) if name}
            near = suggest(pattern, sorted(names))
            advice = f"Did you mean {near}?" if near else "`upgrade inventory` lists what there is."
            raise ConfigError(f"{pattern}: no manifest asks for a package of this name.", advice)


def _wanted(item: Dependency, filters: Filters) -> bool:
    if filters.ecosystems and item.ecosystem not in filters.ecosystems:
        return False
    if filters.sections and item.section not in filters.sections:
        return False
    if filters.packages and not _matches(item, filters.packages):
        return False
    return not _matches(item, filters.reject)


def _matches(item: Dependency, patterns: tuple[str, ...]) -> bool:
    names = [name.lower() for name in (item.name, item.alias) if name]
    return any(
        fnmatchcase(name, spelled)
        for pattern in patterns
        for spelled in {pattern.lower(), _as_index(pattern) if item.ecosystem == "pip" else pattern.lower()}
        for name in names
    )


def _as_index(pattern: str) -> str:
    """`Flask_Login` as a Python index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", pattern.lower())


def _ignored(item: Dependency) -> Held:
    return Held(
        kind="policy",
        subject=item.name,
        reason="the project's settings hold it back (`ignore`)",
        ecosystem=item.ecosystem,
        place=item.place,
    )
