"""Rows of other tools: joined, weighed like our own look-ups, and never better than what they say."""

from typing import Any

import pytest

from tests.stages.worlds import Known, around, dependency, inventory, the_one
from upgrader.model import Advisory, Audit, Dependency, PackageName, Reported
from upgrader.stages.reported import audit_reported


def row(current: str | None = "1.0.0", latest: str | None = None, **facts: Any) -> Reported:
    facts = {
        "ecosystem": "npm",
        "name": PackageName("crane"),
        "wanted": None,
        "source": "npm outdated",
        **facts,
    }
    return Reported(current=current, latest=latest, **facts)


def read(*rows: Reported, places: tuple[Dependency, ...] = (), **facts: Any) -> Audit:
    return audit_reported(inventory(*(places or (dependency(),))), rows, around(**facts))


BUG = Advisory(id="GHSA-1", severity="HIGH", fixed_in=("1.0.2",))


@pytest.mark.parametrize(
    "found", [row(latest="1.0.0"), row(latest=None), row(None, None), row("1.0", latest="1.0")]
)
def test_rows_that_move_nothing(found: Reported) -> None:
    audit = read(found)
    assert (audit.assessments, audit.up_to_date, audit.complete) == ((), 1, True)


@pytest.mark.parametrize(
    ("latest", "golden"),
    [
        ("2.0.0", ("HIGH", "Review breaking changes", "major")),
        ("1.1.0", ("LOW", "Update directly", "minor")),
        ("0.9.0", ("HIGH", "Review breaking changes", "unknown")),
        ("next", ("HIGH", "Review breaking changes", "unknown")),
    ],
)
def test_rows_are_weighed(latest: str, golden: tuple[str, str, str]) -> None:
    item = the_one(read(row(latest=latest)))
    assert (item.risk, item.priority, item.group) == golden
    assert (item.update.source, item.update.dependencies) == ("npm outdated", (dependency(),))


def test_a_row_and_its_advisories_come_from_two_tools() -> None:
    audit = read(row(latest="1.0.2"), row(None, advisories=(BUG,), source="npm audit"))
    item = the_one(audit)
    assert (item.risk, item.priority, item.update.source) == (
        "LOW",
        "Security fix – urgent",
        "npm outdated, npm audit",
    )


def test_an_advisory_alone_moves_to_its_fix() -> None:
    assert the_one(read(row(advisories=(BUG,)))).update.target.version == "1.0.2"
    two = (BUG, Advisory(id="GHSA-2", fixed_in=("0.9.9", "1.3.0", "2.1.0")))
    item = the_one(read(row(advisories=two)))
    assert (item.update.target.version, item.group) == ("1.3.0", "security")


def test_an_advisory_without_fix_is_vulnerable() -> None:
    audit = read(row(advisories=(Advisory(id="GHSA-1"),)))
    assert (audit.assessments, len(audit.vulnerable), audit.up_to_date) == ((), 1, 0)


@pytest.mark.parametrize(
    ("latest", "fixed_in", "fixed"),
    [
        ("1.0.2", ("1.0.2",), True),
        ("1.1.0", ("1.0.2",), True),
        ("1.0.1", ("1.0.2",), False),
        ("2.0.0", ("1.0.2", "2.0.2"), False),
        ("2.0.2", ("1.0.2", "2.0.2"), True),
        ("1.5.0", ("1.0.2", "2.0.2"), True),
        ("1.1.0", (), False),
    ],
)
def test_what_the_row_says_of_the_target(latest: str, fixed_in: tuple[str, ...], fixed: bool) -> None:
    item = the_one(read(row(latest=latest, advisories=(Advisory(id="GHSA-1", fixed_in=fixed_in),))))
    assert (item.group == "security") is fixed


def test_our_own_source_is_asked_as_well() -> None:
    known = Known({"1.0.0": [Advisory(id="PYSEC-1", aliases=("GHSA-1",), severity="HIGH")]})
    item = the_one(read(row(latest="1.0.2", advisories=(BUG,)), advisories=known))
    assert {fact.witness for fact in item.facts} == {"advisories", "scope", "semver"}
    assert len([fact for fact in item.facts if fact.witness == "advisories"]) == 1
    assert known.learned == [("crane", "1.0.0"), ("crane", "1.0.2")]


def test_a_silent_source_makes_it_incomplete() -> None:
    audit = read(row(latest="1.0.2"), advisories=Known(silent=["crane"]))
    assert (the_one(audit).risk, audit.complete) == ("MEDIUM", False)


def test_a_row_with_a_problem_is_not_checked() -> None:
    audit = read(row(problem="skipped"), row(latest="1.1.0"))
    assert (len(audit.not_checked), len(audit.assessments), audit.complete) == (1, 1, False)


def test_a_package_that_no_manifest_names() -> None:
    found = row(latest="1.1.0", name=PackageName("winch"))
    (place,) = the_one(read(found)).update.dependencies
    assert (place.name, place.immovable) == ("winch", "no manifest below the root names it")


def test_rows_of_several_versions_stay_apart() -> None:
    places = (dependency(), dependency("^0.9.0", "0.9.0", line=2))
    audit = read(row(latest="2.0.0"), row("0.9.0", "2.0.0"), places=places)
    assert [item.update.current for item in audit.assessments] == ["0.9.0", "1.0.0"]
    assert [item.update.dependencies for item in audit.assessments] == [(places[1],), (places[0],)]
