"""Hostile servers: each answer ends in a typed error that names the server, within the deadline and the caps."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.outside.servers import Reply, answer, serving
from upgrader.errors import RegistryError
from upgrader.outside.http import Client, StatusError

HEAD = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(b"\0" * (64 * 2**20))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def client(*hosts: str, **options: object) -> Client:
    quick = {"backoff_s": 0.01, "deadline_s": 0.5, "max_body": 2**20, **options}
    return Client(hosts=hosts, **quick)  # type: ignore[arg-type]  # options of a table


def drip(start: bytes) -> Callable[[socket.socket], None]:
    """Send a start, and then a byte every tenth of a second."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(300):
            time.sleep(0.1)
            connection.sendall(b"x")

    return reply


def flood(start: bytes) -> Callable[[socket.socket], None]:
    """Send a start and then more than anyone reads."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(8):
            connection.sendall(b"x" * 2**20)

    return reply


ANSWERS: dict[str, tuple[Reply, str]] = {
    "drips its head": (drip(HEAD + b"X: "), "did not answer in time within 0.5 s"),
    "drips its body": (drip(HEAD + b"Content-Length: 1000\r\n\r\n"), "did not answer in time within 0.5 s"),
    "drips a chunk": (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n"), "did not answer in time"),
    "never answers": (lambda _: time.sleep(3), "did not answer in time"),
    "hangs up": (lambda _: None, "closed the connection"),
    "breaks off": (lambda c: c.sendall(HEAD + b"Content-Length: 1000\r\n\r\nhalf"), "broke off"),
    "breaks off in a chunk": (
        lambda c: c.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf"),
        "broke off",
    ),
    "says a huge length": (
        HEAD + b"Content-Length: 99999999999999\r\n\r\n",
        "99999999999999 bytes, more",
    ),
    "says a negative length": (flood(HEAD + b"Content-Length: -5\r\n\r\n"), "more than"),
    "says no length": (flood(HEAD + b"\r\n"), "more than"),
    "floods chunks": (flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), "more than"),
    "says a negative chunk": (
        flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
        "more than|broke off",
    ),
    "floods headers": (flood(HEAD), "not HTTP"),
    "has many headers": (HEAD + b"".join(b"X%d: 1\r\n" % n for n in range(500)) + b"\r\n", "not HTTP"),
    "goes on with 100": (
        lambda c: c.sendall(b"HTTP/1.1 100 C\r\n\r\n" * 150_000),
        "more than|closed|in time",
    ),
    "is no web server": (b"220 mail.example ESMTP\r\n", "not HTTP"),
    "has a strange status": (b"HTTP/1.1 999999 OK\r\n\r\n", "not HTTP"),
    "sends a bomb": (answer(BOMB, Content_Encoding="gzip"), "unpacks to more than 1048576"),
    "sends damaged gzip": (answer(b"\x1f\x8b\x08damaged", Content_Encoding="gzip"), "does not unpack"),
    "sends half a gzip": (
        answer(gzip.compress(b"x" * 9999)[:-20], Content_Encoding="gzip"),
        "does not unpack",
    ),
    "sends no gzip": (answer(b"{}", Content_Encoding="gzip"), "does not unpack"),
    "sends many members": (answer(gzip.compress(b"") * 500, Content_Encoding="gzip"), "too many pieces"),
    "sends brotli": (answer(b"{}", Content_Encoding="br"), "encoding 'br'"),
    "redirects without end": (answer(status=302, Location="/x"), "redirects more than 5 times"),
    "redirects here": (
        answer(status=301, Location="http://127.0.0.1:1/"),
        r"127\.0\.0\.1:1: is not one",
    ),
    "redirects to localhost": (
        answer(status=307, Location="http://localhost/"),
        "is not one of the configured",
    ),
    "redirects to metadata": (answer(status=302, Location="http://169.254.169.254/latest"), "is not one of"),
    "redirects to a number": (
        answer(status=302, Location="http://2130706433/"),
        "is not one of the configured",
    ),
    "redirects to v6": (answer(status=302, Location="http://[::1]/"), "is not one of the configured"),
    "redirects to a file": (answer(status=302, Location="file:///etc/passwd"), "is not an address"),
    "redirects to ftp": (answer(status=302, Location="ftp://files.example/x"), "is not an address"),
    "redirects to javascript": (answer(status=302, Location="javascript:alert(1)"), "is not an address"),
    "redirects to nonsense": (answer(status=302, Location="http://[/"), "no address"),
    "redirects with a login": (
        answer(status=302, Location="https://me:hush@evil.example/"),
        "evil.example: is not",
    ),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_a_server_that(what: str) -> None:
    reply, words = ANSWERS[what]
    with serving({"/x": reply}) as server, client(server.url) as asking:
        memory = psutil.Process().memory_info().rss
        begun = time.monotonic()
        with pytest.raises(RegistryError, match=words) as caught:
            asking.get(f"{server.url}/x?key=hush")
        assert time.monotonic() - begun < 8
        assert psutil.Process().memory_info().rss - memory < 100 * 2**20
        assert "hush" not in str(caught.value)


def test_a_redirect_without_a_place_is_a_status() -> None:
    with (
        serving({"/x": answer(status=304)}) as server,
        client(server.url) as asking,
        pytest.raises(StatusError),
    ):
        asking.get(f"{server.url}/x")


def test_an_allowed_redirect_is_followed_without_our_credentials() -> None:
    with serving({"/y": answer(b"there")}) as other:
        replies: dict[str, Reply | list[Reply]] = {
            "/x": answer(status=302, Location=f"{other.url}/y"),
            "/same": answer(status=302, Location="/final"),
            "/final": answer(b"here"),
        }
        with serving(replies) as server:
            headers = {"X-Secret": "hush", "Cookie": "hush", "Accept": "a/b"}
            with client(server.url, other.url, credentials={server.url: "Bearer hush"}) as asking:
                got = asking.get(f"{server.url}/x", headers=headers)
                assert (got.body, got.url) == (b"there", f"{other.url}/y")
                assert asking.get(f"{server.url}/same").body == b"here"
            assert "hush" not in other.requests[0]
            assert other.header("accept") == "a/b"
            assert [server.header("authorization", n) for n in (0, 1, 2)] == ["Bearer hush"] * 3


def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving({"/x": answer()}) as server, client(server.url) as asking:
        asking.get(f"{server.url}/x")
        assert server.header("authorization") is None


def test_a_derived_host_must_be_public() -> None:
    with serving({"/x": answer()}) as server, client("registry.example") as asking:
        asking.allowed.add(server.url, explicit=False)
        with pytest.raises(RegistryError, match="inside a private network"):
            asking.get(f"{server.url}/x")
        assert server.requests == []


@pytest.mark.parametrize("wait", ["99999999", "9" * 5000, "61", "Fri, 31 Dec 2099 23:59:59 GMT"])
def test_a_long_retry_after_is_not_waited_for(wait: str) -> None:
    with serving({"/x": answer(b"", status=429, Retry_After=wait)}) as server, client(server.url) as asking:
        begun = time.monotonic()
        for _ in range(2):
            with pytest.raises(RegistryError, match=rf"127\.0\.0\.1:{server.port}: rate limited until 20"):
                asking.get(f"{server.url}/x")
        assert time.monotonic() - begun < 5
        assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["soon", "-5", "", "1e9", "٣"])
def test_a_retry_after_that_says_nothing_is_ignored(wait: str) -> None:
    reply = answer(b"", status=429).replace(b"\r\n\r\n", f"\r\nRetry-After: {wait}\r\n\r\n".encode())
    with serving({"/x": [reply, answer()]}) as server, client(server.url) as asking:
        assert asking.get(f"{server.url}/x").body == b"{}"


def test_a_dead_server_is_given_up_for_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with client(url, backoff_s=0.2, deadline_s=10) as asking:
        begun = time.monotonic()
        got = asking.get_many([(f"{url}/{n}", {}) for n in range(300)], decode=len)  # type: ignore[arg-type]
        assert time.monotonic() - begun < 6
        assert all(isinstance(one, RegistryError) for one in got)
        assert "not asked again after 5 failures" in str(got[-1])


def test_an_unknown_name_is_an_error_that_names_it() -> None:
    words = r"no-such-host\.invalid/x: its name cannot be looked up"
    with client("no-such-host.invalid", tries=1) as asking, pytest.raises(RegistryError, match=words):
        asking.get("https://no-such-host.invalid/x")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "x",
            "/x",
            "file:///etc/passwd",
            "ftp://registry.example/",
            "https://",
            "https:///x",
            "//registry.example/x",
        ),
        *(
            "https://registry.example:99999/",
            "https://registry.example:x/",
            "https://a b/",
            "https://a\r\nHost: b/",
        ),
        *(
            "https://[::1/",
            "https://a..b\u00fc/",
            "https://" + "a" * 300 + "\u00fc/",
            "gopher://x",
            "data:,x",
        ),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with client("registry.example") as asking, pytest.raises(RegistryError):
        asking.get(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "https://registry.example.evil.example/",
        "https://registry.example@evil.example/",
        "https://evil.example/registry.example",
        "http://registry.example/",
        "https://127.0.0.1/",
        "https://sub.registry.example/",
    ],
)
def test_only_configured_servers_are_asked(url: str) -> None:
    with (
        client("registry.example") as asking,
        pytest.raises(RegistryError, match="not one of the configured servers"),
    ):
        asking.get(url)


@pytest.mark.parametrize(
    "headers", [{"X": "a\r\nY: b"}, {"X\r\n": "a"}, {"X": "\u2603"}, {"": "x"}, {"X:": "a"}]
)
def test_headers_cannot_smuggle(headers: dict[str, str]) -> None:
    with serving({"/x": answer()}) as server, client(server.url) as asking:
        with pytest.raises(RegistryError, match="cannot be sent"):
            asking.get(f"{server.url}/x", headers=headers)
        assert server.requests == []


def test_paths_cannot_smuggle() -> None:
    with serving({}) as server, client(server.url) as asking:
        for path in ("/a b", "/a\tb", "/%0d%0aX:y", "/\u2603", "/a?b c#d", "/../x"):
            with pytest.raises(RegistryError):
                asking.get(server.url + path)
        assert [path for path in server.paths() if " " in path or not path.isascii()] == []
        assert len(server.paths()) == 6


def test_an_answer_too_many_is_not_taken_for_the_next() -> None:
    double = answer(b"first") + answer(b"poison")
    with serving({"/x": double, "/y": answer(b"right")}) as server, client(server.url) as asking:
        assert asking.get(f"{server.url}/x").body == b"first"
        time.sleep(0.05)
        assert asking.get(f"{server.url}/y").body == b"right"
