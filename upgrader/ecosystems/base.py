"""The rib: what every ecosystem answers, and the ordinary answers an ecosystem may bind by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from upgrader.model import (
    CannotEdit,
    Check,
    Command,
    Dependency,
    EcosystemName,
    Edit,
    Held,
    Lookup,
    NotChecked,
    Package,
    PackageName,
    Project,
    RangeStrategy,
    Release,
    Reported,
    Update,
)
from upgrader.outside.form import Form

if TYPE_CHECKING:
    from upgrader.outside.http import Client


class Tree(Protocol):
    """A read-only look at one version of the project's files: the working folder, or a commit."""

    def read(self, path: str) -> bytes:
        """Give the bytes of a posix path relative to the root; raises ManifestError when it cannot."""

    def exists(self, path: str) -> bool:
        """Tell whether the path is a regular file below the root."""

    def walk(self) -> Sequence[str]:
        """Every file below the root that is the project's own, sorted posix paths."""

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        """Those of the files that hold these bytes, in their order; one that can't be read, or is huge, does not."""


class ProjectRead(Struct, frozen=True, kw_only=True):
    """What one manifest and its lockfile say."""

    project: Project
    dependencies: tuple[Dependency, ...]
    """Direct ones of every section and place, and transitive ones of the lockfile. Order: path, line, name."""
    held: tuple[Held, ...] = ()
    """Lines, members or lockfiles that could not be read, each with file:line."""


class Registry(Struct, frozen=True, kw_only=True):
    """Where an ecosystem's packages are asked for, as the native client is set up for this project."""

    ecosystem: EcosystemName
    url: str
    """Base address without userinfo, no trailing slash; "" when none could be found (see `problem`)."""
    scopes: dict[str, str] = field(default_factory=dict)
    """npm scope (`@corp`) to base address; go module pattern to `direct` or `off`;
    Python package pinned to an index of its own (uv) to that index's address; empty elsewhere."""
    fallbacks: tuple[str, ...] = ()
    """Further indexes asked in order: pip's extra indexes, the rest of GOPROXY."""
    merged: bool = False
    """pip: the releases of `url` and all `fallbacks` count together; else the first that has the package counts."""
    credentials: dict[str, str] = field(default_factory=dict)
    """Origin (`https://host:port`) to the value of its Authorization header; goes to that origin alone."""
    cooldown_days: float | None = None
    """The native client's own minimum release age, None when it has none set."""
    cooldown_except: tuple[str, ...] = ()
    """Names and patterns (`@corp/*`) that the native client's own minimum age does not hold."""
    problem: str = ""
    """Why there is no usable address; every look-up is then "not checked" with it."""


class Ask(Protocol):
    """Runs a short, harmless native command to learn a setting; the door tests may close."""

    def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        """Give stdout stripped, or None when the tool is missing or fails. Answers are cached per tool version."""


class Ecosystem(Protocol):
    """A reference book about one world. A module (package `__init__`) offers all of these, none optional."""

    NAME: EcosystemName
    OSV: str
    """The ecosystem's name in OSV records."""
    TOOL: str
    """The native tool that must be on PATH for `apply`."""

    def normalise(self, name: str) -> PackageName:
        """The registry's spelling of a name; raises VersionError for one it would not accept (SAFETY T9)."""

    def purl(self, name: PackageName, version: str | None) -> str:
        """The package URL (purl-spec) of a package, with its version when there is one."""

    def find_manifests(self, paths: Sequence[str]) -> list[str]:
        """Root manifests among the tree's paths; members and included files are left to `read_project`."""

    def find_inside(self, tree: Tree, paths: Sequence[str]) -> list[str]:
        """Manifests that only a look into source files tells (PEP 723), sorted."""

    def read_project(self, tree: Tree, manifest: str) -> ProjectRead:
        """What one manifest asks and its lockfile holds. Raises ManifestError when nothing can be read."""

    def members(self, read: ProjectRead) -> Sequence[str]:
        """Manifests this project has taken in, so that they are not read again as roots."""

    def locate_registry(self, root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
        """The registry as the native client would use it here: its files, its environment, else its default."""

    def look_up(self, client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
        """One request per package, side by side; the answers in the order of the names. Never raises for one."""

    def look_closer(
        self, client: Client, registry: Registry, package: Package, versions: Sequence[str]
    ) -> Package:
        """The package with the times and runtimes of these releases, where `look_up` does not tell them of all."""

    def outdated(self, project: Project) -> Command:
        """The native tool's own outdated command, for `--via native`."""

    def silence(self, tree: Tree, project: Project) -> str:
        """Why a package that the outdated command does not mention is not known to be current; "" when it is."""

    def recognises(self, text: str) -> bool:
        """Whether saved output (cleaned text) is of a tool of this world; a failed run of one counts as its own."""

    def read_outdated(self, text: str, source: str) -> list[Reported]:
        """Read saved output: of the outdated tools and of the ecosystem's audit tools. InputError for a failed run."""

    def installed_runtime(self, env: Mapping[str, str], ask: Ask) -> str | None:
        """The runtime on this machine, in the form a project declares it; None when it is missing."""

    def runtime_fits(self, declared: str, needed: str) -> bool | None:
        """Whether every runtime the project declares can run what needs `needed`; None if it can't be told."""

    def edit(
        self, text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
    ) -> Sequence[Edit] | CannotEdit:
        """The spans that make this one place ask for `target` by the strategy; empty when it already does."""

    def digests(self, client: Client, registry: Registry, name: PackageName, version: str) -> tuple[str, ...]:
        """The digests of a release's files, for places that carry them; empty where the registry tells none."""

    def rehash(
        self, text: bytes, dependency: Dependency, release: Release, strategy: RangeStrategy = "auto"
    ) -> Sequence[Edit] | CannotEdit:
        """The spans of a place that carries the digests of its release: version and digests; empty for any other."""

    def relock(self, project: Project, updates: Sequence[Update]) -> Sequence[Command]:
        """Describe how the native tool refreshes the lockfile for these packages alone."""

    def touched(self, project: Project) -> Sequence[str]:
        """Files that `relock` may change besides the edited ones."""

    def graph(self, project: Project) -> Command | None:
        """A command that prints which package requires which, after the refresh; None when there is none to run."""

    def explain_moves(
        self, before: ProjectRead, after: ProjectRead, updates: Sequence[Update], graph_text: str
    ) -> Mapping[PackageName, str]:
        """Packages outside the updates that had to move with them, each with the reason, from `graph`'s output."""

    def prepare(self, tree: Tree, project: Project) -> Sequence[Command]:
        """Describe how a fresh checkout gets what the checks need: from the lockfile, nothing resolved anew."""

    def checks(self, tree: Tree, project: Project) -> Sequence[Check]:
        """The project's own checks by the ecosystem's conventions."""


def package_form(reader: str) -> Form[Package]:
    """How what `reader` (a name and a number that grows with what it reads) made of an answer is kept."""
    return Form(reader, Package, lambda package, age_s: replace(package, age_s=age_s))


def no_checks(tree: Tree, project: Project) -> Sequence[Check]:
    """Nothing is known about how this world tests itself."""
    return ()


def told_whole(client: Client, registry: Registry, package: Package, versions: Sequence[str]) -> Package:
    """The registry's one answer already tells of every release."""
    return package


def no_digests(client: Client, registry: Registry, name: PackageName, version: str) -> tuple[str, ...]:
    """Digests stand in lockfiles alone, which the native tool writes."""
    return ()


def no_hashes(
    text: bytes, dependency: Dependency, release: Release, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """No manifest of this world carries digests."""
    return ()


def none_inside(tree: Tree, paths: Sequence[str]) -> list[str]:
    """Source files of this world state no requirements."""
    return []


def silence_is_an_answer(tree: Tree, project: Project) -> str:
    """The tool looks at the lockfile, and tells every package that is behind."""
    return ""


def no_graph(project: Project) -> Command | None:
    """Direct dependencies of this world never have to move with another one."""
    return None


def no_moves(
    before: ProjectRead, after: ProjectRead, updates: Sequence[Update], graph_text: str
) -> Mapping[PackageName, str]:
    """Nothing outside the updates has to move."""
    return {}


def not_checked(registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
    """Every name unanswered for the registry's own problem."""
    return [NotChecked(ecosystem=registry.ecosystem, name=name, reason=registry.problem) for name in names]
