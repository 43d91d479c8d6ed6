"""`upgrade show ID`: one attempt whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.history import find_attempt, open_history, outcome_of, report_of
from upgrader.cli.list_command import print_rows, row_facts
from upgrader.cli.output import make_console, print_json
from upgrader.cli.session import Wishes
from upgrader.report.text import print_attempts, print_report

HELP = "One attempt whole: what was done, the verification matrix, the execution log."
EXAMPLES = (
    "upgrade show requests",
    "upgrade show upgrade/requests-2.33.0 --json",
)
Required = Annotated[
    str, typer.Argument(metavar="ID", help="An attempt: id, package, branch, or its beginning.")
]


def command(
    attempt: Required,
    at: options.At = Path(),
    as_json: options.AsJson = False,
    env: options.Environment = "local",
    color: options.Colour = "auto",
) -> int:
    """Print the attempt."""
    with open_history(Wishes(path=at), env) as (_, ledger):
        row = find_attempt(ledger, env, attempt)
        outcome = outcome_of(ledger, row)
        report = report_of(ledger, [row])
    if as_json:
        print_json("show", {"attempt": row_facts(row), "outcome": outcome, "log": report.log})
        return 0
    console = make_console(color)
    print_rows([row], console)
    if outcome is not None:
        print_attempts([outcome], console)
    print_report(report, console)
    return 0
