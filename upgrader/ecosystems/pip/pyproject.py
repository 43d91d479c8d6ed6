"""pyproject.toml: the standard tables (PEP 621, 735, 518), those of uv, poetry, pdm, and the lockfile beside it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.compiled_locks import CompiledLocks
from upgrader.ecosystems.pip.foreign import foreign_tables
from upgrader.ecosystems.pip.locked_elsewhere import OtherLock
from upgrader.ecosystems.pip.lockfile import Lock
from upgrader.ecosystems.pip.locks import FoundLock, find_lock, unread_lock
from upgrader.ecosystems.pip.pep508 import read_specifier
from upgrader.ecosystems.pip.pyproject_file import (
    TOOL_FILES,
    Manifest,
    RequirementList,
    read_manifest,
    requirement_lists,
)
from upgrader.ecosystems.pip.python_rows import pinned_rows, python_rows, setup_rows
from upgrader.ecosystems.pip.references import archive_name, egg_name, kind_of, name_or_none
from upgrader.ecosystems.pip.requirements_files import compiled_from
from upgrader.ecosystems.pip.setup_files import SetupRead, python_requires, read_setup
from upgrader.ecosystems.pip.sources import immovable_by_source, read_sources
from upgrader.ecosystems.pip.unread import beside, is_specifier, pinned_runtime
from upgrader.ecosystems.pip.version_tables import (
    Asked,
    Fault,
    VersionTable,
    constraint_tables,
    poetry_tables,
    python_of,
    read_entries,
    row_of,
)
from upgrader.ecosystems.pip.workspace import read_members
from upgrader.errors import ManifestError
from upgrader.model import Dependency, Held, PackageName, Project, Section
from upgrader.source.toml_spans import Keys

AnyLock = Lock | OtherLock | CompiledLocks | None


def read_pyproject(tree: Tree, path: str) -> ProjectRead:
    """Read a pyproject.toml, its workspace members and uv.lock. Raises ManifestError when it is no TOML."""
    root = read_manifest(tree, path)
    folder = path.rpartition("/")[0] or "."
    held: list[Held] = []
    manifests = [root, *read_members(tree, root, folder, held)]
    found = _find_lock(tree, path, held)
    lock = found.lock
    project = Project(
        ecosystem="pip",
        folder=folder,
        manifest=path,
        manifests=tuple(item.path for item in manifests),
        lockfile=found.path,
        tool=found.tool or ("uv" if isinstance(root.get("tool", "uv"), dict) else "pip"),
        name=_name(root),
        runtime=_runtime(tree, root, folder),
        lock_format=lock.built() if lock else "",
    )
    rows: list[Dependency] = []
    older: list[str] = []
    for manifest in manifests:
        rows += _runtimes(tree, manifest, project.id)
        inside = _Rows(project, manifest, root, lock, held).read()
        for beside_it in _tool_files(tree, manifest, held):
            inside += _Rows(project, beside_it, root, lock, held).read()
            older.append(beside_it.path)
        setup = _read_setup(tree, project, manifest, lock)
        inside += setup.rows
        held += setup.held
        older += setup.paths
        told = bool(setup.held) or any(_is_outside_standard(row) for row in inside)
        held += foreign_tables(tree, manifest, told=told)
        rows += inside
    outputs = [file.command.output for file in lock.files] if isinstance(lock, CompiledLocks) else []
    project = replace(project, manifests=(*project.manifests, *older, *outputs))
    rows = _mark_constraints(rows)
    if lock is not None:
        rows += lock.transitive(project.id, rows)
    rows = [_stuck(row, found.stuck) for row in rows] if found.stuck else rows
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(held))


class _Rows:
    """Reads the requirements of one manifest."""

    def __init__(
        self, project: Project, manifest: Manifest, root: Manifest, lock: AnyLock, held: list[Held]
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
        return self._add_tables(rows)

    def _add_tables(self, rows: list[Dependency]) -> list[Dependency]:
        """Poetry's tables; an entry there may only say where a requirement of [project] comes from."""
        elsewhere: dict[PackageName, str] = {}
        added = []
        standard = {row.name for row in rows if row.section in ("prod", "optional")}
        for table in poetry_tables(self.manifest):
            for asked in read_entries(self.manifest, table):
                if isinstance(asked, Fault):
                    self.held.append(asked.held(self.manifest))
                    continue
                if asked.immovable and table.section == "prod":
                    elsewhere[asked.name] = asked.immovable
                if asked.says_version or asked.name not in standard:
                    locked = self._locked_in_table(asked)
                    added.append(row_of(asked, self.manifest, self.project.id, table.group, locked))
        for table in constraint_tables(self.manifest):
            added += self._limits(table)
        return [
            replace(row, immovable=elsewhere[row.name], locked=None)
            if row.name in elsewhere and row.section in ("prod", "optional") and not row.immovable
            else row
            for row in rows
        ] + added

    def _limits(self, table: VersionTable) -> list[Dependency]:
        """What limits the version of something that is asked for elsewhere, or that only the lockfile holds."""
        rows = []
        for asked in read_entries(self.manifest, table):
            if isinstance(asked, Fault):
                self.held.append(asked.held(self.manifest))
                continue
            locked = self._locked_in_table(asked)
            row = row_of(asked, self.manifest, self.project.id, table.group, locked)
            rows.append(replace(row, direct=False))
        return rows

    def _locked_in_table(self, asked: Asked) -> str | None:
        if self.lock is None or asked.section == "build":
            return None
        return self.lock.locked_at("", asked.section, "", asked.name, asked.requirement)

    def _row(self, item: object, keys: Keys, wanted: RequirementList) -> list[Dependency]:
        place = self.manifest.place(keys)
        if (
            isinstance(item, dict)
            and set(item) == {"include-group"}
            and wanted.keys[0] == "dependency-groups"
        ):
            self._check_included(str(item["include-group"]), keys)
            return []
        if isinstance(item, dict) and isinstance(item.get("requirement"), str):
            # uv's extra-build-dependencies: { requirement = "torch", match-runtime = true }
            return self._row(item["requirement"], (*keys, "requirement"), wanted)
        if not isinstance(item, str):
            raise ManifestError(
                f"{place}: {place.key}: is not a requirement.", "Write it as a string (PEP 508)."
            )
        if item.lstrip().startswith("-e "):
            return [self._editable(item, keys, wanted)]
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

    def _editable(self, item: str, keys: Keys, wanted: RequirementList) -> Dependency:
        """Read pdm's `-e file:///${PROJECT_ROOT}/sub#egg=sub` in its dev-dependencies."""
        place = self.manifest.place(keys)
        address = item.strip().removeprefix("-e ").strip()
        name = (
            egg_name(address)
            or archive_name(address)
            or name_or_none(posixpath.basename(address.rstrip("/")))
        )
        if name is None:
            raise ManifestError(
                f"{place}: {place.key}: a {kind_of(address)} whose package cannot be told.",
                "Add `#egg=name`.",
            )
        return Dependency(
            ecosystem="pip",
            name=name,
            project=self.project.id,
            requirement="",
            locked=None,
            section=wanted.section,
            direct=True,
            place=place,
            group=wanted.group,
            immovable=kind_of(address),
        )

    def _locked(
        self, name: PackageName, requirement: str, pin: str | None, wanted: RequirementList
    ) -> str | None:
        if self.project.lockfile is None or wanted.section == "build" or wanted.unlocked:
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


def _tool_files(tree: Tree, manifest: Manifest, held: list[Held]) -> list[Manifest]:
    """hatch.toml and uv.toml beside it; one that is no TOML is held."""
    folder = manifest.path.rpartition("/")[0] or "."
    found = []
    for path in (beside(folder, name) for name in TOOL_FILES):
        try:
            found += [read_manifest(tree, path)] if tree.exists(path) else []
        except ManifestError as fault:
            held.append(unread_lock(path, fault))
    return found


def _find_lock(tree: Tree, path: str, held: list[Held]) -> FoundLock:
    """A lockfile proper, else what the file was compiled to."""
    found = find_lock(tree, path.rpartition("/")[0] or ".", held)
    if found.path is not None or found.stuck:
        return found
    compiled = compiled_from(tree, path, f"pip:{path}")
    if not compiled.files:
        return found
    return FoundLock(path=compiled.files[0].command.output, tool="pip", lock=compiled)


def _runtimes(tree: Tree, manifest: Manifest, project: str) -> list[Dependency]:
    """What the file and those beside it say of Python."""
    folder = manifest.path.rpartition("/")[0] or "."
    return [
        *python_rows(manifest, project),
        *setup_rows(tree, folder, project),
        *pinned_rows(tree, folder, project),
    ]


def _stuck(row: Dependency, why: str) -> Dependency:
    """Nothing is moved that a lockfile holds which stays as it is: it would be left behind."""
    return row if row.immovable or row.section == "build" else replace(row, immovable=why)


def _read_setup(tree: Tree, project: Project, manifest: Manifest, lock: AnyLock) -> SetupRead:
    def locked(section: Section, group: str, name: PackageName, requirement: str) -> str | None:
        return lock.locked_at(manifest.name, section, group, name, requirement) if lock else None

    folder = manifest.path.rpartition("/")[0] or "."
    return read_setup(tree, folder, project.id, locked)


def _is_outside_standard(row: Dependency) -> bool:
    """Whether it says what [project] leaves to be computed."""
    return row.place.key.startswith("tool.poetry.") or not row.place.path.endswith(".toml")


def _name(root: Manifest) -> str:
    told = root.get("project", "name") or root.get("tool", "poetry", "name")
    return told if isinstance(told, str) else ""


def _runtime(tree: Tree, root: Manifest, folder: str) -> str | None:
    told = root.get("project", "requires-python")
    if isinstance(told, str) and is_specifier(told):
        return told
    return python_of(root) or python_requires(tree, folder) or pinned_runtime(tree, folder)
