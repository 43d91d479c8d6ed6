"""Which tool owns a project's lockfile, and which Node.js the project says it runs on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm.lockfile import NAMES
from upgrader.ecosystems.npm.package_file import PackageFile
from upgrader.errors import ManifestError
from upgrader.model import Held, Place
from upgrader.versions import npm as versions

FOREIGN = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
"""Other tools' lockfiles, and whose they are."""

READ = (*NAMES, "pnpm-lock.yaml", "yarn.lock", "bun.lock")
"""Lockfiles that are read."""
_ADVICE = {
    "bun.lockb": "Run `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` once and commit it."
}

_CODENAMES = {
    "argon": "4",
    "boron": "6",
    "carbon": "8",
    "dubnium": "10",
    "erbium": "12",
    "fermium": "14",
    "gallium": "16",
    "hydrogen": "18",
    "iron": "20",
    "jod": "22",
    "krypton": "24",
}
"""Node.js long-term releases (https://github.com/nodejs/Release)."""
_MANAGER = re.compile(r"(npm|pnpm|yarn|bun)@")


class Owner(Struct, frozen=True, kw_only=True):
    """The tool and its lockfile."""

    tool: str
    lockfile: str | None
    inherited: bool = False
    """The lockfile stands in a folder above: the project is a member of a workspace that is not read yet."""


def find_owner(tree: Tree, root: PackageFile) -> Owner:
    """The owner of a root manifest's lockfile.

    `packageManager` decides where its lockfile exists; else npm's own one, else another tool's in this folder or, since
    its workspaces may take this folder in, in one above.
    """
    named = _MANAGER.match(root.text("packageManager"))
    manager = named[1] if named else ""
    own = [posixpath.normpath(f"{root.folder}/{name}") for name in NAMES]
    ours = next((path for path in own if tree.exists(path)), None)
    others = list(_foreign(tree, root.folder))
    chosen = next((owner for owner in others if owner.tool == manager), None)
    if chosen is not None and (ours is None or not chosen.inherited):
        return chosen
    if ours is not None:
        return Owner(tool="npm", lockfile=ours)
    if not others and not manager and tree.exists(posixpath.normpath(f"{root.folder}/pnpm-workspace.yaml")):
        return Owner(tool="pnpm", lockfile=None)
    return others[0] if others else Owner(tool=manager or "npm", lockfile=None)


def _foreign(tree: Tree, folder: str) -> Iterator[Owner]:
    """Other tools' lockfiles from this folder upwards; npm's own in a folder above ends the search."""
    inherited = False
    while True:
        for name, tool in FOREIGN.items():
            path = posixpath.normpath(f"{folder}/{name}")
            if tree.exists(path):
                yield Owner(tool=tool, lockfile=path, inherited=inherited)
        if folder == ".":
            return
        folder = posixpath.dirname(folder) or "."
        inherited = True
        if any(tree.exists(posixpath.normpath(f"{folder}/{name}")) for name in NAMES):
            return


def foreign_lock(owner: Owner) -> list[Held]:
    """The held item that says that another tool's lockfile can't be read; told once, where the file stands."""
    if owner.lockfile is None or owner.inherited or posixpath.basename(owner.lockfile) in READ:
        return []
    return [
        Held(
            kind="tool",
            subject=owner.lockfile,
            reason=f"{owner.lockfile} belongs to {owner.tool}: it is not read, and can't be refreshed yet",
            advice=_ADVICE.get(owner.lockfile.rpartition("/")[2])
            or f"Take upgrades that the audit shows with {owner.tool} itself.",
            ecosystem="npm",
            place=Place(path=owner.lockfile, line=0),
        )
    ]


def declared_runtime(tree: Tree, root: PackageFile) -> str | None:
    """`engines.node`, else what .nvmrc, .node-version or volta pin; None where any Node.js will do or none is named."""
    engines = root.text("engines", "node").strip()
    if versions.is_requirement(engines) and not versions.is_subset("*", engines):
        return engines
    for name in (".nvmrc", ".node-version"):
        pinned = _pinned(tree, posixpath.normpath(f"{root.folder}/{name}"))
        if pinned:
            return pinned
    return _as_range(root.text("volta", "node"))


def _pinned(tree: Tree, path: str) -> str | None:
    if not tree.exists(path):
        return None
    try:
        text = tree.read(path)[:1000].decode("utf-8-sig", "replace")
    except ManifestError:
        return None
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return _as_range(next((line for line in lines if line), ""))


def _as_range(text: str) -> str | None:
    """`v20.11.0`, `20`, `lts/iron` as a range; None for `node`, `lts/*` and what nobody can tell."""
    plain = text.strip().lower().removeprefix("node/").removeprefix("lts/").removeprefix("v")
    plain = _CODENAMES.get(plain, plain)
    known = re.fullmatch(r"\d+(?:\.(?:\d+|x)){0,2}", plain) and versions.is_requirement(plain)
    return plain if known else None
