"""Asks registries and services: many at once, from a list of allowed servers, with limits on everything they may do."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec.structs import replace

from upgrader import __version__
from upgrader.errors import RegistryError
from upgrader.outside.cache import Cache, Stored
from upgrader.outside.clock import Clock, Limits
from upgrader.outside.crowd import Far, in_crowd
from upgrader.outside.exchange import (
    ABSENT,
    Request,
    Response,
    StatusError,
    Waiting,
    conditions,
    from_cache,
    joined,
    may_be_kept,
    read_with,
    response_of,
    status_error,
    to_store,
)
from upgrader.outside.form import Form
from upgrader.outside.origins import Address, Allowed, basic, parse

if TYPE_CHECKING:
    from upgrader.outside.incoming import Answer
    from upgrader.outside.server import Server

__all__ = ["Client", "Response", "StatusError"]

T = TypeVar("T")

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HOPS = 5
_FOR_ANYONE = frozenset(("accept", "accept-encoding", "user-agent", "content-type", "content-length"))
"""Headers that may follow a redirect to another origin; an unknown one may carry a credential."""


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
        self._limits = Limits(connect_s=connect_s, tries=tries, backoff_s=backoff_s)
        self.max_body = max_body
        self.user_agent = user_agent
        found = ((parse(place), value) for place, value in (credentials or {}).items())
        self._credentials = sorted(found, key=lambda pair: -len(pair[0].path))
        self._far = Far()
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
        return self._answer(self._question(url, headers, max_body))

    def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, cacheable: bool = False
    ) -> Response:
        """Send a document; `cacheable` says that it is only a question: it may be repeated and its answer kept."""
        request = Request(
            "POST", parse(url), dict(headers or {}), body, cap=self.max_body, question=cacheable
        )
        return self._answer(request)

    def get_many(
        self,
        requests: Iterable[tuple[str, Mapping[str, str]]],
        *,
        decode: Callable[[Response], T],
        form: Form[T] | None = None,
        keep_absence: bool = False,
        on_done: Callable[[int, int], None] | None = None,
    ) -> list[T | RegistryError]:
        """Fetch documents, up to 32 at once, and return what `decode` makes of each, in order.

        `decode` runs in the worker thread right after reading. A failure stands in the list in its place; what
        `decode` cannot read (ValueError, msgspec errors, RecursionError) is one too. With a `form` the cache keeps
        what was read instead of the whole answer; with `keep_absence` also that there is no such document (404, 410).
        `on_done(done, total)` is called after each, one at a time.
        """
        work = list(requests)
        results: list[T | RegistryError] = [RegistryError("Not asked: interrupted.")] * len(work)
        finished, told = itertools.count(1), threading.Lock()

        def note(number: int, result: T | RegistryError) -> None:
            results[number] = result
            if on_done is not None:
                with told:
                    on_done(next(finished), len(work))

        waiting: dict[int, Waiting[T]] = {}
        for number, (url, headers) in enumerate(work):
            known: T | RegistryError | Waiting[T]
            try:
                known = self._remembered(
                    self._question(url, headers, keeps_absence=keep_absence), decode, form
                )
            except RegistryError as error:
                known = error
            if isinstance(known, Waiting):
                waiting[number] = known
            else:
                note(number, known)

        def ask(number: int) -> None:
            result: T | RegistryError = self._caught(waiting.pop(number), decode, form)
            note(number, result)

        in_crowd(list(waiting), ask, self._far, self._stop)
        return results

    def _caught(
        self, waiting: Waiting[T], decode: Callable[[Response], T], form: Form[T] | None
    ) -> T | RegistryError:
        try:
            if form is None:
                return read_with(self._answer(waiting.request), decode)
            return self._formed(waiting, decode, form)
        except RegistryError as error:
            return error

    def _remembered(
        self, request: Request, decode: Callable[[Response], T], form: Form[T] | None
    ) -> T | Waiting[T]:
        """What is kept of an answer while it is fresh, read in the caller's thread: no thread is needed for it."""
        if self.cache is None:
            return Waiting(request)
        key = Cache.key(request.address.url, self._headers(request), b"" if form is None else form.key)
        stored = self.cache.load(key)
        if form is None:
            fresh = stored is not None and self._is_fresh(stored)
            return read_with(self._answer(request), decode) if fresh else Waiting(request)
        value = form.read(stored.body) if stored is not None else None
        if stored is None or value is None:
            return Waiting(request, key)
        return (
            form.aged(value, stored.age_s) if self._is_fresh(stored) else Waiting(request, key, stored, value)
        )

    def _formed(self, waiting: Waiting[T], decode: Callable[[Response], T], form: Form[T]) -> T:
        """As `_answer`, but only what was read from the answer is kept, in its form."""
        request = waiting.request
        asked = self._ask(request, self._headers(request), waiting.stored)
        if asked is None:
            self._confirm(waiting.key)
            # Only a value that was kept is asked about.
            return form.aged(cast("T", waiting.value), 0)
        address, answer = asked
        value = read_with(response_of(address, answer, request.cap), decode)
        if waiting.key and self.cache is not None and may_be_kept(answer):
            self.cache.store(waiting.key, to_store(address, answer, form.write(value)))
        return value

    # --- one request -------------------------------------------------------------------------------------

    def _question(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        max_body: int | None = None,
        *,
        keeps_absence: bool = False,
    ) -> Request:
        return Request(
            "GET",
            parse(url),
            dict(headers or {}),
            b"",
            cap=max_body or self.max_body,
            question=True,
            keeps_absence=keeps_absence,
        )

    def _answer(self, request: Request) -> Response:
        """Answer from the cache where it is fresh, else ask; what was cached is confirmed rather than fetched again."""
        headers = self._headers(request)
        key, stored = "", None
        if self.cache is not None and request.question:
            key = Cache.key(request.address.url, headers, request.body)
            stored = self.cache.load(key)
        if stored is not None and self._is_fresh(stored):
            try:
                return from_cache(stored, request.cap)
            except StatusError:
                raise
            except RegistryError:
                stored = None
        try:
            asked = self._ask(request, headers, stored)
        except StatusError as error:
            self._note_absence(request, key, error)
            raise
        if asked is None:
            self._confirm(key)
            return from_cache(replace(cast("Stored", stored), age_s=0), request.cap)
        address, answer = asked
        response = response_of(address, answer, request.cap)
        if key and self.cache is not None and may_be_kept(answer):
            self.cache.store(key, to_store(address, answer))
        return response

    def _note_absence(self, request: Request, key: str, error: StatusError) -> None:
        wished = request.keeps_absence and error.status in ABSENT and error.may_be_kept
        if wished and key and self.cache is not None:
            self.cache.store(key, Stored(key="", url=request.address.url, status=error.status))

    def _is_fresh(self, stored: Stored) -> bool:
        return self.offline or stored.age_s < self.ttl_s

    def _confirm(self, key: str) -> None:
        if self.cache is not None:
            self.cache.confirm(key)

    def _ask(
        self, request: Request, headers: dict[str, str], stored: Stored | None
    ) -> tuple[Address, Answer] | None:
        """The answer and where it came from; None when the server confirms what is stored."""
        if self.offline:
            raise RegistryError(f"{request.address.label}: not in the cache, and this run is offline.")
        address, answer = self._follow(request, {**headers, **conditions(stored)})
        if answer.status == 304 and stored is not None:
            return None
        if not 200 <= answer.status < 300:
            error = status_error(address, answer.status)
            error.may_be_kept = may_be_kept(answer)
            raise error
        return address, answer

    def _follow(self, request: Request, headers: dict[str, str]) -> tuple[Address, Answer]:
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
            target = replace(parse(joined(address, place)), userinfo="")
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
                from upgrader.outside.server import (
                    Server,  # lazy: what the cache answers needs no TLS and no sockets
                )

                server = Server(address, self._limits, self._far, public=not configured)
                self._servers[address.origin] = server
            return server

    def _headers(self, request: Request) -> dict[str, str]:
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
