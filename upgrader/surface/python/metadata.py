"""What a Python release says of itself: Requires-Python, extras, entry points, licence (core metadata, PEP 621)."""

from __future__ import annotations

import configparser
import email.parser
import tomllib

from msgspec import Struct
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from upgrader.errors import ArtefactError
from upgrader.model.impact import ApiChange
from upgrader.surface.artefact import Artefact
from upgrader.surface.python.compare import change

_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(5, 21)))


class Metadata(Struct, frozen=True, kw_only=True):
    """The parts of the metadata that a user can depend on."""

    name: str = ""
    version: str = ""
    requires_python: str = ""
    extras: frozenset[str] = frozenset()
    licence: str = ""
    scripts: frozenset[str] = frozenset()
    told: bool = False
    """There is metadata at all."""


def read_metadata(artefact: Artefact) -> Metadata:
    """METADATA of a wheel, PKG-INFO of an sdist, or pyproject.toml; empty where none can be read."""
    for path in artefact.paths:
        if path == "PKG-INFO" or (
            path.count("/") == 1 and path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO"))
        ):
            return _of_message(artefact, path)
    if "pyproject.toml" in artefact:
        return _of_project(artefact)
    return Metadata()


def package_changes(old: Artefact, new: Artefact) -> list[ApiChange]:
    """What the metadata of two releases says differently; nothing where one of them has none."""
    before, after = read_metadata(old), read_metadata(new)
    if not (before.told and after.told):
        return []
    name = after.name or before.name or new.name
    found = []
    lost = _lost_pythons(before.requires_python, after.requires_python)
    if lost:
        hint = f"Python {', '.join(lost)} can't run it any more."
        words = (before.requires_python, after.requires_python)
        found.append(change("runtime_requirement_raised", name, *words, hint=hint))
    found += [
        change("feature_removed", f"{name}[{extra}]", extra) for extra in sorted(before.extras - after.extras)
    ]
    found += [
        change("entrypoint_removed", script, script) for script in sorted(before.scripts - after.scripts)
    ]
    if before.licence and after.licence and before.licence != after.licence:
        found.append(change("licence_changed", name, before.licence, after.licence))
    return [_from_metadata(item) for item in found]


def _from_metadata(item: ApiChange) -> ApiChange:
    from msgspec.structs import replace

    return replace(item, layer="manifest")


def _lost_pythons(before: str, after: str) -> list[str]:
    """Minor releases of Python that the old requirement takes and the new one does not."""
    try:
        old, new = SpecifierSet(before), SpecifierSet(after)
    except InvalidSpecifier:
        return []
    return [item for item in _PYTHONS if _takes(old, item) and not _takes(new, item)]


def _takes(wanted: SpecifierSet, minor: str) -> bool:
    """Whether some patch release of a Python fits (`>=3.8.1` takes 3.8)."""
    return any(wanted.contains(f"{minor}.{patch}") for patch in (0, 1, 5, 18))


def _of_message(artefact: Artefact, path: str) -> Metadata:
    try:
        text = artefact.read(path).decode("utf-8", "replace")
    except ArtefactError:
        return Metadata()
    fields = email.parser.HeaderParser().parsestr(text)
    folder = path.rpartition("/")[0]
    licence = str(fields.get("License-Expression") or "")
    return Metadata(
        name=str(canonicalize_name(str(fields.get("Name") or ""))),
        version=str(fields.get("Version") or ""),
        requires_python=str(fields.get("Requires-Python") or ""),
        extras=frozenset(
            str(canonicalize_name(str(item))) for item in fields.get_all("Provides-Extra") or ()
        ),
        licence=licence,
        scripts=_scripts(artefact, f"{folder}/entry_points.txt" if folder else "entry_points.txt"),
        told=True,
    )


def _scripts(artefact: Artefact, path: str) -> frozenset[str]:
    if path not in artefact:
        return frozenset()
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    try:
        parser.read_string(artefact.read(path).decode("utf-8", "replace"))
    except (configparser.Error, ArtefactError):
        return frozenset()
    return frozenset(
        name
        for section in ("console_scripts", "gui_scripts")
        if parser.has_section(section)
        for name in parser.options(section)
    )


def _of_project(artefact: Artefact) -> Metadata:
    try:
        data = tomllib.loads(artefact.read("pyproject.toml").decode("utf-8"))
    except (ArtefactError, ValueError, RecursionError):
        return Metadata()
    project = data.get("project")
    if not isinstance(project, dict):
        return Metadata()
    extras, scripts = project.get("optional-dependencies"), project.get("scripts")
    licence = project.get("license")
    return Metadata(
        name=str(canonicalize_name(str(project.get("name", "")))),
        version=str(project.get("version", "")),
        requires_python=str(project.get("requires-python", "")),
        extras=frozenset(str(canonicalize_name(item)) for item in extras)
        if isinstance(extras, dict)
        else frozenset(),
        licence=licence if isinstance(licence, str) else "",
        scripts=frozenset(scripts) if isinstance(scripts, dict) else frozenset(),
        told=True,
    )
