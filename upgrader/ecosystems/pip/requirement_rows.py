"""From a line of a requirements file to a dependency: a specifier, an address or a path."""

from __future__ import annotations

import posixpath
import re

from msgspec.structs import replace

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pep508 import read_specifier
from upgrader.ecosystems.pip.references import (
    archive_name,
    egg_name,
    is_reference,
    kind_of,
    name_or_none,
    repository_name,
)
from upgrader.ecosystems.pip.requirements_text import Line
from upgrader.ecosystems.pip.setup_files import stated
from upgrader.ecosystems.pip.unread import declared_name
from upgrader.model import Dependency, Held, PackageName, Place

_EXTRAS = re.compile(r"\[[^\]]*\]$")


class Rows:
    """Reads lines of one project."""

    def __init__(self, tree: Tree, project: str, folder: str, held: list[Held]) -> None:
        self.tree = tree
        self.project = project
        self.folder = folder
        self.held = held
        """Takes the lines whose package cannot be told."""

    def read(self, line: Line, place: Place, seen: dict[PackageName, int]) -> list[Dependency]:
        """The dependency of a line, none for a line of options. Raises ManifestError for what pip would not take.

        `seen` counts the lines of each package in this file.
        """
        asks = line.asks or next((value for name, value in line.options if name == "editable"), "")
        if not asks:
            return []
        row = self._reference(asks, place) if is_reference(asks) else self._specifier(asks, place)
        if row is None:
            return []
        count = seen[row.name] = seen.get(row.name, 0) + 1
        # The key tells two lines about one package apart, also when lines move.
        key = row.name if count == 1 else f"{row.name}#{count}"
        return [_with_key(row, key)]

    def _specifier(self, asks: str, place: Place) -> Dependency:
        asked = read_specifier(asks, str(place))
        return Dependency(
            ecosystem="pip",
            name=asked.name,
            project=self.project,
            requirement=asked.requirement,
            locked=None if asked.url else asked.pin,
            section="prod",
            direct=True,
            place=place,
            marker=asked.marker,
            immovable=kind_of(asked.url) if asked.url else "",
        )

    def _reference(self, asks: str, place: Place) -> Dependency | None:
        """A line that is an address or a path; held when it does not tell its package."""
        kind = kind_of(asks)
        name = egg_name(asks) or archive_name(asks) or repository_name(asks)
        name = name or (self._path_name(asks) if kind == "path" else None)
        if name is None:
            self.held.append(
                Held(
                    kind="immovable",
                    subject=place.path,
                    reason=f"{place}: a {kind} whose package cannot be told",
                    advice="Write it as `name @ address` (PEP 508).",
                    ecosystem="pip",
                    place=place,
                )
            )
            return None
        return Dependency(
            ecosystem="pip",
            name=name,
            project=self.project,
            requirement="",
            locked=None,
            section="prod",
            direct=True,
            place=place,
            immovable=kind,
        )

    def _path_name(self, asks: str) -> PackageName | None:
        """The name that a local folder's own pyproject.toml states, else the folder's."""
        path = _EXTRAS.sub("", asks.partition(";")[0].strip()).removeprefix("file:").rstrip("/")
        # pip looks from where it runs: the project's folder, not the file's.
        joined = posixpath.normpath(posixpath.join(self.folder, path))
        if path.startswith("/") or joined.startswith(".."):
            return None
        told = declared_name(self.tree, joined) or stated(self.tree, joined, "metadata", "name")
        return name_or_none(told or posixpath.basename(joined))


def _with_key(row: Dependency, key: str) -> Dependency:
    return replace(row, place=replace(row.place, key=key))
