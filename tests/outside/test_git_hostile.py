"""Hostile repositories: hooks, filters, programs in the configuration and forged pointers; none of it ever runs."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest

from tests.outside.repos import git, make
from upgrader.errors import GitError
from upgrader.outside.files import Tree
from upgrader.outside.git import Git

HOOKS = (
    *("post-checkout", "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-index-change"),
    *("reference-transaction", "pre-auto-gc", "fsmonitor-watchman", "post-rewrite", "post-merge"),
)
PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "diff.external"),
    *("gpg.program", "gpg.ssh.program", "credential.helper", "sequence.editor", "core.alternateRefsCommand"),
    *("diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.smudge", "filter.x.process"),
    *(
        "filter.a=b.clean",
        "filter.a=b.smudge",
        "merge.x.driver",
        "interactive.diffFilter",
        "pager.log",
        "pager.status",
    ),
    *("trailer.x.command", "alias.status", "uploadpack.packObjectsHook", "core.gitProxy"),
)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "MARK"


@pytest.fixture
def root(tmp_path: Path, mark: Path) -> Path:
    evil = tmp_path / "evil.sh"
    evil.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\ncat\n')
    evil.chmod(0o755)
    root = make(
        tmp_path / "repo",
        **{".gitattributes": "*.txt filter=x diff=x merge=x\n*.bin filter=a=b\n", "b.bin": "b", "c.txt": "c"},
    )
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for folder in (hooks, root / ".git" / "hooks"):
        for name in HOOKS:
            (folder / name).symlink_to(evil)
    for name in PROGRAMS:
        git(root, "config", name, str(evil))
    for name, value in {
        "core.hooksPath": str(hooks),
        "commit.gpgSign": "true",
        "tag.gpgSign": "true",
        "log.showSignature": "true",
        "filter.x.required": "true",
        "protocol.ext.allow": "always",
        "gc.auto": "1",
        "diff.x.cachetextconv": "false",
        "user.signingKey": "x",
        "submodule.recurse": "true",
        "status.submoduleSummary": "true",
    }.items():
        git(root, "config", name, value)
    mark.unlink(missing_ok=True)
    return root


def test_the_fixture_bites(root: Path, mark: Path) -> None:
    (root / "a.txt").write_text("other")
    with contextlib.suppress(subprocess.CalledProcessError):
        git(root, "add", "a.txt")
    assert mark.exists()


def test_nothing_of_a_hostile_repository_runs(root: Path, mark: Path, tmp_path: Path) -> None:
    (root / "c.txt").write_text("changed")
    repo = Git.open(root)
    assert repo.is_dirty()
    assert "a.txt" in Tree(root).walk()
    assert repo.show("HEAD", "a.txt") == b"a\n"
    work = repo.add_worktree(tmp_path / "work", "HEAD", "r", branch="upgrade/x")
    (work.top / "a.txt").write_text("new\n")
    (work.top / "b.bin").write_text("new\n")
    sha = repo.commit(work, ["a.txt", "b.bin"], "m\n\nUpgrade-Step: 1\n")
    assert "+new" in repo.diff("HEAD", sha)
    assert repo.diff_names("HEAD", sha) == ["a.txt", "b.bin"]
    assert repo.log_trailers("Upgrade-Step", sha) == [(sha, "1")]
    assert repo.show(sha, "a.txt") == b"new\n"
    assert work.is_dirty() is False
    repo.remove_worktree(work.top)
    repo.delete_ref("refs/heads/upgrade/x", sha)
    assert not mark.exists(), mark.read_text()


def test_git_variables_around_us_do_not_count(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.fsmonitor=/bin/false'")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "/bin/false")
    assert Git.open(root).top == root
    assert not (tmp_path / "index").exists()


def test_a_missing_object_is_not_fetched_by_a_program(root: Path, mark: Path) -> None:
    repo = Git.open(root)
    blob = git(root, "rev-parse", "HEAD:a.txt")
    for name, value in {
        "extensions.partialClone": "o",
        "remote.o.promisor": "true",
        "remote.o.url": f"ext::{root.parent / 'evil.sh'}",
        "remote.o.uploadpack": str(root.parent / "evil.sh"),
        "core.repositoryFormatVersion": "1",
    }.items():
        git(root, "config", name, value)
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    mark.unlink(missing_ok=True)
    for url in (f"ext::{root.parent / 'evil.sh'}", "ssh://host/x", str(root)):
        git(root, "config", "remote.o.url", url)
        mark.unlink(missing_ok=True)
        with pytest.raises(GitError):
            repo.show("HEAD", "a.txt")
        assert not mark.exists(), url


@pytest.mark.parametrize("kind", ["file", "symlink", "folder", "gone"])
def test_a_forged_pointer_is_noticed_and_not_followed(
    root: Path, mark: Path, tmp_path: Path, kind: str
) -> None:
    repo = Git.open(root)
    work = repo.add_worktree(tmp_path / "work", "HEAD", "r")
    assert work.pointer_intact()
    pointer, forged = work.top / ".git", tmp_path / "forged"
    content = pointer.read_bytes()
    pointer.unlink()
    git(tmp_path, "init", "-q", str(forged))
    git(forged, "config", "core.fsmonitor", str(tmp_path / "evil.sh"))
    match kind:
        case "file":
            pointer.write_text(f"gitdir: {forged / '.git'}\n")
        case "symlink":
            (tmp_path / "copy").write_bytes(content)
            pointer.symlink_to(tmp_path / "copy")
        case "folder":
            (forged / ".git").rename(pointer)
        case _:
            pass
    (work.top / "a.txt").write_text("x")
    assert not work.pointer_intact()
    assert work.is_dirty()
    with pytest.raises(GitError, match=r"\.git file was changed"):
        repo.commit(work, ["a.txt"], "m")
    repo.remove_worktree(work.top)
    assert not work.top.exists()
    assert not mark.exists()


def test_a_bare_repository_inside_the_project_is_not_used(root: Path, mark: Path, tmp_path: Path) -> None:
    trap = root / "trap"
    git(tmp_path, "init", "-q", "--bare", str(trap))
    git(trap, "config", "core.fsmonitor", str(tmp_path / "evil.sh"))
    mark.unlink(missing_ok=True)
    with pytest.raises(GitError):
        Git.open(trap)
    assert not mark.exists()
