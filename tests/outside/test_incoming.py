"""Answers as they arrive on a socket: framing, preliminary answers, odd but legal heads, and what is no answer."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from upgrader.errors import RegistryError
from upgrader.outside.incoming import Answer, Incoming, read_answer

OK = b"HTTP/1.1 200 OK\r\n"
READ: dict[str, tuple[bytes, bytes, bool]] = {
    "by length": (OK + b"Content-Length: 3\r\n\r\nabc", b"abc", True),
    "nothing": (OK + b"Content-Length: 0\r\n\r\n", b"", True),
    "bare line feeds": (b"HTTP/1.1 200\nContent-Length: 3\n\nabc", b"abc", True),
    "one length twice": (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
    "a folded header": (OK + b"X: a\r\n\tb\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
    "in chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n01\r\nc\r\n0\r\n\r\n",
        b"abc",
        True,
    ),
    "with trailers": (
        OK + b"Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        b"abc",
        True,
    ),
    "chunks before a length": (
        OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"abc",
        True,
    ),
    "to the end": (OK + b"\r\nabc", b"abc", False),
    "an unusable length": (OK + b"Content-Length: -3\r\n\r\nabc", b"abc", False),
    "asked to close": (OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc", b"abc", False),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", False),
    "of HTTP/1.0, kept": (
        b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
        True,
    ),
    "more than it said": (OK + b"Content-Length: 3\r\n\r\nabcdef", b"abc", False),
    "after early hints": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
        + OK
        + b"Content-Length: 1\r\n\r\na",
        b"a",
        True,
    ),
    "not modified": (b"HTTP/1.1 304 X\r\nContent-Length: 99\r\n\r\n", b"", True),
    "no content": (b"HTTP/1.1 204 X\r\n\r\n", b"", True),
    "a long body": (OK + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000, b"x" * 300_000, True),
    "a long header": (
        OK + b"X: " + b"y" * 60_000 + b"\r\nContent-Length: 3\r\n\r\nabc",
        b"abc",
        True,
    ),
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "two lengths": (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "two lengths"),
    "a coding that is not chunked": (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "coding"),
    "a header without colon": (OK + b"nonsense\r\n\r\n", "header"),
    "a space before the colon": (OK + b"Content-Length : 3\r\n\r\nabc", "header"),
    "a fold before any header": (OK + b" X: y\r\n\r\n", "header"),
    "HTTP/2 in plain": (b"HTTP/2 200\r\n\r\n", "HTTP/2"),
    "a status in words": (b"HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 abc"),
    "a status below 100": (b"HTTP/1.1 099 OK\r\n\r\n", "099"),
    "an empty line first": (b"\r\n" + OK + b"\r\n", "b''"),
    "a chunk that runs on": (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "broke off"),
    "a chunk without size": (OK + b"Transfer-Encoding: chunked\r\n\r\n\r\nabc", "broke off"),
    "half a head": (OK + b"X: y\r\n", "broke off"),
    "an endless line": (OK + b"x" * 70_000, "line"),
}


def arriving(data: bytes, cap: int = 2**20) -> tuple[Answer, bool]:
    """Read what a server sends before it hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def send() -> None:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            return read_answer(Incoming(ours, time.monotonic() + 5, 2**21), cap, "registry.example/x")
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            sender.join()


@pytest.mark.parametrize("what", READ)
def test_an_answer(what: str) -> None:
    data, body, keeps = READ[what]
    got, kept = arriving(data)
    assert (got.body, kept) == (body, keeps)


@pytest.mark.parametrize("what", REFUSED)
def test_no_answer(what: str) -> None:
    data, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        arriving(data)


def test_headers_are_joined_and_spelled_in_lower_case() -> None:
    got, _ = arriving(OK + b"X-A: 1\r\nx-a:2\r\nContent-Length: 0\r\n\r\n")
    assert got.headers == {"x-a": "1, 2", "content-length": "0"}


@pytest.mark.parametrize("framing", [b"Content-Length: 11\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_of_more_than_the_cap_is_refused(framing: bytes) -> None:
    body = b"b\r\nxxxxxxxxxxx\r\n0\r\n\r\n" if b"chunked" in framing else b"x" * 11
    with pytest.raises(RegistryError, match=r"registry\.example/x: answers with .* 10"):
        arriving(OK + framing + b"\r\n" + body, cap=10)


def test_silence_is_told_apart_from_half_an_answer() -> None:
    with pytest.raises(ConnectionResetError):
        arriving(b"")
