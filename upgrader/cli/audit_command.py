"""`upgrade audit`: what could move, how risky, and why. Reads only."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.ending import FAIL_ON, audit_code, same_flags
from upgrader.cli.output import Progress, make_console, print_json
from upgrader.cli.session import Wishes, open_trip
from upgrader.errors import ConfigError
from upgrader.flow import run_audit
from upgrader.model import Audit, Reported

HELP = "What could move, how risky, and why. Read-only; what could not be looked up is `not checked` and exit code 3."
EXAMPLES = (
    "upgrade audit",
    "upgrade audit --json services/api",
    "upgrade audit --target minor --reject '/^@types/,left-pad@<2' --dev",
    "npm outdated --json --long | upgrade audit --from -",
    "upgrade audit --advisories ~/osv --fail-on vuln",
)
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="WHAT",
        help=f"Exit 1 when there is any: {', '.join(FAIL_ON)}.",
        autocompletion=lambda: list(FAIL_ON),
    ),
]
Wide = Annotated[
    bool, typer.Option("--wide", "-w", help="More columns: ecosystem, wanted, age, source, advisories.")
]


def command(
    path: options.Folder = Path(),
    as_json: options.AsJson = False,
    wide: Wide = False,
    via: options.Via = "registry",
    from_file: options.From = None,
    fail_on: FailOn = "none",
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
    """Audit and print."""
    if fail_on not in FAIL_ON:
        raise ConfigError(f"--fail-on: {fail_on!r} is not known.", f"Use one of {', '.join(FAIL_ON)}.")
    wishes = Wishes(
        path=path,
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
    audit = audit_with(wishes, via, from_file, Progress(quiet=quiet))
    if as_json:
        print_json("audit", audit_facts(audit))
    else:
        from upgrader.report.text import print_audit  # lazy: JSON needs none of it

        next_step = _next(audit, interactive=interactive) if audit.assessments else ""
        print_audit(audit, make_console(color), wide=wide, next_step=next_step)
    return audit_code(audit, fail_on)


def _next(audit: Audit, *, interactive: bool) -> str:
    """The plan of the same; of what was picked by its names, since a name has no version."""
    names = sorted({shlex.quote(item.update.name) for item in audit.assessments}) if interactive else []
    return " ".join(["upgrade plan", *names]) + same_flags()


def audit_with(wishes: Wishes, via: str, from_file: str | None, progress: Progress) -> Audit:
    """Audit the folder by the wished way."""
    if wishes.interactive:
        from upgrader.cli.picking import check_terminal  # lazy: few runs are interactive

        if from_file is not None or via != "registry":
            raise ConfigError("-i: versions are picked from registries, not from a report.", "Leave one out.")
        check_terminal()
    trip = open_trip(wishes, progress)
    reported: list[Reported] | None = None
    if from_file is not None:
        from upgrader.cli.saved import (
            read_saved,  # lazy, as is what runs native tools: few audits need either
        )

        reported = read_saved(from_file)
    elif via == "native":
        from upgrader.cli.native import read_native

        reported = read_native(trip)
    elif via != "registry":
        raise ConfigError(f"--via: {via!r} is not known.", "Use registry or native.")
    try:
        audited = run_audit(trip, reported)
        if wishes.interactive:
            from upgrader.cli.picking import pick

            progress.done()
            audited = pick(audited)
        return audited.audit
    finally:
        progress.done()


def audit_facts(audit: Audit) -> dict[str, object]:
    """The document's facts; the inventory's own document is `upgrade inventory --json`."""
    return {
        "complete": audit.complete,
        "assessments": [
            {"id": item.update.id, "package": item.update.name, "ecosystem": item.update.ecosystem}
            | {name: getattr(item, name) for name in item.__struct_fields__}
            for item in audit.assessments
        ],
        "held": audit.held,
        "not_checked": audit.not_checked,
        "vulnerable": audit.vulnerable,
        "up_to_date": audit.up_to_date,
        "beyond_target": audit.beyond_target,
        "advisories": audit.advisories,
        "projects": audit.inventory.projects,
    }
