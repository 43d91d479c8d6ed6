"""`upgrade rollback [ID]`: take a kept upgrade back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from upgrader.cli import allowing, options
from upgrader.cli import declared as typer
from upgrader.cli.history import find_attempt, outcome_of
from upgrader.cli.output import Progress, make_console, print_json, stderr
from upgrader.cli.planning import open_git
from upgrader.cli.repository import open_workshop
from upgrader.cli.session import Wishes
from upgrader.errors import LedgerError
from upgrader.ledger import AttemptRow, Ledger
from upgrader.model import CommandRun
from upgrader.report.text import print_matrix
from upgrader.stages.pack_undo import take_back_steps
from upgrader.stages.rollback import roll_back
from upgrader.stages.verify import Verifier

HELP = "Take a kept upgrade back: its branch before the merge, a reverting branch after it. Without ID the last one."
EXAMPLES = (
    "upgrade rollback",
    "upgrade rollback requests --dry-run",
    "upgrade rollback upgrade/requests-2.33.0",
)
Network = Annotated[bool, typer.Option("--network", help="Let the checks reach the network.")]


def command(
    attempt: options.Id = None,
    at: options.At = Path(),
    as_json: options.AsJson = False,
    dry_run: options.DryRun = False,
    network: Network = False,
    allow_commands: allowing.Commands = False,
    allow_project_commands: allowing.Project = False,
    pass_env: allowing.PassEnv = None,
    env: options.Environment = "local",
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Roll back and say what was done."""
    progress = Progress(quiet=quiet)
    allowance = allowing.allow(
        commands=allow_commands, project=allow_project_commands, network=network, names=pass_env or ()
    )
    git = open_git(Wishes(path=at))
    with open_workshop(git, progress, env=env, network=network, allowance=allowance) as workshop:
        row = _chosen(workshop.ledger, attempt, env)
        outcome = outcome_of(workshop.ledger, row)
        step = outcome.step if outcome else None
        # What can't be taken back is found out before any step is.
        roll_back(row, step, workshop, Verifier(workshop).verify, dry_run=True)
        steps = take_back_steps(row, outcome, workshop, dry_run=dry_run)
        done = roll_back(row, step, workshop, Verifier(workshop).verify, dry_run=dry_run)
    progress.done()
    if as_json:
        print_json("rollback", {"dry_run": dry_run, "rollback": done, "steps": steps})
        return 0
    for run in steps:
        stderr(f"step {run.id} of {run.pack}: {_told(run, dry_run=dry_run)}")
    stderr(f"{done.attempt}: {'would have ' if dry_run else ''}{done.how}")
    if done.verification is not None:
        print_matrix(done.verification, make_console(color))
    return 0


def _told(run: CommandRun, *, dry_run: bool) -> str:
    if not run.down:
        return "stays as it is: nothing takes it back"
    return "would be taken back" if dry_run else "taken back"


def _chosen(ledger: Ledger, name: str | None, env: str) -> AttemptRow:
    """The named attempt; else the one that was completed last."""
    if name is not None:
        return find_attempt(ledger, env, name)
    rows = [row for row in ledger.attempts(env) if row.state == "COMPLETED"]
    if not rows:
        raise LedgerError("nothing is kept here that could be taken back.", "See `upgrade list`.")
    return max(rows, key=lambda row: row.ended_at or "")
