"""Which Rust a project is built with: `rust-version` of its packages, rust-toolchain and rust-toolchain.toml."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.cargo.crate_file import CrateFile
from upgrader.ecosystems.cargo.workspace import fault_held
from upgrader.errors import ManifestError
from upgrader.model import RUNTIME, Dependency, PackageName, Place, Project
from upgrader.source.toml_spans import read_toml

TOOLCHAIN_FILES = ("rust-toolchain", "rust-toolchain.toml")
"""In the order in which rustup takes them (https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file)."""
LOWEST = f"{RUNTIME}the lowest Rust, the author's to raise"
TOOLCHAIN = f"{RUNTIME}the Rust that builds it; Rust is in no crate registry"


def runtime_rows(tree: Tree, file: CrateFile, project: str) -> Iterator[Dependency]:
    """What a manifest states itself (not what it inherits), and what a file beside it names."""
    for keys in (
        ("package", "rust-version"),
        ("project", "rust-version"),
        ("workspace", "package", "rust-version"),
    ):
        value = file.values.get(keys)
        if value is not None and isinstance(value.value, str):
            place = Place(path=file.path, line=value.line, key=".".join(keys))
            yield _row(project, value.value, place, "rust-version", LOWEST)
    for name in TOOLCHAIN_FILES:
        path = f"{file.folder}/{name}" if file.folder else name
        if tree.exists(path):
            yield toolchain_row(tree, path, project)


def read_toolchain_project(tree: Tree, manifest: str) -> ProjectRead:
    """A folder that names its Rust and has no Cargo.toml."""
    project = Project(
        ecosystem="cargo",
        folder=manifest.rpartition("/")[0] or ".",
        manifest=manifest,
        manifests=(manifest,),
        lockfile=None,
        tool="cargo",
    )
    return ProjectRead(project=project, dependencies=(toolchain_row(tree, manifest, project.id),))


def toolchain_row(tree: Tree, path: str, project: str) -> Dependency:
    """The channel a toolchain file names: the one line of the old form, or `toolchain.channel`."""
    name = path.rpartition("/")[2]
    try:
        text = tree.read(path)
        read = read_toml(text.removeprefix(b"\xef\xbb\xbf"), path)
    except ManifestError as fault:
        line = _only_line(tree, path) if name == "rust-toolchain" else ""
        problem = "" if line else f"{RUNTIME}{fault_held(fault, path).reason}"
        return _row(project, line, Place(path=path, line=1, key=name), name, problem or TOOLCHAIN)
    found = next(
        (item for item in read.values if item.keys in (("toolchain", "channel"), ("toolchain", "path"))), None
    )
    if found is None:
        return _row(project, "", Place(path=path, line=1, key=name), name, f"{RUNTIME}it names no channel")
    place = Place(path=path, line=found.line, key=".".join(str(key) for key in found.keys))
    return _row(project, str(found.value), place, name, TOOLCHAIN)


def _only_line(tree: Tree, path: str) -> str:
    try:
        words = tree.read(path)[:1000].decode("utf-8-sig", "replace").split()
    except ManifestError:
        return ""
    return words[0] if len(words) == 1 else ""


def _row(project: str, requirement: str, place: Place, group: str, why: str) -> Dependency:
    return Dependency(
        ecosystem="cargo",
        name=PackageName("rust"),
        project=project,
        requirement=requirement,
        locked=None,
        section="prod" if group == "rust-version" else "dev",
        direct=True,
        place=place,
        group=group,
        immovable=why,
    )
