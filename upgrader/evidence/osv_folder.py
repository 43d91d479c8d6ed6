"""An offline OSV database: `<folder>/<ecosystem>/all.zip`, the layout of osv-scanner's own cache."""

from __future__ import annotations

import threading
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import ConfigError, RegistryError, VersionError
from upgrader.evidence.osv import match_records, published_name
from upgrader.evidence.osv_record import OsvRecord, decode_record
from upgrader.model import Advisory, EcosystemName, NotChecked, PackageName

LARGEST_RECORD = 4 * 2**20
"""Bytes of one record that are read at most; real ones stay below 1 MiB."""
MOST_RECORDS = 1_000_000

_Index = dict[str, list[OsvRecord]]


class OsvFolder:
    """Advisories of a folder; each ecosystem's file is read once, when it is first asked about."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError when there is no such folder."""
        if not folder.is_dir():
            raise ConfigError(
                f"{folder}: no such folder of advisories.", "Give one that holds <ecosystem>/all.zip."
            )
        self.folder = folder
        self.name = f"advisories in {folder}"
        self._indexes: dict[EcosystemName, _Index | str] = {}
        self._lock = threading.Lock()

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        """Read the files of the ecosystems that will be asked about."""
        for book in {item[0].NAME: item[0] for item in versions}.values():
            self._index(book)

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        """Advisories that affect this version; NotChecked when the ecosystem's file is missing or broken."""
        index = self._index(ecosystem)
        if isinstance(index, str):
            return NotChecked(
                ecosystem=ecosystem.NAME, name=name, reason=index, advice="Fetch the database anew."
            )
        published = published_name(ecosystem.NAME, name, version)
        source = f"{self.folder}/{ecosystem.OSV}/all.zip"
        try:
            return match_records(index.get(published, ()), ecosystem, published, version, source)
        except VersionError as fault:
            return NotChecked(ecosystem=ecosystem.NAME, name=name, reason=fault.message)

    def _index(self, book: Ecosystem) -> _Index | str:
        """Package name to its records, or why they can't be read."""
        with self._lock:
            if book.NAME not in self._indexes:
                try:
                    self._indexes[book.NAME] = self._read(book)
                except RegistryError as fault:
                    self._indexes[book.NAME] = fault.message
            return self._indexes[book.NAME]

    def _read(self, book: Ecosystem) -> _Index:
        path = self.folder / book.OSV / "all.zip"
        try:
            with zipfile.ZipFile(path) as archive:
                members = [item for item in archive.infolist() if item.filename.endswith(".json")]
                return _index_members(archive, members, book, path)
        except FileNotFoundError as fault:
            raise RegistryError(f"{path}: missing, so {book.NAME} packages are not checked.") from fault
        except (
            OSError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
        ) as fault:
            raise RegistryError(f"{path}: cannot be read: {fault}.") from fault


def _index_members(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], book: Ecosystem, path: Path
) -> _Index:
    if not members or len(members) > MOST_RECORDS:
        raise RegistryError(f"{path}: holds {len(members)} records.")
    index: _Index = defaultdict(list)
    for member in members:
        if member.file_size > LARGEST_RECORD:
            raise RegistryError(f"{path}: {member.filename} is larger than {LARGEST_RECORD // 2**20} MiB.")
        record = decode_record(archive.read(member), f"{path}: {member.filename}")
        names = {entry.package.name for entry in record.affected or () if entry.package is not None}
        for spelled in {_spelled(book, name) for name in names}:
            index[spelled].append(record)
    return index


def _spelled(book: Ecosystem, name: str) -> str:
    """The registry's spelling, so that a look-up is one step; names of other ecosystems stay as they are."""
    try:
        return book.normalise(name)
    except VersionError:
        return name
