"""Which releases deserve a second look: those a fix or a lower runtime may lead to, and nobody asked about yet."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.ecosystems.base import Registry
from upgrader.model import Dependency, EcosystemName, Inventory, NotChecked, Package, Project, Release
from upgrader.stages.audit import Around
from upgrader.stages.choose import above, current_version, is_same
from upgrader.stages.lookups import Answers, ClientFor
from upgrader.versions import SCHEMES
from upgrader.versions.scheme import Scheme

_MOST = 60
"""Releases of one package that are looked at again, the newest first: two requests each, for Go."""


def look_closer(inventory: Inventory, around: Around, client_for: ClientFor) -> Answers:
    """The answers that a second look completes, for packages that the first left without somewhere to go.

    Some registries tell when a release came out, and what it needs, one release at a time (Go's proxies). The first
    look asks that of the newest ones alone; it takes this one where an advisory names an older release as its fix,
    or where the project's runtime is too old for the newest.
    """
    projects = {project.id: project for project in inventory.projects}
    found: Answers = {}
    for item in inventory.dependencies:
        key = (item.project, item.name)
        package = found.get(key, around.answers.get(key))
        if item.immovable or not isinstance(package, Package):
            continue
        wanted = _worth_asking(item, package, projects[item.project], around)
        registry = around.registries.get(item.project)
        if wanted and registry is not None:
            found[key] = _asked(item.ecosystem, package, wanted, registry, around, client_for)
    return found


def _asked(
    ecosystem: EcosystemName,
    package: Package,
    wanted: Sequence[str],
    registry: Registry,
    around: Around,
    client_for: ClientFor,
) -> Package:
    return around.books[ecosystem].look_closer(client_for(registry), registry, package, wanted)


def _worth_asking(item: Dependency, package: Package, project: Project, around: Around) -> list[str]:
    """The newest release of each minor above the current one and each named fix, as far as nothing is known of them."""
    scheme, current = SCHEMES[item.ecosystem], current_version(item)
    if not current or not scheme.is_valid(current):
        return []
    fixes = _fixes(item, current, around)
    newer = [release for release in above(scheme, package, current) if _is_usable(scheme, release)]
    if not newer or (fixes is None and not _needs_newer_runtime(newer[-1], project, around)):
        return []
    ends = set({release.version.rpartition(".")[0]: release.version for release in newer}.values())
    unknown = [release.version for release in newer if not release.released_at]
    return [
        version
        for version in unknown
        if version in ends or any(is_same(scheme, version, fix) for fix in fixes or ())
    ][-_MOST:]


def _fixes(item: Dependency, current: str, around: Around) -> frozenset[str] | None:
    """The releases that advisories on the current version name as their fix; None when no advisory is known."""
    told = around.advisories.about(around.books[item.ecosystem], item.name, current)
    if isinstance(told, NotChecked) or not told:
        return None
    return frozenset(version for advisory in told for version in advisory.fixed_in)


def _is_usable(scheme: Scheme, release: Release) -> bool:
    return not release.withdrawn and not release.asked_as and not scheme.is_prerelease(release.version)


def _needs_newer_runtime(newest: Release, project: Project, around: Around) -> bool:
    runtime = project.runtime or around.runtimes.get(project.ecosystem)
    if not newest.runtime or not runtime:
        return False
    return around.books[project.ecosystem].runtime_fits(runtime, newest.runtime) is False
