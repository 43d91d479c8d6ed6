"""Cargo versions and requirements, by the tables of the Cargo book ("Specifying Dependencies")."""

from __future__ import annotations

import pytest

from upgrader.errors import VersionError
from upgrader.versions import cargo


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "v1.2.3",
        "=1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "1.2.3\n",
        "01.2.3",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3+a..b",
        "18446744073709551616.0.0",
        "1.2." + "9" * 5000,
        "1.2.3-" + "a" * 300,
        "1.2.x",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_version(text: str) -> None:
    assert not cargo.is_valid(text)
    with pytest.raises(VersionError, match="is not a version Cargo knows"):
        cargo.parse(text)


@pytest.mark.parametrize("text", ["0.0.0", "1.2.3-alpha.1+001", "1.2.3+-.0a", "18446744073709551615.0.0"])
def test_reads_and_shows(text: str) -> None:
    assert str(cargo.parse(text)) == text


@pytest.mark.parametrize(
    "text, advice",
    [
        ("", '"*"'),
        ("  ", '"*"'),
        ("latest", '"1.0.0"'),
        (">=1.2.3 <2", '">=1.2.3, <2"'),
        ("1 || 2", 'no "||"'),
        ("*, 1", ""),
        ("1,", ""),
        (",1", ""),
        ("1,,2", ""),
        (">*", ""),
        ("*.1", ""),
        ("1.*.3", ""),
        ("1.*-beta", ""),
        ("1.2-beta", ""),
        ("~>1.2", ""),
        ("==1.2.3", ""),
        ("!=1", ""),
        ("v1", ""),
        ("01", ""),
        ("1\t", ""),
        ("1.2.3.4", ""),
        ("18446744073709551616", ""),
        (",".join(["1"] * 33), ""),
        ("1" * 5000, ""),
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_requirement(text: str, advice: str) -> None:
    assert not cargo.is_requirement(text)
    with pytest.raises(VersionError, match="is not a requirement Cargo knows") as caught:
        cargo.parse_requirement(text)
    assert advice in caught.value.advice


BOOK = [
    ("1.2.3", "1.2.2 2.0.0 2.0.0-alpha 1.3.0-alpha", "1.2.3 1.99.0 1.2.3+build"),
    ("1.2", "1.1.9 2.0.0", "1.2.0 1.9.9"),
    ("1", "0.9.9 2.0.0", "1.0.0 1.9.9"),
    ("0.2.3", "0.2.2 0.3.0", "0.2.3 0.2.9"),
    ("0.2", "0.1.9 0.3.0", "0.2.0 0.2.9"),
    ("0.0.3", "0.0.2 0.0.4", "0.0.3"),
    ("0.0", "0.1.0", "0.0.0 0.0.9"),
    ("0", "1.0.0", "0.0.0 0.9.9"),
    ("^1.2.3", "2.0.0", "1.2.3 1.3.0"),
    ("~1.2.3", "1.2.2 1.3.0", "1.2.3 1.2.9"),
    ("~1.2", "1.3.0 1.1.0", "1.2.0 1.2.9"),
    ("~1", "2.0.0 0.9.0", "1.0.0 1.9.9"),
    ("*", "1.0.0-alpha", "0.0.0 1.0.0 99.0.0"),
    ("1.*", "2.0.0 0.9.0", "1.0.0 1.9.9"),
    ("1.2.*", "1.3.0", "1.2.0 1.2.9"),
    ("1.x.X", "2.0.0", "1.0.0"),
    (">=1.2.0", "1.1.9 1.3.0-beta", "1.2.0 9.0.0"),
    (">1", "1.9.9 2.0.0-alpha", "2.0.0"),
    ("<2", "2.0.0 2.0.0-alpha", "1.9.9 0.0.0"),
    ("<=1", "2.0.0", "1.9.9"),
    ("=1.2.3", "1.2.4 1.2.3-alpha", "1.2.3"),
    ("=1.2", "1.3.0 1.1.0", "1.2.0 1.2.9"),
    (">=1.2, <1.5", "1.1.0 1.5.0", "1.2.0 1.4.9"),
    ("  >= 1.2 ,<  1.5  ", "1.1.0 1.5.0", "1.2.0 1.4.9"),
    ("1.0.0-alpha", "1.0.0-a 1.0.1-alpha 2.0.0", "1.0.0-alpha 1.0.0-beta 1.0.0 1.5.0"),
    ("=1.0.0-alpha", "1.0.0-alpha.1 1.0.0", "1.0.0-alpha"),
    # Inside a partial version the crate compares with an empty prerelease; above it, it does not.
    (">=1.2, >=1.2.3-alpha", "1.2.3-beta", "1.2.3"),
    (">=1, >=2.0.0-alpha", "2.0.0-a", "2.0.0-alpha 2.0.0-beta 2.0.0"),
    ("=1.2, >=1.2.3-alpha", "1.2.3-beta", "1.2.3"),
    ("^1, >=1.2.3-alpha", "1.2.3-a", "1.2.3-beta"),
]


@pytest.mark.parametrize("requirement, outside, inside", BOOK, ids=[repr(row[0]) for row in BOOK])
def test_allows(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if cargo.allows(requirement, text)] == []
    assert [text for text in inside.split() if not cargo.allows(requirement, text)] == []


@pytest.mark.parametrize(
    "requirement, outside, inside",
    [
        ("1.2", "2.0.0-alpha 1.2.0-alpha", "1.3.0-alpha"),
        ("<2.0.0", "2.0.0-alpha", "1.9.0-alpha"),
        ("*", "", "1.0.0-alpha"),
        ("=1.2.3", "1.2.3-alpha 1.2.4-alpha", "1.2.3"),
    ],
)
def test_allows_with_prereleases(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if cargo.allows(requirement, text, prereleases=True)] == []
    assert [text for text in inside.split() if not cargo.allows(requirement, text, prereleases=True)] == []


@pytest.mark.parametrize(
    "requirement, prereleases, expected",
    [("1", False, "1.10.0"), ("3", False, None), (None, False, "2.0.0"), (None, True, "3.0.0-beta.1")],
)
def test_best(requirement: str | None, prereleases: bool, expected: str | None) -> None:
    versions = ["1.9.0", "1.10.0", "junk", "2.0.0", "3.0.0-beta.1"]
    assert cargo.best(requirement, versions, prereleases=prereleases) == expected


@pytest.mark.parametrize(
    "requirement, lowest",
    [
        ("*", "0.0.0"),
        ("1.2", "1.2.0"),
        (">1", "2.0.0"),
        (">1.2.3-a", "1.2.3-a.0"),
        (">2, <1", None),
        ("<1", "0.0.0"),
    ],
)
def test_minimum(requirement: str, lowest: str | None) -> None:
    assert cargo.minimum(requirement) == lowest


@pytest.mark.parametrize(
    "a, b, shared, inside",
    [
        ("1", "2", False, False),
        ("1.4", "1.2", True, True),
        ("1.2", "1.4", True, False),
        ("=1.2.3", "~1.2", True, True),
        ("1.0.0-alpha", "1", True, False),
        (">=2.0.0-alpha, <2.0.0", "<2.0.0", False, False),
        ("=1.2, >=1.2.3-alpha", ">=1.2.3-alpha, <1.2.3", False, False),
    ],
)
def test_set_algebra(a: str, b: str, shared: bool, inside: bool) -> None:
    assert cargo.intersects(a, b) is cargo.intersects(b, a) is shared
    assert cargo.is_subset(a, b) is inside
