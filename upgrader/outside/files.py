"""Reads and writes files: never outside the tree that was asked for, never half, never without a limit."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from upgrader.errors import GitError, ManifestError

LIMIT = 16 * 2**20
"""Largest file read by default, in bytes; no manifest or source file of a sane project is larger."""

SEARCHED = 2**20
"""Largest file that is searched, in bytes."""
_SKIPPED = frozenset(
    (
        *(
            ".git",
            ".hg",
            ".svn",
            "node_modules",
            "bower_components",
            ".venv",
            "venv",
            "vendor",
            "__pycache__",
        ),
        *(
            "site-packages",
            "dist-packages",
            ".tox",
            ".nox",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
        ),
        *(".eggs", ".yarn", ".pnpm-store", ".cargo-home", "__pypackages__"),
    )
)
"""Folders that hold other people's code or caches, never the project's own."""
_SKIPPED_ENDINGS = (".dist-info", ".egg-info")
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY


def read_bytes(path: Path, *, limit: int = LIMIT) -> bytes:
    """Return a regular file's bytes. Raises ManifestError when it is missing, larger than `limit` or no plain file."""
    try:
        return _read_fd(os.open(path, _READ & ~os.O_NOFOLLOW), str(path), limit)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}.") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.

    The permission bits stay; a symlink is replaced, not followed. Raises ManifestError when the disk says no.
    """
    try:
        folder = os.open(path.parent, _FOLDER & ~os.O_NOFOLLOW)
        try:
            _replace(folder, path.name, data)
        finally:
            os.close(folder)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be written: {error.strerror}.") from error


def plain_files(folder: Path) -> list[str]:
    """Every plain file below a folder, sorted, git or not; symlinks are not followed, caches not entered."""
    return sorted(_scan(folder, ""))


def every_file(folder: Path, *, limit: int) -> list[str]:
    """Every plain file below a folder as a posix path, sorted, caches and others' code included; only `.git` is not.

    Symlinks are not followed. Raises ManifestError when there are more than `limit`.
    """
    found: list[str] = []
    for here, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name != ".git")
        inside = os.path.relpath(here, folder).replace(os.sep, "/")
        start = "" if inside == "." else f"{inside}/"
        found += [f"{start}{name}" for name in names if not os.path.islink(os.path.join(here, name))]  # noqa: PTH114, PTH118 - thousands of them
        if len(found) > limit:
            raise ManifestError(f"{folder}: holds more than the {limit} files that are looked at.")
    return sorted(found)


class Tree:
    """One folder and what is below it; paths are relative and posix, and nothing outside is ever touched."""

    def __init__(self, root: Path) -> None:
        try:
            self.root = root.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise ManifestError(f"{root}: is not a folder that can be read.") from error
        if not self.root.is_dir():
            raise ManifestError(f"{root}: is not a folder.")

    def read(self, rel: str, *, limit: int = LIMIT) -> bytes:
        """Return a file's bytes; symlinks are followed as long as they stay inside.

        Raises ManifestError starting with `rel:` when it leaves the tree, is missing, too large or no plain file.
        """
        parts = self._inside(rel)
        try:
            with self._folder(parts[:-1]) as folder:
                return _read_fd(os.open(parts[-1], _READ, dir_fd=folder), rel, limit)
        except OSError as error:
            raise ManifestError(f"{rel}: cannot be read: {error.strerror}.") from error

    def exists(self, rel: str) -> bool:
        """Tell whether a plain file is there and inside the tree."""
        if not os.path.lexists(f"{self.root}/{rel}"):
            return False  # most are asked about in vain, and this costs a tenth of the rest
        try:
            return self.root.joinpath(*self._inside(rel)).is_file()
        except (ManifestError, OSError):
            return False

    def write(self, rel: str, data: bytes) -> None:
        """Replace or create a file, atomically; its folder must exist.

        Raises ManifestError for `..`, absolute paths, anything under .git and any symlink on the way or at the end.
        """
        parts = _parts(rel)
        if any(_is_git(part) for part in parts):
            raise ManifestError(f"{rel}: belongs to git and is not written.")
        try:
            with self._folder(parts[:-1]) as folder:
                _refuse_special(folder, parts[-1], rel)
                _replace(folder, parts[-1], data)
        except OSError as error:
            reason = (
                "a symlink is on the way" if error.errno in (errno.ELOOP, errno.ENOTDIR) else error.strerror
            )
            raise ManifestError(f"{rel}: cannot be written: {reason}.") from error

    def walk(self) -> list[str]:
        """Return every plain file as a posix path, sorted; other people's code, caches and ignored files left out.

        In a git repository what git tracks or would track, elsewhere everything. Symlinks are not followed.
        """
        listed = self._listed_by_git()
        if not listed:  # no repository, or a folder that the repository around it ignores
            return sorted(_scan(self.root, ""))
        crates = {path[: -len("Cargo.toml")] for path in listed if path.rpartition("/")[2] == "Cargo.toml"}
        folders: dict[str, bool] = {"": True}
        return sorted(p for p in listed if _kept(p.rpartition("/")[0], folders, crates) and self._plain(p))

    def search(self, needle: bytes, paths: Sequence[str]) -> list[str]:
        """Those of the walked files that hold these bytes, in their order; larger ones than SEARCHED are left out."""
        return [path for path in paths if self._holds(path, needle)]

    def _holds(self, rel: str, needle: bytes) -> bool:
        try:
            descriptor = os.open(f"{self.root}/{rel}", _READ)
            return needle in _read_fd(descriptor, rel, SEARCHED)
        except (OSError, ManifestError):
            return False

    def _listed_by_git(self) -> list[str]:
        """What git tracks or would track; nothing without a repository around, which needs no git to tell."""
        if not any(os.path.lexists(folder / ".git") for folder in (self.root, *self.root.parents)):
            return []
        from upgrader.outside.git import Git  # lazy: with it come processes, sandbox and all

        try:
            return Git.find(self.root).files(self.root)
        except GitError:
            return []

    def _plain(self, rel: str) -> bool:
        try:
            return stat.S_ISREG(os.lstat(f"{self.root}/{rel}").st_mode)
        except OSError:
            return False

    def _inside(self, rel: str) -> tuple[str, ...]:
        """Resolve symlinks, and refuse what ends up outside."""
        try:
            real = self.root.joinpath(*_parts(rel)).resolve()
        except (OSError, RuntimeError) as error:
            raise ManifestError(f"{rel}: cannot be read: its symlinks lead nowhere.") from error
        if not real.is_relative_to(self.root) or real == self.root:
            raise ManifestError(f"{rel}: leads outside {self.root} and is not read.")
        return real.relative_to(self.root).parts

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Open a folder component by component, so that no symlink put there meanwhile is followed."""
        folder = os.open(self.root, _FOLDER)
        try:
            for part in parts:
                deeper = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = deeper
            yield folder
        finally:
            os.close(folder)


def _parts(rel: str) -> tuple[str, ...]:
    parts = tuple(part for part in rel.split("/") if part not in ("", "."))
    if not parts or rel.startswith("/") or ".." in parts or "\0" in rel or "\\" in rel:
        raise ManifestError(f"{rel!r}: is not a path inside the project.")
    return parts


def _is_git(part: str) -> bool:
    """Also the spellings that other file systems take for .git: case, trailing dots and spaces, NTFS short name."""
    plain = "".join(
        char for char in part.lower() if (char.isprintable() and ord(char) < 0x200B) or char == "\u00e9"
    )
    return plain.rstrip(". ").partition(":")[0] in (".git", "git~1")


def _read_fd(descriptor: int, name: str, limit: int) -> bytes:
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ManifestError(f"{name}: is not a plain file.")
        if status.st_size > limit:
            raise ManifestError(f"{name}: has {status.st_size} bytes, more than the {limit} that are read.")
        chunks = bytearray()
        while data := file.read(min(limit + 1 - len(chunks), 2**20)):
            chunks += data
            if len(chunks) > limit:
                raise ManifestError(f"{name}: grew beyond the {limit} bytes that are read.")
        return bytes(chunks)


def _refuse_special(folder: int, name: str, rel: str) -> None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        raise ManifestError(f"{rel}: is a symlink or no plain file, and is not written.")


def _replace(folder: int, name: str, data: bytes) -> None:
    try:
        mode = stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        mode = None
    temporary = f".{name[:100]}.{secrets.token_hex(6)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if mode is not None:
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _skip(folder: str, name: str, has_cargo: bool) -> bool:
    return name in _SKIPPED or name.endswith(_SKIPPED_ENDINGS) or (name == "target" and has_cargo)


def _kept(folder: str, known: dict[str, bool], crates: set[str]) -> bool:
    """Tell whether no component of a folder is skipped; each folder is judged once."""
    if folder not in known:
        parent, _, name = folder.rpartition("/")
        beside = f"{parent}/" if parent else ""
        known[folder] = _kept(parent, known, crates) and not _skip(folder, name, beside in crates)
    return known[folder]


def _scan(root: Path, start: str) -> Iterator[str]:
    """Walk without git; a stack, not recursion, so that depth is no danger; unreadable folders are empty."""
    stack = [start]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(root / folder) as entries:
                listed = list(entries)
        except OSError:
            continue
        has_cargo = any(entry.name == "Cargo.toml" for entry in listed)
        for entry in listed:
            rel = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if not _skip(folder, entry.name, has_cargo):
                    stack.append(f"{rel}/")
            elif entry.is_file(follow_symlinks=False):
                yield rel
