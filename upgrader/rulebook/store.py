"""Where the files come from that packs run over: a folder with or without git, or a few texts in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from upgrader.errors import GitError, ManifestError
from upgrader.outside import gitfind
from upgrader.outside.files import Tree, plain_files
from upgrader.outside.git import Git
from upgrader.source.syntax import LARGEST, language_of


class NotOurs(Exception):
    """A file that is not read, with the reason in words for the report."""


class Store(Protocol):
    """The files of one root; paths are posix and relative to it."""

    def containing(self, literals: Sequence[str]) -> list[str]:
        """The files that hold one of the literals."""

    def listed(self) -> list[str]:
        """Every file."""

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises NotOurs for a link, a file above LARGEST, one that is gone."""

    def marked(self, paths: Sequence[str]) -> dict[str, str]:
        """The files that their repository calls generated or vendored: path to that word."""

    def passed_by(self) -> dict[str, str]:
        """Links and submodules, which are never entered: path to that word."""


class FolderStore:
    """A folder on disk: what git tracks below it; without a repository everything but caches and others' code."""

    def __init__(self, root: Path, paths: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        """`paths`: files and folders below the root to stay in, () for everything; `without`: to stay out of."""
        self.tree = Tree(root)
        self.root = self.tree.root
        self.paths = tuple(path.rstrip("/") for path in paths if path not in ("", "."))
        self.without = tuple(f"{path.rstrip('/')}/" for path in without)
        self.git = _repository(self.root)
        self._walked: list[str] | None = None
        self._plain: tuple[list[str], dict[str, str]] | None = None

    def containing(self, literals: Sequence[str]) -> list[str]:
        """See `Store`; by `git grep`, of what the files hold now, committed or not."""
        if self.git is not None:
            return self._wanted(gitfind.grep(self.git, literals, self.root, self.paths))
        encoded = [literal.encode() for literal in literals]
        return [path for path in self.listed() if language_of(path) and self._holds(path, encoded)]

    def _holds(self, path: str, literals: Sequence[bytes]) -> bool:
        try:
            data = self.read(path)
        except NotOurs:
            return False
        return any(literal in data for literal in literals)

    def listed(self) -> list[str]:
        """See `Store`."""
        if self.git is not None:
            return self._tracked()[0]
        if self._walked is None:
            inside = [path for path in plain_files(self.root) if self._inside(path)]
            self._walked = self._wanted(inside)
        return self._walked

    def _wanted(self, paths: list[str]) -> list[str]:
        return [path for path in paths if not path.startswith(self.without)] if self.without else paths

    def _tracked(self) -> tuple[list[str], dict[str, str]]:
        if self._plain is None and self.git is not None:
            plain, others = gitfind.tracked(self.git, self.root, self.paths)
            self._plain = self._wanted(plain), others
        return self._plain or ([], {})

    def _inside(self, path: str) -> bool:
        return not self.paths or any(path == part or path.startswith(f"{part}/") for part in self.paths)

    def read(self, path: str) -> bytes:
        """See `Store`."""
        if (self.root / path).is_symlink():
            raise NotOurs("symlink")
        try:
            return self.tree.read(path, limit=LARGEST)
        except ManifestError as fault:
            reason = (
                f"larger than {LARGEST >> 20} MiB" if " bytes, more than" in fault.message else "not readable"
            )
            raise NotOurs(reason) from fault

    def marked(self, paths: Sequence[str]) -> dict[str, str]:
        """See `Store`; by `.gitattributes`."""
        return gitfind.attributes(self.git, self.root, paths) if self.git is not None else {}

    def passed_by(self) -> dict[str, str]:
        """See `Store`; of files that would be code, and all submodules."""
        others = self._tracked()[1]
        return {path: why for path, why in others.items() if why == "submodule" or language_of(path)}


class MemoryStore:
    """A few files in memory, for tests of rules."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files`: path to bytes."""
        self.files = dict(files)

    def containing(self, literals: Sequence[str]) -> list[str]:
        """See `Store`."""
        encoded = [literal.encode() for literal in literals]
        return [path for path, data in self.files.items() if any(literal in data for literal in encoded)]

    def listed(self) -> list[str]:
        """See `Store`."""
        return list(self.files)

    def read(self, path: str) -> bytes:
        """See `Store`."""
        if path not in self.files:
            raise NotOurs("not readable")
        return self.files[path]

    def marked(self, paths: Sequence[str]) -> dict[str, str]:
        """Nothing is marked."""
        return {}

    def passed_by(self) -> dict[str, str]:
        """No links."""
        return {}


def _repository(root: Path) -> Git | None:
    """The repository that tracks files below the root."""
    try:
        git = Git.find(root)
        return git if gitfind.tracked(git, root)[0] else None
    except GitError:
        return None
