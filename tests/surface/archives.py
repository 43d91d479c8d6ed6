"""Archives made in memory: wheels, tarballs, and hostile ones."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return box.getvalue()


def tarred(
    files: Mapping[str, bytes | str], links: Mapping[str, str] | None = None, *, hard: bool = False
) -> bytes:
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w:gz") as archive:
        for path, data in files.items():
            raw = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(path)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
        for path, target in (links or {}).items():
            info = tarfile.TarInfo(path)
            info.type = tarfile.LNKTYPE if hard else tarfile.SYMTYPE
            info.linkname = target
            archive.addfile(info)
    return box.getvalue()


def bomb(unpacked: int) -> bytes:
    """A tarball with one file of zeros."""
    box = io.BytesIO()
    with gzip.GzipFile(fileobj=box, mode="wb") as packed:
        info = tarfile.TarInfo("p/zeros.bin")
        info.size = unpacked
        packed.write(info.tobuf())
        piece = bytes(1 << 20)
        for _ in range(unpacked >> 20):
            packed.write(piece)
    return box.getvalue()
