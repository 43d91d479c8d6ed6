"""Files: read with limits, written whole, and never outside the tree."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from upgrader.errors import ManifestError
from upgrader.outside.files import Tree, read_bytes, write_atomic


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = tmp_path / "project"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "package.json").write_text("{}")
    (root / "sub" / "b.txt").write_text("b")
    (tmp_path / "secret").write_text("secret")
    return Tree(root)


@pytest.mark.parametrize("rel", ["package.json", "./package.json", "sub//b.txt", "sub/./b.txt"])
def test_plain_files_are_read(tree: Tree, rel: str) -> None:
    assert tree.exists(rel)
    assert tree.read(rel) in (b"{}", b"b")


def test_links_that_stay_inside_are_read(tree: Tree) -> None:
    (tree.root / "link").symlink_to("sub/b.txt")
    (tree.root / "folder").symlink_to("sub")
    assert (tree.read("link"), tree.read("folder/b.txt")) == (b"b", b"b")


OUTSIDE = [
    "../secret",
    "sub/../../secret",
    "/etc/passwd",
    "",
    ".",
    "/",
    "a\0b",
    "..\\secret",
    "sub",
]


@pytest.mark.parametrize("rel", [*OUTSIDE, "missing"])
def test_what_is_not_a_file_inside_is_not_read(tree: Tree, rel: str) -> None:
    assert not tree.exists(rel)
    with pytest.raises(ManifestError):
        tree.read(rel)


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "../project/../secret", "loop"])
def test_links_that_leave_are_neither_read_nor_written(tree: Tree, target: str) -> None:
    (tree.root / "loop").symlink_to(target)
    assert not tree.exists("loop")
    with pytest.raises(ManifestError):
        tree.read("loop")
    with pytest.raises(ManifestError):
        tree.write("loop", b"x")
    assert (tree.root.parent / "secret").read_text() == "secret"


@pytest.mark.parametrize(
    "rel", [*OUTSIDE, "folder/new", "folder/secret", "link", ".git/config", "sub/.git/hooks/x"]
)
def test_nothing_outside_is_written(tree: Tree, rel: str) -> None:
    (tree.root / "folder").symlink_to("..")
    (tree.root / "link").symlink_to("sub/b.txt")
    (tree.root / "sub" / ".git" / "hooks").mkdir(parents=True)
    with pytest.raises(ManifestError):
        tree.write(rel, b"x")
    assert (tree.root.parent / "secret").read_text() == "secret"
    assert (tree.root / "sub" / "b.txt").read_text() == "b"


@pytest.mark.parametrize(
    "part", [".git", ".GIT", ".git ", ".git.", "git~1", ".g\u200cit", ".git::$INDEX_ALLOCATION"]
)
def test_no_spelling_of_the_git_folder_is_written(tree: Tree, part: str) -> None:
    (tree.root / part).mkdir()
    with pytest.raises(ManifestError, match="belongs to git"):
        tree.write(f"{part}/config", b"x")


@pytest.mark.parametrize("rel", [".gitignore", ".github/workflows/ci.yml", ".gitattributes", "git"])
def test_neighbours_of_the_git_folder_are_not_git(tree: Tree, rel: str) -> None:
    (tree.root / rel).parent.mkdir(parents=True, exist_ok=True)
    tree.write(rel, b"x")
    assert tree.read(rel) == b"x"


def test_a_hard_link_is_left_alone(tree: Tree) -> None:
    (tree.root / "hard").hardlink_to(tree.root.parent / "secret")
    tree.write("hard", b"x")
    assert (tree.root.parent / "secret").read_text() == "secret"
    assert tree.read("hard") == b"x"


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_special_files_do_not_hang(tree: Tree, kind: str) -> None:
    place = tree.root / "odd"
    os.mkfifo(place) if kind == "fifo" else place.mkdir()
    for act in (lambda: tree.read("odd"), lambda: tree.write("odd", b"x"), lambda: read_bytes(place)):
        with pytest.raises(ManifestError):
            act()


def test_large_files_are_refused(tree: Tree) -> None:
    with (tree.root / "huge").open("wb") as file:
        file.truncate(20 * 2**20)
    with pytest.raises(ManifestError, match=r"huge: has 20971520 bytes, more than the 16777216"):
        tree.read("huge")
    assert len(read_bytes(tree.root / "huge", limit=2**25)) == 20 * 2**20


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(ManifestError, match="not a plain file"):
        read_bytes(Path("/dev/zero"))


def test_a_write_keeps_the_mode_and_leaves_nothing(tree: Tree) -> None:
    place = tree.root / "package.json"
    place.chmod(0o640)
    tree.write("package.json", b"new")
    write_atomic(tree.root / "run", b"#!/bin/sh\n")
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (b"new", 0o640)
    assert sorted(p.name for p in tree.root.iterdir()) == ["package.json", "run", "sub"]


def test_a_failed_write_leaves_the_old_file(tree: Tree) -> None:
    with pytest.raises(ManifestError, match="missing/x"):
        write_atomic(tree.root / "missing" / "x", b"x")
    with pytest.raises(ManifestError):
        write_atomic(tree.root / "sub", b"x")
    assert sorted(p.name for p in tree.root.iterdir()) == ["package.json", "sub"]


def test_readers_see_the_old_or_the_new_whole(tree: Tree) -> None:
    seen: set[bytes] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(tree.read("package.json"))

    reader = threading.Thread(target=read)
    reader.start()
    for letter in b"abcdefghij" * 3:
        tree.write("package.json", bytes([letter]) * 50_000)
    stop.set()
    reader.join()
    assert {len(set(data)) for data in seen} <= {1, 2}
    assert {len(data) for data in seen} <= {2, 50_000}


def test_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        Tree(tmp_path / "missing")


LISTED = [
    "a/x.py",
    "b.txt",
    "go/vendored.go",
    "rust/Cargo.toml",
    "rust/src/lib.rs",
    "src/target/build.py",
    "ü.txt",
]
UNLISTED = [
    "node_modules/p/package.json",
    "a/.venv/lib/x.py",
    "go/vendor/m/m.go",
    "rust/target/debug/x",
    "a/__pycache__/x.pyc",
    "lib/site-packages/p.py",
    "p-1.dist-info/METADATA",
]


def _fill(root: Path) -> None:
    for rel in LISTED + UNLISTED:
        (root / rel).parent.mkdir(parents=True, exist_ok=True)
        (root / rel).write_text("x")
    (root / "link").symlink_to("a")
    (root / "out").symlink_to("/etc")


def _git(root: Path, *arguments: str) -> None:
    config = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *config, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.parametrize("with_git", [False, True], ids=["plain", "git"])
def test_a_walk_lists_the_projects_own_files(tmp_path: Path, with_git: bool) -> None:
    _fill(tmp_path)
    if with_git:
        _git(tmp_path, "init", "-q")
        _git(tmp_path, "add", "-f", "--", "a", "rust", "node_modules", "link")
        _git(tmp_path, "commit", "-qm", "one")
    assert Tree(tmp_path).walk() == LISTED


def test_a_walk_in_git_follows_gitignore_and_the_disk(tmp_path: Path) -> None:
    for name in ("kept", "deleted", "untracked", "ignored", "sub/kept"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".gitignore").write_text("ignored\n")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "kept", "deleted", "sub")
    _git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "deleted").unlink()
    assert Tree(tmp_path).walk() == [".gitignore", "kept", "sub/kept", "untracked"]
    assert Tree(tmp_path / "sub").walk() == ["kept"]


def test_gitignore_counts_before_the_first_commit(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "ignored").write_text("x")
    assert Tree(tmp_path).walk() == [".gitignore"]


def test_a_project_that_the_repository_around_it_ignores_is_walked(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("inner\n")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "package.json").write_text("{}")
    assert Tree(tmp_path / "inner").walk() == ["package.json"]
