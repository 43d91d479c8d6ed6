"""Patterns and tables of symbols."""

from __future__ import annotations

import pytest

from upgrader.rulebook.symbols import covers, lookup, lookup_within, matches, spellings

ZOD = {"zod#z": ["zod#*", "zod#default"]}
NUMPY = {"numpy": ["numpy.core.numeric"]}


@pytest.mark.parametrize(
    ("pattern", "symbol"),
    [
        ("numpy.float_", "numpy.float"),
        ("numpy.float_", "numpy.float_.x"),
        ("numpy.*", "numpy"),
        ("numpy.*", "numpy.linalg.norm"),
        ("numpy.*", "numpyx.a"),
        ("d#*", "d#a.b"),
        ("express#default().*@1", "express#default().get@1.send"),
        ("github.com/x/*", "github.com/x/y#Z"),
        ("rand::*", "rand::Rng::gen"),
        ("a.b", "axb"),
    ],
)
def test_what_a_pattern_does_not_mean(pattern: str, symbol: str) -> None:
    assert not matches(pattern, symbol, {})


@pytest.mark.parametrize(
    ("pattern", "symbol"),
    [
        ("numpy.float_", "numpy.float_"),
        ("numpy.*", "numpy.float_"),
        ("d#*", "d#*"),
        ("d#*", "d#default"),
        ("pydantic.BaseModel().*", "pydantic.BaseModel().dict"),
        ("express#default().*@1.send", "express#default().get@1.send"),
        ("zod#string()**.email", "zod#string().min().email"),
        ("zod#string()**.email", "zod#string().email"),
        ("@scope/p#*", "@scope/p#x"),
    ],
)
def test_what_a_pattern_means(pattern: str, symbol: str) -> None:
    assert matches(pattern, symbol, {})


def test_below_a_pattern_lies_what_begins_with_it_at_a_boundary() -> None:
    assert covers("numpy.core", "numpy.core.numeric.x", {})
    assert covers("numpy.*", "numpy.core.numeric.x", {})
    assert not covers("numpy.core", "numpy.cores", {})
    assert not covers("numpy.core", "numpy", {})


@pytest.mark.parametrize(
    ("symbol", "same", "expected"),
    [
        ("numpy.x", NUMPY, ("numpy.x",)),
        ("numpyx.core", NUMPY, ("numpyx.core",)),
        ("zod#z.string", ZOD, ("zod#z.string",)),
        ("zod/v4#string", ZOD, ("zod/v4#string",)),
        ("zod#string().min", ZOD, ("zod#string().min", "zod#z.string().min")),
        ("zod#*", ZOD, ("zod#*", "zod#z")),
        ("zod#default", ZOD, ("zod#default", "zod#z")),
        ("numpy.core.numeric.x", NUMPY, ("numpy.core.numeric.x", "numpy.x")),
        ("a.b.c", {"a.b": ["a"]}, ("a.b.c",)),
        ("old.sub.g", {"new": ["old.sub"]}, ("old.sub.g", "new.g")),
        ("b/client#x", {"b#*": ["b/client#*"]}, ("b/client#x", "b#x")),
    ],
)
def test_other_spellings(symbol: str, same: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    assert spellings(symbol, same) == expected


def test_lookup_prefers_the_exact_entry_and_fills_in_names() -> None:
    table = {"a.*": "z.*", "a.b": "y", "a.b*": "w.*", "r#*.*": "s#*.*"}
    assert lookup(table, "a.b", {}) == "y"
    assert lookup(table, "a.c", {}) == "z.c"
    assert lookup(table, "a.bc", {}) == "w.c"
    assert lookup(table, "r#p.q", {}) == "s#p.q"
    assert lookup(table, "a", {}) is None
    assert lookup({"zod#z.nativeEnum": "zod#z.enum"}, "zod#nativeEnum", ZOD) == "zod#z.enum"


def test_lookup_within_keeps_what_follows() -> None:
    table = {"numpy.product": "numpy.prod"}
    assert lookup_within(table, "numpy.product.__doc__", {}) == ("numpy.prod", ".__doc__")
    assert lookup_within(table, "numpy.product()", {}) == ("numpy.prod", "()")
    assert lookup_within(table, "numpy.products", {}) is None
