"""One page of a simple index (PEP 503 HTML, PEP 691 JSON, PEP 700 times) as the releases of its package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from upgrader.ecosystems.pip.simple_html import IndexFile, IndexPage, read_anchors
from upgrader.errors import RegistryError, VersionError
from upgrader.model import Package, PackageName, Release
from upgrader.outside.http import Response
from upgrader.outside.origins import parse
from upgrader.versions import pep440

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
JSON_TYPES = (
    "application/vnd.pypi.simple.v1+json",
    "application/vnd.pypi.simple.latest+json",
    "application/json",
)
_HTML = ("application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html")
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".txz", ".tbz", ".tar")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


_decode_page = msgspec.json.Decoder(IndexPage).decode


class _Found(Struct, gc=False):
    """What the files of one version say together."""

    runtime: str | None
    uploaded: str | None
    withdrawn: bool
    reason: str


def read_page(response: Response, name: PackageName) -> Package:
    """The releases that pip could install, ascending.

    A release is yanked when all its files are (PEP 592); its time is its first upload. Raises RegistryError for a
    page about another package, of another content type, or without any file that pip can install.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    host = parse(response.url).host_header
    if kind in JSON_TYPES:
        page = _decode_page(response.body)
    elif kind in _HTML:
        page = IndexPage(files=read_anchors(response.body))
    else:
        raise RegistryError(f"{host}: answered with {kind or 'no content type'}, which is no simple index.")
    if page.name and not _is_name(page.name, name):
        raise RegistryError(f"{host}: was asked for {name} and answered about {page.name[:80]!r}.")
    releases = _releases(page.files, name)
    if not releases:
        raise RegistryError(
            f"{host}: lists no file of {name} that pip can install.", "Check the index's address."
        )
    return Package(ecosystem="pip", name=name, releases=releases, source=host, age_s=response.age_s)


def merge(packages: Iterable[Package]) -> Package:
    """One package from several indexes, as pip sees it: a version is yanked when it is so everywhere."""
    first, *others = packages
    releases = {pep440.parse(item.version): item for item in first.releases}
    for package in others:
        for item in package.releases:
            version = pep440.parse(item.version)
            known = releases.get(version)
            releases[version] = item if known is None else _both(known, item)
    sources = dict.fromkeys([first.source, *(package.source for package in others)])
    return replace(
        first,
        releases=tuple(releases[version] for version in sorted(releases)),
        source=", ".join(sources),
        age_s=max(first.age_s, *(package.age_s for package in others)) if others else first.age_s,
    )


def _both(one: Release, other: Release) -> Release:
    kept = other if one.withdrawn and not other.withdrawn else one
    times = [item.released_at for item in (one, other) if item.released_at]
    return replace(kept, released_at=min(times) if times else None)


def _releases(files: Iterable[IndexFile], name: PackageName) -> tuple[Release, ...]:
    found: dict[str, _Found] = {}
    spellings = {str(name): True}
    for file in files:
        version = version_in(file.filename, name, spellings)
        if version is None:
            continue
        known = found.get(version)
        if known is None:
            reason = file.yanked if isinstance(file.yanked, str) else ""
            found[version] = _Found(file.requires_python, file.upload_time, file.yanked is not False, reason)
        else:
            _add(known, file)
    releases: dict[Version, Release] = {}
    for text, facts in found.items():
        try:
            version_of = pep440.parse(text)
        except VersionError:
            continue
        release = _release(version_of, facts)
        twin = releases.get(version_of)
        releases[version_of] = release if twin is None else _both(twin, release)
    return tuple(releases[version] for version in sorted(releases))


def _add(known: _Found, file: IndexFile) -> None:
    """One more file of a version; a good one makes the release good."""
    if known.runtime is None:
        known.runtime = file.requires_python
    if file.upload_time and (known.uploaded is None or file.upload_time < known.uploaded):
        known.uploaded = file.upload_time
    if file.yanked is False and known.withdrawn:
        known.withdrawn, known.reason = False, ""


def _release(version: Version, facts: _Found) -> Release:
    return Release(
        version=str(version),
        released_at=_utc(facts.uploaded) if facts.uploaded else None,
        withdrawn="yanked" if facts.withdrawn else "",
        withdrawn_reason=facts.reason if facts.withdrawn else "",
        runtime=facts.runtime or None,
    )


def version_in(filename: str, name: PackageName, spellings: dict[str, bool]) -> str | None:
    """The version in a wheel's or an sdist's name; None for other files and for files of another package.

    `spellings` remembers which spellings of a name are the package's: a page may have thousands of files.
    """
    if filename.endswith(".whl"):
        parts = filename.split("-", 2)
        if len(parts) < 3:
            return None
        own = spellings.get(parts[0])
        if own is None:
            own = spellings[parts[0]] = _is_name(parts[0], name)
        return parts[1].replace("_", "-") if own else None
    if not filename.endswith(_SDISTS):
        return None
    ending = next(ending for ending in _SDISTS if filename.endswith(ending))
    return _after_name(filename[: -len(ending)], name)


def _after_name(stem: str, name: PackageName) -> str | None:
    """What follows the package's name: both may hold dashes (`a-b-1.0-beta2`), so the name decides."""
    if stem[len(name) : len(name) + 1] == "-" and _is_name(stem[: len(name)], name):
        return stem[len(name) + 1 :]
    for dash in (found.start() for found in re.finditer("-", stem)):
        if _is_name(stem[:dash], name):
            return stem[dash + 1 :]
    return None


def _is_name(written: str, name: str) -> bool:
    return written == name or canonicalize_name(written) == name


def _utc(text: str) -> str | None:
    """PEP 700's time without fractions of a second; None for what is no time."""
    if _UTC.fullmatch(text):
        return f"{text[:19]}Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
