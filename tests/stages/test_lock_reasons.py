"""Who needs what moved with a lockfile."""

from __future__ import annotations

import pytest

from tests.report.samples import assessment
from tests.report.samples_run import step as sample
from upgrader.model import EcosystemName, PackageName, Step
from upgrader.stages.lock_check import Moved
from upgrader.stages.lock_reasons import ON_ITS_OWN, read_needs, tell_reasons

CARGO = """
[[package]]
name = "a"
dependencies = ["b", "c 1.0.0"]
[[package]]
name = "b"
dependencies = ["d"]
[[package]]
name = "z"
"""
UV = """
[[package]]
name = "a"
dependencies = [{ name = "b" }]
[package.optional-dependencies]
x = [{ name = "c" }]
[[package]]
name = "b"
dependencies = [{ name = "d" }]
"""
POETRY = """
[[package]]
name = "A"
[package.dependencies]
b = ">=1"
c = {version = "^1"}
[[package]]
name = "b"
[package.dependencies]
d = "*"
"""
PDM = """
[[package]]
name = "a"
dependencies = ["b>=1; python_version > '3'", "c"]
[[package]]
name = "b"
dependencies = ["d"]
"""
NPM = """{"packages": {
  "": {"dependencies": {"a": "^1"}},
  "node_modules/a": {"dependencies": {"b": "1"}, "peerDependencies": {"c": "1"}},
  "node_modules/a/node_modules/b": {"optionalDependencies": {"d": "1"}}
}}"""
LOCKS: list[tuple[EcosystemName, str, str]] = [
    ("cargo", "Cargo.lock", CARGO),
    ("pip", "uv.lock", UV),
    ("pip", "poetry.lock", POETRY),
    ("pip", "pdm.lock", PDM),
    ("npm", "package-lock.json", NPM),
]


def step(ecosystem: EcosystemName, lockfile: str) -> Step:
    made = sample(assessments=[assessment("a")])
    facts = {name: getattr(made, name) for name in made.__struct_fields__}
    return Step(**{**facts, "ecosystem": ecosystem, "lockfile": lockfile})


def moved(*names: str) -> list[Moved]:
    return [Moved(name=PackageName(name), before=("1",), after=("2",)) for name in names]


@pytest.mark.parametrize("ecosystem, path, text", LOCKS, ids=[path for _, path, _ in LOCKS])
def test_the_one_who_needs_it_is_named(ecosystem: EcosystemName, path: str, text: str) -> None:
    told = tell_reasons(moved("b", "c", "d", "z"), step(ecosystem, path), b"", text.encode())
    assert [item.why for item in told] == ["needed by a", "needed by a", "needed by b", ON_ITS_OWN]


def test_what_left_was_needed_before() -> None:
    before = CARGO.replace('"b"', '"gone"', 1)
    (told,) = tell_reasons(moved("gone"), step("cargo", "Cargo.lock"), before.encode(), CARGO.encode())
    assert told.why == "needed by a"


def test_a_reason_that_is_known_stays() -> None:
    known = Moved(name=PackageName("z"), before=("1",), after=("2",), why="the tool says so")
    (told,) = tell_reasons([known], step("cargo", "Cargo.lock"), b"", CARGO.encode())
    assert told.why == "the tool says so"


@pytest.mark.parametrize(
    "ecosystem, path, text",
    [
        ("npm", "yarn.lock", "a@1:\n"),
        ("npm", "package-lock.json", '{"lockfileVersion": 1, "dependencies": {}}'),
        ("npm", "package-lock.json", "[" * 100_000),
        ("npm", "package-lock.json", '{"packages": [1]}'),
        ("npm", "package-lock.json", '{"packages": {"node_modules/a": 1}}'),
        ("cargo", "Cargo.lock", "package = 1"),
        ("cargo", "Cargo.lock", "not TOML"),
        ("pip", "uv.lock", "[[package]]\nname = 1\n"),
        ("go", "go.sum", "a v1.0.0 h1:x\n"),
    ],
)
def test_other_forms_say_nothing(ecosystem: EcosystemName, path: str, text: str) -> None:
    assert read_needs(text.encode(), path, ecosystem) is None
    (told,) = tell_reasons(moved("z"), step(ecosystem, path), b"\xff", text.encode())
    assert told.why == ""


def test_a_circle_ends() -> None:
    text = (
        '[[package]]\nname = "a"\ndependencies = ["b"]\n[[package]]\nname = "b"\ndependencies = ["a", "b"]\n'
    )
    (told,) = tell_reasons(moved("b"), step("cargo", "Cargo.lock"), b"", text.encode())
    assert told.why == "needed by a"
