"""What is wrong with the commands a pack asks for: empty ones, tools without a version, steps that can't be judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from upgrader.rulebook.marked_yaml import Keys
from upgrader.rulebook.pack import PackForm, StepForm

Faults = Iterator[tuple[Keys, str]]
LONGEST = 2000
_FETCHERS = frozenset(("npx", "pnpx", "bunx", "uvx", "pipx"))
"""Programs that fetch the tool they run: without a version, whatever is newest that day."""
_PINNED = re.compile(r"(?:@|==)v?\d")


def is_pinned(argv: list[str]) -> bool:
    """Whether a delegate names the version of the tool it fetches, or fetches none."""
    return PurePosixPath(argv[0]).name not in _FETCHERS or any(_PINNED.search(word) for word in argv)


def check_commands(form: PackForm) -> Faults:
    """Faults of `delegate`, `post` and `steps`, as path of keys and sentence."""
    for index, rule in enumerate(form.edits):
        if rule.delegate is not None and rule.delegate.argv and not is_pinned(rule.delegate.argv):
            yield ("edits", index, "delegate", "argv"), "names no version of the tool that it fetches."
    for index, command in enumerate(form.post):
        if not command.argv:
            yield ("post", index, "argv"), "is empty."
    for index, step in enumerate(form.steps):
        yield from ((("steps", index, *keys), what) for keys, what in _step(step))


def _step(step: StepForm) -> Faults:
    if not step.up and step.kind != "manual":
        yield ("up",), "is empty; only a manual step has no command."
    if step.reversible and step.up and not step.down:
        yield ("down",), "is empty, so the step is not reversible: say so."
    for index, name in enumerate(step.files):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name:
            yield ("files", index), f"{name!r} is not a path below the project's folder."
    if set(step.expect) & {"exit", "matches", "json", "min"} and not step.verify:
        yield ("expect",), "needs `verify`: there is nothing to look at."
    for key, value in step.expect.items():
        if fault := _expectation(key, value):
            yield ("expect", key), fault


def _expectation(key: str, value: object) -> str:
    match key:
        case "exit" | "min":
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return "" if is_number else "is not a whole number."
        case "matches":
            return _regex(value)
        case "json":
            return "" if isinstance(value, dict) and value else "is not a table of paths to values."
        case "equal":
            return "" if _are_two_commands(value) else "is not two argument lists."
        case _:
            return "is no expectation: exit, matches, json, equal, min."


def _regex(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > LONGEST:
        return f"is not a regular expression of at most {LONGEST} characters."
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as fault:
        return f"is not a regular expression: {fault}."
    return ""


def _are_two_commands(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(
            isinstance(argv, list) and argv and all(isinstance(word, str) for word in argv) for argv in value
        )
    )
