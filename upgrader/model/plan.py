"""What will be done: Edit, Command, Check, Step, Plan; complete, printable, reviewed, edited, applied."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from upgrader.model.inventory import Held, Place
from upgrader.model.rewrite import PlannedPack
from upgrader.model.update import Assessment
from upgrader.model.words import SCHEMA_VERSION, EcosystemName, Group, Risk


class Edit(Struct, frozen=True, kw_only=True):
    """One replaced span of one file; everything else in the file stays byte for byte."""

    path: str
    """Posix path relative to the repository root."""
    line: int
    """1-based line of the span, for people."""
    start: int
    """Byte offset where `before` begins."""
    before: str
    """The span as it stands now (UTF-8); refused when the file holds something else there."""
    after: str


class CannotEdit(Struct, frozen=True, kw_only=True):
    """A place that is left alone, with its reason."""

    place: Place
    reason: str
    advice: str = ""


class Command(Struct, frozen=True, kw_only=True):
    """A native tool's command, described and not yet run. No shell: `argv[0]` is looked up on PATH."""

    argv: tuple[str, ...]
    folder: str = "."
    """Posix folder relative to the checkout where it runs."""
    env: dict[str, str] = field(default_factory=dict)
    """Variables on top of the clean environment."""
    why: str = ""
    network: bool = False
    """True when it must reach a registry."""
    timeout_s: int = 900
    idle_s: int = 300


CheckKind = Literal["tests", "deprecations", "build", "start", "critical"]
CHECK_ROWS: dict[CheckKind, str] = {
    "tests": "All tests pass",
    "deprecations": "No new deprecation warnings",
    "build": "Build succeeds",
    "start": "App starts correctly",
    "critical": "Critical paths work",
}
"""The five rows of the verification matrix, in order (FEATURES C17)."""

TestReader = Literal["pytest", "unittest", "node", "mocha", "jest", "vitest", "go", "cargo", "exit"]
"""How per-test results are read from a check's output; `exit` knows only the exit code."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that is run on the baseline and on the upgrade, in the same way."""

    kind: CheckKind
    name: str
    """For people, unique in the step: `npm test (packages/a)`."""
    command: Command
    reader: TestReader = "exit"
    source: str = ""
    """Where it was found: `package.json: scripts.test`, `tool.upgrader.checks.tests`."""
    ready: str = ""
    """For `start`: regex in the output that says the app is up; "" = still alive after `alive_s`."""
    alive_s: int = 3


class RiskRow(Struct, frozen=True, kw_only=True):
    """A row of the risk assessment table (FEATURES C5)."""

    risk: str
    likelihood: Literal["H", "M", "L", "unknown"]
    impact: Literal["H", "M", "L", "unknown"]
    mitigation: str


class TimelineRow(Struct, frozen=True, kw_only=True):
    """A row of the timeline (FEATURES C7)."""

    phase: Literal["Preparation", "Execution", "Validation", "Cleanup"]
    tasks: str
    estimate: str
    """Median of earlier attempts (`12 s, median of 3 attempts`) or `unknown`."""


class Rollback(Struct, frozen=True, kw_only=True):
    """How the step is taken back (FEATURES C6)."""

    strategy: str
    commands: tuple[Command, ...]
    reversible: bool = True


class Compatibility(Struct, frozen=True, kw_only=True):
    """A compatibility row with exactly the seven fields of FEATURES A12, and the package it is about."""

    package: str
    from_version: str
    to_version: str
    compatible: Literal["yes", "no", "unknown"]
    """`unknown` counts as not compatible (FEATURES A16)."""
    migration_required: Literal["yes", "no", "unknown"]
    breaking_changes: tuple[str, ...] = ()
    new_features: tuple[str, ...] = ()
    deprecated_features: tuple[str, ...] = ()


class Step(Struct, frozen=True, kw_only=True):
    """One upgrade, or one group that must move together: one branch."""

    id: str
    """`Update.id`, or `<ecosystem>:group:<name>@<hash8 of the members>`."""
    title: str
    """`left-pad 1.0.0 → 2.0.0`."""
    branch: str
    """`upgrade/<slug>-<version>`."""
    ecosystem: EcosystemName
    project: str
    """`Project.id`."""
    folder: str
    """The project's folder."""
    lockfile: str | None
    """Refreshed by the step; None when the project has none."""
    assessments: tuple[Assessment, ...]
    """At least one."""
    group: Group
    risk: Risk
    hops: tuple[str, ...]
    """The versions on the way when several majors are jumped, the target last (FEATURES A6, D19)."""
    edits: tuple[Edit, ...]
    """Empty when only the lockfile moves."""
    commands: tuple[Command, ...]
    """Refresh the lockfile, in this order, in the worktree."""
    prepare: tuple[Command, ...]
    """Build the environment of the checks from the lockfile, in a fresh checkout."""
    checks: tuple[Check, ...]
    allowed: tuple[str, ...]
    """Files the step may change, `folder/**` for everything below one; anything else that moved refuses it."""
    compatibility: tuple[Compatibility, ...]
    risks: tuple[RiskRow, ...]
    rollback: Rollback
    timeline: tuple[TimelineRow, ...]
    packs: tuple[PlannedPack, ...] = ()
    """Rule packs that are run over the code below `folder`, in this order, as a commit of their own."""
    elsewhere: tuple[str, ...] = ()
    """Folders below `folder` that belong to other projects: their code is left alone."""
    needs: tuple[str, ...] = ()
    """Ids of steps that should be taken before this one."""


class Plan(Struct, frozen=True, kw_only=True):
    """What `upgrade plan` saves and `apply` reads; holds no clock, so the same input gives the same bytes."""

    base_commit: str
    """The commit it was made for (40 or 64 hex digits)."""
    files: dict[str, str]
    """Every manifest and lockfile it relies on: path to sha256 hex of the bytes at `base_commit`."""
    steps: tuple[Step, ...]
    """In the order they are taken: group, then needs, then name."""
    held: tuple[Held, ...] = ()
    schema_version: int = SCHEMA_VERSION
    tool_version: str = ""
    schema_: str = ""
    """Where the JSON schema stands; "" leaves it out."""
