"""A move and its weight: Update, the facts of the witnesses, Assessment, Audit."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from upgrader.model.inventory import Dependency, Held, HeldKind, Inventory
from upgrader.model.release import Advisory, NotChecked, Release
from upgrader.model.words import EcosystemName, Group, Move, PackageName, RangeStrategy, Risk, Section


class PassedOver(Struct, frozen=True, kw_only=True):
    """A newer release that was not taken, with its reason: what `explain` tells."""

    version: str
    kind: HeldKind
    reason: str


class Update(Struct, frozen=True, kw_only=True):
    """A move of one package in one project, from what is used now to a release that exists."""

    dependencies: tuple[Dependency, ...]
    """Every place that asks for it at this version, at least one; they move together. Order: path, line."""
    current: str
    """The locked version, else what the requirement pins or starts at; "" when neither is known."""
    target: Release
    latest: str
    """The newest stable release there is, taken or not."""
    in_range: str | None
    """The newest release the requirement allows (npm's "wanted"); None when not known."""
    move: Move
    source: str
    """Who said so: a registry host, or a native tool and its file."""
    passed_over: tuple[PassedOver, ...] = ()
    strategy: RangeStrategy = "auto"
    """How the requirements are written again."""
    together: str = ""
    """The group that a policy puts it in; "" for none."""
    policies: tuple[str, ...] = ()
    """What the project's policies say about it, a sentence each, with where they stand."""
    runtime: str = ""
    """The runtime that the releases were measured by; "" where none is known."""
    latest_for_runtime: str = ""
    """The newest stable release that this runtime can run; "" where it is `latest` itself, or cannot be told."""

    @property
    def ecosystem(self) -> EcosystemName:
        """The world the package lives in."""
        return self.dependencies[0].ecosystem

    @property
    def name(self) -> PackageName:
        """The package's own name."""
        return self.dependencies[0].name

    @property
    def project(self) -> str:
        """`Project.id` of the project that moves."""
        return self.dependencies[0].project

    @property
    def id(self) -> str:
        """`<ecosystem>:<name>@<current>-><target>`: the upgrade's stable id (FEATURES A43)."""
        return f"{self.ecosystem}:{self.name}@{self.current}->{self.target.version}"


class Fact(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What a witness saw; it weighs nothing."""

    witness: str
    source: str
    """Where it can be checked: a host, a file:line, a database folder."""


class SemverFact(Fact, frozen=True, kw_only=True, tag="semver"):
    """The version step, by the ecosystem's own rules."""

    move: Move


class AdvisoryFact(Fact, frozen=True, kw_only=True, tag="advisory"):
    """An advisory that concerns the current or the target version."""

    advisory: Advisory
    affects_current: bool
    affects_target: bool
    subject: str = ""
    """`<package> <version>` in use, for a fact that hangs on no update (`Audit.vulnerable`)."""


class AgeFact(Fact, frozen=True, kw_only=True, tag="age"):
    """How long the target has been out."""

    days: float | None
    """None when the registry gives no upload time."""


class WithdrawnFact(Fact, frozen=True, kw_only=True, tag="withdrawn"):
    """The current or target release, or the whole package, is yanked, deprecated or retracted."""

    which: Literal["current", "target", "package"]
    how: Literal["yanked", "deprecated", "retracted"]
    reason: str


class RuntimeFact(Fact, frozen=True, kw_only=True, tag="runtime"):
    """The runtime the target needs against the one the project declares."""

    needs: str
    declares: str | None
    """None when the project declares none."""
    fits: bool | None
    """None when it cannot be told."""


class ScopeFact(Fact, frozen=True, kw_only=True, tag="scope"):
    """How the project uses the package."""

    sections: tuple[Section, ...]
    direct: bool
    places: int


class ScriptFact(Fact, frozen=True, kw_only=True, tag="install script"):
    """The target runs code at install time and the current version does not."""

    appeared: bool


class Unanswered(Fact, frozen=True, kw_only=True, tag="unanswered"):
    """A witness that could not be heard: raises the risk, never lowers it."""

    reason: str


AnyFact = (
    SemverFact | AdvisoryFact | AgeFact | WithdrawnFact | RuntimeFact | ScopeFact | ScriptFact | Unanswered
)


class Reason(Struct, frozen=True, kw_only=True):
    """One sentence behind a risk level that a person can check."""

    risk: Risk
    text: str
    witness: str
    source: str


class Assessment(Struct, frozen=True, kw_only=True):
    """An update with its facts, weighed."""

    update: Update
    facts: tuple[AnyFact, ...]
    risk: Risk
    reasons: tuple[Reason, ...]
    """From the heaviest down; at least one."""
    priority: str
    """The words of FEATURES C10: `Update directly`, `Review breaking changes` and their kin."""
    group: Group


class Still(Struct, frozen=True, kw_only=True):
    """A package that was looked up and does not move, and every newer release with the reason against it."""

    ecosystem: EcosystemName
    name: PackageName
    project: str
    current: str
    latest: str
    passed_over: tuple[PassedOver, ...] = ()
    policies: tuple[str, ...] = ()
    """What the project's policies say about it."""


class Audit(Struct, frozen=True, kw_only=True):
    """The whole answer of `upgrade audit`. Order of assessments: GROUPS, then name, then project."""

    inventory: Inventory
    assessments: tuple[Assessment, ...]
    held: tuple[Held, ...]
    """Inventory's held ones included."""
    not_checked: tuple[NotChecked, ...]
    up_to_date: int
    """Packages that were looked up and have nowhere to go."""
    advisories: str
    """Which advisory source was asked, or why none could be."""
    vulnerable: tuple[AdvisoryFact, ...] = ()
    """Advisories on current versions for which no update is offered (transitive ones, no fix yet)."""
    beyond_target: int = 0
    """Packages of which a newer release exists, but none that the target (`--target`) asks for."""
    still: tuple[Still, ...] = ()
    """Packages with nowhere to go of which a newer release exists, or about which a policy speaks."""
    complete: bool = True
    """False when something could not be checked: exit code 3."""
