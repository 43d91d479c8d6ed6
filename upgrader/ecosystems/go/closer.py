"""A second look at releases that the first one passed by: when they came out and which Go they need."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.go.goproxy import Info, Mod, decode_info, decode_mod, fetch, file_path
from upgrader.model import Package, Release
from upgrader.outside.http import Client


def look_closer(client: Client, registry: Registry, package: Package, versions: Sequence[str]) -> Package:
    """Ask info and go.mod of these releases, two requests for each; the package with what was told.

    A release of which only one of the two was told stays as it was: half a fact must not pass for all of it.
    """
    wanted = [item.version for item in package.releases if item.version in versions and not item.asked_as]
    infos = fetch(client, registry, [file_path(package.name, v, "info") for v in wanted], decode_info)
    mods = fetch(client, registry, [file_path(package.name, v, "mod") for v in wanted], decode_mod)
    told = {
        version: (info.time, mod.file.go)
        for version, info, mod in zip(wanted, infos, mods, strict=True)
        if isinstance(info, Info) and info.version == version and isinstance(mod, Mod)
    }
    return replace(package, releases=tuple(_filled(item, told) for item in package.releases))


def _filled(release: Release, told: dict[str, tuple[str | None, str | None]]) -> Release:
    if release.version not in told or release.asked_as:
        return release
    time, runtime = told[release.version]
    return replace(release, released_at=time, runtime=runtime)
