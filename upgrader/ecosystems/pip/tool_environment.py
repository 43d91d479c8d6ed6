"""How poetry, pdm and pipenv install what their lockfile holds, and their tables in pip's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pyproject_file import Manifest, read_manifest
from upgrader.ecosystems.pip.refresh import PDM_ENV, PIPENV_ENV, POETRY_ENV
from upgrader.ecosystems.pip.unread import is_specifier
from upgrader.ecosystems.pip.version_tables import (
    Asked,
    VersionTable,
    in_standard_words,
    pipfile_tables,
    poetry_tables,
    read_entries,
)
from upgrader.errors import ManifestError
from upgrader.model import Command, Project

TEST_NAMES = frozenset(("test", "tests", "testing", "dev", "develop", "development", "pytest", "ci"))
"""Extras and groups that hold what the tests need, by their usual names."""
# Poetry would rather fill the environment a person stands in: the clean environment of commands has no VIRTUAL_ENV.
_IN_PROJECT = {"POETRY_VIRTUALENVS_CREATE": "true", "POETRY_VIRTUALENVS_IN_PROJECT": "true"}


def install_locked(project: Project, manifest: Manifest | None) -> Command | None:
    """The command that fills `.venv` from the lockfile as it stands; None where pip does it instead."""
    if project.lockfile is None:
        return None
    words: tuple[str, ...]
    match project.tool:
        case "poetry":
            words, env = (
                ("poetry", "install", "--no-ansi", *_options(manifest)),
                {**POETRY_ENV, **_IN_PROJECT},
            )
        case "pdm":
            words, env = ("pdm", "install", "--frozen-lockfile", *_pdm_groups(manifest)), PDM_ENV
        case "pipenv":
            words, env = ("pipenv", "sync", "--dev"), PIPENV_ENV
        case _:
            return None
    why = f"install what {project.lockfile} holds"
    return Command(argv=words, folder=project.folder, env=env, why=why, network=True)


def table_requirements(tree: Tree, project: Project, *, everything: bool) -> list[str]:
    """What the tables ask, as PEP 508 strings: the tests' groups, or also what the project itself needs."""
    wanted = []
    entries = list(_entries(tree, project))
    many = Counter((table.keys, asked.name) for table, asked in entries)
    for table, asked in entries:
        if many[table.keys, asked.name] > 1:
            continue  # Conditions choose among them, and pip takes one alone.
        plain = table.section == "prod" and (everything or project.manifest.endswith("Pipfile"))
        words = in_standard_words(asked.requirement)
        if (plain or _is_for_tests(table)) and not asked.immovable and is_specifier(words):
            wanted.append(f"{asked.name}{words}")
    return list(dict.fromkeys(wanted))


def table_names(tree: Tree, project: Project) -> list[str]:
    """The packages that the tables ask for and that are installed."""
    return [
        asked.name
        for table, asked in _entries(tree, project)
        if table.section == "prod" or _is_for_tests(table)
    ]


def _entries(tree: Tree, project: Project) -> Iterator[tuple[VersionTable, Asked]]:
    for path in project.manifests:
        if not path.endswith(("pyproject.toml", "Pipfile")) or not tree.exists(path):
            continue
        try:
            manifest = read_manifest(tree, path)
        except ManifestError:
            continue
        tables = pipfile_tables if path.endswith("Pipfile") else poetry_tables
        for table in tables(manifest):
            for asked in read_entries(manifest, table):
                if isinstance(asked, Asked):
                    yield table, asked


def _is_for_tests(table: VersionTable) -> bool:
    return table.group in TEST_NAMES or table.group in ("dev-dependencies", "dev-packages")


def _options(manifest: Manifest | None) -> Iterator[str]:
    """Extras and optional groups of poetry that hold what the tests need; other groups are installed anyway."""
    if manifest is None:
        return
    for keys in (("tool", "poetry", "extras"), ("project", "optional-dependencies")):
        for name in _names(manifest, *keys):
            yield f"--extras={name}"
    for name in _names(manifest, "tool", "poetry", "group"):
        if manifest.get("tool", "poetry", "group", name, "optional") is True:
            yield f"--with={name}"


def _pdm_groups(manifest: Manifest | None) -> list[str]:
    return (
        [f"--group={name}" for name in _names(manifest, "project", "optional-dependencies")]
        if manifest
        else []
    )


def _names(manifest: Manifest, *keys: str) -> list[str]:
    table = manifest.get(*keys)
    return sorted(name for name in (table if isinstance(table, dict) else {}) if name.lower() in TEST_NAMES)
