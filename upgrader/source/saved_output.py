"""Saved output of other tools: bytes to clean text, and text to the JSON documents in it."""

from __future__ import annotations

import json
import re

from upgrader.errors import InputError

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_JSON = r"([{\[])(?=(?<=\{)\s*(?:[\"}]|\Z)|(?<=\[)\s*(?:[{\[\"\]]|\Z))"
_ADJOINING = re.compile(rf"\s*{_JSON}")
_BEGINNING = re.compile(rf"^[ \t]*{_JSON}", re.MULTILINE)
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
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise InputError(
            f"{source}: byte {fault.start} is not {encoding}.", "Save the output as UTF-8."
        ) from fault
    # A lone carriage return is a progress line written over; a mark inside comes from joined files.
    return _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def _encoding(data: bytes) -> str:
    """UTF-16 by its mark, or by the zero bytes that plain text has in it; else UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if data[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if data[:1] == b"\0" else "utf-8-sig"


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
    """Offset of the next `{` or `[` that begins a line or follows a document, and goes on as JSON does.

    So a line such as `[notice] A new release` is none.
    """
    found = (_ADJOINING.match(text, at) if at else None) or _BEGINNING.search(text, at)
    return found.start(1) if found else None
