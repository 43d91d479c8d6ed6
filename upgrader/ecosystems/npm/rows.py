"""Entries of manifests and catalogs as dependencies, each with what the lockfile holds for it."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from msgspec import structs

from upgrader.ecosystems.npm.locked import Locked
from upgrader.ecosystems.npm.lockfile import NEAREST, Lock, origin_of
from upgrader.ecosystems.npm.overrides import manifest_overrides, override_rows, pinned
from upgrader.ecosystems.npm.package_file import SECTIONS, Entry, PackageFile, unreadable
from upgrader.ecosystems.npm.specifiers import LONGEST_NAME, Asked, normalise, read_specifier
from upgrader.ecosystems.npm.workspace_file import DEFAULT, CatalogEntry, WorkspaceFile
from upgrader.errors import VersionError
from upgrader.model import Dependency, Held, PackageName, Place, Project, Section
from upgrader.versions import npm as versions

_CATALOG = "catalog:"


class Rows:
    """Makes rows of entries, knowing the lockfile, the members, the catalogs and what the root overrides."""

    def __init__(
        self,
        project: Project,
        root: PackageFile,
        files: Sequence[PackageFile],
        lock: Lock | None,
        workspace: WorkspaceFile,
    ) -> None:
        self.project = project
        self.lock = lock
        self.workspace = workspace
        self.root = root
        self.overrides = (*manifest_overrides(root, project.tool, is_root=True), *workspace.overrides)
        self.overridden = pinned(self.overrides)
        self.catalogs = {(entry.catalog, entry.name): entry for entry in workspace.entries}
        self.users: dict[tuple[str, str], list[tuple[Section, Locked | None]]] = {}
        """Of each catalog entry, the sections that refer to it and what they got."""
        self.roots: list[tuple[Section, str]] = []
        """Section and lockfile key of what each requirement got."""
        self.members = {file.text("name"): file.text("version") for file in files if file.text("name")}
        self.used: set[tuple[str, str | None]] = set()
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
        found = self.found("" if below == "." else below, entry)
        if entry.text.startswith(_CATALOG):
            asked = self.referred(entry, asked, found)
        if found and found.name == asked.name:
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

    def found(self, below: str, entry: Entry) -> Locked | None:
        """What the lockfile holds for an entry of the manifest in a folder below the project's."""
        found = self.lock.resolve(below, entry.key, entry.text) if self.lock else None
        stated = self.catalogs.get((entry.text.removeprefix(_CATALOG).strip() or DEFAULT, entry.key))
        if found is None and self.lock and stated and entry.text.startswith(_CATALOG):
            found = self.lock.resolve(below, entry.key, stated.text)
        if found is not None:
            self.roots.append((SECTIONS[entry.group], found.path))
        return found

    def referred(self, entry: Entry, asked: Asked, found: Locked | None) -> Asked:
        """An entry that says `catalog:`: it moves where the catalog stands."""
        spot = (entry.text.removeprefix(_CATALOG).strip() or DEFAULT, entry.key)
        self.users.setdefault(spot, []).append((SECTIONS[entry.group], found))
        stated = self.catalogs.get(spot)
        where = f" ({self.workspace.path}:{stated.line})" if stated else ""
        name = normalise(found.name) if found and found.version else asked.name
        alias = entry.key if name != entry.key else ""
        return structs.replace(asked, name=name, alias=alias, immovable=f"catalog reference{where}")

    def override_rows(self, files: Sequence[PackageFile]) -> list[Dependency]:
        """Every entry that pins a package against its dependents' will, those of members too, which nobody obeys."""
        others = [
            item for file in files for item in manifest_overrides(file, self.project.tool, is_root=False)
        ]
        asked = self.root.entries if self.project.tool == "npm" else ()
        direct = {entry.key for entry in asked}
        made = list(override_rows((*self.overrides, *others), self.project.id, direct, self.lock))
        self.held += [item for item in made if isinstance(item, Held)]
        return [item for item in made if isinstance(item, Dependency)]

    def catalog_rows(self) -> list[Dependency]:
        """Every entry of every catalog, at its own place; after `rows`, which tell who refers to it."""
        made: list[Dependency] = []
        for entry in self.workspace.entries:
            place = Place(path=self.workspace.path, line=entry.line, key=f"{entry.group}.{entry.name}")
            try:
                made.append(self.catalog_row(entry, read_specifier(entry.name, entry.text), place))
            except VersionError as fault:
                reason = f"{entry.group}.{entry.name[:80]}: {fault.message}"
                self.held.append(unreadable(place, entry.name[:80], reason, fault.advice))
        return made

    def config_rows(self) -> list[Dependency]:
        """Pnpm's `configDependencies`, each an exact version with its hash (https://pnpm.io/config-dependencies)."""
        return [
            Dependency(
                ecosystem="npm",
                name=PackageName(entry.name[:LONGEST_NAME]),
                project=self.project.id,
                requirement=entry.text.partition("+")[0],
                locked=None,
                section="dev",
                direct=True,
                place=Place(path=self.workspace.path, line=entry.line, key=f"{entry.group}.{entry.name}"),
                group=entry.group,
                immovable=f"pinned with a hash: `pnpm add --config {entry.name[:80]}` renews both",
            )
            for entry in self.workspace.config
        ]

    def catalog_row(self, entry: CatalogEntry, asked: Asked, place: Place) -> Dependency:
        """One entry of a catalog as a dependency, in the section that matters most of those that refer to it."""
        users = self.users.get((entry.catalog, entry.name), [])
        found = self.lock.resolve(f"catalog:{entry.catalog}", entry.name, entry.text) if self.lock else None
        found = found or next((item for _, item in users if item is not None), None)
        sections = [section for section, _ in users]
        if found and found.name == asked.name:
            self.used.add((found.name, found.version))
        return Dependency(
            ecosystem="npm",
            name=asked.name,
            project=self.project.id,
            requirement=asked.requirement,
            locked=found.version if found else None,
            section=min(sections, key=NEAREST.index, default="prod"),
            direct=True,
            place=place,
            group=entry.group,
            alias=asked.alias,
            immovable=asked.immovable or self.overridden.get(asked.name, ""),
        )

    def member(self, key: str, asked: Asked) -> str:
        """Without a lockfile npm takes the member where its version fits, else the registry's package."""
        if asked.alias or key not in self.members:
            return ""
        version = self.members[key]
        fits = not versions.is_valid(version) or versions.allows(asked.requirement, version)
        return "workspace member" if fits else ""
