"""npm: package.json with workspaces, package-lock.json, npm registries."""

from __future__ import annotations

from upgrader.ecosystems import base
from upgrader.ecosystems.npm.manifest import edit, find_manifests, normalise, read_project
from upgrader.ecosystems.npm.outdated import outdated, read_outdated, recognises, silence
from upgrader.ecosystems.npm.project import checks, installed_runtime, members, prepare, purl, runtime_fits
from upgrader.ecosystems.npm.registry import locate_registry, look_up
from upgrader.ecosystems.npm.relock import relock, touched
from upgrader.model import EcosystemName

NAME: EcosystemName = "npm"
OSV = "npm"
TOOL = "npm"

digests = base.no_digests
find_inside = base.none_inside
rehash = base.no_hashes
graph = base.no_graph
explain_moves = base.no_moves
look_closer = base.told_whole

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
