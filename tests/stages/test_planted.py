"""Checkouts in which no tool is started, and the more numerous ones in which nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outside.repos import git
from upgrader.errors import StepRefused
from upgrader.outside.git import Git
from upgrader.stages.planted import refuse_planted

LINK = "-> "
FINE = [
    pytest.param({"venv.py": "", "docs/.venv.md": ""}, id="names that only look alike"),
    pytest.param({".python-version": "3.12.1\n"}, id="a version"),
    pytest.param({".python-version": "pypy@3.10\n", "b/.python-versions": "3.12\n3.13\n"}, id="versions"),
    pytest.param({"a/f": "", "node_modules": LINK + "a"}, id="a symlink that stays inside"),
    pytest.param({"a/f": "", "b/node_modules": LINK + "../a"}, id="a symlink to a sibling"),
    pytest.param({"docs": LINK + "/nowhere"}, id="a symlink out that no tool writes through"),
    pytest.param({"uv.lock": "", "go.sum": "", "node_modules/a/b": ""}, id="plain files"),
]
PLANTED = [
    pytest.param({".venv/bin/python": "#!/bin/sh\n"}, ".venv/bin/python", id="an environment"),
    pytest.param({"a/.venv/x": ""}, "a/.venv/x", id="an environment of a member"),
    pytest.param({".VENV/x": ""}, ".VENV/x", id="in capitals"),
    pytest.param({".venv": LINK + "/usr"}, ".venv", id="a symlink to an environment"),
    pytest.param({".python-version": "./evil\n"}, ".python-version", id="a path"),
    pytest.param(
        {"a/.python-versions": "3.12\n/tmp/evil\n"}, "a/.python-versions", id="a path among versions"
    ),
    pytest.param({".python-version": LINK + "/etc/passwd"}, ".python-version", id="a version elsewhere"),
    pytest.param({"go.sum": LINK + "/tmp/victim"}, "go.sum", id="go.sum elsewhere"),
    pytest.param({"Cargo.lock": LINK + "../../victim"}, "Cargo.lock", id="Cargo.lock above"),
    pytest.param({"a/node_modules": LINK + "../../victim"}, "a/node_modules", id="node_modules above"),
    pytest.param({"b": LINK + "/", "uv.lock": LINK + "b/victim"}, "uv.lock", id="through two symlinks"),
]


def checked_out(folder: Path, files: dict[str, str]) -> Git:
    repo = folder / "repo"
    repo.mkdir()
    git(repo, "init", "-q")
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith(LINK):
            path.symlink_to(text.removeprefix(LINK))
        else:
            path.write_text(text)
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-qm", "all")
    return Git.open(repo)


@pytest.mark.parametrize("files", FINE)
def test_ordinary_checkouts_pass(tmp_path: Path, files: dict[str, str]) -> None:
    repo = checked_out(tmp_path, files)
    refuse_planted(repo.add_worktree(tmp_path / "work", "HEAD", "test"))


@pytest.mark.parametrize(("files", "named"), PLANTED)
def test_what_tools_would_run_or_write_through_is_refused(
    tmp_path: Path, files: dict[str, str], named: str
) -> None:
    repo = checked_out(tmp_path, files)
    with pytest.raises(StepRefused, match=f"^{named}: ") as refused:
        refuse_planted(repo.add_worktree(tmp_path / "work", "HEAD", "test"))
    assert refused.value.advice
