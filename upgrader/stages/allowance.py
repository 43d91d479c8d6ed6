"""What the operator allows rule packs to run, and with which door; a repository can widen none of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from upgrader.model import Command
from upgrader.outside.shell import Finished


class RunPack(Protocol):
    """The door for commands of packs: behind walls, in a clean environment."""

    def __call__(self, command: Command, checkout: Path, *, backup: Path) -> Finished:
        """Run it in the checkout. It may write there and in `backup`. Raises CommandFailed when it can't start."""


class Allowance(Struct, frozen=True, kw_only=True):
    """Nothing, unless the command line says so."""

    commands: bool = False
    """`--allow-commands`: delegates, commands and steps of the packs that came with the program."""
    project: bool = False
    """`--allow-project-commands`: those of all other packs, too; their text is the repository's."""
    network: bool = False
    """`--network`: what says that it needs the network gets it."""
    irreversible: bool = False
    """`--allow-irreversible`: steps that nothing takes back."""
    contract: bool = False
    """`--allow-contract`: steps that remove the old form, in the attempt that makes the new one (FEATURES A26)."""
    env: Mapping[str, str] = field(default_factory=dict)
    """`--pass-env NAME`: variables of the operator's for these commands; their values are secrets everywhere else."""
    run: RunPack | None = None

    def refusal(self, origin: str, *, network: bool = False) -> str:
        """Why a command of a pack from there may not run, "" when it may.

        Only what came with the program counts as the operator's: folders of packs are named by the repository's
        settings.
        """
        if not self.commands:
            return "allow with --allow-commands"
        if origin != "bundled" and not self.project:
            return "the pack is the repository's own: allow with --allow-project-commands"
        if network and not self.network:
            return "needs the network: allow with --network"
        return ""


NOTHING_ALLOWED = Allowance()
