"""What a project runs on and is installed with: every statement a row, package managers movable."""

import json
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import apply_edits, read, write
from upgrader.ecosystems import npm
from upgrader.model import RUNTIME, CannotEdit, Dependency
from upgrader.outside.files import Tree


def stated(root: Path, manifest: str = "package.json") -> dict[str, tuple[str, str, str]]:
    return {
        f"{row.place}:{row.place.key}": (row.name, row.requirement, row.immovable)
        for row in read(root, manifest).dependencies
    }


def test_every_statement_is_a_row_with_its_line(tmp_path: Path) -> None:
    text = """{
  "engines": {"node": ">=18", "vscode": "^1.8.0"},
  "packageManager": "pnpm@9.1.0",
  "volta": {
    "node": "20.1.0",
    "yarn": "4.2.0",
    "extends": "../package.json"
  },
  "devEngines": {
    "runtime": {"name": "node", "version": ">=20"},
    "packageManager": [{"name": "npm", "version": "10.2.0"}, {"name": "bun"}]
  }
}"""
    found = stated(
        write(tmp_path, {"package.json": text, ".nvmrc": "# ours\nlts/iron\n", ".node-version": "v20"})
    )
    assert {key: row[:2] for key, row in found.items()} == {
        "package.json:2:engines.node": ("node", ">=18"),
        "package.json:2:engines.vscode": ("vscode", "^1.8.0"),
        "package.json:3:packageManager": ("pnpm", "9.1.0"),
        "package.json:5:volta.node": ("node", "20.1.0"),
        "package.json:6:volta.yarn": ("@yarnpkg/cli-dist", "4.2.0"),
        "package.json:7:volta.extends": ("extends", "../package.json"),
        "package.json:10:devEngines.runtime.version": ("node", ">=20"),
        "package.json:11:devEngines.packageManager.0.version": ("npm", "10.2.0"),
        "package.json:11:devEngines.packageManager.1.name": ("bun", ""),
        ".nvmrc:2:.nvmrc": ("node", "lts/iron"),
        ".node-version:1:.node-version": ("node", "v20"),
    }
    movable = {key.rpartition(":")[2] for key, row in found.items() if not row[2]}
    assert movable == {"packageManager", "volta.yarn", "devEngines.packageManager.0.version"}
    assert all(row[2].startswith(RUNTIME) for row in found.values() if row[2])


PINS = [
    pytest.param("npm@10.2.0", "npm", "10.2.0", "", id="npm"),
    pytest.param("yarn@1.22.22", "yarn", "1.22.22", "", id="yarn 1"),
    pytest.param("yarn@4.1.0", "@yarnpkg/cli-dist", "4.1.0", "", id="yarn 4"),
    pytest.param("pnpm@9.1.0+sha512.ab", "pnpm", "9.1.0", "corepack use pnpm", id="a hash"),
    pytest.param("pnpm@9", "pnpm", "9", "not a version", id="no exact version"),
    pytest.param("vlt@1.0.0", "vlt", "1.0.0", "not a version of npm", id="another tool"),
    pytest.param("pnpm", "packageManager", "pnpm", "not written", id="no version"),
    pytest.param("yarn@https://r.example/y.js", "yarn", "https://r.example/y.js", "not a version", id="url"),
]


@pytest.mark.parametrize(("text", "name", "version", "why"), PINS)
def test_package_manager(tmp_path: Path, text: str, name: str, version: str, why: str) -> None:
    write(tmp_path, {"package.json": json.dumps({"packageManager": text})})
    ((found, requirement, immovable),) = stated(tmp_path).values()
    assert (found, requirement) == (name, version)
    assert why in immovable
    assert bool(why) is bool(immovable)


def test_a_yarn_that_the_project_brings_along_is_not_moved(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"package.json": '{"packageManager": "yarn@4.1.0"}', ".yarnrc.yml": "yarnPath: .yarn/x.cjs\n"},
    )
    ((_, _, why),) = stated(tmp_path).values()
    assert "yarn set version" in why


EDITS = [
    pytest.param('{"packageManager": "pnpm@9.1.0"}', "packageManager", "9.2.0", id="packageManager"),
    pytest.param('{"packageManager":"yarn@4.1.0" }', "packageManager", "4.9.0", id="yarn"),
    pytest.param('{"volta": {"node": "20.1.0", "npm": "10.2.0"}}', "volta.npm", "11.0.0", id="volta"),
    pytest.param(
        '{"devEngines": {"packageManager": [{"name": "x"}, {"name": "npm", "version": "10.2.0"}]}}',
        "devEngines.packageManager.1.version",
        "11.0.0",
        id="devEngines",
    ),
]


@pytest.mark.parametrize(("text", "key", "target"), EDITS)
def test_a_package_manager_is_edited_where_it_stands(
    tmp_path: Path, text: str, key: str, target: str
) -> None:
    root = write(tmp_path, {"package.json": text})
    place = next(row for row in read(root).dependencies if row.place.key == key)
    apply_edits(root, [place], target)
    assert (root / "package.json").read_text() == text.replace(place.requirement, target, 1)


GONE = [
    pytest.param('{"packageManager": "npm@9.1.0"}', id="another tool"),
    pytest.param('{"packageManager": "pnpm@9.1.0+sha512.ab"}', id="a hash came"),
    pytest.param('{"packageManager": "pnpm@9.1.1"}', id="another version"),
    pytest.param('{"packageManager": ["pnpm@9.1.0"]}', id="a list"),
]


@pytest.mark.parametrize("text", GONE)
def test_a_file_that_says_something_else_is_left_alone(tmp_path: Path, text: str) -> None:
    root = write(tmp_path, {"package.json": '{"packageManager": "pnpm@9.1.0"}'})
    (place,) = read(root).dependencies
    assert isinstance(npm.edit(text.encode(), place, "9.2.0"), CannotEdit)


def test_a_lone_node_file_is_a_project_of_its_own(tmp_path: Path) -> None:
    files = {
        "docs/.nvmrc": "v18.1.0",
        "app/package.json": "{}",
        "app/.nvmrc": "20",
        "tools/.node-version": "\n",
    }
    root = write(tmp_path, files)
    manifests = npm.find_manifests(Tree(root).walk())
    assert manifests == ["app/package.json", "docs/.nvmrc", "tools/.node-version"]
    (row,) = read(root, "docs/.nvmrc").dependencies
    assert (row.name, row.requirement, row.is_runtime, str(row.place)) == (
        "node",
        "v18.1.0",
        True,
        "docs/.nvmrc:1",
    )
    assert [row.requirement for row in read(root, "tools/.node-version").dependencies] == [""]


def test_odd_values_break_nothing(tmp_path: Path) -> None:
    odd = {"engines": ["node >= 4"], "volta": "x", "devEngines": {"runtime": [1, {"name": 2}]}}
    rows: tuple[Dependency, ...] = read(write(tmp_path, {"package.json": json.dumps(odd)})).dependencies
    assert rows == ()
