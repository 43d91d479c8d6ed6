"""One exchange over one connection: name look-up, TLS, request, and an answer read under a deadline and a cap."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import os
import select
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from upgrader.errors import RegistryError
from upgrader.outside.origins import Address, basic, is_public
from upgrader.outside.redact import strip_controls

_STEP = 2**20
_HEADERS_CAP = 2**20
_RATIO_CAP = 250
_RATIO_FREE = 4 * 2**20
_MEMBERS = 16
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Unreachable(Exception):
    """The exchange broke off: no connection, or nothing usable came back. `sent` tells whether it may have arrived."""

    def __init__(self, reason: str, *, sent: bool, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.silent = silent
        """A kept connection was closed before a single byte came: try a new one at once."""


class Answer(msgspec.Struct, frozen=True):
    """What the server sent, its body still encoded."""

    status: int
    headers: dict[str, str]
    """Lower-case names; repeated ones joined by a comma."""
    body: bytes


class Names:
    """Host names looked up once; a failure is remembered for some seconds, so that it is not paid by every thread."""

    _MEMORY_S = 10.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[tuple[str, int], threading.Lock] = {}
        self._known: dict[tuple[str, int], list[tuple[int, Any]]] = {}
        self._failed: dict[tuple[str, int], tuple[float, str]] = {}

    def look_up(self, host: str, port: int) -> list[tuple[int, Any]]:
        """Return (family, socket address) pairs, at least one. Raises Unreachable."""
        key = (host, port)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                self._known[key] = self._ask(key)
            return self._known[key]

    def prefer(self, host: str, port: int, pair: tuple[int, Any]) -> None:
        """Remember the address that answered, so that a dead one is waited for only once."""
        pairs = self._known.get((host, port), [])
        if pairs and pairs[0] != pair:
            self._known[(host, port)] = [pair, *(other for other in pairs if other != pair)]

    def _ask(self, key: tuple[str, int]) -> list[tuple[int, Any]]:
        then, reason = self._failed.get(key, (0.0, ""))
        if reason and time.monotonic() - then < self._MEMORY_S:
            raise Unreachable(reason, sent=False)
        try:
            found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = f"its name cannot be looked up ({getattr(error, 'strerror', None) or error})"
            self._failed[key] = (time.monotonic(), reason)
            raise Unreachable(reason, sent=False) from error
        return [(family, address) for family, _, _, _, address in found]


_TLS = threading.Lock()


def tls_context() -> ssl.SSLContext:
    """Return the one TLS context: certificates of the first CA variable that is set, else the system's."""
    with _TLS:  # functools.cache alone lets 32 threads load the certificates 32 times
        return _tls_context()


@functools.cache
def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    for variable in _CA_VARIABLES:
        if bundle := os.environ.get(variable):
            folder = Path(bundle).is_dir()
            try:
                context.load_verify_locations(None if folder else bundle, bundle if folder else None)
            except (OSError, ssl.SSLError) as error:
                raise RegistryError(
                    f"{variable}={bundle}: cannot be read as certificates ({error})."
                ) from error
            return context
    paths = ssl.get_default_verify_paths()
    context.set_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi  # only where the system has no certificates, such as Python from python.org on macOS

        context.load_verify_locations(certifi.where())
    return context


class Connection:
    """A kept connection to one origin, perhaps through a proxy."""

    def __init__(self, sock: socket.socket, proxied: bool) -> None:
        self.sock = sock
        self.proxied = proxied
        """Plain http through a proxy: the request line names the whole address."""
        self.used = False

    @classmethod
    def open(
        cls,
        address: Address,
        proxy: Address | None,
        names: Names,
        *,
        connect_s: float,
        deadline: float,
        public: bool,
    ) -> Connection:
        """Connect, tunnel through a proxy if there is one, and shake hands. Raises Unreachable.

        `public` refuses (RegistryError) every address that is not of the open internet; it is checked on the very
        address that is connected to. Behind a proxy only the proxy knows the address.
        """
        limit = min(time.monotonic() + connect_s, deadline)
        sock = _connect(proxy or address, names, limit, public=public and proxy is None)
        try:
            if proxy and address.scheme == "https":
                _tunnel(sock, address, proxy, limit)
            if address.scheme == "https":
                sock.settimeout(max(0.001, limit - time.monotonic()))
                sock = tls_context().wrap_socket(sock, server_hostname=address.host)
        except (OSError, ValueError, http.client.HTTPException) as error:
            sock.close()
            raise Unreachable(_reason(error), sent=False) from error
        except BaseException:
            sock.close()
            raise
        return cls(sock, proxied=bool(proxy) and address.scheme == "http")

    def close(self) -> None:
        """Close it for good."""
        with contextlib.suppress(OSError):
            self.sock.close()

    def is_idle(self) -> bool:
        """Tell whether nothing has arrived since the last answer; a closed or chatty connection is not reused."""
        try:
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            return not poll.poll(0)
        except (OSError, ValueError):
            return False

    def exchange(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
        *,
        deadline: float,
        cap: int,
    ) -> tuple[Answer, bool]:
        """Send a request and read the whole answer; the flag tells whether the connection may be kept.

        Raises Unreachable when it breaks off, RegistryError when the answer is larger than `cap` bytes.
        """
        line = f"{method} {address.url if self.proxied else address.path} HTTP/1.1"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        raw = _Timed(self.sock, deadline, cap + _HEADERS_CAP)
        reused, self.used = self.used, True
        try:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            self.sock.sendall(f"{line}\r\n{head}\r\n".encode("latin-1") + body)
            return _read(_Source(raw), method, cap, address)
        except (OSError, ValueError, http.client.HTTPException) as error:
            silent = reused and not raw.total and not isinstance(error, TimeoutError)
            raise Unreachable(_reason(error), sent=True, silent=silent) from error


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


class _Timed(io.RawIOBase):
    """A socket read against one deadline and one total: a server that drips cannot stretch either."""

    def __init__(self, sock: socket.socket, deadline: float, cap: int) -> None:
        self.sock = sock
        self.deadline = deadline
        self.cap = cap
        self.total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - typeshed's WriteableBuffer
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise TimeoutError
        self.sock.settimeout(rest)
        count = self.sock.recv_into(buffer)
        self.total += count
        if self.total > self.cap:
            raise ValueError(f"more than {self.cap} bytes")
        return count


class _Source:
    """What http.client asks of a socket: a file to read from."""

    def __init__(self, raw: _Timed) -> None:
        self.raw = raw

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.raw, 65536)


def _connect(target: Address, names: Names, limit: float, *, public: bool) -> socket.socket:
    pairs = names.look_up(target.host, target.port)
    if public and not all(is_public(address[0]) for _, address in pairs):
        raise RegistryError(f"{target.host_header}: leads to an address inside a private network; not asked.")
    failure: OSError = TimeoutError()
    for number, (family, address) in enumerate(pairs):
        rest = limit - time.monotonic()
        if rest <= 0:
            break
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(max(rest / (len(pairs) - number), 0.001))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            names.prefer(target.host, target.port, (family, address))
            return sock
    raise Unreachable(_reason(failure), sent=False) from failure


def _tunnel(sock: socket.socket, address: Address, proxy: Address, limit: float) -> None:
    place = f"{address.netloc_host}:{address.port}"
    login = f"Proxy-Authorization: {basic(proxy.userinfo)}\r\n" if proxy.userinfo else ""
    sock.settimeout(max(0.001, limit - time.monotonic()))
    sock.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n".encode("latin-1"))
    source: Any = _Source(_Timed(sock, limit, _HEADERS_CAP))
    answer = http.client.HTTPResponse(source, method="CONNECT")
    answer.begin()
    if answer.status != 200:
        raise ValueError(f"the proxy {proxy.host_header} answered {answer.status}")


def _read(source: Any, method: str, cap: int, address: Address) -> tuple[Answer, bool]:  # noqa: ANN401 - a socket to it
    response = http.client.HTTPResponse(source, method=method)
    try:
        response.begin()
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        length = response.length
        if length is not None and length > cap:
            raise RegistryError(
                f"{address.label}: answers with {length} bytes, more than the {cap} that are read."
            )
        pieces, total = [], 0
        while piece := response.read(_STEP):
            pieces.append(piece)
            total += len(piece)
            if total > cap:
                raise RegistryError(f"{address.label}: answers with more than the {cap} bytes that are read.")
        if length is not None and total != length:
            raise ValueError(f"the answer broke off after {total} of {length} bytes")
        return Answer(response.status, headers, b"".join(pieces)), not response.will_close
    finally:
        response.close()


def _reason(error: Exception) -> str:
    """Words for a message, without anything the server could have put into them."""
    match error:
        case TimeoutError():
            return "it did not answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return "it closed the connection without an answer"
        case http.client.IncompleteRead():
            return "the answer broke off"
        case http.client.HTTPException():
            return "what it answered is not HTTP"
        case OSError():
            return f"the connection failed ({error.strerror or type(error).__name__})"
        case _:
            return strip_controls(str(error))[:200]
