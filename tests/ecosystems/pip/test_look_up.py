"""Look-ups on a registry on loopback: what releases say, several indexes, and answers that make no sense."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.loopback import Site, serve
from upgrader.ecosystems import pip
from upgrader.ecosystems.base import Registry
from upgrader.model import NotChecked, Package
from upgrader.outside.http import Client

JSON = "application/vnd.pypi.simple.v1+json"


def registry(*sites: Site, merged: bool = False) -> Registry:
    urls = [site.pip_simple_url.rstrip("/") for site in sites]
    return Registry(ecosystem="pip", url=urls[0], fallbacks=tuple(urls[1:]), merged=merged)


def ask(place: Registry, *names: str) -> list[Package | NotChecked]:
    hosts = [place.url, *place.fallbacks, *place.scopes.values()]
    with Client(hosts=hosts, tries=1, credentials=place.credentials) as client:
        return pip.look_up(client, place, [pip.normalise(name) for name in names])


def found(place: Registry, name: str) -> Package:
    (answer,) = ask(place, name)
    assert isinstance(answer, Package), answer
    return answer


def missed(place: Registry, name: str) -> NotChecked:
    (answer,) = ask(place, name)
    assert isinstance(answer, NotChecked), answer
    return answer


def page(site: Site, name: str, body: bytes | dict[str, Any], kind: str = JSON) -> None:
    """Answer for this package with a page of the test's own."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    site.fail(f"/simple/{name}/", 200, body=data, kind=kind)


def files(*names: str, **facts: Any) -> dict[str, Any]:
    return {"name": "a", "files": [{"filename": name, "url": name, "hashes": {}, **facts} for name in names]}


def test_one_request_per_package_and_answers_in_order(fresh_site: Site) -> None:
    names = ["tidewater-tally", "nonsuch", "tidewater-cord"]
    answers = ask(registry(fresh_site), *names)
    assert [answer.name for answer in answers] == names
    assert [type(answer) for answer in answers] == [Package, NotChecked, Package]
    assert fresh_site.count("/simple/") == 3
    assert fresh_site.count("/files/") == 0


def test_releases_say_all_that_the_index_knows(fresh_site: Site) -> None:
    fresh_site.publish("pip", "tidewater-bell", "9.0.0", age="2d")
    fresh_site.withdraw("pip", "tidewater-bell", "9.0.0", "rings by itself")
    newest = found(registry(fresh_site), "tidewater-bell").releases[-1]
    assert (newest.version, newest.withdrawn, newest.withdrawn_reason) == (
        "9.0.0",
        "yanked",
        "rings by itself",
    )
    assert newest.runtime == ">=3.8"
    assert newest.released_at is not None
    assert len(newest.released_at) == len("2026-01-31T12:00:00Z")


def test_html_has_no_times_but_all_the_rest(fresh_site: Site) -> None:
    rich = found(registry(fresh_site), "tidewater-tally")
    fresh_site.withdraw("pip", "tidewater-tally", "1.2.0")
    text = '<a href="../../files/tidewater_tally-1.2.0-py3-none-any.whl#sha256=00" data-yanked="a &lt; b"'
    text += ' data-requires-python="&gt;=3.9">x</a><a href="tidewater-tally-2.0.tar.gz">y</a><a>z</a>'
    page(fresh_site, "tidewater-tally", text.encode(), "text/html; charset=utf-8")
    plain = found(registry(fresh_site), "tidewater-tally")
    assert [(item.version, item.runtime, item.withdrawn_reason) for item in plain.releases] == [
        ("1.2.0", ">=3.9", "a < b"),
        ("2.0", None, ""),
    ]
    assert all(item.released_at for item in rich.releases)
    assert not any(item.released_at for item in plain.releases)


PAGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "order": (files("a-1.10.tar.gz", "a-1.9.tar.gz", "a-1.9rc1.tar.gz"), ["1.9rc1", "1.9", "1.10"]),
    "wheel and sdist": (files("a-1.0-py3-none-any.whl", "a-1.0.tar.gz"), ["1.0"]),
    "two spellings": (files("a-1.0.tar.gz", "a-1.0.0-py3-none-any.whl"), ["1.0"]),
    "dashes in versions": (files("a-1.0-beta2.tar.gz", "a-1.0-1.zip"), ["1.0b2", "1.0.post1"]),
    "other spellings of the name": (files("A-1.0.tar.gz", "a-2.0.tar.gz"), ["1.0", "2.0"]),
    "what pip cannot install": (files("a-1.0.tar.gz", "a-2.0.win32.exe", "a-3.0.egg", "a-4.0.rpm"), ["1.0"]),
    "what is no version": (files("a-1.0.tar.gz", "a-latest.tar.gz", f"a-{'1' * 5000}.tar.gz"), ["1.0"]),
    "another package": (files("a-1.0.tar.gz", "ab-2.0.tar.gz", "b-3.0-py3-none-any.whl"), ["1.0"]),
    "local and epoch": (files("a-1.0+cpu-py3-none-any.whl", "a-1!0.1.tar.gz"), ["1.0+cpu", "1!0.1"]),
}


@pytest.mark.parametrize(("body", "versions"), PAGES.values(), ids=PAGES)
def test_versions_come_from_the_files(fresh_site: Site, body: dict[str, Any], versions: list[str]) -> None:
    page(fresh_site, "a", body)
    assert [item.version for item in found(registry(fresh_site), "a").releases] == versions


def test_a_release_is_yanked_when_all_its_files_are(fresh_site: Site) -> None:
    body = files("a-1.0.tar.gz", "a-2.0.tar.gz", yanked="bad")
    body["files"] += files("a-1.0-py3-none-any.whl", yanked=False)["files"]
    page(fresh_site, "a", body)
    first, second = found(registry(fresh_site), "a").releases
    assert (first.withdrawn, first.withdrawn_reason) == ("", "")
    assert (second.withdrawn, second.withdrawn_reason) == ("yanked", "bad")


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00Z"),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_utc_or_unknown(fresh_site: Site, time: str | None, wanted: str | None) -> None:
    page(fresh_site, "a", files("a-1.0.tar.gz", **{"upload-time": time}))
    assert found(registry(fresh_site), "a").releases[0].released_at == wanted


def test_the_first_upload_counts(fresh_site: Site) -> None:
    body = files("a-1.0.tar.gz", **{"upload-time": "2026-02-01T00:00:00Z"})
    body["files"] += files("a-1.0-py3-none-any.whl", **{"upload-time": "2026-01-01T00:00:00Z"})["files"]
    page(fresh_site, "a", body)
    assert found(registry(fresh_site), "a").releases[0].released_at == "2026-01-01T00:00:00Z"


NONSENSE: dict[str, tuple[bytes, str]] = {
    "html where json was said": (b"<html></html>", JSON),
    "json of another shape": (b'{"files": 3}', JSON),
    "a list": (b"[]", JSON),
    "no files": (b'{"name": "a", "files": []}', JSON),
    "another package": (b'{"name": "b", "files": [{"filename": "b-1.0.tar.gz"}]}', JSON),
    "a login page": (b"<html><a href='/login'>Log in</a></html>", "text/html"),
    "not utf-8": (b"<a href='\xff'>", "text/html"),
    "deep": (b"[" * 100000, JSON),
    "huge number": (
        b'{"name": "a", "files": [{"filename": "a-1.0.tar.gz", "yanked": ' + b"1" * 5000 + b"}]}",
        JSON,
    ),
    "plain text": (b"a-1.0.tar.gz", "text/plain"),
    "empty": (b"", JSON),
}


@pytest.mark.parametrize(("body", "kind"), NONSENSE.values(), ids=NONSENSE)
def test_an_answer_that_makes_no_sense_is_not_checked(fresh_site: Site, body: bytes, kind: str) -> None:
    page(fresh_site, "a", body, kind)
    assert missed(registry(fresh_site), "a").reason


@pytest.mark.parametrize(
    ("status", "word"), [(404, "404"), (401, "401"), (403, "403"), (500, "500"), (410, "410")]
)
def test_a_refusal_is_not_checked(fresh_site: Site, status: int, word: str) -> None:
    fresh_site.fail("/simple/a/", status)
    answer = missed(registry(fresh_site), "a")
    assert word in answer.reason
    assert ("password" in answer.advice) == (status in (401, 403))


def test_a_problem_of_the_registry_is_every_packages(site: Site) -> None:
    place = replace(registry(site), problem="no-index is set")
    assert [answer.reason for answer in ask(place, "a", "b") if isinstance(answer, NotChecked)] == [
        "no-index is set"
    ] * 2
    assert ask(registry(site)) == []


def test_credentials_are_sent_to_their_origin(fresh_site: Site) -> None:
    place = replace(registry(fresh_site), credentials={fresh_site.url: "Basic eA=="})
    found(place, "tidewater-tally")
    assert fresh_site.request_headers[-1]["authorization"] == "Basic eA=="
    assert "json" in fresh_site.request_headers[-1]["accept"].partition(",")[0]


@pytest.fixture
def second(fixtures: Path) -> Any:
    with serve(fixtures) as running:
        yield running


def _versions(package: Package) -> list[str]:
    return [item.version for item in package.releases]


def test_pip_takes_all_indexes_together(fresh_site: Site, second: Site) -> None:
    page(fresh_site, "a", files("a-1.0.tar.gz", "a-3.0.tar.gz", yanked=True))
    page(second, "a", files("a-2.0.tar.gz", "a-3.0.tar.gz"))
    both = found(registry(fresh_site, second, merged=True), "a")
    assert [(item.version, item.withdrawn) for item in both.releases] == [
        ("1.0", "yanked"),
        ("2.0", ""),
        ("3.0", ""),
    ]
    second.heal()
    assert _versions(found(registry(fresh_site, second, merged=True), "a")) == ["1.0", "3.0"]


def test_uv_takes_the_first_index_that_has_it(fresh_site: Site, second: Site) -> None:
    page(fresh_site, "a", files("a-1.0.tar.gz"))
    page(second, "a", files("a-2.0.tar.gz"))
    assert _versions(found(registry(fresh_site, second), "a")) == ["1.0"]
    assert second.count("/simple/") == 0
    fresh_site.heal()
    assert _versions(found(registry(fresh_site, second), "a")) == ["2.0"]


@pytest.mark.parametrize("merged", [True, False])
def test_an_index_that_fails_leaves_the_package_unchecked(
    fresh_site: Site, second: Site, merged: bool
) -> None:
    fresh_site.fail("/simple/a/", 503)
    page(second, "a", files("a-2.0.tar.gz"))
    assert "503" in missed(registry(fresh_site, second, merged=merged), "a").reason


def test_a_pinned_package_is_asked_at_its_own_index(fresh_site: Site, second: Site) -> None:
    page(second, "a", files("a-2.0.tar.gz"))
    scopes: Mapping[str, str] = {"a": second.pip_simple_url.rstrip("/")}
    place = replace(registry(fresh_site), scopes=dict(scopes))
    assert _versions(found(place, "a")) == ["2.0"]
    assert fresh_site.count("/simple/a") == 0
