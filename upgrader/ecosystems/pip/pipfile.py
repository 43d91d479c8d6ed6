"""pipenv's Pipfile with its Pipfile.lock, as a project of its own."""

from __future__ import annotations

from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.locks import FoundLock, read_beside
from upgrader.ecosystems.pip.pyproject_file import read_manifest
from upgrader.ecosystems.pip.python_rows import pinned_rows, python_rows
from upgrader.ecosystems.pip.unread import beside, declared_name, declared_runtime
from upgrader.ecosystems.pip.version_tables import Fault, pipfile_tables, python_of, read_entries, row_of
from upgrader.model import Dependency, Held, Project


def read_pipfile(tree: Tree, path: str) -> ProjectRead:
    """Read a Pipfile and the Pipfile.lock beside it. Raises ManifestError when it is no TOML."""
    manifest = read_manifest(tree, path)
    folder = path.rpartition("/")[0] or "."
    held: list[Held] = []
    beside_it = beside(folder, "Pipfile.lock")
    found = read_beside(tree, beside_it, held) if tree.exists(beside_it) else FoundLock()
    project = Project(
        ecosystem="pip",
        folder=folder,
        manifest=path,
        manifests=(path,),
        lockfile=found.path,
        tool=found.tool or "pip",
        name=declared_name(tree, folder),
        runtime=python_of(manifest) or declared_runtime(tree, folder),
        lock_format=found.lock.built() if found.lock else "",
    )
    rows: list[Dependency] = []
    for table in pipfile_tables(manifest):
        for asked in read_entries(manifest, table):
            if isinstance(asked, Fault):
                held.append(asked.held(manifest))
                continue
            locked = None
            if found.lock is not None:
                locked = found.lock.locked_at("", asked.section, table.group, asked.name, asked.requirement)
            rows.append(row_of(asked, manifest, project.id, table.group, locked))
    rows += python_rows(manifest, project.id)
    if not any(tree.exists(beside(folder, name)) for name in ("pyproject.toml", "requirements.txt")):
        rows += pinned_rows(tree, folder, project.id)
    if found.lock is not None:
        rows += found.lock.transitive(project.id, rows)
    if found.stuck:
        rows = [row if row.immovable else replace(row, immovable=found.stuck) for row in rows]
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(held))
