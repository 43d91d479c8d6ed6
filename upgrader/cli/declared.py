"""How commands declare what they take: as typer has it, without loading typer, which few command lines need.

Command files say `from upgrader.cli import declared as typer`; `for_typer` gives typer its own objects where help,
completion or a mistake to explain are wanted, and `arguments.py` reads the plain command lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints


class _Declared:
    """Names and settings, kept as they were given; what they mean is typer's documentation's to say."""

    def __init__(self, *names: str, **settings: Any) -> None:  # noqa: ANN401 - typer's own settings
        self.names = names
        self.settings = settings


class Option(_Declared):
    """`typer.Option`: `--name VALUE`, or a flag."""


class Argument(_Declared):
    """`typer.Argument`: a word without a name."""


def parameters(command: Callable[..., int]) -> dict[str, tuple[Any, _Declared]]:
    """Each parameter of a command with its type and its declaration."""
    return {
        name: (get_args(hint)[0], get_args(hint)[1])
        for name, hint in get_type_hints(command, include_extras=True).items()
        if get_origin(hint) is Annotated and isinstance(get_args(hint)[1], _Declared)
    }


def for_typer(command: Callable[..., int]) -> Callable[..., int]:
    """The same command with typer's own objects in its annotations."""
    import typer

    makers: dict[type[_Declared], Callable[..., Any]] = {Option: typer.Option, Argument: typer.Argument}
    for name, (kind, said) in parameters(command).items():
        command.__annotations__[name] = Annotated[kind, makers[type(said)](*said.names, **said.settings)]
    return command
