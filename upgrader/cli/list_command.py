"""`upgrade list`: every attempt there was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.history import open_history
from upgrader.cli.output import make_console, print_json
from upgrader.cli.session import Wishes
from upgrader.errors import ConfigError
from upgrader.ledger import STATES, AttemptRow

if TYPE_CHECKING:
    from rich.console import Console

HELP = "Every attempt in the ledger, oldest first."
EXAMPLES = (
    "upgrade list",
    "upgrade list --state FAILED",
    "upgrade list --pending --json",
)
State = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help=f"Only these: {', '.join(STATES)}.")
]
Pending = Annotated[bool, typer.Option("--pending", help="Only what is PENDING or RUNNING.")]
AllEnvironments = Annotated[bool, typer.Option("--all-envs", help="Attempts of every environment.")]


def command(
    at: options.At = Path(),
    state: State = None,
    pending: Pending = False,
    as_json: options.AsJson = False,
    env: options.Environment = "local",
    all_envs: AllEnvironments = False,
    color: options.Colour = "auto",
) -> int:
    """Print the attempts."""
    if state is not None and state.upper() not in STATES:
        raise ConfigError(f"--state: {state!r} is not known.", f"Use one of {', '.join(STATES)}.")
    with open_history(Wishes(path=at), env) as (_, ledger):
        rows = ledger.attempts(None if all_envs else env)
    if state is not None:
        rows = [row for row in rows if row.state == state.upper()]
    if pending:
        rows = [row for row in rows if row.state in ("PENDING", "RUNNING")]
    if as_json:
        print_json("list", {"attempts": [row_facts(row) for row in rows]})
    else:
        print_rows(rows, make_console(color))
    return 0


def row_facts(row: AttemptRow) -> dict[str, object]:
    """An attempt's row for a JSON document."""
    return {"id": row.id} | {name: getattr(row, name) for name in row.__struct_fields__}


def print_rows(rows: Sequence[AttemptRow], console: Console) -> None:
    """A table: attempt, state, verdict, branch, begun, why."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        console.print("no attempts", markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Attempt", "State", "Verdict", "Branch", "Begun", "Why"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        why = (row.error or "").splitlines()
        cells = (
            row.id,
            row.state,
            row.verdict or "",
            row.branch,
            row.created_at[:19],
            why[0][:80] if why else "",
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
