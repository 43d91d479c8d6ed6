"""What a pnpm-lock.yaml of format 5, 6 or 9 holds (https://github.com/pnpm/spec, folder lockfile)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from upgrader.ecosystems.npm.foreign_lock import LINK, Edge, ForeignLock, locked
from upgrader.ecosystems.npm.locked import Locked
from upgrader.ecosystems.npm.specifiers import is_exact
from upgrader.errors import ManifestError
from upgrader.source.yaml_spans import YamlItem, read_yaml

NAME = "pnpm-lock.yaml"

_KNOWN = re.compile(r"5(?:\.[0-9])?(?:-inlineSpecifiers)?|6\.[0-9]|9\.[0-9]")
_GROUPS = ("dependencies", "devDependencies", "optionalDependencies")
_KEY = re.compile(r"(?:[^@]*/)?((?:@[^/@]+/)?[^/@]+)@(.+)", re.DOTALL)
"""`name@1.0.0`, `/name@1.0.0`, `host/@scope/name@1.0.0`."""
_KEY_5 = re.compile(r"[^@]*/((?:@[^/@]+/)?[^/@]+)/([^/_]+)(?:_.*)?", re.DOTALL)
"""`/name/1.0.0`, `/@scope/name/1.0.0_peer@1.0.0`, `host/name/1.0.0`."""


def read_pnpm_lock(text: bytes, path: str) -> ForeignLock:
    """Read a pnpm lockfile. Raises ManifestError `path:line: ...` for what is none, or of an unknown format.

    pnpm 11 and later may write two documents: the first is about pnpm itself, the last one about the project.
    """
    documents = read_yaml(text, path)
    if not documents or documents[-1].members is None:
        raise ManifestError(
            f"{path}:1: is not a lockfile that pnpm writes.", "Make it again with `pnpm install`."
        )
    document = documents[-1]
    version = document.at("lockfileVersion")
    if not _KNOWN.fullmatch(version):
        line = found.line if (found := document.get("lockfileVersion")) else document.line
        raise ManifestError(
            f"{path}:{line}: lockfileVersion {version[:20]!r} is not known.", "Known are 5, 6 and 9."
        )
    return _read(document, path, version)


def _read(document: YamlItem, path: str, version: str) -> ForeignLock:
    packages = document.mapping("packages")
    snapshots = document.mapping("snapshots") if version.startswith("9") else packages
    found: dict[str, Locked] = {}
    described = {key.partition("(")[0] for key in snapshots}
    for key in (*snapshots, *(key for key in packages if key not in described)):
        whole = packages.get(key) or packages.get(key.partition("(")[0]) or snapshots[key]
        found[key] = _locked(key, whole, version)
    edges = {key: tuple(_edges(item, found)) for key, item in snapshots.items()}
    direct: dict[tuple[str, str], str] = {}
    for folder, importer in (document.mapping("importers") or {".": document}).items():
        for name, reference in _references(importer):
            direct[folder, name] = _find(name, reference, found)
    for catalog, entries in document.mapping("catalogs").items():
        for name, entry in entries.mapping().items():
            direct[f"catalog:{catalog}", name] = _find(name, entry.at("version"), found)
    habit = " with pnpmfile" if document.at("pnpmfileChecksum") else ""
    return ForeignLock(
        path=path, format=f"{version}{habit}", packages=found, tool="pnpm", direct=direct, edges=edges
    )


def _references(importer: YamlItem) -> Iterator[tuple[str, str]]:
    """Each requirement's name and what it got, in all groups."""
    for group in _GROUPS:
        for name, item in importer.mapping(group).items():
            yield name, item.text if item.is_scalar else item.at("version")


def _edges(item: YamlItem, packages: Mapping[str, Locked]) -> Iterator[Edge]:
    for group in ("dependencies", "optionalDependencies"):
        for name, needed in item.mapping(group).items():
            key = _find(name, needed.text, packages)
            if key != LINK:
                yield key, group == "optionalDependencies"


def _find(name: str, reference: str, packages: Mapping[str, Locked]) -> str:
    """The key of what a reference means: a version with or without peers, or a whole key."""
    if reference.startswith("link:"):
        return LINK
    keys = (f"{name}@{reference}", f"/{name}@{reference}", f"/{name}/{reference}", reference)
    return next((key for key in keys if key in packages), keys[0])


def _locked(key: str, item: YamlItem, version: str) -> Locked:
    name, written = _identity(key, five=version.startswith("5"))
    resolved = _resolved(key, item)
    return locked(
        path=key,
        name=item.at("name") or name,
        version=item.at("version") or written,
        line=item.key_line,
        resolved=resolved,
        checked=bool(item.at("resolution", "integrity")) or not resolved.startswith("http"),
    )


def _identity(key: str, *, five: bool) -> tuple[str, str | None]:
    """Name and version by the key alone: peers and patches stand in brackets, in format 5 after `_`."""
    bare = key.partition("(")[0]
    found = (_KEY_5.fullmatch(key) if five else None) or _KEY.fullmatch(bare)
    if found is None:
        return bare, None
    return found[1], found[2] if is_exact(found[2]) else None


def _resolved(key: str, item: YamlItem) -> str:
    """Where it comes from, in npm's words: `git+`, `file:`, else an address or that of the registry."""
    kind, tarball = item.at("resolution", "type"), item.at("resolution", "tarball")
    if kind == "git" or item.at("resolution", "gitHosted") == "true" or "//codeload." in tarball:
        return f"git+{item.at('resolution', 'repo') or tarball}"
    if kind == "directory" or tarball.startswith("file:") or "file:" in key.partition("(")[0]:
        return f"file:{item.at('resolution', 'directory') or tarball}"
    return tarball if "://" in tarball else "http:"
