"""pyproject.toml: the standard tables (PEP 621, 735, 518), uv's own, and its workspace, with uv.lock beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.foreign import foreign_locks, foreign_tables
from upgrader.ecosystems.pip.lockfile import Lock, lock_path, read_lock
from upgrader.ecosystems.pip.pep508 import read_specifier
from upgrader.ecosystems.pip.pyproject_file import Manifest, RequirementList, read_manifest, requirement_lists
from upgrader.ecosystems.pip.references import kind_of
from upgrader.ecosystems.pip.sources import immovable_by_source, read_sources
from upgrader.ecosystems.pip.unread import is_specifier, pinned_runtime, unread
from upgrader.ecosystems.pip.workspace import read_members
from upgrader.errors import ManifestError
from upgrader.model import Dependency, Held, PackageName, Project
from upgrader.source.toml_spans import Keys


def read_pyproject(tree: Tree, path: str) -> ProjectRead:
    """Read a pyproject.toml, its workspace members and uv.lock. Raises ManifestError when it is no TOML."""
    root = read_manifest(tree, path)
    folder = path.rpartition("/")[0] or "."
    held: list[Held] = []
    manifests = [root, *read_members(tree, root, folder, held)]
    lock = _lock(tree, folder, held)
    project = Project(
        ecosystem="pip",
        folder=folder,
        manifest=path,
        manifests=tuple(item.path for item in manifests),
        lockfile=lock_path(folder) if tree.exists(lock_path(folder)) else None,
        tool="uv" if tree.exists(lock_path(folder)) or isinstance(root.get("tool", "uv"), dict) else "pip",
        name=name if isinstance(name := root.get("project", "name"), str) else "",
        runtime=_runtime(tree, root, folder),
        lock_format=lock.built() if lock else "",
    )
    rows: list[Dependency] = []
    for manifest in manifests:
        held += foreign_tables(tree, manifest)
        rows += _Rows(project, manifest, root, lock, held).read()
    if project.lockfile is None:
        stuck = foreign_locks(tree, folder)
        held += [item for _, item in stuck]
        rows = [_stuck(row, stuck[0][0]) for row in rows] if stuck else rows
    rows = _mark_constraints(rows)
    direct = {(row.name, row.locked) for row in rows if row.locked}
    if lock is not None:
        rows += lock.transitive(project.id, {(name, version) for name, version in direct if version})
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(held))


class _Rows:
    """Reads the requirements of one manifest."""

    def __init__(
        self, project: Project, manifest: Manifest, root: Manifest, lock: Lock | None, held: list[Held]
    ) -> None:
        self.project = project
        self.manifest = manifest
        self.lock = lock
        self.held = held
        self.sources = {**read_sources(root.document), **read_sources(manifest.document)}

    def read(self) -> list[Dependency]:
        rows = []
        for wanted in requirement_lists(self.manifest):
            found = self.manifest.get(*(str(key) for key in wanted.keys))
            if found is None:
                continue
            if not isinstance(found, list):
                self._hold(wanted.keys, "must be an array of requirements")
                continue
            for index, item in enumerate(found):
                keys: Keys = (*wanted.keys, index)
                try:
                    rows += self._row(item, keys, wanted)
                except ManifestError as fault:
                    self._hold(keys, fault.message, fault.advice, written=True)
        return rows

    def _row(self, item: object, keys: Keys, wanted: RequirementList) -> list[Dependency]:
        place = self.manifest.place(keys)
        if (
            isinstance(item, dict)
            and set(item) == {"include-group"}
            and wanted.keys[0] == "dependency-groups"
        ):
            self._check_included(str(item["include-group"]), keys)
            return []
        if not isinstance(item, str):
            raise ManifestError(
                f"{place}: {place.key}: is not a requirement.", "Write it as a string (PEP 508)."
            )
        asked = read_specifier(item, f"{place}: {place.key}")
        reason = kind_of(asked.url) if asked.url else ""
        if not reason and wanted.section != "build":
            reason = immovable_by_source(self.sources.get(asked.name, ()), wanted.section, wanted.group)
        if asked.name == self.manifest.name:
            reason = "the project itself"
        return [
            Dependency(
                ecosystem="pip",
                name=asked.name,
                project=self.project.id,
                requirement=asked.requirement,
                locked=None if reason else self._locked(asked.name, asked.requirement, asked.pin, wanted),
                section=wanted.section,
                direct=not wanted.constraint,
                place=place,
                group=wanted.group,
                marker=asked.marker,
                immovable=reason,
            )
        ]

    def _locked(
        self, name: PackageName, requirement: str, pin: str | None, wanted: RequirementList
    ) -> str | None:
        if self.project.lockfile is None or wanted.section == "build":
            return pin
        if self.lock is None:
            return None
        if wanted.constraint:
            return self.lock.locked_at("", wanted.section, "", name, requirement)
        group = "dev" if wanted.group == "dev-dependencies" else wanted.group
        return self.lock.locked_at(self.manifest.name, wanted.section, _plain(group), name, requirement)

    def _check_included(self, name: str, keys: Keys) -> None:
        """PEP 735: an included group exists, and does not lead back to where it is included."""
        table = self.manifest.get("dependency-groups")
        groups = {_plain(key): items for key, items in table.items()} if isinstance(table, dict) else {}
        place = self.manifest.place(keys)
        if _plain(name) not in groups:
            raise ManifestError(
                f"{place}: {place.key}: there is no group {name!r} to include.", "Mend the name."
            )
        reached: set[str] = set()
        stack = [_plain(name)]
        while stack:
            group = stack.pop()
            if group == _plain(str(keys[1])):
                raise ManifestError(
                    f"{place}: {place.key}: the group {group!r} includes itself.", "Break the circle."
                )
            if group not in reached:
                reached.add(group)
                items = groups.get(group)
                stack += [
                    _plain(item["include-group"])
                    for item in (items if isinstance(items, list) else ())
                    if isinstance(item, dict) and isinstance(item.get("include-group"), str)
                ]

    def _hold(self, keys: Keys, reason: str, advice: str = "", *, written: bool = False) -> None:
        place = self.manifest.place(keys)
        self.held.append(
            Held(
                kind="unreadable",
                subject=place.path,
                reason=reason if written else f"{place}: {place.key}: {reason}",
                advice=advice,
                ecosystem="pip",
                place=place,
            )
        )


def _plain(name: str) -> str:
    """A group or an extra as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _mark_constraints(rows: Sequence[Dependency]) -> list[Dependency]:
    """A constraint moves with the requirement of the same name; one of a package nobody asks for is transitive."""
    asked = {row.name for row in rows if row.direct}
    return [replace(row, direct=True) if row.name in asked else row for row in rows]


def _stuck(row: Dependency, lockfile: str) -> Dependency:
    """Nothing is moved that another tool's lockfile holds: it would be left behind."""
    if row.immovable or row.section == "build":
        return row
    return replace(row, immovable=f"held by {lockfile}, which this program does not refresh yet")


def _runtime(tree: Tree, root: Manifest, folder: str) -> str | None:
    told = root.get("project", "requires-python")
    return told if isinstance(told, str) and is_specifier(told) else pinned_runtime(tree, folder)


def _lock(tree: Tree, folder: str, held: list[Held]) -> Lock | None:
    path = lock_path(folder)
    if not tree.exists(path):
        return None
    try:
        return read_lock(tree.read(path), path)
    except ManifestError as fault:
        reason = fault.message.removeprefix(f"{path}: ")
        line = re.match(rf"{re.escape(path)}:(\d+): ", reason)
        held.append(
            unread(path, int(line[1]) if line else 1, reason[line.end() :] if line else reason, fault.advice)
        )
        return None
