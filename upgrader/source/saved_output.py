"""Saved output of other tools: bytes to clean text, and text to the JSON documents in it."""

from __future__ import annotations

import json
import re

from upgrader.errors import InputError

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
LARGEST = 256 * 2**20
"""Bytes of saved output that are read at most."""


def clean_text(data: bytes, source: str) -> str:
    """Decode what a shell saved: UTF-8, with or without BOM, or UTF-16 (PowerShell's `>`); terminal escapes removed.

    Raises InputError naming `source` for anything else.
    """
    if len(data) > LARGEST:
        raise InputError(
            f"{source}: larger than {LARGEST // 2**20} MiB.", "Save one project's output at a time."
        )
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{source}: byte {fault.start} is not {encoding}.", "Save the output as UTF-8."
        ) from fault
    return _ESCAPES.sub("", text).replace("\r\n", "\n")


def json_documents(text: str) -> list[object]:
    """Every JSON document in `text`, in order; words before the first and between two (warnings) are skipped.

    A document that breaks off raises InputError with its line: a cut file is never a clean one.
    """
    decoder = json.JSONDecoder()
    documents: list[object] = []
    at = 0
    while (start := _next_document(text, at)) is not None:
        try:
            document, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as fault:
            line = text.count("\n", 0, start) + 1
            raise InputError(
                f"line {line}: not a whole JSON document ({fault}).", "Save it again."
            ) from fault
        documents.append(document)
    return documents


def _next_document(text: str, at: int) -> int | None:
    """Offset of the next `{` or `[` that begins a line, after blanks."""
    found = (
        re.compile(r"^[ \t]*([{\[])", re.MULTILINE).search(text, at)
        if at == 0 or text[at - 1] == "\n"
        else None
    )
    if found is None:
        found = re.compile(r"(?:\A|[\s}\]])\s*([{\[])").search(text, max(at - 1, 0)) if at else None
    return found.start(1) if found else None
