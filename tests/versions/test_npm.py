"""npm versions and ranges, by the tables of node-semver's README and of semver.org."""

from __future__ import annotations

import pytest

from upgrader.errors import VersionError
from upgrader.versions import npm

PRECEDENCE = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3+a..b",
        "1.2.3beta",
        "a.b.c",
        "latest",
        "^1.2.3",
        "1.2.3 4",
        "1.2.3\n4",
        "\u0661.\u0662.\u0663",
        "9007199254740992.0.0",
        "1.2.3-" + "a" * 251,
        "1.2." + "9" * 5000,
        "1" * 100_000,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_version(text: str) -> None:
    assert not npm.is_valid(text)
    with pytest.raises(VersionError, match="is not a version npm knows") as caught:
        npm.parse(text)
    assert "Write all three numbers" in caught.value.advice
    assert len(str(caught.value)) < 600
    assert not npm.allows("*", text)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("0.0.0", "0.0.0"),
        ("v1.2.3", "1.2.3"),
        ("=1.2.3", "1.2.3"),
        (" = v1.2.3 ", "1.2.3"),
        ("1.2.3-0", "1.2.3-0"),
        ("1.2.3-0a.-.1+001.sha-5", "1.2.3-0a.-.1+001.sha-5"),
        (
            "9007199254740991.9007199254740991.9007199254740991",
            "9007199254740991.9007199254740991.9007199254740991",
        ),
        ("1.2.3-" + "9" * 200, "1.2.3-" + "9" * 200),
    ],
)
def test_reads_and_shows(text: str, shown: str) -> None:
    assert str(npm.parse(text)) == shown
    assert npm.parse(shown) == npm.parse(text)


def test_precedence_of_semver_org() -> None:
    assert npm.sort_versions(reversed(PRECEDENCE)) == PRECEDENCE


def test_build_metadata_is_no_precedence_but_still_one_order() -> None:
    assert npm.order_key("1.0.0+a") == npm.order_key("1.0.0+b") == npm.order_key("1.0.0")
    assert npm.parse("1.0.0+a") != npm.parse("1.0.0+b")
    assert npm.sort_versions(["1.0.0+b", "junk", "1.0.0", "1.0.0+a"]) == ["1.0.0", "1.0.0+a", "1.0.0+b"]


@pytest.mark.parametrize(
    "text",
    [
        "^^1.0",
        "~~1",
        "=>1",
        "!=1",
        "==1.2.3",
        "1.2.3.4",
        "01.2",
        "1.2.3-01",
        "1,2",
        "1 | 2",
        "1|||2",
        "1- 2",
        "1 -2",
        "- 2",
        ">=1 - 2",
        "x.1",
        "=1.x.2",
        ">",
        "^",
        "1.2beta",
        "9007199254740992",
        "^9007199254740991",
        "1." + "9" * 5000,
        "1 || " * 2000 + "1",
        "latest",
        "next",
        "npm:left-pad@^1.0.0",
        "workspace:*",
        "file:../x",
        "git+https://git.example/a.git#v1",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_range(text: str) -> None:
    assert not npm.is_requirement(text)
    with pytest.raises(VersionError, match="is not a requirement npm knows"):
        npm.parse_requirement(text)
    assert npm.same_requirement_for(text, "1.0.0") is None


def test_says_what_to_write() -> None:
    with pytest.raises(VersionError) as caught:
        npm.parse_requirement("^^1.0")
    assert str(caught.value) == '"^^1.0" is not a requirement npm knows. Write it as "^1.0.0".'
    with pytest.raises(VersionError, match="dist-tag"):
        npm.parse_requirement("latest")


@pytest.mark.parametrize("text", ["latest", "next", "beta-2", "v1-lts", "canary.1"])
def test_tags(text: str) -> None:
    assert npm.is_tag(text)


@pytest.mark.parametrize(
    "text", ["", "1", "v1", "x", "*", "^1", "1.x", "a b", "a/b", "file:x", "git@host.example:x", "é"]
)
def test_no_tags(text: str) -> None:
    assert not npm.is_tag(text)


# requirement, versions outside, versions inside: the README's "Advanced Range Syntax" read line by line.
README = [
    (">=1.2.7", "1.2.6 1.1.0 1.3.0-beta", "1.2.7 1.2.8 2.5.3 1.3.9"),
    (">=1.2.7 <1.3.0", "1.2.6 1.3.0 1.1.0", "1.2.7 1.2.8 1.2.99"),
    ("1.2.7 || >=1.2.9 <2.0.0", "1.2.8 2.0.0", "1.2.7 1.2.9 1.4.6"),
    (">1.2.3-alpha.3", "3.4.5-alpha.9 1.2.3-alpha.3 1.2.3-alpha.2", "1.2.3-alpha.7 3.4.5 1.2.3"),
    ("1.2.3 - 2.3.4", "1.2.2 2.3.5 2.0.0-rc.1", "1.2.3 2.3.4 2.0.0"),
    ("1.2 - 2.3.4", "1.1.9 2.3.5", "1.2.0 2.3.4"),
    ("1.2.3 - 2.3", "2.4.0 2.4.0-0", "1.2.3 2.3.99"),
    ("1.2.3 - 2", "3.0.0", "2.99.99"),
    ("*", "1.0.0-beta", "0.0.0 99.0.0"),
    ("", "1.0.0-beta", "0.0.0 99.0.0"),
    ("1.x", "0.9.9 2.0.0 2.0.0-0", "1.0.0 1.99.0"),
    ("1.2.X", "1.1.9 1.3.0", "1.2.0 1.2.99"),
    ("1", "2.0.0", "1.0.0"),
    ("1.2", "1.3.0", "1.2.7"),
    ("=1.2", "1.3.0", "1.2.7"),
    ("~1.2.3", "1.2.2 1.3.0 1.2.4-beta.2", "1.2.3 1.2.99"),
    ("~1.2", "1.1.0 1.3.0", "1.2.0 1.2.9"),
    ("~1", "0.9.0 2.0.0", "1.0.0 1.9.9"),
    ("~0.2.3", "0.2.2 0.3.0", "0.2.3 0.2.9"),
    ("~>1.2.3", "1.3.0", "1.2.3"),
    ("~ 1.2.3", "1.3.0", "1.2.3"),
    ("~1.2.3-beta.2", "1.2.3-beta.1 1.2.4-beta.2 1.3.0", "1.2.3-beta.2 1.2.3-beta.4 1.2.3 1.2.4"),
    ("^1.2.3", "1.2.2 2.0.0 2.0.0-0 1.3.0-beta", "1.2.3 1.99.0"),
    ("^0.2.3", "0.2.2 0.3.0", "0.2.3 0.2.9"),
    ("^0.0.3", "0.0.2 0.0.4", "0.0.3"),
    ("^1.2.3-beta.2", "1.2.3-beta.1 1.2.4-beta.2", "1.2.3-beta.2 1.2.3-beta.4 1.9.0"),
    ("^0.0.3-beta", "0.0.4 0.0.3-alpha", "0.0.3-beta 0.0.3-pr.2 0.0.3"),
    ("^1.2.x", "1.1.9 2.0.0", "1.2.0 1.9.9"),
    ("^0.0.x", "0.1.0", "0.0.0 0.0.9"),
    ("^0.0", "0.1.0", "0.0.0 0.0.9"),
    ("^1.x", "0.9.9 2.0.0", "1.0.0 1.9.9"),
    ("^0.x", "1.0.0", "0.0.0 0.9.9"),
    ("<1.2", "1.2.0 1.2.0-0", "1.1.99 0.0.1"),
    ("<=1.2", "1.3.0", "1.2.99"),
    (">1.2", "1.2.99 1.3.0-beta", "1.3.0"),
    (">=1.2", "1.1.99", "1.2.0"),
    (">*", "0.0.0 1.0.0", ""),
    ("<*", "0.0.0 1.0.0", ""),
    ("<=1.2.3", "1.2.3-beta 1.2.4", "1.2.3 0.1.0"),
    (">=1.0.0-rc.1 <1.0.0", "1.0.0 1.0.0-beta 1.0.1", "1.0.0-rc.1 1.0.0-rc.2"),
    (">= 1.0.0   <\t2", "2.0.0", "1.0.0"),
    ("v1.2.3", "1.2.4", "1.2.3 v1.2.3 1.2.3+build"),
    ("=v1.2.3+ignored", "1.2.4", "1.2.3+other"),
    ("1||2", "3.0.0 0.1.0", "1.5.0 2.0.0"),
    ("* || ^1.0.0-beta", "1.0.0-beta", "1.0.0"),
]


@pytest.mark.parametrize("requirement, outside, inside", README, ids=[repr(row[0]) for row in README])
def test_allows(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if npm.allows(requirement, text)] == []
    assert [text for text in inside.split() if not npm.allows(requirement, text)] == []


@pytest.mark.parametrize(
    "requirement, outside, inside",
    [
        ("^1.2.3", "1.2.3-alpha.1 2.0.0-0 2.0.0-rc.1", "1.2.4-alpha 1.9.0-0"),
        ("1.x", "2.0.0-0 0.9.9", "1.0.0-0 1.5.0-beta"),
        ("~1.2", "1.3.0-0", "1.2.0-0 1.2.5-beta"),
        ("*", "", "0.0.0-0 1.0.0-beta"),
        (">1.2", "1.2.9", "1.3.0-0"),
        ("1.2.3 - 2", "3.0.0-0 1.2.2", "1.2.3-0 2.9.9-rc"),
        ("<2", "2.0.0-0 2.0.0-beta", "1.9.9-beta"),
    ],
)
def test_include_prerelease(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if npm.allows(requirement, text, prereleases=True)] == []
    assert [text for text in inside.split() if not npm.allows(requirement, text, prereleases=True)] == []


@pytest.mark.parametrize(
    "requirement, prereleases, expected",
    [
        ("^1", False, "1.10.0"),
        ("^3", False, None),
        (None, False, "2.0.0"),
        (None, True, "3.0.0-beta.1"),
        ("^3.0.0-alpha", False, "3.0.0-beta.1"),
        ("<2", True, "1.11.0-rc.1"),
    ],
)
def test_best(requirement: str | None, prereleases: bool, expected: str | None) -> None:
    versions = ["1.9.0", "1.10.0", "junk", "2.0.0", "1.11.0-rc.1", "3.0.0-beta.1"]
    assert npm.best(requirement, versions, prereleases=prereleases) == expected


@pytest.mark.parametrize(
    "requirement, lowest",
    [
        ("", "0.0.0"),
        ("*", "0.0.0"),
        ("^1.2", "1.2.0"),
        (">1.2.3", "1.2.4"),
        (">1.2", "1.3.0"),
        (">1.2.3-beta", "1.2.3-beta.0"),
        ("^2 || ^1.4", "1.4.0"),
        ("<2", "0.0.0"),
        (">=2 <1", None),
        (">*", None),
        ("<0.0.0-beta", "0.0.0-0"),
        ("3 - 1 || =3.2.2", "3.2.2"),
    ],
)
def test_minimum(requirement: str, lowest: str | None) -> None:
    assert npm.minimum(requirement) == lowest


@pytest.mark.parametrize(
    "a, b, shared, inside",
    [
        ("^1", "^2", False, False),
        ("^1.2", "^1.4", True, False),
        ("^1.4", "^1.2", True, True),
        ("1.2.3", "1.2.x", True, True),
        (">=1 <3", "^1 || ^2", True, True),
        (">=1 <=3", "^1 || ^2", True, False),
        ("1.2.3 || 1.2.4", ">=1.2.3 <1.2.5", True, True),
        (">=1.2.3 <1.2.5", "1.2.3 || 1.2.4", True, True),
        ("<2", ">=2.0.0-alpha <2.0.0", False, False),
        (">=2.0.0-alpha <2.0.0", "<2", False, False),
        (">=2.0.0-alpha <2.0.0", ">=2.0.0-0", True, True),
        (">2 <1", "^5", False, True),
        ("*", "", True, True),
        ("^1.0.0-beta", "*", True, False),
        ("*", ">=0.0.0", True, True),
    ],
)
def test_set_algebra(a: str, b: str, shared: bool, inside: bool) -> None:
    assert npm.intersects(a, b) is npm.intersects(b, a) is shared
    assert npm.is_subset(a, b) is inside
