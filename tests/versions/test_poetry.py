"""Poetry's carets, tildes, bare versions and alternatives, as the Python scheme reads and rewrites them."""

from __future__ import annotations

import pytest

from upgrader.versions import pep440


@pytest.mark.parametrize(
    "text",
    [
        "^",
        "~",
        "||",
        "^1 ||",
        "|| ^1",
        "^1.*",
        "~*",
        "*.*",
        "x",
        "^^1",
        "^a",
        "^1,,2",
        "1.2.3.",
        "^1;",
        ">*",
        "@git",
        "^1" + "0" * 5000,
        "^ ^ 1",
        "~ > 1",
        "1.2 -",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_refuses(text: str) -> None:
    assert not pep440.is_requirement(text)
    assert pep440.same_requirement_for(text, "2.0") is None


@pytest.mark.parametrize(
    "requirement, standard",
    [
        ("^1.2.3", ">=1.2.3,<2.0.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3.0"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("^1.2.3.4", ">=1.2.3.4,<2"),
        ("^1!1.2", ">=1!1.2,<1!2"),
        ("^2.0rc1", ">=2.0rc1,<3"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~0.0.3", ">=0.0.3,<0.1"),
        ("*", ""),
        ("1.*", "==1.*"),
        ("1.2.x", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        ("v1.2.3", "==1.2.3"),
        ("=1.2.3", "==1.2.3"),
        (">=1.2 <2", ">=1.2,<2"),
        (">= 1.2, < 2", ">=1.2,<2"),
        ("^1.2, !=1.5", ">=1.2,<2,!=1.5"),
        ("^1.0 !=1.5.*", ">=1.0,<2,!=1.5.*"),
        ("1.2,", "==1.2"),
    ],
)
def test_means(requirement: str, standard: str) -> None:
    assert pep440.is_subset(requirement, standard)
    assert pep440.is_subset(standard, requirement)
    assert pep440.minimum(requirement) == pep440.minimum(standard)


def test_one_of_the_alternatives_is_enough() -> None:
    wanted = "^1.1 || ^3"
    assert [text for text in ("1.0", "1.5", "2.0", "3.9", "4.0") if pep440.allows(wanted, text)] == [
        "1.5",
        "3.9",
    ]
    assert pep440.minimum(wanted) == pep440.minimum("^3 | ^1.1") == "1.1"
    assert pep440.is_subset("^1.2", wanted)
    assert not pep440.is_subset(wanted, "^1")
    assert pep440.intersects("~3.2", wanted)
    assert not pep440.intersects("~2", wanted)


@pytest.mark.parametrize("requirement", ["*", "^1.2 || ^2", ">=1 <3", "!=1.3.*", ">=1.0 , !=1.9 || 5.*"])
def test_what_allows_the_target_stays(requirement: str) -> None:
    assert pep440.same_requirement_for(requirement, "2.5.0") == requirement


@pytest.mark.parametrize(
    "requirement, target, wanted",
    [
        ("^1.2.3", "2.5.0", "^2.5.0"),
        ("^1.2", "2.5.1", "^2.5"),
        ("^1", "2.5.1", "^2"),
        ("^ 1.2", "2.5", "^ 2.5"),
        ("^1.2", "3.0rc1", "^3.0rc1"),
        ("~1.2", "2.5.1", "~2.5"),
        ("~1.2.3", "2.5", "~2.5.0"),
        ("1.2.3", "2.5", "2.5"),
        ("=1.2", "2.5.0", "=2.5.0"),
        ("1.*", "2.5.0", "2.*"),
        ("1.2.x", "2.5.0", "2.5.x"),
        ("==1.2.*", "2.5.0", "==2.5.*"),
        (">=1 <2", "2.5.0", ">=1 <3"),
        ("^1.2,!=1.5", "2.5.0", "^2.5,!=1.5"),
        ("^1.0 || ^2.0", "3.1.4", "^1.0 || ^2.0 || ^3.1"),
        ("^1|~2.0", "3.1.4", "^1|~2.0 || ~3.1"),
    ],
)
def test_keeps_the_style(requirement: str, target: str, wanted: str) -> None:
    assert pep440.same_requirement_for(requirement, target) == wanted
    assert pep440.same_requirement_for(wanted, target) == wanted
