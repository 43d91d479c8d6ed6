"""What a package-lock.json (or npm-shrinkwrap.json) holds, and which version each place uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.npm.locked import Locked
from upgrader.ecosystems.npm.old_lock import read_old_packages
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Dependency, Held, Place, Section
from upgrader.source.json_spans import LARGEST, read_json

NAMES = ("npm-shrinkwrap.json", "package-lock.json")
"""npm's own lockfiles; the first that exists counts (npm's documentation of npm-shrinkwrap.json)."""

_KEY = re.compile(rb'"((?:[^"\\\n]*/)?node_modules/(?:[^"\\\n]|\\.)*)"\s*:\s*\{')


class _Package(Struct):
    """One value of `packages`; the words of npm's documentation of package-lock.json."""

    name: str | None = None
    version: str | None = None
    resolved: str | bool | None = None
    integrity: str | None = None
    link: bool = False
    dev: bool = False
    optional: bool = False
    dev_optional: bool = field(default=False, name="devOptional")
    peer: bool = False
    in_bundle: bool = field(default=False, name="inBundle")
    install_script: bool = field(default=False, name="hasInstallScript")


class _Document(Struct):
    version: int | str | None = field(default=None, name="lockfileVersion")
    packages: dict[str, _Package] | None = None


class Lock(Struct, frozen=True, kw_only=True):
    """A lockfile that could be read."""

    path: str
    format: str
    """`1`, `2`, `3`, with ` without resolved` where no package states its address."""
    packages: Mapping[str, Locked]
    """By path, in the order of the file; folders of the project itself are left out."""
    tool: str = "npm"
    """Whose lockfile it is."""

    def resolve(self, folder: str, name: str, text: str = "") -> Locked | None:
        """What `require(name)` finds from a folder relative to the lockfile's ("" for that): the nearest one.

        `text` is what the manifest asks: other tools' lockfiles are looked up by it, npm's is not.
        """
        while True:
            found = self.packages.get(f"{folder}/node_modules/{name}" if folder else f"node_modules/{name}")
            if found is not None or not folder:
                return found
            folder = folder.rpartition("/")[0]


def read_lock(text: bytes, path: str) -> Lock:
    """Read a lockfile. Raises ManifestError `path:line: ...` for what is not one, or of an unknown format."""
    document = _decode(text, path)
    packages = document.packages
    version = str(document.version) if document.version is not None else "1" if packages is None else "3"
    if version not in ("1", "2", "3"):
        raise ManifestError(
            f"{path}:1: lockfileVersion {version[:20]} is not known.", "Known are 1, 2 and 3."
        )
    if version == "1":
        found = read_old_packages(text, path)
    else:
        installed = {key: package for key, package in (packages or {}).items() if "node_modules/" in key}
        lines = _lines(text, path, installed)
        found = {key: _locked(key, package, lines.get(key, 0)) for key, package in installed.items()}
    addressed = any(item.resolved.startswith("http") for item in found.values())
    loose = not addressed and any(item.version and not item.link for item in found.values())
    return Lock(path=path, format=f"{version} without resolved" if loose else version, packages=found)


def _decode(text: bytes, path: str) -> _Document:
    if len(text) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "It is not read.")
    try:
        return msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=_Document)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        read_json(text, path)  # knows the line of what is not JSON
        raise ManifestError(
            f"{path}:1: not a lockfile that npm writes ({str(fault)[:200]}).",
            "Make it again with `npm install --package-lock-only`.",
        ) from fault


def _lines(text: bytes, path: str, wanted: Mapping[str, object]) -> dict[str, int]:
    """The line of each key; npm's own layout is found by pattern, ten times faster than a whole scan."""
    lines: dict[str, int] = {}
    line, counted = 1, 0
    for found in _KEY.finditer(text):
        line += text.count(b"\n", counted, found.start())
        counted = found.start()
        raw = found[1]
        try:
            key = json.loads(b'"' + raw + b'"') if b"\\" in raw else raw.decode()
        except ValueError:
            continue
        lines.setdefault(key, line)
    if all(key in lines for key in wanted):
        return lines
    scanned = read_json(text, path).lines
    return {str(keys[1]): number for keys, number in scanned.items() if len(keys) == 2}


def _locked(path: str, package: _Package, line: int) -> Locked:
    resolved = package.resolved if isinstance(package.resolved, str) else ""
    remote = resolved.startswith(("http:", "https:"))
    return Locked(
        path=path,
        name=package.name or path.rpartition("node_modules/")[2],
        version=None if package.link else package.version,
        section=_section(package),
        line=line,
        link=package.link,
        resolved=resolved,
        checked=bool(package.integrity) or not remote,
        bundled=package.in_bundle,
        install_script=package.install_script,
    )


def _section(package: _Package) -> Section:
    if package.dev:
        return "dev"
    if package.optional or package.dev_optional:
        return "optional"
    return "peer" if package.peer else "prod"


NEAREST: tuple[Section, ...] = ("prod", "optional", "peer", "dev", "build")
"""The section that matters most comes first."""


def transitive(
    lock: Lock, used: Iterable[tuple[str, str | None]], project: str
) -> tuple[list[Dependency], list[Held]]:
    """Every locked package that no manifest asks for, one per name and version, and what could not be read.

    `used` are (name, version) of the direct ones. A package at several places stands at the first, in the section
    that matters most.
    """
    known = set(used)
    found: dict[tuple[str, str], Dependency] = {}
    held: list[Held] = []
    for item in lock.packages.values():
        if item.link or (item.name, item.version) in known:
            continue
        place = Place(path=lock.path, line=item.line, key=f"packages.{item.path}")
        made = _transitive(item, place, project, lock.tool)
        if isinstance(made, Held):
            held.append(made)
            continue
        key = (made.name, made.locked or "")
        before = found.get(key)
        if before is None:
            found[key] = made
        elif NEAREST.index(made.section) < NEAREST.index(before.section):
            found[key] = msgspec.structs.replace(before, section=made.section)
    return list(found.values()), held


def _transitive(item: Locked, place: Place, project: str, tool: str) -> Dependency | Held:
    try:
        name = normalise(item.name)
    except VersionError as fault:
        return _unreadable(place, item.name[:80], fault.message, tool)
    if item.version is None and not origin_of(item):
        return _unreadable(place, name, f"{item.path[:120]} has no version", tool)
    return Dependency(
        ecosystem="npm",
        name=name,
        project=project,
        requirement="",
        locked=item.version,
        section=item.section,
        direct=False,
        place=place,
        immovable=origin_of(item),
    )


def origin_of(item: Locked) -> str:
    """Why a locked package is no release of a registry, "" when it is one."""
    if item.link:
        return "workspace member"
    if item.resolved.startswith(("git+", "git:", "ssh:")):
        return "git reference"
    if item.resolved.startswith("file:"):
        return "path"
    return ""


def _unreadable(place: Place, subject: str, reason: str, tool: str) -> Held:
    advice = f"Make it again with `{_install(tool)}`."
    return Held(
        kind="unreadable",
        subject=subject,
        reason=f"{place}: {reason}",
        advice=advice,
        ecosystem="npm",
        place=place,
    )


def unproven(lock: Lock) -> list[Held]:
    """A lockfile whose downloads nothing checks: packages with an address and no integrity (SAFETY T6)."""
    bare = [item for item in lock.packages.values() if not item.checked and not item.bundled]
    if not bare:
        return []
    names = ", ".join(item.name[:80] for item in bare[:5]) + (", ..." if len(bare) > 5 else "")
    place = Place(path=lock.path, line=bare[0].line, key=f"packages.{bare[0].path}")
    return [
        Held(
            kind="policy",
            subject=lock.path,
            reason=f"{place}: no integrity for {len(bare)} locked packages ({names}): nothing proves what is "
            "downloaded for them",
            advice=f"Remove these entries and run `{_install(lock.tool)}`.",
            ecosystem="npm",
            place=place,
        )
    ]


def _install(tool: str) -> str:
    return "npm install --package-lock-only" if tool == "npm" else f"{tool} install"
