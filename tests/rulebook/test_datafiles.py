"""Keys of data files are edited, and nothing else in the files."""

from __future__ import annotations

from typing import Any

import pytest

from upgrader.rulebook.datafiles import edit_data
from upgrader.rulebook.pack import ConfigForm


def edited(path: str, text: str, **rule: Any) -> tuple[str, int, list[str]]:
    return edit_data(path, text, ConfigForm(id="a", url="https://example.org", files=["*"], **rule))


JSON = """\
{
  // the tests
  "jest": {
    "testEnvironment": "jsdom", /* here */
    "old.name": true,
    "list": [1, 2, 3],
  },
  "scripts": {"test": "jest --testPathPattern x", "lint": "eslint ."}
}
"""
TOML = """\
# the tool
[tool.x]  # x
name = 'one' # name
list = [
  "a",  # first
  "b",
]
"quoted key" = true
a.b = 1

[tool.x.deep]
value = 1

[[tool.x.many]]
id = 1
"""
YAML = """\
# steps
name: build
on:
  push:
    branches: [main]
jobs:
  test:
    steps:
    - uses: 'actions/x@v1'  # pinned
      with:
        version: "18"
    - run: npm test
"""
INI = """\
[tool:pytest]
; options
addopts = -q
markers =
    slow: takes long
    fast

[flake8]
max-line-length : 100
"""


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("a.json", JSON, {"rename": {"jest.nothing": "jest.x"}}),
        ("a.json", JSON, {"remove": ["jest.nothing", "scripts.nothing"]}),
        ("a.json", JSON, {"values": {"jest.testEnvironment": {"node": "x"}}}),
        ("a.json", JSON, {"set": {"nowhere.at.all": 1}}),
        ("a.json", JSON, {"set": {"jest.testEnvironment": "jsdom"}}),
        ("a.json", JSON, {"find": {"scripts.*": "mocha"}, "replace": {"scripts.*": "x"}}),
        ("a.json", "{broken", {"set": {"a": 1}}),
        ("a.json", '{"a": 1, "a": 2}', {"set": {"a": 3}}),
        ("a.json", "[" * 100 + "]" * 100, {"set": {"a": 1}}),
        ("a.toml", TOML, {"rename": {"tool.x.name": "tool.x.list"}}),
        ("a.toml", TOML, {"set": {"tool.y.z": 1}}),
        ("a.toml", "a = ", {"set": {"a": 1}}),
        ("a.yml", YAML, {"remove": ["jobs.test.steps[0].uses"]}),
        ("a.yml", "a: 1\n---\na: 2\n", {"set": {"a": 3}}),
        ("a.yml", "a: &x 1\nb: *x\n", {"values": {"b": {"1": "2"}}}),
        ("a.ini", "option = 1\n", {"set": {"a.b": 3}}),
        ("a.txt", "x", {"set": {"a": 3}}),
    ],
)
def test_what_is_left_alone(path: str, text: str, rule: dict[str, Any]) -> None:
    assert edited(path, text, **rule)[:2] == (text, 0)


@pytest.mark.parametrize(
    ("path", "text", "rule", "old", "new"),
    [
        ("a.json", JSON, {"rename": {"jest.testEnvironment": "jest.env"}}, '"testEnvironment"', '"env"'),
        ("a.json", JSON, {"rename": {'jest."old.name"': "jest.x"}}, '"old.name"', '"x"'),
        ("a.json", JSON, {"remove": ['jest."old.name"']}, '    "old.name": true,\n', ""),
        ("a.json", JSON, {"remove": ["scripts.lint"]}, ', "lint": "eslint ."', ""),
        ("a.json", JSON, {"remove": ["scripts.test"]}, '"test": "jest --testPathPattern x", ', ""),
        ("a.json", JSON, {"remove": ["jest.list[=2]"]}, "1, 2, 3", "1, 3"),
        ("a.json", JSON, {"values": {"jest.testEnvironment": {"jsdom": "node"}}}, '"jsdom"', '"node"'),
        ("a.json", JSON, {"values": {'jest."old.name"': {"true": "false"}}}, "true", "false"),
        ("a.json", JSON, {"find": {"scripts.*": r"--testPathPattern\b"}, "replace": {"scripts.*": "--x"}},
         "--testPathPattern x", "--x x"),
        ("a.json", JSON, {"set": {"scripts.fix": "eslint --fix"}}, '"eslint ."}', '"eslint .", "fix": "eslint --fix"}'),
        ("a.json", JSON, {"set": {"jest.list": ["x"]}}, "[1, 2, 3]", '["x"]'),
        ("a.json", "{}", {"set": {"a": 1}}, "{}", '{"a": 1}'),
        ("a.json", '{\r\n  "a": 1\r\n}\r\n', {"set": {"b": 2}}, '"a": 1', '"a": 1,\r\n  "b": 2'),
        (".babelrc", '{"a": 1}', {"rename": {"a": "b"}}, "a", "b"),
        ("a.toml", TOML, {"rename": {"tool.x.name": "tool.x.title"}}, "name = 'one'", "title = 'one'"),
        ("a.toml", TOML, {"rename": {"tool.x.deep": "tool.x.flat"}}, "[tool.x.deep]", "[tool.x.flat]"),
        ("a.toml", TOML, {"values": {"tool.x.name": {"one": "two"}}}, "'one'", "'two'"),
        ("a.toml", TOML, {"remove": ["tool.x.list"]}, 'list = [\n  "a",  # first\n  "b",\n]\n', ""),
        ("a.toml", TOML, {"remove": ["tool.x.deep"]}, "[tool.x.deep]\nvalue = 1\n\n", ""),
        ("a.toml", TOML, {"set": {"tool.x.deep.more": [1, True, "é"]}},
         "value = 1\n", 'value = 1\nmore = [1, true, "é"]\n'),
        ("a.toml", TOML, {"set": {"tool.x.list": ["c"]}}, '[\n  "a",  # first\n  "b",\n]', '["c"]'),
        ("a.toml", TOML, {"find": {"tool.x.list[*]": "a"}, "replace": {"tool.x.list[*]": "z"}}, '"a"', '"z"'),
        ("a.yml", YAML, {"values": {"jobs.test.steps[*].with.version": {"18": "20"}}}, '"18"', '"20"'),
        ("a.yml", YAML, {"find": {"jobs.*.steps[*].uses": "@v1$"}, "replace": {"jobs.*.steps[*].uses": "@v2"}},
         "@v1", "@v2"),
        ("a.yml", YAML, {"remove": ["jobs.test.steps[0].with"]}, '      with:\n        version: "18"\n', ""),
        ("a.yml", YAML, {"rename": {"on.push": "on.pull_request"}}, "push:", "pull_request:"),
        ("a.yml", YAML, {"set": {"env": "yes"}}, "    - run: npm test\n", '    - run: npm test\nenv: "yes"\n'),
        ("a.ini", INI, {"rename": {'"tool:pytest".addopts': '"tool:pytest".opts'}}, "addopts", "opts"),
        ("a.ini", INI, {"find": {'"tool:pytest".markers': "fast"}, "replace": {'"tool:pytest".markers': "quick"}},
         "fast", "quick"),
        ("a.ini", INI, {"remove": ['"tool:pytest".markers']}, "markers =\n    slow: takes long\n    fast\n", ""),
        ("a.cfg", INI, {"set": {"flake8.select": "E"}}, ": 100\n", ": 100\nselect = E\n"),
    ],
)  # fmt: skip
def test_what_is_edited(path: str, text: str, rule: dict[str, Any], old: str, new: str) -> None:
    assert text.count(old) == 1
    after, count, left = edited(path, text, **rule)
    assert (after, left) == (text.replace(old, new), [])
    assert count == 1
    assert edited(path, after, **rule)[:2] == (after, 0)
