"""Dependency tables and lockfiles of other Python tools: seen, named and held, so that none is dropped in silence."""

from __future__ import annotations

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pyproject_file import Manifest, found_at
from upgrader.ecosystems.pip.requirements_files import find_shelves, is_requirements_file
from upgrader.ecosystems.pip.unread import beside, unread
from upgrader.model import Held

_OWN_TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("hatch", ("tool", "hatch", "envs", "*", "overrides", "*", "*", "dependencies")),
    ("hatch", ("tool", "hatch", "envs", "*", "overrides", "*", "*", "extra-dependencies")),
    ("pixi", ("tool", "pixi", "dependencies")),
    ("pixi", ("tool", "pixi", "pypi-dependencies")),
    ("pixi", ("tool", "pixi", "host-dependencies")),
    ("pixi", ("tool", "pixi", "build-dependencies")),
    ("pixi", ("tool", "pixi", "*", "*", "dependencies")),
    ("pixi", ("tool", "pixi", "*", "*", "pypi-dependencies")),
    ("rye", ("tool", "rye", "dev-dependencies")),
)
_DYNAMIC_FILES = (
    ("tool", "setuptools", "dynamic", "dependencies", "file"),
    ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files"),
)


def foreign_tables(tree: Tree, manifest: Manifest, *, told: bool) -> list[Held]:
    """One held item for each declaration of another tool; `told` when something else says what is dynamic."""
    held = []
    for tool, pattern in _OWN_TABLES:
        for keys, table in found_at(manifest.document, pattern):
            if table:
                place = manifest.place(keys)
                advice = (
                    f"Move them to [project] and [dependency-groups], or wait until {tool}'s table is read."
                )
                what = f"{'.'.join(keys)}: {tool}'s own table is not read yet"
                held.append(unread(manifest.path, place.line, what, advice))
    folder = manifest.path.rpartition("/")[0] or "."
    return held + _dynamic(tree, manifest, folder, told=told or bool(held))


def _dynamic(tree: Tree, manifest: Manifest, folder: str, *, told: bool) -> list[Held]:
    """Dependencies that a build backend computes: from requirements files that are read anyway, or unknown to us."""
    dynamic = manifest.get("project", "dynamic")
    if not isinstance(dynamic, list) or not {"dependencies", "optional-dependencies"} & set(
        map(str, dynamic)
    ):
        return []
    files: list[str] = []
    for keys in _DYNAMIC_FILES:
        told_files = manifest.get(*keys)
        files += (
            [told_files]
            if isinstance(told_files, str)
            else told_files
            if isinstance(told_files, list)
            else []
        )
    shelves = find_shelves(tree.walk())
    missing = [name for name in files if not is_requirements_file(beside(folder, str(name)), shelves)]
    if (files and not missing) or (told and not files):
        return []
    place = manifest.place(("project", "dynamic"))
    source = f"come from {', '.join(map(str, missing))}" if missing else "are computed by the build backend"
    advice = "List them in [project] dependencies, or in a requirements.txt."
    return [
        unread(manifest.path, place.line, f"project.dynamic: the dependencies {source}, not read yet", advice)
    ]
