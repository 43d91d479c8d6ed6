"""bun's catalogs, which stand in the root's package.json (https://bun.sh/docs/install/catalogs)."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.ecosystems.npm.package_file import PackageFile
from upgrader.ecosystems.npm.workspace_file import DEFAULT, CatalogEntry, WorkspaceFile

_HOLDERS = ((), ("workspaces",))
"""They may stand at the top, or beside `workspaces.packages`."""


def bun_catalogs(root: PackageFile) -> WorkspaceFile:
    """The entries as if they stood in a file of their own; all empty where there are none."""
    entries = tuple(_entries(root))
    return WorkspaceFile(path=root.path, entries=entries) if entries else WorkspaceFile()


def _entries(root: PackageFile) -> Iterator[CatalogEntry]:
    for keys, text in root.texts.items():
        for holder in _HOLDERS:
            inner = keys[len(holder) :] if keys[: len(holder)] == holder else ()
            if len(inner) == 2 and inner[0] == "catalog":
                catalog = DEFAULT
            elif len(inner) == 3 and inner[0] == "catalogs":
                catalog = str(inner[1])
            else:
                continue
            group = ".".join(str(key) for key in keys[:-1])
            line = root.lines.get(keys, 0)
            yield CatalogEntry(catalog=catalog, group=group, name=str(keys[-1]), text=text, line=line)
