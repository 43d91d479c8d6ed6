"""What lies around a module: its vendor folder, the go.work it belongs to, a missing go.sum."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.go.held import faulty, note, unreadable
from upgrader.ecosystems.go.mod_file import ModFile, Replace, Replacements, read_mod
from upgrader.errors import ManifestError
from upgrader.model import Held, Project


def beside(manifest: str, name: str) -> str:
    """The path of another file in the manifest's folder."""
    return posixpath.join(posixpath.dirname(manifest), name)


def is_vendored(tree: Tree, manifest: str) -> bool:
    """Whether the module keeps copies of its dependencies (https://go.dev/ref/mod#vendoring)."""
    return tree.exists(beside(manifest, "vendor/modules.txt"))


def surroundings(tree: Tree, project: Project, mod: ModFile) -> Iterator[Held]:
    """What keeps the module from being upgraded by go.mod and go.sum alone, and what is not looked at."""
    if is_vendored(tree, project.manifest):
        yield vendored(project.manifest)
    replacements = Replacements(mod.replace)
    fetched = [item for item in mod.require if not _is_folder(replacements.of(item.path, item.version))]
    work = _workspace_of(tree, project.folder)
    if fetched and project.lockfile is None and work is None:
        yield note(
            beside(project.manifest, "go.sum"),
            f"{project.manifest}:{fetched[0].line}: there is no go.sum beside it, so that Go builds nothing",
            "Run `go mod tidy` and commit go.sum.",
        )
    if work is not None and _speaks_for(tree, work, project.manifest):
        yield from _members(tree, work)


def vendored(manifest: str) -> Held:
    """The note about a vendor folder; also the reason why a step is refused."""
    path = beside(manifest, "vendor/modules.txt")
    return note(
        path,
        f"{path}: the dependencies are vendored; an upgrade would also have to rewrite the vendor folder, "
        "which this program does not do yet",
        "Upgrade by hand: `go get module@version`, `go mod tidy`, `go mod vendor`.",
    )


def _is_folder(replaced: Replace | None) -> bool:
    return replaced is not None and not replaced.new_version


def _workspace_of(tree: Tree, folder: str) -> str | None:
    """The nearest go.work at or above the folder, inside the tree."""
    at = "" if folder == "." else folder
    while True:
        path = posixpath.join(at, "go.work")
        if tree.exists(path):
            return path
        if not at:
            return None
        at = posixpath.dirname(at)


def _speaks_for(tree: Tree, work: str, manifest: str) -> bool:
    """One module tells about the workspace: the first below it, so that nothing is said twice."""
    prefix = work.removesuffix("go.work")
    modules = [
        path for path in tree.walk() if path.startswith(prefix) and posixpath.basename(path) == "go.mod"
    ]
    return not modules or min(modules, key=lambda path: (path.count("/"), path)) == manifest


def _members(tree: Tree, work: str) -> Iterator[Held]:
    """The note about a workspace, and its members that are not there."""
    try:
        file = read_mod(tree.read(work), work)
    except ManifestError as fault:
        yield unreadable(work, 0, fault.message, fault.advice)
        return
    yield from faulty(work, file.faults, "Mend the line.")
    for member in file.use:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(work), member.path, "go.mod"))
        if path.startswith(("../", "/")) or not tree.exists(path):
            reason = f"{work}:{member.line}: uses {member.path[:200]}, which holds no go.mod below the audited folder."
            yield unreadable(work, member.line, reason, "Mend the path, or audit the folder above.")
    replaced = "; its own replace directives are not applied" if file.replace else ""
    yield note(
        work,
        f"{work}: a workspace of {len(file.use)} modules: each is read and upgraded as a project of its own, "
        f"the versions chosen for all of them together are not looked at{replaced}",
        "After upgrades run `go work sync` if the modules shall agree.",
    )
