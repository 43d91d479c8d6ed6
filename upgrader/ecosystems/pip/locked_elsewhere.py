"""The lockfiles of poetry, pdm and pipenv, and pylock.toml: what they hold, in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.pip.lockfile import package_lines
from upgrader.ecosystems.pip.references import name_or_none
from upgrader.errors import ManifestError
from upgrader.model import Dependency, PackageName, Place, Section
from upgrader.source.json_spans import read_json
from upgrader.source.toml_spans import read_toml, toml_document
from upgrader.versions import pep440

LockTool = Literal["poetry", "pdm", "pipenv", "pylock"]
LOCK_TOOLS: dict[str, LockTool] = {
    "poetry.lock": "poetry",
    "pdm.lock": "pdm",
    "pylock.toml": "pylock",
    "Pipfile.lock": "pipenv",
}
_KNOWN = {"poetry": ("1.", "2."), "pdm": ("3", "4."), "pylock": ("1.",), "pipenv": ("6",)}
"""Beginnings of the format versions whose meaning is known."""
_SOURCES = {"git": "git reference", "url": "url", "file": "path", "directory": "path"}
_ORDER: tuple[Section, ...] = ("prod", "optional", "dev")


class LockedPackage(Struct, frozen=True, kw_only=True):
    """One package at one version."""

    name: PackageName
    version: str
    line: int
    key: str
    section: Section | None
    """What the lockfile says itself; None when only the requirements tell."""
    immovable: str
    needs: tuple[PackageName, ...]


class OtherLock(Struct, frozen=True, kw_only=True):
    """A lockfile of another tool than uv."""

    path: str
    tool: LockTool
    format: str
    """Its own version, as written."""
    packages: tuple[LockedPackage, ...]
    versions: dict[PackageName, set[str]]
    """Package to the versions of it that come from an index."""

    def built(self) -> str:
        """The format that a refresh must keep: poetry's and pdm's own version of it."""
        return self.format

    def locked_at(
        self, member: str, section: Section, group: str, name: PackageName, requirement: str
    ) -> str | None:
        """The version held for a requirement: the newest that it allows; None when the lockfile holds none for it."""
        if not pep440.is_requirement(requirement):
            return None
        held = self.versions.get(name, ())
        fitting = [version for version in held if pep440.allows(requirement, version, prereleases=True)]
        return next(reversed(pep440.sort_versions(fitting)), None)

    def transitive(self, project: str, rows: Sequence[Dependency]) -> Iterator[Dependency]:
        """Every package that no requirement names at this version, once per name and version."""
        told = {row.name for row in rows if row.immovable and row.direct and not row.locked}
        seen = {(str(row.name), row.locked) for row in rows if row.locked}
        reached = self._reached(rows)
        for item in self.packages:
            if (item.name, item.version) in seen or (item.name in told and item.immovable):
                continue
            seen.add((item.name, item.version))
            yield Dependency(
                ecosystem="pip",
                name=item.name,
                project=project,
                requirement="",
                locked=item.version,
                section=item.section or reached.get(item.name, "prod"),
                direct=False,
                place=Place(path=self.path, line=item.line, key=item.key),
                immovable=item.immovable,
            )

    def _reached(self, rows: Sequence[Dependency]) -> dict[PackageName, Section]:
        """Package to the first section, in the order prod, optional, dev, whose requirements lead to it."""
        needs: dict[PackageName, set[PackageName]] = {}
        for item in self.packages:
            needs.setdefault(item.name, set()).update(item.needs)
        reached: dict[PackageName, Section] = {}
        for section in _ORDER:
            stack = [row.name for row in rows if row.section == section and row.direct]
            while stack:
                name = stack.pop()
                if name not in reached:
                    reached[name] = section
                    stack += needs.get(name, ())
        return reached


def read_other_lock(text: bytes, path: str) -> OtherLock:
    """Read one by its file name. Raises ManifestError `path:line: ...` for what is none of a known version."""
    tool = LOCK_TOOLS[path.rpartition("/")[2]]
    if tool == "pipenv":
        return _read_pipenv(text, path)
    document = toml_document(text, path)
    table = document if tool == "pylock" else document.get("metadata")
    told = _get(table, {"poetry": "lock-version", "pdm": "lock_version", "pylock": "lock-version"}[tool])
    if told is None and tool == "poetry" and isinstance(document.get("package"), list):
        told = "1.0"  # Poetry before 1.1 wrote no version.
    written = _known(told, tool, path)
    listed = document.get("packages" if tool == "pylock" else "package", [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise ManifestError(f"{path}:1: not a lockfile: its packages are no tables.", "Make it anew.")
    key = "packages" if tool == "pylock" else "package"
    lines = _lines(text, path, key, listed)
    held = [
        one
        for number, item in enumerate(listed)
        if (one := _package(item, f"{path}:{lines[number]}", f"{key}[{number}]", lines[number], tool))
    ]
    return _lock(path, tool, written, held)


def _lock(path: str, tool: LockTool, written: str, held: Sequence[LockedPackage]) -> OtherLock:
    versions: dict[PackageName, set[str]] = {}
    for item in held:
        if not item.immovable:
            versions.setdefault(item.name, set()).add(item.version)
    return OtherLock(path=path, tool=tool, format=written, packages=tuple(held), versions=versions)


def _known(told: object, tool: LockTool, path: str) -> str:
    written = str(told) if isinstance(told, (str, int, float)) else ""
    if not any(written.startswith(known) for known in _KNOWN[tool]):
        what = f"lockfile version {written[:40]!r} is not known" if written else "not a lockfile: no version"
        raise ManifestError(f"{path}:1: {what}.", "Make it anew with the tool that made it.")
    return written


def _lines(text: bytes, path: str, key: str, listed: Sequence[Mapping[str, object]]) -> list[int]:
    if key == "package":
        return package_lines(text, path, [str(item.get("name")) for item in listed])
    known = read_toml(text, path).lines
    return [known.get((key, number, "name"), 0) for number in range(len(listed))]


def _package(
    item: Mapping[str, object], where: str, key: str, line: int, tool: LockTool
) -> LockedPackage | None:
    """One package; None for a project in a folder, which has no version to tell."""
    told = item.get("name")
    name = name_or_none(told) if isinstance(told, str) else None
    version = item.get("version")
    if name is None:
        raise ManifestError(f"{where}: {key}: has no name that a package can have.", "Make it anew.")
    immovable = _reason(item, tool)
    if not isinstance(version, str) or not pep440.is_valid(version):
        if immovable:
            return None
        raise ManifestError(f"{where}: {key}: {name} has no version.", "Make it anew.")
    return LockedPackage(
        name=name,
        version=version,
        line=line,
        key=key,
        section=_section(item, tool),
        immovable=immovable,
        needs=_needs(item.get("dependencies")),
    )


def _reason(item: Mapping[str, object], tool: LockTool) -> str:
    if tool == "poetry":
        return _SOURCES.get(str(_get(item.get("source"), "type")), "")
    told = {
        "git": "git reference",
        "hg": "hg reference",
        "vcs": "vcs reference",
        "url": "url",
        "archive": "url",
        "directory": "path",
        "path": "path",
        "editable": "path",
        "file": "path",
    }
    return next((reason for key, reason in told.items() if item.get(key)), "")


def _section(item: Mapping[str, object], tool: LockTool) -> Section | None:
    """`category` (poetry to 1.4), `groups` (poetry from 2.0, pdm); None where the lockfile says nothing."""
    groups = item.get("groups")
    if tool == "poetry" and isinstance(category := item.get("category"), str):
        groups = [category]
    if not isinstance(groups, list) or not groups:
        return None
    if not {"main", "default"} & set(map(str, groups)):
        return None if tool == "pdm" else "dev"
    return "optional" if tool == "poetry" and item.get("optional") is True else "prod"


def _needs(told: object) -> tuple[PackageName, ...]:
    """Names only: poetry has a table, pdm a list of PEP 508 strings, pylock a list of tables."""
    found: list[PackageName | None] = []
    for need in told if isinstance(told, (dict, list)) else ():
        name = str(_get(need, "name") or "") if isinstance(need, dict) else str(need)
        found.append(name_or_none(re.split(r"[\s\[<>=!~;@(]", name, maxsplit=1)[0]))
    return tuple(dict.fromkeys(name for name in found if name))


def _read_pipenv(text: bytes, path: str) -> OtherLock:
    """Pipfile.lock: `default`, `develop` and a category for each table of its own."""
    read = read_json(text, path)
    values = {value.keys: value.value for value in read.values}
    written = _known(values.get(("_meta", "pipfile-spec")), "pipenv", path)
    held = []
    for keys, line in read.lines.items():
        if len(keys) != 2 or keys[0] == "_meta":
            continue
        section: Section = "prod" if keys[0] == "default" else "dev"
        item: dict[str, object] = {
            key: values[*keys, key]
            for key in ("git", "path", "file", "editable", "version")
            if values.get((*keys, key))
        }
        pin = str(item.get("version", "")).removeprefix("==").removeprefix("=")
        found = _package(
            {**item, "name": keys[1], "version": pin},
            f"{path}:{line}",
            f"{keys[0]}.{keys[1]}",
            line,
            "pipenv",
        )
        if found:
            held.append(replace(found, section=section))
    return _lock(path, "pipenv", written, held)


def _get(table: object, key: str) -> object:
    return table.get(key) if isinstance(table, dict) else None
