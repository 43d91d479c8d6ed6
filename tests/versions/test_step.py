"""What kind of move lies between two versions, in all four ecosystems."""

from __future__ import annotations

import itertools

import pytest

from upgrader.versions import SCHEMES
from upgrader.versions.scheme import Step

SIX = ["1.0.0", "1.1.0", "1.1.1", "2.0.0", "2.0.0-beta.1", "2.0.0+20240106"]
"""The six versions of the requirements (FEATURES A10)."""

SIX_STEPS: dict[tuple[str, str], Step] = {
    ("1.0.0", "1.0.0"): "same",
    ("1.0.0", "1.1.0"): "minor",
    ("1.0.0", "1.1.1"): "minor",
    ("1.0.0", "2.0.0"): "major",
    ("1.0.0", "2.0.0-beta.1"): "prerelease",
    ("1.0.0", "2.0.0+20240106"): "major",
    ("1.1.0", "1.1.1"): "patch",
    ("1.1.0", "2.0.0"): "major",
    ("1.1.1", "1.1.0"): "downgrade",
    ("1.1.1", "2.0.0"): "major",
    ("1.1.1", "2.0.0-beta.1"): "prerelease",
    ("2.0.0", "1.1.1"): "downgrade",
    ("2.0.0", "2.0.0-beta.1"): "downgrade",
    ("2.0.0", "2.0.0+20240106"): "same",
    ("2.0.0-beta.1", "1.1.1"): "downgrade",
    ("2.0.0-beta.1", "2.0.0"): "major",
    ("2.0.0-beta.1", "2.0.0-beta.1"): "same",
    ("2.0.0+20240106", "2.0.0"): "same",
    ("2.0.0+20240106", "2.0.0-beta.1"): "downgrade",
}


@pytest.mark.parametrize("ecosystem", ["cargo", "go", "npm"])
@pytest.mark.parametrize("pair", SIX_STEPS, ids=" ".join)
def test_the_six_vectors(ecosystem: str, pair: tuple[str, str]) -> None:
    prefix = "v" if ecosystem == "go" else ""
    assert SCHEMES[ecosystem].step(prefix + pair[0], prefix + pair[1]) == SIX_STEPS[pair]


def test_the_six_vectors_in_python_where_build_metadata_is_a_local_version() -> None:
    python = SCHEMES["pip"]
    assert python.sort_versions(SIX) == ["1.0.0", "1.1.0", "1.1.1", "2.0.0-beta.1", "2.0.0", "2.0.0+20240106"]
    for current, target in itertools.product(SIX[:5], repeat=2):
        if (current, target) in SIX_STEPS:
            assert python.step(current, target) == SIX_STEPS[current, target]
    assert python.step("2.0.0", "2.0.0+20240106") == "patch"


SEMVER: list[tuple[str, str, Step]] = [
    ("1.2.3", "1.2.3", "same"),
    ("0.2.1", "0.2.2", "patch"),
    ("0.2.1", "0.3.0", "0.x"),
    ("0.0.1", "0.0.2", "0.x"),
    ("0.0.1", "0.1.0", "0.x"),
    ("0.0.0", "0.0.1", "0.x"),
    ("0.9.9", "1.0.0", "major"),
    ("0.3.0", "0.2.0", "downgrade"),
    ("0.3.0", "0.4.0-rc.1", "prerelease"),
    ("0.4.0-rc.1", "0.4.0", "0.x"),
    ("0.0.0-rc.1", "0.0.0", "0.x"),
    ("1.2.3", "1.2.4", "patch"),
    ("1.2.3", "1.3.0", "minor"),
    ("1.2.3", "2.0.0", "major"),
    ("1.9.0", "1.10.0", "minor"),
    ("1.3.0-rc.1", "1.3.0", "minor"),
    ("1.2.4-rc.1", "1.2.4", "patch"),
    ("2.0.0-rc.1", "2.1.0", "major"),
    ("2.0.0-rc.1", "2.0.0-rc.2", "prerelease"),
    ("2.0.0-rc.2", "2.0.0-rc.10", "prerelease"),
    ("", "1.0.0", "unknown"),
    ("1.0.0", "latest", "unknown"),
    ("latest", "latest", "unknown"),
]


@pytest.mark.parametrize("ecosystem", ["cargo", "go", "npm"])
@pytest.mark.parametrize("current, target, expected", SEMVER)
def test_semantic_versions(ecosystem: str, current: str, target: str, expected: Step) -> None:
    prefix = "v" if ecosystem == "go" else ""
    assert SCHEMES[ecosystem].step(prefix + current, prefix + target) == expected


@pytest.mark.parametrize(
    "current, target, expected",
    [
        ("1.0", "1.0.0", "same"),
        ("v1.0", "1.0", "same"),
        ("1.0", "1.0.post1", "patch"),
        ("1", "1.post1", "patch"),
        ("1.0.post1", "1.0.post2", "patch"),
        ("1.2.3.4", "1.2.3.5", "patch"),
        ("1.2.3", "1.2.3.1", "patch"),
        ("1.0+cpu", "1.0+cu118", "patch"),
        ("1.2", "1.3", "minor"),
        ("1.2", "2", "major"),
        ("24.1", "24.2", "minor"),
        ("2023.7", "2024.1", "major"),
        ("1!1.0", "2!0.1", "major"),
        ("5.0", "1!1.0", "major"),
        ("0.1", "0.2", "0.x"),
        ("0.2.1", "0.2.2", "patch"),
        ("0.9", "1.0", "major"),
        ("1.0", "2.0rc1", "prerelease"),
        ("1.0", "1.1.dev3", "prerelease"),
        ("2.0rc1", "2.0", "major"),
        ("2.1.0rc1", "2.1.0", "minor"),
        ("2.0", "2.0rc1", "downgrade"),
        ("1.0.post1", "1.0", "downgrade"),
        ("1!1.0", "5.0", "downgrade"),
        ("1.0", "", "unknown"),
        ("1.0", "1." + "9" * 5000, "unknown"),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_python_versions(current: str, target: str, expected: Step) -> None:
    assert SCHEMES["pip"].step(current, target) == expected


BARE = "v0.0.0-20191109021931-abcdefabcdef"
BASED = "v1.2.4-0.20191109021931-abcdefabcdef"
BETA = "v1.3.0-beta.1.0.20191109021931-abcdefabcdef"


@pytest.mark.parametrize(
    "current, target, expected",
    [
        ("v1.2.0", "v1.2.0", "same"),
        (BASED, BASED, "same"),
        (BASED, "v1.2.3", "downgrade"),
        (BASED, "v1.2.4-0.20201109021931-abcdefabcdef", "prerelease"),
        ("v1.2.3", BASED, "prerelease"),
        (BASED, "v1.2.4", "patch"),
        (BASED, "v1.3.0", "minor"),
        (BASED, "v2.0.0", "major"),
        (BARE, "v0.1.0", "0.x"),
        (BARE, "v1.0.0", "major"),
        (BETA, "v1.3.0", "minor"),
        (BETA, "v1.3.1", "minor"),
        ("v2.0.0-20191109021931-abcdefabcdef", "v2.0.0", "major"),
        ("v1.5.0", "v2.0.0+incompatible", "major"),
        ("v2.0.0+incompatible", "v2.1.0+incompatible", "minor"),
        ("v2.0.0+incompatible", "v3.0.0+incompatible", "major"),
        ("v2.0.0+incompatible", "v2.1.0", "major"),
        ("v2.0.0+incompatible", "v2.0.0", "major"),
        ("v2.1.0+incompatible", "v1.9.0", "downgrade"),
    ],
)
def test_go_versions(current: str, target: str, expected: Step) -> None:
    assert SCHEMES["go"].step(current, target) == expected
