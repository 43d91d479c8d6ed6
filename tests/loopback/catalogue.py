"""What exists in the four registries: packages, their releases and when each appeared."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

ECOSYSTEMS = ("npm", "pip", "go", "cargo")
MANIFESTS = {"npm": "package.json", "pip": "pyproject.toml", "go": "go.mod", "cargo": "Cargo.toml"}

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, eq=False)
class Release:
    """One version of one package, with its source files in memory; compared and hashed by identity."""

    ecosystem: str
    name: str
    version: str
    files: Mapping[str, bytes]
    released_at: datetime | None
    """UTC; None where the registry does not tell."""
    withdrawn: str | None = None
    """Why it was yanked or deprecated, "" where no reason was given, None where it was not."""
    kinds: tuple[str, ...] = ("wheel",)
    """Which files a Python release has."""
    latest: bool = True
    """False for a release that the `latest` tag of npm passes over."""

    @property
    def manifest(self) -> bytes:
        """The text of the manifest, empty where the release has none (an old Go module)."""
        return self.files.get(MANIFESTS[self.ecosystem], b"")

    @property
    def stamp(self) -> str | None:
        """The time of release as ISO 8601 with microseconds and Z, as PyPI writes it."""
        return self.released_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if self.released_at else None


@dataclass
class Catalogue:
    """All packages of all ecosystems; may change while the server runs."""

    now: datetime
    shelves: dict[str, dict[str, list[Release]]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def releases(self, ecosystem: str, name: str) -> list[Release]:
        """Releases in the order of the index (oldest first), [] for an unknown package."""
        with self.lock:
            return list(self.shelves[ecosystem].get(name, ()))

    def release(self, ecosystem: str, name: str, version: str) -> Release | None:
        """One release, or None."""
        return next((r for r in self.releases(ecosystem, name) if r.version == version), None)

    def names(self, ecosystem: str) -> list[str]:
        """Every package, sorted."""
        with self.lock:
            return sorted(self.shelves[ecosystem])

    def put(self, release: Release) -> None:
        """Add a release, or replace the one of the same version."""
        with self.lock:
            shelf = self.shelves[release.ecosystem].setdefault(release.name, [])
            at = next((i for i, old in enumerate(shelf) if old.version == release.version), len(shelf))
            shelf[at : at + 1] = [release]

    def remove(self, ecosystem: str, name: str, version: str | None) -> None:
        """Take away one release, or the whole package."""
        with self.lock:
            kept = [r for r in self.releases(ecosystem, name) if version is not None and r.version != version]
            if kept:
                self.shelves[ecosystem][name] = kept
            else:
                self.shelves[ecosystem].pop(name, None)

    def copy(self) -> "Catalogue":
        """An independent catalogue with the same (shared, immutable) releases."""
        with self.lock:
            shelves = {eco: {n: list(rs) for n, rs in shelf.items()} for eco, shelf in self.shelves.items()}
        return Catalogue(now=self.now, shelves=shelves)


def when(now: datetime, facts: Mapping[str, Any]) -> datetime | None:
    """Read `age = "30d" | "1h" | "none"` or `at = "2024-05-01T00:00:00Z"`."""
    if "at" in facts:
        return datetime.fromisoformat(str(facts["at"])).astimezone(UTC)
    age = str(facts.get("age", "365d"))
    if age == "none":
        return None
    match = re.fullmatch(r"(\d+)([dhm])", age)
    if match is None:
        raise ValueError(f"age {age!r} is not like 30d, 1h or 15m")
    return now - timedelta(**{_UNITS[match[2]]: int(match[1])})


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its path with forward slashes, sorted."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def read_catalogue(packages: Path, now: datetime) -> Catalogue:
    """Read `packages/<ecosystem>/index.toml` and the source folders that it names."""
    catalogue = Catalogue(now=now)
    for ecosystem in ECOSYSTEMS:
        shelf = catalogue.shelves[ecosystem] = {}
        home = packages / ecosystem
        if not (home / "index.toml").is_file():
            continue
        for name, package in tomllib.loads((home / "index.toml").read_text("utf-8")).items():
            shelf[name] = [
                _read_release(home / name / version, ecosystem, name, version, facts, now)
                for version, facts in package.items()
            ]
    return catalogue


def _read_release(
    folder: Path, ecosystem: str, name: str, version: str, facts: Mapping[str, Any], now: datetime
) -> Release:
    files = read_files(folder)
    if not files:
        raise FileNotFoundError(f"{folder}: index.toml names this release, but it has no files")
    bare = Release(ecosystem, name, version, files, when(now, facts))
    return with_facts(bare, facts)


def with_facts(release: Release, facts: Mapping[str, Any]) -> Release:
    """The release with what an index entry (or `Site.publish`) says about it."""
    return replace(
        release,
        withdrawn=facts.get("withdrawn", release.withdrawn),
        kinds=tuple(facts.get("kinds", release.kinds)),
        latest=bool(facts.get("latest", release.latest)),
    )


def renamed_version(release: Release, version: str) -> dict[str, bytes]:
    """The files of `release` with the version in its manifest replaced."""
    manifest = MANIFESTS[release.ecosystem]
    files = dict(release.files)
    if release.ecosystem != "go" and manifest in files:
        pattern = rb'("?version"?\s*[:=]\s*)"' + re.escape(release.version.encode()) + rb'"'
        files[manifest] = re.sub(pattern, rb'\g<1>"' + version.encode() + rb'"', files[manifest], count=1)
    return files
