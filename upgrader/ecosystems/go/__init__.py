"""The reference book of Go: modules, their proxies and the go command, one name for each verb of the rib."""

from __future__ import annotations

from upgrader.ecosystems import base
from upgrader.ecosystems.go.closer import look_closer
from upgrader.ecosystems.go.lockfile import explain_moves, graph, relock, touched
from upgrader.ecosystems.go.manifest import edit, find_manifests, normalise, read_project
from upgrader.ecosystems.go.outdated import outdated, read_outdated, recognises
from upgrader.ecosystems.go.project import checks, installed_runtime, members, prepare, purl, runtime_fits
from upgrader.ecosystems.go.registry import locate_registry
from upgrader.ecosystems.go.releases import look_up
from upgrader.model import EcosystemName

digests = base.no_digests
find_inside = base.none_inside
rehash = base.no_hashes
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

NAME: EcosystemName = "go"
OSV = "Go"
TOOL = "go"
