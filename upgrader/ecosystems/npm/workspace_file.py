"""pnpm-workspace.yaml and .yarnrc.yml: which folders are members, and the catalogs that members refer to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm.overrides import Override, is_scoped, selected_name
from upgrader.ecosystems.npm.package_file import unreadable
from upgrader.ecosystems.npm.specifiers import read_specifier
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit, Held, Place, RangeStrategy
from upgrader.source.yaml_spans import YamlItem, read_yaml, span_of
from upgrader.versions.strategies import requirement_for

FILES = {"pnpm": "pnpm-workspace.yaml", "yarn": ".yarnrc.yml"}
"""Each tool's file of this kind, beside the root's package.json."""
DEFAULT = "default"
"""The catalog that `catalog:` means (https://pnpm.io/catalogs, https://yarnpkg.com/features/catalogs)."""
CONFIG = "configDependencies"
OVERRIDES = "overrides"
"""pnpm's key and group of what the root pins."""


class CatalogEntry(Struct, frozen=True, kw_only=True):
    """`name: requirement` in a catalog."""

    catalog: str
    group: str
    """`catalog`, or `catalogs.<name>`."""
    name: str
    text: str
    line: int


class WorkspaceFile(Struct, frozen=True, kw_only=True):
    """What the file says; all empty where there is none."""

    path: str = ""
    patterns: tuple[str, ...] = ()
    """Globs of member folders, pnpm's only."""
    entries: tuple[CatalogEntry, ...] = ()
    overrides: tuple[Override, ...] = ()
    """What `overrides` pin, pnpm's only."""
    config: tuple[CatalogEntry, ...] = ()
    """`configDependencies`: what pnpm fetches before anything else."""
    settings: frozenset[str] = frozenset()
    """The keys at the top."""
    held: tuple[Held, ...] = ()


def read_workspace_file(tree: Tree, folder: str, tool: str) -> WorkspaceFile:
    """The tool's file in a folder. What can't be read is told in `held`; nothing is raised."""
    name = FILES.get(tool)
    path = posixpath.normpath(f"{folder}/{name}") if name else ""
    if not path or not tree.exists(path):
        return WorkspaceFile()
    try:
        documents = read_yaml(tree.read(path), path)
    except ManifestError as fault:
        place = Place(path=path, line=0)
        held = Held(
            kind="unreadable",
            subject=path,
            reason=fault.message,
            advice=fault.advice,
            ecosystem="npm",
            place=place,
        )
        return WorkspaceFile(path=path, held=(held,))
    return _read(documents[0], path) if documents else WorkspaceFile(path=path)


def _read(document: YamlItem, path: str) -> WorkspaceFile:
    held: list[Held] = []
    packages = document.get("packages")
    listed = packages.items if packages is not None and packages.items is not None else []
    if document.members is None or (packages is not None and packages.items is None and packages.text):
        place = Place(path=path, line=packages.line if packages else document.line, key="packages")
        held.append(unreadable(place, path, "packages: is not a list of folders", 'Write `["packages/*"]`.'))
    found = list(_entries(document, path))
    held += [item for item in found if isinstance(item, Held)]
    return WorkspaceFile(
        path=path,
        patterns=tuple(item.text for item in listed if item.is_scalar),
        entries=tuple(item for item in found if isinstance(item, CatalogEntry)),
        overrides=tuple(_overrides(document, path)),
        config=tuple(
            CatalogEntry(catalog="", group=CONFIG, name=name, text=item.text, line=item.key_line)
            for name, item in document.mapping(CONFIG).items()
        ),
        settings=frozenset(document.members or ()),
        held=tuple(held),
    )


def _catalogs(document: YamlItem) -> Iterator[tuple[str, tuple[str, ...], YamlItem]]:
    """Each catalog's name, path of keys and item."""
    found = document.get("catalog")
    if found is not None:
        yield DEFAULT, ("catalog",), found
    for name, item in document.mapping("catalogs").items():
        yield name, ("catalogs", name), item


def _entries(document: YamlItem, path: str) -> Iterator[CatalogEntry | Held]:
    for catalog, keys, holder in _catalogs(document):
        group = ".".join(keys)
        if holder.members is None and (holder.items is not None or holder.text):
            place = Place(path=path, line=holder.key_line, key=group)
            yield unreadable(place, path, f"{group[:80]}: is not a mapping", "Write it as `name: ^1.0.0`.")
        for name, item in holder.mapping().items():
            if item.is_scalar and item.text:
                yield CatalogEntry(
                    catalog=catalog, group=group, name=name, text=item.text, line=item.key_line
                )
                continue
            place = Place(path=path, line=item.key_line, key=f"{group}.{name}"[:120])
            yield unreadable(
                place, name[:80], f"{group}.{name[:80]}: is not text", "Write it as `name: ^1.0.0`."
            )


def _overrides(document: YamlItem, path: str) -> Iterator[Override]:
    for key, item in document.mapping(OVERRIDES).items():
        if item.is_scalar and item.text:
            yield Override(
                group=OVERRIDES,
                place=Place(path=path, line=item.key_line, key=f"{OVERRIDES}.{key}"),
                selector=key,
                text=item.text,
                scoped=is_scoped(key),
            )


def edit_catalog(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The span that makes a catalog's entry ask for `target`; empty when it already does.

    The file is read again afterwards: nothing but this entry may have changed.
    """
    place = dependency.place
    try:
        documents = read_yaml(text, place.path)
        found = _find(documents[0], dependency) if documents else None
    except ManifestError as fault:
        return CannotEdit(place=place, reason=fault.message, advice=fault.advice)
    before = dependency.requirement
    start = None if found is None else _offset(text, found, before)
    if found is None or start is None:
        return _refused(dependency, f"does not ask for {before!r} there any more, or not letter by letter")
    try:
        after = requirement_for("npm", before, target, strategy, dependency.section)
    except VersionError as fault:
        return _refused(dependency, f"is left alone: {fault.message}")
    if after == before:
        return ()
    edit = Edit(path=place.path, line=found.line, start=start, before=before, after=after)
    changed = text[:start] + after.encode() + text[start + len(before.encode()) :]
    if not _only_changed(text, changed, dependency, after):
        return _refused(dependency, f"can't be written as {after!r} without changing something else")
    return (edit,)


def _key(dependency: Dependency) -> str:
    """The entry's key as written: of an override more than the name."""
    key = dependency.alias or dependency.name
    return dependency.place.key.removeprefix(f"{dependency.group}.") if dependency.group == OVERRIDES else key


def _tables(document: YamlItem) -> Iterator[tuple[tuple[str, ...], YamlItem]]:
    """Path of keys and item of every mapping whose entries may be edited."""
    for _, keys, holder in _catalogs(document):
        yield keys, holder
    if (found := document.get(OVERRIDES)) is not None:
        yield (OVERRIDES,), found


def _find(document: YamlItem, dependency: Dependency) -> YamlItem | None:
    """The entry's value, when it still says the same."""
    key = _key(dependency)
    name = selected_name(key) if dependency.group == OVERRIDES else key
    for keys, holder in _tables(document):
        item = holder.get(key)
        if ".".join(keys) != dependency.group or item is None or not item.is_scalar:
            continue
        try:
            asked = read_specifier(name, item.text)
        except VersionError:
            return None
        return item if (asked.name, asked.requirement) == (dependency.name, dependency.requirement) else None
    return None


def _offset(text: bytes, item: YamlItem, requirement: str) -> int | None:
    """Where the range begins, in bytes; None when it is written with escapes, an anchor or an alias."""
    start, end = span_of(text, item)
    written = item.text.encode()
    lead = 0 if item.plain else 1
    if text[start + lead : end - lead] != written:
        return None
    return start + lead + written.rindex(requirement.encode())


def _only_changed(before: bytes, after: bytes, dependency: Dependency, requirement: str) -> bool:
    """Whether the file says the same as before but for this one entry, which asks for the requirement."""
    path = dependency.place.path
    try:
        was, now = (_said(read_yaml(text, path)[0], ()) for text in (before, after))
    except (ManifestError, IndexError):
        return False
    spot = (*_keys_of(dependency), _key(dependency))
    said = now.pop(spot, "")
    old = was.pop(spot, "")
    return was == now and said == old[: len(old) - len(dependency.requirement)] + requirement


def _keys_of(dependency: Dependency) -> tuple[str, ...]:
    head, _, rest = dependency.group.partition(".")
    return (head, rest) if rest else (head,)


def _said(item: YamlItem, keys: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Every scalar by its path of keys."""
    found: dict[tuple[str, ...], str] = {} if not item.is_scalar else {keys: item.text}
    for key, inner in (item.members or {}).items():
        found.update(_said(inner, (*keys, key)))
    for index, inner in enumerate(item.items or ()):
        found.update(_said(inner, (*keys, str(index))))
    return found


def _refused(dependency: Dependency, reason: str) -> CannotEdit:
    return CannotEdit(
        place=dependency.place,
        reason=f"{dependency.place}: {dependency.name} {reason}",
        advice="Change it by hand.",
    )
