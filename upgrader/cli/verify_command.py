"""`upgrade verify [ID]`: the checks of a kept upgrade again, on both sides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.history import find_attempt, outcome_of
from upgrader.cli.output import Progress, make_console, print_json
from upgrader.cli.planning import open_git
from upgrader.cli.repository import open_workshop
from upgrader.cli.session import Wishes
from upgrader.errors import LedgerError
from upgrader.ledger import AttemptRow, Ledger
from upgrader.model import Verification
from upgrader.outside.redact import strip_controls
from upgrader.report.text import print_matrix
from upgrader.stages.verify import Verifier

HELP = "Run the checks of kept upgrades again, on their baseline and on their branch; without ID all that are kept."
EXAMPLES = (
    "upgrade verify",
    "upgrade verify requests",
    "upgrade verify upgrade/requests-2.33.0 --json",
)
Network = Annotated[bool, typer.Option("--network", help="Let the checks reach the network.")]


def command(
    attempt: options.Id = None,
    at: options.At = Path(),
    as_json: options.AsJson = False,
    network: Network = False,
    env: options.Environment = "local",
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Verify and print the matrix of each."""
    progress = Progress(quiet=quiet)
    done: dict[str, Verification] = {}
    with open_workshop(open_git(Wishes(path=at)), progress, env=env, network=network) as workshop:
        verifier = Verifier(workshop)
        for row in _chosen(workshop.ledger, attempt, env):
            outcome = outcome_of(workshop.ledger, row)
            if outcome is None or row.head_sha is None:
                raise LedgerError(
                    f"{row.id}: the ledger does not hold its checks.", "Apply it again with --force."
                )
            done[row.id] = verifier.verify(outcome.step, row.base_sha, row.head_sha)
            workshop.ledger.note("verified again", {"verdict": done[row.id].verdict}, row.key)
    progress.done()
    if as_json:
        print_json(
            "verify",
            {"verifications": [{"attempt": key, "verification": item} for key, item in done.items()]},
        )
    else:
        console = make_console(color)
        for key, item in done.items():
            console.print(strip_controls(key), markup=False)
            print_matrix(item, console)
    verdicts = {item.verdict for item in done.values()}
    return 1 if "drop" in verdicts else 3 if "unproven" in verdicts else 0


def _chosen(ledger: Ledger, name: str | None, env: str) -> list[AttemptRow]:
    rows = [row for row in ledger.attempts(env) if row.state == "COMPLETED"]
    if name is not None:
        row = find_attempt(ledger, env, name)
        if row.state != "COMPLETED":
            raise LedgerError(
                f"{row.id}: is {row.state}; only a kept upgrade can be verified.", "See `upgrade list`."
            )
        return [row]
    if not rows:
        raise LedgerError("no upgrade is kept here.", "`upgrade apply` makes them.")
    return list({row.upgrade_id: row for row in rows}.values())
