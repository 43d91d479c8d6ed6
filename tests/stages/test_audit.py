"""From inventory and answers to assessed updates: every package ends in exactly one of the lists."""

from typing import Any

import pytest

from tests.stages.worlds import (
    Known,
    around,
    audited,
    dependency,
    inventory,
    package,
    project,
    release,
    the_one,
)
from upgrader.config import Settings
from upgrader.model import Advisory, Audit, Dependency, EcosystemName, NotChecked, PackageName, Release
from upgrader.stages.audit import (
    make_audit,
    movable,
    versions_in_use,
    versions_on_offer,
    vulnerable_transitive,
)

BUG = Advisory(id="GHSA-1", aliases=("CVE-1",), severity="HIGH", fixed_in=("1.0.2",))


def moves(found: Audit) -> list[tuple[str, str, str]]:
    updates = [item.update for item in found.assessments]
    return [(item.name, item.current, item.target.version) for item in updates]


def lists(found: Audit) -> dict[str, int]:
    counts = {
        "updates": len(found.assessments),
        "held": len(found.held),
        "not checked": len(found.not_checked),
        "vulnerable": len(found.vulnerable),
        "up to date": found.up_to_date,
    }
    return {name: count for name, count in counts.items() if count}


def test_up_to_date() -> None:
    found = audited(dependency(locked="1.2.0"), package("npm", "1.0.0", "1.2.0"))
    assert (lists(found), found.complete) == ({"up to date": 1}, True)


def test_an_update_with_its_facts() -> None:
    item = the_one(audited(dependency(), package("npm", "1.0.0", "1.2.0")))
    assert (item.update.id, item.update.in_range, item.update.source) == (
        "npm:crane@1.0.0->1.2.0",
        "1.2.0",
        "registry.example",
    )
    assert (item.risk, item.priority, item.group) == ("LOW", "Update directly", "minor")
    assert {fact.witness for fact in item.facts} == {"release age", "scope", "semver"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "it was not looked up"),
        (NotChecked(ecosystem="npm", name=PackageName("crane"), reason="503"), "503"),
    ],
)
def test_a_silent_registry_is_not_checked(answer: NotChecked | None, reason: str) -> None:
    found = make_audit(inventory(dependency()), around(*([answer] if answer else [])))
    assert (lists(found), found.complete) == ({"not checked": 1}, False)
    assert found.not_checked[0].reason == reason


def test_silent_advisories_are_never_up_to_date() -> None:
    found = audited(dependency(), package("npm", "1.0.0"), advisories=Known(silent=["crane"]))
    assert (lists(found), found.complete) == ({"not checked": 1}, False)
    moved = audited(dependency(), package("npm", "1.0.0", "1.0.1"), advisories=Known(silent=["1.0.1"]))
    assert (the_one(moved).risk, moved.complete) == ("MEDIUM", False)


@pytest.mark.parametrize(
    ("newest", "kind"),
    [
        (release("1.1.0", age=1), "cooldown"),
        (release("1.1.0", age=None), "cooldown"),
        (release("1.1.0", withdrawn="deprecated"), "withdrawn"),
        (release("1.1.0", runtime="never"), "runtime"),
    ],
)
def test_what_may_not_be_taken_is_held_with_its_reason(newest: Release, kind: str) -> None:
    facts: dict[str, Any] = {"fits": lambda declared, needed: needed != "never"}
    place = dependency()
    found = make_audit(
        inventory(place, projects=[project(runtime=">=18")]), around(package("npm", "1.0.0", newest), **facts)
    )
    assert lists(found) == {"held": 1}
    assert (found.held[0].kind, found.held[0].version, found.held[0].place) == (kind, "1.1.0", place.place)


def test_the_stricter_cooldown_counts() -> None:
    found = package("npm", "1.0.0", release("1.1.0", age=5))
    assert lists(audited(dependency(), found)) == {"updates": 1}
    assert lists(audited(dependency(), found, cooldown=7)) == {"held": 1}
    assert lists(audited(dependency(), found, cooldown=1, settings=Settings(cooldown_days=6))) == {"held": 1}


UNLOCKED: list[tuple[EcosystemName, str, list[str], list[tuple[str, str, str]]]] = [
    ("pip", ">=1", ["1.0", "2.0"], []),
    ("pip", ">=1.0,!=1.5", ["1.0", "2.0"], []),
    ("npm", ">=1.0.0", ["1.0.0", "2.0.0"], []),
    ("npm", "*", ["1.0.0", "2.0.0"], []),
    ("npm", "^1.2", ["1.2.0", "1.5.0"], [("crane", "1.2.0", "1.5.0")]),
    ("npm", "~1.2.0", ["1.2.0", "2.0.0"], [("crane", "1.2.0", "2.0.0")]),
    ("pip", "==1.0", ["1.0", "2.0"], [("crane", "1.0", "2.0")]),
    ("pip", ">=1,<2", ["1.0", "2.0"], [("crane", "1", "2.0")]),
    ("pip", "~=1.4", ["1.4", "1.5"], [("crane", "1.4", "1.5")]),
    ("cargo", "1.2", ["1.2.0", "2.0.0"], [("crane", "1.2.0", "2.0.0")]),
    ("go", "v1.2.0", ["v1.2.0", "v1.3.0"], [("crane", "v1.2.0", "v1.3.0")]),
]


@pytest.mark.parametrize(("ecosystem", "asked", "releases", "told"), UNLOCKED)
def test_without_a_lockfile(
    ecosystem: EcosystemName, asked: str, releases: list[str], told: list[tuple[str, str, str]]
) -> None:
    found = audited(dependency(asked, None, ecosystem=ecosystem), package(ecosystem, *releases))
    assert moves(found) == told
    assert found.up_to_date == (not told)


@pytest.mark.parametrize(("ecosystem", "asked"), [("pip", ""), ("npm", "latest"), ("pip", ">1")])
def test_a_requirement_that_names_nothing_is_held(ecosystem: EcosystemName, asked: str) -> None:
    found = audited(dependency(asked, None, ecosystem=ecosystem), package(ecosystem, "1.0.0", "2.0.0"))
    assert lists(found) == {"held": 1}
    assert "asks for no version" in found.held[0].reason


def test_a_lock_older_than_the_requirement_moves() -> None:
    found = audited(dependency("^1.2.0", "1.0.0"), package("npm", "1.0.0", "1.2.0"))
    assert moves(found) == [("crane", "1.0.0", "1.2.0")]


def test_an_immovable_one_is_held() -> None:
    found = audited(dependency(immovable="git reference"), package("npm", "1.0.0", "2.0.0"))
    assert lists(found) == {"held": 1}
    assert (found.held[0].kind, found.held[0].reason) == ("immovable", "git reference")


def test_places_at_one_version_move_together() -> None:
    places = [
        dependency(),
        dependency("~1.0.0", line=2, section="dev"),
        dependency("^0.9.0", "0.9.0", line=3),
        dependency("", direct=False, line=4),
        dependency(folder="web"),
    ]
    found = make_audit(
        inventory(*places), around(package("npm", "0.9.0", "1.0.0", "1.1.0"), folders=[".", "web"])
    )
    told = [
        (item.update.project, item.update.current, len(item.update.dependencies))
        for item in found.assessments
    ]
    assert sorted(told) == [
        ("npm:package.json", "0.9.0", 1),
        ("npm:package.json", "1.0.0", 2),
        ("npm:web/package.json", "1.0.0", 1),
    ]


FIX: dict[str, list[Advisory]] = {"1.0.0": [BUG], "1.0.1": [BUG]}


def test_a_security_fix_is_the_lowest_in_the_same_major() -> None:
    found = audited(dependency(), package("npm", "1.0.1", "1.0.2", "1.1.0", "2.0.0"), advisories=Known(FIX))
    item = the_one(found)
    assert moves(found) == [("crane", "1.0.0", "1.0.2")]
    assert (item.update.latest, item.risk, item.priority) == ("2.0.0", "LOW", "Security fix – urgent")
    assert item.group == "security"


def test_a_named_fix_does_not_wait() -> None:
    fresh = package("npm", "1.0.0", release("1.0.2", age=0.1))
    assert moves(audited(dependency(), fresh, advisories=Known(FIX))) == [("crane", "1.0.0", "1.0.2")]
    other = package("npm", "1.0.0", release("1.0.3", age=0.1))
    waiting = audited(dependency(), other, advisories=Known(FIX))
    assert lists(waiting) == {"held": 1, "vulnerable": 1}
    assert waiting.held[0].kind == "cooldown"


def test_no_fix_yet_is_vulnerable_and_not_up_to_date() -> None:
    found = audited(dependency(), package("npm", "1.0.0"), advisories=Known(FIX))
    assert lists(found) == {"vulnerable": 1}
    assert found.vulnerable[0].subject == "crane 1.0.0"


def test_a_requirement_that_passes_by_a_withdrawn_release_waits_for_nothing() -> None:
    place = dependency(">=1.0.0", None)
    found = audited(
        place,
        package("npm", "1.0.0", "1.0.2", release("1.5.0", withdrawn="deprecated"), "2.0.0"),
        advisories=Known(FIX),
    )
    assert lists(found) == {"vulnerable": 1}


def test_an_advisory_under_another_name_is_the_same_one() -> None:
    twin = Advisory(id="PYSEC-1", aliases=("CVE-1",), severity="HIGH")
    found = audited(
        dependency(), package("npm", "1.0.1", "1.0.2"), advisories=Known({"1.0.0": [BUG], "1.0.1": [twin]})
    )
    assert moves(found) == [("crane", "1.0.0", "1.0.2")]


def test_a_fix_with_a_hole_of_its_own_is_passed_by() -> None:
    new = Advisory(id="GHSA-2", severity="CRITICAL")
    known = Known({"1.0.0": [BUG], "1.0.2": [new]})
    assert moves(audited(dependency(), package("npm", "1.0.2", "1.0.3"), advisories=known)) == [
        ("crane", "1.0.0", "1.0.3")
    ]


TRANSITIVE = dependency("", direct=False)


@pytest.mark.parametrize(
    ("place", "told", "counted"),
    [
        (TRANSITIVE, {}, {}),
        (TRANSITIVE, {"1.0.0": [BUG], "2.0.0": [BUG]}, {"vulnerable": 1}),
        (TRANSITIVE, {"1.0.0": [BUG]}, {"updates": 1}),
    ],
    ids=["clean", "no fix", "fix"],
)
def test_transitive_packages_move_for_a_fix_alone(
    place: Dependency, told: dict[str, list[Advisory]], counted: dict[str, int]
) -> None:
    assert lists(audited(place, package("npm", "1.0.0", "2.0.0"), advisories=Known(told))) == counted


def test_a_transitive_one_without_an_answer_is_vulnerable() -> None:
    found = make_audit(inventory(TRANSITIVE), around(advisories=Known(FIX)))
    assert (lists(found), found.complete) == ({"vulnerable": 1}, True)


def test_who_is_asked_about_what() -> None:
    places = [
        dependency(),
        dependency(name="winch"),
        dependency("", name="rope", direct=False),
        dependency(immovable="path"),
    ]
    held = inventory(*places)
    known = Known({"crane 1.0.0": [BUG], "rope 1.0.0": [BUG]})
    surroundings = around(
        *(
            package("npm", "1.0.0", "1.0.1", "1.0.2", "1.1.0", "2.0.0", name=name)
            for name in ("crane", "winch", "rope")
        ),
        advisories=known,
    )
    assert [item.name for item in movable(held)] == ["crane", "winch"]
    assert [(name, version) for _, name, version in versions_in_use(held, surroundings.books)] == [
        ("crane", "1.0.0"),
        ("winch", "1.0.0"),
        ("rope", "1.0.0"),
    ]
    assert [item.name for item in vulnerable_transitive(held, surroundings)] == ["rope"]
    candidates = ["1.0.2", "1.1.0", "2.0.0"]
    assert [(name, version) for _, name, version in versions_on_offer(held, surroundings)] == [
        *(("crane", version) for version in candidates),
        ("winch", "2.0.0"),
        *(("rope", version) for version in candidates),
    ]


def test_the_order_is_groups_then_names() -> None:
    names = {"zinc": "1.0.1", "anchor": "2.0.0", "buoy": "1.1.0", "keel": "1.0.1"}
    known = Known({"keel 1.0.0": [BUG]})
    found = make_audit(
        inventory(*(dependency(name=name) for name in names)),
        around(*(package("npm", "1.0.0", new, name=name) for name, new in names.items()), advisories=known),
    )
    assert [(item.group, item.update.name) for item in found.assessments] == [
        ("security", "keel"),
        ("patch", "zinc"),
        ("minor", "buoy"),
        ("major", "anchor"),
    ]
