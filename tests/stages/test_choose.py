"""Which release is taken, which are passed over, and why."""

from typing import Any

import pytest

from tests.stages.worlds import dependency, package, release, rules
from upgrader.model import EcosystemName, Package, Release
from upgrader.stages.choose import (
    Cure,
    choose_release,
    cure_candidates,
    current_version,
    is_same,
    move_between,
)
from upgrader.versions import SCHEMES


def target(current: str, found: Package, cure: Cure | None = None, **facts: Any) -> str:
    choice = choose_release(current, [], found, rules(**facts), cure)
    return choice.target.version if choice.target else ""


COMMIT = "v0.0.0-20250101000000-0123456789ab"
Releases = list[str | Release]
CHOICES: list[tuple[str, EcosystemName, str, Releases, str]] = [
    # nowhere to go
    ("nothing newer", "npm", "1.2.0", ["1.0.0", "1.2.0"], ""),
    ("current is newer than all", "npm", "3.0.0", ["1.0.0", "2.0.0"], ""),
    ("no releases", "npm", "1.0.0", [], ""),
    ("only a prerelease", "npm", "1.0.0", ["1.0.0", "2.0.0-rc.1"], ""),
    ("only an alpha", "pip", "1.0", ["1.0", "2.0a1", "2.0.dev3"], ""),
    ("build metadata alone", "cargo", "1.0.0", ["1.0.0", "1.0.0+build"], ""),
    ("the same in other words", "pip", "1.0", ["1.0.0"], ""),
    ("too young", "npm", "1.0.0", [release("1.1.0", age=2.9)], ""),
    ("from the future", "npm", "1.0.0", [release("1.1.0", age=-5)], ""),
    ("yanked", "pip", "1.0", [release("1.1", withdrawn="yanked")], ""),
    ("deprecated", "npm", "1.0.0", [release("1.1.0", withdrawn="deprecated")], ""),
    ("retracted", "go", "v1.0.0", [release("v1.1.0", withdrawn="retracted")], ""),
    ("no time where others have one", "npm", "1.0.0", ["1.0.0", release("1.1.0", age=None)], ""),
    (
        "an odd time where others have one",
        "npm",
        "1.0.0",
        ["1.0.0", Release(version="1.1.0", released_at="x")],
        "",
    ),
    # the newest that may be taken
    ("the newest", "npm", "1.0.0", ["1.0.1", "1.1.0", "2.0.0"], "2.0.0"),
    ("old enough", "npm", "1.0.0", [release("1.1.0", age=3)], "1.1.0"),
    ("below the young one", "npm", "1.0.0", ["1.1.0", release("1.2.0", age=1)], "1.1.0"),
    ("below the yanked one", "pip", "1.0", ["1.1", release("1.2", withdrawn="yanked")], "1.1"),
    ("below the prerelease", "cargo", "0.1.0", ["0.2.0", "0.3.0-alpha"], "0.2.0"),
    ("no times at all", "npm", "1.0.0", [release("1.0.0", age=None), release("1.1.0", age=None)], "1.1.0"),
    ("a prerelease's own release", "npm", "2.0.0-beta.1", ["1.0.0", "2.0.0"], "2.0.0"),
    ("a later beta", "npm", "2.0.0-beta.1", ["1.0.0", "2.0.0-beta.2", "3.0.0-alpha"], "2.0.0-beta.2"),
    ("a later rc in Python", "pip", "2.0b1", ["1.9", "2.0.0rc1", "2.1a1"], "2.0.0rc1"),
    (
        "a later commit in Go",
        "go",
        "v0.0.0-20240101000000-0123456789ab",
        [COMMIT],
        COMMIT,
    ),
    ("post release", "pip", "1.0", ["1.0.post1"], "1.0.post1"),
    ("another epoch", "pip", "2024.1", ["1!1.0"], "1!1.0"),
    ("current is no version", "npm", "whatever", ["1.0.0", "1.1.0"], "1.1.0"),
    ("current is unknown to the registry", "npm", "1.0.5", ["1.0.0", "1.1.0"], "1.1.0"),
]


@pytest.mark.parametrize(
    ("ecosystem", "current", "releases", "chosen"),
    [case[1:] for case in CHOICES],
    ids=[case[0] for case in CHOICES],
)
def test_the_release_taken(ecosystem: EcosystemName, current: str, releases: Releases, chosen: str) -> None:
    assert target(current, package(ecosystem, *releases)) == chosen


def test_cooldown_is_a_setting() -> None:
    found = package("npm", "1.0.0", release("1.1.0", age=5))
    assert target("1.0.0", found, cooldown_days=7) == ""
    assert target("1.0.0", found, cooldown_days=5) == "1.1.0"
    fresh = package("npm", "1.0.0", release("1.1.0", age=-1), release("1.2.0", age=None))
    assert target("1.0.0", fresh, cooldown_days=0) == "1.2.0"


def test_prereleases_on_demand() -> None:
    assert target("1.0.0", package("npm", "1.0.0", "2.0.0-rc.1"), prereleases=True) == "2.0.0-rc.1"


@pytest.mark.parametrize(
    ("tag", "current", "chosen", "latest"),
    [
        ("1.5.0", "1.0.0", "1.5.0", "1.5.0"),
        ("1.5.0", "1.5.0", "2.0.0", "1.5.0"),
        ("1.5.0", "1.6.0", "2.0.0", "1.5.0"),
        ("9.9.9", "1.0.0", "2.0.0", "2.0.0"),
        ("nonsense", "1.0.0", "2.0.0", "2.0.0"),
        ("2.0.0", "2.0.0", "", "2.0.0"),
    ],
)
def test_nothing_above_the_tag_latest(tag: str, current: str, chosen: str, latest: str) -> None:
    found = package("npm", "1.0.0", "1.5.0", "1.6.0", "2.0.0", tags={"latest": tag})
    choice = choose_release(current, [], found, rules())
    assert ((choice.target.version if choice.target else ""), choice.latest) == (chosen, latest)


def test_the_newest_for_the_runtime() -> None:
    found = package("npm", release("1.1.0", runtime=">=18"), release("2.0.0", runtime=">=99"))
    choice = choose_release(
        "1.0.0", [], found, rules(runtime=">=20", runtime_fits=lambda declared, needed: needed != ">=99")
    )
    assert choice.target is not None
    assert (choice.target.version, choice.latest) == ("1.1.0", "2.0.0")
    assert [(item.version, item.kind) for item in choice.passed_over] == [("2.0.0", "runtime")]
    assert target("1.0.0", found, runtime=None, runtime_fits=lambda declared, needed: False) == "2.0.0"
    assert target("1.0.0", found, runtime=">=20", runtime_fits=lambda declared, needed: None) == "2.0.0"


def test_among_commits_the_target_is_the_latest() -> None:
    newer = "v0.0.0-20260101000000-0123456789ab"
    assert choose_release(COMMIT, [], package("go", COMMIT, newer), rules()).latest == newer


def test_what_was_passed_over_is_told_above_the_target_only() -> None:
    found = package(
        "npm", "1.1.0-rc.1", "1.1.0", release("1.2.0", withdrawn="deprecated", withdrawn_reason="use x")
    )
    choice = choose_release("1.0.0", [], found, rules())
    assert [(item.version, item.kind, item.reason) for item in choice.passed_over] == [
        ("1.2.0", "withdrawn", "deprecated: use x")
    ]


@pytest.mark.parametrize(
    ("requirements", "in_range"),
    [
        (["^1.0.0"], "1.5.0"),
        (["^1.0.0", "~1.1.0"], "1.1.0"),
        (["^3.0.0"], "1.0.0"),
        (["git+ssh://x"], "2.0.0"),
    ],
)
def test_the_newest_that_every_requirement_allows(requirements: list[str], in_range: str) -> None:
    found = package("npm", "1.1.0", "1.5.0", "2.0.0", release("1.6.0", age=1))
    assert choose_release("1.0.0", requirements, found, rules()).in_range == in_range


def cure(left: dict[str, tuple[int, int]], *named: str, now: int = 1) -> Cure:
    return Cure(now=now, left=left, named=frozenset(named))


def test_without_a_cure_the_newest_is_taken() -> None:
    found = package("npm", "1.0.1", "2.0.0")
    assert target("1.0.0", found, cure({"1.0.1": (1, 0), "2.0.0": (1, 0)})) == "2.0.0"
    assert target("1.0.0", found, cure({})) == "2.0.0"


def test_the_lowest_cure_in_the_same_major() -> None:
    found = package("npm", "1.0.1", "1.1.0", "2.0.0", "2.1.0")
    clean = (0, 0)
    assert target("1.0.0", found, cure({"1.0.1": clean, "1.1.0": clean, "2.0.0": clean})) == "1.0.1"
    assert target("1.0.0", found, cure({"1.1.0": clean, "2.0.0": clean})) == "1.1.0"
    assert target("1.0.0", found, cure({"1.1.0": (1, 0), "2.0.0": clean, "2.1.0": clean})) == "2.0.0"


def test_a_cure_without_new_advisories_is_better() -> None:
    found = package("npm", "1.0.1", "1.0.2", "2.0.0")
    assert target("1.0.0", found, cure({"1.0.1": (0, 1), "1.0.2": (0, 0), "2.0.0": (0, 0)})) == "1.0.2"


def test_half_a_cure_is_better_than_none() -> None:
    found = package("npm", "1.0.1", "1.0.2", "2.0.0")
    assert target("1.0.0", found, cure({"1.0.1": (1, 0), "1.0.2": (1, 0), "2.0.0": (2, 0)}, now=2)) == "1.0.1"


def test_only_a_named_fix_need_not_cool_down() -> None:
    young = package("npm", release("1.0.1", age=0.1), release("1.0.2", age=0.1))
    left = {"1.0.1": (0, 0), "1.0.2": (0, 0)}
    assert target("1.0.0", young, cure(left)) == ""
    assert target("1.0.0", young, cure(left, "1.0.1")) == "1.0.1"
    assert target("1.0.0", young, cure(left, "1.0.2")) == "1.0.2"


def test_a_named_fix_that_is_withdrawn_is_not_taken() -> None:
    found = package("npm", release("1.0.1", withdrawn="deprecated"), release("1.0.2", age=0.1))
    assert target("1.0.0", found, cure({"1.0.1": (0, 0), "1.0.2": (0, 0)}, "1.0.1")) == ""


def test_candidates_are_few() -> None:
    found = package("npm", *[f"1.{n}.0" for n in range(50)], *[f"2.{n}.0" for n in range(50)], "3.0.0-rc.1")
    versions, named = cure_candidates("1.2.0", found, rules(), ["1.3.5", "2.1.0", "x"])
    assert versions == ("1.4.0", "2.1.0", "1.49.0", "2.49.0")
    assert named == {"2.1.0"}


def test_a_fix_is_named_in_whichever_spelling() -> None:
    _, named = cure_candidates("1.0", package("pip", "1.1.0"), rules(), ["1.1"])
    assert named == {"1.1.0"}
    assert is_same(SCHEMES["pip"], "1.0", "1.0.0")
    assert not is_same(SCHEMES["npm"], "x", "1.0.0")


@pytest.mark.parametrize(
    ("ecosystem", "requirement", "locked", "current"),
    [
        ("npm", "^1.2.0", "1.4.0", "1.4.0"),
        ("npm", "^1.2.0", "1.0.0", "1.0.0"),
        ("npm", "^1.2", None, "1.2.0"),
        ("npm", "latest", None, ""),
        ("npm", "", None, ""),
        ("npm", "github:a/b", None, ""),
        ("pip", "==1.2", None, "1.2"),
        ("pip", "~=1.4", None, "1.4"),
        ("pip", "", None, ""),
        ("pip", ">1", None, ""),
        ("go", "v1.2.0", None, "v1.2.0"),
        ("cargo", "1.2", None, "1.2.0"),
    ],
)
def test_the_version_in_use(
    ecosystem: EcosystemName, requirement: str, locked: str | None, current: str
) -> None:
    assert current_version(dependency(requirement, locked, ecosystem=ecosystem)) == current


@pytest.mark.parametrize(
    ("ecosystem", "current", "to", "move"),
    [
        ("npm", "1.0.0", "1.0.0", "unknown"),
        ("npm", "", "1.0.0", "unknown"),
        ("npm", "x", "1.0.0", "unknown"),
        ("npm", "1.0.0", "1.0.1", "patch"),
        ("npm", "1.0.0", "1.1.0", "minor"),
        ("npm", "1.0.0", "2.0.0", "major"),
        ("npm", "0.1.0", "0.2.0", "0.x"),
        ("npm", "1.0.0", "2.0.0-rc.1", "prerelease"),
        ("npm", "2.0.0", "1.0.0", "downgrade"),
    ],
)
def test_the_kind_of_move(ecosystem: EcosystemName, current: str, to: str, move: str) -> None:
    assert move_between(ecosystem, current, to) == move
