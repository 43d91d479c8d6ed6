"""What lies around a module: its vendor folder, the go.work it belongs to, a missing go.sum; and go.work itself."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Set
from weakref import WeakKeyDictionary

from msgspec import Struct, field
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.go.held import faulty, note, unreadable
from upgrader.ecosystems.go.mod_file import ModFile, Named, Replace, Replacements, Require, read_mod
from upgrader.errors import ManifestError
from upgrader.model import RUNTIME, Dependency, Held, PackageName, Place, Project

_MODULE = re.compile(rb'^[ \t]*module[ \t]+[("\s]*([^\s"()]+)', re.MULTILINE)
GO = f"{RUNTIME}the lowest Go, the author's to raise"
TOOLCHAIN = f"{RUNTIME}the Go that builds it; its releases are not looked up"


class Around(Struct, frozen=True, kw_only=True):
    """What the workspace around a module says of it (https://go.dev/ref/mod#workspaces)."""

    path: str = ""
    """The go.work, "" where no workspace takes the module in."""
    replace: tuple[Replace, ...] = ()
    """Its replace directives, which go before the modules' own."""
    modules: Mapping[str, int] = field(default_factory=dict)
    """Path of every module of it to the line that takes it in."""


def beside(manifest: str, name: str) -> str:
    """The path of another file in the manifest's folder."""
    return posixpath.join(posixpath.dirname(manifest), name)


def is_vendored(tree: Tree, manifest: str) -> bool:
    """Whether the module keeps copies of its dependencies (https://go.dev/ref/mod#vendoring)."""
    return tree.exists(beside(manifest, "vendor/modules.txt"))


def surroundings(tree: Tree, project: Project, mod: ModFile, around: Around) -> Iterator[Held]:
    """What keeps the module from being built as it stands."""
    replacements = Replacements([*mod.replace, *around.replace])
    fetched = [item for item in mod.require if not _is_folder(replacements.of(item.path, item.version))]
    if fetched and project.lockfile is None and not around.path:
        yield note(
            beside(project.manifest, "go.sum"),
            f"{project.manifest}:{fetched[0].line}: there is no go.sum beside it, so that Go builds nothing",
            "Run `go mod tidy` and commit go.sum.",
        )


def read_around(tree: Tree, manifest: str) -> Around:
    """The workspace that takes this module in; one without a path where there is none, or it can't be read."""
    path = _workspace_of(tree, posixpath.dirname(manifest))
    if path is None:
        return Around()
    # A tree of a thousand modules would otherwise read each of them for each of them.
    known = _SEEN.setdefault(tree, {})
    if path not in known:
        known[path] = _read_space(tree, path)
    return known[path].around if manifest in known[path].manifests else Around()


class _Space(Struct, frozen=True, kw_only=True):
    """A workspace and the go.mod files that it takes in."""

    manifests: Set[str] = frozenset()
    around: Around = Around()


_SEEN: WeakKeyDictionary[Tree, dict[str, _Space]] = WeakKeyDictionary()
"""Workspaces of a tree by path, as long as the tree is looked at."""


def _read_space(tree: Tree, path: str) -> _Space:
    try:
        file = read_mod(tree.read(path), path)
    except ManifestError:
        return _Space()
    members = {_manifest_of(path, item): item.line for item in file.use}
    modules: dict[str, int] = {}
    for manifest, line in members.items():
        try:
            found = _MODULE.search(tree.read(manifest)) if tree.exists(manifest) else None
        except ManifestError:
            continue
        if found:
            modules[found[1].decode("utf-8", "replace")] = line
    around = Around(path=path, replace=tuple(file.replace), modules=modules)
    return _Space(manifests=members.keys(), around=around)


def overruled(row: Dependency, item: Require, around: Around) -> Dependency:
    """The row, immovable where the workspace takes something else whatever go.mod asks for."""
    if item.path in around.modules:
        why = f"workspace member ({around.path}:{around.modules[item.path]})"
        return replace(row, immovable=row.immovable or why)
    found = Replacements(around.replace).of(item.path, item.version)
    if found is None:
        return row
    what = f"{found.new_path} {found.new_version}".rstrip()
    return replace(row, immovable=row.immovable or f"replaced by {what[:200]} ({around.path}:{found.line})")


def derived(tree: Tree, manifest: str, around: Around) -> str:
    """What has to follow go.mod and go.sum, for `Project.lock_format`: `vendor`, `work <path>`, `work-vendor <path>`.

    A vendor folder beside go.work holds the modules of all its members (`go work vendor`).
    """
    if around.path:
        shared = tree.exists(beside(around.path, "vendor/modules.txt"))
        return f"{'work-vendor' if shared else 'work'} {around.path}"
    return "vendor" if is_vendored(tree, manifest) else ""


def read_work(tree: Tree, manifest: str) -> ProjectRead:
    """A go.work: its go and toolchain lines and what it replaces for all its modules, which are projects themselves.

    Raises ManifestError when it cannot be read as text.
    """
    file = read_mod(tree.read(manifest), manifest)
    sums = f"{manifest}.sum"
    project = Project(
        ecosystem="go",
        folder=posixpath.dirname(manifest) or ".",
        manifest=manifest,
        manifests=(manifest,),
        lockfile=sums if tree.exists(sums) else None,
        tool="go",
        runtime=file.go,
    )
    held = list(faulty(manifest, file.faults, "Mend the line."))
    for member in file.use:
        path = _manifest_of(manifest, member)
        if path.startswith(("../", "/")) or not tree.exists(path):
            what = f"uses {member.path[:200]}, which holds no go.mod below the audited folder."
            reason = f"{manifest}:{member.line}: {what}"
            held.append(
                unreadable(manifest, member.line, reason, "Mend the path, or audit the folder above.")
            )
    rows = [*runtime_rows(project, file), *(_replaced(project, item) for item in file.replace)]
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(held))


def runtime_rows(project: Project, file: ModFile) -> Iterator[Dependency]:
    """The go and toolchain directives (https://go.dev/doc/toolchain)."""
    stated = (
        ("go", file.go, file.go_line, GO),
        ("toolchain", file.toolchain, file.toolchain_line, TOOLCHAIN),
    )
    for name, text, line, why in stated:
        if text:
            yield Dependency(
                ecosystem="go",
                name=PackageName(name),
                project=project.id,
                requirement=text,
                locked=None,
                section="prod" if name == "go" else "dev",
                direct=True,
                place=Place(path=project.manifest, line=line, key=name),
                group=name,
                immovable=why,
            )


def _replaced(project: Project, item: Replace) -> Dependency:
    what = f"{item.new_path} {item.new_version}".rstrip()
    why = f"replaced by {what[:200]} for all modules of the workspace: change it there and run `go work sync`"
    return Dependency(
        ecosystem="go",
        name=PackageName(item.old_path),
        project=project.id,
        requirement=item.new_version,
        locked=item.new_version or None,
        section="prod",
        direct=True,
        place=Place(path=project.manifest, line=item.line, key="replace"),
        group="replace",
        immovable=why,
    )


def _manifest_of(work: str, member: Named) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(work), member.path, "go.mod"))


def _is_folder(replaced: Replace | None) -> bool:
    return replaced is not None and not replaced.new_version


def _workspace_of(tree: Tree, folder: str) -> str | None:
    """The nearest go.work at or above the folder, inside the tree."""
    at = folder
    while True:
        path = posixpath.join(at, "go.work")
        if tree.exists(path):
            return path
        if not at:
            return None
        at = posixpath.dirname(at)
