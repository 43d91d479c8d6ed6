"""Small worlds for tests of the stages: a book per ecosystem that answers from what the test laid down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from upgrader.ecosystems.base import Ecosystem, ProjectRead, Tree
from upgrader.errors import ManifestError, VersionError
from upgrader.model import (
    CannotEdit,
    Check,
    Command,
    Dependency,
    EcosystemName,
    Edit,
    PackageName,
    Place,
    Project,
    RangeStrategy,
    Release,
    Update,
)
from upgrader.versions import SCHEMES

OSV_NAMES: dict[EcosystemName, str] = {"npm": "npm", "pip": "PyPI", "go": "Go", "cargo": "crates.io"}


def normalise(name: str) -> PackageName:
    """Lower-cased with dashes, as pip's; refuses blanks as every registry does."""
    if not name or " " in name:
        raise VersionError(f"{name!r} is not a package name.")
    return PackageName(name.lower().replace("_", "-").replace(".", "-"))


def exactly(name: str) -> PackageName:
    """As written, as in Go."""
    return PackageName(name)


def edit_requirement(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """Replace the requirement where it first stands after the name."""
    wanted = SCHEMES[dependency.ecosystem].same_requirement_for(dependency.requirement, target)
    if wanted is None:
        return CannotEdit(place=dependency.place, reason=f"{dependency.requirement} cannot be rewritten")
    if wanted == dependency.requirement:
        return []
    start = text.index(dependency.requirement.encode(), text.index(dependency.name.encode()))
    return [
        Edit(
            path=dependency.place.path,
            line=text.count(b"\n", 0, start) + 1,
            start=start,
            before=dependency.requirement,
            after=wanted,
        )
    ]


@dataclass
class Book:
    """An ecosystem of which a test uses a few verbs."""

    NAME: EcosystemName
    OSV: str
    TOOL: str = "true"
    fits: Callable[[str, str], bool | None] = lambda declared, needed: None
    found_checks: tuple[Check, ...] = ()
    edit: Callable[..., Sequence[Edit] | CannotEdit] = edit_requirement

    def normalise(self, name: str) -> PackageName:
        return exactly(name) if self.NAME == "go" else normalise(name)

    def rehash(
        self, text: bytes, dependency: Dependency, release: Release, strategy: RangeStrategy = "auto"
    ) -> Sequence[Edit] | CannotEdit:
        return ()

    def runtime_fits(self, declared: str, needed: str) -> bool | None:
        return self.fits(declared, needed)

    def read_project(self, tree: Tree, manifest: str) -> ProjectRead:
        """A dependency on each line: name and requirement."""
        told = [line.partition(" ") for line in tree.read(manifest).decode().splitlines()]
        return ProjectRead(
            project=Project(
                ecosystem=self.NAME,
                folder=".",
                manifest=manifest,
                manifests=(manifest,),
                lockfile=None,
                tool=self.NAME,
            ),
            dependencies=tuple(
                Dependency(
                    ecosystem=self.NAME,
                    name=PackageName(name),
                    project=f"{self.NAME}:{manifest}",
                    requirement=requirement,
                    locked=None,
                    section="prod",
                    direct=True,
                    place=Place(path=manifest, line=number, key=name),
                )
                for number, (name, _, requirement) in enumerate(told, 1)
            ),
        )

    def relock(self, project: Project, updates: Sequence[Update]) -> Sequence[Command]:
        return [Command(argv=("relock", *(item.name for item in updates)), folder=project.folder)]

    def touched(self, project: Project) -> Sequence[str]:
        return [project.lockfile] if project.lockfile else []

    def prepare(self, tree: Tree, project: Project) -> Sequence[Command]:
        return [Command(argv=("install",), folder=project.folder)]

    def checks(self, tree: Tree, project: Project) -> Sequence[Check]:
        return self.found_checks


def book(ecosystem: EcosystemName, **facts: object) -> Ecosystem:
    return cast(Ecosystem, Book(NAME=ecosystem, OSV=OSV_NAMES[ecosystem], **facts))  # type: ignore[arg-type] # tests name fields


def books(**facts: object) -> dict[EcosystemName, Ecosystem]:
    return {name: book(name, **facts) for name in OSV_NAMES}


@dataclass
class Files:
    """A tree of files in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise ManifestError(f"{path}: no such file.")
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files

    def walk(self) -> Sequence[str]:
        return sorted(self.files)

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in paths if needle in self.files[path]]
