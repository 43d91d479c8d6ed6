"""`upgrade report`: the last run, or one attempt, for people who decide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.history import find_attempt, last_run, open_history, report_of
from upgrader.cli.output import make_console, stderr
from upgrader.cli.session import Wishes
from upgrader.errors import ConfigError
from upgrader.outside.files import write_atomic
from upgrader.report import FORMATS
from upgrader.report.text import print_report

HELP = (
    "A report on the last run, or on one attempt: summary, matrix, compatibility, execution log, outstanding."
)
EXAMPLES = (
    "upgrade report",
    "upgrade report --format markdown -o upgrades.md",
    "upgrade report requests --json",
)
Format = Annotated[str, typer.Option("--format", metavar="NAME", help="text, markdown or json.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")]


def command(
    attempt: options.Id = None,
    at: options.At = Path(),
    form: Format = "text",
    output: Output = None,
    as_json: options.AsJson = False,
    env: options.Environment = "local",
    color: options.Colour = "auto",
) -> int:
    """Print or write the report."""
    wanted = "json" if as_json else form
    if wanted not in FORMATS:
        raise ConfigError(f"--format: {form!r} is not known.", f"Use one of {', '.join(sorted(FORMATS))}.")
    with open_history(Wishes(path=at), env) as (_, ledger):
        rows = last_run(ledger, env) if attempt is None else [find_attempt(ledger, env, attempt)]
        report = report_of(ledger, rows)
    if output is not None:
        write_atomic(output, FORMATS[wanted](report).encode())
        stderr(f"wrote {output}")
    elif wanted == "text":
        print_report(report, make_console(color))
    else:
        sys.stdout.write(FORMATS[wanted](report).rstrip("\n") + "\n")
    return 0
