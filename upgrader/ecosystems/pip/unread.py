"""What a folder says of itself besides its requirements: name, Python version, and declarations not read yet."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from upgrader.ecosystems.base import Tree
from upgrader.errors import ManifestError
from upgrader.model import Held, Place
from upgrader.source.toml_spans import toml_document

_PYTHON = re.compile(r"(?:(?:cpython|python)[-@]?)?(\d+(?:\.\d+){0,2})")
_LATER = "Move them to [project] in pyproject.toml, or wait until this program reads them."


def beside(folder: str, name: str) -> str:
    """The path of a file in a folder, `.` being the root."""
    return name if folder == "." else f"{folder}/{name}"


def declared_name(tree: Tree, folder: str) -> str:
    """The name in the folder's own pyproject.toml, "" when there is none that can be read."""
    name = _project_table(tree, folder).get("name")
    return name if isinstance(name, str) else ""


def declared_runtime(tree: Tree, folder: str) -> str | None:
    """`requires-python` of the folder's pyproject.toml, else what `.python-version` pins, else None."""
    told = _project_table(tree, folder).get("requires-python")
    return told if isinstance(told, str) and is_specifier(told) else pinned_runtime(tree, folder)


def pinned_runtime(tree: Tree, folder: str) -> str | None:
    """`.python-version` as a specifier: `3.11` means any 3.11, `3.11.4` that one; None for another implementation."""
    path = beside(folder, ".python-version")
    if not tree.exists(path):
        return None
    try:
        words = tree.read(path).decode("utf-8", "replace").split()
    except ManifestError:
        return None
    found = _PYTHON.fullmatch(words[0]) if words else None
    if found is None:
        return None
    return f"=={found[1]}" if found[1].count(".") == 2 else f"=={found[1]}.*"


def is_specifier(text: str) -> bool:
    """Whether packaging takes it as version specifiers."""
    try:
        SpecifierSet(text)
    except (InvalidSpecifier, ValueError, RecursionError):
        return False
    return True


def unread(path: str, line: int, what: str, advice: str = _LATER) -> Held:
    """A declaration that was seen and not read."""
    return Held(
        kind="unreadable",
        subject=path,
        reason=f"{path}:{line}: {what}",
        advice=advice,
        ecosystem="pip",
        place=Place(path=path, line=line),
    )


def _project_table(tree: Tree, folder: str) -> dict[str, object]:
    path = beside(folder, "pyproject.toml")
    if not tree.exists(path):
        return {}
    try:
        table = toml_document(tree.read(path), path).get("project")
    except ManifestError:
        return {}
    return table if isinstance(table, dict) else {}
