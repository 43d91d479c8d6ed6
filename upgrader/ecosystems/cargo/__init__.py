"""The Cargo reference book: every verb of the rib, by name."""

from __future__ import annotations

from upgrader.ecosystems import base
from upgrader.ecosystems.cargo.manifest import edit, find_manifests, read_project
from upgrader.ecosystems.cargo.names import normalise, purl
from upgrader.ecosystems.cargo.outdated import outdated, read_outdated, recognises
from upgrader.ecosystems.cargo.project import checks, installed_runtime, members, prepare, runtime_fits
from upgrader.ecosystems.cargo.registry import locate_registry, look_up
from upgrader.ecosystems.cargo.relock import relock, touched
from upgrader.model import EcosystemName

NAME: EcosystemName = "cargo"
OSV = "crates.io"
TOOL = "cargo"

digests = base.no_digests
find_inside = base.none_inside
rehash = base.no_hashes
graph = base.no_graph
explain_moves = base.no_moves
look_closer = base.told_whole
silence = base.silence_is_an_answer

__all__ = [
    "NAME",
    "OSV",
    "TOOL",
    "checks",
    "digests",
    "edit",
    "explain_moves",
    "find_inside",
    "find_manifests",
    "graph",
    "installed_runtime",
    "locate_registry",
    "look_closer",
    "look_up",
    "members",
    "normalise",
    "outdated",
    "prepare",
    "purl",
    "read_outdated",
    "read_project",
    "recognises",
    "rehash",
    "relock",
    "runtime_fits",
    "silence",
    "touched",
]
