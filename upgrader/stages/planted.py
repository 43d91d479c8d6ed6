"""What a repository may not bring along: files that tools would run, or write through, as if they were their own."""

from __future__ import annotations

import os
from pathlib import Path

from upgrader.errors import ManifestError, StepRefused
from upgrader.outside.files import Tree
from upgrader.outside.git import Entry, Worktree

_ENVIRONMENT = ".venv"
"""uv starts `.venv/bin/python` even to lock, and then installs into whatever place that says it is."""
_VERSION_FILES = (".python-version", ".python-versions")
"""uv starts a Python that is named there by its path."""
_WRITTEN = frozenset(
    (
        *("node_modules", "package.json", "package-lock.json", "npm-shrinkwrap.json"),
        *("pyproject.toml", "uv.lock", "go.mod", "go.sum", "go.work", "go.work.sum"),
        *("cargo.toml", "cargo.lock", "target", "build", "dist"),
    )
)
"""What the native tools empty or write, following symlinks; in lower case, for file systems that know no other."""
_SYMLINK = "120000"
_LONGEST = 10_000


def refuse_planted(worktree: Worktree) -> None:
    """Look through a fresh checkout before any tool starts in it. Raises StepRefused naming the file."""
    tree = Tree(worktree.top)
    for entry in worktree.ls_tree("HEAD"):
        if reason := _planted(entry, tree):
            raise StepRefused(
                f"{entry.path}: {reason}, so nothing is started here.", "Take it out of the repository."
            )


def _planted(entry: Entry, tree: Tree) -> str:
    parts = entry.path.lower().split("/")
    if _ENVIRONMENT in parts:
        return "the repository brings an environment of its own, whose programs tools would run"
    if parts[-1] in _VERSION_FILES and _names_a_path(tree, entry.path):
        return "names a Python by its path, which uv would run"
    if entry.mode == _SYMLINK and parts[-1] in _WRITTEN and _leads_out(tree.root / entry.path, tree.root):
        return "a symlink out of the repository, through which tools would write"
    return ""


def _names_a_path(tree: Tree, path: str) -> bool:
    """One that cannot be read counts as one that does."""
    try:
        text = tree.read(path, limit=_LONGEST)
    except ManifestError:
        return True
    return b"/" in text or b"\\" in text


def _leads_out(path: Path, top: Path) -> bool:
    return not Path(os.path.realpath(path)).is_relative_to(top)
