"""Deprecation warnings out of a run's output, normalised so that two runs of unequal checkouts can be compared."""

from __future__ import annotations

import json
import re

from upgrader.model import TestReader
from upgrader.outside.shell import Finished
from upgrader.stages.tally import stderr_of, stdout_of

_PYTHON = re.compile(
    r"^\s*(?:(\S.*?):(\d+): )?((?:\w+\.)*\w*(?:Deprecation|Future|RemovedIn\w*)Warning): (.*)$"
)
_NODE = re.compile(r"\(node:\d+\) (?:\[(\w+)\] )?DeprecationWarning: (.*)$")
_RUST_TEXT = re.compile(r"^warning: (use of deprecated .*)$")
_NOISE = (
    (re.compile(r"0x[0-9a-fA-F]+"), "0x…"),
    (re.compile(r"/\S*/(?=[\w.-]+)"), ""),
    (re.compile(r"\bline \d+"), "line …"),
    (re.compile(r":\d+(?::\d+)?\b"), ""),
    (re.compile(r"\bv?\d+(?:\.\d+)+(?:[-.+]?[A-Za-z]\w*)*"), "N"),
)
READABLE: frozenset[TestReader] = frozenset({"pytest", "unittest", "node", "mocha", "jest", "vitest"})
"""Runners of worlds whose warnings stand in the test run's own output."""


def read_deprecations(finished: Finished) -> tuple[str, ...]:
    """Every deprecation warning once, sorted: category, message without paths, lines, addresses, and the file."""
    found: set[str] = set()
    # Both streams whole: of what `output` joins, only the ends are kept.
    for line in f"{stdout_of(finished)}\n{stderr_of(finished)}".splitlines():
        if line.startswith("{"):
            found |= _rust_message(line)
        elif match := _PYTHON.match(line):
            file = match[1].rsplit("/", 1)[-1] if match[1] else ""
            found.add(_plain(f"{match[3].rsplit('.', 1)[-1]}: {match[4]}") + (f" ({file})" if file else ""))
        elif match := _NODE.search(line):
            found.add(_plain(f"{match[1] or 'DeprecationWarning'}: {match[2]}"))
        elif match := _RUST_TEXT.match(line):
            found.add(_plain(match[1]))
    return tuple(sorted(found))


def _rust_message(line: str) -> set[str]:
    """A line of `cargo check --message-format=json` whose code is `deprecated` (the cargo book, external tools).

    Only of the project's own packages: a forced warning comes from the code of dependencies as well.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return set()
    if not isinstance(document, dict) or not _is_own(str(document.get("package_id"))):
        return set()
    message = document.get("message")
    code = message.get("code") if isinstance(message, dict) else None
    if not isinstance(code, dict) or code.get("code") != "deprecated":
        return set()
    return {_plain(str(message.get("message")))} if isinstance(message, dict) else set()


def _is_own(package: str) -> bool:
    """Whether a package id is of a package in a folder; cargo before 1.77 wrote `name 1.0.0 (path+…)`."""
    return package.startswith("path+") or " (path+" in package


def _plain(text: str) -> str:
    for pattern, instead in _NOISE:
        text = pattern.sub(instead, text)
    return text.strip()
