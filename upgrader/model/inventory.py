"""What a project asks for and holds: Place, Project, Dependency, Held, Inventory."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from upgrader.model.words import EcosystemName, PackageName, Section

RUNTIME = "runtime: "
"""How `Dependency.immovable` begins for what a project runs on: Node.js, Go, Rust."""
FOLLOWS = "catalog reference ("
"""How it begins for what names an entry of a catalog that is known; the entry's place follows."""


class Place(Struct, frozen=True, kw_only=True):
    """Where something is written."""

    path: str
    """Posix path relative to the audited root."""
    line: int
    """1-based; 0 when the file as a whole is meant."""
    key: str = ""
    """Path of keys inside the file, such as `dependencies.left-pad`."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Project(Struct, frozen=True, kw_only=True):
    """One manifest with its members and its lockfile: what is locked and tested together."""

    ecosystem: EcosystemName
    folder: str
    """Posix folder relative to the root, `.` for the root itself; native tools run here."""
    manifest: str
    """The root manifest; `<ecosystem>:<manifest>` is the project's id."""
    manifests: tuple[str, ...]
    """Every file that states requirements: root manifest first, then members and included files, sorted."""
    lockfile: str | None
    """None when the project has none."""
    tool: str
    """The native tool that owns the lockfile: npm, uv, pip, go, cargo."""
    name: str = ""
    """The project's own name, "" when it states none."""
    runtime: str | None = None
    """The runtime requirement it declares (`>=18`, `>=3.9`, `1.22`, `1.70`); None when it declares none."""
    lock_format: str = ""
    """The lockfile's own format that `relock` must keep, in the ecosystem's words (npm: `3`, `2 without resolved`)."""

    @property
    def id(self) -> str:
        """Stable name of the project in every document."""
        return f"{self.ecosystem}:{self.manifest}"


class Dependency(Struct, frozen=True, kw_only=True):
    """One requirement in one manifest, or one package that only a lockfile holds (`direct` is False)."""

    ecosystem: EcosystemName
    name: PackageName
    project: str
    """`Project.id`."""
    requirement: str
    """What the manifest asks, as written, without name, extras and marker; "" for none."""
    locked: str | None
    """The exact version the lockfile holds for this place; None when no lockfile states one."""
    section: Section
    direct: bool
    place: Place
    """The manifest's line; for a transitive one the lockfile's."""
    group: str = ""
    """The section as the author wrote it: `devDependencies`, `test`, `dev-dependencies`."""
    alias: str = ""
    """The name the manifest uses when it is not the package's own (npm `npm:`, cargo `package =`)."""
    marker: str = ""
    """The condition as written: PEP 508 marker or cargo target."""
    immovable: str = ""
    """Why it can't be upgraded (`git reference`, `path`, `workspace member`, `url`); "" when it can."""

    @property
    def is_runtime(self) -> bool:
        """It says what the project runs on: no package of the registry, whatever packages are called the same."""
        return self.immovable.startswith(RUNTIME)

    @property
    def follows(self) -> bool:
        """It names an entry of a catalog, which is a row of its own and moves for all that name it."""
        return self.immovable.startswith(FOLLOWS)


HeldKind = Literal[
    "unreadable",
    "immovable",
    "not checked",
    "cooldown",
    "runtime",
    "withdrawn",
    "policy",
    "target",
    "peer",
    "edit",
    "tool",
    "input",
]


class Held(Struct, frozen=True, kw_only=True):
    """Something the run did not do, with its reason: never shown as up to date."""

    kind: HeldKind
    subject: str
    """A package name, or the file that cannot be read."""
    reason: str
    """What and where; for an unreadable file it starts with `path:line:`."""
    advice: str = ""
    ecosystem: EcosystemName | None = None
    """None when the fault is not one ecosystem's."""
    place: Place | None = None
    """None when no single place is meant."""
    version: str = ""
    """The release that is held, "" when none is meant."""


class Inventory(Struct, frozen=True, kw_only=True):
    """Every dependency of every manifest below the root. Order: project id, then path, line, name."""

    projects: tuple[Project, ...]
    dependencies: tuple[Dependency, ...]
    held: tuple[Held, ...]
