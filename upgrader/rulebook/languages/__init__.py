"""How each language is rewritten; `base` says what a language offers, `WRITERS` where it is found."""

from __future__ import annotations

from upgrader.source.syntax import Language

WRITERS: dict[Language, str] = {
    "go": "upgrader.rulebook.languages.go.writer",
    "javascript": "upgrader.rulebook.languages.javascript.writer",
    "python": "upgrader.rulebook.languages.python.writer",
    "rust": "upgrader.rulebook.languages.rust.writer",
    "tsx": "upgrader.rulebook.languages.javascript.writer",
    "typescript": "upgrader.rulebook.languages.javascript.writer",
}
