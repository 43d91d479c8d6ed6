"""Every dependency of every manifest below the root; no network, and one bad manifest never stops the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upgrader.ecosystems.base import Ecosystem, Tree
from upgrader.errors import ManifestError
from upgrader.model import Dependency, EcosystemName, Held, Inventory, Place, Project


def read_inventory(
    tree: Tree, books: Mapping[EcosystemName, Ecosystem], *, look_inside: bool = True
) -> Inventory:
    """Read all projects of all ecosystems. Order: project id; dependencies by project, path, line, name.

    `look_inside` looks for manifests inside source files too (scripts with requirements of their own).
    """
    tree = _Walked(tree)
    paths = tree.walk()
    projects: dict[str, Project] = {}
    dependencies: list[Dependency] = []
    held: list[Held] = []
    for book in books.values():
        taken_in: set[str] = set()
        # A workspace root stands above its members, so the shorter folder is read first.
        manifests = {*book.find_manifests(paths), *(book.find_inside(tree, paths) if look_inside else ())}
        for manifest in sorted(manifests, key=lambda path: (path.count("/"), path)):
            if manifest in taken_in:
                continue
            try:
                read = book.read_project(tree, manifest)
            except ManifestError as fault:
                held.append(_unreadable(book, manifest, fault))
                continue
            taken_in.update(book.members(read))
            if read.project.id in projects:
                continue
            projects[read.project.id] = read.project
            dependencies.extend(read.dependencies)
            held.extend(read.held)
    return Inventory(
        projects=tuple(projects[key] for key in sorted(projects)),
        dependencies=tuple(sorted(dependencies, key=_order)),
        held=tuple(sorted(held, key=lambda item: (item.ecosystem or "", item.subject, item.reason))),
    )


class _Walked:
    """The tree, walked once: each of a thousand manifests asks what lies beside it."""

    def __init__(self, tree: Tree) -> None:
        self.read = tree.read
        self.exists = tree.exists
        self.search = tree.search
        self._paths = tree.walk()

    def walk(self) -> Sequence[str]:
        """What the tree's own walk found."""
        return self._paths


def _order(dependency: Dependency) -> tuple[str, str, int, str, str]:
    place = dependency.place
    return dependency.project, place.path, place.line, dependency.name, place.key


def _unreadable(book: Ecosystem, manifest: str, fault: ManifestError) -> Held:
    return Held(
        kind="unreadable",
        subject=manifest,
        reason=fault.message,
        advice=fault.advice,
        ecosystem=book.NAME,
        place=Place(path=manifest, line=0),
    )
