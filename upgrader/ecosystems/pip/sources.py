"""[tool.uv.sources]: where a package comes from when it is not the ordinary index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import VersionError
from upgrader.model import PackageName, Section

Sources = dict[PackageName, Sequence[Mapping[str, object]]]
_REASONS = {"git": "git reference", "path": "path", "url": "url", "workspace": "workspace member"}


def read_sources(document: Mapping[str, object]) -> Sources:
    """Package name to its source tables; what is no table is left out (uv refuses it itself)."""
    tool = document.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    table = uv.get("sources") if isinstance(uv, dict) else None
    found: Sources = {}
    for name, source in table.items() if isinstance(table, dict) else ():
        entries = source if isinstance(source, list) else [source]
        try:
            found[normalise(name)] = [entry for entry in entries if isinstance(entry, dict)]
        except VersionError:
            continue
    return found


def immovable_by_source(entries: Sequence[Mapping[str, object]], section: Section, group: str) -> str:
    """Why a requirement can't move: a source other than an index holds for its section; "" when none does."""
    for entry in entries:
        if entry.get("extra") not in (None, group if section == "optional" else None):
            continue
        if entry.get("group") not in (None, group if section == "dev" else None):
            continue
        for key, reason in _REASONS.items():
            if entry.get(key):
                return reason
    return ""


def index_names(document: Mapping[str, object]) -> dict[PackageName, str]:
    """Package name to the name of the index it is pinned to; the first, where markers choose among several."""
    return {
        name: str(index)
        for name, entries in read_sources(document).items()
        if (index := next((entry["index"] for entry in entries if "index" in entry), None))
    }
