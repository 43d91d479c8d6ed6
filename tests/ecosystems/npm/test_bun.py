"""bun.lock: JSON with comments and trailing commas, nested copies, and files that are none."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import apply_edits, read, rows, run, update_of, write
from upgrader.ecosystems import npm
from upgrader.ecosystems.npm.bun_lock import plain_json

MANIFEST = (
    '{"name": "r", "workspaces": ["packages/*"], "dependencies": {"@s/x": "^1.0.0", "nick": "npm:real@~2.0.0", '
    '"b": "workspace:*", "g": "github:o/g"}, "devDependencies": {"tool": "^2.0.0"}}'
)
MEMBER = '{"name": "b", "version": "1.0.0", "dependencies": {"tool": "1.0.0"}}'
LOCK = """{
  // written by bun
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "r",
      "dependencies": {
        "@s/x": "^1.0.0",
        "b": "workspace:*",
        "g": "github:o/g",
        "nick": "npm:real@~2.0.0",
      },
      "devDependencies": {
        "tool": "^2.0.0",
      },
    },
    "packages/b": {
      "name": "b",
      "version": "1.0.0",
      "dependencies": {
        "tool": "1.0.0",
      },
    },
  },
  "packages": {
    "@s/x": ["@s/x@1.2.0", "", { "dependencies": { "deep": "^0.1.0" } }, "sha512-a=="],

    "b": ["b@workspace:packages/b"],

    "deep": ["deep@0.1.3", "", {}, "sha512-b=="],

    "g": ["g@github:o/g#abc", {}, "o-g-abc"],

    "nick": ["real@2.0.4", "", {}, "sha512-c=="],

    "only-dev": ["only-dev@3.0.0", "", {}, "sha512-d=="],

    "tool": ["tool@2.9.0", "", { "dependencies": { "only-dev": "*" }, "bin": { "tool": "a//b.js" } }, "sha512-e=="],

    "b/tool": ["tool@1.0.0", "", {}, "sha512-f=="], /* nested */
  }
}
"""


def project(tmp_path: Path, lock: str | bytes) -> Path:
    files: dict[str, str | bytes] = {"package.json": MANIFEST, "packages/b/package.json": MEMBER}
    return write(tmp_path, files | {"bun.lock": lock})


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_what_each_place_got(tmp_path: Path, version: str, newline: str) -> None:
    lock = LOCK.replace('"lockfileVersion": 1', f'"lockfileVersion": {version}').replace("\n", newline)
    found = read(project(tmp_path, lock))
    assert found.held == ()
    assert (found.project.tool, found.project.lock_format) == ("bun", version)
    direct = {
        (row.place.path, row.name): (row.locked, row.immovable) for row in found.dependencies if row.direct
    }
    assert direct == {
        ("package.json", "@s/x"): ("1.2.0", ""),
        ("package.json", "b"): (None, "workspace member"),
        ("package.json", "g"): (None, "git reference"),
        ("package.json", "real"): ("2.0.4", ""),
        ("package.json", "tool"): ("2.9.0", ""),
        ("packages/b/package.json", "tool"): ("1.0.0", ""),
    }
    others = [row for row in found.dependencies if not row.direct and not row.immovable]
    assert {row.name: (row.locked, row.section) for row in others} == {
        "deep": ("0.1.3", "prod"),
        "only-dev": ("3.0.0", "dev"),
    }
    lines = lock.splitlines()
    assert all(f'"{row.name}": [' in lines[row.place.line - 1] for row in others)


HOSTILE = [
    pytest.param(b"", "bun.lock:1: ", id="empty"),
    pytest.param(b"[]", "bun.lock:1: ", id="a list"),
    pytest.param(b'{"lockfileVersion": 99}', "bun.lock:1: ", id="unknown format"),
    pytest.param(b'{"lockfileVersion": true}', "bun.lock:1: ", id="a truth"),
    pytest.param(b'{\n"lockfileVersion": 1,,}', "bun.lock:2: ", id="two commas"),
    pytest.param(b'{\n/* "lockfileVersion": 1}', "bun.lock:2: ", id="a comment without end"),
    pytest.param(b'{"a": ' + b"[" * 99_999, "bun.lock:1: ", id="nested deeply"),
    pytest.param(b"\xff", "bun.lock:1: ", id="not UTF-8"),
]


@pytest.mark.parametrize(("lock", "start"), HOSTILE)
def test_a_lockfile_that_is_none_is_held_with_its_line(tmp_path: Path, lock: bytes, start: str) -> None:
    found = read(project(tmp_path, lock))
    assert [item.kind for item in found.held] == ["unreadable"]
    assert found.held[0].reason.startswith(start)
    assert len(found.dependencies) == 6


STRANGE = ['"packages": {"x": [1]}', '"packages": {"x": 1}', '"packages": [1]', '"packages": {"x": []}']


@pytest.mark.parametrize("body", STRANGE)
def test_wrong_shapes_lose_no_requirement(tmp_path: Path, body: str) -> None:
    found = read(project(tmp_path, '{"lockfileVersion": 1, ' + body + "}"))
    assert len([row for row in found.dependencies if row.direct]) == 6


SAME = [b'{"a": "x // y", "b": ",}"}', b'{"a": "\\"// ,]"}', b"{}"]


@pytest.mark.parametrize("text", SAME, ids=str)
def test_plain_json_and_strings_stay(text: bytes) -> None:
    assert plain_json(text) == text


def test_the_binary_lockfile_is_held_with_what_to_do(tmp_path: Path) -> None:
    root = write(tmp_path, {"package.json": MANIFEST, "bun.lockb": b"\x00\x01"})
    found = read(root)
    assert [(item.kind, item.subject) for item in found.held] == [("tool", "bun.lockb")]
    assert "--save-text-lockfile" in found.held[0].advice


CATALOGS = """{
  "workspaces": {
    "packages": ["packages/*"],
    "catalog": {"x": "^1.0.0"},
    "catalogs": {"old": {"x": "0.9.0", "nick": "npm:real@~1.0.0"}}
  },
  "catalog": {"top": "2.0.0"}
}
"""


def test_catalogs_of_bun_are_dependencies(tmp_path: Path) -> None:
    member = '{"name": "m", "dependencies": {"x": "catalog:", "nick": "catalog:old", "top": "catalog:"}}'
    lock = (
        '{"lockfileVersion": 1, "workspaces": {"": {}, "packages/m": {"name": "m", "dependencies": {"x": "catalog:"}}},'
        '\n"packages": {"x": ["x@1.4.0", "", {}, "sha512-a=="]}}'
    )
    files = {"package.json": CATALOGS, "packages/m/package.json": member, "bun.lock": lock}
    found = read(write(tmp_path, files))
    entries = [row for row in found.dependencies if "catalog" in row.group]
    assert [(row.place.line, row.place.key, row.name, row.requirement, row.locked) for row in entries] == [
        (4, "workspaces.catalog.x", "x", "^1.0.0", "1.4.0"),
        (5, "workspaces.catalogs.old.nick", "real", "~1.0.0", None),
        (5, "workspaces.catalogs.old.x", "x", "0.9.0", None),
        (7, "catalog.top", "top", "2.0.0", None),
    ]
    users = {row.place.key: row.immovable for row in found.dependencies if row.place.path != "package.json"}
    assert users["dependencies.x"] == "catalog reference (package.json:4)"
    assert found.project.manifests == ("package.json", "packages/m/package.json")
    apply_edits(tmp_path, entries[1:2], "3.1.0")
    assert (tmp_path / "package.json").read_text() == CATALOGS.replace("~1.0.0", "~3.1.0")


@pytest.mark.tools("bun")
@pytest.mark.parametrize(
    ("name", "target"),
    [("tidewater-tally", "2.0.0"), ("tidewater-gull", "1.0.1"), ("tidewater-fibre", "1.0.1")],
    ids=["out of range", "in range, a newer one left", "transitive, a newer one left"],
)
def test_bun_moves_one_package_and_nothing_else(
    tmp_path: Path, client: dict[str, str], name: str, target: str
) -> None:
    asked = {
        "tidewater-tally": "1.0.0",
        "tidewater-gull": "1.0.0",
        "tidewater-rope": "1.0.0",
        "tidewater-cord": "1.0.0",
    }
    root = write(
        tmp_path,
        {"package.json": json.dumps({"dependencies": asked, "overrides": {"tidewater-fibre": "1.0.0"}})},
    )
    argv = ["bun", "install", "--lockfile-only"]
    for _ in range(2):
        subprocess.run(argv, cwd=root, env=client, check=True, capture_output=True)
        loose = {key: f"^{text.lstrip('^')}" for key, text in asked.items()}
        (root / "package.json").write_text(json.dumps({"dependencies": loose}))
    before = {(row.name, row.direct): row.locked for row in read(root).dependencies}
    if (name, False) not in before and (name, True) not in before:
        pytest.skip("nothing here brings it along")
    places = rows(root, name) or rows(root, name, direct=False)
    if places[0].direct:
        apply_edits(root, places, target)
    done = run(npm.relock(read(root).project, [update_of(places, target, newer=["9.0.0"])]), root, client)
    assert done[-1].returncode == 0, done[-1].stderr
    after = {(row.name, row.direct): row.locked for row in read(root).dependencies}
    moved = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert moved == {name}
    assert target in {version for key, version in after.items() if key[0] == name}
