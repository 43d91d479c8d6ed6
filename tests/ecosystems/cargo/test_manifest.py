"""What is read from Cargo.toml: every table, every spelling, exact lines, and what cannot move or be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import HEAD, only, read, rows
from upgrader.ecosystems import cargo
from upgrader.errors import ManifestError, VersionError

SPELLINGS = {
    "bare": ('[dependencies]\na = "1"\n', ["Cargo.toml:6 a 1 - prod"]),
    "literal string": ("[dependencies]\na = '=1.2.3'\n", ["Cargo.toml:6 a =1.2.3 - prod"]),
    "inline table": (
        '[dependencies]\na = { features = ["x"], version = "1" }\n',
        ["Cargo.toml:6 a 1 - prod"],
    ),
    "dotted": ('[dependencies]\na.features = []\na.version = "1"\n', ["Cargo.toml:7 a 1 - prod"]),
    "table of its own": ('[dependencies.a]\n# c\nversion = "1"\n', ["Cargo.toml:7 a 1 - prod"]),
    "quoted key": ('[dependencies]\n"a" = "1"\n', ["Cargo.toml:6 a 1 - prod"]),
    "no version": ("[dependencies]\na = {}\n", ["Cargo.toml:6 a - - prod"]),
    "no version in a table of its own": ("\n[dependencies.a]\n", ["Cargo.toml:6 a - - prod"]),
    "optional": ('[dependencies]\na = { version = "1", optional = true }\n', ["Cargo.toml:6 a 1 - optional"]),
    "optional = false": (
        '[dependencies]\na = { version = "1", optional = false }\n',
        ["Cargo.toml:6 a 1 - prod"],
    ),
    "dev and build": (
        '[dev-dependencies]\na = "1"\n[build-dependencies]\nb = "2"\n',
        ["Cargo.toml:6 a 1 - dev", "Cargo.toml:8 b 2 - build"],
    ),
    "underscores": (
        '[dev_dependencies]\na = "1"\n[build_dependencies]\nb = "2"\n',
        ["Cargo.toml:6 a 1 - dev", "Cargo.toml:8 b 2 - build"],
    ),
    "same crate twice": (
        '[dependencies]\na = "1"\n[dev-dependencies]\na = "1.2"\n',
        ["Cargo.toml:6 a 1 - prod", "Cargo.toml:8 a 1.2 - dev"],
    ),
    "target": (
        '[target."cfg(unix)".dependencies]\na = "1"\n[target.x86_64-pc-windows-gnu.dev-dependencies]\nb="1"\n',
        ["Cargo.toml:6 a 1 - prod", "Cargo.toml:8 b 1 - dev"],
    ),
    "several requirements": ('[dependencies]\na = ">=1.0, <2"\n', ["Cargo.toml:6 a >=1.0, <2 - prod"]),
    "star": ('[dependencies]\na = "*"\n', ["Cargo.toml:6 a * - prod"]),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_spellings(tmp_path: Path, name: str, end: str) -> None:
    text, wanted = SPELLINGS[name]
    found = read(tmp_path, {"Cargo.toml": (HEAD + text).replace("\n", end)})
    assert rows(found) == wanted
    assert found.held == ()
    assert not any(item.immovable for item in found.dependencies)


def test_groups_markers_aliases_and_keys(tmp_path: Path) -> None:
    text = (
        '[target."cfg(unix)".dev_dependencies]\nwaves = { package = "reef", version = "1" }\n'
        '[dependencies]\nplain = { package = "plain", version = "1" }\n'
    )
    found = read(tmp_path, {"Cargo.toml": HEAD + text})
    reef, plain = only(found, "reef"), only(found, "plain")
    assert (reef.alias, reef.group, reef.marker) == ("waves", "dev_dependencies", "cfg(unix)")
    assert reef.place.key == "target.'cfg(unix)'.dev_dependencies.waves"
    assert (plain.alias, plain.group, plain.marker) == ("", "dependencies", "")


IMMOVABLE = {
    "git": ('[dependencies]\na = { git = "https://forge.example/a" }\n', "git reference"),
    "git and version": (
        '[dependencies]\na = { git = "https://forge.example/a", version = "1" }\n',
        "git reference",
    ),
    "path": ('[dependencies]\na = { path = "../a" }\n', "path"),
    "path and version": ('[dependencies]\na = { path = "../a", version = "1" }\n', "path"),
    "patch": ('[patch.crates-io]\na = { path = "../a" }\n', "[patch.crates-io] entry"),
    "replace": ('[replace]\n"a:1.0.0" = { path = "../a" }\n', "[replace] entry"),
}


@pytest.mark.parametrize("name", IMMOVABLE)
def test_immovable(tmp_path: Path, name: str) -> None:
    text, reason = IMMOVABLE[name]
    found = read(tmp_path, {"Cargo.toml": HEAD + text})
    assert only(found, "a").immovable == reason
    assert found.held == ()


HELD = {
    "number": ("[dependencies]\na = 1\nb = '1'\n", "dependencies.a: is neither a version nor a table."),
    "version is no text": (
        "[dependencies]\na = { version = 1 }\nb = '1'\n",
        "dependencies.a: version is not a text.",
    ),
    "flag is no flag": (
        "[dependencies]\na = { optional = 'yes' }\nb = '1'\n",
        "dependencies.a: optional is neither",
    ),
    "no requirement": (
        "[dependencies]\na = '^^1.0'\nb = '1'\n",
        "dependencies.a: '^^1.0' is not a requirement cargo",
    ),
    "npm's or": (
        "[dependencies]\na = '1 || 2'\nb = '1'\n",
        "dependencies.a: '1 || 2' is not a requirement cargo",
    ),
    "nothing to inherit": ("[dependencies]\na.workspace = true\nb = '1'\n", "dependencies.a: inherits from"),
    "workspace = false": (
        "[dependencies]\na.workspace = false\nb = '1'\n",
        "dependencies.a: workspace = false",
    ),
    "flag as a name": ("[dependencies]\n--a = '1'\nb = '1'\n", "'--a' is not a crate name."),
    "list of tables": (
        "[dev-dependencies]\nb='1'\n[[dependencies]]\na = '1'\n",
        "dependencies is not a table.",
    ),
    "section is text": ("[target]\nunix = 'x'\n[dependencies]\nb = '1'\n", "target.unix is not a table."),
    "both spellings": (
        "[dev-dependencies]\nb = '1'\n[dev_dependencies]\na = '1'\n",
        "dev_dependencies.a: cargo ignores dev_dependencies beside dev-dependencies.",
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_held_with_its_line_while_the_others_go_on(tmp_path: Path, name: str) -> None:
    text, reason = HELD[name]
    found = read(tmp_path, {"Cargo.toml": HEAD + text})
    (held,) = found.held
    assert held.kind == "unreadable"
    assert held.place is not None
    assert held.reason.startswith(f"Cargo.toml:{held.place.line}: {reason}")
    assert held.advice
    assert not only(found, "b").immovable
    assert all(item.immovable for item in found.dependencies if item.name == "a")


UNREADABLE = {
    "cut": HEAD + '[dependencies]\na = "1',
    "twice": HEAD + 'name = "b"\n',
    "utf-16": HEAD.encode("utf-16"),
    "deep": HEAD + "a = " + "[" * 9000,
    "missing": None,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(tmp_path: Path, name: str) -> None:
    text = UNREADABLE[name]
    with pytest.raises(ManifestError, match=r"^Cargo\.toml:"):
        read(tmp_path, {} if text is None else {"Cargo.toml": text})


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    found = read(tmp_path, {"Cargo.toml": b"\xef\xbb\xbf" + HEAD.encode() + b'[dependencies]\na = "1"\n'})
    assert rows(found) == ["Cargo.toml:6 a 1 - prod"]


def test_facts_of_the_project(tmp_path: Path) -> None:
    text = HEAD + 'rust-version = "1.70"\n'
    found = read(tmp_path, {"sub/Cargo.toml": text, "sub/Cargo.lock": "version = 4\n"}, "sub/Cargo.toml")
    project = found.project
    assert project.id == "cargo:sub/Cargo.toml"
    assert (project.folder, project.lockfile, project.name, project.runtime, project.tool) == (
        "sub",
        "sub/Cargo.lock",
        "app",
        "1.70",
        "cargo",
    )
    assert list(cargo.members(found)) == ["sub/Cargo.toml"]


def test_find_manifests() -> None:
    paths = [
        "Cargo.toml",
        "Cargo.lock",
        "a/Cargo.toml",
        "a/NotCargo.toml",
        "a/Cargo.toml.orig",
        "b/cargo.toml",
    ]
    assert cargo.find_manifests(paths) == ["Cargo.toml", "a/Cargo.toml"]


@pytest.mark.parametrize("name", ["serde", "serde_json", "A-b", "x", "_private", "a" * 64])
def test_names_that_pass(name: str) -> None:
    assert cargo.normalise(name) == name


@pytest.mark.parametrize(
    "name", ["", "-p", "--config", "a b", "a/b", "../a", "a@1", "ä", "1a", "a" * 65, "a\n", "a."]
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(VersionError):
        cargo.normalise(name)


def test_purl() -> None:
    assert cargo.purl(cargo.normalise("serde"), "1.0.0+zstd") == "pkg:cargo/serde@1.0.0%2Bzstd"
    assert cargo.purl(cargo.normalise("serde"), None) == "pkg:cargo/serde"


TOOLCHAINS = {
    "channel": ("rust-toolchain.toml", '[toolchain]\nchannel = "1.80"\n', ""),
    "old file": ("rust-toolchain", "nightly\n", ""),
    "old name, new content": ("rust-toolchain", '[toolchain]\nchannel = "stable"\n', ""),
    "built-in helper": (
        ".cargo/config.toml",
        '[registry]\nglobal-credential-providers = ["cargo:token"]\n',
        "",
    ),
    "other settings": (".cargo/config.toml", '[build]\nrustflags = ["--cfg", "x"]\n', ""),
    "path": ("rust-toolchain.toml", '[toolchain]\npath = "./evil"\n', "names a toolchain by its path"),
    "path in the old file": ("rust-toolchain", "./evil\n", "names a toolchain by its path"),
    "broken": ("rust-toolchain.toml", "[toolchain\n", "names a toolchain by its path"),
    "helper": (
        ".cargo/config.toml",
        '[registry]\nglobal-credential-providers = ["./evil"]\n',
        "credential helper",
    ),
    "helper of one registry": (
        ".cargo/config.toml",
        '[registries.corp]\ncredential-provider = "./evil --x"\n',
        "credential helper",
    ),
    "helper by another name": (
        ".cargo/config.toml",
        '[credential-alias]\nx = "./evil"\n',
        "credential helper",
    ),
    "helper in the old file": (
        ".cargo/config",
        '[registry]\ncredential-provider = ["./evil"]\n',
        "credential helper",
    ),
    "include from outside": (".cargo/config.toml", 'include = "../../x.toml"\n', "includes"),
    "broken configuration": (".cargo/config.toml", "[build\n", ".cargo/config.toml:1: not TOML"),
}


@pytest.mark.parametrize("name", TOOLCHAINS)
def test_programs_of_the_project_are_not_started(tmp_path: Path, name: str) -> None:
    path, text, reason = TOOLCHAINS[name]
    manifest = HEAD + '[dependencies]\na = "1"\n'
    found = read(tmp_path, {"sub/Cargo.toml": manifest, path: text}, "sub/Cargo.toml")
    said = only(found, "a").immovable
    assert reason in said if reason else said == ""


def test_included_settings_count(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": HEAD + '[dependencies]\na = "1"\n',
        ".cargo/config.toml": 'include = [{ path = "more.toml", optional = true }]\n',
        ".cargo/more.toml": '[registry]\nglobal-credential-providers = ["./evil"]\n',
    }
    assert "credential helper" in only(read(tmp_path, files), "a").immovable
