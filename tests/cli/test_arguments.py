"""Plain command lines mean what typer takes them to mean; all others are left to it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer as real
from typer.main import get_command

from upgrader.cli import audit_command, declared, explain_command, inventory_command, options
from upgrader.cli.arguments import read_arguments

Command = Callable[..., int]
FOR_TYPER: dict[str, tuple[Command, list[str]]] = {
    "help": (audit_command.command, ["--help"]),
    "an unknown option": (audit_command.command, ["--nope"]),
    "a beginning of an option": (audit_command.command, ["--off"]),
    "a missing value": (audit_command.command, ["--fail-on"]),
    "a value that looks like an option": (audit_command.command, ["--fail-on", "--json"]),
    "a negative number": (audit_command.command, ["--cooldown", "-1"]),
    "no number": (audit_command.command, ["--cooldown", "soon"]),
    "a word that is none of the choices": (audit_command.command, ["--color", "pink"]),
    "a choice in capitals": (audit_command.command, ["--color", "ALWAYS"]),
    "a flag with a value": (audit_command.command, ["--json=yes"]),
    "two folders": (audit_command.command, ["a", "b"]),
    "short flags together": (audit_command.command, ["-qw"]),
    "a short option with its value": (audit_command.command, ["-enpm"]),
    "a short option with a sign": (audit_command.command, ["-e=npm"]),
    "the end of options": (audit_command.command, ["--", "a"]),
    "a dash": (audit_command.command, ["-"]),
    "a missing argument": (explain_command.command, []),
}
PLAIN: dict[str, tuple[Command, list[str]]] = {
    "nothing": (audit_command.command, []),
    "flags": (audit_command.command, ["--json", "--quiet", "-w", "--offline", "--no-cache", "--pre"]),
    "a folder": (audit_command.command, ["services/api"]),
    "a folder between options": (audit_command.command, ["--json", "services/api", "--pre"]),
    "an empty folder": (audit_command.command, [""]),
    "values": (audit_command.command, ["--fail-on", "vuln", "--cooldown", "3.5", "--color", "never"]),
    "values with a sign": (audit_command.command, ["--fail-on=vuln", "--cooldown=0", "--advisories=a=b"]),
    "an empty value": (audit_command.command, ["--advisories="]),
    "a negative number with a sign": (audit_command.command, ["--cooldown=-1"]),
    "a dash as value": (audit_command.command, ["--from", "-"]),
    "repeated": (audit_command.command, ["-e", "npm", "--ecosystem", "pip", "--reject=a", "-x", "b"]),
    "given twice": (audit_command.command, ["--via", "native", "--via", "registry", "--json", "--json"]),
    "of the inventory": (inventory_command.command, ["--json", "-e", "npm", "x"]),
}


def by_typer(command: Command, words: list[str]) -> dict[str, Any]:
    """What typer would call the command with."""
    told: dict[str, Any] = {}

    def listening(**values: Any) -> int:
        told.update(values)
        return 0

    hints = {name: Annotated[kind, said] for name, (kind, said) in declared.parameters(command).items()}
    listening.__annotations__ = hints
    declared.for_typer(listening)
    signature = inspect.signature(command)
    taken = [one.replace(annotation=hints[name]) for name, one in signature.parameters.items()]
    listening.__signature__ = signature.replace(parameters=taken)  # type: ignore[attr-defined]  # what inspect looks for
    app = real.Typer(add_completion=False)
    app.command()(listening)
    get_command(app).main(args=words, standalone_mode=False)
    return told


@pytest.mark.parametrize("what", FOR_TYPER)
def test_what_is_not_plain_is_left_to_typer(what: str) -> None:
    command, words = FOR_TYPER[what]
    assert read_arguments(command, words) is None


@pytest.mark.parametrize("what", PLAIN)
def test_what_is_plain_means_the_same_to_both(what: str) -> None:
    command, words = PLAIN[what]
    ours = read_arguments(command, words)
    assert ours is not None
    defaults = {name: one.default for name, one in inspect.signature(command).parameters.items()}
    theirs = {
        name: value or None if isinstance(value, list) else value
        for name, value in by_typer(command, words).items()
    }
    assert {**defaults, **ours} == theirs


def test_a_declaration_that_says_more_is_left_to_typer() -> None:
    def command(
        count: Annotated[int, declared.Option("--count", min=1)] = 1, quiet: options.Quiet = False
    ) -> int:
        return count

    command.__annotations__ = {
        "count": Annotated[int, declared.Option("--count", min=1)],
        "quiet": options.Quiet,
        "return": int,
    }
    assert read_arguments(command, ["--count", "0"]) is None
    assert read_arguments(command, ["--quiet"]) is None


def test_a_path_is_a_path() -> None:
    assert read_arguments(audit_command.command, ["a/b"]) == {"path": Path("a/b")}
