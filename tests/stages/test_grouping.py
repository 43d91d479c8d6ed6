"""What moves together: declared groups, and peers of which only (old, old) or (new, new) can stand side by side."""

from collections.abc import Mapping, Sequence

import pytest

from tests.stages.worlds import around, dependency, inventory, package, release
from upgrader.model import Release
from upgrader.stages.audit import make_audit
from upgrader.stages.grouping import bundle


def bundled(
    releases: Mapping[str, Sequence[Release | str]], declared: Mapping[str, Sequence[str]] | None = None
) -> list[tuple[str, list[str]]]:
    """Every package at 1.0.0, moving to its newest release."""
    answers = [package("npm", *found, name=name) for name, found in releases.items()]
    surroundings = around(*answers)
    audit = make_audit(inventory(*(dependency(name=name) for name in releases)), surroundings)
    found = bundle(audit.assessments, declared or {}, surroundings.answers)
    return [(item.name, [member.update.name for member in item.members]) for item in found]


def peer(version: str, wanted: str) -> Release:
    return release(version, peers={"host": wanted})


TWO = ["1.0.0", "2.0.0"]


@pytest.mark.parametrize(
    ("plugin", "together"),
    [
        ([peer("1.0.0", "*"), peer("2.0.0", "*")], False),
        ([peer("1.0.0", ">=1"), peer("2.0.0", ">=1")], False),
        ([peer("1.0.0", "^1"), peer("2.0.0", "^1 || ^2")], True),
        ([peer("1.0.0", "^1 || ^2"), peer("2.0.0", "^2")], True),
        ([peer("1.0.0", "^1"), peer("2.0.0", "^2")], True),
        (["1.0.0", peer("2.0.0", "^2")], True),
        ([peer("1.0.0", "^1"), "2.0.0"], True),
        ([peer("1.0.0", "nonsense"), peer("2.0.0", "nonsense")], False),
    ],
)
def test_peers(plugin: Sequence[Release | str], together: bool) -> None:
    found = bundled({"host": TWO, "plugin": plugin})
    assert found == ([("", ["host", "plugin"])] if together else [("", ["host"]), ("", ["plugin"])])


def test_a_host_that_outgrows_its_plugin_is_not_offered() -> None:
    assert bundled({"host": TWO, "plugin": [peer("1.0.0", "^1"), peer("2.0.0", "^1")]}) == [("", ["plugin"])]
    assert bundled({"host": TWO, "plugin": [peer("1.0.0", "^1"), peer("2.0.0", "^3")]}) == []


def test_a_chain_of_peers_is_one_bundle() -> None:
    plugin = [peer("1.0.0", "^1"), peer("2.0.0", "^2")]
    assert bundled({"host": TWO, "one": plugin, "two": plugin}) == [("", ["host", "one", "two"])]


def test_declared_groups() -> None:
    found = bundled({"@a/x": TWO, "@a/y": TWO, "z": TWO}, {"a": ["@a/*"], "b": ["nothing"]})
    assert found == [("a", ["@a/x", "@a/y"]), ("", ["z"])]


def test_a_group_takes_its_peers_along() -> None:
    plugin = [peer("1.0.0", "^1"), peer("2.0.0", "^2")]
    assert bundled({"host": TWO, "plugin": plugin}, {"g": ["plugin"]}) == [("g", ["host", "plugin"])]
