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
    }
    for kind, lines in given.items():
        if lines is None:
            chosen += [_with_limits(check, settings) for check in found if check.kind == kind]
        else:
            chosen += [_configured(kind, line, project, settings) for line in dict.fromkeys(lines)]
    # A search for warnings that runs the tests goes with the tests; a compiler's own is another matter.
    chosen += [
        _with_limits(check, settings)
        for check in found
        if check.kind == "deprecations" and (wanted.tests is None or check.reader == "exit")
    ]
    return _uniquely_named(chosen)


def _uniquely_named(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Results are compared by the check's name; one command may stand under two kinds."""
    seen: set[str] = set()
    named: list[Check] = []
    for check in checks:
        name = check.name if check.name not in seen else f"{check.name} [{check.kind}]"
        seen.add(name)
        named.append(check if name == check.name else replace(check, name=name))
    return tuple(named)


def _configured(kind: CheckKind, line: str, project: Project, settings: Settings) -> Check:
    command = _split(line, project, settings)
    reader = _reader(command.argv)
    if reader == "pytest":
        # However quiet the project has it, the summary then names the tests that passed too.
        command = replace(command, env={"PYTEST_ADDOPTS": "-rA", "COLUMNS": "200"})
    joint = "." if ": " in settings.source else ": "
    return Check(
        kind=kind,
        name=line,
        command=command,
        reader=reader,
        source=f"{settings.source}{joint}checks.{kind}",
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
    """Which runner's words a configured command prints, as far as its own words say it; else only its exit code."""
    programs = [word.rsplit("/", 1)[-1] for word in argv]
    pairs = set(zip(programs, [word for word in argv[1:] if not word.startswith("+")], strict=False))
    json_wanted = any("json" in word for word in argv)
    recognised: dict[TestReader, bool] = {
        "pytest": "pytest" in programs or "py.test" in programs,
        "unittest": ("-m", "unittest") in pairs,
        "jest": "jest" in programs and json_wanted,
        "vitest": "vitest" in programs and json_wanted,
        "mocha": "mocha" in programs and json_wanted,
        "node": "node" in programs and "--test" in argv,
        "go": ("go", "test") in pairs,
        "cargo": ("cargo", "test") in pairs,
    }
    return next((reader for reader, said in recognised.items() if said), "exit")


def choose_prepare(found: Sequence[Command], project: Project, settings: Settings) -> tuple[Command, ...]:
    """The configured commands that build the environment, else the ecosystem's own."""
    lines = settings.checks.prepare
    if lines is None:
        return tuple(found)
    return tuple(replace(_split(line, project, settings), network=True) for line in lines)


def _split(line: str, project: Project, settings: Settings) -> Command:
    """A configured command line as an argv list; no shell ever sees it."""
    try:
        argv = tuple(shlex.split(line))
    except ValueError as fault:
        raise ConfigError(f"{settings.source}: checks: {line!r}: {fault}.", "Close the quote.") from fault
    if not argv:
        raise ConfigError(f"{settings.source}: checks: an empty command.", "Remove it, or write a command.")
    limits = settings.checks
    return Command(argv=argv, folder=project.folder, timeout_s=limits.timeout_s, idle_s=limits.idle_s)
