"""Python projects: pyproject.toml with uv.lock, and requirements files; packages of a simple index."""

from __future__ import annotations

from upgrader.ecosystems import base
from upgrader.ecosystems.pip import digests as index_digests
from upgrader.ecosystems.pip import hashes, manifest, project, refresh, registry, scripts
from upgrader.ecosystems.pip import outdated as saved
from upgrader.model import EcosystemName

NAME: EcosystemName = "pip"
OSV = "PyPI"
TOOL = "python3"

normalise = manifest.normalise
find_manifests = manifest.find_manifests
find_inside = scripts.find_inside
read_project = manifest.read_project
edit = manifest.edit
digests = index_digests.digests
rehash = hashes.rehash
relock = refresh.relock
touched = refresh.touched
graph = base.no_graph
explain_moves = base.no_moves
members = project.members
purl = project.purl
runtime_fits = project.runtime_fits
installed_runtime = project.installed_runtime
prepare = project.prepare
checks = project.checks
locate_registry = registry.locate_registry
look_up = registry.look_up
look_closer = base.told_whole
outdated = saved.outdated
silence = saved.silence
recognises = saved.recognises
read_outdated = saved.read_outdated
