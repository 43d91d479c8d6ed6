"""The options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from upgrader.cli import declared as typer
from upgrader.model import TARGETS, EcosystemName, RangeStrategy, Section

When = Literal["auto", "always", "never"]
Folder = Annotated[Path, typer.Argument(metavar="[PATH]", help="Folder to look at, and everything below it.")]
At = Annotated[Path, typer.Option("--path", "-C", metavar="PATH", help="Folder to work in.")]
Packages = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PACKAGE]...", help="Names, globs, /regex/, !name, name@range; none means all."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, and do none of it.")]
Colour = Annotated[
    When, typer.Option("--color", metavar="WHEN", help="auto, always or never; auto honours NO_COLOR.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Offline = Annotated[bool, typer.Option("--offline", help="Ask nobody: cached answers of any age, labelled.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Ask the registries anew, and keep nothing.")]
Advisories = Annotated[
    str | None,
    typer.Option(
        "--advisories", metavar="DIR|URL", help="Offline OSV database (<ecosystem>/all.zip), or a service."
    ),
]
Cooldown = Annotated[
    float | None,
    typer.Option("--cooldown", metavar="DAYS", help="Hold releases younger than this; 0 takes all."),
]
Pre = Annotated[bool, typer.Option("--pre", help="Take prereleases too.")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--ecosystem",
        "-e",
        metavar="NAME",
        help="npm, pip, go or cargo; repeatable.",
        autocompletion=lambda: list(get_args(EcosystemName)),
    ),
]
Reject = Annotated[
    list[str] | None,
    typer.Option(
        "--reject", "-x", metavar="NAME", help="Leave out: a name, glob, /regex/ or name@range; repeatable."
    ),
]
Sections = Annotated[
    list[str] | None,
    typer.Option(
        "--section",
        metavar="NAME",
        help="prod, dev, optional, peer or build; repeatable.",
        autocompletion=lambda: list(get_args(Section)),
    ),
]
Prod = Annotated[bool, typer.Option("--prod", help="Short for --section prod.")]
Dev = Annotated[bool, typer.Option("--dev", help="Short for --section dev.")]
Peer = Annotated[bool, typer.Option("--peer", help="Short for --section peer.")]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="WHAT",
        help="latest, minor, patch, in-range (semver), newest, greatest, or @tag.",
        autocompletion=lambda: [*TARGETS, "semver"],
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        "--range-strategy",
        metavar="HOW",
        help="How requirements are rewritten: auto, pin, bump, replace, widen, in-range-only, lockfile-only.",
        autocompletion=lambda: list(get_args(RangeStrategy)),
    ),
]
IgnorePaths = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore-path", metavar="GLOB", help="Leave out manifests that are not your own; repeatable."
    ),
]
Interactive = Annotated[
    bool, typer.Option("--interactive", "-i", help="Pick packages and versions on one screen.")
]
Via = Annotated[
    str,
    typer.Option(
        "--via",
        metavar="HOW",
        help="registry (own look-ups) or native (the tools' own).",
        autocompletion=lambda: ["registry", "native"],
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="FILE|-", help="Read saved output of npm outdated, pip list, go list, cargo …"
    ),
]
SecondOpinion = Annotated[
    bool, typer.Option("--second-opinion", help="Ask pip-audit (--strict) about Python packages as well.")
]
Environment = Annotated[
    str, typer.Option("--env", metavar="NAME", help="The environment the ledger counts by.")
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", metavar="N", help="Steps side by side; 0 = half the cores.")
]
Id = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="An attempt: id, package, branch, or its beginning.")
]


def sections(named: list[str] | None, *, prod: bool, dev: bool, peer: bool) -> tuple[str, ...]:
    """The sections that `--section` and its short forms ask for together; none means all."""
    short = {"prod": prod, "dev": dev, "peer": peer}
    return tuple(dict.fromkeys([*(named or ()), *(name for name, asked in short.items() if asked)]))
