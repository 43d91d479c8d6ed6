"""Archives built in memory, byte for byte the same on every machine and at every time.

Nothing is compressed: deflate output differs between zlib builds, and lockfiles carry hashes of the whole archive.
"""

import base64
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

Files = Mapping[str, bytes]
"""Path inside the package, with forward slashes, to content."""

EPOCH = 499162500
"""The date npm gives to every file of a tarball (1985-10-26); it also fits in a zip, which starts in 1980."""

_BLOCK = 65535


def stored_gzip(data: bytes) -> bytes:
    """Wrap `data` in gzip (RFC 1952) with stored deflate blocks only (RFC 1951, 3.2.4)."""
    out = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    starts = range(0, len(data), _BLOCK) or range(1)
    for start in starts:
        block = data[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        out.append(struct.pack("<BHH", int(last), len(block), len(block) ^ 0xFFFF) + block)
    out.append(struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))
    return b"".join(out)


def tar_gz(prefix: str, files: Files) -> bytes:
    """Pack `files` under the folder `prefix`, sorted by path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            member = tarfile.TarInfo(f"{prefix}/{path}")
            member.size, member.mtime, member.mode = len(files[path]), EPOCH, 0o644
            tar.addfile(member, io.BytesIO(files[path]))
    return stored_gzip(buffer.getvalue())


def zipped(files: Files) -> bytes:
    """Pack `files` in the order given (a wheel has its RECORD last)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            member = zipfile.ZipInfo(path, (1985, 10, 26, 8, 15, 0))
            member.external_attr = 0o100644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def sha256_hex(data: bytes) -> str:
    """Hash as PyPI and cargo print it."""
    return hashlib.sha256(data).hexdigest()


def sha512_integrity(data: bytes) -> str:
    """Hash as npm prints it (Subresource Integrity)."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def record_line(path: str, data: bytes) -> str:
    """One line of a wheel's RECORD (PEP 376, PEP 427)."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}"
