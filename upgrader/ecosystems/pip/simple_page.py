"""One page of a simple index (PEP 503 HTML, PEP 691 JSON, PEP 700 times) as the releases of its package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from upgrader.errors import RegistryError, VersionError
from upgrader.model import Package, PackageName, Release
from upgrader.outside.http import Response
from upgrader.outside.origins import parse
from upgrader.versions import pep440

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_JSON = ("application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json")
_HTML = ("application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html")
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".txz", ".tbz", ".tar")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ANCHOR = re.compile(r"""<a\b((?:[^>"']|"[^"]{0,4000}"|'[^']{0,4000}')*+)>""", re.IGNORECASE)
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


class _File(Struct, frozen=True):
    filename: str
    requires_python: str | None = field(default=None, name="requires-python")
    upload_time: str | None = field(default=None, name="upload-time")
    yanked: bool | str = False


class _Page(Struct, frozen=True):
    files: list[_File]
    name: str = ""


_decode_page = msgspec.json.Decoder(_Page).decode


class _Found(Struct):
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
    if kind in _JSON:
        page = _decode_page(response.body)
    elif kind in _HTML:
        page = _read_html(response.body)
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


def _releases(files: Iterable[_File], name: PackageName) -> tuple[Release, ...]:
    found: dict[str, _Found] = {}
    for file in files:
        version = _version_in(file.filename, name)
        if version is None:
            continue
        withdrawn = file.yanked is not False
        known = found.get(version)
        if known is None:
            reason = file.yanked if isinstance(file.yanked, str) else ""
            found[version] = _Found(file.requires_python, file.upload_time, withdrawn, reason)
            continue
        known.runtime = known.runtime or file.requires_python
        if file.upload_time and (known.uploaded is None or file.upload_time < known.uploaded):
            known.uploaded = file.upload_time
        if not withdrawn:
            known.withdrawn, known.reason = False, ""
    releases: dict[Version, Release] = {}
    for text, facts in found.items():
        try:
            version_of = pep440.parse(text)
        except VersionError:
            continue
        release = _release(version_of, facts)
        known_release = releases.get(version_of)
        releases[version_of] = release if known_release is None else _both(known_release, release)
    return tuple(releases[version] for version in sorted(releases))


def _release(version: Version, facts: _Found) -> Release:
    return Release(
        version=str(version),
        released_at=_utc(facts.uploaded) if facts.uploaded else None,
        withdrawn="yanked" if facts.withdrawn else "",
        withdrawn_reason=facts.reason if facts.withdrawn else "",
        runtime=facts.runtime or None,
    )


def _version_in(filename: str, name: PackageName) -> str | None:
    """The version in a wheel's or an sdist's name; None for other files and for files of another package."""
    if filename.endswith(".whl"):
        parts = filename.split("-", 2)
        if len(parts) < 3 or not _is_name(parts[0], name):
            return None
        return parts[1].replace("_", "-")
    for ending in _SDISTS:
        if filename.endswith(ending):
            return _after_name(filename[: -len(ending)], name)
    return None


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


def _read_html(body: bytes) -> _Page:
    """The links of a PEP 503 page. Pages of 5,000 files are ordinary, and html.parser takes 20 us for each link."""
    text = body.decode("utf-8")
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    return _Page(
        files=[file for link in _ANCHOR.finditer(text) if (file := _read_anchor(link[1])) is not None]
    )


def _read_anchor(tag: str) -> _File | None:
    """What an anchor's attributes say of its file; None without an address."""
    href = _attribute(tag, "href")
    if not href:
        return None
    requires = _attribute(tag, "data-requires-python")
    yanked = _attribute(tag, "data-yanked") if "data-yanked" in tag else None
    return _File(
        filename=unquote(href.partition("#")[0].partition("?")[0].rpartition("/")[2]),
        requires_python=requires,
        # Not in PEP 503, but some indexes give PEP 700's time on their HTML pages as well.
        upload_time=_attribute(tag, "data-upload-time"),
        yanked=False if yanked is None else yanked or True,
    )


def _attribute(tag: str, name: str) -> str | None:
    """An attribute's text, "" for one without a value, None when it is not there."""
    start = tag.find(f' {name}="')
    if start >= 0:
        begin = start + len(name) + 3
        value = tag[begin : tag.index('"', begin)]
        return unescape(value) if "&" in value else value
    # Single quotes, no quotes, other white space, capitals: rare enough to be slow.
    found = re.search(
        rf"""\s{name}(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?(?=[\s/]|$)""", tag, re.IGNORECASE
    )
    return unescape(found[1] or found[2] or found[3] or "") if found else None
