"""What is kept of many answers: what was read from them, fresh without a request, confirmed, or asked for anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.outside.servers import Reply, answer, serving
from upgrader.errors import RegistryError
from upgrader.outside.cache import Cache
from upgrader.outside.form import Form
from upgrader.outside.http import Client, Response

BULK = b"x" * 50_000


class Word(msgspec.Struct, frozen=True):
    """What is used of a document."""

    text: str
    age_s: int = 0


class Words(msgspec.Struct, frozen=True):
    """What a later release of the program uses of it."""

    texts: list[str]
    age_s: int = 0


FORM = Form("word 1", Word, lambda word, age_s: Word(word.text, age_s))


def read(response: Response) -> Word:
    """The first word; ValueError for a document without one."""
    word = response.body.decode().strip().partition(" ")[0]
    if not word:
        raise ValueError("no word")
    return Word(word)


def ask(url: str, cache: Cache | None, **options: object) -> Word | RegistryError:
    """One document through a client of its own."""
    with Client(hosts=[url], cache=cache, backoff_s=0.01, **options) as client:  # type: ignore[arg-type]  # a table's
        [found] = client.get_many([(f"{url}/x", {})], decode=read, form=FORM)
        return found


def age(folder: Path, seconds: int) -> None:
    """Make all that is cached older."""
    for path in folder.glob("??/*"):
        then = path.stat().st_mtime - seconds
        os.utime(path, (then, then))


def test_what_is_fresh_is_not_asked_for_and_the_bulk_is_not_kept(tmp_path: Path) -> None:
    with serving({"/x": answer(b"one " + BULK)}) as server:
        told = [ask(server.url, Cache(tmp_path)) for _ in range(3)]
        assert [word.text for word in told if isinstance(word, Word)] == ["one"] * 3
        assert len(server.requests) == 1
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) < 2000


def test_what_is_stale_is_confirmed_with_its_validators(tmp_path: Path) -> None:
    replies: dict[str, Reply | list[Reply]] = {
        "/x": [answer(b"one", ETag='"1"'), answer(b"", status=304), answer(b"two")]
    }
    with serving(replies) as server:
        ask(server.url, Cache(tmp_path))
        age(tmp_path, 2000)
        assert ask(server.url, Cache(tmp_path)) == Word("one", 0)
        assert server.header("if-none-match") == '"1"'
        assert ask(server.url, Cache(tmp_path)) == Word("one", 0)
        assert len(server.requests) == 2
        age(tmp_path, 2000)
        assert ask(server.url, Cache(tmp_path)) == Word("two", 0)


def test_offline_any_age_is_told_with_it(tmp_path: Path) -> None:
    with serving({"/x": answer(b"one")}) as server:
        url = server.url
        ask(url, Cache(tmp_path))
    age(tmp_path, 9000)
    told = ask(url, Cache(tmp_path), offline=True)
    assert isinstance(told, Word)
    assert told.age_s >= 9000
    assert isinstance(ask(url, Cache(tmp_path / "empty"), offline=True), RegistryError)
    assert isinstance(ask(url, None, offline=True), RegistryError)


def test_a_stale_form_does_not_stand_in_for_a_dead_server(tmp_path: Path) -> None:
    with serving({"/x": answer(b"one")}) as server:
        url = server.url
        ask(url, Cache(tmp_path))
    age(tmp_path, 2000)
    assert isinstance(ask(url, Cache(tmp_path)), RegistryError)


def rewrite(path: Path) -> None:
    """Keep something else in its place, as another release of the program might."""
    cache, key = Cache(path.parents[1]), path.parent.name + path.name
    stored = cache.load(key)
    assert stored is not None
    cache.store(key, msgspec.structs.replace(stored, body=msgspec.msgpack.encode(Words(["one"]))))


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "of another kind": rewrite,
    "emptied": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("damage", UNUSABLE)
def test_what_cannot_be_used_is_asked_for_anew(damage: str, tmp_path: Path) -> None:
    with serving({"/x": [answer(b"one", ETag='"1"'), answer(b"two")]}) as server:
        ask(server.url, Cache(tmp_path))
        for path in tmp_path.glob("??/*"):
            UNUSABLE[damage](path)
        assert ask(server.url, Cache(tmp_path)) == Word("two", 0)
        assert server.header("if-none-match") is None


@pytest.mark.parametrize(
    "reply", [answer(b"one", Cache_Control="no-store"), answer(b" "), answer(status=500)]
)
def test_nothing_is_kept_of_what_may_not_or_cannot_be(reply: bytes, tmp_path: Path) -> None:
    with serving({"/x": reply}) as server:
        ask(server.url, Cache(tmp_path), tries=1)
        ask(server.url, Cache(tmp_path), tries=1)
        assert len(server.requests) == 2
    assert not list(tmp_path.glob("??/*"))


def test_without_a_cache_each_run_asks(tmp_path: Path) -> None:
    with serving({"/x": answer(b"one")}) as server:
        assert [ask(server.url, None) for _ in range(2)] == [Word("one")] * 2
        assert len(server.requests) == 2


def test_failures_keep_their_place_among_what_is_known(tmp_path: Path) -> None:
    replies: dict[str, Reply | list[Reply]] = {"/a": answer(b"a"), "/b": answer(b" "), "/c": answer(b"c")}
    done: list[tuple[int, int]] = []
    with serving(replies) as server, Client(hosts=[server.url], cache=Cache(tmp_path)) as client:
        client.get_many([(f"{server.url}/c", {})], decode=read, form=FORM)
        addresses = [f"{server.url}/a", "no address", f"{server.url}/b", f"{server.url}/c"]
        found = client.get_many(
            [(address, {}) for address in addresses],
            decode=read,
            form=FORM,
            on_done=lambda *told: done.append(told),
        )
    kinds = [item.text if isinstance(item, Word) else "failed" for item in found]
    assert kinds == ["a", "failed", "failed", "c"]
    assert done == [(number, 4) for number in (1, 2, 3, 4)]
