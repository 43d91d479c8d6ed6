"""The packages that only Cargo.lock holds: what the direct requirements brought with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from upgrader.ecosystems.cargo.lockfile import Lock, Origin, reachable
from upgrader.model import Dependency, PackageName, Place, Project, Section

SECTIONS: tuple[Section, ...] = ("prod", "optional", "build", "dev")
"""A package that several sections need belongs to the first of them."""
_IMMOVABLE: dict[Origin, str] = {
    "default": "",
    "registry": "from a registry other than cargo's default",
    "git": "git reference",
    "path": "path",
    "other": "from a source that is no registry",
}


def locked_only(
    lock: Lock,
    path: str,
    project: Project,
    direct: Sequence[Dependency],
    members: Collection[tuple[str, str]],
) -> list[Dependency]:
    """One transitive dependency per (name, version) that is neither a member nor asked for directly, by line.

    `members` are the names and locked versions of the workspace's own packages.
    """
    known = {(str(item.name), item.locked) for item in direct}
    sections = _sections(lock, direct)
    found: dict[tuple[str, str], Dependency] = {}
    for at, package in enumerate(lock.packages):
        key = (package.name, package.version)
        if key in known or key in found or (key in members and package.origin == "path"):
            continue
        found[key] = Dependency(
            ecosystem="cargo",
            name=PackageName(package.name),
            project=project.id,
            requirement="",
            locked=package.version,
            section=sections.get(at, "prod"),
            direct=False,
            place=Place(path=path, line=package.line, key=f"package[{at}]"),
            immovable=_IMMOVABLE[package.origin],
        )
    return list(found.values())


def _sections(lock: Lock, direct: Sequence[Dependency]) -> dict[int, Section]:
    """Index of a package to the first section that leads to it."""
    at_of = {(package.name, package.version): at for at, package in enumerate(lock.packages)}
    found: dict[int, Section] = {}
    for section in SECTIONS:
        roots = [at_of.get((item.name, item.locked or "")) for item in direct if item.section == section]
        for at in reachable(lock, [root for root in roots if root is not None]):
            found.setdefault(at, section)
    return found
