"""Facts into risk, priority and group: the golden rows, and that nothing unknown is ever LOW."""

from typing import Any

import pytest

from tests.stages.worlds import dependency, release
from upgrader.model import (
    Advisory,
    AdvisoryFact,
    AgeFact,
    AnyFact,
    Assessment,
    Move,
    RuntimeFact,
    ScopeFact,
    ScriptFact,
    SemverFact,
    Unanswered,
    Update,
    WithdrawnFact,
)
from upgrader.stages.assess import assess, fixes_advisory

W: dict[str, Any] = {"witness": "w", "source": "s"}
OLD = AgeFact(**W, days=100)


def update(move: Move) -> Update:
    return Update(
        dependencies=(dependency(),),
        current="1.0.0",
        target=release("2.0.0"),
        latest="2.0.0",
        in_range="1.0.0",
        move=move,
        source="registry.example",
    )


def weighed(move: Move, *facts: AnyFact) -> Assessment:
    return assess(update(move), (SemverFact(**W, move=move), *facts))


def advisory(severity: Any = "HIGH", *, current: bool = True, target: bool = False) -> AdvisoryFact:
    found = Advisory(id="GHSA-1", severity=severity, summary="boom")
    return AdvisoryFact(**W, advisory=found, affects_current=current, affects_target=target)


def summary(item: Assessment) -> tuple[str, str, str]:
    return item.risk, item.priority, item.group


DIRECT, REVIEW, SECURITY = "Update directly", "Review breaking changes", "Security fix – urgent"
GOLDEN: list[tuple[Move, list[AnyFact], tuple[str, str, str]]] = [
    ("major", [OLD], ("HIGH", REVIEW, "major")),
    ("minor", [OLD], ("LOW", DIRECT, "minor")),
    ("patch", [OLD, advisory()], ("LOW", SECURITY, "security")),
    ("patch", [OLD], ("LOW", DIRECT, "patch")),
    ("0.x", [OLD], ("MEDIUM", REVIEW, "0.x")),
    ("prerelease", [OLD], ("HIGH", REVIEW, "unknown")),
    ("downgrade", [OLD], ("HIGH", REVIEW, "unknown")),
    ("unknown", [OLD], ("HIGH", REVIEW, "unknown")),
    ("major", [OLD, advisory()], ("HIGH", SECURITY, "security")),
]


@pytest.mark.parametrize(("move", "facts", "row"), GOLDEN)
def test_golden_rows(move: Move, facts: list[AnyFact], row: tuple[str, str, str]) -> None:
    assert summary(weighed(move, *facts)) == row


@pytest.mark.parametrize(
    "fact",
    [
        ScopeFact(**W, sections=("dev",), direct=True, places=2),
        ScriptFact(**W, appeared=False),
        RuntimeFact(**W, needs=">=18", declares=">=20", fits=True),
        RuntimeFact(**W, needs=">=18", declares=None, fits=None),
        WithdrawnFact(**W, which="current", how="yanked", reason=""),
        AgeFact(**W, days=3),
    ],
)
def test_facts_that_raise_nothing(fact: AnyFact) -> None:
    assert summary(weighed("patch", OLD, fact)) == ("LOW", DIRECT, "patch")


@pytest.mark.parametrize(
    ("fact", "risk"),
    [
        (AgeFact(**W, days=2.9), "MEDIUM"),
        (AgeFact(**W, days=-1), "MEDIUM"),
        (AgeFact(**W, days=None), "MEDIUM"),
        (Unanswered(**W, reason="silent"), "MEDIUM"),
        (ScriptFact(**W, appeared=True), "HIGH"),
        (RuntimeFact(**W, needs=">=99", declares=">=20", fits=False), "CRITICAL"),
        (WithdrawnFact(**W, which="target", how="yanked", reason="bad"), "HIGH"),
        (WithdrawnFact(**W, which="package", how="deprecated", reason="gone"), "MEDIUM"),
        (advisory(target=True), "MEDIUM"),
        (advisory("LOW", current=False, target=True), "HIGH"),
        (advisory("MODERATE", current=False, target=True), "HIGH"),
        (advisory("UNKNOWN", current=False, target=True), "CRITICAL"),
        (advisory("CRITICAL", current=False, target=True), "CRITICAL"),
    ],
)
def test_facts_that_raise_the_risk(fact: AnyFact, risk: str) -> None:
    found = weighed("patch", OLD, fact)
    assert found.risk == risk == found.reasons[0].risk
    assert found.group == "patch"
    assert found.reasons[0].source == "s"


def test_reasons_stand_from_the_heaviest_down() -> None:
    found = weighed(
        "major", Unanswered(**W, reason="silent"), RuntimeFact(**W, needs="9", declares="1", fits=False)
    )
    assert [reason.risk for reason in found.reasons] == ["CRITICAL", "HIGH", "MEDIUM"]


def test_a_risky_minor_is_reviewed() -> None:
    assert weighed("minor", OLD, ScriptFact(**W, appeared=True)).priority == REVIEW
    assert weighed("minor", AgeFact(**W, days=None)).priority == DIRECT


def test_no_facts_are_no_reason_for_trust() -> None:
    found = assess(update("patch"), ())
    assert (found.risk, len(found.reasons)) == ("MEDIUM", 1)


def test_what_fixes_an_advisory() -> None:
    assert fixes_advisory([advisory()])
    assert not fixes_advisory([advisory(target=True), advisory(current=False, target=True), OLD])
