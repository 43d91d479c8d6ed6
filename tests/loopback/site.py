"""The handle that a test holds: the addresses, the log of requests, and the levers that change what is served."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from tests.loopback import osv
from tests.loopback.catalogue import (
    MANIFESTS,
    Catalogue,
    Release,
    read_catalogue,
    renamed_version,
    when,
    with_facts,
)
from tests.loopback.wire import Answer, Request


@dataclass
class Fault:
    """Something that goes wrong for the paths below a prefix."""

    prefix: str
    answer: Answer | None = None
    """None: the ordinary answer, only later."""
    seconds: float = 0
    times: int | None = None
    """How many requests it still hits; None for all."""
    cut: bool = False
    """The answer claims one byte more than it has, and the connection ends."""


class Site:
    """One running server.

    `requests` holds (method, path) of every request in the order of arrival, paths as sent with their query;
    `bodies` holds their bodies and `request_headers` their headers (names in lower case), in the same order.
    """

    def __init__(self, fixtures: Path, now: datetime) -> None:
        self.fixtures = fixtures
        self.now = now
        self.url = ""
        self.catalogue: Catalogue = read_catalogue(fixtures / "packages", now)
        self.advisories = osv.read_records(fixtures / "advisories")
        self.osv_page_size = 1000
        self.cache_control = "no-cache"
        """For documents. The real registries say max-age=300 and more; a test of caching sets what it needs."""
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.request_headers: list[Mapping[str, str]] = []
        self.lockfiles: dict[str, bytes] = {}
        """Made by `materialise`, by sample."""
        self.lockfile_lock = Lock()
        self._faults: list[Fault] = []
        self._lock = Lock()

    @property
    def npm_url(self) -> str:
        """The npm registry, with a trailing slash as npm configures it."""
        return f"{self.url}/npm/"

    @property
    def pip_simple_url(self) -> str:
        """The Python index (`--index-url`)."""
        return f"{self.url}/simple/"

    @property
    def go_proxy_url(self) -> str:
        """The value for GOPROXY."""
        return f"{self.url}/go"

    @property
    def cargo_index_url(self) -> str:
        """The sparse index as cargo's configuration names it."""
        return f"sparse+{self.url}/cargo/index/"

    @property
    def osv_url(self) -> str:
        """The advisory service; `/v1/query` and so on follow."""
        return f"{self.url}/osv"

    @property
    def osv_dump_url(self) -> str:
        """Where `<ecosystem>/all.zip` and `<ecosystem>/modified_id.csv` follow."""
        return f"{self.url}/osv/dump"

    def fail(
        self,
        prefix: str,
        status: int = 503,
        *,
        times: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        kind: str = "text/plain",
        cut: bool = False,
    ) -> None:
        """Answer every path below `prefix` with this instead; `status=200` gives any document you like."""
        answer = Answer(body, status, kind, headers or {})
        self._add(Fault(prefix, answer, times=times, cut=cut))

    def delay(self, prefix: str, seconds: float, *, times: int | None = None) -> None:
        """Answer paths below `prefix` as usual, but `seconds` late."""
        self._add(Fault(prefix, seconds=seconds, times=times))

    def cut(self, prefix: str, body: bytes = b"{", *, times: int | None = None) -> None:
        """Answer paths below `prefix` with a body that ends before its Content-Length."""
        self._add(Fault(prefix, Answer(body, kind="application/json"), times=times, cut=True))

    def heal(self) -> None:
        """Take back every `fail`, `delay` and `cut`."""
        with self._lock:
            self._faults.clear()

    def publish(
        self,
        ecosystem: str,
        name: str,
        version: str,
        *,
        like: str | None = None,
        files: Mapping[str, str] | None = None,
        age: str = "0d",
        **facts: Any,
    ) -> Release:
        """Add a release, or replace one.

        The source is that of release `like` (by default the newest, or the same version where it exists) with the
        version in its manifest changed, then `files` (path to text) laid over it; a new package gives all files.
        `age` is like "3d", "1h", "none"; `facts` are the keys of an index entry: withdrawn, kinds, latest.
        """
        known = {r.version: r for r in self.catalogue.releases(ecosystem, name)}
        source = known.get(like or version) or (list(known.values())[-1] if known and like is None else None)
        texts = {path: text.encode() for path, text in (files or {}).items()}
        if source is None and MANIFESTS[ecosystem] not in texts:
            raise LookupError(f"{ecosystem} {name}: no release {like or version} to take the source from")
        base = renamed_version(source, version) if source else {}
        release = Release(ecosystem, name, version, base | texts, when(self.now, {"age": age, **facts}))
        release = with_facts(release, facts)
        self.catalogue.put(release)
        return release

    def withdraw(self, ecosystem: str, name: str, version: str, reason: str = "") -> None:
        """Yank (pip, cargo) or deprecate (npm) a release that exists."""
        release = self.catalogue.release(ecosystem, name, version)
        if release is None:
            raise LookupError(f"{ecosystem} {name} {version} does not exist here")
        self.catalogue.put(replace(release, withdrawn=reason))

    def hide(self, ecosystem: str, name: str, version: str | None = None) -> None:
        """Take away a release, or the whole package."""
        self.catalogue.remove(ecosystem, name, version)

    def count(self, prefix: str, method: str | None = None) -> int:
        """How many requests went to paths below `prefix`."""
        return sum(path.startswith(prefix) and method in (None, used) for used, path in self.requests)

    def note(self, request: Request) -> Fault | None:
        """Write a request to the log and answer what is to go wrong with it; for the server."""
        path = request.path + (f"?{request.query}" if request.query else "")
        with self._lock:
            self.requests.append((request.method, path))
            self.bodies.append(request.body)
            self.request_headers.append(request.headers)
            hit = next(
                (f for f in reversed(self._faults) if path.startswith(f.prefix) and f.times != 0), None
            )
            if hit is not None and hit.times is not None:
                hit.times -= 1
            return hit

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)
