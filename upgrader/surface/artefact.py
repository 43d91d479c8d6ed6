"""The files of one release, read in memory: wheels, sdists, npm tarballs, Go module zips, crates, plain folders.

Nothing is unpacked to disk, imported, built or run. Only plain files count: links and devices are left out, a path
that leaves its archive condemns it (SAFETY T4, T5).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from upgrader.errors import ArtefactError, ManifestError
from upgrader.outside.files import Tree, every_file, read_bytes

ARCHIVE_LIMIT = 192 * 2**20
"""Bytes of an archive that is looked into."""
FILE_LIMIT = 8 * 2**20
"""Bytes of one file that is read."""
MEMBERS_LIMIT = 60_000
UNPACKED_LIMIT = 384 * 2**20
"""Bytes that a tar archive may unpack to, and that are read of any artefact together."""
KEPT_LIMIT = 128 * 2**20
"""Bytes kept of a tar archive, which can only be read from its beginning to its end."""
_RATIO = 200
_RATIO_FREE = 32 * 2**20
_DIRECTORY_LIMIT = 16 * 2**20
_LONGEST_PATH = 1024
_DEEPEST_PATH = 64
_TEXT = frozenset(
    (
        *(".py", ".pyi", ".pyx", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".json"),
        *(".go", ".mod", ".rs", ".toml", ".cfg", ".txt", ".md", ".rst", ""),
    )
)
"""Endings of the files of a tar archive that are kept."""
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    LookupError,
)
"""What Python's own readers raise for a damaged, cut or encrypted archive (NotImplementedError is a RuntimeError)."""


class Artefact:
    """The files of a release by their paths, posix, below the folder that its archive holds them in."""

    def __init__(
        self,
        name: str,
        paths: Iterable[str],
        read: Callable[[str], bytes],
        *,
        root: str = "",
        digest: str = "",
    ) -> None:
        self.name = name
        """The archive's or the folder's name, for people."""
        self.root = root
        """The one folder that held everything in the archive and is left out of the paths; "" for none."""
        self.digest = digest
        """sha256 of the archive in hex; "" for a folder."""
        self.paths: tuple[str, ...] = tuple(sorted(paths))
        self._known = frozenset(self.paths)
        self._read = read
        self._left = UNPACKED_LIMIT

    def __contains__(self, path: object) -> bool:
        return path in self._known

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises ArtefactError when there is none, it is damaged, or more than is read."""
        if path not in self._known:
            raise ArtefactError(f"{self.name}: has no file {path}.")
        if self._left <= 0:
            raise ArtefactError(f"{self.name}: holds more than the {UNPACKED_LIMIT} bytes that are read.")
        data = self._read(path)
        self._left -= len(data)
        return data

    def below(self, folder: str) -> Sequence[str]:
        """The files in a folder and the folders in it; "" for all, in order."""
        return [path for path in self.paths if path.startswith(f"{folder}/")] if folder else self.paths


def open_path(path: Path, name: str = "") -> Artefact:
    """A folder, or an archive by its content. Raises ArtefactError when it is neither, or beyond a limit."""
    if path.is_dir():
        return _open_folder(path, name or path.resolve().name)
    try:
        data = read_bytes(path, limit=ARCHIVE_LIMIT)
    except ManifestError as fault:
        raise ArtefactError(fault.message, "Give a folder, a wheel, a tarball, a zip or a crate.") from fault
    return open_archive(data, name or path.name)


def open_archive(data: bytes, name: str) -> Artefact:
    """A zip or a tar archive (gzip or not) in memory. Raises ArtefactError for any other, damage, or a limit."""
    if len(data) > ARCHIVE_LIMIT:
        raise ArtefactError(f"{name}: has {len(data)} bytes, more than the {ARCHIVE_LIMIT} that are read.")
    try:
        if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _open_zip(data, name)
        if data.startswith(b"\x1f\x8b") or data[257:262] == b"ustar":
            return _open_tar(data, name)
    except (*_DAMAGE, tarfile.TarError) as fault:
        raise ArtefactError(f"{name}: is damaged: {str(fault)[:120]}.") from fault
    raise ArtefactError(f"{name}: is no archive that is known.", "Give a wheel, a .tar.gz, a zip or a crate.")


def open_files(files: Mapping[str, bytes], name: str) -> Artefact:
    """Files that are already in memory."""
    return Artefact(name, files, files.__getitem__)


def _open_folder(path: Path, name: str) -> Artefact:
    try:
        tree = Tree(path)
        paths = every_file(path, limit=MEMBERS_LIMIT)
    except ManifestError as fault:
        raise ArtefactError(fault.message, fault.advice) from fault

    def read(rel: str) -> bytes:
        try:
            return tree.read(rel, limit=FILE_LIMIT)
        except ManifestError as fault:
            raise ArtefactError(f"{name}: {fault.message}") from fault

    return Artefact(name, paths, read)


# --- zip ---------------------------------------------------------------------------------------------------


def _open_zip(data: bytes, name: str) -> Artefact:
    """Members are unpacked when they are asked for; only stored and deflated ones, as wheels and Go modules have."""
    end = data.rfind(b"PK\x05\x06")
    size = struct.unpack_from("<I", data, end + 12)[0] if end >= 0 else 0
    if size > _DIRECTORY_LIMIT:
        raise ArtefactError(f"{name}: its table of contents is too large to be read.")
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = _zip_members(archive, name)
    root = "" if name.endswith(".whl") else _root(members)

    def read(path: str) -> bytes:
        info = members[f"{root}/{path}" if root else path]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArtefactError(f"{name}: {path}: is packed in a way that is not read.")
        try:
            with archive.open(info) as file:
                found = file.read(FILE_LIMIT + 1)
        except _DAMAGE as fault:
            raise ArtefactError(f"{name}: {path}: is damaged: {str(fault)[:120]}.") from fault
        if len(found) > FILE_LIMIT:
            raise ArtefactError(f"{name}: {path}: is larger than the {FILE_LIMIT} bytes that are read.")
        return found

    return Artefact(name, _below(members, root), read, root=root, digest=hashlib.sha256(data).hexdigest())


def _zip_members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Plain files by their paths; as for installers, of two members with one name the last one counts."""
    _refuse_many(len(archive.infolist()), name)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        # Many writers leave the kind of file out of the mode.
        plain = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        if plain and not info.is_dir() and (path := _clean(info.filename, name)):
            members[path] = info
    return members


# --- tar ---------------------------------------------------------------------------------------------------


class _Bounded(io.RawIOBase):
    """What unpacks, up to a limit."""

    def __init__(self, source: io.BufferedIOBase, limit: int, name: str) -> None:
        self.source = source
        self.left = limit
        self.name = name

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(max(0, min(size if size >= 0 else self.left + 1, self.left + 1)))
        self.left -= len(data)
        if self.left < 0:
            raise ArtefactError(f"{self.name}: unpacks to more than is read.")
        return data


def _open_tar(data: bytes, name: str) -> Artefact:
    source: io.BufferedIOBase = io.BytesIO(data)
    limit = UNPACKED_LIMIT
    if data.startswith(b"\x1f\x8b"):
        source = gzip.GzipFile(fileobj=source)
        limit = min(limit, max(_RATIO_FREE, len(data) * _RATIO))
    kept: dict[str, bytes | None] = {}
    with tarfile.open(fileobj=_Bounded(source, limit, name), mode="r|") as archive:
        room = KEPT_LIMIT
        for number, member in enumerate(archive):
            _refuse_many(number, name)
            if not member.isreg() or member.issparse():
                continue
            path = _clean(member.name, name)
            if not path:
                continue
            kept[path] = _kept(archive, member, path, room)
            room -= len(kept[path] or b"")
    root = _root(kept)

    def read(path: str) -> bytes:
        found = kept[f"{root}/{path}" if root else path]
        if found is None:
            raise ArtefactError(f"{name}: {path}: is too large, or no text, and is not read.")
        return found

    return Artefact(name, _below(kept, root), read, root=root, digest=hashlib.sha256(data).hexdigest())


def _kept(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, room: int) -> bytes | None:
    """The bytes of a text file; None for what nobody will ask for, or what is too large."""
    if PurePosixPath(path).suffix.lower() not in _TEXT or not 0 <= member.size <= min(FILE_LIMIT, room):
        return None
    file = archive.extractfile(member)
    return file.read(member.size) if file is not None else None


# --- paths -------------------------------------------------------------------------------------------------


def _clean(written: str, name: str) -> str:
    """A member's path; "" for one that no project can mean. Raises ArtefactError for one that leaves its archive."""
    path = written.removeprefix("./")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or (len(path) > 1 and path[1] == ":"):
        raise ArtefactError(
            f"{name}: the path {written[:80]!r} leads out of the archive; nothing of it is read."
        )
    sane = path.isprintable() and "\\" not in path and "" not in parts and "." not in parts
    return path if sane and len(path) <= _LONGEST_PATH and len(parts) <= _DEEPEST_PATH else ""


def _root(paths: Iterable[str]) -> str:
    """The folder that holds everything: `package`, `click-8.1.7`, and `example.org/m@v1.2.3` of a Go module."""
    found = ""
    for number, path in enumerate(paths):
        first = path.partition("/")[0] if "@v" not in path else _module_folder(path)
        if number == 0:
            found = first if path != first else ""
        elif first != found or path == first:
            return ""
    return found


def _module_folder(path: str) -> str:
    """`example.org/m@v1.2.3` of a path in a Go module's zip (its last `@v` part is the version's)."""
    head, _, tail = path.partition("@v")
    return f"{head}@v{tail.partition('/')[0]}"


def _below(paths: Iterable[str], root: str) -> list[str]:
    return [path[len(root) + 1 :] for path in paths] if root else list(paths)


def _refuse_many(count: int, name: str) -> None:
    if count > MEMBERS_LIMIT:
        raise ArtefactError(f"{name}: holds more than the {MEMBERS_LIMIT} files that are looked at.")
