"""Workspaces: which manifests belong together, what members inherit, and which Rust they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import locked, lockfile, only, read, rows
from upgrader.ecosystems import cargo
from upgrader.outside.files import Tree
from upgrader.stages.inventory import read_inventory


def member(name: str, rest: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{rest}'


EMPTY = {
    f"{path}/Cargo.toml": member(path.rpartition("/")[2])
    for path in ("a", "b", "c/d", "c/e", "x/y/z", "a/sub")
}

MEMBERS = {
    "no workspace": ('[package]\nname="r"\n', ["Cargo.toml"]),
    "none named": ("[workspace]\n", ["Cargo.toml"]),
    "named": ('[workspace]\nmembers = ["b", "a"]\n', ["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"]),
    "glob": ('[workspace]\nmembers = ["c/*"]\n', ["Cargo.toml", "c/d/Cargo.toml", "c/e/Cargo.toml"]),
    "glob stays in one folder": (
        '[workspace]\nmembers = ["*"]\n',
        ["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"],
    ),
    "two stars": ('[workspace]\nmembers = ["x/**"]\n', ["Cargo.toml", "x/y/z/Cargo.toml"]),
    "question mark": ('[workspace]\nmembers = ["c/?"]\n', ["Cargo.toml", "c/d/Cargo.toml", "c/e/Cargo.toml"]),
    "excluded": ('[workspace]\nmembers = ["c/*"]\nexclude = ["c/d"]\n', ["Cargo.toml", "c/e/Cargo.toml"]),
    "named beats excluded": (
        '[workspace]\nmembers = ["c/d", "c/*"]\nexclude = ["c"]\n',
        ["Cargo.toml", "c/d/Cargo.toml"],
    ),
    "dots": ('[workspace]\nmembers = ["./a", "c/../b"]\n', ["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"]),
    "path dependency below": (
        '[workspace]\n[package]\nname="r"\n[dependencies]\na = { path = "a" }\n',
        ["Cargo.toml", "a/Cargo.toml"],
    ),
    "path dependency excluded": (
        '[workspace]\nexclude = ["a"]\n[package]\nname="r"\n[dependencies]\na = { path = "a" }\n',
        ["Cargo.toml"],
    ),
    "default members change nothing": (
        '[workspace]\nmembers = ["a", "b"]\ndefault-members = ["a"]\n',
        ["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"],
    ),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members(tmp_path: Path, name: str) -> None:
    text, wanted = MEMBERS[name]
    found = read(tmp_path, {"Cargo.toml": text, **EMPTY})
    assert list(found.project.manifests) == wanted
    assert found.held == ()


def test_path_dependencies_lead_on_through_the_workspace_table(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\nb = { path = "b" }\n',
        "a/Cargo.toml": member("a", "[dependencies]\nb.workspace = true\n"),
        "b/Cargo.toml": member(
            "b", "[build-dependencies]\nd = { path = '../c/d' }\nout = { path = '../../out' }\n"
        ),
        "c/d/Cargo.toml": member("d"),
    }
    found = read(tmp_path, files)
    assert list(found.project.manifests) == ["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml", "c/d/Cargo.toml"]
    assert {item.immovable for item in found.dependencies} == {"path"}


HELD_MEMBERS = {
    "missing": (
        '[workspace]\nmembers = [\n "a",\n "gone",\n]\n',
        "Cargo.toml:4: the workspace member 'gone'",
    ),
    "outside": ('[workspace]\nmembers = ["a", "../out"]\n', "Cargo.toml:2: the workspace member '../out'"),
    "absolute": ('[workspace]\nmembers = ["a", "/etc"]\n', "Cargo.toml:2: the workspace member '/etc'"),
    "broken": ('[workspace]\nmembers = ["a", "bad"]\n', "bad/Cargo.toml:2: not TOML"),
}


@pytest.mark.parametrize("name", HELD_MEMBERS)
def test_a_member_that_cannot_be_read_is_held(tmp_path: Path, name: str) -> None:
    text, reason = HELD_MEMBERS[name]
    found = read(tmp_path, {"Cargo.toml": text, "bad/Cargo.toml": "a = 1\n[", **EMPTY})
    (held,) = found.held
    assert held.reason.startswith(reason)
    assert list(found.project.manifests) == ["Cargo.toml", "a/Cargo.toml"]


SHARED = {
    "Cargo.toml": (
        '[workspace]\nmembers = ["a", "b"]\n[workspace.package]\nversion = "0.1.0"\nrust-version = "1.75"\n'
        '[workspace.dependencies]\none = "1.0"\n'
        'two = { package = "deux", version = "2", features = ["x"] }\nidle = "3"\nkit = "4"\n'
    ),
    "a/Cargo.toml": (
        '[package]\nname = "a"\nversion.workspace = true\nrust-version.workspace = true\n'
        "[dependencies]\none.workspace = true\ntwo = { workspace = true, optional = true }\n"
    ),
    "b/Cargo.toml": (
        '[package]\nname = "b"\nversion = { workspace = true }\nrust-version = "1.70"\n'
        "[dev-dependencies]\none = { workspace = true }\n[dev-dependencies.kit]\nworkspace = true\n"
    ),
    "Cargo.lock": lockfile(
        locked("a", "0.1.0", "deux", "one 1.2.0", source=""),
        locked("b", "0.1.0", "kit", "one 1.2.0", source=""),
        locked("deux", "2.1.0", "one 0.9.0"),
        locked("kit", "4.0.0"),
        locked("one", "0.9.0"),
        locked("one", "1.2.0"),
    ),
}


def test_inheritance(tmp_path: Path) -> None:
    found = read(tmp_path, SHARED)
    assert found.held == ()
    assert rows(found) == [
        "Cargo.lock:33 ~one - 0.9.0 optional",
        "Cargo.toml:5 rust 1.75 - prod",
        "Cargo.toml:7 one 1.0 1.2.0 prod",
        "Cargo.toml:8 deux 2 2.1.0 optional",
        "Cargo.toml:9 idle 3 - prod",
        "Cargo.toml:10 kit 4 4.0.0 dev",
        "a/Cargo.toml:6 one 1.0 1.2.0 prod",
        "a/Cargo.toml:7 deux 2 2.1.0 optional",
        "b/Cargo.toml:4 rust 1.70 - prod",
        "b/Cargo.toml:6 one 1.0 1.2.0 dev",
        "b/Cargo.toml:8 kit 4 4.0.0 dev",
    ]
    assert {item.alias for item in found.dependencies if item.name == "deux"} == {"two"}
    assert found.project.runtime == "1.70"


def test_a_faulty_shared_entry_is_held_once_and_stops_its_users(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\none = "^^1"\n',
        "a/Cargo.toml": member("a", "[dependencies]\none.workspace = true\n"),
    }
    found = read(tmp_path, files)
    assert [held.reason.partition(":")[0] for held in found.held] == ["Cargo.toml"]
    assert all("is not a requirement" in item.immovable for item in found.dependencies)


def test_a_member_leads_to_its_workspace(tmp_path: Path) -> None:
    assert read(tmp_path, SHARED, "b/Cargo.toml") == read(tmp_path, SHARED)


def test_package_workspace_names_a_root_that_is_not_above(tmp_path: Path) -> None:
    files = {
        "root/Cargo.toml": '[workspace]\nmembers = ["../a"]\n[workspace.dependencies]\none = "1"\n',
        "a/Cargo.toml": member("a", 'workspace = "../root"\n[dependencies]\none.workspace = true\n'),
    }
    found = read(tmp_path, files, "a/Cargo.toml")
    assert found.project.id == "cargo:root/Cargo.toml"
    inventory = read_inventory(Tree(tmp_path), {"cargo": cargo})
    assert [project.id for project in inventory.projects] == ["cargo:root/Cargo.toml"]
    assert len(inventory.dependencies) == 2


def test_each_project_is_read_once(tmp_path: Path) -> None:
    read(tmp_path, {**SHARED, "tool/Cargo.toml": member("tool", '[dependencies]\nx = "1"\n')})
    inventory = read_inventory(Tree(tmp_path), {"cargo": cargo})
    assert [project.id for project in inventory.projects] == ["cargo:Cargo.toml", "cargo:tool/Cargo.toml"]
    assert len(inventory.dependencies) == 12


def test_a_broken_root_does_not_hide_its_members(tmp_path: Path) -> None:
    read_in = {
        "Cargo.toml": "[workspace\n",
        "a/Cargo.toml": member("a", '[dependencies]\nx="1"\ny.workspace=true\n'),
    }
    found = read(tmp_path, read_in, "a/Cargo.toml")
    assert only(found, "x").requirement == "1"
    assert [held.reason for held in found.held] == [
        "a/Cargo.toml:7: dependencies.y: inherits from [workspace.dependencies], which has no such entry."
    ]


@pytest.mark.parametrize(
    ("declared", "needed", "fits"),
    [
        ("1.70", "1.70", True),
        ("1.70", "1.56.1", True),
        ("1.70.2", "1.70", True),
        ("2", "1.99", True),
        ("1.70", "1.70.1", False),
        ("1.9", "1.10", False),
        ("1.70", "1.80-beta", False),
        ("1.70", "soon", None),
        ("", "1.70", None),
        ("1.70", "9" * 100, None),
    ],
)
def test_runtime_fits(declared: str, needed: str, fits: bool | None) -> None:
    assert cargo.runtime_fits(declared, needed) is fits
