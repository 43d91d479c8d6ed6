"""The npm registry: packuments, tarballs and the audit endpoint, below /npm/."""

import hashlib
import json
from functools import cache
from typing import Any

from tests.loopback.archives import sha512_integrity, tar_gz
from tests.loopback.catalogue import Catalogue, Release
from tests.loopback.wire import Answer, Request, as_archive, as_json

ABBREVIATED = "application/vnd.npm.install-v1+json"

_SHORT_KEYS = (
    "name", "version", "dependencies", "optionalDependencies", "devDependencies", "bundleDependencies",
    "peerDependencies", "peerDependenciesMeta", "bin", "directories", "engines", "os", "cpu", "deprecated",
)  # fmt: skip
_INSTALL_SCRIPTS = {"preinstall", "install", "postinstall"}


def answer(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer a request below /npm/, or None for what the registry does not have.

    Source: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
    """
    parts = [piece for part in request.parts[1:] for piece in part.split("/")]
    if parts[:1] == ["-"]:
        return as_json({}) if parts[1:2] in (["npm"], ["ping"], ["whoami"]) else None
    width = 2 if parts[0].startswith("@") else 1
    name, rest = "/".join(parts[:width]), parts[width:]
    releases = catalogue.releases("npm", name)
    if not releases or request.method not in ("GET", "HEAD"):
        return as_json({"error": "Not found"}, status=404)
    if not rest:
        return _packument(name, releases, request)
    if rest[0] == "-" and len(rest) == 2:
        match = [r for r in releases if rest[1] == tarball_name(r)]
        return as_archive(tarball(match[0])) if match else None
    return _manifest(releases, rest[0], request.base)


def tarball_name(release: Release) -> str:
    """The file's name: the scope is not part of it."""
    return f"{release.name.rpartition('/')[2]}-{release.version}.tgz"


@cache
def tarball(release: Release) -> bytes:
    """The `.tgz` of a release."""
    return tar_gz("package", release.files)


def tarball_url(base: str, release: Release) -> str:
    """Where the tarball lies; npm writes this to `resolved` in a lockfile."""
    return f"{base}/npm/{release.name}/-/{tarball_name(release)}"


def latest(releases: list[Release]) -> Release:
    """What the `latest` tag names: the last one in the index that is not marked `latest = false`."""
    return [r for r in releases if r.latest][-1] if any(r.latest for r in releases) else releases[-1]


def _document(release: Release, base: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(release.manifest)
    data = tarball(release)
    document["_id"] = f"{release.name}@{release.version}"
    if release.withdrawn is not None:
        document["deprecated"] = release.withdrawn or True
    if _INSTALL_SCRIPTS & document.get("scripts", {}).keys():
        document["hasInstallScript"] = True
    document["dist"] = {
        "tarball": tarball_url(base, release),
        "shasum": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "integrity": sha512_integrity(data),
        "fileCount": len(release.files),
        "unpackedSize": sum(map(len, release.files.values())),
    }
    return document


def _short(document: dict[str, Any]) -> dict[str, Any]:
    keys = (*_SHORT_KEYS, "hasInstallScript", "dist")
    return {key: document[key] for key in keys if key in document}


def _tags(releases: list[Release]) -> dict[str, str]:
    tags = {"latest": latest(releases).version}
    ahead = [r for r in releases if not r.latest]
    return tags | ({"next": ahead[-1].version} if ahead else {})


def _packument(name: str, releases: list[Release], request: Request) -> Answer:
    documents = {r.version: _document(r, request.base) for r in releases}
    stamps = {r.version: r.stamp[:-4] + "Z" for r in releases if r.stamp}
    modified = max(stamps.values(), default="2020-01-01T00:00:00.000Z")
    if request.accepts(ABBREVIATED):
        versions = {version: _short(document) for version, document in documents.items()}
        short = {"name": name, "modified": modified, "dist-tags": _tags(releases), "versions": versions}
        return as_json(short, kind=ABBREVIATED)
    time = {"created": min(stamps.values(), default=modified), "modified": modified, **stamps}
    head = {"_id": name, "_rev": "1-0", "name": name, "dist-tags": _tags(releases), "versions": documents}
    extra = {
        key: documents[latest(releases).version].get(key) for key in ("description", "license", "repository")
    }
    return as_json(head | {"time": time} | {k: v for k, v in extra.items() if v})


def _manifest(releases: list[Release], wanted: str, base: str) -> Answer | None:
    version = _tags(releases).get(wanted, wanted)
    match = [r for r in releases if r.version == version]
    return as_json(_document(match[0], base)) if match else as_json("version not found", status=404)
