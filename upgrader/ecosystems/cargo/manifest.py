"""What a Cargo project asks for: every entry of every member's tables, with what Cargo.lock holds for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.cargo.crate_file import CrateFile, Entry, entries, wrong_tables
from upgrader.ecosystems.cargo.locked_only import SECTIONS, locked_only
from upgrader.ecosystems.cargo.lockfile import Lock, Locked, read_lock
from upgrader.ecosystems.cargo.manifest_edit import edit
from upgrader.ecosystems.cargo.names import normalise
from upgrader.ecosystems.cargo.project_settings import foreign_program
from upgrader.ecosystems.cargo.runtimes import TOOLCHAIN_FILES, read_toolchain_project, runtime_rows
from upgrader.ecosystems.cargo.workspace import (
    Workspace,
    fault_held,
    lowest_rust,
    package_text,
    read_workspace,
    unreadable,
)
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Dependency, Held, PackageName, Place, Project, Section
from upgrader.versions import cargo as versions

__all__ = ["edit", "find_manifests", "read_project"]


def find_manifests(paths: Sequence[str]) -> list[str]:
    """Every Cargo.toml; members are told apart by `read_project`, which reads their workspace whole.

    A file that names a toolchain counts where no Cargo.toml stands beside it.
    """
    found = [path for path in paths if path.rpartition("/")[2] == "Cargo.toml"]
    folders = {path.rpartition("/")[0] for path in found}
    for path in sorted(path for path in paths if path.rpartition("/")[2] in TOOLCHAIN_FILES):
        if path.rpartition("/")[0] not in folders:
            folders.add(path.rpartition("/")[0])
            found.append(path)
    return found


def read_project(tree: Tree, manifest: str) -> ProjectRead:
    """Read the workspace that a manifest belongs to, and its lockfile. Raises ManifestError for an unreadable one."""
    if manifest.rpartition("/")[2] in TOOLCHAIN_FILES:
        return read_toolchain_project(tree, manifest)
    space = read_workspace(tree, manifest)
    root = space.root
    lock_path = f"{root.folder}/Cargo.lock" if root.folder else "Cargo.lock"
    has_lock = tree.exists(lock_path)
    held = list(space.held)
    lock = _read_lock(tree, lock_path, held) if has_lock else None
    project = Project(
        ecosystem="cargo",
        folder=root.folder or ".",
        manifest=root.path,
        manifests=tuple(file.path for file in space.files),
        lockfile=lock_path if has_lock else None,
        tool="cargo",
        name=package_text(root, root, "name"),
        runtime=lowest_rust(space),
        lock_format=lock.format if lock else "",
    )
    reader = _Reader(space, project, lock, foreign_program(tree, root.folder))
    found = [item for file in space.files for item in reader.file(file, held)]
    if lock is not None:
        members = {(item.name, item.version) for item in reader.members.values() if item}
        found += locked_only(lock, lock_path, project, found, members)
    found += [row for file in space.files for row in runtime_rows(tree, file, project.id)]
    found.sort(key=lambda item: (item.place.path, item.place.line, item.name))
    return ProjectRead(project=project, dependencies=tuple(found), held=tuple(held))


def _read_lock(tree: Tree, path: str, held: list[Held]) -> Lock | None:
    try:
        return read_lock(tree.read(path), path)
    except ManifestError as fault:
        held.append(fault_held(fault, path))
        return None


class _Reader:
    """Turns entries into dependencies, knowing the workspace and the lockfile."""

    def __init__(self, space: Workspace, project: Project, lock: Lock | None, stop: str) -> None:
        self.space = space
        self.project = project
        self.lock = lock
        self.stop = stop
        """Why nothing of this project may be moved, "" for nothing."""
        self.entries = {file.path: entries(file) for file in space.files}
        self.shared = {item.alias: item for item in self.entries[space.root.path] if item.shared}
        self.members = {file.path: self.member(file) for file in space.files}
        self.uses: dict[str, list[tuple[CrateFile, Entry]]] = {}
        for file in space.files:
            for entry in self.entries[file.path]:
                if entry.inherits and not entry.shared:
                    self.uses.setdefault(entry.alias, []).append((file, entry))

    def member(self, file: CrateFile) -> Locked | None:
        """The member's own package in the lockfile."""
        if self.lock is None:
            return None
        version = package_text(file, self.space.root, "version")
        return self.lock.member(package_text(file, file, "name"), version)

    def file(self, file: CrateFile, held: list[Held]) -> Iterator[Dependency]:
        """The dependencies of one manifest; what cannot be understood is held."""
        for table, line in wrong_tables(file):
            held.append(unreadable(file.path, line, f"{table} is not a table.", "Write it as a table."))
        for entry in self.entries[file.path]:
            try:
                name = normalise(self.meant(entry).name)
            except VersionError as fault:
                held.append(unreadable(file.path, entry.line, fault.message, fault.advice, entry.alias))
                continue
            problem = entry.problem or self.problem(entry)
            if problem:
                what = f"{entry.key}: {problem}."
                held.append(unreadable(file.path, entry.line, what, "Mend the entry.", name))
            yield self.dependency(file, entry, name, problem)

    def dependency(self, file: CrateFile, entry: Entry, name: PackageName, problem: str) -> Dependency:
        """One entry as a dependency."""
        meant = self.meant(entry)
        locked = self.locked(file, entry, meant)
        return Dependency(
            ecosystem="cargo",
            name=name,
            project=self.project.id,
            requirement=meant.requirement,
            locked=locked.version if locked else None,
            section=self.section(entry),
            direct=True,
            place=Place(path=file.path, line=entry.line, key=entry.key),
            group=entry.table,
            alias=entry.alias if entry.alias != name and entry.table != "replace" else "",
            marker=entry.marker,
            immovable=problem
            or self.inherited(entry, meant)
            or self.stop
            or _immovable(entry, meant, locked),
        )

    def meant(self, entry: Entry) -> Entry:
        """The entry of the root's [workspace.dependencies] that this one inherits, else itself."""
        return self.shared.get(entry.alias, entry) if entry.inherits else entry

    def inherited(self, entry: Entry, meant: Entry) -> str:
        """What is wrong with the shared entry; it is held once, at the root's line."""
        problem = "" if meant is entry else meant.problem or self.problem(meant)
        return problem and f"inherits an entry that {problem}"

    def problem(self, entry: Entry) -> str:
        """What cargo would refuse about the requirement; "" for nothing."""
        if entry.inherits and entry.shared:
            return "workspace = true has no meaning here"
        if entry.inherits and entry.alias not in self.shared:
            return "inherits from [workspace.dependencies], which has no such entry"
        if entry.requirement and not versions.is_requirement(entry.requirement):
            return f"{entry.requirement[:80]!r} is not a requirement cargo knows"
        return ""

    def section(self, entry: Entry) -> Section:
        """The table's section; `optional = true` makes it optional; a shared entry is what its users make of it."""
        if entry.shared:
            uses = {self.section(use) for _, use in self.uses.get(entry.alias, [])}
            return next((section for section in SECTIONS if section in uses), "prod")
        return "optional" if entry.optional else entry.section

    def locked(self, file: CrateFile, entry: Entry, meant: Entry) -> Locked | None:
        """What the lockfile holds for this place; for a shared entry the highest of what its users hold."""
        if self.lock is None or entry.replaces:
            return None
        if entry.shared:
            found = [self.locked(user, use, entry) for user, use in self.uses.get(entry.alias, [])]
            there = [item for item in found if item]
            return max(there, key=lambda item: versions.order_key(item.version), default=None)
        return self.lock.resolve(self.members[file.path], meant)


def _immovable(entry: Entry, meant: Entry, locked: Locked | None) -> str:
    """Why the entry cannot be upgraded; "" when it can."""
    if entry.replaces:
        return f"[{entry.table}] entry"
    if meant.text("git"):
        return "git reference"
    if meant.text("path"):
        return "path"
    if locked and locked.origin in ("git", "path"):
        return f"patched: Cargo.lock holds it from a {locked.origin} source"
    return ""
