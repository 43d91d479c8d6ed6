"""What a project says it runs on and is installed with: engines, devEngines, volta, packageManager, .nvmrc."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Set

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.npm.package_file import PackageFile
from upgrader.ecosystems.npm.specifiers import is_exact, normalise
from upgrader.errors import ManifestError, VersionError
from upgrader.model import RUNTIME, Dependency, PackageName, Place
from upgrader.source.json_spans import Keys
from upgrader.versions import npm as versions

NODE_FILES = (".nvmrc", ".node-version")
"""Files of one line that name a Node.js, in the order in which they count."""
TOOL_GROUPS = ("packageManager", "volta", "devEngines")
"""Where package managers are pinned."""
ENGINE = f"{RUNTIME}the author's to widen or raise"
NODE = f"{RUNTIME}Node.js is in no package registry"

_MANAGERS = frozenset(("npm", "pnpm", "yarn", "bun"))
_PINNED = re.compile(r"(?P<name>[^@\s]+)@(?P<version>[^+\s]+)(?P<hash>\+\S*)?")
_BERRY = "@yarnpkg/cli-dist"
"""Where the registry has yarn 2 and later; `yarn` itself ends at 1."""


def stated(tree: Tree, file: PackageFile, project: str, settings: Set[str]) -> Iterator[Dependency]:
    """Every runtime and tool that a package.json, or a file beside it, names; the movable ones are package managers.

    `settings` are the keys of the tool's own file (`.yarnrc.yml`): a project that brings its yarn along says so there.
    Sources: Node.js documentation of corepack (`packageManager`), npm's of `engines` and `devEngines`, volta's.
    """
    if text := file.text("packageManager"):
        yield _manager(file, ("packageManager",), text, project, settings)
    for name, text in _table(file, "engines"):
        yield _row(file, ("engines", name), name, text, project, ENGINE)
    yield from _dev_engines(file, project)
    for name, text in _table(file, "volta"):
        yield _volta(file, name, text, project)
    yield from node_rows(tree, file.folder, project)


def node_rows(tree: Tree, folder: str, project: str) -> Iterator[Dependency]:
    """What the one-line files of a folder say."""
    for name in NODE_FILES:
        path = posixpath.normpath(f"{folder}/{name}")
        if tree.exists(path):
            line, text = first_line(tree, path)
            yield Dependency(
                ecosystem="npm",
                name=PackageName("node"),
                project=project,
                requirement=text,
                locked=None,
                section="dev",
                direct=True,
                place=Place(path=path, line=line, key=name),
                group=name,
                immovable=NODE,
            )


def first_line(tree: Tree, path: str) -> tuple[int, str]:
    """The first line that is no comment, with its number; 1 and "" where there is none or the file can't be read."""
    try:
        text = tree.read(path)[:1000].decode("utf-8-sig", "replace")
    except ManifestError:
        return 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if bare := line.partition("#")[0].strip():
            return number, bare
    return 1, ""


def pinned_manager(text: str) -> tuple[str, str, str] | None:
    """Name, version and hash of a `packageManager` text `name@version+sha512.abc`; None for what is none."""
    found = _PINNED.fullmatch(text.strip())
    return (found["name"], found["version"], found["hash"] or "") if found else None


def _table(file: PackageFile, name: str) -> Iterable[tuple[str, str]]:
    """The texts of an object; the list that `engines` was long ago means nothing to npm."""
    return () if (name,) in file.arrays else file.members(name).items()


def _manager(file: PackageFile, keys: Keys, text: str, project: str, settings: Set[str]) -> Dependency:
    pinned = pinned_manager(text)
    if pinned is None:
        why = "not written `name@1.2.3`, so that no version can be read"
        return _row(file, keys, "packageManager", text, project, why)
    name, version, hashed = pinned
    why = ""
    if name not in _MANAGERS or not is_exact(version):
        why = "not a version of npm, pnpm, yarn or bun that a registry knows"
    elif hashed:
        why = f"pinned with a hash, which corepack has to renew: `corepack use {name}@<version>`"
    elif name == "yarn" and "yarnPath" in settings:
        why = "brought along by the project (.yarnrc.yml: yarnPath): `yarn set version <version>`"
    return _row(file, keys, name, version, project, why)


def _dev_engines(file: PackageFile, project: str) -> Iterator[Dependency]:
    """`{"runtime": {"name": "node", "version": ">=20"}}`, or a list of such objects."""
    for keys, name in file.texts.items():
        known = keys[:1] == ("devEngines",) and len(keys) in (3, 4) and keys[-1] == "name"
        if not known or keys[1] not in ("runtime", "packageManager"):
            continue
        spot = (*keys[:-1], "version")
        text = file.texts.get(spot, "")
        exact = keys[1] == "packageManager" and name in _MANAGERS and is_exact(text)
        yield _row(file, spot if text else keys, name, text, project, "" if exact else ENGINE)


def _volta(file: PackageFile, name: str, text: str, project: str) -> Dependency:
    """`{"node": "20.1.0", "npm": "10.2.0", "extends": "../package.json"}`."""
    keys = ("volta", name)
    if name == "extends":
        return _row(file, keys, name, text, project, f"{RUNTIME}the versions stand in {text[:200]}")
    if name == "node":
        return _row(file, keys, name, text, project, NODE)
    known = name in _MANAGERS and is_exact(text)
    return _row(file, keys, name, text, project, "" if known else "not a version that a registry knows")


def _row(
    file: PackageFile, keys: Keys, name: str, requirement: str, project: str, immovable: str
) -> Dependency:
    """One row; yarn 2 and later is asked for under the name that the registry has it by."""
    berry = name == "yarn" and not immovable and versions.allows(">=2", requirement)
    try:
        known = normalise(name)
    except VersionError:
        known, immovable = PackageName(name[:80]), immovable or "not a name that npm knows"
    group = str(keys[0])
    return Dependency(
        ecosystem="npm",
        name=PackageName(_BERRY) if berry else known,
        project=project,
        requirement=requirement,
        locked=None,
        section="prod" if group == "engines" else "dev",
        direct=True,
        place=Place(path=file.path, line=_line(file.lines, keys), key=".".join(str(key) for key in keys)),
        group=group,
        alias=name if berry else "",
        immovable=immovable,
    )


def _line(lines: Mapping[Keys, int], keys: Keys) -> int:
    return lines.get(keys, 0)
