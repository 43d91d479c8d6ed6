"""Small Cargo projects on disk, and how the tests look at what was read from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from upgrader.ecosystems import cargo
from upgrader.ecosystems.base import ProjectRead
from upgrader.model import Dependency, Project, Release, Update
from upgrader.outside.files import Tree

DEFAULT = "registry+https://github.com/example/crates.io-index"
"""How a lockfile names the default registry; the reader looks at the host and the last part alone."""
HEAD = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'


def write(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    """Lay out the files below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Tree(root)


def read(root: Path, files: Mapping[str, str | bytes], manifest: str = "Cargo.toml") -> ProjectRead:
    return cargo.read_project(write(root, files), manifest)


def locked(name: str, version: str, *needs: str, source: str = DEFAULT) -> str:
    """One `[[package]]` of a lockfile."""
    lines = ["[[package]]", f'name = "{name}"', f'version = "{version}"']
    lines += [f'source = "{source}"'] if source else []
    lines += ["dependencies = [", *(f' "{need}",' for need in needs), "]"] if needs else []
    return "\n".join(lines) + "\n\n"


def lockfile(*packages: str, version: int | None = 4) -> str:
    head = f"version = {version}\n\n" if version else ""
    return head + "".join(packages)


def only(found: ProjectRead, name: str) -> Dependency:
    """The one dependency of that name."""
    (item,) = [item for item in found.dependencies if item.name == name]
    return item


def rows(found: ProjectRead) -> list[str]:
    """Every dependency as `path:line name requirement locked section`, transitive ones with a `~`."""
    return [
        f"{item.place} {'' if item.direct else '~'}{item.name} {item.requirement or '-'} {item.locked or '-'}"
        f" {item.section}"
        for item in found.dependencies
    ]


def project(folder: str = ".", lock: bool = True) -> Project:
    at = "" if folder == "." else f"{folder}/"
    return Project(
        ecosystem="cargo",
        folder=folder,
        manifest=f"{at}Cargo.toml",
        manifests=(f"{at}Cargo.toml",),
        lockfile=f"{at}Cargo.lock" if lock else None,
        tool="cargo",
        lock_format="4" if lock else "",
    )


def update(dependency: Dependency, target: str, **facts: str) -> Update:
    release = Release(version=target, **facts)  # type: ignore[arg-type]  # a test names `withdrawn` as text
    return Update(
        dependencies=(dependency,),
        current=dependency.locked or "",
        target=release,
        latest=target,
        in_range=None,
        move="unknown",
        source="test",
    )
