"""Reads a plain command line by what its command declares; whatever is not plain is left to typer.

Loading typer takes a fifth of a warm audit. It is there for help, completion, and to explain what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType, NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from upgrader.cli.declared import Argument, Option, parameters

_UNDERSTOOD = frozenset(("help", "metavar", "hidden", "show_default", "rich_help_panel", "autocompletion"))
"""Settings of help and completion alone; any other may change what a command line means."""


class _NotPlain(Exception):
    """The command line is for typer."""


def read_arguments(command: Callable[..., int], words: Sequence[str]) -> dict[str, Any] | None:
    """The values of the parameters that a command line gives; None when typer has to look at it."""
    try:
        return _Reading(command).read(list(words)) if isinstance(command, FunctionType) else None
    except _NotPlain:
        return None


class _Reading:
    """One command's parameters, and the values found so far."""

    def __init__(self, command: FunctionType) -> None:
        self.options: dict[str, tuple[str, Any]] = {}
        self.places: list[tuple[str, Any]] = []
        self.found: dict[str, Any] = {}
        code = command.__code__
        self.required = code.co_varnames[: code.co_argcount - len(command.__defaults__ or ())]
        for name, (kind, said) in parameters(command).items():
            if not said.settings.keys() <= _UNDERSTOOD:
                raise _NotPlain
            if isinstance(said, Option):
                self.options |= dict.fromkeys(said.names, (name, kind))
            elif isinstance(said, Argument):
                self.places.append((name, kind))

    def read(self, words: list[str]) -> dict[str, Any]:
        """Take all words, each once."""
        words.reverse()
        while words:
            word = words.pop()
            if not word.startswith("-"):
                self._place(word)
                continue
            spelled, inline, value = word.partition("=")
            name, kind = self.options.get(spelled, ("", None))
            if not name or (inline and not spelled.startswith("--")):
                raise _NotPlain
            if kind is bool:
                self._flag(name, inline)
            else:
                self._keep(name, kind, value if inline else _next(words))
        if any(name not in self.found for name in self.required):
            raise _NotPlain
        return self.found

    def _place(self, word: str) -> None:
        name, kind = self.places[0] if self.places else ("", None)
        if kind is not Path or name in self.found:
            raise _NotPlain
        self.found[name] = Path(word)

    def _flag(self, name: str, inline: str) -> None:
        if inline:
            raise _NotPlain
        self.found[name] = True

    def _keep(self, name: str, kind: Any, text: str) -> None:  # noqa: ANN401 - a type of any form
        if _bare(kind) == list[str]:
            self.found.setdefault(name, []).append(text)
        else:
            self.found[name] = _value(_bare(kind), text)


def _next(words: list[str]) -> str:
    """The value after an option; one that looks like an option is typer's to judge, but for `-` alone."""
    if not words or (words[-1].startswith("-") and words[-1] != "-"):
        raise _NotPlain
    return words.pop()


def _bare(kind: Any) -> Any:  # noqa: ANN401 - a type of any form
    """The type without its `| None`."""
    if get_origin(kind) is not UnionType:
        return kind
    kinds = [part for part in get_args(kind) if part is not NoneType]
    return kinds[0] if len(kinds) == 1 else kind


def _value(kind: Any, text: str) -> Any:  # noqa: ANN401 - a value of that type
    if get_origin(kind) is Literal and text in get_args(kind):
        return text
    if kind in (str, Path):
        return kind(text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            raise _NotPlain from None
    raise _NotPlain
