"""Asking registries: answers, the cache, many at once, credentials, proxies."""

from __future__ import annotations

import base64
import gzip
import json
import os
import threading
import zlib
from pathlib import Path

import pytest

from tests.outside.servers import answer, serving
from upgrader.errors import RegistryError
from upgrader.outside.cache import Cache
from upgrader.outside.http import Client, Response, StatusError


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def client(*hosts: str, **options: object) -> Client:
    quick = {"backoff_s": 0.01, "deadline_s": 10.0, **options}
    return Client(hosts=hosts, **quick)  # type: ignore[arg-type]  # options of a table


RAW_DEFLATE = zlib.compressobj(wbits=-15)
BODY = b'{"name": "left-pad"}' * 50
PACKED = {
    "plain": answer(BODY),
    "gzip": answer(gzip.compress(BODY), Content_Encoding="gzip"),
    "two members": answer(gzip.compress(BODY[:500]) + gzip.compress(BODY[500:]), Content_Encoding="GZIP"),
    "deflate": answer(zlib.compress(BODY), Content_Encoding="deflate"),
    "raw deflate": answer(RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(), Content_Encoding="deflate"),
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + BODY + b"\r\n0\r\n\r\n",
    "after 100": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(BODY),
    "1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + BODY,
}


@pytest.mark.parametrize("form", PACKED)
def test_a_body_arrives_unpacked(form: str) -> None:
    with serving({"/x": PACKED[form]}) as server, client(server.url) as asking:
        got = asking.get(f"{server.url}/x", headers={"accept": "application/json"})
        assert (got.status, got.body, got.from_cache, got.age_s) == (200, BODY, False, 0)
        assert (got.url, server.header("accept")) == (f"{server.url}/x", "application/json")
        assert (server.header("host"), server.header("authorization")) == (f"127.0.0.1:{server.port}", None)


def test_one_connection_is_kept() -> None:
    with serving({"/x": answer()}) as server, client(server.url) as asking:
        for _ in range(5):
            asking.get(f"{server.url}/x")
        assert server.connections == 1


def test_a_connection_that_the_server_dropped_is_replaced() -> None:
    with (
        serving({"/x": answer(), "/end": answer(Connection="close")}) as server,
        client(server.url, tries=1) as asking,
    ):
        for path in ("/x", "/end", "/x", "/x"):
            assert asking.get(server.url + path).body == b"{}"
        assert server.connections == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with serving({"/x": answer(b"", status=status)}) as server, client(server.url) as asking:
        with pytest.raises(
            StatusError, match=rf"127\.0\.0\.1:{server.port}/x: answered with status {status}"
        ) as caught:
            asking.get(f"{server.url}/x?token=hush")
        assert (caught.value.status, len(server.requests)) == (status, 1)
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_stumble_is_repeated(status: int) -> None:
    replies = [answer(b"", status=status), answer(b"", status=status), answer()]
    with serving({"/x": list(replies)}) as server, client(server.url) as asking:
        assert asking.get(f"{server.url}/x").body == b"{}"
        assert len(server.requests) == 3
    with serving({"/x": replies[0]}) as server, client(server.url) as asking:
        with pytest.raises(StatusError, match=str(status)):
            asking.get(f"{server.url}/x")
        assert len(server.requests) == 3


def test_a_retry_after_is_honoured() -> None:
    replies = [answer(b"", status=429, Retry_After="1"), answer()]
    with serving({"/x": list(replies)}) as server, client(server.url, deadline_s=0.9) as asking:
        assert asking.get(f"{server.url}/x").body == b"{}"


def test_a_post_is_repeated_only_as_a_question() -> None:
    with serving({"/q": [answer(b"", status=503), answer()]}) as server, client(server.url) as asking:
        assert asking.post(f"{server.url}/q", b'{"a": 1}', cacheable=True).body == b"{}"
        assert server.requests[-1].endswith('\r\n\r\n{"a": 1}')
        assert server.header("content-type") == "application/json"
    with serving({"/q": [answer(b"", status=503), answer()]}) as server, client(server.url) as asking:
        with pytest.raises(StatusError):
            asking.post(f"{server.url}/q", b"{}")
        assert len(server.requests) == 1


def test_many_come_in_order_and_failures_stand_in_their_place() -> None:
    replies = {f"/{n}": answer(json.dumps(n).encode()) for n in range(0, 100, 2)}
    seen: list[tuple[int, int]] = []
    with (
        serving({**replies, "/4": answer(b"<html>", Content_Type="text/html")}) as server,
        client(server.url) as asking,
    ):
        work = [(f"{server.url}/{n}", {"Accept": "x/y"}) for n in range(100)]
        got = asking.get_many(
            work, decode=lambda r: json.loads(r.body), on_done=lambda *done: seen.append(done)
        )
    assert [n for n, one in enumerate(got) if not isinstance(one, RegistryError)] == [
        n for n in range(0, 100, 2) if n != 4
    ]
    assert all(one == n for n, one in enumerate(got) if not isinstance(one, RegistryError))
    assert isinstance(got[3], StatusError)
    assert "/4: the answer (text/html) cannot be read" in str(got[4])
    assert seen == [(n + 1, 100) for n in range(100)]
    assert server.connections <= 32


def test_a_bug_in_the_reader_is_not_hidden() -> None:
    def broken(response: Response) -> int:
        raise KeyError(response.url)

    with serving({"/x": answer()}) as server, client(server.url) as asking, pytest.raises(KeyError):
        asking.get_many([(f"{server.url}/x", {})] * 3, decode=broken)
    assert client("host.example").get_many([], decode=lambda r: r) == []


def test_the_cache_answers_confirms_and_forgets(tmp_path: Path) -> None:
    first = answer(
        gzip.compress(BODY), Content_Encoding="gzip", ETag='"1"', Content_Type="a/b", Last_Modified="then"
    )
    replies = {"/x": [first, answer(b"", status=304), answer(b"new")]}
    cache = Cache(tmp_path)
    with serving(replies) as server:  # type: ignore[arg-type]  # lists are invariant
        url = f"{server.url}/x"
        with client(server.url, cache=cache) as asking:
            assert not asking.get(url).from_cache
            again = asking.get(url)
            assert (again.body, again.from_cache, again.headers["content-type"]) == (BODY, True, "a/b")
            assert len(server.requests) == 1
        _age(tmp_path, 2000)
        with client(server.url, cache=cache) as asking:
            confirmed = asking.get(url)
            assert (confirmed.body, confirmed.from_cache, confirmed.age_s) == (BODY, True, 0)
            assert (server.header("if-none-match"), server.header("if-modified-since")) == ('"1"', "then")
            assert asking.get(url).from_cache
            assert len(server.requests) == 2
        _age(tmp_path, 2000)
        with client(server.url, cache=cache) as asking:
            assert (asking.get(url).body, asking.get(url).body) == (b"new", b"new")
            assert len(server.requests) == 3


def _age(folder: Path, seconds: int) -> None:
    for path in folder.glob("??/*"):
        then = path.stat().st_mtime - seconds
        os.utime(path, (then, then))


def test_answers_for_different_readers_are_kept_apart(tmp_path: Path) -> None:
    with serving({"/x": [answer(b"1"), answer(b"2"), answer(b"3")]}) as server:
        options = {"cache": Cache(tmp_path)}
        with client(server.url, **options) as asking:
            assert asking.get(f"{server.url}/x", headers={"Accept": "a/b"}).body == b"1"
            assert asking.get(f"{server.url}/x", headers={"Accept": "c/d"}).body == b"2"
        with client(server.url, credentials={server.url: "Bearer me"}, **options) as asking:
            assert asking.get(f"{server.url}/x", headers={"Accept": "a/b"}).body == b"3"
    assert b"Bearer" not in b"".join(path.read_bytes() for path in tmp_path.glob("??/*"))


def test_no_store_is_not_stored(tmp_path: Path) -> None:
    reply = answer(Cache_Control="private, no-store")
    with serving({"/x": reply}) as server, client(server.url, cache=Cache(tmp_path)) as asking:
        assert [asking.get(f"{server.url}/x").from_cache for _ in range(2)] == [False, False]


@pytest.mark.parametrize(
    ("status", "headers", "keep", "requests"),
    [
        (404, {}, True, 1),
        (410, {}, True, 1),
        (404, {}, False, 2),
        (404, {"Cache_Control": "no-store"}, True, 2),
        (403, {}, True, 2),
        (500, {}, True, 2),
    ],
)
def test_that_there_is_no_such_thing_is_kept_where_it_is_an_answer(
    tmp_path: Path, status: int, headers: dict[str, str], keep: bool, requests: int
) -> None:
    with serving({"/x": answer(b"no", status=status, **headers)}) as server:
        url = server.url
        for _ in range(2):
            with client(url, cache=Cache(tmp_path), tries=1) as asking:
                [told] = asking.get_many([(f"{url}/x", {})], decode=lambda got: got, keep_absence=keep)
            assert isinstance(told, StatusError)
            assert told.status == status
        assert len(server.requests) == requests
        _age(tmp_path, 2000)
        with client(url, cache=Cache(tmp_path), tries=1) as asking:
            asking.get_many([(f"{url}/x", {})], decode=lambda got: got, keep_absence=keep)
        assert len(server.requests) == requests + 1


def test_offline_only_what_is_known_with_its_age(tmp_path: Path) -> None:
    with serving({"/x": answer(b"old")}) as server:
        url = server.url
        with client(url, cache=Cache(tmp_path)) as asking:
            asking.get(f"{url}/x")
    _age(tmp_path, 5000)
    with client(url, cache=Cache(tmp_path), offline=True) as asking:
        got = asking.get(f"{url}/x")
        assert (got.body, got.from_cache, got.age_s >= 5000) == (b"old", True, True)
        with pytest.raises(RegistryError, match="offline"):
            asking.get(f"{url}/y")


def test_a_stale_answer_does_not_stand_in_for_a_dead_server(tmp_path: Path) -> None:
    with serving({"/x": answer(b"old")}) as server:
        url = server.url
        with client(url, cache=Cache(tmp_path)) as asking:
            asking.get(f"{url}/x")
    with client(url, cache=Cache(tmp_path), ttl_s=0) as asking, pytest.raises(RegistryError):
        asking.get(f"{url}/x")


def test_credentials_go_to_their_place_only() -> None:
    replies = {path: answer() for path in ("/", "/npm/x", "/npmx", "/other")}
    with serving(replies) as server, serving({"/": answer()}) as other:  # type: ignore[arg-type]
        credentials = {f"{server.url}/npm/": "Bearer npm", f"{other.url}": "Bearer other"}
        with client(server.url, other.url, credentials=credentials) as asking:
            for url in (*(server.url + path for path in replies), f"{other.url}/"):
                asking.get(url)
        assert [server.header("authorization", n) for n in range(4)] == [None, "Bearer npm", None, None]
        assert other.header("authorization") == "Bearer other"
        with client(server.url) as asking:
            asking.get(f"http://me:p%40ss@127.0.0.1:{server.port}/other")
        assert server.header("authorization") == "Basic " + base64.b64encode(b"me:p@ss").decode()
        assert "p%40ss" not in server.requests[-1]


def test_an_http_proxy_is_used_unless_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"http://registry.example/x": answer(b"via proxy")}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:pw@127.0.0.1:{proxy.port}")
        with client("http://registry.example") as asking:
            assert asking.get("http://registry.example/x").body == b"via proxy"
        assert proxy.header("host") == "registry.example"
        with serving({"/x": answer(b"direct")}) as server, client(server.url) as asking:
            assert asking.get(f"{server.url}/x").body == b"direct"


def test_a_tunnel_is_asked_for_and_its_refusal_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"registry.example:443": answer(b"", status=407)}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pw@127.0.0.1:{proxy.port}")
        with (
            client("registry.example", tries=1) as asking,
            pytest.raises(
                RegistryError, match=rf"the proxy 127\.0\.0\.1:{proxy.port} answered 407"
            ) as caught,
        ):
            asking.get("https://registry.example/x")
        assert proxy.requests[0].startswith("CONNECT registry.example:443 HTTP/1.1\r\n")
        assert proxy.header("proxy-authorization") == "Basic " + base64.b64encode(b"user:pw").decode()
        assert "pw" not in str(caught.value)


def test_threads_share_a_client() -> None:
    with serving({"/x": answer(BODY)}) as server, client(server.url) as asking:
        bodies: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: bodies.append(asking.get(f"{server.url}/x").body))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [BODY] * 20
