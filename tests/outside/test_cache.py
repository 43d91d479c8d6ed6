"""The cache: what it keeps apart, and that damage is only a miss."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from upgrader.outside.cache import Cache, Stored, default_folder

KEY = Cache.key("https://registry.example/x", {"Accept": "a/b"})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def _file(cache: Cache) -> Path:
    return next(cache.folder.glob("??/*"))


def test_what_was_stored_comes_back(cache: Cache) -> None:
    assert cache.load(KEY) is None
    cache.store(
        KEY, Stored(key="", body=b"a\nb\0", etag='"1"', headers={"link": "x"}, encoding="gzip", url="u")
    )
    got = cache.load(KEY)
    assert got is not None
    assert (got.body, got.etag, got.headers, got.encoding, got.url) == (
        b"a\nb\0",
        '"1"',
        {"link": "x"},
        "gzip",
        "u",
    )
    assert got.age_s in (0, 1)


def test_other_users_may_not_read_it(cache: Cache) -> None:
    cache.store(KEY, Stored(key="", body=b"x"))
    assert _file(cache).stat().st_mode & 0o077 == 0
    assert cache.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\n",
        b"{}\nx",
        b"upgrader-cache-1 {}\nx",
        b"upgrader-cache-1 " + b"[" * 100_000,
        b"upgrader-cache-1 null",
        b"\x00" * 100,
    ],
    ids=["empty", "line", "foreign", "bare", "deep", "null", "zeros"],
)
def test_damage_is_a_miss_and_goes_away(cache: Cache, damage: bytes) -> None:
    cache.store(KEY, Stored(key="", body=b"x"))
    _file(cache).write_bytes(damage)
    assert cache.load(KEY) is None
    assert list(cache.folder.glob("??/*")) == []


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_cut_or_changed_body_is_a_miss(cache: Cache, cut: int) -> None:
    cache.store(KEY, Stored(key="", body=b"x" * 50))
    _file(cache).write_bytes(_file(cache).read_bytes()[:-cut] + b"y" * (cut - 1))
    assert cache.load(KEY) is None


def test_a_file_in_the_wrong_place_is_a_miss(cache: Cache) -> None:
    cache.store(KEY, Stored(key="", body=b"x"))
    other = Cache.key("https://registry.example/y", {})
    place = cache.folder / other[:2] / other[2:]
    place.parent.mkdir(exist_ok=True)
    _file(cache).rename(place)
    assert cache.load(other) is None


def test_a_time_in_the_future_does_not_keep_it_fresh(cache: Cache) -> None:
    cache.store(KEY, Stored(key="", body=b"x"))
    os.utime(_file(cache), (2**32, 2**32))
    got = cache.load(KEY)
    assert got is not None
    assert got.age_s > 86400
    cache.confirm(KEY)
    assert (again := cache.load(KEY)) is not None
    assert again.age_s <= 1


@pytest.mark.parametrize("place", ["file", "read-only", "nowhere"])
def test_a_folder_that_cannot_be_used_is_an_empty_cache(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(
        {"file": tmp_path / "file", "read-only": Path("/proc/x"), "nowhere": Path("/dev/null/x")}[place]
    )
    cache.store(KEY, Stored(key="", body=b"x"))
    cache.put_value("a", "b")
    cache.confirm(KEY)
    cache.prune()
    assert (cache.load(KEY), cache.get_value("a", 60)) == (None, None)


def test_small_values(cache: Cache) -> None:
    cache.put_value("npm 11.1 registry", "https://registry.example/")
    assert cache.get_value("npm 11.1 registry", 60) == "https://registry.example/"
    assert cache.get_value("npm 11.1 registry", 0) is None
    assert cache.get_value("npm 11.2 registry", 60) is None


def test_old_entries_are_dropped_once_a_day(cache: Cache) -> None:
    cache.put_value("old", "x")
    os.utime(_file(cache), (1, 1))
    cache.put_value("new", "x")
    cache.prune()
    assert len(list(cache.folder.glob("??/*"))) == 1
    os.utime(_file(cache), (1, 1))
    cache.prune()
    assert len(list(cache.folder.glob("??/*"))) == 1


def test_keys_differ_by_what_is_asked_and_by_whom() -> None:
    url = "https://registry.example/x"
    keys = [
        Cache.key(url, {}),
        Cache.key(f"{url}y", {}),
        Cache.key(url, {"Accept": "a"}),
        Cache.key(url, {"Authorization": "a"}),
        Cache.key(url, {}, b"a"),
    ]
    assert len(set(keys)) == len(keys)
    assert Cache.key(url, {"User-Agent": "x", "ACCEPT": "a"}) == keys[2]


def test_writers_do_not_disturb_readers(cache: Cache) -> None:
    bodies = [bytes([n]) * 100_000 for n in range(4)]
    seen: set[bytes | None] = set()

    def work(body: bytes) -> None:
        for _ in range(30):
            cache.store(KEY, Stored(key="", body=body))
            seen.add(got.body if (got := cache.load(KEY)) else None)

    threads = [threading.Thread(target=work, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen <= set(bodies)
    assert len(list(cache.folder.rglob("*"))) == 2


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPGRADER_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert default_folder() == Path("/xdg/upgrader")
    monkeypatch.setenv("UPGRADER_CACHE_DIR", "/mine")
    assert default_folder() == Path("/mine")
