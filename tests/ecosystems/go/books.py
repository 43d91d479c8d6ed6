"""Trees, places and updates for the tests of the Go book."""

from collections.abc import Mapping
from pathlib import Path

from upgrader.ecosystems.base import ProjectRead
from upgrader.ecosystems.go import read_project
from upgrader.model import Dependency, Project, Release, Update
from upgrader.outside.files import Tree

PROJECT = Project(
    ecosystem="go", folder=".", manifest="go.mod", manifests=("go.mod",), lockfile="go.sum", tool="go"
)


def tree(folder: Path, files: Mapping[str, str | bytes]) -> Tree:
    """A folder with these files, as the inventory reads it."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Tree(folder)


def read_one(folder: Path, text: str | bytes, **more: str) -> dict[str, Dependency]:
    """The dependencies of one go.mod by name, or by alias where they have one."""
    files = {"go.mod": text, **{name.replace("_", "."): value for name, value in more.items()}}
    return {item.alias or item.name: item for item in modules(read_project(tree(folder, files), "go.mod"))}


def modules(read: ProjectRead) -> list[Dependency]:
    """The rows that are modules: not the go and toolchain lines."""
    return [item for item in read.dependencies if not item.is_runtime]


def update(dependency: Dependency, target: str, runtime: str | None = None) -> Update:
    """A move of one dependency."""
    return Update(
        dependencies=(dependency,),
        current=dependency.locked or "",
        target=Release(version=target, runtime=runtime),
        latest=target,
        in_range=target,
        move="minor",
        source="test",
    )
