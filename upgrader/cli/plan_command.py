"""`upgrade plan`: from what is committed to a plan file that can be read, edited and applied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.ending import plan_code, same_flags
from upgrader.cli.output import Progress, make_console, print_json, stderr
from upgrader.cli.planning import Planned, make_planned
from upgrader.cli.session import Wishes
from upgrader.outside.files import write_atomic
from upgrader.report.text import print_plan
from upgrader.stages.plan_file import DEFAULT_NAME, encode_plan, plan_schema

HELP = "Plan upgrades from HEAD: edits, commands, checks, risks, rollback. Writes nothing but the plan file."
EXAMPLES = (
    "upgrade plan",
    "upgrade plan requests 'pytest*'",
    "upgrade plan --target minor --range-strategy widen",
    "upgrade plan -i",
    "upgrade plan --output -",
    "upgrade plan --schema",
)
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help=f"Where to write, - for stdout; default {DEFAULT_NAME}."
    ),
]
Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a plan file and stop.")]
UnknownAge = Annotated[
    bool, typer.Option("--unknown-age", help="Take releases of a registry that gives no upload times.")
]


def command(
    packages: options.Packages = None,
    at: options.At = Path(),
    output: Output = None,
    as_json: options.AsJson = False,
    dry_run: options.DryRun = False,
    schema: Schema = False,
    unknown_age: UnknownAge = False,
    advisories: options.Advisories = None,
    second_opinion: options.SecondOpinion = False,
    cooldown: options.Cooldown = None,
    pre: options.Pre = False,
    ecosystem: options.Only = None,
    reject: options.Reject = None,
    section: options.Sections = None,
    prod: options.Prod = False,
    dev: options.Dev = False,
    peer: options.Peer = False,
    target: options.Target = None,
    interactive: options.Interactive = False,
    range_strategy: options.Strategy = None,
    ignore_path: options.IgnorePaths = None,
    offline: options.Offline = False,
    no_cache: options.NoCache = False,
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Plan, write and print."""
    if schema:
        sys.stdout.buffer.write(plan_schema())
        return 0
    wishes = Wishes(
        path=at,
        packages=tuple(packages or ()),
        advisories=advisories,
        second_opinion=second_opinion,
        cooldown=cooldown,
        pre=pre,
        ecosystems=tuple(ecosystem or ()),
        reject=tuple(reject or ()),
        sections=options.sections(section, prod=prod, dev=dev, peer=peer),
        target=target,
        interactive=interactive,
        range_strategy=range_strategy,
        ignore_paths=tuple(ignore_path or ()),
        offline=offline,
        no_cache=no_cache,
    )
    planned = make_planned(wishes, Progress(quiet=quiet), take_unknown_age=unknown_age)
    if output == Path("-"):
        sys.stdout.buffer.write(encode_plan(planned.plan))
        return plan_code(planned.audit, planned.plan)
    file = output or at / DEFAULT_NAME
    if not dry_run and planned.plan.steps:
        write_atomic(file, encode_plan(planned.plan))
        stderr(f"wrote {file}")
    if as_json:
        print_json("plan", {"file": None if dry_run else str(file), "plan": planned.plan})
    else:
        print_plan(planned.plan, make_console(color), next_step=_next(planned, file))
    return plan_code(planned.audit, planned.plan)


def _next(planned: Planned, file: Path) -> str:
    return f"upgrade apply {file}{same_flags()}" if planned.plan.steps else ""
