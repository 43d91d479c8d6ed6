"""Python versions and specifiers, by PEP 440."""

from __future__ import annotations

import pytest

from upgrader.errors import VersionError
from upgrader.versions import pep440

# PEP 440, "Summary of permitted suffixes and relative ordering".
ORDER = ["1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2"]
ORDER += [
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
]
ORDER += ["1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "2024.1", "1!0.1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        "1_0",
        "1.0-",
        "1..0",
        "1.0+",
        "1.0+a+b",
        "1.0.x",
        "==1.0",
        "2004d",
        "1.0 2",
        "\u0661.0",
        "1." + "9" * 5000,
        "1" * 100_000,
        "1." * 200 + "0",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_version(text: str) -> None:
    assert not pep440.is_valid(text)
    with pytest.raises(VersionError, match="is not a version Python knows"):
        pep440.parse(text)
    assert not pep440.allows("", text)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("1.0", "1.0"),
        ("v1.0", "1.0"),
        ("1.0.RC1", "1.0rc1"),
        ("1.0-1", "1.0.post1"),
        ("1.0alpha", "1.0a0"),
        (" 1.0\n", "1.0"),
        ("01!02.0", "1!2.0"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
    ],
)
def test_reads_and_shows(text: str, shown: str) -> None:
    assert str(pep440.parse(text)) == shown


def test_order_of_the_pep() -> None:
    assert pep440.sort_versions([*reversed(ORDER), "junk"]) == ORDER


@pytest.mark.parametrize(
    "text, advice",
    [
        ("^^1.2", '">=1.2,<2"'),
        ("~1.*", '"~=1.0"'),
        ("1.2.3.", '"==1.2"'),
        ("*.*", "empty"),
        (">=1<2", "commas"),
        ("~=1", '"~=1.0"'),
        (">=1.0.*", ""),
        (">=1.0; python_version<'3'", ""),
        ("(>=1)", ""),
        ("latest", ""),
        ("=>1", ""),
        ("==", ""),
        (">=" + "1" * 5000, ""),
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses_what_is_no_requirement(text: str, advice: str) -> None:
    assert not pep440.is_requirement(text)
    with pytest.raises(VersionError, match="is not a requirement Python knows") as caught:
        pep440.parse_requirement(text)
    assert advice in caught.value.advice
    assert pep440.same_requirement_for(text, "1.0") is None


@pytest.mark.parametrize(
    "requirement, outside, inside",
    [
        ("", "1.0rc1 junk", "0 1.0 1.0.post1 1.0+local"),
        ("~=2.2", "2.1 3.0 3.0.dev0", "2.2 2.9 2.2.post3"),
        ("~=1.4.5", "1.5 1.4.4", "1.4.5 1.4.99"),
        ("==1.1", "1.1.post1 1.1a1 1.1.1", "1.1 1.1.0 1.1+local"),
        ("==1.1.*", "1.2 1.1a1", "1.1 1.1.5 1.1.post1"),
        ("!=1.1", "1.1 1.1.0", "1.1.post1 1.2"),
        ("!=1.1.*", "1.1 1.1.9", "1.2"),
        (">1.7", "1.7 1.7.0.post1 1.7+local", "1.7.1 2"),
        (">=1.7", "1.6 2.0rc1", "1.7 1.7.post2"),
        ("<2", "2 2.0rc1 1.9rc1", "1.99"),
        ("<=2", "2.0.1", "2 2.0+local"),
        (">=2.0rc1", "2.0b1", "2.0rc1 2.0rc2 2.0 3.0rc1"),
        ("===1.0+x", "1.0", "1.0+x"),
        (">= 1.0 , != 1.5 ,", "1.5 0.9", "1.0"),
        (">=1!0", "99.0", "1!0.1"),
    ],
)
def test_allows(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if pep440.allows(requirement, text)] == []
    assert [text for text in inside.split() if not pep440.allows(requirement, text)] == []


def test_prereleases_on_request() -> None:
    assert pep440.allows("<2", "1.9rc1", prereleases=True)
    assert not pep440.allows("<2", "2.0rc1", prereleases=True)
    assert pep440.allows("==1.1.*", "1.1a1", prereleases=True)


@pytest.mark.parametrize(
    "requirement, versions, prereleases, expected",
    [
        (None, "1.9 1.10 2.0rc1 junk", False, "1.10"),
        (None, "1.9 1.10 2.0rc1", True, "2.0rc1"),
        (">=2", "1.9 2.0.dev1 2.1rc1", False, "2.1rc1"),
        (">=2.0rc1", "2.0 2.1rc1", False, "2.1rc1"),
        (">=3", "1.9 2.0rc1", False, None),
        (None, "1.0 1.0.post1", False, "1.0.post1"),
    ],
)
def test_best_takes_a_prerelease_only_if_nothing_else_fits(
    requirement: str | None, versions: str, prereleases: bool, expected: str | None
) -> None:
    assert pep440.best(requirement, versions.split(), prereleases=prereleases) == expected


@pytest.mark.parametrize(
    "requirement, lowest",
    [
        ("", "0"),
        ("<2", "0"),
        (">=1.2", "1.2"),
        ("~=1.4.2", "1.4.2"),
        ("==1.2.*", "1.2"),
        (">=1.2,>=1.5,<2", "1.5"),
        (">=2.0rc1", "2.0rc1"),
        ("===1.0", "1.0"),
        (">1.2", None),
        (">=1.2,!=1.2", None),
        (">=2,<1", None),
        ("===not-a-version", None),
    ],
)
def test_minimum(requirement: str, lowest: str | None) -> None:
    assert pep440.minimum(requirement) == lowest


@pytest.mark.parametrize(
    "a, b, shared, inside",
    [
        (">=1,<2", ">=2,<3", False, False),
        ("~=1.4", ">=1.4,<2", True, True),
        (">=1", "~=1.4", True, False),
        ("==1.2.3", "==1.2.*", True, True),
        (">=2,<1", "==5", False, True),
        (">=1", "", True, True),
        ("===1.0", ">=1", True, True),
        ("===1.0", "===1.1", False, False),
        ("===1.0", "===1.0", True, True),
        ("===", ">=1", False, False),
    ],
)
def test_set_algebra(a: str, b: str, shared: bool, inside: bool) -> None:
    assert pep440.intersects(a, b) is pep440.intersects(b, a) is shared
    assert pep440.is_subset(a, b) is inside
