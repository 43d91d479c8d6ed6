"""Laws that hold for every version and requirement, in every ecosystem, on drawn samples."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upgrader.errors import VersionError
from upgrader.versions import SCHEMES

ECOSYSTEMS = sorted(SCHEMES)
NUMBERS = st.sampled_from(["0", "1", "2", "3", "10"])
LAW = settings(max_examples=120, deadline=None, derandomize=True)
THOROUGH = settings(max_examples=300, deadline=None, derandomize=True)

BEFORE = {
    "pip": ["", "", "", "rc1", "b2", ".dev3", ".post1", "+local"],
    "": ["", "", "", "-0", "-alpha", "-alpha.1", "-rc.10", "+b"],
}
WITH_RULES = ["cargo", "npm", "pip"]


def versions(ecosystem: str) -> st.SearchStrategy[str]:
    """Draw versions that are close to each other, so that they meet in bounds."""
    suffixes = BEFORE.get(ecosystem, BEFORE[""])
    start = "v" if ecosystem == "go" else ""
    return st.builds(
        lambda parts, suffix: start + ".".join(parts) + suffix,
        st.lists(NUMBERS, min_size=3, max_size=3),
        st.sampled_from(suffixes),
    )


def partials(ecosystem: str) -> st.SearchStrategy[str]:
    """Draw versions of one to three numbers, with wildcards where the ecosystem has them."""
    short = st.lists(NUMBERS, min_size=1, max_size=3).map(".".join)
    if ecosystem == "pip":
        return short
    wild = st.lists(NUMBERS, min_size=1, max_size=2).map(lambda parts: ".".join(parts) + ".x")
    return st.one_of(short, wild, versions(ecosystem))


def requirements(ecosystem: str) -> st.SearchStrategy[str]:
    """Draw requirements of one to three comparators."""
    if ecosystem == "go":
        return versions("go")
    if ecosystem == "pip":
        comparator = st.one_of(
            st.builds(operator.add, st.sampled_from(["==", ">=", "<=", "<", ">", "!="]), partials("pip")),
            partials("pip").map(lambda text: f"=={text}.*"),
            partials("pip").map(lambda text: f"~={text}.1"),
        )
        return st.lists(comparator, min_size=0, max_size=3).map(",".join)
    comparator = st.builds(
        operator.add, st.sampled_from(["", "=", "^", "~", ">=", "<=", "<", ">"]), partials(ecosystem)
    )
    glue = ", " if ecosystem == "cargo" else " "
    group = st.lists(comparator, min_size=1, max_size=3).map(glue.join)
    if ecosystem == "cargo":
        return group
    hyphen = st.builds("{} - {}".format, partials("npm"), partials("npm"))
    return st.lists(st.one_of(group, hyphen), min_size=1, max_size=3).map(" || ".join)


def sample(ecosystem: str) -> list[str]:
    """Return a version from every gap between drawn bounds, the very next one above each bound included."""
    numbers = ["0", "1", "2", "3", "4", "10", "11"]
    suffixes = ["", "-0", "-0.0", "-alpha", "-alpha.0", "-alpha.1", "-alpha.1.0", "-rc.10", "-rc.10.0"]
    return [".".join(parts) + suffix for parts in itertools.product(numbers, repeat=3) for suffix in suffixes]


SAMPLES = {ecosystem: sample(ecosystem) for ecosystem in ("cargo", "npm")}


def allowed(ecosystem: str, requirement: str) -> set[str]:
    scheme: Any = SCHEMES[ecosystem]
    allows = scheme.allows.__wrapped__
    return {version for version in SAMPLES[ecosystem] if allows(requirement, version)}


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_order_is_total_and_text_round_trips(ecosystem: str) -> None:
    scheme: Any = SCHEMES[ecosystem]

    @LAW
    @given(versions(ecosystem), versions(ecosystem), versions(ecosystem))
    def law(a: str, b: str, c: str) -> None:
        one, two, three = map(scheme.parse, (a, b, c))
        assert scheme.parse(str(one)) == one
        assert hash(scheme.parse(str(one))) == hash(one)
        assert [one < two, one == two, two < one].count(True) == 1
        if one < two and two < three:
            assert one < three
        if scheme.order_key(a) < scheme.order_key(b):
            assert one < two
        assert scheme.sort_versions([a, b, c]) == scheme.sort_versions([c, a, b])
        opposite = scheme.step(b, a)
        match scheme.step(a, b):
            case "same":
                assert opposite in ("same", "major")
            case "downgrade":
                assert opposite not in ("downgrade", "same", "unknown")
            case _:
                assert opposite in ("downgrade", "major")

    law()


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_any_text_is_read_or_refused_with_a_typed_error(ecosystem: str) -> None:
    scheme: Any = SCHEMES[ecosystem]
    marks = st.text(alphabet="0123456789.x*-+^~<>=!| ,vabrcdev\n\t\u0661", max_size=30)

    @THOROUGH
    @given(st.one_of(marks, st.text(max_size=30)), versions(ecosystem))
    def law(text: str, version: str) -> None:
        for read in (scheme.parse, scheme.parse_requirement):
            try:
                read(text)
            except VersionError as error:
                assert error.advice
                assert str(error).isascii()
        assert scheme.step(text, version) in ("unknown", "same") or scheme.is_valid(text)
        bumped = scheme.same_requirement_for(text, version)
        assert bumped is None or scheme.allows(bumped, version)
        if scheme.is_requirement(text):
            scheme.minimum(text)
            assert scheme.is_subset(text, text)

    law()


@pytest.mark.parametrize("ecosystem", ["cargo", "npm"])
def test_algebra_is_what_brute_force_finds(ecosystem: str) -> None:
    scheme = SCHEMES[ecosystem]

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(requirements(ecosystem), requirements(ecosystem))
    def law(a: str, b: str) -> None:
        if not (scheme.is_requirement(a) and scheme.is_requirement(b)):
            return
        of_a, of_b = allowed(ecosystem, a), allowed(ecosystem, b)
        assert scheme.intersects(a, b) == scheme.intersects(b, a) == bool(of_a & of_b)
        assert scheme.is_subset(a, b) == (of_a <= of_b)
        assert scheme.minimum(a) == min(of_a, key=scheme.order_key, default=None)

    law()


@pytest.mark.parametrize("ecosystem", WITH_RULES)
def test_a_moved_requirement_allows_the_target_and_keeps_its_floor(ecosystem: str) -> None:
    scheme = SCHEMES[ecosystem]

    @THOROUGH
    @given(requirements(ecosystem), versions(ecosystem))
    def law(requirement: str, target: str) -> None:
        moved = scheme.same_requirement_for(requirement, target)
        if moved is None:
            return
        assert scheme.allows(moved, target)
        assert scheme.same_requirement_for(moved, target) == moved
        first = [text.strip() for text in requirement.replace(" - ", ">").split("||")]
        pinned = any(
            not part.startswith(("<", ">", "!")) for text in first for part in text.replace(",", " ").split()
        )
        if not pinned or len(first) > 1:
            assert scheme.is_subset(requirement, moved)

    law()
