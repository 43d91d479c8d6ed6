"""What Cargo.lock holds: its packages, which of them a requirement of a member resolved to, and what needs what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from upgrader.ecosystems.cargo.crate_file import Entry
from upgrader.ecosystems.cargo.names import normalise
from upgrader.errors import ManifestError, VersionError
from upgrader.source.toml_spans import read_toml, toml_document
from upgrader.versions import cargo as versions

Origin = Literal["default", "registry", "git", "path", "other"]

_DEFAULT = re.compile(r"registry\+https://github\.com/[^/]+/crates\.io-index")
"""How a lockfile names cargo's own default registry, whichever mirror answers for it."""
_NAMES = re.compile(rb'^\[\[package\]\]\r?\nname = "', re.MULTILINE)
_EDGE = re.compile(r"(?P<name>[^ ]+)(?: (?P<version>[^ ()]+))?(?: \((?P<source>[^()]*)\))?")


ENCODED = " with encoded branches"
"""Behind the format's number."""
_MOST_TWINS = 64
"""Packages of one name and version that an edge is followed to: a hostile file must not cost the square of its size."""


class Locked(Struct, frozen=True, kw_only=True):
    """One `[[package]]`."""

    name: str
    version: str
    source: str
    """`registry+...`, `sparse+...`, `git+...`; "" for a package on disk."""
    needs: tuple[int, ...]
    """Indices of the packages it depends on."""
    line: int

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return origin_of(self.source)


class Lock(Struct, frozen=True, kw_only=True):
    """A Cargo.lock of version 1 to 4, in the order of the file."""

    packages: tuple[Locked, ...]
    format: str = "4"
    """The version of the file's own format, `1` to `4`, with ENCODED where it matters for more than its own line."""

    def member(self, name: str, version: str) -> Locked | None:
        """The locked package of a workspace member; its version may lag behind the manifest's."""
        own = [item for item in self.packages if item.name == name and item.origin == "path"]
        exact = [item for item in own if item.version == version]
        return next(iter(exact or own), None)

    def resolve(self, member: Locked | None, entry: Entry) -> Locked | None:
        """The package that an entry of the member resolved to; None when the lockfile has none that fits.

        Where a crate is there in several versions, the member's edges and the requirement tell which is meant.
        """
        if member is None:
            return None
        reached = [self.packages[at] for at in member.needs]
        named = [item for item in reached if item.name == entry.name]
        fitting = [item for item in named if _fits(item, entry)]
        return max(fitting, key=lambda item: versions.order_key(item.version), default=None)


class _Package(Struct):
    name: str
    version: str
    source: str = ""
    dependencies: list[str] = []


class _Document(Struct):
    version: int | None = None
    package: list[_Package] = []
    metadata: dict[str, object] = {}
    root: _Package | None = None


def origin_of(source: str) -> Origin:
    """Where a `source` leads."""
    if not source:
        return "path"
    if _DEFAULT.fullmatch(source):
        return "default"
    kind = source.partition("+")[0]
    if kind in ("registry", "sparse"):
        return "registry"
    return "git" if kind == "git" else "other"


def read_lock(text: bytes, path: str) -> Lock:
    """Read a lockfile. Raises ManifestError `path:line: ...` for what is none.

    Sources: the `[root]` of the oldest files, `name version (source)` edges of versions 1 and 2, and the short
    edges since (https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html and cargo's `encode.rs`).
    """
    raw = toml_document(text, path)
    try:
        document = msgspec.convert(raw, _Document)
    except msgspec.ValidationError as fault:
        raise ManifestError(
            f"{path}:1: not a lockfile of cargo: {fault}.", "Restore it from version control."
        ) from fault
    packages = document.package + ([document.root] if document.root else [])
    lines = _lines(text, path, len(document.package)) + ([1] if document.root else [])
    for package, line in zip(packages, lines, strict=True):
        _check(package, f"{path}:{line}")
    find = _Finder(packages)
    return Lock(
        format=_format(document, f"{path}:1") + (ENCODED if any(map(_encoded, packages)) else ""),
        packages=tuple(
            Locked(
                name=package.name,
                version=package.version,
                source=package.source,
                needs=tuple(at for edge in package.dependencies for at in find(edge)),
                line=line,
            )
            for package, line in zip(packages, lines, strict=True)
        ),
    )


def _encoded(package: _Package) -> bool:
    """Whether version 4 writes the address of this git source otherwise than version 3."""
    query = package.source.partition("?")[2].partition("#")[0] if package.source.startswith("git+") else ""
    return re.fullmatch(r"[\w.=-]*", query, re.ASCII) is None


def _format(document: _Document, where: str) -> str:
    """Files of version 1 keep their checksums in [metadata], those of version 2 beside each package."""
    if document.version is None:
        return "1" if document.metadata or document.root else "2"
    if document.version not in (3, 4):
        raise ManifestError(
            f"{where}: version {document.version} is not known.", "Known are 1 to 4; upgrade this program."
        )
    return str(document.version)


def reachable(lock: Lock, roots: Iterable[int]) -> set[int]:
    """Indices of the packages that `roots` lead to, themselves included."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting.extend(lock.packages[at].needs)
    return seen


class _Finder:
    """Follows an edge to the packages it means."""

    def __init__(self, packages: Sequence[_Package]) -> None:
        self.packages = packages
        self.named: dict[tuple[str, str | None], list[int]] = {}
        for at, package in enumerate(packages):
            self.named.setdefault((package.name, None), []).append(at)
            self.named.setdefault((package.name, package.version), []).append(at)

    def __call__(self, edge: str) -> list[int]:
        """Indices of the packages; cargo leaves out what is not needed to tell them apart."""
        found = _EDGE.fullmatch(edge)
        if found is None:
            return []
        near = self.named.get((found["name"], found["version"]), [])[:_MOST_TWINS]
        return [at for at in near if found["source"] in (None, self.packages[at].source)]


def _fits(item: Locked, entry: Entry) -> bool:
    """Whether a locked package can be what an entry asks for."""
    requirement = entry.requirement
    if not requirement or not versions.is_requirement(requirement):
        return True
    return versions.allows(requirement, item.version)


def _check(package: _Package, where: str) -> None:
    """Refuse a name or version that cargo would not have written; local packages may have any name."""
    if not versions.is_valid(package.version):
        what = f"{package.name[:80]!r} is locked at {package.version[:80]!r}, which is no version"
        raise ManifestError(f"{where}: {what}.", "Restore the file from version control.")
    try:
        if package.source:
            normalise(package.name)
    except VersionError as fault:
        raise ManifestError(f"{where}: {fault.message}", "Restore the file from version control.") from fault


def _lines(text: bytes, path: str, count: int) -> list[int]:
    """The line of each package's name: quickly as cargo writes it, else by reading every span."""
    lines: list[int] = []
    line, at = 1, 0
    for found in _NAMES.finditer(text):
        line, at = line + text.count(b"\n", at, found.end()), found.end()
        lines.append(line)
    if len(lines) == count:
        return lines
    places = read_toml(text, path).lines
    return [places.get(("package", number, "name"), 1) for number in range(count)]
