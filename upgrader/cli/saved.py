"""Other tools' output: from a file or a pipe, or by running the tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import CommandFailed, InputError
from upgrader.flow import Trip, take_inventory
from upgrader.model import Reported
from upgrader.outside.files import read_bytes
from upgrader.outside.shell import clean_env, registry_access, run
from upgrader.source.saved_output import LARGEST, clean_text


def read_saved(name: str) -> list[Reported]:
    """Rows of a saved output, recognised by what it looks like. Raises InputError for one no known tool prints."""
    data = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else read_bytes(Path(name), limit=LARGEST)
    source = "standard input" if name == "-" else name
    text = clean_text(data, source)
    for book in ECOSYSTEMS.values():
        if book.recognises(text):
            return book.read_outdated(text, source)
    if not text.strip():
        raise InputError(
            f"{source}: is empty, which says nothing about what is outdated.", "Save the output again."
        )
    raise InputError(
        f"{source}: not the output of a tool that is known.",
        "Known: npm outdated --json, npm audit --json, pip list --outdated --format json, pip-audit -f json, "
        "go list -m -u -json all, cargo outdated --format json, cargo update --dry-run -v, cargo audit --json.",
    )


def read_native(trip: Trip) -> list[Reported]:
    """Run each project's own outdated tool and read what it prints; a tool that fails is an error, never clean."""
    rows: list[Reported] = []
    for project in take_inventory(trip).projects:
        book = ECOSYSTEMS[project.ecosystem]
        command = book.outdated(project)
        trip.progress(" ".join(command.argv))
        try:
            finished = run(
                command.argv,
                cwd=trip.root / command.folder,
                env=clean_env(command.env, passthrough=registry_access(command.argv)),
                timeout_s=command.timeout_s,
                idle_s=command.timeout_s,
            )
        except CommandFailed as fault:
            raise InputError(f"{project.id}: {fault.message}", "Use --via registry.") from fault
        text = (
            finished.stdout.decode("utf-8", "replace")
            + os.linesep
            + finished.stderr.decode("utf-8", "replace")
        )
        chosen = text if project.ecosystem == "cargo" else finished.stdout.decode("utf-8", "replace")
        if finished.exit_code not in (0, 1):
            last = (text.strip().splitlines() or ["it said nothing"])[-1]
            raise InputError(f"{project.id}: {' '.join(command.argv)} failed: {last}", "Use --via registry.")
        rows += book.read_outdated(chosen, f"{' '.join(command.argv[:2])} in {project.folder}")
    return rows
