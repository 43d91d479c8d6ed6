"""One request per package, typed answers, and every bad answer a row that was not checked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Site
from upgrader.ecosystems import npm
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.npm.packument import decode
from upgrader.ecosystems.npm.registry import package_url
from upgrader.errors import RegistryError
from upgrader.model import Lookup, NotChecked, Package, PackageName, Release
from upgrader.outside.http import Client, Response


def registry_of(site: Site, **facts: Any) -> Registry:
    return Registry(ecosystem="npm", url=site.npm_url.rstrip("/"), **facts)


@contextmanager
def asking(registry: Registry) -> Iterator[Client]:
    hosts = {registry.url, *registry.scopes.values()} - {""}
    with Client(hosts=hosts, credentials=registry.credentials, tries=1, backoff_s=0) as client:
        yield client


def look_up(registry: Registry, *names: str) -> list[Lookup]:
    with asking(registry) as client:
        return npm.look_up(client, registry, [PackageName(name) for name in names])


def test_one_full_request_per_package_in_the_order_of_the_names(fresh_site: Site) -> None:
    names = ["tidewater-tally", "@tidewater/charts", "tidewater-reef"]
    found = look_up(registry_of(fresh_site), *names)
    assert [item.name for item in found] == names
    assert all(isinstance(item, Package) for item in found)
    assert sorted(path for _, path in fresh_site.requests) == sorted(
        ["/npm/tidewater-tally", "/npm/@tidewater%2fcharts", "/npm/tidewater-reef"]
    )
    assert all("gzip" in headers.get("accept-encoding", "") for headers in fresh_site.request_headers)


def test_releases_ascend_with_time_and_deprecation(site: Site) -> None:
    (reef,) = look_up(registry_of(site), "tidewater-reef")
    assert isinstance(reef, Package)
    assert [item.version for item in reef.releases] == ["1.0.0", "1.1.0", "1.2.0"]
    assert all(item.released_at and item.released_at.endswith("Z") for item in reef.releases)
    assert (reef.releases[2].withdrawn, reef.releases[2].withdrawn_reason) == (
        "deprecated",
        "the depths are wrong, use 1.1.0",
    )
    assert reef.deprecated == ""
    assert reef.tags["latest"] == "1.2.0"
    assert reef.source == site.npm_url.split("/")[2]


def test_engines_peers_scripts_and_missing_times(site: Site) -> None:
    keel, crane, barnacle, fog = look_up(
        registry_of(site), "tidewater-keel", "tidewater-harbor-crane", "tidewater-barnacle", "tidewater-fog"
    )
    assert isinstance(keel, Package)
    assert isinstance(crane, Package)
    assert isinstance(barnacle, Package)
    assert isinstance(fog, Package)
    assert keel.releases[0].runtime == ">=18"
    assert crane.releases[0].peers == {"tidewater-harbor": "^1.0.0"}
    assert [item.install_script for item in barnacle.releases] == [False, True]
    assert fog.releases[1].released_at is None


def test_credentials_go_to_their_registry_alone(fresh_site: Site) -> None:
    registry = registry_of(fresh_site)
    registry = registry_of(fresh_site, credentials={registry.url: "Bearer abc"})
    look_up(registry, "tidewater-tally")
    assert fresh_site.request_headers[-1].get("authorization") == "Bearer abc"
    elsewhere = registry_of(fresh_site, credentials={f"{fresh_site.url}/other": "Bearer abc"})
    look_up(elsewhere, "tidewater-tally")
    assert "authorization" not in fresh_site.request_headers[-1]


BAD = [
    pytest.param({"status": 404, "body": b"{}"}, "@scope:registry", id="404"),
    pytest.param({"status": 401}, "npm login", id="401"),
    pytest.param({"status": 403}, "npm login", id="403"),
    pytest.param({"status": 503}, "", id="503"),
    pytest.param(
        {"status": 200, "body": b"<html>login</html>", "kind": "text/html"},
        "npm config get registry",
        id="HTML",
    ),
    pytest.param(
        {"status": 200, "body": b"", "kind": "application/json"}, "npm config get registry", id="empty"
    ),
    pytest.param(
        {"status": 200, "body": b"[]", "kind": "application/json"}, "npm config get registry", id="a list"
    ),
    pytest.param(
        {"status": 200, "body": b'{"name":', "kind": "application/json"}, "npm config get registry", id="cut"
    ),
    pytest.param({"status": 200, "body": b"\xff\xfe", "kind": ""}, "npm config get registry", id="garbage"),
    pytest.param(
        {"status": 200, "body": b'{"name": "other", "versions": {"1.0.0": {}}}', "kind": "application/json"},
        "",
        id="another package",
    ),
    pytest.param({"status": 200, "body": b'{"name": "--x", "versions": {"1.0.0": {}}}'}, "", id="no name"),
]


@pytest.mark.parametrize(("fault", "advice"), BAD)
def test_a_bad_answer_is_not_checked_and_the_others_are(
    fresh_site: Site, fault: dict[str, Any], advice: str
) -> None:
    fresh_site.fail("/npm/tidewater-reef", **fault)
    reef, tally = look_up(registry_of(fresh_site), "tidewater-reef", "tidewater-tally")
    assert isinstance(reef, NotChecked)
    assert isinstance(tally, Package)
    assert reef.reason
    assert advice in reef.advice


def test_a_package_that_is_not_there(site: Site) -> None:
    (found,) = look_up(registry_of(site), "no-such-package")
    assert isinstance(found, NotChecked)


def test_no_registry_checks_nothing(tmp_path: Path) -> None:
    registry = Registry(ecosystem="npm", url="", problem="no address")
    assert look_up(registry, "a", "b") == [
        NotChecked(ecosystem="npm", name=PackageName(name), reason="no address") for name in ("a", "b")
    ]


def test_scoped_names_go_to_their_scopes_registry() -> None:
    registry = Registry(ecosystem="npm", url="https://r.example/npm", scopes={"@corp": "https://c.example/x"})
    assert package_url(registry, PackageName("left-pad")) == "https://r.example/npm/left-pad"
    assert package_url(registry, PackageName("@corp/a.b")) == "https://c.example/x/@corp%2fa.b"
    assert package_url(registry, PackageName("@other/a")) == "https://r.example/npm/@other%2fa"


def answer(document: object, kind: str = "application/json") -> Response:
    return Response(
        status=200,
        headers={"content-type": kind},
        body=json.dumps(document).encode(),
        url="https://r.example/npm/lib",
        from_cache=False,
        age_s=7,
    )


def one(version: dict[str, Any], **more: Any) -> Release:
    return decode(answer({"name": "lib", "versions": {"1.0.0": version}, **more})).releases[0]


def test_a_document_with_nothing_but_the_necessary() -> None:
    found = decode(answer({"name": "lib", "versions": {"1.0.0": {}}}, "application/vnd.npm.install-v1+json"))
    assert found.releases == (Release(version="1.0.0"),)
    assert (found.source, found.age_s, found.tags) == ("r.example", 7, {})


ODD: list[dict[str, Any]] = [
    {"engines": ["node >= 0.4"]},
    {"engines": "node"},
    {"engines": {"node": ["x"]}},
    {"engines": {"node": "*"}},
    {"engines": {"node": ""}},
    {"engines": {"npm": "1"}},
    {"deprecated": ""},
    {"deprecated": False},
    {"deprecated": None},
    {"peerDependencies": ["x"]},
    {"peerDependencies": {"x": 1}},
    {"scripts": "x"},
    {"scripts": ["x"]},
    {"scripts": {"install": 1, "postinstall": ""}},
    {"scripts": {"test": "x", "prepare": "y"}},
    {"hasInstallScript": False},
    {"hasInstallScript": "false"},
]


@pytest.mark.parametrize("version", ODD, ids=str)
def test_odd_types_of_old_documents_mean_nothing(version: dict[str, Any]) -> None:
    assert one(version) == Release(version="1.0.0")


MEANT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"deprecated": " use x "}, {"withdrawn": "deprecated", "withdrawn_reason": "use x"}),
    ({"deprecated": True}, {"withdrawn": "deprecated"}),
    ({"engines": {"node": ">=18"}}, {"runtime": ">=18"}),
    ({"scripts": {"postinstall": "x"}}, {"install_script": True}),
    ({"hasInstallScript": True}, {"install_script": True}),
    ({"gypfile": True}, {"install_script": True}),
    (
        {"peerDependencies": {"a": "1", "b": "2"}, "peerDependenciesMeta": {"b": {"optional": True}, "a": 1}},
        {"peers": {"a": "1"}},
    ),
]


@pytest.mark.parametrize(("version", "wanted"), MEANT, ids=str)
def test_what_a_version_says(version: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert one(version) == Release(version="1.0.0", **wanted)


TIMES = [
    ("2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00Z"),
    ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z"),
    ("2026-01-31", "2026-01-31T00:00:00Z"),
    ("yesterday", None),
    (7, None),
    (None, None),
]


@pytest.mark.parametrize(("text", "wanted"), TIMES)
def test_times(text: object, wanted: str | None) -> None:
    assert one({}, time={"1.0.0": text}).released_at == wanted


@pytest.mark.parametrize("time", [None, [], "x", 7])
def test_no_times_at_all(time: object) -> None:
    assert one({}, time=time).released_at is None


def test_versions_npm_does_not_know_are_left_out() -> None:
    keys = ["1.10.0", "1.9.0", "1.9.0-rc.1", "../../x", "__proto__", "9" * 5000, "latest", "1.0"]
    found = decode(
        answer(
            {
                "name": "lib",
                "versions": {key: {} for key in keys},
                "dist-tags": {"latest": 1, "rc": "1.9.0-rc.1"},
            }
        )
    )
    assert [item.version for item in found.releases] == ["1.9.0-rc.1", "1.9.0", "1.10.0"]
    assert found.tags == {"rc": "1.9.0-rc.1"}


EMPTY: list[dict[str, Any]] = [
    {"name": "lib", "versions": {}},
    {"name": "lib", "versions": {"x": {}}},
    {"name": "lib", "versions": {}, "time": {"unpublished": {"name": "a"}}},
    {"name": "lib"},
    {"name": "lib", "versions": []},
    {"name": ["lib"], "versions": {"1.0.0": {}}},
    {"versions": {"1.0.0": {}}},
    {"error": "not found"},
]


@pytest.mark.parametrize("document", EMPTY, ids=str)
def test_a_document_without_releases_is_no_package(document: dict[str, Any]) -> None:
    with pytest.raises(RegistryError):
        decode(answer(document))


def test_a_document_of_brackets_is_no_package() -> None:
    body = b'{"name": "lib", "versions": {"1.0.0": {"engines": {"node": ' + b"[" * 100_000
    with pytest.raises(RegistryError):
        decode(
            Response(
                status=200, headers={}, body=body, url="https://r.example/lib", from_cache=False, age_s=0
            )
        )


def test_a_whole_package_is_deprecated_when_all_its_releases_are() -> None:
    both = {"1.0.0": {"deprecated": "old"}, "2.0.0": {"deprecated": "use other"}}
    assert decode(answer({"name": "lib", "versions": both})).deprecated == "use other"
    assert decode(answer({"name": "lib", "versions": {**both, "3.0.0": {}}})).deprecated == ""


ADDRESSES = [
    ("https://lib.example", "https://lib.example"),
    ("git+https://git.example/a/b.git", "https://git.example/a/b"),
    ("git://git.example/a/b.git", "https://git.example/a/b"),
    ("git+ssh://git@git.example/a/b.git", "https://git.example/a/b"),
    ("git@git.example:a/b.git", "https://git.example/a/b"),
    ({"type": "git", "url": "https://git.example/a/b"}, "https://git.example/a/b"),
    ("github:a/b", "https://github.com/a/b"),
    ("javascript:alert(1)", ""),
    ("https://x.example/\u001b[31m", ""),
    ({"url": 7}, ""),
    (None, ""),
]


@pytest.mark.parametrize(("value", "wanted"), ADDRESSES)
def test_addresses(value: object, wanted: str) -> None:
    assert (
        decode(answer({"name": "lib", "versions": {"1.0.0": {}}, "repository": value})).repository == wanted
    )
