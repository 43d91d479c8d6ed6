"""Changes the version an entry of Cargo.toml asks for, and no other byte."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.ecosystems.cargo.crate_file import Entry, entries, parse_crate_file
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit, RangeStrategy
from upgrader.source.spans import replace_inside
from upgrader.versions import cargo as versions
from upgrader.versions.strategies import requirement_for


def edit(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The span that makes the dependency's place ask for `target` by the strategy.

    Empty when it asks for it already, asks for nothing, or inherits: the root's [workspace.dependencies] entry is a
    dependency with a place of its own.
    """
    place = dependency.place
    if dependency.immovable:
        return CannotEdit(place=place, reason=f"{place}: {dependency.name}: {dependency.immovable}.")
    try:
        found = [item for item in entries(parse_crate_file(text, place.path)) if item.key == place.key]
    except ManifestError as fault:
        return CannotEdit(place=place, reason=fault.message, advice=fault.advice)
    if len(found) != 1:
        reason = f"{place}: {place.key} is not there any more."
        return CannotEdit(place=place, reason=reason, advice="Audit again.")
    return () if found[0].inherits else _edit(text, dependency, found[0], target, strategy)


def _edit(
    text: bytes, dependency: Dependency, entry: Entry, target: str, strategy: RangeStrategy
) -> Sequence[Edit] | CannotEdit:
    place = dependency.place
    if entry.version is None or not entry.requirement:
        return ()
    if entry.requirement != dependency.requirement or not versions.is_requirement(entry.requirement):
        reason = f"{place}: {place.key} asks for {entry.requirement!r} and not what was read."
        return CannotEdit(place=place, reason=reason, advice="Audit again.")
    try:
        wanted = requirement_for("cargo", entry.requirement, target, strategy)
    except VersionError as fault:
        reason = f"{place}: {dependency.name}: {fault.message}"
        return CannotEdit(place=place, reason=reason, advice=fault.advice)
    if wanted == entry.requirement:
        return ()
    span = text[entry.version.start : entry.version.end]
    change = replace_inside(place.path, text, entry.version, entry.requirement, wanted)
    # `\\u0031.0` holds "1.0" once as written, but not as meant.
    if change is None or b"\\" in span:
        reason = f"{place}: the requirement is written with escapes and is left alone."
        return CannotEdit(place=place, reason=reason, advice=f'Write it as "{entry.requirement}".')
    return (change,)
