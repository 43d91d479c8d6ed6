"""What was fetched before: one file per answer (a line of JSON, then the body); a damaged one counts as absent."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

_MAGIC = b"upgrader-cache-1 "
_HEAD_CAP = 2**18
_KEYED_HEADERS = ("accept", "authorization")
_PRUNE_AFTER_S = 30 * 86400
_PRUNE_EVERY_S = 86400


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it was received."""

    key: str
    """What it answers, to notice a file that was moved."""
    url: str = ""
    """Where the answer came from, after redirects."""
    status: int = 200
    """404 or 410 where it is known that there is no such thing."""
    etag: str = ""
    last_modified: str = ""
    headers: dict[str, str] = {}
    encoding: str = ""
    """Content-Encoding of the body."""
    checksum: int = 0
    body: bytes = b""
    age_s: int = 0
    """Seconds since it was fetched or confirmed; filled in on reading."""


class Cache:
    """Answers by address and headers, and small derived values by name; safe for threads and processes.

    Nothing here raises: a cache that cannot be read or written is an empty one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        self._decoder = msgspec.json.Decoder(Stored)

    @staticmethod
    def key(url: str, headers: Mapping[str, str], body: bytes = b"") -> str:
        """Return the name of an answer; credentials enter only as part of a hash."""
        lower = {name.lower(): value for name, value in headers.items()}
        parts = [url, *(lower.get(name, "") for name in _KEYED_HEADERS)]
        raw = "\0".join(parts).encode("utf-8", "surrogatepass") + b"\0" + body
        return hashlib.sha256(raw).hexdigest()

    def load(self, key: str) -> Stored | None:
        """Return an answer of any age, None when there is none or it is damaged."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                written = os.fstat(file.fileno()).st_mtime
                head, body = file.readline(_HEAD_CAP), file.read()
        except OSError:
            return None
        stored = self._decode(head, body, key)
        if stored is None:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        age = time.time() - written
        # A time in the future (a clock that was set back) must not keep an answer fresh.
        return msgspec.structs.replace(stored, body=body, age_s=int(age) if age >= 0 else _PRUNE_AFTER_S)

    def _decode(self, head: bytes, body: bytes, key: str) -> Stored | None:
        if not head.startswith(_MAGIC):
            return None
        try:
            stored = self._decoder.decode(head[len(_MAGIC) :])
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None
        return stored if stored.key == key and zlib.crc32(body) == stored.checksum else None

    def store(self, key: str, stored: Stored) -> None:
        """Keep an answer; its age starts now."""
        entry = msgspec.structs.replace(stored, key=key, checksum=zlib.crc32(stored.body), body=b"", age_s=0)
        path = self._path(key)
        temporary = path.with_name(f".{secrets.token_hex(6)}.tmp")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the mode is only the last folder's
            path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + msgspec.json.encode(entry) + b"\n")
                file.write(stored.body)
            temporary.replace(path)
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                temporary.unlink()

    def confirm(self, key: str) -> None:
        """Note that the server still gives the same answer: its age starts again."""
        with contextlib.suppress(OSError):
            os.utime(self._path(key))

    def get_value(self, key: str, ttl_s: float) -> str | None:
        """Return a derived value that is younger than `ttl_s` seconds, else None."""
        stored = self.load(self._value_key(key))
        if stored is None or stored.age_s >= ttl_s:
            return None
        return stored.body.decode("utf-8", "replace")

    def put_value(self, key: str, value: str) -> None:
        """Keep a small derived value, such as the default registry of a tool version."""
        self.store(self._value_key(key), Stored(key="", body=value.encode("utf-8", "replace")))

    def prune(self) -> None:
        """Once a day, drop what nobody confirmed for 30 days."""
        stamp, now = self.folder / "pruned", time.time()
        with contextlib.suppress(OSError):
            if stamp.exists() and 0 <= now - stamp.stat().st_mtime < _PRUNE_EVERY_S:
                return
            stamp.touch()
            for path in self.folder.glob("??/*"):
                if now - path.lstat().st_mtime > _PRUNE_AFTER_S:
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    @staticmethod
    def _value_key(key: str) -> str:
        return hashlib.sha256(b"value\0" + key.encode("utf-8", "surrogatepass")).hexdigest()


def default_folder() -> Path:
    """Return the user's cache folder for the program: UPGRADER_CACHE_DIR, XDG_CACHE_HOME, or the system's custom."""
    if own := os.environ.get("UPGRADER_CACHE_DIR"):
        return Path(own).expanduser()
    if (xdg := os.environ.get("XDG_CACHE_HOME", "")).startswith("/"):
        return Path(xdg) / "upgrader"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - does not raise where there is no home
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "upgrader"
