"""What is wrong with the commands of a pack, told by path of keys; packs without fault first."""

from __future__ import annotations

import msgspec
import pytest

from upgrader.rulebook.check_commands import check_commands
from upgrader.rulebook.pack import PackForm

STEP: dict[str, object] = {"id": "x", "kind": "data", "description": "d", "up": ["a"], "down": ["b"]}
CASES: list[tuple[dict[str, object], str]] = [
    ({"verify": ["v"], "expect": {"exit": 1, "matches": "x", "json": {"a": 1}, "min": 2}}, ""),
    ({"expect": {"equal": [["a"], ["b"]]}}, ""),
    ({"files": ["sql/one.sql"], "phase": "expand"}, ""),
    ({"up": []}, "up: is empty; only a manual step has no command."),
    ({"down": []}, "down: is empty, so the step is not reversible: say so."),
    ({"files": ["../one.sql"]}, "files.0: '../one.sql' is not a path below the project's folder."),
    ({"files": ["/etc/passwd"]}, "files.0: '/etc/passwd' is not a path below the project's folder."),
    ({"expect": {"min": 2}}, "expect: needs `verify`: there is nothing to look at."),
    ({"verify": ["v"], "expect": {"min": "2"}}, "expect.min: is not a whole number."),
    ({"expect": {"equal": [["a"]]}}, "expect.equal: is not two argument lists."),
    ({"expect": {"often": 1}}, "expect.often: is no expectation: exit, matches, json, equal, min."),
]


@pytest.mark.parametrize(("more", "wanted"), CASES, ids=[case[1] or str(case[0])[:30] for case in CASES])
def test_a_step(more: dict[str, object], wanted: str) -> None:
    package = {"ecosystem": "pip", "name": "p", "imports": ["p"]}
    head = {"schema": 1, "id": "p", "title": "p", "package": package, "from": "<2", "to": ">=2"}
    form = msgspec.convert({**head, "references": [], "steps": [{**STEP, **more}]}, PackForm)
    faults = [f"{'.'.join(map(str, keys[2:]))}: {what}" for keys, what in check_commands(form)]
    assert faults == ([wanted] if wanted else [])
