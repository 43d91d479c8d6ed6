"""Which checks a step runs: the configured commands, else those the ecosystem found by convention."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.config import Checks, Settings
from upgrader.errors import ConfigError
from upgrader.model import Check, CheckKind, Command, Project, TestReader


def choose_checks(found: Sequence[Check], project: Project, settings: Settings) -> tuple[Check, ...]:
    """The configured commands of a kind, else those found. Raises ConfigError for a line that can't be split."""
    wanted = settings.checks
    chosen: list[Check] = []
    given: dict[CheckKind, list[str] | None] = {
        "tests": wanted.tests,
        "build": wanted.build,
        "start": wanted.start,
        "critical": wanted.critical,
        "deprecations": None if wanted.tests is None else [],
    }
    for kind, lines in given.items():
        if lines is None:
            chosen += [_with_limits(check, settings) for check in found if check.kind == kind]
        else:
            chosen += [_configured(kind, line, project, settings) for line in lines]
    return tuple(chosen)


def _configured(kind: CheckKind, line: str, project: Project, settings: Settings) -> Check:
    command = _split(line, project, settings)
    return Check(
        kind=kind,
        name=line,
        command=command,
        reader=_reader(command.argv),
        source=f"{settings.source}.checks.{kind}",
        ready=settings.checks.start_ready if kind == "start" else "",
        alive_s=settings.checks.start_alive_s,
    )


def _with_limits(check: Check, settings: Settings) -> Check:
    """The configured timeouts count for the found checks too, where they were changed."""
    limits = settings.checks
    default = Checks()
    if (limits.timeout_s, limits.idle_s) == (default.timeout_s, default.idle_s):
        return check
    command = replace(check.command, timeout_s=limits.timeout_s, idle_s=limits.idle_s)
    return replace(check, command=command)


def _reader(argv: Sequence[str]) -> TestReader:
    """Which runner's words a configured command prints, as far as its own name says it."""
    words = {word.rsplit("/", 1)[-1] for word in argv}
    named: dict[str, TestReader] = {
        "pytest": "pytest",
        "unittest": "unittest",
        "jest": "jest",
        "vitest": "vitest",
    }
    for name, reader in named.items():
        if name in words:
            return reader
    if "node" in words and "--test" in words:
        return "node"
    if "go" in words and "test" in words and "-json" in words:
        return "go"
    return "cargo" if {"cargo", "test"} <= words else "exit"


def choose_prepare(found: Sequence[Command], project: Project, settings: Settings) -> tuple[Command, ...]:
    """The configured commands that build the environment, else the ecosystem's own."""
    lines = settings.checks.prepare
    return tuple(found) if lines is None else tuple(_split(line, project, settings) for line in lines)


def _split(line: str, project: Project, settings: Settings) -> Command:
    """A configured command line as an argv list; no shell ever sees it."""
    try:
        argv = tuple(shlex.split(line))
    except ValueError as fault:
        raise ConfigError(f"{settings.source}: checks: {line!r}: {fault}.", "Close the quote.") from fault
    if not argv:
        raise ConfigError(f"{settings.source}: checks: an empty command.", "Remove it, or write a command.")
    limits = settings.checks
    return Command(
        argv=argv, folder=project.folder, timeout_s=limits.timeout_s, idle_s=limits.idle_s, network=True
    )
