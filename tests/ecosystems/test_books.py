"""A book that is not open yet finds the same manifests as the open one: its endings leave no manifest out."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from upgrader.ecosystems import ECOSYSTEMS
from upgrader.model import EcosystemName

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = (
    *("Cargo.toml", "go.mod", "go.work", "package.json", "pnpm-workspace.yaml", "pyproject.toml", "Pipfile"),
    *(
        "setup.py",
        "setup.cfg",
        "requirements.txt",
        "requirements.in",
        "requirements-dev.txt",
        "constraints.txt",
    ),
    *(
        "tool.py",
        "tool.py.lock",
        "uv.lock",
        "poetry.lock",
        "pylock.toml",
        "pdm.lock",
        "README.md",
        "notes.rst",
    ),
)
PATHS = sorted(
    {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*") if path.is_file()}
    | {f"{folder}{name}" for folder in ("", "app/", "requirements/", "a/b/") for name in NAMES}
)


@pytest.mark.parametrize("name", sorted(ECOSYSTEMS))
def test_each_file_is_found_or_not_as_by_the_open_book(name: EcosystemName) -> None:
    whole = importlib.import_module(f"upgrader.ecosystems.{name}")
    assert [p for p in PATHS if ECOSYSTEMS[name].find_manifests([p]) != whole.find_manifests([p])] == []
    assert ECOSYSTEMS[name].find_manifests(PATHS) == whole.find_manifests(PATHS)
    assert [name, whole.OSV] == [ECOSYSTEMS[name].NAME, ECOSYSTEMS[name].OSV]


def test_a_name_that_no_book_has_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        ECOSYSTEMS["npm"].no_such_name  # type: ignore[attr-defined]  # noqa: B018 - the access is the test


def test_books_that_are_not_needed_stay_closed() -> None:
    """Start-up is felt: an audit of a package.json loads no other ecosystem, no typesetting and no process runner."""
    script = (
        "import sys, upgrader.cli.audit_command\n"
        "from upgrader.ecosystems import ECOSYSTEMS\n"
        "[book.find_manifests(['package.json']) for book in ECOSYSTEMS.values()]\n"
        "print(*sorted(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    closed = (
        "rich",
        "yaml",
        "cvss",
        "packaging.version",
        "sqlite3",
        "upgrader.ledger",
        "upgrader.outside.shell",
    )
    others = [f"upgrader.ecosystems.{name}" for name in ECOSYSTEMS if name != "npm"]
    assert "upgrader.ecosystems.npm" in loaded
    assert [name for name in (*closed, *others) if name in loaded] == []
