"""Finds the rule packs a command works with: bundled, configured folders, the project's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from upgrader.cli.output import stderr
from upgrader.config import load_settings
from upgrader.errors import ConfigError, GitError
from upgrader.model import EcosystemName
from upgrader.outside.files import Tree, plain_files
from upgrader.outside.git import Git
from upgrader.outside.redact import strip_controls
from upgrader.rulebook.load import (
    FOLDER,
    Card,
    Pack,
    Shelf,
    bundled_folder,
    project_source,
    read_pack,
    read_shelf,
    standing_sources,
)


def open_shelf(root: Path, *, quiet: bool = False) -> Shelf:
    """All packs for a project; faults of packs are told on stderr and hide no other pack.

    In a repository the settings and packs are those at its root, as `plan` and `apply` have it; a folder below it may
    have packs of its own besides.
    """
    top = _top(root)
    sources = [*standing_sources(top, load_settings(top).rules)]
    for folder in dict.fromkeys((top, root)):
        own = folder / FOLDER
        if own.is_dir() and own.resolve() != bundled_folder().resolve():
            paths = [f"{FOLDER}/{path}" for path in plain_files(own)]
            sources.append(project_source(Tree(folder), paths))
    shelf = read_shelf(sources)
    if not quiet:
        tell_faults(shelf)
    return shelf


def _top(root: Path) -> Path:
    """The root of the repository that the folder is in, else the folder."""
    try:
        return Git.find(root).top
    except GitError:
        return root


def tell_faults(shelf: Shelf) -> None:
    """One line for each pack that can't be used."""
    for fault in shelf.faults:
        stderr(f"rule pack left out: {strip_controls(str(fault))}")


def serving(shelf: Shelf, name: str, ecosystems: Sequence[str]) -> list[Card]:
    """The packs that serve a package, of one ecosystem. Raises ConfigError when there are none, or of several."""
    kinds = sorted({card.ecosystem for card in shelf.cards if shelf.of(card.ecosystem, name)})
    if ecosystems:
        kinds = [kind for kind in kinds if kind in ecosystems]
    if not kinds:
        raise ConfigError(f"{name}: no rule pack is about it.", "`upgrade rules list` shows what there is.")
    if len(kinds) > 1:
        raise ConfigError(f"{name}: there are packs in {', '.join(kinds)}.", "Say which by --ecosystem.")
    return shelf.of(kinds[0], name)


def read_all(cards: Sequence[Card]) -> list[Pack]:
    """The packs whole. Raises PackError for the first fault."""
    return [read_pack(card) for card in cards]


def ecosystem_of(cards: Sequence[Card]) -> EcosystemName:
    """The one ecosystem of the packs."""
    return cards[0].ecosystem
