"""Which test runner a script of package.json starts, and how to make it tell its single tests."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader.model import TestReader

DEPRECATIONS = "--pending-deprecation --trace-deprecation"
"""NODE_OPTIONS that make Node.js say which deprecated thing is used, and where (`node --help`)."""

_NO_TESTS = re.compile(r"""echo\s+(\\?["'])?Error: no test specified""")
"""What `npm init` writes; it always fails and tests nothing."""
_FAN_OUT = re.compile(
    r"npm\s+(?:run\s+|run-script\s+)?(?:t|tst|test)\s+(?:(?:--workspaces|-ws|--if-present|--silent)\s*)+"
)
_RUNS_MEMBERS = re.compile(
    r"--workspaces?\b|(?:^|\s)-ws?\b|\b(?:turbo|lerna|nx|rush|wireit|moon)\b|\bworkspaces?\b"
)
_RUNS_SCRIPT = re.compile(
    r"npm\s+(?:-s\s+|--silent\s+)?(?:run|run-script)\s+(?:-s\s+|--silent\s+)?([\w:.@/-]+)"
)
_DEEPEST = 8
_HOOK_TOOLS = re.compile(r"\b(?:husky|lefthook|simple-git-hooks|pre-commit|git\s+config|is-ci)\b")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_BEFORE_A_COMMAND = frozenset(("npx", "cross-env", "c8", "nyc", "dotenv", "env", "time", "--"))
_WITH_VALUE = frozenset(
    ("--import", "--require", "-r", "--loader", "--experimental-loader", "--env-file", "-C")
)
"""Options of node whose value is the next word."""
_FILES: dict[str, str] = {
    "jest.js": "jest",
    "mocha.js": "mocha",
    "_mocha": "mocha",
    "mocha.cjs": "mocha",
    "vitest.mjs": "vitest",
}


Scripts = Callable[[str], str]
"""Gives a script of the same manifest by its name, "" when there is none."""


def no_scripts(name: str) -> str:
    """A manifest without further scripts."""
    return ""


class Runner(Struct, frozen=True, kw_only=True):
    """How a script's results are read, and what it is started with for that."""

    reader: TestReader = "exit"
    arguments: tuple[str, ...] = ()
    """After `npm test --`."""
    node_options: str = DEPRECATIONS


def is_real_test(script: str) -> bool:
    """Whether the script is more than the placeholder of `npm init`."""
    return bool(script.strip()) and not _NO_TESTS.search(script)


def only_fans_out(script: str) -> bool:
    """Whether the script does nothing but run the workspaces' own tests."""
    return _FAN_OUT.fullmatch(script.strip()) is not None


def runs_members(script: str) -> bool:
    """Whether the script runs (also) the workspaces' scripts, itself or through a monorepo tool."""
    return _RUNS_MEMBERS.search(script) is not None


def sets_up_hooks(script: str) -> bool:
    """Whether the script writes git hooks, which a checkout that is thrown away does not want."""
    return _HOOK_TOOLS.search(script) is not None


def split_script(script: str, scripts: Scripts = no_scripts) -> tuple[str, ...]:
    """The scripts `a` and `b` of `npm run a && npm run b`, in order; none for a script that does more than that.

    Run one by one they tell more: where `a` was red before, `b` would never run.
    """
    parts = [_RUNS_SCRIPT.fullmatch(part.strip()) for part in script.split("&&")]
    names = tuple(dict.fromkeys(part[1] for part in parts if part is not None and scripts(part[1])))
    return names if len(names) == len(parts) > 1 else ()


def find_runner(script: str, scripts: Scripts = no_scripts, depth: int = 0) -> Runner:
    """Recognise the runner of a test script; of `a && b` the last counts, since npm appends arguments to it.

    `npm run x` is looked up in `scripts`; arguments reach the runner inside behind one more `--`.
    """
    if re.search(r"[|;<>`\n]|\$\(|&&?\s*$|(?<!&)&(?!&)", script):
        return Runner()
    try:
        words = shlex.split(script.rpartition("&&")[2])
    except ValueError:
        return Runner()
    if (inner := _RUNS_SCRIPT.fullmatch(script.rpartition("&&")[2].strip())) and depth < _DEEPEST:
        found = find_runner(scripts(inner[1]), scripts, depth + 1)
        return replace(found, arguments=("--", *found.arguments) if found.arguments else ())
    command = _command(words)
    name = posixpath.basename(command[0]) if command else ""
    if name == "node":
        return _node(command[1:])
    return _named(_FILES.get(name, name), command[1:])


def _command(words: Sequence[str]) -> list[str]:
    """Leave out assignments, `npx`, `cross-env`, coverage tools and their options."""
    rest = list(words)
    while rest and (_ASSIGNMENT.match(rest[0]) or rest[0] in _BEFORE_A_COMMAND):
        wrapper = not _ASSIGNMENT.match(rest.pop(0))
        while wrapper and rest and rest[0].startswith("-") and rest[0] != "--":
            rest.pop(0)
    return rest


def _node(words: Sequence[str]) -> Runner:
    """`node --test`, or node with a runner's own file."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in _WITH_VALUE else 1
    options = words[:position]
    if "--test" not in options:
        name = posixpath.basename(words[position]) if position < len(words) else ""
        return _named(_FILES[name], words[position + 1 :]) if name in _FILES else _wrapped(words[position:])
    if any(word.startswith("--test-reporter") for word in words):
        return Runner(reader="node")
    if position >= len(words):
        return Runner(reader="node", arguments=("--test-reporter=tap",))
    # After a file name node takes every word for another file, so the reporter goes through the environment.
    return Runner(reader="node", node_options=f"{DEPRECATIONS} --test-reporter=tap")


def _wrapped(words: Sequence[str]) -> Runner:
    """`node bin/with-setup.js mocha test`: a script of the project that passes its words on to the runner."""
    command = _command(words[1:])
    return _named(command[0], command[1:]) if command and command[0] in ("mocha", "jest") else Runner()


def _named(name: str, words: Sequence[str]) -> Runner:
    reporter = any(re.match(r"--reporter\b|-R\b|--reporters\b|--json\b|--watch", word) for word in words)
    if reporter:
        return Runner(reader="jest") if name == "jest" and "--json" in words else Runner()
    if name == "mocha":
        return Runner(reader="mocha", arguments=("--reporter", "json"))
    if name == "jest":
        return Runner(reader="jest", arguments=("--json",))
    if name == "react-scripts" and words[:1] == ["test"]:
        return Runner(reader="jest", arguments=("--json", "--watchAll=false"))
    if name == "vitest" and (not words or words[0] in ("run", "--run") or words[0].startswith("-")):
        once = () if "run" in words or "--run" in words else ("--run",)
        return Runner(reader="vitest", arguments=(*once, "--reporter=json"))
    return Runner()
