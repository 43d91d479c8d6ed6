"""The project as a whole: what was taken in, its package URLs, its pins as one text, its environment and its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from upgrader.ecosystems.base import Ask, ProjectRead
from upgrader.ecosystems.pip.checks import checks
from upgrader.ecosystems.pip.environment import prepare
from upgrader.ecosystems.pip.runtime import runtime_fits
from upgrader.model import PackageName
from upgrader.versions import pep440

__all__ = ["checks", "members", "pinned", "prepare", "purl", "runtime_fits"]


def members(read: ProjectRead) -> Sequence[str]:
    """Every file that was read as part of the project, the manifest itself among them."""
    return read.project.manifests


def purl(name: PackageName, version: str | None) -> str:
    """`pkg:pypi/name@version` (purl-spec, type pypi)."""
    from packageurl import PackageURL  # lazy: only CycloneDX documents need it

    return PackageURL(type="pypi", name=name, version=version).to_string()


def pinned(read: ProjectRead) -> str:
    """What is locked as a requirements text of `name==version` lines alone, sorted, each once.

    For `pip-audit --no-deps --disable-pip -r`: no paths, addresses or options, so that it runs nothing (SAFETY T2).
    """
    pins = {
        f"{item.name}=={item.locked}"
        for item in read.dependencies
        if item.locked and not item.immovable and pep440.is_valid(item.locked)
    }
    return "".join(f"{pin}\n" for pin in sorted(pins))


def installed_runtime(env: Mapping[str, str], ask: Ask) -> str | None:
    """The Python on this machine, for a project that declares none."""
    told = ask(("python3", "--version"), cwd=Path("/"), env=env)
    return f"=={told.split()[-1]}" if told else None
