"""One request and one answer, as the registries here see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    base: str
    """The server's address without a trailing slash."""

    @property
    def parts(self) -> list[str]:
        """The decoded pieces of the path between slashes; an encoded slash stays inside its piece."""
        return [unquote(piece) for piece in self.path.strip("/").split("/")]

    def accepts(self, kind: str) -> bool:
        """Whether the Accept header names this media type."""
        return kind in self.headers.get("accept", "")


@dataclass(frozen=True)
class Answer:
    """What the server says; bodies are whole and in memory."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    immutable: bool = False
    """True for archives: they never change, and they are never compressed on the way."""


def as_json(value: Any, *, status: int = 200, kind: str = "application/json") -> Answer:
    """Answer with a JSON document."""
    return Answer(json.dumps(value, separators=(",", ":")).encode(), status, kind)


def as_text(text: str, *, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Answer:
    """Answer with text."""
    return Answer(text.encode(), status, kind)


def as_archive(data: bytes) -> Answer:
    """Answer with an archive."""
    return Answer(data, immutable=True)


def moved(url: str) -> Answer:
    """Answer with a permanent redirect."""
    return Answer(b"", 301, "text/plain", {"Location": url})
