"""What `uv.lock` holds, and how uv refreshes it for single packages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Command, Dependency, PackageName, Place, Project, Section, Update
from upgrader.source.toml_spans import read_toml, toml_document
from upgrader.versions import pep440

KNOWN_VERSION = 1
"""`version` of uv.lock; a higher one changes the meaning of what we read (uv: "Resolution: lockfile versions")."""
LONGEST_VERSION = 128
UV_ENV = {
    "UV_PYTHON_DOWNLOADS": "never",
    "UV_NO_PROGRESS": "1",
    "UV_FROZEN": "0",
    "UV_LOCKED": "0",
    "NO_COLOR": "1",
}
"""uv's own settings stay as the user has them (indexes!); it just may not fetch an interpreter or refuse to lock."""
_HEADER = re.compile(rb'^\[\[package\]\][ \t]*\r?\nname = "([^"\n]*)"', re.MULTILINE)
_BUILDS = "builds "
_SECTIONS: tuple[Section, ...] = ("prod", "optional", "dev")


class _Source(Struct, frozen=True):
    registry: str | None = None
    git: str | None = None
    url: str | None = None
    path: str | None = None
    directory: str | None = None
    editable: str | None = None
    virtual: str | None = None

    @property
    def is_local(self) -> bool:
        """A project in the repository itself, such as a workspace member."""
        return self.editable is not None or self.virtual is not None or self.directory is not None

    @property
    def immovable(self) -> str:
        """Why its packages have no releases to move to; "" when they come from an index."""
        if self.registry is not None:
            return ""
        return "git reference" if self.git is not None else "url" if self.url is not None else "path"


class _Need(Struct, frozen=True):
    name: str
    version: str | None = None
    extra: list[str] = field(default_factory=list)


class _Package(Struct, frozen=True, rename="kebab"):
    name: str
    version: str | None = None
    source: _Source = field(default_factory=_Source)
    wheels: list[object] = field(default_factory=list)
    dependencies: list[_Need] = field(default_factory=list)
    optional_dependencies: dict[str, list[_Need]] = field(default_factory=dict)
    dev_dependencies: dict[str, list[_Need]] = field(default_factory=dict)

    def needs_of(self, extras: Sequence[str]) -> list[_Need]:
        """What these extras add."""
        return [need for extra in extras for need in self.optional_dependencies.get(extra, [])]


class _Document(Struct, frozen=True):
    version: int
    package: list[_Package] = field(default_factory=list)


class Lock(Struct, frozen=True, kw_only=True):
    """A lockfile and the lines of its packages."""

    path: str
    packages: list[_Package]
    lines: list[int]
    """Line of each package's name."""

    def locked_at(
        self, member: str, section: Section, group: str, name: PackageName, requirement: str
    ) -> str | None:
        """The version held for one requirement of a member; None when the lockfile holds none for it.

        Where the resolution forks by marker, several versions are held: the newest that the requirement allows.
        """
        needs = self._needs(member, section, group)
        told = {need.version for need in needs if need.name == name}
        held = {item.version for item in self.packages if item.name == name and item.version}
        versions = [version for version in held if not told or told == {None} or version in told]
        if (needs and not told) or not pep440.is_requirement(requirement):
            return None
        fitting = [item for item in versions if pep440.allows(requirement, item, prereleases=True)]
        return next(reversed(pep440.sort_versions(fitting)), None)

    def built(self) -> str:
        """`builds a, b`: packages that only a build could describe when this lockfile was made, and may again.

        They are the repository's own projects and locked releases without any wheel; goes to `Project.lock_format`.
        """
        names = {item.name for item in self.packages if item.source.is_local or not item.wheels}
        return _BUILDS + ", ".join(sorted(names)) if names else ""

    def transitive(self, project: str, rows: Sequence[Dependency]) -> Iterator[Dependency]:
        """Every package that none of the rows names at this version, once per name and version."""
        reached = self._reached()
        seen = {(row.name, row.locked) for row in rows}
        for number, item in enumerate(self.packages):
            name = PackageName(item.name)
            if item.source.is_local or item.version is None or (name, item.version) in seen:
                continue
            seen.add((name, item.version))
            yield Dependency(
                ecosystem="pip",
                name=name,
                project=project,
                requirement="",
                locked=item.version,
                section=reached.get(number, "prod"),
                direct=False,
                place=Place(path=self.path, line=self.lines[number], key=f"package[{number}]"),
                immovable=item.source.immovable,
            )

    def _needs(self, member: str, section: Section, group: str) -> list[_Need]:
        found = next((item for item in self.packages if item.name == member and item.source.is_local), None)
        if found is None:
            return []
        if section == "optional":
            return found.optional_dependencies.get(group, [])
        return found.dev_dependencies.get(group, []) if section == "dev" else found.dependencies

    def _reached(self) -> dict[int, Section]:
        """Package number to the first section, in the order prod, optional, dev, whose needs lead to it."""
        numbers: dict[str, list[int]] = {}
        for number, item in enumerate(self.packages):
            numbers.setdefault(item.name, []).append(number)
        reached: dict[int, Section] = {}
        for section in _SECTIONS:
            stack = [
                need for item in self.packages if item.source.is_local for need in _stated(item, section)
            ]
            done: set[tuple[int, tuple[str, ...]]] = set()
            while stack:
                need = stack.pop()
                for number in numbers.get(need.name, []):
                    item = self.packages[number]
                    visit = (number, tuple(need.extra))
                    if need.version in (None, item.version) and visit not in done:
                        done.add(visit)
                        reached.setdefault(number, section)
                        stack += [*item.dependencies, *item.needs_of(need.extra)]
        return reached


def read_lock(text: bytes, path: str) -> Lock:
    """Read uv.lock. Raises ManifestError `path:line: ...` for what is no lockfile of a known version."""
    document = toml_document(text, path)
    try:
        lock = msgspec.convert(document, _Document)
    except msgspec.ValidationError as fault:
        raise ManifestError(f"{path}:1: not a uv.lock: {fault}.", "Make it anew with `uv lock`.") from fault
    if lock.version > KNOWN_VERSION:
        raise ManifestError(
            f"{path}:1: lockfile version {lock.version} is not known, only {KNOWN_VERSION}.",
            "Lock it with an older uv, or update this program.",
        )
    return Lock(
        path=path,
        packages=lock.package,
        lines=package_lines(text, path, [item.name for item in lock.package]),
    )


def relock(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """`uv lock -P name==version` for each package, in one run; nothing for a project without a uv.lock.

    `--no-build`: resolving must not run the setup.py of a new release (SAFETY T1); one that only a build could
    describe is refused by uv with its name. `--no-binary-package` excepts what was built for this lockfile already.
    A requirement of [build-system] alone is not in the lockfile. Raises VersionError for a name or a version that is
    none.
    """
    if project.lockfile is None:
        return ()
    pins: list[str] = []
    moving = {normalise(update.name) for update in updates}
    known = [normalise(name) for name in project.lock_format.removeprefix(_BUILDS).split(", ") if name]
    builds = [word for name in known if name not in moving for word in ("--no-binary-package", name)]
    for update in updates:
        if all(place.section == "build" for place in update.dependencies):
            continue
        version = update.target.version
        if not pep440.is_valid(version) or len(version) > LONGEST_VERSION:
            raise VersionError(f"{version[:80]!r} is not a version that pip knows.")
        pins += ["-P", f"{normalise(update.name)}=={version}"]
    if not pins:
        return ()
    return (
        Command(
            argv=("uv", "lock", *_script(project), "--no-build", *builds, *pins),
            folder=project.folder,
            env=UV_ENV,
            why=f"Refreshes {project.lockfile} for these packages alone; a new release is never built for it.",
            network=True,
        ),
    )


def _script(project: Project) -> tuple[str, ...]:
    """What tells uv that the lockfile is one script's."""
    path = project.manifest
    return (f"--script={posixpath.basename(path)}",) if project.lockfile == f"{path}.lock" else ()


def touched(project: Project) -> Sequence[str]:
    """The lockfile, where there is one."""
    return (project.lockfile,) if project.lockfile else ()


def lock_path(folder: str) -> str:
    """Where uv keeps the lockfile of a project or of a workspace's root."""
    return beside(folder, "uv.lock")


def _stated(item: _Package, section: Section) -> Iterator[_Need]:
    if section == "prod":
        yield from item.dependencies
        return
    groups = item.optional_dependencies if section == "optional" else item.dev_dependencies
    for needs in groups.values():
        yield from needs


def package_lines(text: bytes, path: str, told: Sequence[str]) -> list[int]:
    """The lines of the packages' names: where uv, poetry and pdm write them, else as the TOML scanner finds them."""
    lines: list[int] = []
    at = line = 0
    for found in _HEADER.finditer(text):
        line += text.count(b"\n", at, found.start(1))
        at = found.start(1)
        lines.append(line + 1)
    names = [found[1].decode("utf-8", "replace") for found in _HEADER.finditer(text)]
    if names == told:
        return lines
    known = read_toml(text, path).lines
    return [known.get(("package", number, "name"), 0) for number in range(len(told))]
