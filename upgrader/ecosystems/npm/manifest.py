"""What a package.json and its workspaces ask for: find the manifests, read them with their lockfile."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.npm.bun_catalogs import bun_catalogs
from upgrader.ecosystems.npm.foreign_lock import ForeignLock, with_sections
from upgrader.ecosystems.npm.lockfile import transitive, unproven
from upgrader.ecosystems.npm.manifest_edit import edit
from upgrader.ecosystems.npm.owned_lock import format_words, read_owned_lock
from upgrader.ecosystems.npm.owner import Owner, declared_runtime, find_owner, foreign_lock
from upgrader.ecosystems.npm.package_file import PackageFile, read_package_file, unreadable
from upgrader.ecosystems.npm.rows import Rows
from upgrader.ecosystems.npm.runtimes import NODE_FILES, node_rows, stated
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.ecosystems.npm.workspace_file import WorkspaceFile, read_workspace_file
from upgrader.ecosystems.npm.workspaces import match_members
from upgrader.errors import ManifestError
from upgrader.model import Held, Place, Project

__all__ = ["edit", "find_manifests", "normalise", "read_project"]

FILE = "package.json"
_FILES = (FILE, *NODE_FILES)
_NOT_OURS = frozenset(("node_modules", "bower_components"))


def find_manifests(paths: Sequence[str]) -> list[str]:
    """Every package.json that is not an installed package's; those of workspaces too, after the folders above them.

    A file that names a Node.js (.nvmrc) counts where no package.json stands beside it.
    """
    own = [
        path
        for path in paths
        if posixpath.basename(path) in _FILES and not _NOT_OURS.intersection(path.split("/")[:-1])
    ]
    found = [path for path in own if posixpath.basename(path) == FILE]
    folders = {posixpath.dirname(path) for path in found}
    for path in sorted(own, reverse=True):
        if posixpath.dirname(path) not in folders:
            folders.add(posixpath.dirname(path))
            found.append(path)
    return sorted(found, key=lambda path: (path.count("/"), path))


def read_project(tree: Tree, manifest: str) -> ProjectRead:
    """Read a root package.json, its workspaces and its lockfile. Raises ManifestError when the root can't be read."""
    if posixpath.basename(manifest) in NODE_FILES:
        return _read_node_file(tree, manifest)
    root = read_package_file(tree, manifest)
    owner = find_owner(tree, root)
    workspace = _workspace(tree, root, owner)
    files, held = _read_members(tree, root, workspace if owner.tool == "pnpm" else None)
    held += [*foreign_lock(owner), *workspace.held]
    lock, lock_held = read_owned_lock(tree, owner)
    beside = {workspace.path} if workspace.entries or workspace.overrides else set()
    project = Project(
        ecosystem="npm",
        folder=root.folder,
        manifest=manifest,
        manifests=(manifest, *sorted({*(file.path for file in files), *beside} - {manifest})),
        lockfile=owner.lockfile,
        tool=owner.tool,
        name=root.text("name"),
        runtime=declared_runtime(tree, root),
        lock_format=format_words(lock, root, workspace.settings) if lock else "",
    )
    reader = Rows(project, root, files, lock, workspace)
    dependencies = [row for file in (root, *files) for row in reader.rows(file)]
    dependencies += reader.catalog_rows()
    dependencies += [*reader.override_rows(files), *reader.config_rows()]
    for file in (root, *files):
        dependencies += stated(tree, file, project.id, workspace.settings)
    if isinstance(lock, ForeignLock):
        lock = with_sections(lock, reader.roots)
    if lock:
        others, unread = transitive(lock, reader.used, project.id)
        dependencies += others
        lock_held += [*unread, *unproven(lock)]
    ordered = sorted(dependencies, key=lambda row: (row.place.path, row.place.line, row.name, row.place.key))
    return ProjectRead(project=project, dependencies=tuple(ordered), held=(*held, *lock_held, *reader.held))


def _read_node_file(tree: Tree, manifest: str) -> ProjectRead:
    """A folder that names its Node.js and has no package.json."""
    folder = posixpath.dirname(manifest) or "."
    project = Project(
        ecosystem="npm", folder=folder, manifest=manifest, manifests=(manifest,), lockfile=None, tool="node"
    )
    return ProjectRead(project=project, dependencies=tuple(node_rows(tree, folder, project.id)))


def _workspace(tree: Tree, root: PackageFile, owner: Owner) -> WorkspaceFile:
    """The tool's own file with members, catalogs and overrides; bun has its catalogs in the root itself."""
    if owner.inherited:
        return WorkspaceFile()
    return bun_catalogs(root) if owner.tool == "bun" else read_workspace_file(tree, root.folder, owner.tool)


def _read_members(
    tree: Tree, root: PackageFile, workspace: WorkspaceFile | None
) -> tuple[list[PackageFile], list[Held]]:
    """The members: pnpm's stand in its own file alone, the others' in the root's `workspaces`."""
    patterns, held = (list(workspace.patterns), []) if workspace else _patterns(root)
    files: list[PackageFile] = []
    if not patterns:
        return files, held
    manifests = find_manifests(tree.walk())
    found, problems = match_members(root.folder, patterns, manifests)
    place = Place(path=root.path, line=root.lines.get(("workspaces",), 0), key="workspaces")
    if workspace:
        place = Place(path=workspace.path, line=1, key="packages")
    held += [unreadable(place, root.path, problem) for problem in problems]
    for path in found:
        try:
            files.append(read_package_file(tree, path))
        except ManifestError as fault:
            held.append(
                Held(
                    kind="unreadable",
                    subject=path,
                    reason=fault.message,
                    advice=fault.advice,
                    ecosystem="npm",
                    place=Place(path=path, line=0),
                )
            )
    return files, held


def _patterns(root: PackageFile) -> tuple[list[str], list[Held]]:
    """`"workspaces": ["packages/*"]`, or the older `{"packages": [...]}`."""
    top = ("workspaces",)
    base = top if top in root.arrays else (*top, "packages")
    inside = [keys for keys in root.paths if keys[: len(base)] == base and len(keys) == len(base) + 1]
    patterns = [text for keys, text in root.texts.items() if keys[:-1] == base]
    known = base in root.arrays or not any(keys[:1] == top for keys in root.paths)
    if known and len(inside) == len(patterns):
        return patterns, []
    place = Place(path=root.path, line=root.lines.get(top, 0), key="workspaces")
    return patterns, [
        unreadable(place, root.path, "workspaces: is not a list of folders", 'Write `["packages/*"]`.')
    ]
