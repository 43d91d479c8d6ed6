"""Requirements before and after, by range strategy, in every ecosystem."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.versions.test_laws import LAW, WITH_RULES, requirements, versions
from upgrader.errors import VersionError
from upgrader.model import EcosystemName, RangeStrategy
from upgrader.versions import SCHEMES
from upgrader.versions.strategies import is_pinned, requirement_for

ALL: tuple[RangeStrategy, ...] = (
    "auto",
    "pin",
    "bump",
    "replace",
    "widen",
    "in-range-only",
    "lockfile-only",
)
STAYS = "="
"""In the tables: the requirement as it is."""
NO = "!"
"""In the tables: refused with a reason."""

# requirement, target, then what auto, pin, bump, replace, widen and in-range-only make of it.
NPM = """
*                   | 2.5.1 | =              | 2.5.1  | =              | =             | =                       | =
>=1                 | 1.9.3 | =              | 1.9.3  | =              | =             | =                       | =
>1                  | 2.5.1 | =              | 2.5.1  | =              | =             | =                       | =
^1.2.3              | 1.9.3 | =              | 1.9.3  | ^1.9.3         | =             | =                       | =
^1.2                | 1.9.3 | =              | 1.9.3  | ^1.9           | =             | =                       | =
^1                  | 1.9.3 | =              | 1.9.3  | =              | =             | =                       | =
1.x                 | 1.9.3 | =              | 1.9.3  | =              | =             | =                       | =
1                   | 1.9.3 | =              | 1.9.3  | =              | =             | =                       | =
>=1.2.0 <2.0.0      | 1.9.3 | =              | 1.9.3  | >=1.9.3 <2.0.0 | =             | =                       | =
1.0.0 - 2.0.0       | 1.9.3 | =              | 1.9.3  | 1.9.3 - 2.0.0  | =             | =                       | =
^1.0.0 || ^2.0.0    | 1.9.3 | =              | 1.9.3  | ^1.9.3 || ^2.0.0 | =           | =                       | =
^1.0.0||^2.0.0      | 2.5.1 | =              | 2.5.1  | ^1.0.0||^2.5.1 | =             | =                       | =
^1.2.3              | 2.5.1 | ^2.5.1         | 2.5.1  | ^2.5.1         | ^2.5.1        | ^1.2.3 || ^2.5.1        | !
^1.2                | 2.5.1 | ^2.5           | 2.5.1  | ^2.5           | ^2.5          | ^1.2 || ^2.5            | !
~1.2                | 1.9.3 | ~1.9           | 1.9.3  | ~1.9           | ~1.9          | ~1.2 || ~1.9            | !
~> 1.2              | 1.9.3 | ~> 1.9         | 1.9.3  | ~> 1.9         | ~> 1.9        | ~> 1.2 || ~> 1.9        | !
1.x                 | 2.5.1 | 2.x            | 2.5.1  | 2.x            | 2.x           | 1.x || 2.x              | !
1.2.x               | 1.9.3 | 1.9.x          | 1.9.3  | 1.9.x          | 1.9.x         | 1.2.x || 1.9.x          | !
1                   | 2.5.1 | 2              | 2.5.1  | 2              | 2             | 1 || 2                  | !
1.2.3               | 2.5.1 | 2.5.1          | 2.5.1  | 2.5.1          | 2.5.1         | 2.5.1                   | !
=1.2.3              | 2.5.1 | =2.5.1         | =2.5.1 | =2.5.1         | =2.5.1        | =2.5.1                  | !
v1.2.3              | 2.5.1 | v2.5.1         | v2.5.1 | v2.5.1         | v2.5.1        | v2.5.1                  | !
>=1 <2              | 2.5.1 | >=1 <3         | 2.5.1  | >=2 <3         | >=2 <3        | >=1 <3                  | !
>=1.2.0 <2.0.0      | 2.5.1 | >=1.2.0 <3.0.0 | 2.5.1  | >=2.5.1 <3.0.0 | >=2.5.1 <3.0.0 | >=1.2.0 <3.0.0         | !
>=1.2.0 <2.0.0-0    | 2.5.1 | >=1.2.0 <3.0.0-0 | 2.5.1 | >=2.5.1 <3.0.0-0 | >=2.5.1 <3.0.0-0 | >=1.2.0 <3.0.0-0 | !
1.0.0 - 2.0.0       | 2.5.1 | 1.0.0 - 2.5.1  | 2.5.1  | 1.0.0 - 2.5.1  | 1.0.0 - 2.5.1 | 1.0.0 - 2.5.1           | !
<2                  | 2.5.1 | <3             | 2.5.1  | <3             | <3            | <3                      | !
<=1.5               | 2.5.1 | <=2.5          | 2.5.1  | <=2.5          | <=2.5         | <=2.5                   | !
^0.3.1              | 0.4.2 | ^0.4.2         | 0.4.2  | ^0.4.2         | ^0.4.2        | ^0.3.1 || ^0.4.2        | !
^0.0.3              | 0.0.4 | ^0.0.4         | 0.0.4  | ^0.0.4         | ^0.0.4        | ^0.0.3 || ^0.0.4        | !
^1 || ^2            | 3.1.0 | ^1 || ^2 || ^3 | 3.1.0  | ^1 || ^2 || ^3 | ^3            | ^1 || ^2 || ^3          | !
16 || 17 ||18       | 19.1.0 | 16 || 17 ||18 ||19 | 19.1.0 | 16 || 17 ||18 ||19 | 19   | 16 || 17 ||18 ||19      | !
^1.2.3              | 2.0.0-rc.1 | ^2.0.0-rc.1 | 2.0.0-rc.1 | ^2.0.0-rc.1 | ^2.0.0-rc.1  | ^1.2.3 || ^2.0.0-rc.1 | !
>=2                 | 1.5.0 | !              | 1.5.0  | !              | !             | !                       | !
latest              | 1.5.0 | !              | !      | !              | !             | !                       | !
"""
PIP = """
!=1.5               | 2.5.1 | =              | ==2.5.1 | =             | =             | =                       | =
>=1.2               | 2.5.1 | =              | ==2.5.1 | >=2.5         | =             | =                       | =
>1.2                | 2.5.1 | =              | ==2.5.1 | =             | =             | =                       | =
>=1,<2              | 1.9.3 | =              | ==1.9.3 | =             | =             | =                       | =
>=1.2,<2            | 1.9.3 | =              | ==1.9.3 | >=1.9,<2      | =             | =                       | =
==1.*               | 1.9.3 | =              | ==1.9.3 | =             | =             | =                       | =
~=1.4               | 1.9.3 | ~=1.9          | ==1.9.3 | ~=1.9         | =             | =                       | =
==1.2.3             | 2.5.1 | ==2.5.1        | ==2.5.1 | ==2.5.1       | ==2.5.1       | ==2.5.1                 | !
== 1.2.3            | 2.5.1 | == 2.5.1       | == 2.5.1 | == 2.5.1     | == 2.5.1      | == 2.5.1                | !
===1.2.3            | 2.5.1 | ===2.5.1       | ===2.5.1 | ===2.5.1     | ===2.5.1      | ===2.5.1                | !
==1.2.*             | 2.5.1 | ==2.5.*        | ==2.5.1 | ==2.5.*       | ==2.5.*       | >=1.2,<2.6              | !
~=1.4               | 2.5.1 | ~=2.5          | ==2.5.1 | ~=2.5         | ~=2.5         | >=1.4,<3                | !
~=1.4.2             | 1.6.0 | ~=1.6.0        | ==1.6.0 | ~=1.6.0       | ~=1.6.0       | >=1.4.2,<1.7            | !
~=1.4,!=1.5         | 2.5.1 | ~=2.5,!=1.5    | ==2.5.1 | ~=2.5,!=1.5   | ~=2.5,!=1.5   | >=1.4,<3,!=1.5          | !
>=1,<2              | 2.5.1 | >=1,<3         | ==2.5.1 | >=2,<3        | >=2,<3        | >=1,<3                  | !
>=1.1,<2.0          | 3.1.2 | >=1.1,<4.0     | ==3.1.2 | >=3.1,<4.0    | >=3.1,<4.0    | >=1.1,<4.0              | !
>= 1.2 , < 2.0      | 2.1   | >= 1.2 , < 3.0 | == 2.1  | >= 2.1 , < 3.0 | >= 2.1 , < 3.0 | >= 1.2 , < 3.0        | !
<8.2                | 8.5.1 | <8.6           | ==8.5.1 | <8.6          | <8.6          | <8.6                    | !
<2,>=1.2            | 2.3   | <3,>=1.2       | ==2.3   | <3,>=2.3      | <3,>=2.3      | <3,>=1.2                | !
>=1,<2              | 1!3.0 | >=1,<1!4       | ==1!3.0 | >=1!3,<1!4    | >=1!3,<1!4    | >=1,<1!4                | !
^1.2                | 1.9.3 | ^1.9           | 1.9.3   | ^1.9          | =             | =                       | =
^1.2                | 2.5.1 | ^2.5           | 2.5.1   | ^2.5          | ^2.5          | ^1.2 || ^2.5            | !
~1.2.3              | 1.3.0 | ~1.3.0         | 1.3.0   | ~1.3.0        | ~1.3.0        | ~1.2.3 || ~1.3.0        | !
1.2.3               | 2.5.1 | 2.5.1          | 2.5.1   | 2.5.1         | 2.5.1         | 2.5.1                   | !
1.*                 | 2.5.1 | 2.*            | 2.5.1   | 2.*           | 2.*           | 1.* || 2.*              | !
*                   | 2.5.1 | =              | ==2.5.1 | =             | =             | =                       | =
>=1.2 <2            | 2.5.1 | >=1.2 <3       | ==2.5.1 | >=2.5 <3      | >=2.5 <3      | >=1.2 <3                | !
^1.2 || ^2.0        | 3.1   | ^1.2 || ^2.0 || ^3.1 | 3.1 | ^1.2 || ^2.0 || ^3.1 | ^3.1 | ^1.2 || ^2.0 || ^3.1 | !
>=2                 | 1.0   | !              | ==1.0   | !             | !             | !                       | !
"""
CARGO = """
*                   | 2.5.1 | =              | =2.5.1  | =             | =             | =                       | =
>0.3                | 2.5.1 | =              | =2.5.1  | =             | =             | =                       | =
1                   | 1.9.3 | =              | =1.9.3  | =             | =             | =                       | =
1.2                 | 1.9.3 | 1.9            | =1.9.3  | 1.9           | =             | =                       | =
>=1.2, <2           | 1.9.3 | =              | =1.9.3  | >=1.9, <2     | =             | =                       | =
1.2                 | 2.5.1 | 2.5            | =2.5.1  | 2.5           | 2.5           | >=1.2, <3               | !
1.2.3               | 2.5.1 | 2.5.1          | =2.5.1  | 2.5.1         | 2.5.1         | >=1.2.3, <3             | !
^1.2                | 2.5.1 | ^2.5           | =2.5.1  | ^2.5          | ^2.5          | >=1.2, <3               | !
~1.2                | 1.9.3 | ~1.9           | =1.9.3  | ~1.9          | ~1.9          | >=1.2, <1.10            | !
=1.2.3              | 2.5.1 | =2.5.1         | =2.5.1  | =2.5.1        | =2.5.1        | =2.5.1                  | !
= 1.2.3             | 2.5.1 | = 2.5.1        | = 2.5.1 | = 2.5.1       | = 2.5.1       | = 2.5.1                 | !
1.2.*               | 1.9.3 | 1.9.*          | =1.9.3  | 1.9.*         | 1.9.*         | >=1.2, <1.10            | !
0.3                 | 0.5.1 | 0.5            | =0.5.1  | 0.5           | 0.5           | >=0.3, <0.6             | !
0.3                 | 1.5.1 | 1.5            | =1.5.1  | 1.5           | 1.5           | >=0.3, <2               | !
0.0.3               | 0.0.5 | 0.0.5          | =0.0.5  | 0.0.5         | 0.0.5         | >=0.0.3, <0.0.6         | !
>=1, <2             | 2.5.1 | >=1, <3        | =2.5.1  | >=2, <3       | >=2, <3       | >=1, <3                 | !
>=1,<2              | 2.5.1 | >=1,<3         | =2.5.1  | >=2,<3        | >=2,<3        | >=1,<3                  | !
>= 1.0 , < 2.0.0    | 2.3.0 | >= 1.0 , < 3.0.0 | = 2.3.0 | >= 2.3 , < 3.0.0 | >= 2.3 , < 3.0.0 | >= 1.0 , < 3.0.0 | !
"""
GO = """
v1.2.3 | v1.4.0 | v1.4.0 | v1.4.0 | v1.4.0 | v1.4.0 | v1.4.0 | v1.4.0
"""
TABLES: dict[EcosystemName, str] = {"npm": NPM, "pip": PIP, "cargo": CARGO, "go": GO}


def rows() -> list[object]:
    """One case per cell."""
    found: list[object] = []
    for ecosystem, table in TABLES.items():
        for line in table.strip().splitlines():
            requirement, target, *cells = [part.strip() for part in _split(line)]
            for strategy, cell in zip(ALL, cells, strict=False):
                after = requirement if cell == STAYS else cell
                name = f"{ecosystem}-{strategy}-{requirement}-{target}"
                found.append(pytest.param(ecosystem, strategy, requirement, target, after, id=name))
    return found


def _split(line: str) -> list[str]:
    """The cells of a line; `||` is no border."""
    return [part.replace("\0", "||") for part in line.replace("||", "\0").split("|")]


@pytest.mark.parametrize("ecosystem, strategy, requirement, target, after", rows())
def test_a_requirement_by_strategy(
    ecosystem: EcosystemName, strategy: RangeStrategy, requirement: str, target: str, after: str
) -> None:
    if after == NO:
        with pytest.raises(VersionError):
            requirement_for(ecosystem, requirement, target, strategy)
        return
    assert requirement_for(ecosystem, requirement, target, strategy) == after
    assert requirement_for(ecosystem, after, target, strategy) == after, "twice gives the same"
    assert SCHEMES[ecosystem].allows(after, target)


@pytest.mark.parametrize(
    "requirement, target, after",
    [
        ("^16.0.0", "16.9.0", "^16.0.0"),
        (">=16", "17.0.2", ">=16"),
        ("^16.0.0", "17.0.2", "^16.0.0 || ^17.0.2"),
        ("16.x || 17.x", "18.1.0", "16.x || 17.x || 18.x"),
        (">=16 <18", "18.1.0", ">=16 <19"),
        ("16.1.0", "17.0.2", "17.0.2"),
    ],
)
def test_auto_widens_a_peer(requirement: str, target: str, after: str) -> None:
    assert requirement_for("npm", requirement, target, section="peer") == after


@pytest.mark.parametrize(
    "ecosystem, requirement, target, strategy, words",
    [
        ("npm", "^1.0.0", "2.0.0", "lockfile-only", 'lockfile-only: "^1.0.0" does not allow 2.0.0'),
        ("pip", "==1.0", "2.0", "in-range-only", 'in-range-only: "==1.0" does not allow 2.0'),
        ("go", "v1.2.3", "v1.4.0", "lockfile-only", "go.mod itself holds the versions"),
        ("npm", ">=1 <2", "2.0.0-beta.1", "widen", 'widen: ">=1 <2" has no form that allows 2.0.0-beta.1'),
        ("cargo", "<=2.0.0-beta", "2.1.0", "auto", "has no form that asks for 2.1.0 in the same style"),
    ],
)
def test_a_refusal_says_why(
    ecosystem: EcosystemName, requirement: str, target: str, strategy: RangeStrategy, words: str
) -> None:
    with pytest.raises(VersionError) as caught:
        requirement_for(ecosystem, requirement, target, strategy)
    assert words in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize(
    "ecosystem, requirement, pinned",
    [
        ("npm", "^1.2.3", False),
        ("npm", "1.2", False),
        ("npm", "=1.2.3", True),
        ("npm", "1.2.3 - 1.2.3", True),
        ("npm", ">2 <1", False),
        ("pip", "==1.2.*", False),
        ("pip", "==1.2", True),
        ("pip", "1.2.3", True),
        ("cargo", "1.2.3", False),
        ("cargo", "0.0.3", False),
        ("cargo", "=1.2.3", True),
        ("go", "v1.2.3", False),
        ("npm", "latest", False),
    ],
)
def test_what_a_pin_is(ecosystem: EcosystemName, requirement: str, pinned: bool) -> None:
    assert is_pinned(ecosystem, requirement) is pinned


@st.composite
def moves(draw: st.DrawFn) -> tuple[EcosystemName, str, str, RangeStrategy]:
    ecosystem = draw(st.sampled_from(WITH_RULES))
    requirement, target = draw(requirements(ecosystem)), draw(versions(ecosystem))
    return ecosystem, requirement, target, draw(st.sampled_from(ALL))  # type: ignore[return-value]  # drawn names


@LAW
@given(moves())
def test_what_is_written_allows_the_target_and_is_settled(
    move: tuple[EcosystemName, str, str, RangeStrategy],
) -> None:
    ecosystem, requirement, target, strategy = move
    try:
        after = requirement_for(ecosystem, requirement, target, strategy)
    except VersionError:
        return
    scheme = SCHEMES[ecosystem]
    assert scheme.allows(after, target)
    assert requirement_for(ecosystem, after, target, strategy) == after
    if strategy in ("in-range-only", "lockfile-only"):
        assert after == requirement
    if strategy in ("replace", "widen") and scheme.allows(requirement, target):
        assert after == requirement
    if strategy == "pin":
        assert is_pinned(ecosystem, after)


@LAW
@given(moves())
def test_a_widened_range_holds_the_old_one(move: tuple[EcosystemName, str, str, RangeStrategy]) -> None:
    ecosystem, requirement, target, _ = move
    try:
        after = requirement_for(ecosystem, requirement, target, "widen")
    except VersionError:
        return
    scheme = SCHEMES[ecosystem]
    if is_pinned(ecosystem, requirement):
        return
    numbers = [f"{a}.{b}.{c}" for a in range(4) for b in range(4) for c in range(4)]
    lost = [one for one in numbers if scheme.allows(requirement, one) and not scheme.allows(after, one)]
    assert lost == []


def shape(requirement: str) -> str:
    """The requirement without its numbers and prerelease words: operators, wildcards, spaces and dots."""
    return re.sub(
        r"[0-9]+", "9", re.sub(r"(?<=[0-9])[-.+]?[a-zA-Z][0-9A-Za-z.-]*(?<![.xX*])", "", requirement)
    )


@LAW
@given(moves())
def test_the_style_is_kept(move: tuple[EcosystemName, str, str, RangeStrategy]) -> None:
    """Operators, their order, the precision and the spaces of what is replaced or bumped stay the author's."""
    ecosystem, requirement, target, _ = move
    scheme = SCHEMES[ecosystem]
    if scheme.is_prerelease(target) or re.search(r"[a-wyzA-WYZ]|-[0-9]", requirement) or "||" in requirement:
        return
    both: tuple[RangeStrategy, ...] = ("replace", "bump")
    for strategy in both:
        try:
            after = requirement_for(ecosystem, requirement, target, strategy)
        except VersionError:
            continue
        if ecosystem == "pip":
            # A bound that stops at the target itself (`<=1.5`) is written out.
            assert re.sub(r"[0-9.!]+", "9", after) == re.sub(r"[0-9.!]+", "9", requirement)
        else:
            assert shape(after) == shape(requirement)
