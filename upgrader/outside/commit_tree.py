"""The files of one commit, read without a checkout."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from upgrader.errors import ManifestError
from upgrader.outside.git import Git

LARGEST = 16 * 2**20
"""Bytes of one file that are read at most."""
_SKIPPED = {
    "node_modules",
    ".venv",
    "venv",
    "target",
    "vendor",
    "__pycache__",
    "site-packages",
    ".tox",
    ".nox",
}


class CommitTree:
    """A read-only tree over a commit; symlinks and submodules are not part of it."""

    def __init__(self, git: Git, rev: str, below: str = ".") -> None:
        """`below` is a posix folder: only files in it are walked, though all can be read."""
        self.git = git
        self.rev = git.rev_parse(rev)
        self.below = "" if below == "." else f"{below}/"
        self._files = {
            entry.path: entry.sha for entry in git.ls_tree(self.rev) if entry.mode.startswith("100")
        }
        self._read: dict[str, bytes] = {}

    def walk(self) -> Sequence[str]:
        """Every file of the commit below the folder, sorted; vendored and generated folders are skipped."""
        return sorted(
            path
            for path in self._files
            if path.startswith(self.below) and not _SKIPPED.intersection(path.split("/")[:-1])
        )

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        """Those of the files that hold these bytes, in their order; git looks into all of them at once."""
        endings = sorted({posixpath.splitext(path)[1] for path in paths})
        found = set(self.git.grep(self.rev, needle, [f"*{ending}" for ending in endings])) if paths else ()
        return [path for path in paths if path in found]

    def exists(self, path: str) -> bool:
        """Tell whether the commit holds a regular file at this path."""
        return path in self._files

    def read(self, path: str) -> bytes:
        """Give a file's bytes; raises ManifestError when there is none or it is larger than LARGEST."""
        if path not in self._files:
            raise ManifestError(f"{path}: not in commit {self.rev[:12]}.", "Commit it first.")
        if path not in self._read:
            data = self.git.show(self.rev, path)
            if len(data) > LARGEST:
                raise ManifestError(f"{path}: larger than {LARGEST // 2**20} MiB.")
            self._read[path] = data
        return self._read[path]
