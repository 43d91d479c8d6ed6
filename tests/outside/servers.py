"""Servers on loopback: one that answers by the book, and one that does with its socket whatever a test wants."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Reply = bytes | Callable[[socket.socket], None]


class Server:
    """Remembers the requests it was sent; answers each by its path."""

    def __init__(self, replies: dict[str, Reply | list[Reply]]) -> None:
        self.replies = replies
        self.requests: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0
        self._open: list[socket.socket] = []

    def paths(self) -> list[str]:
        """The request targets in order."""
        return [request.split(" ")[1] for request in self.requests]

    def header(self, name: str, number: int = -1) -> str | None:
        """A header of one request, None when it was not sent."""
        for line in self.requests[number].split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None

    def serve(self) -> None:
        """Accept until closed."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := _read(connection):
                self.requests.append(request)
                target = request.split(" ")[1]
                reply = self.replies.get(target.partition("?")[0], answer(b"no", status=404))
                if isinstance(reply, list):
                    reply = reply.pop(0) if len(reply) > 1 else reply[0]
                if callable(reply):
                    reply(connection)
                    return
                connection.sendall(reply)

    def close(self) -> None:
        """Close everything, so that no thread and no socket outlives the test."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _read(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return ""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def answer(body: bytes = b"{}", *, status: int = 200, **headers: str) -> bytes:
    """A well-formed answer; underscores in header names stand for dashes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@contextlib.contextmanager
def serving(replies: dict[str, Reply | list[Reply]] | None = None) -> Iterator[Server]:
    """Run a server for the length of a test."""
    server = Server(replies if replies is not None else {})
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)
