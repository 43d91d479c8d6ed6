"""Opens a repository for the commands that need more than its files: git, the ledger, the workshop under its lock."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from upgrader import __version__
from upgrader.cli.output import Progress, stderr
from upgrader.cli.tool_runner import ToolRunner, secrets_of
from upgrader.config import load_settings
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import GitError
from upgrader.ledger import Ledger, RepositoryLock, recover
from upgrader.outside.git import Git
from upgrader.outside.redact import redact
from upgrader.rulebook.load import standing_sources
from upgrader.stages.allowance import NOTHING_ALLOWED, Allowance
from upgrader.stages.workshop import Workshop, make_room


@contextmanager
def open_workshop(
    git: Git,
    progress: Progress,
    *,
    env: str,
    correlation_id: str = "",
    force: bool = False,
    network: bool = False,
    unsafe: bool = False,
    allowance: Allowance = NOTHING_ALLOWED,
) -> Iterator[Workshop]:
    """The repository's workshop under its lock, after recovery; `network` lets checks reach the network."""
    folder = git.common_dir / "upgrader"
    folder.mkdir(exist_ok=True)
    room = make_room(git)
    with RepositoryLock(folder / "lock", on_wait=stderr) as lock, open_ledger(git, env=env) as ledger:
        for part in recover(ledger, git, lock=lock, git_dir=git.common_dir, rooms=[room]):
            stderr(f"recovered: {part.attempt} {part.what} {part.detail}".replace("  ", " "))
        tools = ToolRunner(git, network=network)
        yield Workshop(
            git=git,
            room=room,
            books=ECOSYSTEMS,
            ledger=ledger,
            run_tool=tools,
            progress=progress.step,
            correlation_id=correlation_id or uuid.uuid4().hex,
            force=force,
            secrets=(*secrets_of(os.environ), *allowance.env.values()),
            sources=standing_sources(git.top, load_settings(git.top).rules),
            unsafe=unsafe,
            allowance=replace(allowance, run=tools.of_pack),
        )


def open_ledger(git: Git, *, env: str, read_only: bool = False) -> Ledger:
    """The repository's ledger, in the git directory that all worktrees share."""
    return Ledger.open(
        git.common_dir / "upgrader" / "ledger.db",
        env=env,
        actor=_actor(),
        host=socket.gethostname(),
        tool_version=__version__,
        redact=redact,
        read_only=read_only,
    )


def _actor() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def find_git(path: Path) -> Git | None:
    """The repository of a folder, None when it is in none that can be worked on."""
    try:
        return Git.open(path)
    except GitError:
        return None
