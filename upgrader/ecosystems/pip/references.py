"""Requirements that are an address or a path: what kind they are, and which package they name."""

from __future__ import annotations

import posixpath
import re

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import VersionError
from upgrader.model import PackageName

_ADDRESS = re.compile(r"(?i)(?:(?:git|hg|svn|bzr)\+[a-z]+|https?|ftp|file):")
_VCS = re.compile(r"(?i)(git|hg|svn|bzr)\+")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_ARCHIVES = (".whl", ".tar.gz", ".tgz", ".tar", ".zip", ".tar.bz2", ".tbz", ".tar.xz", ".txz")


def kind_of(address: str) -> str:
    """Why what stands at an address has no releases to move to: `git reference`, `path`, `url`."""
    vcs = _VCS.match(address)
    if vcs:
        return f"{vcs[1].lower()} reference"
    return "url" if _ADDRESS.match(address) and not address.lower().startswith("file:") else "path"


def is_reference(asks: str) -> bool:
    """Pip's own reading: an address, a path (a slash or a leading dot), or an archive's name."""
    head = asks.partition(";")[0].strip()
    if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@", head) and not _ADDRESS.match(head):
        return False
    return bool(_ADDRESS.match(head)) or "/" in head or head.startswith(".") or head.endswith(_ARCHIVES)


def egg_name(asks: str) -> PackageName | None:
    """The name after `#egg=`."""
    found = _EGG.search(asks)
    return name_or_none(found[1]) if found else None


def archive_name(asks: str) -> PackageName | None:
    """The name in the file name of a wheel or an sdist."""
    name = posixpath.basename(re.split(r"[#?;\s]", asks)[0])
    try:
        if name.endswith(".whl"):
            return PackageName(parse_wheel_filename(name)[0])
        return PackageName(parse_sdist_filename(name)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def repository_name(address: str) -> PackageName | None:
    """The last part of a repository's address, which a package without `#egg=` is most likely called by."""
    if not _VCS.match(address):
        return None
    path = re.split(r"[#?;\s]", address)[0].rpartition("/")[2]
    return name_or_none(path.partition("@")[0].removesuffix(".git"))


def name_or_none(name: str) -> PackageName | None:
    """The normalised name, None for what is none."""
    try:
        return normalise(name)
    except VersionError:
        return None
