"""The papers are kept true by machine: README, CHANGELOG, and what must not stand anywhere in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.loopback import find_tool
from upgrader.cli.overview import COMMANDS, overview

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_IMPORTED = {"pip-audit"}
"""Dependencies that run as processes of their own."""
IMPORTED_AS = {
    "ast-grep-py": "ast_grep_py",
    "pyyaml": "yaml",
    "cyclonedx-python-lib": "cyclonedx",
    "packageurl-python": "packageurl",
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_the_readme_shows_the_help_page_as_it_is() -> None:
    assert f"```\n{overview()}```" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_file_help_and_examples(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "upgrader", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "Examples:\n" in done.stdout
    assert "--help" in done.stdout


def registry_hosts() -> set[str]:
    """Hosts of the public registries, as this machine's own clients know them."""
    texts = [
        _told(
            [
                sys.executable,
                "-c",
                "from pip._internal.models.index import PyPI as P; print(P.url, P.file_storage_domain)",
            ]
        )
    ]
    if find_tool("npm"):
        texts.append(_told(["npm", "config", "get", "registry"]))
    if find_tool("go"):
        texts.append(_told(["go", "env", "GOPROXY", "GOSUMDB"]))
    words = [word for text in texts for word in re.split(r"[\s,|]+", text)]
    hosts = {urlsplit(word).hostname or word for word in words}
    return {host for host in hosts if host and host.count(".") >= 1 and "127.0.0.1" not in host}


def _told(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/").stdout


def test_no_address_of_a_registry_stands_anywhere() -> None:
    hosts = sorted(registry_hosts())
    assert hosts
    found = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked()
        for host in hosts
        if host.encode() in path.read_bytes()
    ]
    assert found == []


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=\[ ]", item)[0] for item in project["dependencies"]} - NOT_IMPORTED
    imported: set[str] = set()
    for path in (ROOT / "upgrader").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert {IMPORTED_AS.get(name, name) for name in names} - imported == set()


def test_workflows_are_pinned_and_only_read() -> None:
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text("utf-8")
        assert "pull_request_target" not in text
        assert re.search(r"^permissions:\n  contents: read$", text, re.MULTILINE)
        for used in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
