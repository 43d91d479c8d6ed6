"""`upgrade explain PACKAGE`: why it does not move, or why to this version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.audit_command import audit_facts, audit_with
from upgrader.cli.output import Progress, make_console, print_json
from upgrader.cli.session import Wishes
from upgrader.report.text import print_explain

HELP = "Why a package does not move, or why to this version: every release passed over, every fact, every reason."
EXAMPLES = (
    "upgrade explain requests",
    "upgrade explain react --path web --json",
)
Package = Annotated[str, typer.Argument(metavar="PACKAGE", help="A package's name.")]


def command(
    package: Package,
    at: options.At = Path(),
    as_json: options.AsJson = False,
    advisories: options.Advisories = None,
    cooldown: options.Cooldown = None,
    pre: options.Pre = False,
    target: options.Target = None,
    range_strategy: options.Strategy = None,
    ignore_path: options.IgnorePaths = None,
    offline: options.Offline = False,
    no_cache: options.NoCache = False,
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Audit the one package and tell everything."""
    wishes = Wishes(
        path=at,
        packages=(package,),
        advisories=advisories,
        cooldown=cooldown,
        pre=pre,
        target=target,
        range_strategy=range_strategy,
        ignore_paths=tuple(ignore_path or ()),
        offline=offline,
        no_cache=no_cache,
    )
    audit = audit_with(wishes, "registry", None, Progress(quiet=quiet))
    if as_json:
        print_json("explain", {"package": package, **audit_facts(audit), "still": audit.still})
    else:
        print_explain(audit, package, make_console(color))
    return 0 if audit.complete else 3
