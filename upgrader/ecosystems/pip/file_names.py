"""The version in the name of a wheel or an sdist, as far as the file is the package's."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from upgrader.model import PackageName

_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".txz", ".tbz", ".tar")


def version_in(filename: str, name: PackageName, spellings: dict[str, bool]) -> str | None:
    """The version in a wheel's or an sdist's name; None for other files and for files of another package.

    `spellings` remembers which spellings of a name are the package's: a page may have thousands of files.
    """
    if filename.endswith(".whl"):
        parts = filename.split("-", 2)
        if len(parts) < 3:
            return None
        own = spellings.get(parts[0])
        if own is None:
            own = spellings[parts[0]] = is_name(parts[0], name)
        return parts[1].replace("_", "-") if own else None
    if not filename.endswith(_SDISTS):
        return None
    ending = next(ending for ending in _SDISTS if filename.endswith(ending))
    return _after_name(filename[: -len(ending)], name)


def _after_name(stem: str, name: PackageName) -> str | None:
    """What follows the package's name: both may hold dashes (`a-b-1.0-beta2`), so the name decides."""
    if stem[len(name) : len(name) + 1] == "-" and is_name(stem[: len(name)], name):
        return stem[len(name) + 1 :]
    for dash in (found.start() for found in re.finditer("-", stem)):
        if is_name(stem[:dash], name):
            return stem[dash + 1 :]
    return None


def is_name(written: str, name: str) -> bool:
    """Whether a spelling is one of the normalised name (PEP 503)."""
    return written == name or canonicalize_name(written) == name
