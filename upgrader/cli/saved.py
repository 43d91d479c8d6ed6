"""Other tools' output, from a file or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import InputError
from upgrader.model import Reported
from upgrader.outside.files import read_bytes
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
    if text.strip() == "[]":
        raise InputError(
            f"{source}: an empty list, which pip prints also when it could ask nobody.",
            "Use --via registry, or save `uv pip list --outdated --format json`.",
        )
    raise InputError(
        f"{source}: not the output of a tool that is known.",
        "Known, as JSON or as text: outdated of npm, pnpm, yarn 1, bun and cargo; npm-check-updates; taze; "
        "`pip list --outdated`; `uv tree --outdated`; `uv lock --upgrade --dry-run`; `go list -m -u -json all`; "
        "`cargo update --dry-run -v`. As JSON: audit of npm, pnpm, yarn and cargo; pip-audit; govulncheck.",
    )
