"""Writes another version into one requirement of a package.json: only the range's own bytes change."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.ecosystems.npm.runtimes import TOOL_GROUPS, pinned_manager
from upgrader.ecosystems.npm.specifiers import is_exact, read_specifier
from upgrader.ecosystems.npm.workspace_file import edit_catalog
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit, RangeStrategy
from upgrader.source.json_spans import read_json
from upgrader.source.spans import Value
from upgrader.versions.strategies import requirement_for


def edit(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The span that makes this one place ask for `target` by the strategy; empty when it already does.

    An alias (`npm:name@range`) changes inside its range. A peer dependency is widened (`^1.0.0 || ^2.0.0`): it says
    what the users of the project may bring, and taking a version away from them is the author's decision.
    """
    if refusal := _refusal(dependency, target):
        return refusal
    if dependency.group in TOOL_GROUPS and strategy in ("bump", "replace", "widen"):
        strategy = "auto"  # a tool's pin is exact, whatever the author's way with ranges is
    if dependency.place.path.endswith((".yaml", ".yml")):
        return edit_catalog(text, dependency, target, strategy)
    try:
        found = _find(text, dependency)
    except (ManifestError, VersionError) as fault:
        return _refused(dependency, fault.message, fault.advice)
    before = dependency.requirement
    start = None if found is None else _offset(text, found, before)
    if found is None or start is None:
        return _refused(dependency, f"does not ask for {before!r} there any more, or writes it with escapes")
    try:
        after = requirement_for("npm", before, target, strategy, dependency.section)
    except VersionError as fault:
        return _refused(dependency, f"is left alone: {fault.message}", fault.advice)
    if after == before:
        return ()
    return (Edit(path=dependency.place.path, line=found.line, start=start, before=before, after=after),)


def _refusal(dependency: Dependency, target: str) -> CannotEdit | None:
    """Why this place can't ask for the target at all."""
    if dependency.immovable:
        return _refused(dependency, f"is a {dependency.immovable}", "Change it by hand.")
    if not is_exact(target):
        return _refused(dependency, f"{target[:80]!r} is not a version npm knows")
    if dependency.name == "yarn" and dependency.group in TOOL_GROUPS and not target.startswith(("0.", "1.")):
        return _refused(dependency, "is another package from version 2 on", "Run `yarn set version`.")
    return None


def _find(text: bytes, dependency: Dependency) -> Value | None:
    """The value at the dependency's keys, when it still says the same."""
    place = dependency.place.key
    usual = (dependency.group, dependency.alias or dependency.name)
    read = read_json(text, dependency.place.path, last_counts=True)
    if any(keys[:1] == usual[:1] for keys, _ in read.repeated):
        return None  # which of the two is meant, a person has to say
    values = [value for value in read.values if isinstance(value.value, str)]
    found = [value for value in values if value.keys == usual] or [
        value for value in values if ".".join(str(key) for key in value.keys) == place
    ]
    return found[0] if len(found) == 1 and _says_the_same(found[0], dependency) else None


def _says_the_same(value: Value, dependency: Dependency) -> bool:
    text, key = str(value.value), dependency.alias or dependency.name
    if dependency.group == "packageManager":
        return pinned_manager(text) == (key, dependency.requirement, "")
    if dependency.group in TOOL_GROUPS:
        return text == dependency.requirement
    asked = read_specifier(key, text)
    return (asked.name, asked.requirement) == (dependency.name, dependency.requirement)


def _offset(text: bytes, value: Value, requirement: str) -> int | None:
    """Where the range begins, in bytes; None when the string is not written letter by letter."""
    written = str(value.value)
    if text[value.start + 1 : value.end - 1] != written.encode():
        return None
    return value.start + 1 + len(written[: written.rindex(requirement)].encode())


def _refused(dependency: Dependency, reason: str, advice: str = "Change it by hand.") -> CannotEdit:
    return CannotEdit(
        place=dependency.place, reason=f"{dependency.place}: {dependency.name} {reason}", advice=advice
    )
