"""npm's outdated command, and which saved output of npm, pnpm, yarn, bun, npm-check-updates and taze is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm import audit_report, outdated_json, outdated_text, updaters
from upgrader.ecosystems.npm.reported_rows import Format
from upgrader.errors import InputError
from upgrader.model import Command, Project, Reported
from upgrader.source.saved_output import json_documents

FORMATS: tuple[Format, ...] = (
    *audit_report.FORMATS,
    outdated_json.FAILED,
    *updaters.FORMATS[:1],
    *outdated_json.FORMATS,
    *updaters.FORMATS[1:3],
    *outdated_text.FORMATS,
    *updaters.FORMATS[3:],
)
"""The first that knows the text reads it: those with marks of their own come before those known by their shape."""
_CUT = re.compile(r'"(?:auditReportVersion|dependencyType|dependedByLocation|dependent)"\s{0,20}:')


def outdated(project: Project) -> Command:
    """`npm outdated --json --long`: `--long` adds the section and which manifest asks."""
    return Command(
        argv=("npm", "outdated", "--json", "--long", "--no-update-notifier", "--location=project"),
        folder=project.folder,
        why="ask npm itself what is outdated",
        network=True,
        timeout_s=600,
        idle_s=300,
    )


def recognises(text: str) -> bool:
    """Whether saved output is of this world: outdated or audit, also of a run that failed or a file that is cut."""
    try:
        return _format(text, _documents(text)) is not None
    except InputError:
        return _CUT.search(text) is not None


def read_outdated(text: str, source: str) -> list[Reported]:
    """The rows of any of the FORMATS, in the order of the text.

    Raises InputError for a failed run, a cut file, and text that no tool of this world prints.
    """
    try:
        documents = _documents(text)
    except InputError as fault:
        raise InputError(f"{source}: {fault.message}", fault.advice) from fault
    found = _format(text, documents)
    if found is None:
        raise InputError(f"{source}: is not the output of npm.", "Save `npm outdated --json --long`.")
    return found.read(text, documents, source)


def _format(text: str, documents: Sequence[object]) -> Format | None:
    return next((item for item in FORMATS if item.knows(text, documents)), None)


def _documents(text: str) -> list[object]:
    """The JSON documents; none for plain text."""
    return json_documents(text) if re.search(r"^[ \t]*+[{\[]", text, re.MULTILINE) else []


def silence(tree: Tree, project: Project) -> str:
    """`npm outdated` says nothing of development and peer dependencies that are not installed."""
    hidden = f"{project.folder}/node_modules/.package-lock.json".removeprefix("./")
    return (
        ""
        if tree.exists(hidden)
        else "nothing is installed here, and npm does not tell every missing package"
    )
