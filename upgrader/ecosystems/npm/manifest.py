"""What a package.json and its workspaces ask for: find the manifests, read them with their lockfile."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.npm.lockfile import Lock, origin_of, read_lock, transitive, unproven
from upgrader.ecosystems.npm.manifest_edit import edit
from upgrader.ecosystems.npm.owner import declared_runtime, find_owner, foreign_lock
from upgrader.ecosystems.npm.package_file import SECTIONS, Entry, PackageFile, read_package_file, unreadable
from upgrader.ecosystems.npm.specifiers import Asked, normalise, read_specifier
from upgrader.ecosystems.npm.workspaces import match_members
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Dependency, Held, Place, Project
from upgrader.versions import npm as versions

__all__ = ["edit", "find_manifests", "normalise", "read_project"]

FILE = "package.json"
_NOT_OURS = frozenset(("node_modules", "bower_components"))


def find_manifests(paths: Sequence[str]) -> list[str]:
    """Every package.json that is not an installed package's; those of workspaces too, after the folders above them."""
    found = [
        path
        for path in paths
        if posixpath.basename(path) == FILE and not _NOT_OURS.intersection(path.split("/")[:-1])
    ]
    return sorted(found, key=lambda path: (path.count("/"), path))


def read_project(tree: Tree, manifest: str) -> ProjectRead:
    """Read a root package.json, its workspaces and its lockfile. Raises ManifestError when the root can't be read."""
    root = read_package_file(tree, manifest)
    owner = find_owner(tree, root)
    files, held = _read_members(tree, root)
    held += foreign_lock(owner)
    lock, lock_held = _read_lock(tree, owner.lockfile if owner.tool == "npm" else None)
    project = Project(
        ecosystem="npm",
        folder=root.folder,
        manifest=manifest,
        manifests=(manifest, *sorted(file.path for file in files)),
        lockfile=owner.lockfile,
        tool=owner.tool,
        name=root.text("name"),
        runtime=declared_runtime(tree, root),
        lock_format=lock.format if lock else "",
    )
    reader = _Reader(project, root, files, lock)
    dependencies = [row for file in (root, *files) for row in reader.rows(file)]
    if lock:
        others, unread = transitive(lock, reader.used, project.id)
        dependencies += others
        lock_held += [*unread, *unproven(lock)]
    ordered = sorted(dependencies, key=lambda row: (row.place.path, row.place.line, row.name, row.place.key))
    return ProjectRead(project=project, dependencies=tuple(ordered), held=(*held, *lock_held, *reader.held))


def _read_members(tree: Tree, root: PackageFile) -> tuple[list[PackageFile], list[Held]]:
    patterns, held = _patterns(root)
    files: list[PackageFile] = []
    if not patterns:
        return files, held
    manifests = find_manifests(tree.walk())
    found, problems = match_members(root.folder, patterns, manifests)
    place = Place(path=root.path, line=root.lines.get(("workspaces",), 0), key="workspaces")
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


def _read_lock(tree: Tree, path: str | None) -> tuple[Lock | None, list[Held]]:
    """The lockfile, or why it is not read: then the requirements are listed without locked versions."""
    if path is None:
        return None, []
    place = Place(path=path, line=0)
    try:
        lock = read_lock(tree.read(path), path)
    except ManifestError as fault:
        held = Held(
            kind="unreadable",
            subject=path,
            reason=fault.message,
            advice=fault.advice,
            ecosystem="npm",
            place=place,
        )
        return None, [held]
    if lock.format != "1":
        return lock, []
    old = Held(
        kind="tool",
        subject=path,
        reason=f"{path}: format 1 of npm 6 and older is not read, and can't be refreshed without changing its format",
        advice="Run `npm install --package-lock-only --lockfile-version 3` once and commit the result.",
        ecosystem="npm",
        place=place,
    )
    return lock, [old]


class _Reader:
    """Makes rows of entries, knowing the lockfile, the members and what the root overrides."""

    def __init__(
        self, project: Project, root: PackageFile, files: Sequence[PackageFile], lock: Lock | None
    ) -> None:
        self.project = project
        self.lock = lock
        self.overridden = _overridden(root)
        self.members = {file.text("name"): file.text("version") for file in files if file.text("name")}
        self.used: set[tuple[str, str]] = set()
        self.held: list[Held] = []

    def rows(self, file: PackageFile) -> list[Dependency]:
        """Every entry of every section; what can't be one goes to `held`."""
        self.held += file.held
        made: list[Dependency] = []
        for entry in file.entries:
            place = Place(path=file.path, line=entry.line, key=f"{entry.group}.{entry.key}")
            try:
                made.append(self.row(file, entry, read_specifier(entry.key, entry.text), place))
            except VersionError as fault:
                reason = f"{entry.group}.{entry.key[:80]}: {fault.message}"
                self.held.append(unreadable(place, entry.key[:80], reason, fault.advice))
        return made

    def row(self, file: PackageFile, entry: Entry, asked: Asked, place: Place) -> Dependency:
        """One entry as a dependency, with what is installed for it."""
        below = posixpath.relpath(file.folder, self.project.folder)
        found = self.lock.resolve("" if below == "." else below, entry.key) if self.lock else None
        if found and found.version and found.name == asked.name:
            self.used.add((found.name, found.version))
        immovable = asked.immovable or (origin_of(found) if found else self.member(entry.key, asked))
        optional = file.is_true("peerDependenciesMeta", entry.key, "optional")
        return Dependency(
            ecosystem="npm",
            name=asked.name,
            project=self.project.id,
            requirement=asked.requirement,
            locked=found.version if found else None,
            section=SECTIONS[entry.group],
            direct=True,
            place=place,
            group=entry.group,
            alias=asked.alias,
            marker="optional" if entry.group == "peerDependencies" and optional else "",
            immovable=immovable or self.overridden.get(asked.name, ""),
        )

    def member(self, key: str, asked: Asked) -> str:
        """Without a lockfile npm takes the member where its version fits, else the registry's package."""
        if asked.alias or key not in self.members:
            return ""
        version = self.members[key]
        fits = not versions.is_valid(version) or versions.allows(asked.requirement, version)
        return "workspace member" if fits else ""


def _overridden(root: PackageFile) -> dict[str, str]:
    """Packages that the root's `overrides` pin: npm refuses (EOVERRIDE) to move a direct one alone."""
    found: dict[str, str] = {}
    for keys, text in root.texts.items():
        pins = len(keys) == 2 or (len(keys) == 3 and keys[2] == ".")
        if keys[:1] != ("overrides",) or not pins or text.startswith("$"):
            continue
        key = str(keys[1])
        name = key[:at] if (at := key.find("@", 1)) > 0 else key
        found[name] = f"pinned by overrides ({root.path}:{root.lines.get(keys, 0)})"
    return found
