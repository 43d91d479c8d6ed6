"""One installed package of a lockfile, whatever the lockfile's format."""

from __future__ import annotations

from msgspec import Struct

from upgrader.model import Section


class Locked(Struct, frozen=True, kw_only=True):
    """One installed package."""

    path: str
    """The key in the lockfile: `packages/a/node_modules/x`."""
    name: str
    """The package's own name, also where it is installed under an alias."""
    version: str | None
    """None for a link, and where the lockfile states none."""
    section: Section
    line: int
    link: bool
    """A workspace member or another folder, not a release."""
    resolved: str
    checked: bool
    """It has an integrity, or needs none because nothing is downloaded for it."""
    bundled: bool
    install_script: bool
