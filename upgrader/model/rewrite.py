"""What rule packs did to a project's files, file by file, and what they leave for people."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

NoteKind = Literal["flag", "not exact", "unsafe", "not followed", "dropped", "left over", "not run"]
"""flag: a pack asks a person to look. not exact: a rule met a place that it can't mend exactly. unsafe: an edit that is
made only when asked for. not followed: the code can't be followed there. dropped: the file's edits were taken back.
left over: what must not remain still stands there. not run: a command or data step that was not allowed."""


class CodeBlock(Struct, frozen=True, kw_only=True):
    """What a rule makes of a piece of code (FEATURES C13)."""

    rule: str
    message: str
    url: str
    before: str
    after: str


class PlannedPack(Struct, frozen=True, kw_only=True):
    """A rule pack that a step runs over the project's code after the manifest was edited."""

    id: str
    package: str
    title: str
    origin: str
    """`bundled`, `folder` or `project`."""
    digest: str
    """sha256 of the pack's file: another one refuses the step."""
    rules: int
    """Edits that are made without being asked for."""
    unsafe: int
    references: tuple[str, ...] = ()
    breaking: tuple[str, ...] = ()
    """What the release notes call breaking, sorted by the pack's author."""
    new: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()
    blocks: tuple[CodeBlock, ...] = ()
    """An example of each edit, at most ten."""
    manual: tuple[str, ...] = ()
    """What a person has to do or to look at, in order (FEATURES C28)."""
    stops: tuple[str, ...] = ()
    """Releases at which its author would stop on the way."""


class RuleCount(Struct, frozen=True, kw_only=True):
    """How often a rule edited a file (FEATURES A30)."""

    rule: str
    edits: int
    pack: str
    """Id of the pack that the rule belongs to."""


class RewrittenFile(Struct, frozen=True, kw_only=True):
    """A file that the packs changed."""

    path: str
    """Posix, relative to the root that was worked on."""
    rules: tuple[RuleCount, ...]
    """In the order of the packs and their rules."""
    before: str
    """sha256 of the bytes, in hex."""
    after: str
    diff: str = ""
    """Unified diff; "" where it was not asked for."""


class ReviewNote(Struct, frozen=True, kw_only=True):
    """A place that a person has to look at, as it stands after the rewrite."""

    path: str
    line: int
    """1-based; 0 for the file or project as a whole."""
    column: int
    """1-based, in characters."""
    kind: NoteKind
    pack: str
    rule: str
    """"" when no rule of the pack is meant."""
    message: str
    url: str = ""


class SkippedFile(Struct, frozen=True, kw_only=True):
    """A file that holds what the packs look for and was left alone."""

    path: str
    reason: str
    """`generated`, `vendored`, `minified`, `symlink`, `submodule`, `larger than 1 MiB`, `not utf-8 text` ..."""


RunKind = Literal["delegate", "post", "schema", "data", "config", "infrastructure", "flag", "manual"]
"""An official codemod, a command after the rewrite, or the kind of a pack's step."""


class CommandRun(Struct, frozen=True, kw_only=True):
    """A command or step that a pack asks for, and what became of it."""

    pack: str
    id: str
    kind: RunKind
    outcome: Literal["done", "failed", "held", "undone", "not undone"]
    """held: not begun, the message says why. undone: `down` took it back. not undone: it stands, and should not."""
    message: str
    """What it is for, or what went wrong."""
    argv: tuple[str, ...] = ()
    """A step's `up`."""
    down: tuple[str, ...] = ()
    """What takes it back; () for what can't be."""
    phase: str = ""
    """`expand`, `contract`, or "" (FEATURES A26)."""
    origin: str = "bundled"
    """Where its pack comes from: taking back needs the same allowance as running."""
    network: bool = False
    duration_ms: int = 0
    files: dict[str, str] = field(default_factory=dict)
    """Attached file to its sha256 (FEATURES A27)."""
    log: str = ""
    """The end of what it printed, without secrets."""


class Rewrite(Struct, frozen=True, kw_only=True):
    """Everything the packs of one move did and found."""

    packs: tuple[str, ...] = ()
    """Their ids, in the order in which they ran."""
    files: tuple[RewrittenFile, ...] = ()
    """By path."""
    notes: tuple[ReviewNote, ...] = ()
    """By path, line, column."""
    skipped: tuple[SkippedFile, ...] = ()
    """By path."""
    looked_at: int = 0
    """Files that were parsed."""
    commands: tuple[CommandRun, ...] = ()
    """What the packs asked to run, in order; empty where nothing was allowed."""

    @property
    def edits(self) -> int:
        """How many edits were made in all files."""
        return sum(count.edits for file in self.files for count in file.rules)
