"""One page of a simple index (PEP 503 HTML, PEP 691 JSON, PEP 700 times) as the releases of its package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace
from packaging.version import Version

from upgrader.ecosystems.pip.file_names import is_name, version_in
from upgrader.ecosystems.pip.simple_html import IndexFile, IndexPage, read_anchors
from upgrader.ecosystems.pip.simple_rows import Found, read_rows
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
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


_decode_page = msgspec.json.Decoder(IndexPage).decode


def read_page(response: Response, name: PackageName) -> Package:
    """The releases that pip could install, ascending.

    A release is yanked when all its files are (PEP 592); its time is its first upload. Raises RegistryError for a
    page about another package, of another content type, or without any file that pip can install.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    host = parse(response.url).host_header
    if kind in JSON_TYPES:
        page = _decode_page(response.body)
        if page.name and not is_name(page.name, name):
            raise RegistryError(f"{host}: was asked for {name} and answered about {page.name[:80]!r}.")
        found = _gathered(page.files, name)
    elif kind in _HTML:
        rows = read_rows(response.body, name)
        found = _gathered(read_anchors(response.body), name) if rows is None else rows
    else:
        raise RegistryError(f"{host}: answered with {kind or 'no content type'}, which is no simple index.")
    releases = _releases(found)
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


def _gathered(files: Iterable[IndexFile], name: PackageName) -> dict[str, Found]:
    """Version to what its files say."""
    found: dict[str, Found] = {}
    spellings = {str(name): True}
    for file in files:
        version = version_in(file.filename, name, spellings)
        if version is None:
            continue
        known = found.get(version)
        if known is None:
            reason = file.yanked if isinstance(file.yanked, str) else ""
            found[version] = Found(file.requires_python, file.upload_time, file.yanked is not False, reason)
        else:
            known.add(file.requires_python, file.upload_time, withdrawn=file.yanked is not False)
    return found


def _releases(found: dict[str, Found]) -> tuple[Release, ...]:
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


def _release(version: Version, facts: Found) -> Release:
    return Release(
        version=str(version),
        released_at=_utc(facts.uploaded) if facts.uploaded else None,
        withdrawn="yanked" if facts.withdrawn else "",
        withdrawn_reason=facts.reason if facts.withdrawn else "",
        runtime=facts.runtime or None,
    )


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
