"""Which crates a project takes from a registry other than cargo's default, as its manifests and lockfile say."""

from __future__ import annotations

from pathlib import Path

from upgrader.ecosystems.cargo.crate_file import entries, parse_crate_file
from upgrader.errors import ManifestError
from upgrader.model import Project
from upgrader.outside.files import read_bytes


def crate_sources(root: Path, project: Project) -> dict[str, str]:
    """Crate name to the registry's name or index address; "" when it is asked of several registries.

    A manifest that cannot be read says nothing: the inventory holds it already.
    """
    found: dict[str, set[str]] = {}
    for path in project.manifests:
        try:
            text = read_bytes(root / path)
            listed = entries(parse_crate_file(text, path)) if b"registry" in text else []
        except ManifestError:
            continue
        for entry in listed:
            if not (entry.inherits or entry.replaces or entry.text("git") or entry.text("path")):
                where = entry.text("registry-index") or entry.text("registry")
                found.setdefault(entry.name, set()).add("" if where == "crates-io" else where)
    return {
        name: next(iter(where)) if len(where) == 1 else ""
        for name, where in sorted(found.items())
        if where != {""}
    }
