"""What `apply`, `verify` and `rollback` work with: the repository, the tools' door, the ledger, checkouts."""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from upgrader.ecosystems.base import Ecosystem, ProjectRead
from upgrader.errors import CommandFailed, StepRefused
from upgrader.ledger import Ledger
from upgrader.model import Command, EcosystemName, Step
from upgrader.outside.cache import default_folder
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.git import Git, Worktree
from upgrader.outside.redact import redact, strip_controls
from upgrader.outside.shell import Finished
from upgrader.rulebook.load import Source
from upgrader.stages.allowance import NOTHING_ALLOWED, Allowance
from upgrader.stages.planted import refuse_planted

LOCK_REASON = "upgrader: a step is being verified"


_NOISE = re.compile(
    r"^npm (?:warn|error)[ \t]*(?:Unknown .* config .*|A complete log of this run .*|For a full report see:?)?"
    r"[ \t]*(?:\n|$)"
    r"|^npm error /\S+-(?:eresolve-report\.txt|debug-\d+\.log)[ \t]*(?:\n|$)",
    re.MULTILINE,
)
"""What npm adds to every failure: it says nothing of this one."""
_LONGEST_WORD = 60
_MOST_WORDS = 4


class RunTool(Protocol):
    """The door to the native tools; tests may close it."""

    def __call__(self, command: Command, checkout: Path, *, checking: bool, trusted: bool = True) -> Finished:
        """Run a described command in a checkout. `checking` is True for the project's own code (checks).

        `trusted` is False for a command that no ecosystem described: it may need the network, and gets walls.
        """


class Workshop(Struct, frozen=True, kw_only=True):
    """Everything an attempt needs; made once per run."""

    git: Git
    room: Path
    """A folder of this repository's that holds nothing but the tool's checkouts; recovery empties it."""
    books: Mapping[EcosystemName, Ecosystem]
    ledger: Ledger
    run_tool: RunTool
    progress: Callable[[str, str], None]
    """Called with a step id ("" for the whole run) and what happens now, in a few words."""
    correlation_id: str
    """Names the run in every ledger event."""
    force: bool = False
    """Try again what was completed before."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by Ctrl-C: no further command is begun, and nothing more is kept."""
    sources: tuple[Source, ...] = ()
    """Where rule packs come from, besides the project's own."""
    unsafe: bool = False
    """Make the unsafe edits of rule packs, too."""
    secrets: tuple[str, ...] = ()
    """Values that must not reach a log, a report or the ledger."""
    allowance: Allowance = NOTHING_ALLOWED
    """What rule packs may run."""


def run_tool(
    workshop: Workshop, command: Command, checkout: Path, *, checking: bool, trusted: bool = True
) -> Finished:
    """Run a command through the workshop's door; one that Ctrl-C ended raises KeyboardInterrupt, in any thread."""
    go_on(workshop)
    finished = workshop.run_tool(command, checkout, checking=checking, trusted=trusted)
    go_on(workshop)
    if finished.ended == "interrupted":
        raise KeyboardInterrupt
    return finished


def go_on(workshop: Workshop) -> None:
    """Raise KeyboardInterrupt in a worker thread once the main thread was interrupted."""
    if workshop.stop.is_set():
        raise KeyboardInterrupt


def must_run(workshop: Workshop, command: Command, checkout: Path, *, trusted: bool = True) -> Finished:
    """Run a tool's command; raises CommandFailed with the last lines it printed unless it ended well."""
    finished = run_tool(workshop, command, checkout, checking=False, trusted=trusted)
    if finished.exit_code == 0:
        return finished
    code = finished.exit_code
    how = f"exit code {code}" if code is not None else f"ended by {finished.ended}"
    said = last_lines(_NOISE.sub("", finished.output), workshop.secrets)
    purpose = f" ({command.why.partition(';')[0]})" if command.why else ""
    raise CommandFailed(f"{shorten(command.argv)}{purpose}: {how}: {said}", "")


def shorten(argv: Sequence[str]) -> str:
    """A command line as people name it: without its options' flood, and never with a program's text in it."""
    words = [word for word in argv if len(word) <= _LONGEST_WORD and "\n" not in word]
    shown = words[:_MOST_WORDS]
    return " ".join(shown) + (" …" if len(shown) < len(argv) else "")


def last_lines(output: str, secrets: tuple[str, ...], lines: int = 20) -> str:
    """The end of a tool's output, safe to show: controls stripped, secrets redacted."""
    tail = "\n".join(strip_controls(output).rstrip().splitlines()[-lines:])
    return redact(tail, secrets)


@contextmanager
def checkout(workshop: Workshop, commit: str) -> Iterator[Worktree]:
    """A fresh detached worktree of a commit, outside the repository, gone afterwards whatever happens.

    Raises StepRefused for a commit in which no tool may be started.
    """
    place = Path(tempfile.mkdtemp(prefix="checkout-", dir=workshop.room))
    try:
        worktree = workshop.git.add_worktree(place, commit, LOCK_REASON)
        refuse_planted(worktree)
        yield worktree
    finally:
        workshop.git.remove_worktree(place)


def make_room(git: Git) -> Path:
    """The repository's own folder for checkouts, in the user's cache; only the user may enter it.

    Outside the repository: cargo, npm and go look into the folders above theirs, and must not find the user's files.
    """
    name = hashlib.sha256(str(git.common_dir).encode()).hexdigest()[:16]
    room = default_folder() / "checkouts" / name
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    return room


def read_step_project(workshop: Workshop, folder: Path, step: Step) -> ProjectRead:
    """What the step's project asks and holds, as the files below a checkout say it now."""
    return workshop.books[step.ecosystem].read_project(FolderTree(folder), manifest_of(step))


def manifest_of(step: Step) -> str:
    """The manifest in a project's id. Raises StepRefused for an id that an edit of the plan broke."""
    ecosystem, colon, manifest = step.project.partition(":")
    if ecosystem != step.ecosystem or not colon or not manifest:
        raise StepRefused(f"{step.project!r}: is not the id of a project.", "Make the plan anew.")
    return manifest
