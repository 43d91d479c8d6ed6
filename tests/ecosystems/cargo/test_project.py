"""The checks of a Cargo project, and that the real cargo runs them from what `prepare` fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import HEAD, project, write
from upgrader.ecosystems import cargo
from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import StepRefused
from upgrader.outside.files import Tree
from upgrader.outside.shell import run


def test_the_room_answers_the_whole_rib() -> None:
    book: Ecosystem = cargo
    assert (book.NAME, book.OSV, book.TOOL) == ("cargo", "crates.io", "cargo")


def test_checks(tmp_path: Path) -> None:
    tree = write(tmp_path, {"sub/Cargo.toml": HEAD})
    tests, warnings, build = cargo.checks(tree, project("sub"))
    assert [check.kind for check in (tests, warnings, build)] == ["tests", "deprecations", "build"]
    assert tests.command.argv == ("cargo", "test", "--workspace", "--locked", "--no-fail-fast")
    assert tests.reader == "cargo"
    assert build.command.argv == ("cargo", "build", "--workspace", "--locked")
    assert "--message-format=json" in warnings.command.argv
    for check in (tests, warnings, build):
        assert check.command.folder == "sub"
        assert not check.command.network
        assert check.command.env["CARGO_TARGET_DIR"].startswith("target")
        assert check.command.env["CARGO_NET_OFFLINE"] == "true"
        assert (check.command.timeout_s, check.command.idle_s) == (3600, 900), "a cold build takes its time"
        assert check.name.endswith("(sub)")
        assert check.source == "sub/Cargo.toml"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rust-toolchain.toml", '[toolchain]\npath = "evil"\n'),
        ("sub/.cargo/config.toml", '[registry]\nglobal-credential-providers = ["./evil"]\n'),
    ],
    ids=("toolchain", "credential helper"),
)
def test_nothing_is_prepared_where_the_project_chooses_the_programs(
    tmp_path: Path, path: str, text: str
) -> None:
    tree = write(tmp_path, {"sub/Cargo.toml": HEAD, path: text})
    with pytest.raises(StepRefused, match="cargo is not started here"):
        cargo.prepare(tree, project("sub"))


def test_no_command_lets_rustup_fetch_a_toolchain(tmp_path: Path) -> None:
    tree = write(tmp_path, {"Cargo.toml": HEAD, "rust-toolchain.toml": '[toolchain]\nchannel = "1.2.3"\n'})
    described = [*cargo.prepare(tree, project()), *(check.command for check in cargo.checks(tree, project()))]
    for command in [*described, cargo.outdated(project())]:
        assert command.env["RUSTUP_AUTO_INSTALL"] == "0"


def test_without_a_lockfile_nothing_claims_one(tmp_path: Path) -> None:
    tree = write(tmp_path, {"Cargo.toml": HEAD})
    bare = project(lock=False)
    commands = [*cargo.prepare(tree, bare), *(check.command for check in cargo.checks(tree, bare))]
    assert not any("--locked" in command.argv for command in commands)


FLAGS = {
    "none": ({}, "target.'cfg(all())'.rustflags"),
    "build": ({".cargo/config.toml": "[build]\nrustflags = ['--cfg', 'x']\n"}, "build.rustflags"),
    "target": (
        {".cargo/config.toml": "[target.'cfg(unix)']\nrustflags = ['-C', 'x']\n"},
        "target.'cfg(all())'",
    ),
    "both": (
        {".cargo/config.toml": "[build]\nrustflags = ['a']\n[target.'cfg(unix)']\nrustflags = ['b']\n"},
        "target.'cfg(all())'",
    ),
    "above": ({".cargo/config": "[build]\nrustflags = ['--cfg', 'x']\n"}, "build.rustflags"),
    "broken": ({".cargo/config.toml": "[build"}, "target.'cfg(all())'"),
}


@pytest.mark.parametrize("name", FLAGS)
def test_our_flags_join_the_projects(tmp_path: Path, name: str) -> None:
    files, setting = FLAGS[name]
    tree = write(tmp_path, {"sub/Cargo.toml": HEAD, **files})
    command = cargo.checks(tree, project("sub"))[1].command
    assert command.argv[-2] == "--config"
    assert command.argv[-1].startswith(setting)


@pytest.mark.tools("cargo")
def test_real_cargo_checks_a_sample(sample: Callable[[str], Path], client: dict[str, str]) -> None:
    root = sample("cargo/workspace")
    tree = Tree(root)
    found = cargo.read_project(tree, "Cargo.toml").project
    lock = (root / "Cargo.lock").read_bytes()
    commands = [*cargo.prepare(tree, found), *(check.command for check in cargo.checks(tree, found))]
    outputs = []
    for command in commands:
        finished = run(command.argv, cwd=root, env={**client, **command.env}, timeout_s=300)
        assert finished.ok, finished.output
        outputs.append(finished.stdout.decode())
    assert "test result: ok." in outputs[1]
    assert '"reason":"build-finished","success":true' in outputs[2]
    assert (root / "Cargo.lock").read_bytes() == lock
