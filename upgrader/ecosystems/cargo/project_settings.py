"""The cargo settings that a project carries, and the programs among them that are never started for it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.cargo.workspace import inside
from upgrader.errors import ManifestError
from upgrader.source.toml_spans import toml_document

_TOOLCHAINS = ("rust-toolchain", "rust-toolchain.toml")
_CONFIGURATIONS = (".cargo/config", ".cargo/config.toml")
_DEEPEST_INCLUDE = 4
_BUILT_IN = ("cargo:token", "cargo:wincred", "cargo:macos-keychain", "cargo:libsecret")


class Settings(Struct, frozen=True, kw_only=True):
    """One `.cargo/config.toml` below the root of the tree."""

    path: str
    document: Mapping[str, object]
    """Empty for a file that cannot be read."""
    problem: str = ""

    def table(self, *keys: str) -> Mapping[str, object]:
        """The table at a path of keys; empty when there is none."""
        node: object = self.document
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else {}


def project_settings(tree: Tree, folder: str) -> Iterator[Settings]:
    """The settings from a project's folder ("" or "." is the root) up to the root, included files after their file.

    Source: https://doc.rust-lang.org/cargo/reference/config.html#hierarchical-structure
    """
    for at in _upwards(folder):
        for name in _CONFIGURATIONS:
            path = f"{at}/{name}" if at else name
            if tree.exists(path):
                yield from _with_includes(tree, path, _DEEPEST_INCLUDE)


def foreign_program(tree: Tree, folder: str) -> str:
    """Why cargo must not be started below `folder`; "" when it may.

    rustup runs whatever a toolchain file names by path, even for `cargo --version`, and cargo runs whatever helper a
    configuration names for credentials (SAFETY T2). No environment takes either back, so a project that brings one
    is read but never moved; an operator who trusts it puts the setting into $CARGO_HOME/config.toml.
    Sources: https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file and
    https://doc.rust-lang.org/cargo/reference/config.html#registryglobal-credential-providers
    """
    for at in _upwards(folder):
        for name in _TOOLCHAINS:
            path = f"{at}/{name}" if at else name
            if tree.exists(path) and _names_a_path(tree, path):
                return f"{path} names a toolchain by its path, so cargo is not started here"
    for settings in project_settings(tree, folder):
        if settings.problem:
            return f"{settings.problem} so cargo is not started here"
        if _helpers(settings):
            return f"{settings.path} names a credential helper, so cargo is not started here"
    return ""


def _upwards(folder: str) -> Iterator[str]:
    at = "" if folder == "." else folder
    while at:
        yield at
        at = at.rpartition("/")[0]
    yield ""


def _with_includes(tree: Tree, path: str, depth: int) -> Iterator[Settings]:
    try:
        document = toml_document(tree.read(path), path)
    except ManifestError as fault:
        yield Settings(path=path, document={}, problem=fault.message)
        return
    yield Settings(path=path, document=document)
    wanted = document.get("include", [])
    for item in wanted if isinstance(wanted, list) else [wanted]:
        name = item.get("path") if isinstance(item, dict) else item
        target = inside(path.rpartition("/")[0], str(name))
        if target is None or depth == 0:
            yield Settings(path=path, document={}, problem=f"{path}: includes {str(name)[:80]!r},")
        elif tree.exists(target):
            yield from _with_includes(tree, target, depth - 1)


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


def _helpers(settings: Settings) -> list[object]:
    """Credential helpers that are not cargo's own."""
    registry = settings.table("registry")
    registries = settings.table("registries")
    named = [registry.get("global-credential-providers"), registry.get("credential-provider")]
    named += [settings.table("registries", name).get("credential-provider") for name in registries]
    helpers = [item for value in named if value for item in _words(value)]
    aliases = list(settings.table("credential-alias"))
    return [item for item in helpers if item not in _BUILT_IN] + aliases


def _words(value: object) -> list[object]:
    """A provider as text is the program's name with its arguments; as a list its first element, or each of many."""
    return value if isinstance(value, list) else [str(value).split(" ")[0] if str(value).strip() else value]
