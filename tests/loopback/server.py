"""The server: one port on loopback that is a registry of each ecosystem and the advisory service."""

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from tests.loopback import crates, goproxy, npm, osv, pypi
from tests.loopback.site import Fault, Site
from tests.loopback.wire import Answer, Request, as_text

_ROUTES = {
    "npm": npm.answer,
    "simple": pypi.answer_simple,
    "files": pypi.answer_file,
    "pypi": pypi.answer_api,
    "go": goproxy.answer,
    "cargo": crates.answer,
}


@contextmanager
def serve(fixtures: Path, *, now: datetime | None = None) -> Iterator[Site]:
    """Run the registries built from `fixtures` (the repository's `fixtures/` folder) for the length of a block.

    `now` is the moment that ages in the index files count back from; by default the real now, cut to seconds.
    """
    site = Site(fixtures, (now or datetime.now(UTC)).replace(microsecond=0))
    server = _Server(("127.0.0.1", 0), _handler(site))
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="loopback", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        server.hang_up()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(address, handler)

    def hang_up(self) -> None:
        """End the connections that clients keep alive, so that their threads end too."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is nothing to report; the log of requests tells the rest."""


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        served = site

    return Handler


class _Handler(BaseHTTPRequestHandler):
    served: ClassVar[Site]
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            super().handle()

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, query, headers, body, self.served.url)
        fault = self.served.note(request)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        answer = fault.answer if fault is not None else None
        self._send(answer or respond(self.served, request), headers, fault)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method (`do_GET`, `do_POST`, ...) is handled alike."""
        if name.startswith("do_"):
            return self._take
        raise AttributeError(name)

    def _send(self, answer: Answer, asked: Mapping[str, str], fault: Fault | None) -> None:
        answer, extra = _negotiated(answer, asked, self.served.cache_control)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        for name, value in (extra | dict(answer.headers)).items():
            self.send_header(name, value)
        cut = fault is not None and fault.cut
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body) + cut))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr: `Site.requests` is the log."""


def respond(site: Site, request: Request) -> Answer:
    """What the registries answer when nothing is made to fail."""
    first = request.parts[0]
    if first == "osv":
        answer = osv.answer(site.advisories, site.osv_page_size, request)
    else:
        route = _ROUTES.get(first)
        answer = route(site.catalogue, request) if route is not None else None
    return answer or as_text("not found: no such thing here\n", status=404)


def _negotiated(
    answer: Answer, asked: Mapping[str, str], cache_control: str
) -> tuple[Answer, dict[str, str]]:
    """Add what HTTP adds to a good answer: an ETag, 304 for the same again, and gzip for documents."""
    if answer.status != 200:
        return answer, {}
    tag = '"' + hashlib.sha256(answer.body).hexdigest()[:32] + '"'
    extra = {
        "ETag": tag,
        "Cache-Control": "max-age=31536000, immutable" if answer.immutable else cache_control,
    }
    if not answer.immutable:
        extra["Vary"] = "Accept, Accept-Encoding"
    if tag in asked.get("if-none-match", "").replace("W/", ""):
        return replace(answer, status=304, body=b""), extra
    if not answer.immutable and "gzip" in asked.get("accept-encoding", ""):
        extra["Content-Encoding"] = "gzip"
        return replace(answer, body=gzip.compress(answer.body, 1, mtime=0)), extra
    return answer, extra
