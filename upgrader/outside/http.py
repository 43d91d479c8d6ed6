"""Asks registries and services: many at once, from a list of allowed servers, with limits on everything they may do."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import urljoin

import msgspec

from upgrader import __version__
from upgrader.errors import RegistryError
from upgrader.outside.cache import Cache, Stored
from upgrader.outside.origins import Address, Allowed, basic, parse
from upgrader.outside.server import Clock, Limits, Server
from upgrader.outside.wire import Answer, Names, decoded

__all__ = ["Client", "Response", "StatusError"]

T = TypeVar("T")

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HOPS = 5
_IN_FLIGHT = 32
_FOR_ANYONE = frozenset(("accept", "accept-encoding", "user-agent", "content-type", "content-length"))
"""Headers that may follow a redirect to another origin; an unknown one may carry a credential."""
_KEPT_HEADERS = ("content-type", "link", "etag", "last-modified", "date")
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError, MemoryError)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A good answer (2xx)."""

    status: int
    headers: dict[str, str]
    """Lower-case names; from the cache only content-type, link, etag, last-modified and date."""
    body: bytes
    """Unpacked."""
    url: str
    """Where it came from, after redirects, without user and password."""
    from_cache: bool
    age_s: int
    """Seconds since it was fetched or confirmed; 0 when it came from the server now."""


class StatusError(RegistryError):
    """The server answered, but not with 2xx: `status` tells (404 and 410 mean: there is no such thing)."""

    def __init__(self, message: str, advice: str = "", *, status: int) -> None:
        super().__init__(message, advice)
        self.status = status


class Client:
    """A thread-safe client for a fixed set of servers; a context manager that closes its connections.

    hosts: allowed servers, best as the configured addresses (`https://registry.example/npm/`: this origin, also a
      private or plain-http one); `host:port` or `host` mean https. Redirects may lead only to these and to `allow`ed.
    ttl_s: a cached answer younger than this is used without asking, an older one is confirmed (304) first.
    offline: nothing is asked; cached answers of any age are used, labelled with `age_s`.
    deadline_s: for one request with its redirects and retries, in seconds; a Retry-After wait (at most 60 s) is extra.
    max_body: bytes of an answer, packed and unpacked.
    credentials: address (an origin, or with a path: the longest prefix wins) to the value of Authorization.
    Every failure is a RegistryError that names the server; none names a credential.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str],
        offline: bool = False,
        cache: Cache | None = None,
        ttl_s: int = 1200,
        connect_s: float = 5.0,
        deadline_s: float = 30.0,
        tries: int = 3,
        max_body: int = 64 * 2**20,
        credentials: Mapping[str, str] | None = None,
        user_agent: str = f"upgrader/{__version__}",
        backoff_s: float = 0.5,
    ) -> None:
        self.allowed = Allowed(hosts)
        self.offline = offline
        self.cache = cache
        self.ttl_s = ttl_s
        self.deadline_s = deadline_s
        self.limits = Limits(connect_s=connect_s, tries=tries, backoff_s=backoff_s)
        self.max_body = max_body
        self.user_agent = user_agent
        found = ((parse(place), value) for place, value in (credentials or {}).items())
        self._credentials = sorted(found, key=lambda pair: -len(pair[0].path))
        self._names = Names()
        self._servers: dict[str, Server] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all kept connections; requests still under way in other threads end at their next step."""
        self._stop.set()
        for server in self._servers.values():
            server.close()
        if self.cache is not None and not self.offline:
            self.cache.prune()

    def allow(self, host: str) -> None:
        """Let a server be asked that a configured one named; it must be on the open internet."""
        self.allowed.add(host, explicit=False)

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_body: int | None = None
    ) -> Response:
        """Fetch a document. Raises StatusError for an answer that is not 2xx, RegistryError for none at all."""
        request = _Request(
            "GET", parse(url), dict(headers or {}), b"", cap=max_body or self.max_body, question=True
        )
        return self._answer(request)

    def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, cacheable: bool = False
    ) -> Response:
        """Send a document; `cacheable` says that it is only a question: it may be repeated and its answer kept."""
        request = _Request(
            "POST", parse(url), dict(headers or {}), body, cap=self.max_body, question=cacheable
        )
        return self._answer(request)

    def get_many(
        self,
        requests: Iterable[tuple[str, Mapping[str, str]]],
        *,
        decode: Callable[[Response], T],
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[T | RegistryError]:
        """Fetch documents, up to 32 at once, and return what `decode` makes of each, in order.

        `decode` runs in the worker thread right after reading. A failure stands in the list in its place; what
        `decode` cannot read (ValueError, msgspec errors, RecursionError) is one too. `on_done(done, total)` is
        called after each, from the workers, one at a time.
        """
        work = list(requests)
        results: list[T | RegistryError] = [RegistryError("Not asked: interrupted.")] * len(work)
        numbers, finished = iter(range(len(work))), itertools.count(1)
        told, bugs = threading.Lock(), list[BaseException]()

        def toil() -> None:
            try:
                while not bugs and (number := _next(numbers, told)) is not None:
                    results[number] = self._decoded(work[number], decode)
                    if on_done is not None:
                        with told:
                            on_done(next(finished), len(work))
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread below
                bugs.append(error)

        self._crowd(toil, min(_IN_FLIGHT, len(work)))
        if bugs:
            raise bugs[0]
        return results

    def _crowd(self, toil: Callable[[], None], size: int) -> None:
        """Run the same work in several threads and wait; Ctrl-C makes them stop at their next step."""
        threads = [
            threading.Thread(target=toil, name=f"http-{number}", daemon=True) for number in range(size)
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._stop.set()
            raise

    def _decoded(
        self, request: tuple[str, Mapping[str, str]], decode: Callable[[Response], T]
    ) -> T | RegistryError:
        try:
            response = self.get(request[0], headers=request[1])
        except RegistryError as error:
            return error
        try:
            return decode(response)
        except RegistryError as error:
            return error
        except _UNREADABLE as error:
            kind = response.headers.get("content-type", "no content type")[:60]
            failure = RegistryError(
                f"{parse(response.url).label}: the answer ({kind}) cannot be read: {str(error)[:200]}"
            )
            failure.__cause__ = error
            return failure

    # --- one request -------------------------------------------------------------------------------------

    def _answer(self, request: _Request) -> Response:
        """Answer from the cache where it is fresh, else ask; what was cached is confirmed rather than fetched again."""
        headers = self._headers(request)
        if self.cache is None or not request.question:
            return self._fresh(request, headers, None)
        key = Cache.key(request.address.url, headers, request.body)
        stored = self.cache.load(key)
        if stored is not None and (self.offline or stored.age_s < self.ttl_s):
            try:
                return _from_cache(stored, request.cap)
            except RegistryError:
                stored = None
        return self._fresh(request, headers, key, stored)

    def _fresh(
        self, request: _Request, headers: dict[str, str], key: str | None, stored: Stored | None = None
    ) -> Response:
        if self.offline:
            raise RegistryError(f"{request.address.label}: not in the cache, and this run is offline.")
        address, answer = self._follow(request, {**headers, **_conditions(stored)})
        if answer.status == 304 and stored is not None and key and self.cache:
            self.cache.confirm(key)
            return _from_cache(msgspec.structs.replace(stored, age_s=0), request.cap)
        if not 200 <= answer.status < 300:
            raise _status_error(address, answer.status)
        body = decoded(answer.body, answer.headers.get("content-encoding", ""), request.cap, address.label)
        if key and self.cache and "no-store" not in answer.headers.get("cache-control", ""):
            self.cache.store(key, _to_store(address, answer))
        return Response(
            status=answer.status,
            headers=answer.headers,
            body=body,
            url=address.url,
            from_cache=False,
            age_s=0,
        )

    def _follow(self, request: _Request, headers: dict[str, str]) -> tuple[Address, Answer]:
        """Ask, and follow redirects by hand: each hop must be allowed, and gets only its own credentials."""
        address, method, body = request.address, request.method, request.body
        clock = Clock(self.deadline_s, self._stop)
        for _ in range(_HOPS + 1):
            server = self._server(address)
            sent = {"Host": address.host_header, **headers}
            answer = server.ask(
                method, address, sent, body, repeat=request.question, cap=request.cap, clock=clock
            )
            place = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not place:
                return address, answer
            target = msgspec.structs.replace(parse(_joined(address, place)), userinfo="")
            if target.origin != address.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _FOR_ANYONE}
            headers |= self._credential(target)
            if answer.status == 303 and method == "POST":
                method, body = "GET", b""
                headers = {name: value for name, value in headers.items() if not name.startswith("Content-")}
            address = target
        raise RegistryError(f"{request.address.label}: redirects more than {_HOPS} times.")

    def _server(self, address: Address) -> Server:
        """Return the server of an allowed address. Raises RegistryError when it is not allowed."""
        configured = self.allowed.check(address)
        with self._lock:
            server = self._servers.get(address.origin)
            if server is None:
                server = Server(address, self._names, self.limits, public=not configured)
                self._servers[address.origin] = server
            return server

    def _headers(self, request: _Request) -> dict[str, str]:
        """Complete the headers of a request; refuses a line break smuggled into one."""
        headers = {
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            **self._credential(request.address),
        }
        if request.method == "POST":
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(request.body))}
        for name, value in request.headers.items():
            headers[name.title()] = value
        for name, value in headers.items():
            if not (
                f"{name}{value}".isascii()
                and f"{name}{value}".isprintable()
                and name.replace("-", "").isalnum()
            ):
                raise RegistryError(f"{request.address.label}: the header {name!r} cannot be sent as it is.")
        return headers

    def _credential(self, address: Address) -> dict[str, str]:
        """Return the Authorization for an address: its own user and password, or what is configured for its place."""
        if address.userinfo:
            return {"Authorization": basic(address.userinfo)}
        for place, value in self._credentials:
            prefix = place.path.rstrip("/")
            inside = address.path == prefix or address.path.startswith(f"{prefix}/")
            if place.origin == address.origin and inside:
                return {"Authorization": value}
        return {}


class _Request(msgspec.Struct, frozen=True):
    """What is asked for."""

    method: str
    address: Address
    headers: dict[str, str]
    body: bytes
    cap: int
    question: bool
    """It changes nothing: may be repeated, and its answer may be kept."""


def _next(numbers: Iterator[int], lock: threading.Lock) -> int | None:
    with lock:
        return next(numbers, None)


def _joined(address: Address, place: str) -> str:
    try:
        return urljoin(address.url, place)
    except ValueError as error:
        raise RegistryError(f"{address.label}: redirects to something that is no address.") from error


def _conditions(stored: Stored | None) -> dict[str, str]:
    if stored is None:
        return {}
    wishes = {"If-None-Match": stored.etag, "If-Modified-Since": stored.last_modified}
    return {
        name: value for name, value in wishes.items() if value and value.isascii() and value.isprintable()
    }


def _to_store(address: Address, answer: Answer) -> Stored:
    return Stored(
        key="",
        url=address.url,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        headers={name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
        encoding=answer.headers.get("content-encoding", ""),
        body=answer.body,
    )


def _from_cache(stored: Stored, cap: int) -> Response:
    body = decoded(stored.body, stored.encoding, cap, stored.url)
    return Response(
        status=200, headers=stored.headers, body=body, url=stored.url, from_cache=True, age_s=stored.age_s
    )


def _status_error(address: Address, status: int) -> StatusError:
    match status:
        case 401 | 403 | 407:
            advice = "Check the credentials for this server."
        case 404 | 410:
            advice = "Check the name, and whether it is on another registry."
        case 429:
            advice = "Try again later."
        case _:
            advice = ""
    return StatusError(f"{address.label}: answered with status {status}.", advice, status=status)
