"""`upgrade status`: how each upgrade of this repository stands, newest attempt each."""

from __future__ import annotations

from pathlib import Path

from upgrader.cli import options
from upgrader.cli.history import anchors_of, open_history
from upgrader.cli.list_command import print_rows, row_facts
from upgrader.cli.output import make_console, print_json
from upgrader.cli.session import Wishes
from upgrader.ledger import AttemptRow

HELP = "How the upgrades of this repository stand: the newest attempt of each, its state, its branch."
EXAMPLES = (
    "upgrade status",
    "upgrade status --json",
)


def command(
    at: options.At = Path(),
    as_json: options.AsJson = False,
    env: options.Environment = "local",
    color: options.Colour = "auto",
) -> int:
    """Print one row per upgrade, and the ledger's head."""
    with open_history(Wishes(path=at), env) as (git, ledger):
        newest: dict[str, AttemptRow] = {row.upgrade_id: row for row in ledger.attempts(env)}
        rows = list(newest.values())
        verified = ledger.verify(anchors_of(git, ledger.attempts(env)))
        branches = {row.branch: git.ref(f"refs/heads/{row.branch}") for row in rows}
    facts = [{**row_facts(row), "branch_now": branches[row.branch]} for row in rows]
    if as_json:
        print_json("status", {"upgrades": facts, "ledger": verified, "ledger_summary": verified.summary})
    else:
        print_rows(rows, make_console(color))
        make_console(color).print(f"ledger: {verified.summary}", markup=False)
    return 0 if not verified.problems else 1
