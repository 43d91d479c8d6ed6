"""What a root pins against its dependencies' will: `overrides`, `resolutions`, `pnpm.overrides`, each entry a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from msgspec import Struct

from upgrader.ecosystems.npm.lockfile import Lock
from upgrader.ecosystems.npm.package_file import PackageFile, unreadable
from upgrader.ecosystems.npm.specifiers import Asked, read_specifier
from upgrader.errors import VersionError
from upgrader.model import Dependency, Held, PackageName, Place
from upgrader.source.json_spans import Keys
from upgrader.versions import npm as versions

TABLES: tuple[tuple[str, ...], ...] = (("overrides",), ("resolutions",), ("pnpm", "overrides"))
GROUPS = frozenset(".".join(table) for table in TABLES)
_OBEYED: Mapping[str, tuple[str, ...]] = {
    "npm": ("overrides",),
    "pnpm": ("pnpm.overrides", "resolutions", "overrides"),
    "yarn": ("resolutions",),
    "bun": ("overrides", "resolutions"),
}
"""Which of them each tool reads; the plain `overrides` of pnpm are those of its own file."""
_PARENT = re.compile(r".*[^ |@]>", re.DOTALL)
"""pnpm's `parent@1>name`; in `name@>1` the sign belongs to the range."""
_FOLDER = re.compile(r"(?:(?:@[^/@]+/)?[^/@]+(?:@[^/]+)?)/")
"""One part of yarn's path: `parent/`, `@scope/parent@npm:1/`, `**/`."""
_SELECTED = re.compile(r"((?:@[^/@]+/)?[^/@*\s]+)(?:@(?:npm:@[^/]+/[^/]+|patch:.+|[^/]+))?", re.DOTALL)
_LONGEST = 500


class Override(Struct, frozen=True, kw_only=True):
    """One entry, wherever it stands."""

    group: str
    """`overrides`, `resolutions` or `pnpm.overrides`."""
    place: Place
    selector: str
    """The key that names the package, as written: `name`, `name@1`, `parent>name`."""
    text: str
    scoped: bool
    """It counts only below another package."""
    idle: str = ""
    """Why nobody obeys it here, "" when the tool does."""


def selected_name(selector: str) -> str:
    """The package that a key of a table names, without what is above it and without its range; "" for none."""
    rest = selector.strip()
    if len(rest) > _LONGEST:
        return ""
    rest = _PARENT.sub("", rest, count=1)
    while True:
        found = _SELECTED.fullmatch(rest)
        if found:
            return found[1]
        above = _FOLDER.match(rest)
        if above is None:
            return ""
        rest = rest[above.end() :]


def manifest_overrides(file: PackageFile, tool: str, *, is_root: bool) -> Iterator[Override]:
    """Every entry of a package.json's tables, also of those that the project's tool passes over."""
    for keys, text in file.texts.items():
        table = next((table for table in TABLES if keys[: len(table)] == table), None)
        if table is None or len(keys) == len(table):
            continue
        group = ".".join(table)
        idle = "" if group in _OBEYED.get(tool, ()) else f"{tool} does not read `{group}`"
        selector, scoped = _selector(keys[len(table) :])
        yield Override(
            group=group,
            place=Place(path=file.path, line=file.lines.get(keys, 0), key=".".join(str(key) for key in keys)),
            selector=selector,
            text=text,
            scoped=scoped,
            idle=idle if is_root else "only the overrides of the workspace's root count",
        )


def _selector(inner: Keys) -> tuple[str, bool]:
    """The key that names the package: npm's `.` is the package that the key above it names."""
    own = inner[:-1] if len(inner) > 1 and inner[-1] == "." else inner
    return str(own[-1]), len(own) > 1 or is_scoped(str(own[-1]))


def is_scoped(selector: str) -> bool:
    """Whether a key names a package below another one: `parent>name`, `parent/name`, not `**/name`."""
    name = selected_name(selector)
    return not selector.strip().removeprefix("**/").startswith(name or selector)


def override_rows(
    found: Sequence[Override], project: str, direct: Set[str], lock: Lock | None
) -> Iterator[Dependency | Held]:
    """Each entry as a dependency; `direct` are the names that the root of an npm project asks for.

    npm refuses (EOVERRIDE) to install a package whose own requirement says something else than its override: such an
    entry does not move alone.
    """
    for item in found:
        name = selected_name(item.selector)
        try:
            asked = read_specifier(name, item.text)
        except VersionError as fault:
            reason = f"{item.place.key[:120]}: {fault.message}"
            yield unreadable(item.place, name[:80] or item.place.path, reason, fault.advice)
            continue
        why = item.idle or _why(item, asked)
        if not why and item.group == "overrides" and name in direct and not item.scoped:
            why = f"asked for directly too: write `${name}` here, so that both move together"
        yield Dependency(
            ecosystem="npm",
            name=asked.name,
            project=project,
            requirement=asked.requirement,
            locked=None if why else _locked(lock, asked.name, asked.requirement),
            section="prod",
            direct=True,
            place=item.place,
            group=item.group,
            alias=asked.alias,
            immovable=why,
        )


def _why(item: Override, asked: Asked) -> str:
    """Why an entry that is obeyed can't move, "" when it can."""
    if item.text.startswith("$"):
        return f"follows the root's own {item.text[1:80]}"
    if item.text.strip() == "-":
        return "takes the package out of the tree"
    return asked.immovable


def _locked(lock: Lock | None, name: PackageName, requirement: str) -> str | None:
    """The highest version in the lockfile that the entry can have put there; None for none."""
    held = {item.version for item in lock.packages.values() if item.name == name} if lock else set()
    fitting = [version for version in held if version and versions.allows(requirement, version)]
    return versions.sort_versions(fitting)[-1] if fitting else None


def pinned(found: Sequence[Override]) -> dict[str, str]:
    """Packages that the root pins everywhere, each with where: they do not move alone."""
    return {
        name: f"pinned by {item.group.rpartition('.')[2]} ({item.place})"
        for item in found
        if not (item.idle or item.scoped or item.text.startswith(("$", "catalog:")))
        and (name := selected_name(item.selector))
    }
