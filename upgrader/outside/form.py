"""The form in which what was read from an answer is kept: trimmed to what is used, and quick to read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Form(Generic[T]):
    """How values of one type are kept; a registry's document is a hundred times larger than what is used of it.

    name: part of the key they are kept by; a reader that reads more or otherwise takes a new one.
    aged: the value with the seconds since it was fetched or confirmed.
    """

    def __init__(self, name: str, kind: type[T], aged: Callable[[T, int], T]) -> None:
        self.key = f"form {name}".encode()
        self.aged = aged
        self._decoder = msgspec.msgpack.Decoder(kind)

    def write(self, value: T) -> bytes:
        """The value as bytes."""
        return msgspec.msgpack.encode(value)

    def read(self, data: bytes) -> T | None:
        """The value; None for bytes that an earlier release of this program has left and that mean nothing now."""
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
