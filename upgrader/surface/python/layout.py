"""Which file of a wheel, an sdist or a folder is which module."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from upgrader.surface.artefact import Artefact

Kind = Literal["source", "stub", "compiled"]
_ENDINGS: dict[str, Kind] = {".py": "source", ".pyi": "stub", ".so": "compiled", ".pyd": "compiled"}
_WHEEL_DATA = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_NOT_API = frozenset(
    (
        "test",
        "tests",
        "testing_data",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "bench",
        "conftest",
        "setup",
    )
)
"""Folders and files beside a package that are no part of what it offers."""
_INSIDE_NOT_API = frozenset(("tests", "test", "conftest", "_tests", "_test", "__main__"))


class ModuleFiles(Struct, frozen=True):
    """Where a module's parts are, as paths of the artefact."""

    source: str = ""
    stub: str = ""
    compiled: str = ""
    package: bool = False
    """It is a package: relative imports in it start at itself."""


def find_modules(artefact: Artefact) -> dict[str, ModuleFiles]:
    """Dotted module name to its files; folders without `__init__` count as namespace packages."""
    start = _start(artefact)
    found: dict[str, dict[str, str | bool]] = {}
    for path in artefact.paths:
        inside = _WHEEL_DATA.sub("", path)
        if start and not inside.startswith(start):
            continue
        told = _module_of(inside[len(start) :])
        if told is None:
            continue
        name, kind, package = told
        if "__init__.py" in artefact or "__init__.pyi" in artefact:
            name = _whole(artefact.root or artefact.name, name)
        if name:
            found.setdefault(name, {"package": package})[kind] = path
    modules = {name: ModuleFiles(**files) for name, files in found.items()}  # type: ignore[arg-type]  # keys are its fields
    for name in list(modules):
        for parent in _parents(name):
            modules.setdefault(parent, ModuleFiles(package=True))
    return modules


def find_roots(modules: Iterable[str]) -> list[str]:
    """What a project imports: top-level modules without tests, docs and the like, sorted."""
    return sorted(name for name in modules if "." not in name and name not in _NOT_API)


def is_api(module: str) -> bool:
    """Whether a module is meant for others: nothing private on the way, and no tests."""
    first, *rest = module.split(".")
    if any(part.startswith("_") or part in _INSIDE_NOT_API for part in rest):
        return False
    return first not in _NOT_API and (not first.startswith("_") or not rest)


def _start(artefact: Artefact) -> str:
    """The folder where the modules start: `src/` where the project keeps them there."""
    if any(path.startswith("src/") and path.endswith((".py", ".pyi")) for path in artefact.paths) and (
        "src/__init__.py" not in artefact
    ):
        outside = ("pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO")
        if any(name in artefact for name in outside) or all(p.startswith("src/") for p in artefact.paths):
            return "src/"
    return ""


def _module_of(path: str) -> tuple[str, Kind, bool] | None:
    """`a.b` of `a/b.py`, `a/b/__init__.pyi` or `a/b.cpython-311-x86_64-linux-gnu.so`."""
    folder, _, name = path.rpartition("/")
    stem, dot, _ = name.partition(".")
    kind = _ENDINGS.get(dot + name.rpartition(".")[2]) if dot else None
    if kind is None or (kind != "compiled" and name.count(".") > 1):
        return None
    parts = [*(folder.split("/") if folder else []), stem]
    if parts and parts[0].endswith("-stubs"):
        parts[0] = parts[0].removesuffix("-stubs")
    package = parts[-1] == "__init__"
    if package:
        parts.pop()
    if not all(part.isidentifier() for part in parts):
        return None
    return ".".join(parts), kind, package


def _whole(root: str, name: str) -> str:
    """The name below a package whose own folder was given: `click` for `click-8.1.7` and for `click`."""
    base = re.split(r"[-.]\d", root, maxsplit=1)[0].replace("-", "_")
    return f"{base}.{name}" if name else base


def _parents(name: str) -> Iterable[str]:
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))
