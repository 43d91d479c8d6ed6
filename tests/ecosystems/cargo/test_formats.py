"""Which Rust a project names, manifests with inline tables over lines, and lockfiles that keep their format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.ecosystems.cargo.worlds import HEAD, locked, lockfile, only, project, read, rows, update, write
from tests.loopback import Site
from upgrader.ecosystems import cargo
from upgrader.errors import StepRefused
from upgrader.model import RUNTIME, CannotEdit
from upgrader.outside.files import Tree
from upgrader.outside.shell import run

CHANNELS: dict[str, tuple[str, str | bytes, str, int]] = {
    "one line": ("rust-toolchain", "1.75.0\n", "1.75.0", 1),
    "one line with a mark": ("rust-toolchain", "\ufeff nightly-2024-01-02 \r\n", "nightly-2024-01-02", 1),
    "the old name, TOML": ("rust-toolchain", '[toolchain]\nchannel = "1.70"\n', "1.70", 2),
    "TOML": ("rust-toolchain.toml", '# ours\n[toolchain]\nprofile = "x"\nchannel = "stable"\n', "stable", 4),
    "dotted": ("rust-toolchain.toml", 'toolchain.channel = "beta"', "beta", 1),
    "a folder": ("rust-toolchain.toml", '[toolchain]\npath = "/opt/rust"\n', "/opt/rust", 2),
    "none": ("rust-toolchain.toml", "[toolchain]\ncomponents = []\n", "", 1),
    "broken": ("rust-toolchain.toml", "[toolchain\n", "", 1),
    "two words": ("rust-toolchain", "1.75 1.76\n", "", 1),
    "no text": ("rust-toolchain", b"\xff", "\ufffd", 1),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_a_toolchain_file_is_a_row(tmp_path: Path, name: str) -> None:
    file, text, channel, line = CHANNELS[name]
    row = only(read(tmp_path, {"Cargo.toml": HEAD, file: text}), "rust")
    assert (row.requirement, row.place.path, row.place.line) == (channel, file, line)
    assert row.immovable.startswith(RUNTIME)


def test_a_lone_toolchain_file_is_a_project_of_its_own(tmp_path: Path) -> None:
    files = {
        "a/Cargo.toml": HEAD,
        "a/rust-toolchain": "1.70",
        "b/rust-toolchain.toml": '[toolchain]\nchannel="1.71"',
    }
    tree = write(tmp_path, files)
    assert sorted(cargo.find_manifests(sorted(files))) == ["a/Cargo.toml", "b/rust-toolchain.toml"]
    assert rows(cargo.read_project(tree, "b/rust-toolchain.toml")) == [
        "b/rust-toolchain.toml:2 rust 1.71 - dev"
    ]


MULTILINE = HEAD + (
    "[dependencies]\r\n"
    "aa = { # why, and } what\r\n"
    '  version = "1.0", # the { version\r\n'
    "  features = [\r\n    'x', # , }\r\n  ],\r\n"
    "}\r\n"
    "bb = { version = '2.0', }\r\n"
    "[dependencies.cc]\r\nversion = '''3.0'''\r\n"
)


def test_inline_tables_may_go_over_lines(tmp_path: Path) -> None:
    found = read(tmp_path, {"Cargo.toml": MULTILINE})
    assert not found.held
    assert rows(found) == [
        "Cargo.toml:7 aa 1.0 - prod",
        "Cargo.toml:12 bb 2.0 - prod",
        "Cargo.toml:14 cc 3.0 - prod",
    ]
    edits = cargo.edit(MULTILINE.encode(), only(found, "aa"), "4.5.0")
    assert not isinstance(edits, CannotEdit)
    (change,) = edits
    assert (change.line, change.before, change.after) == (7, "1.0", "4.5")
    assert MULTILINE.encode()[change.start : change.start + 3] == b"1.0"


FORMATS = [
    pytest.param("4", None, 0, id="the newest"),
    pytest.param("3", None, 2, id="3"),
    pytest.param("3", "1.90", 2, id="3, a new Rust"),
    pytest.param("3", "1.70", 0, id="3, which cargo keeps by itself"),
    pytest.param("2", "1.50", 0, id="2, which cargo keeps by itself"),
    pytest.param("3 with encoded branches", "1.70", 0, id="3 with branches, which cargo keeps by itself"),
]


@pytest.mark.parametrize(("words", "rust", "more"), FORMATS)
def test_the_formats_version_is_kept(tmp_path: Path, words: str, rust: str | None, more: int) -> None:
    lock = lockfile(locked("aa", "1.0.0"), locked("app", "0.1.0", "aa", source=""))
    found = read(tmp_path, {"Cargo.toml": HEAD + "[dependencies]\naa = '1'\n", "Cargo.lock": lock})
    ours = msgspec.structs.replace(project(), lock_format=words, runtime=rust)
    assert len(cargo.relock(ours, [update(only(found, "aa"), "1.0.5")])) == 1 + more


@pytest.mark.parametrize(("words", "rust"), [("1", None), ("2", "1.60"), ("3 with encoded branches", None)])
def test_a_lockfile_that_would_be_written_anew_is_refused(words: str, rust: str | None) -> None:
    with pytest.raises(StepRefused, match="rewrite") as caught:
        cargo.relock(msgspec.structs.replace(project(), lock_format=words, runtime=rust), [])
    assert "rust-version" in caught.value.advice


def test_which_format_a_lockfile_has(tmp_path: Path) -> None:
    git = locked("g", "1.0.0", source="git+https://git.example/g?branch=a/b#0123")
    plain = locked("g", "1.0.0", source="git+https://git.example/g?branch=a#0123")
    texts = {
        "4": lockfile(),
        "3": lockfile(plain, version=3),
        "3 with encoded branches": lockfile(git, version=3),
        "2": lockfile(locked("a", "1.0.0"), version=None),
        "1": lockfile(locked("a", "1.0.0"), version=None) + '[metadata]\n"checksum a 1.0.0 (x)" = "00"\n',
        "": lockfile(version=5),
    }
    for words, text in texts.items():
        found = read(tmp_path, {"Cargo.toml": HEAD, "Cargo.lock": text})
        assert (found.project.lock_format, bool(found.held)) == (words, not words)


@pytest.mark.tools("cargo")
def test_real_cargo_leaves_version_3(
    sample: Callable[[str], Path], client: dict[str, str], site: Site
) -> None:
    folder = sample("cargo/shop")
    manifest = (folder / "Cargo.toml").read_text()
    (folder / "Cargo.toml").write_text(manifest.replace('rust-version = "1.70"\n', ""))
    text = (folder / "Cargo.lock").read_text()
    (folder / "Cargo.lock").write_text(text.replace("version = 4\n", "version = 3\n", 1))
    found = cargo.read_project(Tree(folder), "Cargo.toml")
    assert found.project.lock_format == "3"
    releases = site.catalogue.releases("cargo", "tidewater-swell")
    newest = [one for one in releases if one.withdrawn is None and one.version.startswith("1.")][-1]
    for command in cargo.relock(found.project, [update(only(found, "tidewater-swell"), newest.version)]):
        assert run(command.argv, cwd=folder, env={**client, **command.env}).ok
    after = (folder / "Cargo.lock").read_text()
    assert "version = 3\n" in after.split("[[package]]")[0]
    assert f'name = "tidewater-swell"\nversion = "{newest.version}"' in after
    assert [path.name for path in folder.iterdir() if path.name.startswith("Cargo.lock")] == ["Cargo.lock"]
