"""Options by which the operator allows rule packs to run commands; none of them can stand in a configuration file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.errors import ConfigError
from upgrader.stages.allowance import Allowance

Commands = Annotated[
    bool, typer.Option("--allow-commands", help="Run the commands and steps of bundled rule packs.")
]
Project = Annotated[
    bool,
    typer.Option("--allow-project-commands", help="With --allow-commands: those of all other packs, too."),
]
Irreversible = Annotated[
    bool, typer.Option("--allow-irreversible", help="Run steps of packs that nothing takes back, too.")
]
Contract = Annotated[
    bool,
    typer.Option("--allow-contract", help="Run steps that remove the old form in the same attempt, too."),
]
PassEnv = Annotated[
    list[str] | None,
    typer.Option("--pass-env", metavar="NAME", help="Pass a variable on to the commands of packs."),
]


def allow(
    *,
    commands: bool,
    project: bool,
    network: bool,
    names: Sequence[str],
    irreversible: bool = False,
    contract: bool = False,
) -> Allowance:
    """What the command line allows. Raises ConfigError for an option without `--allow-commands`, or an unset name."""
    given = {
        "--allow-project-commands": project,
        "--allow-irreversible": irreversible,
        "--allow-contract": contract,
        "--pass-env": bool(names),
    }
    alone = [option for option, on in given.items() if on and not commands]
    if alone:
        raise ConfigError(f"{alone[0]}: allows nothing by itself.", "Give --allow-commands with it.")
    missing = [name for name in names if name not in os.environ]
    if missing:
        raise ConfigError(f"--pass-env: {missing[0]} is not set.", "Set it, or leave the option out.")
    return Allowance(
        commands=commands,
        project=project,
        network=network,
        irreversible=irreversible,
        contract=contract,
        env={name: os.environ[name] for name in names},
    )
