"""How a tool that failed is told: which command, for what, and what it said, without what it always says."""

from pathlib import Path
from typing import cast

import pytest

from upgrader.errors import CommandFailed
from upgrader.ledger import Ledger
from upgrader.model import Command
from upgrader.outside.git import Git
from upgrader.outside.shell import Finished
from upgrader.stages.workshop import Workshop, must_run, shorten

NAMES = [
    (("uv", "lock"), "uv lock"),
    (("npm", "ci", "--ignore-scripts", "--no-audit"), "npm ci --ignore-scripts --no-audit"),
    (("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), "npm ci --ignore-scripts --no-audit …"),
    (("node", "-e", "a;" * 40, "--", "package-lock.json"), "node -e -- package-lock.json …"),
    (("sh", "-c", "a\nb"), "sh -c …"),
]


@pytest.mark.parametrize(("argv", "wanted"), NAMES)
def test_a_command_is_named_shortly(argv: tuple[str, ...], wanted: str) -> None:
    assert shorten(argv) == wanted


NOISY = """npm warn Unknown user config "nodedir". This will stop working in the next major version of npm.
npm error code ERESOLVE
npm error
npm error peer host@"^1.0.0" from plugin@1.0.0
npm error For a full report see:
npm error /root/.npm/_logs/2026-01-01T00_00_00_000Z-eresolve-report.txt
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log
"""
SAID = [
    ("error: x\n", "error: x"),
    ("npm error a complete story\n", "npm error a complete story"),
    (NOISY, 'npm error code ERESOLVE\nnpm error peer host@"^1.0.0" from plugin@1.0.0'),
]


@pytest.mark.parametrize(("output", "wanted"), SAID, ids=["one line", "no noise", "npm's habits"])
def test_a_failure_tells_the_command_its_purpose_and_what_it_said(
    tmp_path: Path, output: str, wanted: str
) -> None:
    def run(command: Command, checkout: Path, *, checking: bool, trusted: bool = True) -> Finished:
        return Finished(
            argv=command.argv,
            exit_code=1,
            ended="exited",
            stdout=b"",
            stderr=output.encode(),
            output=output,
            duration_ms=1,
            truncated=False,
        )

    workshop = Workshop(
        git=cast("Git", None),
        room=tmp_path,
        books={},
        ledger=cast("Ledger", None),
        run_tool=run,
        progress=lambda step, what: None,
        correlation_id="c",
    )
    command = Command(argv=("npm", "ci"), folder=".", why="see whether npm takes it; nothing is installed")
    with pytest.raises(CommandFailed) as caught:
        must_run(workshop, command, tmp_path)
    assert caught.value.message == f"npm ci (see whether npm takes it): exit code 1: {wanted}"
