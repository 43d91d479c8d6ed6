"""Reads a registry's document about one package: releases with time, deprecation, engines, peers, install scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import RegistryError, VersionError
from upgrader.model import Package, Release
from upgrader.outside.http import Response
from upgrader.versions import npm as versions

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", re.ASCII)
LONGEST_WORDS = 2000
"""Characters of a deprecation that are kept."""


class _Engines(Struct):
    node: Any = None


class _Scripts(Struct):
    preinstall: Any = None
    install: Any = None
    postinstall: Any = None


class _Version(Struct):
    """One value of `versions`. Old documents hold odd types, so what is not used strictly is read as anything."""

    deprecated: Any = None
    engines: _Engines | list[Any] | str | bool | int | float | None = None
    peers: Any = field(default=None, name="peerDependencies")
    peers_meta: Any = field(default=None, name="peerDependenciesMeta")
    scripts: _Scripts | list[Any] | str | bool | int | float | None = None
    install_script: Any = field(default=None, name="hasInstallScript")
    gyp: Any = field(default=None, name="gypfile")


class _Packument(Struct):
    """https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md."""

    name: str
    versions: dict[str, _Version]
    tags: dict[str, Any] = field(default_factory=dict, name="dist-tags")
    time: Any = None
    homepage: Any = None
    repository: Any = None


_DECODER = msgspec.json.Decoder(_Packument)


def decode(response: Response) -> Package:
    """Turn an answer into a package. Raises RegistryError for what is no packument, or one without releases."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    where = urlsplit(response.url).netloc
    if "html" in kind:
        raise RegistryError(
            f"{where}: answered with a web page ({kind}), not with package data.",
            "Check `npm config get registry`: it may name a website or a login page.",
        )
    try:
        document = _DECODER.decode(response.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise RegistryError(
            f"{where}: the answer ({kind or 'no content type'}) is not package data: {str(fault)[:150]}.",
            "Check `npm config get registry`.",
        ) from fault
    return _package(document, response, where)


def _package(document: _Packument, response: Response, where: str) -> Package:
    try:
        name = normalise(document.name)
    except VersionError as fault:
        raise RegistryError(f"{where}: {fault.message}") from fault
    times: Mapping[str, Any] = document.time if isinstance(document.time, dict) else {}
    known = versions.sort_versions(document.versions)
    if not known:
        gone = "was unpublished" if "unpublished" in times else "has no releases"
        raise RegistryError(f"{where}: {name} {gone}.", "Remove it, or replace it.")
    releases = tuple(_release(version, document.versions[version], times.get(version)) for version in known)
    return Package(
        ecosystem="npm",
        name=name,
        releases=releases,
        tags={str(tag): version for tag, version in document.tags.items() if isinstance(version, str)},
        deprecated=_deprecated_whole(releases),
        homepage=_address(document.homepage),
        repository=_address(document.repository),
        source=where.rpartition("@")[2],
        age_s=response.age_s,
    )


def _release(version: str, said: _Version, time: object) -> Release:
    # A document has up to some thousand of them: what is mostly absent is asked for first.
    reason = None if said.deprecated is None else _deprecation(said.deprecated)
    node = said.engines.node if type(said.engines) is _Engines else None
    return Release(
        version=version,
        released_at=_utc(time) if isinstance(time, str) else None,
        withdrawn="deprecated" if reason is not None else "",
        withdrawn_reason=reason or "",
        runtime=node if isinstance(node, str) and node.strip() not in ("", "*") else None,
        peers=_peers(said) if said.peers else {},
        install_script=_has_install_script(said),
    )


def _deprecation(value: object) -> str | None:
    """Npm takes a deprecation back by writing an empty text; None when the release is not deprecated."""
    if isinstance(value, str) and value.strip():
        return value.strip()[:LONGEST_WORDS]
    return "" if value is True else None


def _utc(text: str) -> str | None:
    if _STAMP.fullmatch(text):
        return text[:19] + "Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _peers(said: _Version) -> dict[str, str]:
    """Peer dependencies that must be there; those that `peerDependenciesMeta` calls optional are left out."""
    peers = said.peers if isinstance(said.peers, dict) else {}
    meta = said.peers_meta if isinstance(said.peers_meta, dict) else {}
    return {
        name: wanted
        for name, wanted in sorted(peers.items())
        if isinstance(wanted, str)
        and not (isinstance(meta.get(name), dict) and meta[name].get("optional") is True)
    }


def _has_install_script(said: _Version) -> bool:
    if said.install_script is True or said.gyp is True:
        return True
    scripts = said.scripts
    if type(scripts) is not _Scripts or not (scripts.preinstall or scripts.install or scripts.postinstall):
        return False
    return any(
        isinstance(text, str) and text for text in (scripts.preinstall, scripts.install, scripts.postinstall)
    )


def _deprecated_whole(releases: tuple[Release, ...]) -> str:
    """Every release is deprecated: `npm deprecate name` without a version."""
    if all(release.withdrawn for release in releases):
        return releases[-1].withdrawn_reason or "deprecated"
    return ""


def _address(value: object) -> str:
    """A web address from `homepage` or `repository`, which may be an object, a git address or `github:` shorthand."""
    text = value.get("url") if isinstance(value, dict) else value
    if not isinstance(text, str) or len(text) > 500:
        return ""
    text = text.strip().removeprefix("git+").removesuffix(".git")
    text = (
        re.sub(r"^(?:git|ssh|https?)://(?:[^/@]*@)?", "https://", text)
        if not text.startswith("http:")
        else text
    )
    if found := re.fullmatch(r"(?:(github|gitlab|bitbucket):)?([\w.-]+/[\w.-]+)", text):
        host = {"gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}.get(found[1] or "", "github.com")
        return f"https://{host}/{found[2]}"
    if found := re.fullmatch(r"git@([\w.-]+):(.+)", text):
        return f"https://{found[1]}/{found[2]}"
    return text if text.startswith(("https://", "http://")) and text.isprintable() and " " not in text else ""
