"""Every witness states what it saw, with its source; none is silent about what it could not see."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from tests.stages.books import book
from tests.stages.worlds import NOW, Known, dependency, package, project, release
from upgrader.evidence import (
    WITNESSES,
    advisories,
    install_script,
    release_age,
    runtime,
    scope,
    semver,
    withdrawn,
)
from upgrader.evidence.release_age import days_since
from upgrader.evidence.witness import Surroundings
from upgrader.model import Advisory, AnyFact, NotChecked, Release, Update


def update(target: Release | None = None, **facts: Any) -> Update:
    standard = {"dependencies": (dependency(),), "current": "1.0.0", "latest": "2.0.0", "in_range": None}
    return Update(
        **{**standard, "target": target or release("2.0.0"), "move": "major", "source": "r.example", **facts}
    )


def around(*releases: Release | str, told: Known | None = None, **facts: Any) -> Surroundings:
    made = package("npm", *releases, **facts.pop("package", {}))
    standard = {"ecosystem": book("npm"), "project": project(), "package": made, "now": NOW}
    return Surroundings(**{**standard, "advisories": told or Known(), **facts})


NOBODY = NotChecked(ecosystem="npm", name=dependency().name, reason="not looked up")


@pytest.mark.parametrize("witness", WITNESSES, ids=lambda witness: str(witness.NAME))
@pytest.mark.parametrize("answer", [package("npm", "1.0.0", "2.0.0"), NOBODY], ids=["asked", "not asked"])
def test_every_fact_names_witness_and_source(witness: Any, answer: Any) -> None:
    told = around(told=Known({"1.0.0": [Advisory(id="A")]}))
    moved = update(release("2.0.0", runtime=">=18", install_script=True, withdrawn="yanked"))
    found: list[AnyFact] = witness.testify(moved, replace(told, package=answer))
    assert all(fact.witness == witness.NAME and fact.source for fact in found)


def test_advisories() -> None:
    left, stays, new = Advisory(id="B"), Advisory(id="C", aliases=("CVE-1",)), Advisory(id="A")
    twin = Advisory(id="Z", aliases=("CVE-1",))
    told = Known({"1.0.0": [left, stays], "2.0.0": [twin, new]})
    found: Any = advisories.testify(update(), around(told=told))
    assert [(fact.advisory.id, fact.affects_current, fact.affects_target) for fact in found] == [
        ("A", False, True),
        ("B", True, False),
        ("C", True, True),
    ]
    assert advisories.testify(update(), around()) == []


@pytest.mark.parametrize("silent", ["1.0.0", "2.0.0"])
def test_a_silent_advisory_source(silent: str) -> None:
    (fact,) = advisories.testify(update(), around(told=Known(silent=[silent])))
    assert (fact.witness, getattr(fact, "reason", "")) == ("advisories", "the service is silent")


def test_without_a_current_version_the_target_is_asked_about() -> None:
    told = Known({"2.0.0": [Advisory(id="A")]})
    (fact,) = advisories.testify(update(current=""), around(told=told))
    assert getattr(fact, "affects_target", False)


def test_install_scripts() -> None:
    runs = release("2.0.0", install_script=True)
    assert install_script.testify(update(), around()) == []
    (new,) = install_script.testify(update(runs), around("1.0.0"))
    (old,) = install_script.testify(update(runs), around(release("1.0.0", install_script=True)))
    assert (getattr(new, "appeared", None), getattr(old, "appeared", None)) == (True, False)


def test_age() -> None:
    (fact,) = release_age.testify(update(release("2.0.0", age=2.04)), around())
    assert getattr(fact, "days", None) == 2.0
    (unknown,) = release_age.testify(update(release("2.0.0", age=None)), around())
    assert getattr(unknown, "days", 0) is None
    assert release_age.testify(update(), replace(around(), package=NOBODY)) == []


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "2026-05-31", "2026-05-31T12:00:00", "2026-13-01T00:00:00Z"]
)
def test_times_that_are_none(text: str | None) -> None:
    assert days_since(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [("2026-05-31T12:00:00Z", 1.0), ("2026-05-31T14:00:00+02:00", 1.0), ("2026-06-02T12:00:00.5Z", -1.0)],
)
def test_days(text: str, days: float) -> None:
    assert days_since(text, NOW) == days
    assert datetime(2026, 6, 1, 12, tzinfo=UTC) == NOW


def test_runtime() -> None:
    needs = release("2.0.0", runtime=">=18")
    fitting = book("npm", fits=lambda declared, needed: declared == ">=20")
    assert runtime.testify(update(), around()) == []
    for declared, fits in ((">=20", True), (">=10", False), (None, None)):
        (fact,) = runtime.testify(update(needs), around(ecosystem=fitting, project=project(runtime=declared)))
        assert (getattr(fact, "declares", ""), getattr(fact, "fits", "")) == (declared, fits)


def test_scope() -> None:
    places = (dependency(), dependency(section="dev", line=9))
    (fact,) = scope.testify(update(dependencies=places), around())
    assert (getattr(fact, "sections", ()), getattr(fact, "places", 0)) == (("dev", "prod"), 2)
    assert fact.source == "package.json:1"


def test_semver() -> None:
    (fact,) = semver.testify(update(), around())
    assert (getattr(fact, "move", ""), fact.source) == ("major", "1.0.0 → 2.0.0")


def test_withdrawn() -> None:
    assert withdrawn.testify(update(), around("1.0.0")) == []
    bad = release("2.0.0", withdrawn="yanked", withdrawn_reason="bad")
    found: Any = withdrawn.testify(
        update(bad), around(release("1.0.0", withdrawn="yanked"), package={"deprecated": "use x"})
    )
    assert [(fact.which, fact.how, fact.reason) for fact in found] == [
        ("current", "yanked", ""),
        ("package", "deprecated", "use x"),
        ("target", "yanked", "bad"),
    ]
