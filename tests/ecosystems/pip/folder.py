"""A folder of files for a test, and the short forms in which tests compare what was read from it."""

from collections.abc import Mapping
from pathlib import Path

from upgrader.ecosystems import pip
from upgrader.ecosystems.base import ProjectRead
from upgrader.model import Dependency
from upgrader.outside.files import Tree


def make(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    """Write the files and look at them."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode() if isinstance(text, str) else text)
    return Tree(root)


def read(root: Path, files: Mapping[str, str | bytes], manifest: str = "") -> ProjectRead:
    """Write the files and read the project of `manifest`, by default of the first one."""
    return pip.read_project(make(root, files), manifest or next(iter(files)))


def rows(read: ProjectRead) -> list[str]:
    """`path:line name requirement locked section` of every package, `~` before what is transitive."""
    return [_row(item) for item in packages(read)]


def packages(read: ProjectRead) -> list[Dependency]:
    """The dependencies without the Python that the project runs on."""
    return [item for item in read.dependencies if not item.is_runtime]


def held(read: ProjectRead) -> list[str]:
    """`kind reason` of everything held."""
    return [f"{item.kind} {item.reason}" for item in read.held]


def one(read: ProjectRead, name: str) -> Dependency:
    """The one dependency of this name."""
    (found,) = [item for item in read.dependencies if item.name == name]
    return found


def _row(item: Dependency) -> str:
    words = [str(item.place), item.name, item.requirement or "-", item.locked or "-", item.section]
    words += [f"[{item.immovable}]"] if item.immovable else []
    return ("" if item.direct else "~") + " ".join(words)
