"""The cache as a user meets it: a second audit asks nobody, `--offline` never does, `--no-cache` always."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.desk import Desk, Ran, sit_down
from tests.loopback import Site

SAMPLES = ("npm/shop", "pip/requirements", "go/shop", "cargo/shop")


def facts(ran: Ran) -> list[tuple[str, str]]:
    """What an audit offers."""
    return [(item["package"], item["update"]["target"]["version"]) for item in ran.document["assessments"]]


def unchecked(ran: Ran) -> set[str]:
    """The packages nobody could tell of."""
    return {item["name"] for item in ran.document["not_checked"]}


@pytest.fixture(params=SAMPLES)
def desk(request: pytest.FixtureRequest, fresh_site: Site, tmp_path: Path) -> Desk:
    return sit_down(fresh_site, request.param, tmp_path, tmp_path / "home")


def test_a_second_audit_asks_nobody_and_says_the_same(desk: Desk, fresh_site: Site) -> None:
    first = desk.asked("audit", "--json")
    fresh_site.requests.clear()
    second = desk.asked("audit", "--json")
    assert fresh_site.requests == []
    assert (facts(second), second.code) == (facts(first), first.code)
    assert facts(first)


def test_offline_is_the_last_answer_or_not_checked(desk: Desk, fresh_site: Site) -> None:
    fresh_site.requests.clear()
    blind = desk.asked("audit", "--json", "--offline")
    assert (blind.code, facts(blind)) == (3, [])
    assert unchecked(blind)
    first = desk.asked("audit", "--json")
    fresh_site.requests.clear()
    offline = desk.asked("audit", "--json", "--offline")
    assert (facts(offline), offline.code) == (facts(first), first.code)
    assert fresh_site.requests == []


def test_without_the_cache_all_is_asked_anew_and_nothing_kept(desk: Desk, fresh_site: Site) -> None:
    counts = []
    for _ in range(2):
        fresh_site.requests.clear()
        assert facts(desk.asked("audit", "--json", "--no-cache"))
        counts.append(len(fresh_site.requests))
    assert counts[0] == counts[1] > 0
    assert unchecked(desk.asked("audit", "--json", "--offline"))


def test_a_stale_answer_is_asked_for_again(desk: Desk, fresh_site: Site) -> None:
    first = desk.asked("audit", "--json")
    (desk.project / "upgrader.toml").write_text("ttl-s = 0\n")
    fresh_site.requests.clear()
    assert facts(desk.asked("audit", "--json")) == facts(first)
    assert fresh_site.requests
    assert json.loads(first.out)["complete"]
