"""A Go module's step to another major, for which no pack has to be written: its import path moves."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from upgrader.cli.output import stderr
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.ecosystems.go.module_path import check_path, fits, path_for, split_major
from upgrader.errors import ConfigError, UpgraderError
from upgrader.outside.files import Tree
from upgrader.rulebook.languages.go.major import major_pack
from upgrader.rulebook.load import Pack
from upgrader.rulebook.select import Way
from upgrader.stages.inventory import read_inventory
from upgrader.versions import SCHEMES


def is_module(package: str) -> bool:
    """Whether the name can only be that of a Go module: a path that begins with a host."""
    return "/" in package and not package.startswith("@") and check_path(package) == ""


def go_major(root: Path, package: str, old: str | None, new: str | None) -> tuple[Pack, Way]:
    """The pack that moves a module's imports to the path of the release `new`, and the way it goes.

    `package`: the path in use, or with any other major. The module's path in use and the paths of other modules below
    it, which stay, are read from go.mod. Raises ConfigError when `new` is missing, or is asked under the same path.
    """
    if new is None:
        advice = f"Name the release: upgrade codemod {package} --to v2.0.0"
        raise ConfigError(
            f"{package}: no rule pack is about it; its imports can be moved to another major.", advice
        )
    required = _required(root)
    path = _path_in_use(package, old, required)
    current = old or required.get(path) or ""
    pack = _packed(path, path_for(path, new), required)
    if pack is None:
        raise ConfigError(
            f"{path}: {new} is imported by the same path.", "There is nothing to rewrite without a pack."
        )
    stderr(f"{path} {current} -> {path_for(path, new)} {new}")
    return pack, Way(cards=(), current=current, target=new)


def _required(root: Path) -> dict[str, str]:
    """The modules that the folder's go.mod files require, each with its version."""
    try:
        found = read_inventory(Tree(root), {"go": ECOSYSTEMS["go"]})
    except UpgraderError:
        return {}
    return {item.name: item.locked or "" for item in found.dependencies}


def _path_in_use(package: str, old: str | None, required: dict[str, str]) -> str:
    """The path the code imports: by the old release, else the lowest major of the module that go.mod requires."""
    if old is not None:
        return package if fits(package, old) else path_for(package, old)
    asked = split_major(package)
    same = [path for path in required if (one := split_major(path)) and asked and one.stem == asked.stem]
    scheme = SCHEMES["go"]
    known = [path for path in same if scheme.is_valid(required[path])]
    if package in same or not known:
        return package
    return min(known, key=lambda path: scheme.order_key(required[path]))


def _packed(old: str, new: str, required: dict[str, str]) -> Pack | None:
    form = major_pack(old, new, required)
    if form is None:
        return None
    data = msgspec.json.encode(form)
    return Pack(
        form=form,
        path=f"(made for {new})",
        origin="bundled",
        lines={},
        digest=hashlib.sha256(data).hexdigest(),
    )
