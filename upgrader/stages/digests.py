"""The digests of targets, for requirements that carry those of their release: asked only where one does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from upgrader.ecosystems.base import Ecosystem, Tree
from upgrader.errors import UpgraderError
from upgrader.model import Assessment, Audit, CannotEdit, EcosystemName, Update


def learn_digests(
    audit: Audit,
    tree: Tree,
    books: Mapping[EcosystemName, Ecosystem],
    ask: Callable[[Update], tuple[str, ...]],
) -> Audit:
    """The audit with the digests of each target that a place needs; one that nobody tells is left without."""
    assessments = tuple(_with_digests(item, tree, books, ask) for item in audit.assessments)
    return replace(audit, assessments=assessments)


def _with_digests(
    item: Assessment,
    tree: Tree,
    books: Mapping[EcosystemName, Ecosystem],
    ask: Callable[[Update], tuple[str, ...]],
) -> Assessment:
    update = item.update
    try:
        if not _needs(update, tree, books[update.ecosystem]):
            return item
        target = replace(update.target, digests=ask(update))
    except UpgraderError:
        return item
    return replace(item, update=replace(update, target=target))


def _needs(update: Update, tree: Tree, book: Ecosystem) -> bool:
    return any(
        isinstance(
            book.rehash(tree.read(place.place.path), place, update.target, update.strategy), CannotEdit
        )
        for place in update.dependencies
        if place.direct and place.requirement
    )
