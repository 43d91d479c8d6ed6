"""What a bun.lock holds: JSON with comments and trailing commas (https://bun.sh/docs/install/lockfile)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from upgrader.ecosystems.npm.foreign_lock import LINK, Edge, ForeignLock, locked
from upgrader.ecosystems.npm.locked import Locked
from upgrader.errors import ManifestError
from upgrader.source.json_spans import Keys, read_json

NAME = "bun.lock"

_KNOWN = (0, 1, 2)
_COMMENT = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|//[^\n]*+|/\*.*?\*/', re.DOTALL)
_COMMA = re.compile(rb'"(?:[^"\\\n]|\\.)*+"|,(?=\s*+[}\]])', re.DOTALL)
_IDENTITY = re.compile(r"((?:@[^/@]+/)?[^/@]+)@(.*)", re.DOTALL)
_SECTIONS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_OPTIONAL = "optionalDependencies"


def read_bun_lock(text: bytes, path: str) -> ForeignLock:
    """Read a bun.lock. Raises ManifestError `path:line: ...` for what is none, or of an unknown format."""
    read = read_json(plain_json(text), path)
    values = {value.keys: value.value for value in read.values}
    version = values.get(("lockfileVersion",))
    if version not in _KNOWN or isinstance(version, bool):
        raise ManifestError(
            f"{path}:1: lockfileVersion {str(version)[:20]!r} is not known.", "Known are 0, 1 and 2."
        )
    keys = [str(spot[1]) for spot in read.lines if len(spot) == 2 and spot[0] == "packages"]
    packages = {key: _locked(key, values, read.lines["packages", key]) for key in keys}
    asked = _asked(values)
    direct = {(folder or ".", name): key for folder, name, key in _direct(asked, values, packages)}
    edges = {key: tuple(_edges(key, asked.get(("packages", key, 2), {}), packages)) for key in keys}
    return ForeignLock(
        path=path, format=str(version), packages=packages, tool="bun", direct=direct, edges=edges
    )


def plain_json(text: bytes) -> bytes:
    """The same with blanks for comments and trailing commas, so that every byte stays where it is."""
    for pattern in (_COMMENT, _COMMA):
        text = pattern.sub(_blank, text)
    return text


def _blank(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0].startswith(b'"') else re.sub(rb"[^\n]", b" ", found[0])


def _asked(values: Mapping[Keys, object]) -> dict[Keys, dict[tuple[str, str], str]]:
    """Section and name of each requirement by what has it: a workspace, or a package's third element."""
    found: dict[Keys, dict[tuple[str, str], str]] = {}
    for keys, value in values.items():
        if len(keys) > 3 and keys[-2] in _SECTIONS and isinstance(value, str):
            found.setdefault(keys[:-2], {})[str(keys[-2]), str(keys[-1])] = value
    return found


def _direct(
    asked: Mapping[Keys, Mapping[tuple[str, str], str]],
    values: Mapping[Keys, object],
    packages: Mapping[str, Locked],
) -> Iterator[tuple[str, str, str]]:
    """Folder, name and what it got; a workspace's own copy stands below the workspace's name."""
    for keys, needed in asked.items():
        if keys[0] != "workspaces" or len(keys) != 2:
            continue
        owner = str(values.get((*keys, "name"), "")) if keys[1] else ""
        for _, name in needed:
            key = _nearest(owner, name, packages)
            if key is not None:
                yield str(keys[1]), name, LINK if packages[key].link else key


def _nearest(owner: str, name: str, packages: Mapping[str, Locked]) -> str | None:
    """The copy of a package that stands nearest to its user, as node looks for it."""
    while True:
        key = f"{owner}/{name}" if owner else name
        if key in packages:
            return key
        if not owner:
            return None
        owner = re.sub(r"(?:^|/)(?:@[^/]*/)?[^/]*$", "", owner)


def _edges(key: str, needed: Mapping[tuple[str, str], str], packages: Mapping[str, Locked]) -> Iterator[Edge]:
    for section, name in needed:
        found = _nearest(key, name, packages)
        if found is not None and section != "devDependencies":
            yield found, section == _OPTIONAL


def _locked(key: str, values: Mapping[Keys, object], line: int) -> Locked:
    written = values.get(("packages", key, 0))
    found = _IDENTITY.fullmatch(written) if isinstance(written, str) else None
    name, source = (found[1], found[2]) if found else (key, "")
    kind = source.partition(":")[0] if ":" in source else ""
    release = not kind
    integrity = values.get(("packages", key, 3))
    git = kind.startswith("git") or kind in ("ssh", "bitbucket")
    return locked(
        path=key,
        name=name,
        version=source if release else None,
        line=line,
        link=kind in ("workspace", "link", "root"),
        resolved="git+" + source if git else "" if release else f"file:{source}",
        checked=not release or (isinstance(integrity, str) and bool(integrity)),
    )
