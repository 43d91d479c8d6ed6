"""Releases whose peer stands at another version in the same project are not chosen."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.stages.worlds import Known, around, dependency, inventory, package, release
from upgrader.model import Advisory, Audit, Package, Release
from upgrader.stages.audit import make_audit


def plugin(*peers: tuple[str, str]) -> Package:
    """Releases of `plugin`, each with what it asks of `host`; "" asks for none."""
    return package(
        "npm",
        *(release(version, peers={"host": wanted} if wanted else {}) for version, wanted in peers),
        name="plugin",
    )


def host(*releases: str | Release) -> Package:
    return package("npm", *releases, name="host")


def looked_at(*packages: Package, **facts: Any) -> Audit:
    places = [dependency(name="host"), dependency(name="plugin", line=2)]
    return make_audit(inventory(*places), around(*packages, **facts))


def moves(found: Audit) -> dict[str, str]:
    return {item.update.name: item.update.target.version for item in found.assessments}


TWO = (("1.0.0", "^1.0.0"), ("2.0.0", "^2.0.0"))
WITHDRAWN = release("2.0.0", withdrawn="deprecated")
BOTH = {"host": "2.0.0", "plugin": "2.0.0"}
CHOSEN: dict[str, tuple[Package, Package, dict[str, str]]] = {
    "both move": (host("1.0.0", "2.0.0"), plugin(*TWO), BOTH),
    "the peer fits as it is": (host("1.0.0"), plugin(("1.0.0", "^1"), ("2.0.0", ">=1")), {"plugin": "2.0.0"}),
    "no peer": (host("1.0.0"), plugin(("1.0.0", "^1.0.0"), ("2.0.0", "")), {"plugin": "2.0.0"}),
    "a range nobody understands": (
        host("1.0.0"),
        plugin(("1.0.0", "^1"), ("2.0.0", "?")),
        {"plugin": "2.0.0"},
    ),
    "versions in use clash already": (
        host("1.0.0"),
        plugin(("1.0.0", "^3.0.0"), ("2.0.0", "^2.0.0")),
        {"plugin": "2.0.0"},
    ),
    "the peer may not move so far": (
        host("1.0.0", "1.1.0", WITHDRAWN),
        plugin(("1.0.0", "1.0.0"), ("1.1.0", "1.1.0"), ("2.0.0", "2.0.0")),
        {"host": "1.1.0", "plugin": "1.1.0"},
    ),
    "nothing fits": (host("1.0.0", WITHDRAWN), plugin(*TWO), {}),
}


@pytest.mark.parametrize(("one", "two", "wanted"), CHOSEN.values(), ids=CHOSEN)
def test_what_is_chosen_beside_its_peer(one: Package, two: Package, wanted: dict[str, str]) -> None:
    found = looked_at(one, two)
    assert moves(found) == wanted


def test_what_is_passed_over_for_a_peer_is_told() -> None:
    waiting = looked_at(host("1.0.0"), plugin(*TWO))
    assert [(item.kind, item.subject, item.version) for item in waiting.held] == [("peer", "plugin", "2.0.0")]
    assert waiting.held[0].reason == (
        "2.0.0: needs host ^2.0.0 beside it, and host goes no further than 1.0.0 here"
    )
    some = looked_at(host("1.0.0"), plugin(("1.0.0", "^1"), ("1.1.0", "^1"), ("2.0.0", "^2")))
    update = some.assessments[0].update
    assert (update.target.version, update.latest) == ("1.1.0", "2.0.0")
    assert [(item.kind, item.version) for item in update.passed_over] == [("peer", "2.0.0")]


def test_a_fix_is_not_given_up_for_a_peer() -> None:
    bug = Advisory(id="GHSA-1", severity="HIGH", fixed_in=("2.0.0",))
    found = looked_at(host("1.0.0"), plugin(*TWO), advisories=Known({"plugin 1.0.0": [bug]}))
    assert moves(found) == {"plugin": "2.0.0"}


def test_a_peer_of_another_project_does_not_count() -> None:
    places = [dependency(name="plugin"), dependency(name="host", folder="web")]
    known = around(host("1.0.0"), plugin(*TWO), folders=(".", "web"))
    assert moves(make_audit(inventory(*places), known)) == {"plugin": "2.0.0"}


def test_one_that_is_held_back_holds_back_the_next() -> None:
    third = package(
        "npm",
        release("1.0.0", peers={"plugin": "^1.0.0"}),
        release("2.0.0", peers={"plugin": "^2.0.0"}),
        name="third",
    )
    places = [dependency(name=name) for name in ("host", "plugin", "third")]
    found = make_audit(inventory(*places), around(host("1.0.0"), plugin(*TWO), third))
    assert moves(found) == {}
    assert [item.subject for item in found.held] == ["plugin", "third"]


OUTGROWN: dict[str, tuple[Package, Package, dict[str, str], str]] = {
    "the plugin stays": (
        host("1.0.0", "1.2.0", "2.0.0"),
        plugin(("1.0.0", "^1.0.0")),
        {"host": "1.2.0"},
        "plugin 1.0.0 needs host ^1.0.0 beside it",
    ),
    "the plugin moves and still asks for it": (
        host("1.0.0", "2.0.0"),
        plugin(("1.0.0", "^1"), ("1.1.0", "1.x")),
        {"plugin": "1.1.0"},
        "plugin 1.1.0 needs host 1.x beside it",
    ),
    "another release takes it": (
        host("1.0.0", "2.0.0"),
        package(
            "npm",
            release("1.0.0", peers={"host": "^1"}),
            release("2.0.0", peers={"host": ">=2"}),
            name="plugin",
        ),
        BOTH,
        "",
    ),
    "it takes every host": (host("1.0.0", "2.0.0"), plugin(("1.0.0", ">=1")), {"host": "2.0.0"}, ""),
    "they clash already": (host("1.0.0", "2.0.0"), plugin(("1.0.0", "^3")), {"host": "2.0.0"}, ""),
    "not understood": (host("1.0.0", "2.0.0"), plugin(("1.0.0", "?")), {"host": "2.0.0"}, ""),
}


@pytest.mark.parametrize(("one", "two", "wanted", "why"), OUTGROWN.values(), ids=OUTGROWN)
def test_a_host_is_not_moved_past_what_its_plugin_takes(
    one: Package, two: Package, wanted: dict[str, str], why: str
) -> None:
    found = looked_at(one, two)
    assert moves(found) == wanted
    passed = [told.reason for item in found.assessments for told in item.update.passed_over]
    told = [item.reason.partition(": ")[2] for item in found.held] + passed
    assert told == ([why] if why else [])


def test_a_package_named_alone_is_told_who_has_to_move_with_it() -> None:
    places = (dependency(name="host"), dependency(name="plugin", line=2))
    known = replace(around(host("1.0.0", "2.0.0"), plugin(*TWO)), beside=places)
    found = make_audit(inventory(places[0]), known)
    assert moves(found) == {}
    (held,) = found.held
    assert (held.kind, held.subject) == ("peer", "host")
    assert held.reason == (
        "2.0.0: plugin 1.0.0 needs host ^1.0.0 beside it; plugin 2.0.0 goes with host 2.0.0: move both together"
    )


def test_an_advisorys_fix_goes_past_a_plugin() -> None:
    bug = Advisory(id="GHSA-1", severity="HIGH", fixed_in=("2.0.0",))
    found = looked_at(
        host("1.0.0", "2.0.0"), plugin(("1.0.0", "^1")), advisories=Known({"host 1.0.0": [bug]})
    )
    assert moves(found) == {"host": "2.0.0"}


def test_a_prerelease_is_not_told_as_waiting_for_a_peer() -> None:
    found = looked_at(host("1.0.0", "2.0.0", "3.0.0-dev.1"), plugin(("1.0.0", "^1")))
    assert [(item.kind, item.version) for item in found.held] == [("peer", "2.0.0")]


@pytest.mark.parametrize("why", ["catalog reference (pnpm-workspace.yaml:5)", "runtime: Node.js"])
def test_what_stands_elsewhere_and_what_a_project_runs_on_is_not_held(why: str) -> None:
    found = make_audit(inventory(dependency(name="host", immovable=why)), around(host("1.0.0")))
    assert (found.held, found.assessments) == ((), ())
