"""Undoes a Content-Encoding, never into more than one can take."""

from __future__ import annotations

import contextlib
import zlib

from upgrader.errors import RegistryError

_RATIO_CAP = 250
_RATIO_FREE = 4 * 2**20
_MEMBERS = 16


def decoded(body: bytes, encoding: str, cap: int, name: str) -> bytes:
    """Undo a Content-Encoding. Raises RegistryError for an unknown one, damage, a bomb, or more than `cap` bytes."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            windows = [31]
        case "deflate":
            windows = [15, -15]  # RFC 9110 means zlib, some servers send raw deflate
        case other:
            raise RegistryError(f"{name}: answered in the encoding {other[:40]!r}, which was not asked for.")
    for window in windows:
        with contextlib.suppress(zlib.error):
            return _inflate(body, window, cap, name)
    raise RegistryError(f"{name}: sent a damaged answer (it does not unpack).")


def _inflate(body: bytes, window: int, cap: int, name: str) -> bytes:
    room = min(cap, max(_RATIO_FREE, len(body) * _RATIO_CAP))
    out = b""
    for _ in range(_MEMBERS):
        unpacker = zlib.decompressobj(window)
        piece = unpacker.decompress(body, room - len(out) + 1)
        out = out + piece if out else piece
        if len(out) > room:
            raise RegistryError(f"{name}: its answer unpacks to more than {room} bytes, and is not read.")
        if not unpacker.eof:
            raise zlib.error("truncated")
        body = unpacker.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return out
    raise RegistryError(f"{name}: its answer is packed in too many pieces.")
