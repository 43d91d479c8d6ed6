"""Which Pythons a project says it runs on, as rows: requires-python, Poetry's and Pipfile's keys, .python-version."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip import setup_cfg
from upgrader.ecosystems.pip.pyproject_file import Manifest
from upgrader.ecosystems.pip.requirements_text import decode
from upgrader.ecosystems.pip.setup_py import SetupFile
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError
from upgrader.model import RUNTIME, Dependency, PackageName, Place, Section
from upgrader.source.toml_spans import Keys

RANGE = f"{RUNTIME}says which Pythons the project runs on, which its author alone can widen or raise"
RELEASE = f"{RUNTIME}releases of Python are in no package index"
VERSION_FILE = ".python-version"
"""One version on each line, as pyenv and uv read it (https://docs.astral.sh/uv/concepts/python-versions/)."""
_KEYS: tuple[Keys, ...] = (
    ("project", "requires-python"),
    ("requires-python",),
    ("tool", "poetry", "dependencies", "python"),
    ("tool", "poetry", "dependencies", "python", "version"),
    ("tool", "flit", "metadata", "requires-python"),
    ("requires", "python_version"),
    ("requires", "python_full_version"),
)
"""Where a pyproject.toml, a script's block and a Pipfile (`requires`) say it."""


def python_rows(manifest: Manifest, project: str) -> Iterator[Dependency]:
    """What one TOML file says."""
    for keys in _KEYS:
        told = manifest.get(*map(str, keys))
        if isinstance(told, str):
            group = next(str(key) for key in reversed(keys) if key != "version")
            yield _row(manifest.place(keys), told, project, "prod", group, RANGE)


def pinned_rows(tree: Tree, folder: str, project: str) -> Iterator[Dependency]:
    """What `.python-version` in a folder says, a row for each line."""
    path = beside(folder, VERSION_FILE)
    try:
        text = decode(tree.read(path), path) if tree.exists(path) else ""
    except ManifestError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        told = line.partition("#")[0].strip()
        if told:
            key = VERSION_FILE if number == 1 else f"{VERSION_FILE}#{number}"
            place = Place(path=path, line=number, key=key)
            yield _row(place, told[:100], project, "dev", VERSION_FILE, RELEASE)


def setup_rows(tree: Tree, folder: str, project: str) -> Iterator[Dependency]:
    """`python_requires` of setup.cfg and setup.py."""
    for name in ("setup.cfg", "setup.py"):
        path = beside(folder, name)
        try:
            found = _in_setup(tree.read(path), path) if tree.exists(path) else None
        except ManifestError:
            found = None
        if found is not None:
            place = Place(path=path, line=found[0], key="python_requires")
            yield _row(place, found[1], project, "prod", "python_requires", RANGE)


def _in_setup(text: bytes, path: str) -> tuple[int, str] | None:
    """Line and words."""
    if path.endswith(".py"):
        return SetupFile(text, path).stated_at("python_requires")
    for option in setup_cfg.options(text, path):
        if (option.section, option.key) == ("options", "python_requires") and option.parts:
            return option.parts[0][0], " ".join(part for _, _, part in option.parts)
    return None


def _row(place: Place, told: str, project: str, section: Section, group: str, why: str) -> Dependency:
    return Dependency(
        ecosystem="pip",
        name=PackageName("python"),
        project=project,
        requirement=told.strip(),
        locked=None,
        section=section,
        direct=True,
        place=place,
        group=group,
        immovable=why,
    )
