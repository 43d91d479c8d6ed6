"""A lockfile of pnpm, yarn or bun, whatever its format: what each requirement got, and what hangs on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from upgrader.ecosystems.npm.locked import Locked
from upgrader.ecosystems.npm.lockfile import NEAREST, Lock
from upgrader.ecosystems.npm.specifiers import is_exact
from upgrader.model import Section

Edge = tuple[str, bool]
"""The key of a package that another one needs, and whether it may be missing."""

LINK = ""
"""In place of a package's key: a folder of the project."""


class ForeignLock(Lock, frozen=True, kw_only=True):
    """A lockfile of another tool; `packages` are by the tool's own keys."""

    direct: Mapping[tuple[str, str], str]
    """What a requirement got, as a key of `packages` or LINK. pnpm: by folder (`.` for the root) and name as in its
    `importers`, a catalog's by `catalog:<catalog>` and name; yarn: by "" and `name@requirement`."""
    edges: Mapping[str, tuple[Edge, ...]]

    def resolve(self, folder: str, name: str, text: str = "") -> Locked | None:
        """What a manifest's requirement `name: text` got; None when the lockfile does not know it."""
        for key in ((folder or ".", name), ("", f"{name}@{text}"), ("", f"{name}@npm:{text}")):
            found = self.direct.get(key)
            if found == LINK:
                return locked(path=LINK, name=name, version=None, line=0, link=True)
            if found is not None:
                return self.packages.get(found)
        return None


def locked(
    *,
    path: str,
    name: str,
    version: str | None,
    line: int,
    link: bool = False,
    resolved: str = "",
    checked: bool = True,
) -> Locked:
    """One package of a foreign lockfile; its section is told later, by `with_sections`."""
    return Locked(
        path=path,
        name=name,
        version=version if version is None or is_exact(version) else None,
        section="prod",
        line=line,
        link=link,
        resolved=resolved,
        checked=checked,
        bundled=False,
        install_script=False,
    )


def with_sections(lock: ForeignLock, roots: Iterable[tuple[Section, str]]) -> ForeignLock:
    """Give every package the section that matters most of those it is reached from.

    `roots` are the direct requirements' sections and package keys. A package that nothing reaches (the lockfile is
    older than the manifests) keeps `prod`, where it is seen.
    """
    waiting: dict[Section, list[str]] = {section: [] for section in NEAREST}
    for section, key in roots:
        waiting[section].append(key)
    told: dict[str, Section] = {}
    for section in NEAREST:
        stack = waiting[section]
        while stack:
            key = stack.pop()
            if key in told:
                continue
            told[key] = section
            for needed, optional in lock.edges.get(key, ()):
                (waiting["optional"] if optional and section == "prod" else stack).append(needed)
    packages = {
        key: structs.replace(item, section=told.get(key, "prod")) for key, item in lock.packages.items()
    }
    return structs.replace(lock, packages=packages)
