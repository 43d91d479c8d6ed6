"""Workspace patterns against the paths of a tree."""

import pytest

from upgrader.ecosystems.npm.workspaces import match_members

FOLDERS = [
    "packages/a",
    "packages/b",
    "packages/.h",
    "packages/a/sub",
    "apps/web",
    "tools/x1",
    "tools/x2",
    "node_modules/z",
]
PATHS = [
    "package.json",
    "packages/node_modules/z/package.json",
    *(f"{folder}/package.json" for folder in FOLDERS),
]

NOTHING = [
    [],
    ["nope/*"],
    ["*"],
    ["packages"],
    ["."],
    ["packages/a*b"],
    ["!packages/*"],
    ["node_modules/*"],
    ["**/z"],
]


@pytest.mark.parametrize("patterns", NOTHING, ids=str)
def test_takes_nothing_in(patterns: list[str]) -> None:
    assert match_members(".", patterns, PATHS) == ([], [])


TAKEN = [
    (["packages/*"], ["packages/a", "packages/b"]),
    (["./packages/*/"], ["packages/a", "packages/b"]),
    (["/packages/a"], ["packages/a"]),
    (["packages/**"], ["packages/a", "packages/a/sub", "packages/b"]),
    (["**/sub"], ["packages/a/sub"]),
    (["packages/**/a/sub"], ["packages/a/sub"]),
    (["packages/*", "!packages/b"], ["packages/a"]),
    (["!packages/b", "packages/*"], ["packages/a"]),
    (["packages/*", "!packages/b", "packages/b"], ["packages/a", "packages/b"]),
    (["!!packages/b"], ["packages/b"]),
    (["{apps,tools}/*"], ["apps/web", "tools/x1", "tools/x2"]),
    (["@(apps|tools)/{web,x1}"], ["apps/web", "tools/x1"]),
    (["tools/x[1]"], ["tools/x1"]),
    (["tools/x[!1]"], ["tools/x2"]),
    (["tools/x[2-9]"], ["tools/x2"]),
    (["tools/?1"], ["tools/x1"]),
    (["packages/.h"], ["packages/.h"]),
    (["packages\\a"], ["packages/a"]),
]


@pytest.mark.parametrize(("patterns", "folders"), TAKEN, ids=str)
def test_takes_in_what_npm_takes_in(patterns: list[str], folders: list[str]) -> None:
    assert match_members(".", patterns, PATHS) == ([f"{folder}/package.json" for folder in folders], [])


def test_patterns_count_from_the_manifests_own_folder() -> None:
    assert match_members("packages", ["*"], PATHS)[0] == [
        "packages/a/package.json",
        "packages/b/package.json",
    ]
    assert match_members("pack", ["*"], PATHS)[0] == []


@pytest.mark.parametrize("pattern", ["../*", "packages/../../x", "+(a|b)/*", "{a,b}{a,b}" * 8])
def test_what_leads_out_or_is_not_understood_is_a_problem(pattern: str) -> None:
    members, problems = match_members(".", [pattern, "apps/*"], PATHS)
    assert members == ["apps/web/package.json"]
    assert len(problems) == 1


def test_no_pattern_takes_long() -> None:
    paths = ["a" * 60 + "/package.json", "a/" * 120 + "package.json"]
    assert match_members(".", ["*a" * 40 + "b", "**/" * 300 + "b", "**/*" * 60 + "b"], paths)[0] == []
