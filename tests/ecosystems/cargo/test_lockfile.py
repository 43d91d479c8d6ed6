"""Cargo.lock of every version: which of several versions is meant, what is transitive, and files that are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import DEFAULT, HEAD, locked, lockfile, only, read, rows
from upgrader.ecosystems.cargo.lockfile import origin_of

APP = (
    HEAD
    + '[dependencies]\naa = "1"\n[dev-dependencies]\ntool = "2"\n'
    + '[build-dependencies]\nold = { package = "aa", version = "0.9" }\n'
)

LOCKS = {
    "version 3": lockfile(
        locked("aa", "0.9.1"),
        locked("aa", "1.4.0", "deep"),
        locked("app", "0.1.0", "aa 0.9.1", "aa 1.4.0", "tool", source=""),
        locked("deep", "0.1.0"),
        locked("tool", "2.0.0", "deep", "only"),
        locked("only", "0.2.0"),
        version=3,
    ),
    "version 2": lockfile(
        locked("aa", "0.9.1"),
        locked("aa", "1.4.0", "deep"),
        locked("app", "0.1.0", "aa 0.9.1", "aa 1.4.0", "tool", source=""),
        locked("deep", "0.1.0"),
        locked("tool", "2.0.0", "deep", "only"),
        locked("only", "0.2.0"),
        version=None,
    ),
    "version 1": lockfile(
        locked("aa", "0.9.1"),
        locked("aa", "1.4.0", f"deep 0.1.0 ({DEFAULT})"),
        locked(
            "app",
            "0.1.0",
            f"aa 0.9.1 ({DEFAULT})",
            f"aa 1.4.0 ({DEFAULT})",
            f"tool 2.0.0 ({DEFAULT})",
            source="",
        ),
        locked("deep", "0.1.0"),
        locked("tool", "2.0.0", f"deep 0.1.0 ({DEFAULT})", f"only 0.2.0 ({DEFAULT})"),
        locked("only", "0.2.0"),
        f'[metadata]\n"checksum aa 1.4.0 ({DEFAULT})" = "00"\n',
        version=None,
    ),
}


@pytest.mark.parametrize("name", LOCKS)
def test_versions_of_the_file(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, {"Cargo.toml": APP, "Cargo.lock": LOCKS[name]})
    assert found.held == ()
    assert [row.partition(" ")[2] for row in rows(found)] == [
        "~deep - 0.1.0 prod",
        "~only - 0.2.0 dev",
        "aa 1 1.4.0 prod",
        "tool 2 2.0.0 dev",
        "aa 0.9 0.9.1 build",
    ]
    lines = LOCKS[name].splitlines()
    for item in found.dependencies:
        if not item.direct:
            assert lines[item.place.line - 1] == f'name = "{item.name}"'


def test_root_of_the_oldest_files(tmp_path: Path) -> None:
    lock = f'[root]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "aa 1.0.0 ({DEFAULT})",\n]\n\n'
    found = read(
        tmp_path,
        {"Cargo.toml": HEAD + "[dependencies]\naa = '1'\n", "Cargo.lock": lock + locked("aa", "1.0.0")},
    )
    assert rows(found) == ["Cargo.toml:6 aa 1 1.0.0 prod"]


def test_lines_of_a_file_that_cargo_did_not_write(tmp_path: Path) -> None:
    lock = (
        'version = 4\n[[package]]\n# moved\nversion = "1.0.0"\nname = "zz"\n'
        f'source = "{DEFAULT}"\n[[package]]\nname = "yy"\nversion = "1.0.0"\nsource = "{DEFAULT}"\n'
    )
    found = read(tmp_path, {"Cargo.toml": HEAD, "Cargo.lock": lock})
    assert rows(found) == ["Cargo.lock:5 ~zz - 1.0.0 prod", "Cargo.lock:8 ~yy - 1.0.0 prod"]


def test_a_member_whose_version_was_raised_is_found_by_name(tmp_path: Path) -> None:
    lock = lockfile(locked("aa", "1.0.0"), locked("app", "0.0.9", "aa", source=""))
    assert (
        only(
            read(tmp_path, {"Cargo.toml": HEAD + "[dependencies]\naa='1'\n", "Cargo.lock": lock}), "aa"
        ).locked
        == "1.0.0"
    )


STALE = {
    "requirement was raised": (locked("aa", "1.0.0"), locked("app", "0.1.0", "aa", source="")),
    "not in it": (locked("app", "0.1.0", source=""),),
    "member not in it": (locked("aa", "2.0.0"),),
}


@pytest.mark.parametrize("name", STALE)
def test_what_a_stale_file_does_not_hold_is_not_claimed(tmp_path: Path, name: str) -> None:
    found = read(
        tmp_path, {"Cargo.toml": HEAD + "[dependencies]\naa='2'\n", "Cargo.lock": lockfile(*STALE[name])}
    )
    direct = [item for item in found.dependencies if item.direct]
    assert [(item.name, item.locked) for item in direct] == [("aa", None)]


def test_the_highest_that_fits_is_meant(tmp_path: Path) -> None:
    lock = lockfile(
        locked("aa", "1.0.0"),
        locked("aa", "2.0.0"),
        locked("app", "0.1.0", "aa 1.0.0", "aa 2.0.0", source=""),
    )
    text = HEAD + '[dependencies]\naa = ">=1"\n[dev-dependencies]\naa = "1"\n'
    found = read(tmp_path, {"Cargo.toml": text, "Cargo.lock": lock})
    assert rows(found) == ["Cargo.toml:6 aa >=1 2.0.0 prod", "Cargo.toml:8 aa 1 1.0.0 dev"]


SOURCES = {
    "default": (DEFAULT, "default"),
    "sparse": ("sparse+https://crates.example/index/", "registry"),
    "git index": ("registry+https://crates.example/index", "registry"),
    "looks like the default": ("registry+https://crates.example/x/crates.io-index", "registry"),
    "git": ("git+https://forge.example/a?branch=main#0123", "git"),
    "on disk": ("", "path"),
    "folder": ("directory+file:///x", "other"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources(tmp_path: Path, name: str) -> None:
    source, origin = SOURCES[name]
    assert origin_of(source) == origin
    lock = lockfile(locked("aa", "1.0.0", source=source))
    item = only(read(tmp_path, {"Cargo.toml": HEAD, "Cargo.lock": lock}), "aa")
    assert bool(item.immovable) == (origin != "default")


@pytest.mark.parametrize("source", ["git+https://forge.example/aa#0", ""], ids=["git", "path"])
def test_a_patched_crate_cannot_move(tmp_path: Path, source: str) -> None:
    text = HEAD + '[dependencies]\naa = "1"\n[patch.crates-io]\naa = { path = "../aa" }\n'
    lock = lockfile(locked("aa", "1.0.0", source=source), locked("app", "0.1.0", "aa", source=""))
    found = read(tmp_path, {"Cargo.toml": text, "Cargo.lock": lock})
    asked, patch = [item for item in found.dependencies if item.name == "aa"]
    assert asked.immovable.startswith("patched: Cargo.lock holds it from a")
    assert patch.group == "patch.crates-io"
    assert patch.immovable


BROKEN: dict[str, str | bytes] = {
    "conflict": "<<<<<<< HEAD\nversion = 4\n",
    "wrong type": "version = 4\n[[package]]\nname = 1\nversion = '1.0.0'\n",
    "no list": 'package = "x"\n',
    "no version": '[[package]]\nname = "a"\nversion = "one"\n',
    "flag as a name": f'[[package]]\nname = "--config"\nversion = "1.0.0"\nsource = "{DEFAULT}"\n',
    "cut": '[[package]]\nname = "a',
    "not utf-8": b"\xff",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_held_and_the_requirements_stay(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, {"Cargo.toml": APP, "Cargo.lock": BROKEN[name]})
    (held,) = found.held
    assert held.reason.startswith("Cargo.lock:")
    assert held.advice
    assert [item.locked for item in found.dependencies] == [None, None, None]


def test_many_twins_are_no_trap(tmp_path: Path) -> None:
    lock = lockfile(*(locked("a", f"{n}.0.0", *["a"] * 20) for n in range(1000)))
    found = read(tmp_path, {"Cargo.toml": HEAD, "Cargo.lock": lock})
    assert len(found.dependencies) == 1000
