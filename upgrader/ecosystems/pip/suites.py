"""Where a Python project keeps its tests, and which runner they are written for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError
from upgrader.model import Project

MOST_FILES = 200
"""Test files that are looked into at most, to tell their runner."""
_TEST_FILE = re.compile(r"test_[^/]*\.py|[^/]*_test\.py|tests\.py")
_USES_PYTEST = re.compile(r"^\s*(?:import pytest|from pytest\b|import _pytest|from _pytest\b)", re.MULTILINE)
_USES_UNITTEST = re.compile(r"^\s*(?:import|from)\s+(?:unittest|django\.test|twisted\.trial)\b", re.MULTILINE)
_CONFIGS = (
    ("pytest.ini", re.compile(r"")),
    (".pytest.ini", re.compile(r"")),
    ("pytest.toml", re.compile(r"")),
    ("pyproject.toml", re.compile(r"^\s*\[tool\.pytest(?:\.ini_options)?\]", re.MULTILINE)),
    ("tox.ini", re.compile(r"^\[pytest\]", re.MULTILINE)),
    ("setup.cfg", re.compile(r"^\[tool:pytest\]", re.MULTILINE)),
)
_OWN_PROJECT = ("pyproject.toml", "setup.py")


class Suite(Struct, frozen=True, kw_only=True):
    """The tests below one folder."""

    folder: str
    files: tuple[str, ...]
    """Test files relative to the folder, those of projects inside it left out."""
    config: str
    """The file that configures pytest, relative to the folder; "" for none."""
    settings: str
    """Its text."""
    pytest: bool
    """Whether pytest runs them; else unittest does."""
    packages: frozenset[str]
    """First folders of the test files that are packages (`__init__.py`)."""
    nested: bool
    """Whether other projects lie below the folder."""


def find_suites(tree: Tree, project: Project) -> list[Suite]:
    """The suite of the project's folder, and those of workspace members unless pytest is set up for all at the root."""
    root = _suite(tree, project.folder)
    found = [root] if root else []
    if root is not None and root.config:
        return found
    for path in project.manifests[1:]:
        if path.endswith("pyproject.toml") and (suite := _suite(tree, posixpath.dirname(path))):
            found.append(suite)
    return found


def needs_pytest(tree: Tree, project: Project) -> bool:
    """Whether a suite runs under pytest."""
    return any(suite.pytest for suite in find_suites(tree, project))


def _suite(tree: Tree, folder: str) -> Suite | None:
    paths = tree.walk()
    prefix = "" if folder == "." else f"{folder}/"
    inside = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    others = {posixpath.dirname(path) for path in inside if posixpath.basename(path) in _OWN_PROJECT} - {""}
    files = [
        path for path in inside if _TEST_FILE.fullmatch(posixpath.basename(path)) and not _below(path, others)
    ]
    config, settings = _config(tree, folder)
    if not files:
        return None
    conftest = any(posixpath.basename(path) == "conftest.py" and not _below(path, others) for path in inside)
    return Suite(
        folder=folder,
        files=tuple(files),
        config=config,
        settings=settings,
        pytest=bool(config) or conftest or _written_for_pytest(tree, prefix, files),
        packages=frozenset(
            path.partition("/")[0] for path in inside if re.fullmatch(r"[^/]+/__init__\.py", path)
        ),
        nested=bool(others),
    )


def _below(path: str, folders: set[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _config(tree: Tree, folder: str) -> tuple[str, str]:
    """The first file that configures pytest (pytest: "Configuration file formats"), and its text."""
    for name, pattern in _CONFIGS:
        text = _text(tree, beside(folder, name))
        if text is not None and pattern.search(text):
            return name, text
    return "", ""


def _written_for_pytest(tree: Tree, prefix: str, files: Sequence[str]) -> bool:
    """A file that imports pytest, or that imports no other framework, is pytest's."""
    texts = list(_texts(tree, prefix, files))
    return any(_USES_PYTEST.search(text) for text in texts) or any(
        not _USES_UNITTEST.search(text) for text in texts
    )


def _texts(tree: Tree, prefix: str, files: Sequence[str]) -> Iterator[str]:
    for path in files[:MOST_FILES]:
        text = _text(tree, prefix + path)
        if text is not None:
            yield text


def _text(tree: Tree, path: str) -> str | None:
    try:
        return tree.read(path).decode("utf-8", "replace") if tree.exists(path) else None
    except ManifestError:
        return None
