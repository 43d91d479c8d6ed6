"""Inventories, registry answers and surroundings, small enough to write down in a test."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stages.books import books
from upgrader.config import Settings
from upgrader.ecosystems.base import Ecosystem, Registry
from upgrader.model import (
    Advisory,
    Assessment,
    Audit,
    Dependency,
    EcosystemName,
    Inventory,
    NotChecked,
    Package,
    PackageName,
    Place,
    Project,
    Release,
)
from upgrader.stages.audit import Around, make_audit
from upgrader.stages.choose import Rules
from upgrader.versions import SCHEMES

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANIFESTS: dict[EcosystemName, str] = {
    "npm": "package.json",
    "pip": "pyproject.toml",
    "go": "go.mod",
    "cargo": "Cargo.toml",
}


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def release(version: str, *, age: float | None = 100, **facts: Any) -> Release:
    return Release(version=version, released_at=None if age is None else ago(age), **facts)


def package(ecosystem: EcosystemName, *releases: str | Release, name: str = "crane", **facts: Any) -> Package:
    """Releases in ascending order; a plain version is 100 days old."""
    made = [item if isinstance(item, Release) else release(item) for item in releases]
    order = SCHEMES[ecosystem].sort_versions([item.version for item in made])
    found = tuple(sorted(made, key=lambda item: order.index(item.version) if item.version in order else -1))
    return Package(
        ecosystem=ecosystem, name=PackageName(name), releases=found, source="registry.example", **facts
    )


def project(ecosystem: EcosystemName = "npm", folder: str = ".", **facts: Any) -> Project:
    prefix = "" if folder == "." else f"{folder}/"
    manifest = prefix + MANIFESTS[ecosystem]
    facts = {"manifests": (manifest,), "lockfile": f"{prefix}lock", "tool": ecosystem, **facts}
    return Project(ecosystem=ecosystem, folder=folder, manifest=manifest, **facts)


def dependency(
    requirement: str = "^1.0.0",
    locked: str | None = "1.0.0",
    *,
    name: str = "crane",
    ecosystem: EcosystemName = "npm",
    folder: str = ".",
    line: int = 1,
    **facts: Any,
) -> Dependency:
    manifest = ("" if folder == "." else f"{folder}/") + MANIFESTS[ecosystem]
    facts = {"section": "prod", "direct": True, "place": Place(path=manifest, line=line, key=name), **facts}
    return Dependency(
        ecosystem=ecosystem,
        name=PackageName(name),
        project=f"{ecosystem}:{manifest}",
        requirement=requirement,
        locked=locked,
        **facts,
    )


def inventory(*dependencies: Dependency, projects: Sequence[Project] = ()) -> Inventory:
    seen = {item.id: item for item in projects}
    for item in dependencies:
        folder = item.place.path.rpartition("/")[0] or "."
        made = project(item.ecosystem, folder)
        if made.id == item.project:
            seen.setdefault(item.project, made)
    return Inventory(projects=tuple(seen[key] for key in sorted(seen)), dependencies=dependencies, held=())


class Known:
    """Advisories by version: what `told` says of (name, version), nothing for the others, silence for `silent`."""

    name = "known"

    def __init__(
        self, told: Mapping[str, Sequence[Advisory]] | None = None, *, silent: Iterable[str] = ()
    ) -> None:
        self.told = told or {}
        self.silent = set(silent)
        self.learned: list[tuple[str, str]] = []

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        self.learned += [(name, version) for _, name, version in versions]

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        if {name, version, f"{name} {version}"} & self.silent:
            return NotChecked(ecosystem=ecosystem.NAME, name=name, reason="the service is silent")
        return [*self.told.get(f"{name} {version}", ()), *self.told.get(version, ())]


def around(
    *packages: Package | NotChecked,
    advisories: Known | None = None,
    settings: Settings | None = None,
    folders: Sequence[str] = (".",),
    cooldown: float | None = None,
    **book_facts: Any,
) -> Around:
    """Every project of the folders gets the same answers."""
    answers = {
        (project(item.ecosystem, folder).id, item.name): item for item in packages for folder in folders
    }
    registries = {
        project_id: Registry(ecosystem=item.ecosystem, url="https://registry.example", cooldown_days=cooldown)
        for (project_id, _), item in answers.items()
    }
    return Around(
        books=books(**book_facts),
        answers=dict(answers),
        registries=registries,
        runtimes={},
        advisories=advisories or Known(),
        settings=settings or Settings(),
        now=NOW,
    )


def audited(dependency_: Dependency, *packages: Package, **facts: Any) -> Audit:
    return make_audit(inventory(dependency_), around(*packages, **facts))


def the_one(audit: Audit) -> Assessment:
    (found,) = audit.assessments
    return found


def rules(**facts: Any) -> Rules:
    standard = {"now": NOW, "cooldown_days": 3, "prereleases": False, "runtime": None}
    return Rules(**{**standard, "runtime_fits": lambda declared, needed: None, **facts})
