"""`upgrade apply`: one branch per upgrade, kept only when the checks are no worse than on the baseline."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from upgrader.cli import allowing, options
from upgrader.cli import declared as typer
from upgrader.cli.ending import apply_code
from upgrader.cli.history import report_of
from upgrader.cli.output import Progress, make_console, print_json, stderr
from upgrader.cli.planning import make_planned, open_git
from upgrader.cli.repository import open_workshop
from upgrader.cli.session import Wishes
from upgrader.errors import ConfigError
from upgrader.flow import run_apply
from upgrader.model import AnyAttempt, Audit, Held, Kept, Plan, Report
from upgrader.outside.commit_tree import CommitTree
from upgrader.outside.files import read_bytes, write_atomic
from upgrader.outside.git import Git
from upgrader.report import FORMATS
from upgrader.report.text import print_attempts, print_plan
from upgrader.report.wording import sentences
from upgrader.stages.narrow import suggest
from upgrader.stages.plan_file import check_freshness, decode_plan, select_steps
from upgrader.stages.summary import make_report

HELP = (
    "Try upgrades, each on a branch of its own from HEAD; keep those whose checks are no worse than before."
)
EXAMPLES = (
    "upgrade apply",
    "upgrade apply requests --dry-run",
    "upgrade apply --target patch --interactive",
    "upgrade apply upgrade-plan.json --jobs 2",
    "upgrade apply --report upgrades.md",
)
Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PLAN|PACKAGE]...", help="A plan file, or names; none means all."),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a report: .md, .json or .txt by its ending."),
]
FailFast = Annotated[
    bool, typer.Option("--fail-fast", help="Stop at the first upgrade that is dropped or refused.")
]
Force = Annotated[bool, typer.Option("--force", help="Try again what was completed before.")]
Network = Annotated[bool, typer.Option("--network", help="Let the checks reach the network.")]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Make the unsafe edits of rule packs, too.")]
UnknownAge = Annotated[bool, typer.Option("--unknown-age", help="Take releases that have no upload time.")]


def command(
    targets: Targets = None,
    at: options.At = Path(),
    jobs: options.Jobs = 0,
    as_json: options.AsJson = False,
    dry_run: options.DryRun = False,
    report: ReportFile = None,
    fail_fast: FailFast = False,
    force: Force = False,
    network: Network = False,
    unknown_age: UnknownAge = False,
    unsafe: Unsafe = False,
    allow_commands: allowing.Commands = False,
    allow_project_commands: allowing.Project = False,
    allow_irreversible: allowing.Irreversible = False,
    allow_contract: allowing.Contract = False,
    pass_env: allowing.PassEnv = None,
    env: options.Environment = "local",
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
    """Plan or read a plan, try its steps, print the outcomes."""
    progress = Progress(quiet=quiet)
    wishes = Wishes(
        path=at,
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
    allowance = allowing.allow(
        commands=allow_commands,
        project=allow_project_commands,
        network=network,
        names=pass_env or (),
        irreversible=allow_irreversible,
        contract=allow_contract,
    )
    git, plan, audit = _get_plan(wishes, targets or [], progress, take_unknown_age=unknown_age)
    if dry_run:
        return _show(plan, as_json=as_json, colour=color)
    with open_workshop(
        git, progress, env=env, force=force, network=network, unsafe=unsafe, allowance=allowance
    ) as workshop:
        attempts = run_apply(plan, workshop, jobs=jobs or _half(), keep_going=not fail_fast)
        rows = [row for row in workshop.ledger.attempts(env) if row.correlation_id == workshop.correlation_id]
        log = report_of(workshop.ledger, rows).log
    progress.done()
    made = make_report(attempts, audit=audit, plan=plan, log=log)
    if report is not None:
        write_report(report, made)
    if as_json:
        print_json("apply", {"attempts": attempts, "held": plan.held, "summary": made.summary})
    else:
        print_attempts(attempts, make_console(color), next_step=_next(attempts))
        _tell_held(plan.held)
    return apply_code(attempts, len(plan.held))


def write_report(file: Path, report: Report) -> None:
    """Write a report in the format its ending names. Raises ConfigError for an ending that names none."""
    endings = {".md": "markdown", ".json": "json", ".txt": "text"}
    if file.suffix not in endings:
        raise ConfigError(f"--report: {file}: cannot tell the format.", "End it in .md, .json or .txt.")
    write_atomic(file, FORMATS[endings[file.suffix]](report).encode())
    stderr(f"wrote {file}")


def _get_plan(
    wishes: Wishes, targets: Sequence[str], progress: Progress, *, take_unknown_age: bool
) -> tuple[Git, Plan, Audit | None]:
    """A plan file that is named, checked against HEAD; else a new plan for the named packages, or for all."""
    files = [name for name in targets if name.endswith(".json") and Path(name).is_file()]
    names = [name for name in targets if name not in files]
    if len(files) > 1:
        raise ConfigError(f"{files[1]}: one plan at a time.", "Apply the first, then the second.")
    if files and wishes.interactive:
        raise ConfigError(f"-i: {files[0]} is picked already.", "Edit the plan, or leave the file or -i out.")
    if files:
        git = open_git(wishes)
        plan = decode_plan(read_bytes(Path(files[0])), files[0])
        check_freshness(plan, git.head(), CommitTree(git, git.head()))
        return git, select_steps(plan, list(names), suggest), None
    named = [name for name in names if "->" not in name]
    asked = Wishes(
        **{field: getattr(wishes, field) for field in wishes.__struct_fields__} | {"packages": tuple(named)}
    )
    planned = make_planned(asked, progress, take_unknown_age=take_unknown_age)
    ids = [name for name in names if "->" in name]
    return planned.git, select_steps(planned.plan, ids, suggest), planned.audit


def _show(plan: Plan, *, as_json: bool, colour: options.When) -> int:
    if as_json:
        print_json("apply", {"dry_run": True, "plan": plan})
    else:
        print_plan(plan, make_console(colour), next_step="the same command without --dry-run")
    return 1 if plan.held else 0


def _tell_held(held: Sequence[Held]) -> None:
    for item in held:
        stderr(f"held: {item.subject}: {sentences(item.reason, item.advice)}")


def _next(attempts: Sequence[AnyAttempt]) -> str:
    kept = [item.branch for item in attempts if isinstance(item, Kept)]
    return f"git diff HEAD...{kept[0]}" if kept else "upgrade report" if attempts else ""


def _half() -> int:
    return max(1, (os.cpu_count() or 2) // 2)
