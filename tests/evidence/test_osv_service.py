"""The advisory service over real sockets: what it answered counts, what it did not is not checked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.loopback import Site
from tests.stages.books import book
from upgrader.ecosystems import go, pip
from upgrader.evidence.osv_service import BATCH, OsvService
from upgrader.model import Advisory, NotChecked, PackageName
from upgrader.outside.http import Client

NPM = book("npm")
HATCH, CORD = PackageName("tidewater-hatch"), PackageName("tidewater-cord")


@pytest.fixture
def service(fresh_site: Site) -> Iterator[OsvService]:
    with Client(hosts=[fresh_site.url], tries=1, backoff_s=0.01) as client:
        yield OsvService(client, fresh_site.osv_url + "/")


def ids(told: object) -> list[str]:
    assert isinstance(told, list), told
    return [item.id for item in told if isinstance(item, Advisory)]


def queries(site: Site) -> list[dict[str, Any]]:
    bodies = [body for (method, _), body in zip(site.requests, site.bodies, strict=True) if method == "POST"]
    return [query for body in bodies for query in json.loads(body)["queries"]]


def test_one_question_for_all_versions(fresh_site: Site, service: OsvService) -> None:
    service.learn([(NPM, HATCH, "1.0.0"), (NPM, CORD, "1.0.0"), (pip, HATCH, "1.0.0"), (NPM, HATCH, "1.0.1")])
    assert ids(service.about(NPM, CORD, "1.0.0")) == []
    assert ids(service.about(NPM, HATCH, "1.0.1")) == []
    assert ids(service.about(NPM, HATCH, "1.0.0")) == ["TEST-2026-0001"]
    assert ids(service.about(pip, HATCH, "1.0.0")) == ["TEST-2026-0011"]
    assert fresh_site.count("/osv/v1/querybatch", "POST") == 1
    service.learn([(NPM, HATCH, "1.0.0")])
    assert fresh_site.count("/osv/v1/querybatch", "POST") == 1
    assert service.name == "127.0.0.1"


def test_a_version_that_was_not_asked_about_is_not_checked(service: OsvService) -> None:
    service.learn([(NPM, HATCH, "1.0.0")])
    told = service.about(NPM, HATCH, "1.1.0")
    assert isinstance(told, NotChecked)
    assert "was not asked about 1.1.0" in told.reason


def test_go_versions_go_without_v_and_under_their_majors_name(fresh_site: Site, service: OsvService) -> None:
    name = PackageName("tidewater.example/hatch")
    service.learn([(go, name, "v1.0.0"), (go, name, "v2.0.0")])
    asked = [(query["package"]["name"], query["version"]) for query in queries(fresh_site)]
    assert asked == [(name, "1.0.0"), (f"{name}/v2", "2.0.0")]
    assert ids(service.about(go, name, "v1.0.0")) == ["TEST-2026-0021"]
    assert ids(service.about(go, name, "v2.0.0")) == []


def add_records(site: Site, count: int, package: str = "crane") -> None:
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]
    affected = [{"package": {"ecosystem": "npm", "name": package}, "ranges": ranges}]
    for number in range(count):
        found = {"id": f"TEST-P-{number:03}", "modified": "2026-01-01T00:00:00Z", "affected": affected}
        site.advisories.append(found)


def test_every_page_is_asked_for(fresh_site: Site, service: OsvService) -> None:
    add_records(fresh_site, 7)
    fresh_site.osv_page_size = 3
    service.learn([(NPM, PackageName("crane"), "1.0.0"), (NPM, CORD, "1.0.0"), (NPM, HATCH, "1.0.0")])
    assert len(ids(service.about(NPM, PackageName("crane"), "1.0.0"))) == 7
    assert ids(service.about(NPM, HATCH, "1.0.0")) == ["TEST-2026-0001"]
    assert fresh_site.count("/osv/v1/querybatch", "POST") == 3


def test_an_endless_book_is_not_checked(fresh_site: Site, service: OsvService) -> None:
    endless = {"results": [{"vulns": [{"id": "TEST-1"}], "next_page_token": "again"}]}
    fresh_site.fail("/osv/v1/querybatch", 200, body=json.dumps(endless).encode(), kind="application/json")
    service.learn([(NPM, HATCH, "1.0.0")])
    told = service.about(NPM, HATCH, "1.0.0")
    assert isinstance(told, NotChecked)
    assert "pages" in told.reason


def test_large_questions_are_split(fresh_site: Site, service: OsvService) -> None:
    service.learn([(NPM, HATCH, f"1.0.{n}") for n in range(BATCH + 1)])
    assert fresh_site.count("/osv/v1/querybatch", "POST") == 2
    assert ids(service.about(NPM, HATCH, f"1.0.{BATCH}")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"results": [{}, {}]}',
        b'{"results": []}',
        b'{"results": [{"vulns": [{}]}]}',
        b"<html>",
    ],
)
def test_an_answer_that_makes_no_sense_is_not_checked(
    body: bytes, fresh_site: Site, service: OsvService
) -> None:
    fresh_site.fail("/osv/v1/querybatch", 200, body=body, kind="application/json")
    service.learn([(NPM, HATCH, "1.0.0")])
    assert isinstance(service.about(NPM, HATCH, "1.0.0"), NotChecked)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_failing_service_is_not_checked(status: int, fresh_site: Site, service: OsvService) -> None:
    fresh_site.fail("/osv/", status)
    service.learn([(NPM, CORD, "1.0.0")])
    told = service.about(NPM, CORD, "1.0.0")
    assert isinstance(told, NotChecked)
    assert "127.0.0.1" in told.reason


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"id": "TEST-2026-0001", "affected": 3}'])
def test_a_record_that_cannot_be_had_is_not_checked(
    body: bytes, fresh_site: Site, service: OsvService
) -> None:
    fresh_site.fail("/osv/v1/vulns/TEST-2026-0001", 200 if body else 500, body=body, kind="application/json")
    service.learn([(NPM, HATCH, "1.0.0"), (NPM, CORD, "1.0.0")])
    assert isinstance(service.about(NPM, HATCH, "1.0.0"), NotChecked)
    assert ids(service.about(NPM, CORD, "1.0.0")) == []


def test_a_healed_service_is_asked_again(fresh_site: Site, service: OsvService) -> None:
    fresh_site.fail("/osv/")
    service.learn([(NPM, HATCH, "1.0.0")])
    assert isinstance(service.about(NPM, HATCH, "1.0.0"), NotChecked)
    fresh_site.heal()
    service.learn([(NPM, HATCH, "1.0.0")])
    assert ids(service.about(NPM, HATCH, "1.0.0")) == ["TEST-2026-0001"]


def test_null_pages_are_empty(fresh_site: Site, service: OsvService) -> None:
    body = b'{"results": [{"vulns": null, "next_page_token": null}]}'
    fresh_site.fail("/osv/v1/querybatch", 200, body=body, kind="application/json")
    service.learn([(NPM, HATCH, "1.0.0")])
    assert ids(service.about(NPM, HATCH, "1.0.0")) == []
