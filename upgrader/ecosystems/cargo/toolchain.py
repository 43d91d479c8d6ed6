"""Which Rust a project wants to be built with, and why its own choice of a program is not run."""

from __future__ import annotations

import tomllib

from upgrader.ecosystems.base import Tree
from upgrader.errors import ManifestError

_FILES = ("rust-toolchain", "rust-toolchain.toml")


def foreign_toolchain(tree: Tree, folder: str) -> str:
    """Why cargo must not be started below `folder`; "" when it may.

    rustup runs whatever program a toolchain file names by path, even for `cargo --version` (SAFETY T2), so a project
    that names one is read but never moved.
    Source: https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file
    """
    while True:
        for name in _FILES:
            path = f"{folder}/{name}" if folder else name
            if tree.exists(path) and _names_a_path(tree, path):
                return f"{path} names a toolchain by its path, so cargo is not started here"
        if not folder:
            return ""
        folder = folder.rpartition("/")[0]


def _names_a_path(tree: Tree, path: str) -> bool:
    """Whether the file holds a path; one that cannot be read counts as one that does."""
    try:
        text = tree.read(path).decode()
        if "[" not in text:
            return "/" in text or "\\" in text
        table = tomllib.loads(text).get("toolchain", {})
    except (ManifestError, ValueError, RecursionError):
        return True
    return not isinstance(table, dict) or "path" in table or "/" in str(table.get("channel", ""))
