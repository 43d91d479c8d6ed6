"""Which files are a Python project's manifests, what they ask, and how one place is made to ask for another version."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.compiled import made_by
from upgrader.ecosystems.pip.pep508 import Specifier, normalise, read_specifier
from upgrader.ecosystems.pip.pipfile import read_pipfile
from upgrader.ecosystems.pip.pyproject import read_pyproject
from upgrader.ecosystems.pip.python_rows import VERSION_FILE, pinned_rows, setup_rows
from upgrader.ecosystems.pip.requirements_files import (
    LINES,
    find_shelves,
    group_folder,
    is_requirements_file,
    read_group,
)
from upgrader.ecosystems.pip.requirements_text import byte_offset, decode, read_lines
from upgrader.ecosystems.pip.scripts import find_scripts, read_script, script_toml
from upgrader.ecosystems.pip.setup_files import (
    NAMES,
    python_requires,
    read_setup,
    requirement_start,
    stated,
    written,
)
from upgrader.ecosystems.pip.unread import declared_runtime
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit, Place, Project, RangeStrategy
from upgrader.source.spans import Value, replace_inside
from upgrader.source.toml_spans import toml_values
from upgrader.versions.strategies import requirement_for

__all__ = ["edit", "find_manifests", "normalise", "read_project"]

_TABLES = ("tool.poetry.", "tool.pdm.overrides.", "tool.pdm.resolution.")
"""Where a value is a version alone."""
Editor = Callable[[bytes, Dependency, str, str], Sequence[Edit] | CannotEdit]


def find_manifests(paths: Sequence[str]) -> list[str]:
    """Every pyproject.toml, Pipfile and requirements file, and an older declaration where a folder has none."""
    found = [path for path in paths if path.rpartition("/")[2] in ("pyproject.toml", "Pipfile")]
    shelves = find_shelves(paths)
    told = {path.rpartition("/")[0] or "." for path in found if path.endswith(".toml")}
    pipenv = {path.rpartition("/")[0] or "." for path in found if path.endswith("Pipfile")}
    for path in paths:
        if is_requirements_file(path, shelves):
            found.append(path)
            told.add(group_folder(path, shelves))
    for wanted in (*NAMES, VERSION_FILE):
        told |= pipenv if wanted == VERSION_FILE else set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if name == wanted and (folder or ".") not in told:
                told.add(folder or ".")
                found.append(path)
    return sorted({*found, *find_scripts(paths)})


def read_project(tree: Tree, manifest: str) -> ProjectRead:
    """Read a pyproject.toml with its workspace, or the requirements files of one folder. Raises ManifestError."""
    name = manifest.rpartition("/")[2]
    if name == "Pipfile":
        return read_pipfile(tree, manifest)
    if name == "pyproject.toml":
        return read_pyproject(tree, manifest)
    if name.endswith(LINES):
        return read_group(tree, manifest)
    if name not in (*NAMES, VERSION_FILE):
        return read_script(tree, manifest)
    return _read_setup_alone(tree, manifest)


def _read_setup_alone(tree: Tree, manifest: str) -> ProjectRead:
    folder = manifest.rpartition("/")[0] or "."
    setup = read_setup(tree, folder, f"pip:{manifest}", with_requirements=False)
    project = Project(
        ecosystem="pip",
        folder=folder,
        manifest=manifest,
        manifests=(manifest, *(path for path in setup.paths if path != manifest)),
        lockfile=None,
        tool="pip",
        name=stated(tree, folder, "metadata", "name"),
        runtime=python_requires(tree, folder) or declared_runtime(tree, folder),
    )
    rows = [
        *setup.rows,
        *setup_rows(tree, folder, project.id),
        *pinned_rows(tree, folder, project.id),
    ]
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(setup.held))


def edit(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The one span that makes this place ask for `target`; empty when it does already or asks for no version."""
    if dependency.immovable:
        return CannotEdit(place=dependency.place, reason=f"{dependency.place}: {dependency.immovable}")
    if not dependency.requirement:
        return ()
    try:
        wanted = requirement_for("pip", dependency.requirement, target, strategy)
    except VersionError as fault:
        reason = f"{dependency.place}: {dependency.name}: {fault.message}"
        return CannotEdit(place=dependency.place, reason=reason, advice=fault.advice)
    if wanted == dependency.requirement:
        return ()
    try:
        return _editor(dependency.place)(text, dependency, wanted, target)
    except ManifestError as fault:
        return CannotEdit(place=dependency.place, reason=fault.message, advice=fault.advice)


def _editor(place: Place) -> Editor:
    """Who knows how requirements stand in this file."""
    name = place.path.rpartition("/")[2]
    if name == "Pipfile" or (name.endswith(".toml") and place.key.startswith(_TABLES)):
        return _edit_table
    if name in NAMES:
        return _edit_setup
    return _edit_toml if name.endswith((".toml", ".py")) else _edit_line


def _edit_table(text: bytes, dependency: Dependency, wanted: str, target: str) -> Sequence[Edit] | CannotEdit:
    """A value that is a version alone: the blanks around it stay."""
    place, before = dependency.place, dependency.requirement
    values = [item for item in toml_values(text, place.path) if item.path == place.key]
    value = next((item for item in values if str(item.value).strip() == before), None)
    if value is None:
        return _moved(dependency)
    found = replace_inside(place.path, text, value, before, wanted)
    return _escaped(place, wanted) if found is None else (found,)


def _edit_setup(text: bytes, dependency: Dependency, wanted: str, target: str) -> Sequence[Edit] | CannotEdit:
    place = dependency.place
    values, _ = written(text, place.path)
    value = next((item for item in values if item.path == place.key), None)
    asked = read_specifier(str(value.value), str(place)) if value else None
    if value is None or asked is None or not _is_same(asked, dependency):
        return _moved(dependency)
    start = requirement_start(text, value, asked)
    if start is not None:
        return (_span(text, place.path, start, dependency.requirement, wanted),)
    found = replace_inside(place.path, text, value, dependency.requirement, wanted)
    return _escaped(place, wanted) if found is None else (found,)


def _edit_toml(text: bytes, dependency: Dependency, wanted: str, target: str) -> Sequence[Edit] | CannotEdit:
    place = dependency.place
    toml = text if place.path.endswith(".toml") else script_toml(text, place.path) or b""
    value = next((item for item in toml_values(toml, place.path) if item.path == place.key), None)
    asked = read_specifier(value.value, str(place)) if value and isinstance(value.value, str) else None
    if value is None or asked is None or not _is_same(asked, dependency):
        return _moved(dependency)
    start = _inside(text, value, asked)
    if start is not None:
        return (_span(text, place.path, start, dependency.requirement, wanted),)
    found = replace_inside(place.path, text, value, dependency.requirement, wanted)
    return _escaped(place, wanted) if found is None else (found,)


def _escaped(place: Place, wanted: str) -> CannotEdit:
    reason = f"{place}: {place.key}: the string is written with escapes, so its version was left alone"
    return CannotEdit(place=place, reason=reason, advice=f"Write {wanted!r} by hand.")


def _inside(text: bytes, value: Value, asked: Specifier) -> int | None:
    """The byte where the requirement begins inside a plain one-line string; None for any other string."""
    inner = text[value.start + 1 : value.end - 1]
    written = str(value.value)
    if inner != written.encode():
        return None
    return value.start + 1 + len(written[: asked.start].encode())


def _edit_line(text: bytes, dependency: Dependency, wanted: str, target: str) -> Sequence[Edit] | CannotEdit:
    place = dependency.place
    content = decode(text, place.path)
    if command := made_by(content):
        reason = f"{place}: the file is written by a tool, so its line was left alone"
        return CannotEdit(
            place=place, reason=reason, advice=f"Run `{command}` for {dependency.name}=={target}."
        )
    found = [line for line in read_lines(content, place.path) if getattr(line, "number", 0) == place.line]
    for line in found:
        if isinstance(line, ManifestError) or not line.asks:
            continue
        asked = read_specifier(line.asks, str(place))
        if not _is_same(asked, dependency):
            continue
        if any(name == "hash" for name, _ in line.options):
            reason = f"{place}: the line has hashes, and those of {target} are not known here"
            advice = (
                f"Run `pip-compile --generate-hashes -P {dependency.name}=={target}`, or write them by hand."
            )
            return CannotEdit(place=place, reason=reason, advice=advice)
        at = line.place(asked.start, asked.start + len(asked.requirement))
        start = None if at is None else byte_offset(text, content, at)
        if start is None:
            return CannotEdit(
                place=place,
                reason=f"{place}: the requirement runs over a line end, or the file is not UTF-8",
                advice=f"Write {wanted!r} by hand, or save the file as UTF-8.",
            )
        return (_span(text, place.path, start, dependency.requirement, wanted),)
    return _moved(dependency)


def _is_same(asked: Specifier, dependency: Dependency) -> bool:
    return (asked.name, asked.requirement) == (dependency.name, dependency.requirement)


def _span(text: bytes, path: str, start: int, before: str, after: str) -> Edit:
    """The smallest edit: what both have in common at the start stays."""
    return Edit(path=path, line=text.count(b"\n", 0, start) + 1, start=start, before=before, after=after)


def _moved(dependency: Dependency) -> CannotEdit:
    place = dependency.place
    reason = f"{place}: {dependency.name} {dependency.requirement} does not stand there any more"
    return CannotEdit(place=place, reason=reason, advice="Read the project again.")
