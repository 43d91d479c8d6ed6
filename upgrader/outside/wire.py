"""One exchange over one connection: name look-up, TLS, request, and an answer read under a deadline and a cap."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from upgrader.errors import RegistryError
from upgrader.outside.crowd import Far
from upgrader.outside.incoming import Answer, Incoming, NotHttp, read_answer, read_head
from upgrader.outside.origins import Address, basic, is_public
from upgrader.outside.redact import strip_controls

_HEADERS_CAP = 2**20
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Unreachable(Exception):
    """The exchange broke off: no connection, or nothing usable came back. `sent` tells whether it may have arrived."""

    def __init__(self, reason: str, *, sent: bool, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.silent = silent
        """A kept connection was closed before a single byte came: try a new one at once."""


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

    def __init__(self, sock: socket.socket, far: Far, proxied: bool) -> None:
        self.sock = sock
        self.far = far
        self.proxied = proxied
        """Plain http through a proxy: the request line names the whole address."""
        self.used = False

    @classmethod
    def open(
        cls,
        address: Address,
        proxy: Address | None,
        names: Names,
        far: Far,
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
        sock = _connect(proxy or address, names, far, limit, public=public and proxy is None)
        try:
            if proxy and address.scheme == "https":
                _tunnel(sock, address, proxy, limit)
            if address.scheme == "https":
                sock.settimeout(max(0.001, limit - time.monotonic()))
                sock = tls_context().wrap_socket(sock, server_hostname=address.host)
        except (OSError, ValueError) as error:
            sock.close()
            raise Unreachable(_reason(error), sent=False) from error
        except BaseException:
            sock.close()
            raise
        return cls(sock, far, proxied=bool(proxy) and address.scheme == "http")

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
        incoming = Incoming(self.sock, deadline, cap + _HEADERS_CAP)
        reused, self.used, begun = self.used, True, time.monotonic()
        try:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            self.sock.sendall(f"{line}\r\n{head}\r\n".encode("latin-1") + body)
            incoming.wait()
            if time.monotonic() - begun > self.far.ANSWER_S:
                self.far.set()
            return read_answer(incoming, cap, address.label)
        except (OSError, ValueError) as error:
            silent = reused and not incoming.total and not isinstance(error, TimeoutError)
            raise Unreachable(_reason(error), sent=True, silent=silent) from error


def _connect(target: Address, names: Names, far: Far, limit: float, *, public: bool) -> socket.socket:
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
            begun = time.monotonic()
            sock.connect(address)
            if time.monotonic() - begun > far.CONNECT_S:
                far.set()
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
    head = read_head(Incoming(sock, limit, _HEADERS_CAP))
    if head.status != 200:
        raise ValueError(f"the proxy {proxy.host_header} answered {head.status}")


def _reason(error: Exception) -> str:
    """Words for a message, without anything the server could have put into them."""
    match error:
        case TimeoutError():
            return "it did not answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ConnectionResetError() | BrokenPipeError():
            return "it closed the connection without an answer"
        case NotHttp():
            return "what it answered is not HTTP"
        case OSError():
            return f"the connection failed ({error.strerror or type(error).__name__})"
        case _:
            return strip_controls(str(error))[:200]
