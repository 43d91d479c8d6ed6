"""package.json with its workspaces and lockfile: everything listed, with the exact line, nothing dropped in silence."""

import json
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import read, write
from upgrader.ecosystems import npm
from upgrader.errors import ManifestError
from upgrader.model import CannotEdit, Dependency
from upgrader.outside.files import Tree

MANIFEST = """{
  "name": "shop",
  "engines": {"node": ">=18"},
  "workspaces": {"packages": ["packages/*"]},
  "dependencies": {
    "lib": "^1.0.0", "leaf": "~1.1.0",
    "fork": "github:tide/fork",
    "count": "npm:@tide/tally@^1.0.0"
  },
  "devDependencies": { "tool": "latest" },
  "optionalDependencies": {
    "extra": "1.x"
  },
  "peerDependencies": {"host": ">=1", "guest": "^2.0.0"},
  "peerDependenciesMeta": {"guest": {"optional": true}},
  "overrides": {"leaf": "1.1.0"}
}
"""
LOCK = {
    "name": "shop",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop"},
        "node_modules/lib": {"version": "1.0.0", "resolved": "https://r.example/lib", "integrity": "x"},
        "node_modules/leaf": {"version": "1.1.4", "integrity": "x"},
        "node_modules/fork": {"version": "0.1.0", "resolved": "git+ssh://git@github.com/tide/fork.git#aa"},
        "node_modules/count": {"name": "@tide/tally", "version": "1.2.0", "integrity": "x"},
        "node_modules/tool": {"version": "3.0.0", "dev": True, "integrity": "x"},
        "node_modules/deep": {"version": "1.0.0", "dev": True, "integrity": "x"},
        "node_modules/lib/node_modules/deep": {"version": "1.0.0", "integrity": "x"},
        "node_modules/tool/node_modules/deep": {"version": "2.0.0", "devOptional": True, "integrity": "x"},
        "node_modules/pa": {"resolved": "packages/a", "link": True},
        "packages/a": {"name": "pa", "version": "1.0.0"},
        "packages/a/node_modules/lib": {"version": "2.0.0", "integrity": "x"},
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "package.json": MANIFEST,
            "package-lock.json": json.dumps(LOCK, indent=2),
            "packages/a/package.json": '{\r\n"name": "pa",\r\n"version": "1.0.0",\r\n'
            '"dependencies": {"lib": "^2.0.0"}}',
            "packages/b/package.json": '{"name": "pb", "dependencies": {"lib": "^1.0.0", "pa": "^1.0.0"}}',
        },
    )


def short(row: Dependency) -> tuple[object, ...]:
    return str(row.place), row.name, row.requirement, row.locked, row.section, row.immovable


def test_every_direct_dependency_with_its_line_and_what_is_locked(shop: Path) -> None:
    said = [
        row for row in read(shop).dependencies if row.direct and row.group not in ("engines", "overrides")
    ]
    assert [short(row) for row in said] == [
        ("package.json:6", "leaf", "~1.1.0", "1.1.4", "prod", "pinned by overrides (package.json:16)"),
        ("package.json:6", "lib", "^1.0.0", "1.0.0", "prod", ""),
        ("package.json:7", "fork", "github:tide/fork", "0.1.0", "prod", "git reference"),
        ("package.json:8", "@tide/tally", "^1.0.0", "1.2.0", "prod", ""),
        ("package.json:10", "tool", "latest", "3.0.0", "dev", "tag `latest`"),
        ("package.json:12", "extra", "1.x", None, "optional", ""),
        ("package.json:14", "guest", "^2.0.0", None, "peer", ""),
        ("package.json:14", "host", ">=1", None, "peer", ""),
        ("packages/a/package.json:4", "lib", "^2.0.0", "2.0.0", "prod", ""),
        ("packages/b/package.json:1", "lib", "^1.0.0", "1.0.0", "prod", ""),
        ("packages/b/package.json:1", "pa", "^1.0.0", None, "prod", "workspace member"),
    ]


def test_what_only_the_lockfile_holds_stands_once_per_version(shop: Path) -> None:
    lines = (shop / "package-lock.json").read_text().splitlines()
    found = [row for row in read(shop).dependencies if not row.direct]
    assert [(row.name, row.locked, row.section) for row in found] == [
        ("deep", "1.0.0", "prod"),
        ("deep", "2.0.0", "optional"),
    ]
    assert all('/deep": {' in lines[row.place.line - 1] for row in found)


def test_group_alias_marker_and_key_as_written(shop: Path) -> None:
    by_key = {row.place.key: row for row in read(shop).dependencies}
    assert by_key["dependencies.count"].alias == "count"
    assert by_key["dependencies.lib"].alias == ""
    assert by_key["devDependencies.tool"].group == "devDependencies"
    assert by_key["peerDependencies.guest"].marker == "optional"
    assert by_key["peerDependencies.host"].marker == ""


def test_the_project(shop: Path) -> None:
    found = read(shop)
    project = found.project
    assert project.id == "npm:package.json"
    assert project.manifests == ("package.json", "packages/a/package.json", "packages/b/package.json")
    assert (project.lockfile, project.tool, project.lock_format) == ("package-lock.json", "npm", "3")
    assert (project.name, project.runtime, project.folder) == ("shop", ">=18", ".")
    assert npm.members(found) == ["packages/a/package.json", "packages/b/package.json"]
    assert found.held == ()


def test_find_manifests_puts_roots_before_members() -> None:
    paths = [
        "b/package.json",
        "node_modules/x/package.json",
        "a/b/package.json",
        "package.json",
        "package.json5",
    ]
    assert npm.find_manifests(paths) == ["package.json", "b/package.json", "a/b/package.json"]


def test_a_project_in_a_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"app/package.json": '{"workspaces": ["m"]}', "app/m/package.json": '{"dependencies": {"x": "1"}}'},
    )
    lock = {"lockfileVersion": 2, "packages": {"m/node_modules/x": {"version": "1.0.0"}}}
    write(tmp_path, {"app/npm-shrinkwrap.json": json.dumps(lock), "app/package-lock.json": "{"})
    found = read(tmp_path, "app/package.json")
    assert found.project.lockfile == "app/npm-shrinkwrap.json"
    assert found.project.lock_format == "2 without resolved"
    assert [row.locked for row in found.dependencies] == ["1.0.0"]


def test_a_member_without_lockfile_is_taken_where_its_version_fits(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": '{"workspaces": ["*"], "dependencies": {"a": "^1.0.0", "b": "^1.0.0"}}',
            "a/package.json": '{"name": "a", "version": "1.5.0"}',
            "b/package.json": '{"name": "b", "version": "2.0.0"}',
        },
    )
    assert [row.immovable for row in read(tmp_path).dependencies] == ["workspace member", ""]


OWNERS = [
    pytest.param(["package-lock.json"], "", ("npm", "package-lock.json", 0), id="npm"),
    pytest.param([], "", ("npm", None, 0), id="no lockfile"),
    pytest.param(["pnpm-lock.yaml"], "", ("pnpm", "pnpm-lock.yaml", 1), id="pnpm"),
    pytest.param(["yarn.lock"], "", ("yarn", "yarn.lock", 1), id="yarn"),
    pytest.param(["bun.lock"], "", ("bun", "bun.lock", 1), id="bun"),
    pytest.param(
        ["package-lock.json", "yarn.lock"], "", ("npm", "package-lock.json", 0), id="both, undecided"
    ),
    pytest.param(
        ["package-lock.json", "yarn.lock"], "yarn@4.1.0", ("yarn", "yarn.lock", 1), id="both, yarn is named"
    ),
    pytest.param(
        ["package-lock.json"],
        "pnpm@9.0.0",
        ("npm", "package-lock.json", 0),
        id="another is named without a lock",
    ),
]


@pytest.mark.parametrize(("locks", "manager", "wanted"), OWNERS)
def test_who_owns_the_lockfile(
    tmp_path: Path, locks: list[str], manager: str, wanted: tuple[str, str | None, int]
) -> None:
    manifest = {"packageManager": manager, "dependencies": {"x": "^1.0.0"}}
    write(
        tmp_path,
        {
            "package.json": json.dumps(manifest),
            **dict.fromkeys(locks, '{"lockfileVersion": 3, "packages": {}}'),
        },
    )
    found = read(tmp_path)
    assert (found.project.tool, found.project.lockfile, len(found.held)) == wanted
    assert {row.locked for row in found.dependencies} == {None}
    assert all(item.kind in ("tool", "unreadable") and item.advice for item in found.held)


def test_a_member_of_an_unread_workspace_belongs_to_the_lockfile_above(tmp_path: Path) -> None:
    write(tmp_path, {"pnpm-lock.yaml": "", "packages/a/package.json": '{"dependencies": {"x": "1"}}'})
    found = read(tmp_path, "packages/a/package.json")
    assert (found.project.tool, found.project.lockfile, found.held) == ("pnpm", "pnpm-lock.yaml", ())


RUNTIMES = [
    ({"engines": {"node": ">=18 <23"}}, {}, ">=18 <23"),
    ({"engines": {"node": "*"}}, {}, None),
    ({"engines": {"node": "whatever"}}, {".nvmrc": "20.11.0\n"}, "20.11.0"),
    ({"engines": ["node >= 0.4"]}, {}, None),
    ({}, {".nvmrc": "v20"}, "20"),
    ({}, {".nvmrc": "# ours\nlts/iron\n"}, "20"),
    ({}, {".nvmrc": "lts/*", ".node-version": "18.19.1"}, "18.19.1"),
    ({"volta": {"node": "22.1.0"}}, {}, "22.1.0"),
    ({"volta": {"node": "22.1.0"}}, {".nvmrc": b"\xff\xfe"}, "22.1.0"),
    ({}, {}, None),
]


@pytest.mark.parametrize(("manifest", "files", "wanted"), RUNTIMES)
def test_the_declared_runtime(
    tmp_path: Path, manifest: dict[str, object], files: dict[str, str | bytes], wanted: str | None
) -> None:
    write(tmp_path, {"package.json": json.dumps(manifest), **files})
    assert read(tmp_path).project.runtime == wanted


def test_a_broken_member_is_held_and_is_no_root(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"package.json": '{"workspaces": ["a", "b"]}', "a/package.json": "{\n,}", "b/package.json": "{}"},
    )
    found = read(tmp_path)
    assert [(item.kind, item.reason.partition(": ")[0]) for item in found.held] == [
        ("unreadable", "a/package.json:2")
    ]
    assert npm.members(found) == ["a/package.json", "b/package.json"]
    assert found.project.manifests == ("package.json", "b/package.json")


LOCKS = [
    pytest.param('{"packages": {"node_modules/x": {"version": "1.0.0"', "unreadable", id="cut"),
    pytest.param(
        '{"lockfileVersion": 3, "packages": {"node_modules/x": {"version": 1}}}', "unreadable", id="odd type"
    ),
    pytest.param('{"lockfileVersion": 9, "packages": {}}', "unreadable", id="unknown format"),
    pytest.param("[]", "unreadable", id="a list"),
    pytest.param("", "unreadable", id="empty"),
    pytest.param("[" * 100_000, "unreadable", id="deep"),
    pytest.param(b"\xff", "unreadable", id="not UTF-8"),
]


@pytest.mark.parametrize(("lock", "kind"), LOCKS)
def test_a_lockfile_that_is_not_read_is_held_and_the_requirements_stay(
    tmp_path: Path, lock: str | bytes, kind: str
) -> None:
    write(tmp_path, {"package.json": '{"dependencies": {"x": "^1.0.0"}}', "package-lock.json": lock})
    found = read(tmp_path)
    assert [(row.name, row.locked) for row in found.dependencies] == [("x", None)]
    assert [(item.kind, item.subject) for item in found.held] == [(kind, "package-lock.json")]
    assert found.held[0].reason.startswith("package-lock.json:")
    assert found.held[0].advice


def test_odd_entries_of_a_lockfile_are_held(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "node_modules/": {"version": "1.0.0"},
            "node_modules/--save": {"version": "1.0.0"},
            "node_modules/x": {},
            "node_modules/y\u0041\n": {"version": "1.0.0"},
            "node_modules/ok": {"version": "1.0.0", "resolved": "http://evil.example/ok.tgz"},
        },
    }
    write(tmp_path, {"package.json": "{}", "package-lock.json": json.dumps(lock)})
    found = read(tmp_path)
    assert [(row.name, row.place.line) for row in found.dependencies] == [("ok", 1)]
    assert [item.kind for item in found.held] == ["unreadable"] * 4 + ["policy"]
    assert all(item.reason.startswith("package-lock.json:1: ") for item in found.held)


HOSTILE = [
    "duplicate-keys",
    "bom",
    "flag-names",
    "flag-versions",
    "huge-version",
    "proto",
    "wrong-types",
    "workspace-outside",
    "lock-elsewhere",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_manifests_are_read_as_far_as_they_can_be(fixtures: Path, name: str) -> None:
    found = read(fixtures / "hostile/npm" / name)
    movable = [row for row in found.dependencies if not row.immovable]
    assert all(row.name.startswith("tidewater-") or row.name == "constructor" for row in movable)
    assert "tidewater-cord" in {row.name for row in found.dependencies}
    assert found.held or name in ("bom", "flag-versions", "huge-version")


UNREADABLE = {
    "deep-nesting": 1,
    "empty": 1,
    "huge-number": 1,
    "latin-1": 1,
    "top-level-list": 1,
    "truncated": 4,
    "utf-16": 1,
}


@pytest.mark.parametrize(("name", "line"), UNREADABLE.items())
def test_hostile_files_that_are_no_manifest(fixtures: Path, name: str, line: int) -> None:
    with pytest.raises(ManifestError, match=rf"^package\.json:{line}: "):
        npm.read_project(Tree(fixtures / "hostile/npm" / name), "package.json")


def test_of_a_key_that_stands_twice_the_last_counts_and_it_is_told(tmp_path: Path) -> None:
    text = (
        '{"scripts": {"a": "1", "a": "2"},\n"dependencies": {"gone": "1"},\n"engines": {"node": ">=1"},'
        '\n"dependencies": {"x": "^1.0.0",\n"y": "^1.0.0", "x": "^2.0.0"},\n"devDependencies": {"z": "^1.0.0"}}'
    )
    found = read(write(tmp_path, {"package.json": text}))
    rows = [
        (row.name, row.requirement, row.place.line) for row in found.dependencies if row.group != "engines"
    ]
    assert rows == [("x", "^2.0.0", 5), ("y", "^1.0.0", 5), ("z", "^1.0.0", 6)]
    assert [item.reason.partition(";")[0] for item in found.held] == [
        "package.json:1: scripts.a: stands twice",
        "package.json:4: dependencies: stands twice",
        "package.json:5: dependencies.x: stands twice",
    ]
    places = {str(row.name): row for row in found.dependencies}
    assert isinstance(npm.edit(text.encode(), places["y"], "2.0.0"), CannotEdit)
    assert not isinstance(npm.edit(text.encode(), places["z"], "2.0.0"), CannotEdit)
