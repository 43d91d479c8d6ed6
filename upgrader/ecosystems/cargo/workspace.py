"""Which manifests belong together: the workspace's root, its members, and what members inherit from the root."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.cargo.crate_file import CrateFile, Entry, entries, read_crate_file
from upgrader.errors import ManifestError
from upgrader.model import Held, Place

_GLOB = re.compile(r"[*?\[]")
_RUST = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")


class Workspace(Struct, frozen=True, kw_only=True):
    """The root's manifest and its members'."""

    root: CrateFile
    members: tuple[CrateFile, ...]
    """Without the root, sorted by path; those that could be read."""
    held: tuple[Held, ...]
    """Members that could not."""

    @property
    def files(self) -> tuple[CrateFile, ...]:
        """The root, then the members."""
        return (self.root, *self.members)


def read_workspace(tree: Tree, manifest: str) -> Workspace:
    """The workspace that `manifest` belongs to, as root or as member; a lone package is a workspace of its own.

    Raises ManifestError when `manifest` itself cannot be read.
    Source: https://doc.rust-lang.org/cargo/reference/workspaces.html
    """
    file = read_crate_file(tree, manifest)
    return _gather(tree, file) if "workspace" in file.document else _find_root(tree, file)


def unreadable(file: str, line: int, what: str, advice: str, subject: str = "") -> Held:
    """Something in a manifest or lockfile that is held with `path:line:`."""
    return Held(
        kind="unreadable",
        subject=subject or file,
        reason=f"{file}:{line}: {what}",
        advice=advice,
        ecosystem="cargo",
        place=Place(path=file, line=line),
    )


def package_text(file: CrateFile, root: CrateFile, key: str) -> str:
    """A textual key of [package], its own or inherited from [workspace.package]; "" for none."""
    table = file.table("package") or file.table("project")
    value = table.get(key)
    if isinstance(value, dict) and value.get("workspace") is True:
        value = root.table("workspace", "package").get(key)
    return value if isinstance(value, str) else ""


def lowest_rust(space: Workspace) -> str | None:
    """The lowest rust-version that any of the packages declares; None when none does."""
    declared = [package_text(file, space.root, "rust-version") for file in space.files]
    inherited = space.root.table("workspace", "package").get("rust-version")
    if not any(declared) and isinstance(inherited, str):
        declared = [inherited]
    known = [text for text in declared if rust_order(text) is not None]
    return min(known, key=lambda text: rust_order(text) or (), default=None)


def rust_order(text: str) -> tuple[int, ...] | None:
    """A `rust-version` as three numbers; None for what is none. A prerelease counts as its release.

    Source: https://doc.rust-lang.org/cargo/reference/rust-version.html
    """
    found = _RUST.fullmatch(text.strip().partition("-")[0]) if len(text) <= 64 else None
    return tuple(int(part or 0) for part in found.groups()) if found else None


def fault_held(fault: ManifestError, path: str) -> Held:
    """A manifest or lockfile that could not be read, held with its line."""
    found = re.match(rf"{re.escape(path)}:(\d+):", fault.message)
    line = int(found[1]) if found else 1
    return Held(
        kind="unreadable",
        subject=path,
        reason=fault.message if found else f"{path}:1: {fault.message.removeprefix(f'{path}: ')}",
        advice=fault.advice,
        ecosystem="cargo",
        place=Place(path=path, line=line),
    )


def inside(*parts: str) -> str | None:
    """The joined posix path when it stays below the root of the tree, else None."""
    joined = posixpath.normpath(posixpath.join(*parts))
    return None if joined.startswith(("..", "/")) or "\\" in joined or "\0" in joined else joined


def _find_root(tree: Tree, file: CrateFile) -> Workspace:
    """The workspace whose members hold this manifest; one of its own when it stands alone."""
    alone = Workspace(root=file, members=(), held=())
    named = file.table("package").get("workspace")
    candidates = [inside(file.folder, named, "Cargo.toml")] if isinstance(named, str) else _above(file.folder)
    for path in candidates:
        if path is None or not tree.exists(path):
            continue
        try:
            root = read_crate_file(tree, path)
        except ManifestError:
            return alone
        if "workspace" in root.document:
            space = alone if _excluded(root, file.path) else _gather(tree, root)
            return space if any(member.path == file.path for member in space.members) else alone
    return alone


def _above(folder: str) -> Iterator[str]:
    """Cargo.toml of every folder above, the nearest first."""
    while folder:
        folder = folder.rpartition("/")[0]
        yield f"{folder}/Cargo.toml" if folder else "Cargo.toml"


def _gather(tree: Tree, root: CrateFile) -> Workspace:
    """Read the listed members and the path dependencies below the root, which cargo takes in by itself."""
    waiting, held = _listed(tree, root)
    shared = {entry.alias: entry for entry in entries(root) if entry.shared}
    waiting += _path_dependencies(tree, root, shared, root)
    members: dict[str, CrateFile] = {}
    seen = {root.path}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        try:
            member = read_crate_file(tree, path)
        except ManifestError as fault:
            held.append(fault_held(fault, path))
            continue
        if "workspace" not in member.document:
            members[path] = member
            waiting += _path_dependencies(tree, root, shared, member)
    return Workspace(root=root, members=tuple(members[path] for path in sorted(members)), held=tuple(held))


def _listed(tree: Tree, root: CrateFile) -> tuple[list[str], list[Held]]:
    """Manifests that `workspace.members` names, globs expanded; names without a manifest are held."""
    paths: list[str] = []
    held: list[Held] = []
    manifests: list[str] | None = None
    for at, pattern in enumerate(_texts(root, "members")):
        line = root.line(("workspace", "members", at))
        if _GLOB.search(pattern):
            if manifests is None:
                manifests = [path for path in tree.walk() if path.rpartition("/")[2] == "Cargo.toml"]
            paths += [path for path in _expanded(manifests, root, pattern) if not _excluded(root, path)]
            continue
        path = inside(root.folder, pattern, "Cargo.toml")
        if path and tree.exists(path):
            paths.append(path)
        else:
            what = f"the workspace member {pattern!r} has no Cargo.toml that can be read here."
            held.append(unreadable(root.path, line, what, "Remove the member, or audit from a folder above."))
    return paths, held


def _expanded(manifests: Sequence[str], root: CrateFile, pattern: str) -> list[str]:
    """Those of the manifests that stand in a folder which a glob names."""
    wanted = posixpath.normpath(posixpath.join(root.folder, pattern, "Cargo.toml")).split("/")
    return [path for path in manifests if _matches(path.split("/"), wanted)]


def _matches(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether a glob names a path: `**` is any number of folders, everything else stays inside one name."""
    reached = {0}
    for pattern in patterns:
        if pattern == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], pattern)}
    return len(parts) in reached


def _path_dependencies(
    tree: Tree, root: CrateFile, shared: Mapping[str, Entry], file: CrateFile
) -> list[str]:
    """Manifests below the root's folder that the file's path dependencies lead to, inherited ones too."""
    found: list[str] = []
    for entry in entries(file):
        home = root.folder if entry.inherits else file.folder
        wish = shared.get(entry.alias, entry) if entry.inherits else entry
        if not wish.text("path") or entry.shared or entry.replaces:
            continue
        path = inside(home, wish.text("path"), "Cargo.toml")
        below = path is not None and path.startswith(f"{root.folder}/" if root.folder else "")
        if path and below and not _excluded(root, path) and tree.exists(path):
            found.append(path)
    return found


def _excluded(root: CrateFile, path: str) -> bool:
    """`workspace.exclude` names it or a folder above it, and `workspace.members` names neither as written."""
    return _named(root, "exclude", path) and not _named(root, "members", path)


def _named(root: CrateFile, key: str, path: str) -> bool:
    folders = [inside(root.folder, text) for text in _texts(root, key)]
    return any(folder and path.startswith("" if folder == "." else f"{folder}/") for folder in folders)


def _texts(root: CrateFile, key: str) -> list[str]:
    value = root.table("workspace").get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
