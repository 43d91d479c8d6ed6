"""Real repositories for tests, made by a plain git without our wrapper."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> str:
    """Run git as a user would, with no configuration but the repository's own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {
        f"GIT_{role}_{key}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
    }
    done = subprocess.run(["git", *arguments], cwd=root, env=env, check=True, capture_output=True)
    return done.stdout.decode().strip()


def make(root: Path, **files: str) -> Path:
    """Make a repository with one commit on branch `main`."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    for name, text in {"a.txt": "a\n", **files}.items():
        (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def snapshot(root: Path) -> dict[str, bytes]:
    """Every byte of a working tree, its index and HEAD, without the objects."""
    files = [p for p in sorted(root.rglob("*")) if p.is_file() and not p.is_symlink()]
    kept = [
        p for p in files if ".git" not in p.relative_to(root).parts or p.name in ("index", "HEAD", "config")
    ]
    return {str(p.relative_to(root)): p.read_bytes() for p in kept if "worktrees" not in p.parts}
