"""Which lockfile holds a pyproject.toml: uv's own, else poetry's, pdm's or a pylock.toml beside it."""

from __future__ import annotations

import re

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.compiled_locks import CompiledLocks
from upgrader.ecosystems.pip.locked_elsewhere import OtherLock, read_other_lock
from upgrader.ecosystems.pip.lockfile import Lock, lock_path, read_lock
from upgrader.ecosystems.pip.unread import beside, unread
from upgrader.errors import ManifestError
from upgrader.model import Held

_REFRESHED = ("poetry.lock", "pdm.lock")


class FoundLock(Struct, frozen=True, kw_only=True):
    """The lockfile of a project."""

    path: str | None = None
    tool: str = ""
    """Who refreshes it, "" for no lockfile."""
    lock: Lock | OtherLock | CompiledLocks | None = None
    """None when there is none, or when it could not be read (then it is held)."""
    stuck: str = ""
    """Why nothing that it may hold can be moved."""


def find_lock(tree: Tree, folder: str, held: list[Held]) -> FoundLock:
    """The first that is there: uv.lock, poetry.lock, pdm.lock, pylock.toml; one that cannot be read goes to `held`."""
    path = lock_path(folder)
    if tree.exists(path):
        try:
            return FoundLock(path=path, tool="uv", lock=read_lock(tree.read(path), path))
        except ManifestError as fault:
            held.append(unread_lock(path, fault))
            return FoundLock(stuck=held_by_unread(path))
    for path in (beside(folder, name) for name in (*_REFRESHED, "pylock.toml")):
        if tree.exists(path):
            return read_beside(tree, path, held)
    return FoundLock()


def read_beside(tree: Tree, path: str, held: list[Held]) -> FoundLock:
    """A lockfile of another tool than uv; where it can't be read or refreshed, everything stays where it is."""
    try:
        lock = read_other_lock(tree.read(path), path)
    except ManifestError as fault:
        held.append(unread_lock(path, fault))
        return FoundLock(stuck=held_by_unread(path))
    if lock.tool == "pylock":
        why = f"held by {path}, which only the tool that made it can make again"
        return FoundLock(path=path, tool="pip", lock=lock, stuck=why)
    return FoundLock(path=path, tool=lock.tool, lock=lock)


def held_by_unread(path: str) -> str:
    """Nothing moves beside a lockfile that can't be read: its tool would refuse it, or make all of it anew."""
    return f"held by {path}, which could not be read"


def unread_lock(path: str, fault: ManifestError) -> Held:
    """A lockfile that could not be read, with its line."""
    reason = fault.message.removeprefix(f"{path}: ")
    line = re.match(rf"{re.escape(path)}:(\d+): ", reason)
    return unread(path, int(line[1]) if line else 1, reason[line.end() :] if line else reason, fault.advice)
