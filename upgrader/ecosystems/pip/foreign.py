"""Dependency tables and lockfiles of other Python tools: seen, named and held, so that none is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pyproject_file import Manifest
from upgrader.ecosystems.pip.requirements_files import find_shelves, is_requirements_file
from upgrader.ecosystems.pip.unread import FOREIGN_LOCKS, beside, declared_elsewhere, unread
from upgrader.model import Held

_OWN_TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("poetry", ("tool", "poetry", "dependencies")),
    ("poetry", ("tool", "poetry", "dev-dependencies")),
    ("poetry", ("tool", "poetry", "group", "*", "dependencies")),
    ("pdm", ("tool", "pdm", "dev-dependencies")),
    ("hatch", ("tool", "hatch", "envs", "*", "dependencies")),
    ("hatch", ("tool", "hatch", "envs", "*", "extra-dependencies")),
    ("flit", ("tool", "flit", "metadata", "requires")),
    ("flit", ("tool", "flit", "metadata", "requires-extra")),
    ("pixi", ("tool", "pixi", "dependencies")),
    ("pixi", ("tool", "pixi", "pypi-dependencies")),
)
_DYNAMIC_FILES = (
    ("tool", "setuptools", "dynamic", "dependencies", "file"),
    ("tool", "hatch", "metadata", "hooks", "requirements_txt", "files"),
)


def foreign_tables(tree: Tree, manifest: Manifest) -> list[Held]:
    """One held item for each declaration of another tool; a file of the standard tables alone has none."""
    held = []
    for tool, pattern in _OWN_TABLES:
        for keys, table in _found(manifest.document, pattern):
            # Poetry's table of a PEP 621 project may state nothing but the interpreter.
            if table and not (isinstance(table, dict) and set(table) <= {"python"}):
                place = manifest.place(keys)
                advice = (
                    f"Move them to [project] and [dependency-groups], or wait until {tool}'s table is read."
                )
                what = f"{'.'.join(keys)}: {tool}'s own table is not read yet"
                held.append(unread(manifest.path, place.line, what, advice))
    folder = manifest.path.rpartition("/")[0] or "."
    held += declared_elsewhere(tree, folder)
    return held + _dynamic(tree, manifest, folder, told=bool(held))


def foreign_locks(tree: Tree, folder: str) -> list[tuple[str, Held]]:
    """Other tools' lockfiles beside a manifest, each with its held item."""
    paths = [beside(folder, name) for name in FOREIGN_LOCKS]
    advice = "Lock the project with uv, or refresh it by hand with the tool that made it."
    what = "this lockfile is not read yet, so what it holds was not looked at"
    return [(path, unread(path, 1, what, advice)) for path in paths if tree.exists(path)]


def _found(table: Mapping[str, object], pattern: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """What stands at a path of keys in which `*` is any key."""
    first, *rest = pattern
    for key in table if first == "*" else (first,):
        inner = table.get(key)
        if not rest:
            if inner is not None:
                yield (key,), inner
        elif isinstance(inner, dict):
            yield from (((key, *below), found) for below, found in _found(inner, tuple(rest)))


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
