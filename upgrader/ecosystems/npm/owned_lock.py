"""The lockfile of a project, whichever tool owns it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Set

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm.bun_lock import read_bun_lock
from upgrader.ecosystems.npm.lockfile import NAMES, Lock, read_lock
from upgrader.ecosystems.npm.owner import Owner
from upgrader.ecosystems.npm.package_file import PackageFile
from upgrader.ecosystems.npm.pnpm_lock import read_pnpm_lock
from upgrader.ecosystems.npm.yarn_lock import read_yarn_lock
from upgrader.errors import ManifestError
from upgrader.model import Held, Place

_READERS: Mapping[str, Callable[[bytes, str], Lock]] = {
    **dict.fromkeys(NAMES, read_lock),
    "pnpm-lock.yaml": read_pnpm_lock,
    "yarn.lock": read_yarn_lock,
    "bun.lock": read_bun_lock,
}


def format_words(lock: Lock, root: PackageFile, settings: Set[str]) -> str:
    """The lockfile's format for `Project.lock_format`, with the version of the tool that the project pins.

    `settings` are the keys of the tool's own file: plugins are code of the project's that would run for a refresh.
    """
    number, *habits = lock.format.split(" ", 1)
    if not habits and lock.tool == "yarn" and "plugins" in settings:
        habits = ["with plugins"]
    pinned = root.text("packageManager").partition("+")[0]
    known = lock.tool != "npm" and re.fullmatch(rf"{lock.tool}@\d+\.\d+\.\d+[\w.-]*", pinned, re.ASCII)
    return " ".join((number, *((f"of {pinned}",) if known else ()), *habits))


def read_owned_lock(tree: Tree, owner: Owner) -> tuple[Lock | None, list[Held]]:
    """The lockfile, or why it is not read: then the requirements are listed without locked versions."""
    path = owner.lockfile
    reader = _READERS.get(posixpath.basename(path or ""))
    if path is None or reader is None or owner.inherited:
        return None, []
    place = Place(path=path, line=0)
    try:
        lock = reader(tree.read(path), path)
    except ManifestError as fault:
        held = Held(
            kind="unreadable",
            subject=path,
            reason=fault.message,
            advice=fault.advice,
            ecosystem="npm",
            place=place,
        )
        return None, [held]
    return lock, []
