"""overrides, resolutions and pnpm.overrides: each entry a row, editable where the tool obeys it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import apply_edits, read, run, update_of, write
from upgrader.ecosystems import npm
from upgrader.ecosystems.npm.overrides import is_scoped, selected_name
from upgrader.model import CannotEdit

SELECTORS = [
    ("a", "a", False),
    ("@s/a", "@s/a", False),
    ("a@^1", "a", False),
    ("@s/a@1.x", "@s/a", False),
    ("a@>=1 <2", "a", False),
    ("a@1 || >2", "a", False),
    ("a@npm:@s/x@1", "a", False),
    ("a@patch:a@npm%3A1.0.0#~/x.patch", "a", False),
    ("**/a", "a", False),
    ("p>a", "a", True),
    ("p@1>@s/a@>2", "@s/a", True),
    ("p/a", "a", True),
    ("p/**/a", "a", True),
    ("@s/p/a", "a", True),
    ("@s/p/@t/a", "@t/a", True),
    ("p@npm:1.0.0/a@npm:^2", "a", True),
    ("", "", False),
    ("/", "", False),
    ("a/", "", False),
    ("x" * 501, "", False),
    ("@" * 400, "", False),
]


@pytest.mark.parametrize(("selector", "name", "scoped"), SELECTORS)
def test_which_package_a_key_names(selector: str, name: str, scoped: bool) -> None:
    assert (selected_name(selector), is_scoped(selector)) == (name, scoped)


MANIFEST = """{
  "dependencies": {"direct": "^1.0.0", "kept": "^1.0.0"},
  "overrides": {
    "plain": "1.0.0",
    "direct": "1.2.0",
    "kept": "$kept",
    "nest@^1": {
      ".": "1.5.0",
      "leaf": "npm:other@^2.0.0"
    },
    "forked": "github:a/b"
  },
  "resolutions": {"**/plain": "1.0.0", "p/plain": "^2.0.0"},
  "pnpm": {"overrides": {"p>plain": "~3.0.0", "gone": "-"}}
}
"""


def said(root: Path) -> dict[str, tuple[str, str, str]]:
    return {
        row.place.key: (row.name, row.requirement, row.immovable)
        for row in read(root).dependencies
        if row.group.endswith(("overrides", "resolutions"))
    }


def test_every_entry_is_a_row_and_what_cannot_move_says_why(tmp_path: Path) -> None:
    root = write(tmp_path, {"package.json": MANIFEST})
    found = read(root)
    assert not found.held
    passed_over = "npm does not read `resolutions`"
    assert said(root) == {
        "overrides.plain": ("plain", "1.0.0", ""),
        "overrides.direct": (
            "direct",
            "1.2.0",
            "asked for directly too: write `$direct` here, so that both move together",
        ),
        "overrides.kept": ("kept", "$kept", "follows the root's own kept"),
        "overrides.nest@^1..": ("nest", "1.5.0", ""),
        "overrides.nest@^1.leaf": ("other", "^2.0.0", ""),
        "overrides.forked": ("forked", "github:a/b", "git reference"),
        "resolutions.**/plain": ("plain", "1.0.0", passed_over),
        "resolutions.p/plain": ("plain", "^2.0.0", passed_over),
        "pnpm.overrides.p>plain": ("plain", "~3.0.0", "npm does not read `pnpm.overrides`"),
        "pnpm.overrides.gone": ("gone", "-", "npm does not read `pnpm.overrides`"),
    }
    lines = {row.place.key: row.place.line for row in found.dependencies}
    assert (lines["overrides.nest@^1.."], lines["overrides.nest@^1.leaf"]) == (8, 9)


OBEYED = [
    pytest.param("yarn@1.22.22", {"resolutions.**/plain", "resolutions.p/plain"}, id="yarn"),
    pytest.param(
        "pnpm@9.0.0",
        {"overrides.plain", "overrides.direct", "overrides.nest@^1..", "overrides.nest@^1.leaf"}
        | {"resolutions.**/plain", "resolutions.p/plain", "pnpm.overrides.p>plain"},
        id="pnpm",
    ),
]


@pytest.mark.parametrize(("manager", "movable"), OBEYED)
def test_which_tables_each_tool_reads(tmp_path: Path, manager: str, movable: set[str]) -> None:
    manifest = json.loads(MANIFEST) | {"packageManager": manager}
    root = write(tmp_path, {"package.json": json.dumps(manifest)})
    assert {key for key, row in said(root).items() if not row[2]} == movable


def test_members_override_nothing(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"package.json": '{"workspaces": ["a"]}', "a/package.json": '{"overrides": {"x": "1.0.0"}}'},
    )
    assert said(root)["overrides.x"][2] == "only the overrides of the workspace's root count"


@pytest.mark.parametrize(
    ("key", "after"),
    [("overrides.plain", "1.7.0"), ("overrides.nest@^1..", "1.7.0"), ("overrides.nest@^1.leaf", "^7.0.0")],
)
def test_an_entry_is_edited_where_it_stands(tmp_path: Path, key: str, after: str) -> None:
    root = write(tmp_path, {"package.json": MANIFEST.replace("\n", "\r\n")})
    place = next(row for row in read(root).dependencies if row.place.key == key)
    before = said(root)
    assert apply_edits(root, [place], after.lstrip("^")) == 1
    assert said(root) == before | {key: (before[key][0], after, "")}
    changed = (root / "package.json").read_text().splitlines()
    assert len([1 for a, b in zip(MANIFEST.splitlines(), changed, strict=True) if a != b]) == 1


def test_an_entry_of_pnpms_own_file_is_edited_where_it_stands(tmp_path: Path) -> None:
    text = 'overrides:\n  "p@1>a": 1.0.0 # kept\n  a: ^1.0.0\n  b: "$b"\n'
    root = write(tmp_path, {"package.json": "{}", "pnpm-workspace.yaml": text})
    found = [row for row in read(root).dependencies if row.group == "overrides"]
    assert [(row.name, row.place.line, row.immovable) for row in found] == [
        ("a", 2, ""),
        ("a", 3, ""),
        ("b", 4, "follows the root's own b"),
    ]
    apply_edits(root, found[:1], "2.0.0")
    assert (root / "pnpm-workspace.yaml").read_text() == text.replace("1.0.0 #", "2.0.0 #")
    assert isinstance(npm.edit(text.encode(), found[2], "2.0.0"), CannotEdit)


@pytest.mark.tools("npm")
def test_npm_takes_the_new_override_and_moves_nothing_else(
    sample: Callable[[str], Path], client: dict[str, str]
) -> None:
    root = sample("npm/shop")
    manifest = json.loads((root / "package.json").read_bytes())
    manifest["overrides"] = {"tidewater-fibre": "1.0.0"}
    (root / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
    assert run(npm.relock(read(root).project, []), root, client)[-1].returncode == 0
    place = next(row for row in read(root).dependencies if row.group == "overrides")
    assert place.locked == "1.0.0"
    before = {row.place.key: row.locked for row in read(root).dependencies}
    apply_edits(root, [place], "1.0.1")
    done = run(npm.relock(read(root).project, [update_of([place], "1.0.1", newer=["1.1.0"])]), root, client)
    assert done[-1].returncode == 0, done[-1].stderr
    after = {row.place.key: row.locked for row in read(root).dependencies}
    moved = {key for key in before | after if before.get(key) != after.get(key)}
    assert moved == {"overrides.tidewater-fibre", "packages.node_modules/tidewater-fibre"}
    assert after["overrides.tidewater-fibre"] == "1.0.1"
