"""Names of crates: what registries accept and what may stand on a command line."""

from __future__ import annotations

import re

from upgrader.errors import VersionError
from upgrader.model import PackageName

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def normalise(name: str) -> PackageName:
    """A crate name as registries take it: ASCII, at most 64 characters, no leading digit or dash. VersionError else.

    Spelling is kept: cargo tells `serde-json` from `serde_json`.
    Source: https://doc.rust-lang.org/cargo/reference/registry-index.html#name-restrictions
    """
    if not _NAME.fullmatch(name):
        raise VersionError(
            f"{name[:80]!r} is not a crate name.", "A crate name has letters, digits, `-` and `_` only."
        )
    return PackageName(name)


def purl(name: PackageName, version: str | None) -> str:
    """`pkg:cargo/name@version` (https://github.com/package-url/purl-spec)."""
    from packageurl import PackageURL  # lazy: only CycloneDX documents need it

    return PackageURL("cargo", name=name, version=version).to_string()
