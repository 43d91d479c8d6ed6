"""Finds the command, runs it, and turns what went wrong into one message and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from upgrader import __version__
from upgrader.cli.arguments import read_arguments
from upgrader.cli.declared import for_typer
from upgrader.cli.output import print_json, stderr
from upgrader.cli.overview import COMMANDS
from upgrader.errors import UpgraderError
from upgrader.outside.redact import redact

if TYPE_CHECKING:
    import typer

CODE_BUG = 70
CODE_INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; the only place that catches errors."""
    # A CI that cancels a job sends SIGTERM: it is Ctrl-C by another name.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _dispatch(list(arguments))
    except UpgraderError as fault:
        _say(fault.message, fault.advice)
        if "--json" in arguments:
            error = {
                "message": redact(fault.message),
                "advice": redact(fault.advice),
                "exit_code": fault.exit_code,
            }
            print_json(arguments[0], {"error": {"kind": type(fault).__name__, **error}})
        return fault.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; the interpreter must not try to flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:  # noqa: BLE001 - the last door: a bug becomes a report ready to paste
        said = _said_by_typer(fault)
        return _bug(fault, arguments) if said is None else said


def _interrupted() -> int:
    # Loaded by whoever started a command; where nobody did, there is nothing to end.
    if "upgrader.outside.shell" in sys.modules:
        sys.modules["upgrader.outside.shell"].interrupt_all()
    _say("interrupted; nothing half-made was kept", "")
    return CODE_INTERRUPTED


def _said_by_typer(fault: Exception) -> int | None:
    """The exit code of what typer raises, its words shown; None for any other exception."""
    if "typer" not in sys.modules:
        return None
    import typer
    from typer import _click

    if isinstance(fault, typer.Abort):
        return _interrupted()
    if isinstance(fault, _click.exceptions.ClickException):
        fault.show(file=sys.stderr)
        return fault.exit_code
    return None


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "audit"
    known = name in COMMANDS and "_UPGRADE_COMPLETE" not in os.environ
    if known:
        command = importlib.import_module(f"upgrader.cli.{name}_command").command
        values = read_arguments(command, arguments[1:])
        if values is not None:
            return int(command(**values))
    from typer.main import get_command  # lazy: for help, completion, and command lines that are not plain

    if known:
        answer = get_command(_app([name])).main(
            args=arguments[1:], prog_name=f"upgrade {name}", standalone_mode=False
        )
    else:
        answer = get_command(_app(list(COMMANDS))).main(
            args=arguments, prog_name="upgrade", standalone_mode=False
        )
    return answer if isinstance(answer, int) else 0


def _app(names: Sequence[str]) -> typer.Typer:
    """An app with these commands; only their modules are loaded."""
    import typer

    app = typer.Typer(
        # Completion is the group's business: it knows all commands.
        add_completion=len(names) > 1,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in names:
        module = importlib.import_module(f"upgrader.cli.{name}_command")
        app.command(name, help=module.HELP, epilog=_examples(module.EXAMPLES), rich_help_panel=None)(
            for_typer(module.command)
        )
    return app


def _examples(lines: Sequence[str]) -> str:
    """An epilog that keeps its lines: click rewraps paragraphs that do not begin with a backspace."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def _say(message: str, advice: str) -> None:
    stderr(f"upgrade: {redact(message)}")
    if advice:
        stderr(f"  {redact(advice)}")


def _bug(fault: Exception, arguments: Sequence[str]) -> int:
    """Write what a bug report needs to a file, and say where it is."""
    import platform  # lazy, as start-up is felt and a bug hopefully is not
    import traceback

    from upgrader.outside.cache import default_folder

    text = "".join(traceback.format_exception(fault))
    facts = f"upgrade {__version__}, Python {platform.python_version()}, {platform.platform()}"
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = default_folder() / "bugs"
    body = redact(f"## A bug in upgrade\n\n{facts}\n\n    upgrade {' '.join(arguments)}\n\n```\n{text}```\n")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"{moment}-{os.getpid()}.md"
        log.write_text(body, encoding="utf-8")
        where = f"A report ready to paste is in {log}."
    except OSError:
        where = body
    _say(f"a bug: {type(fault).__name__}: {fault}", where)
    return CODE_BUG
