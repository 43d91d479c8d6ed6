"""The Python index: the simple pages (PEP 503, 691, 700), metadata (PEP 658), files and the JSON API."""

import html
import re
import tomllib
from functools import cache
from typing import Any

from tests.loopback.archives import record_line, sha256_hex, tar_gz, zipped
from tests.loopback.catalogue import Catalogue, Release
from tests.loopback.wire import Answer, Request, as_archive, as_json, as_text, moved

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def answer_simple(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer below /simple/: the list of projects or one project's page."""
    parts = request.parts[1:]
    if not parts or parts == [""]:
        return _project_list(catalogue, request)
    name = normalised(parts[0])
    if len(parts) > 1 or not catalogue.releases("pip", name):
        return None
    if parts[0] != name or not request.path.endswith("/"):
        return moved(f"{request.base}/simple/{name}/")
    return _project_page(name, catalogue.releases("pip", name), request)


def answer_file(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer below /files/: a wheel, an sdist, or the metadata beside a wheel."""
    wanted = request.parts[-1]
    for name in catalogue.names("pip"):
        if not normalised(wanted).startswith(name):
            continue
        for release in catalogue.releases("pip", name):
            for filename, data in archives(release).items():
                if wanted == filename:
                    return as_archive(data)
                if wanted == f"{filename}.metadata":
                    return Answer(metadata(release), immutable=True)
    return None


def answer_api(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer /pypi/<name>/json and /pypi/<name>/<version>/json (the "JSON API" page of the index's manual)."""
    parts = request.parts[1:]
    releases = catalogue.releases("pip", normalised(parts[0]))
    if not releases or parts[-1] != "json":
        return as_json({"message": "Not Found"}, status=404)
    stable = [r for r in releases if not re.search(r"(a|b|rc|\.dev)\d", r.version) and r.withdrawn is None]
    shown = (stable or releases)[-1]
    files = {r.version: [_api_file(r, f, request.base) for f in archives(r)] for r in releases}
    if len(parts) == 3:
        match = [r for r in releases if r.version == parts[1]]
        if not match:
            return as_json({"message": "Not Found"}, status=404)
        shown = match[0]
    body: dict[str, Any] = {
        "info": _info(shown),
        "last_serial": 1,
        "urls": files[shown.version],
        "vulnerabilities": [],
    }
    return as_json(body if len(parts) == 3 else body | {"releases": files})


def normalised(name: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def project(release: Release) -> dict[str, Any]:
    """The `[project]` table of the release's own pyproject.toml."""
    table: dict[str, Any] = tomllib.loads(release.manifest.decode())["project"]
    return table


def metadata(release: Release) -> bytes:
    """METADATA and PKG-INFO (core metadata 2.2, all of it static)."""
    table = project(release)
    lines = ["Metadata-Version: 2.2", f"Name: {table['name']}", f"Version: {release.version}"]
    lines += [f"Summary: {table['description']}"] if "description" in table else []
    lines += [f"Requires-Python: {table['requires-python']}"] if "requires-python" in table else []
    lines += [f"Requires-Dist: {need}" for need in table.get("dependencies", ())]
    for extra, needs in table.get("optional-dependencies", {}).items():
        lines += [f"Provides-Extra: {extra}", *(f"Requires-Dist: {n} ; extra == '{extra}'" for n in needs)]
    return "\n".join([*lines, "", ""]).encode()


@cache
def archives(release: Release) -> dict[str, bytes]:
    """The files of a release by name, wheel first."""
    made = [_wheel(release)] if "wheel" in release.kinds else []
    made += [_sdist(release)] if "sdist" in release.kinds else []
    return dict(made)


def _wheel(release: Release) -> tuple[str, bytes]:
    stem = f"{normalised(release.name).replace('-', '_')}-{release.version}"
    inside = {p: d for p, d in release.files.items() if "/" in p}
    inside[f"{stem}.dist-info/METADATA"] = metadata(release)
    inside[f"{stem}.dist-info/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: loopback\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = f"{stem}.dist-info/RECORD"
    lines = [record_line(path, data) for path, data in inside.items()]
    inside[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    return f"{stem}-py3-none-any.whl", zipped(inside)


def _sdist(release: Release) -> tuple[str, bytes]:
    stem = f"{normalised(release.name).replace('-', '_')}-{release.version}"
    return f"{stem}.tar.gz", tar_gz(stem, {**release.files, "PKG-INFO": metadata(release)})


@cache
def _hash(data: bytes) -> str:
    return sha256_hex(data)


def file_url(base: str, filename: str) -> str:
    """Where a file lies; uv writes this to uv.lock."""
    return f"{base}/files/{filename}"


def _page_file(release: Release, filename: str, base: str) -> dict[str, Any]:
    data = archives(release)[filename]
    entry: dict[str, Any] = {
        "filename": filename,
        "url": file_url(base, filename),
        "hashes": {"sha256": _hash(data)},
        "size": len(data),
        "yanked": False if release.withdrawn is None else release.withdrawn or True,
    }
    if requires := project(release).get("requires-python"):
        entry["requires-python"] = requires
    if release.stamp:
        entry["upload-time"] = release.stamp
    if filename.endswith(".whl"):
        entry["core-metadata"] = entry["dist-info-metadata"] = {"sha256": _hash(metadata(release))}
    return entry


def _project_page(name: str, releases: list[Release], request: Request) -> Answer:
    files = [_page_file(r, f, request.base) for r in releases for f in archives(r)]
    if request.accepts(JSON):
        versions = [r.version for r in releases]
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files}
        return as_json(page, kind=JSON)
    links = "".join(_link(entry) for entry in files)
    text = f"<!DOCTYPE html>\n<html><head><title>{name}</title></head><body>\n<h1>{name}</h1>\n{links}</body></html>\n"
    return as_text(text, kind=HTML if request.accepts(HTML) else "text/html; charset=utf-8")


def _link(entry: dict[str, Any]) -> str:
    attributes = ""
    if "requires-python" in entry:
        attributes += f' data-requires-python="{html.escape(entry["requires-python"])}"'
    if entry["yanked"] is not False:
        reason = "" if entry["yanked"] is True else entry["yanked"]
        attributes += f' data-yanked="{html.escape(reason)}"'
    if "core-metadata" in entry:
        digest = f"sha256={entry['core-metadata']['sha256']}"
        attributes += f' data-core-metadata="{digest}" data-dist-info-metadata="{digest}"'
    href = f"{entry['url']}#sha256={entry['hashes']['sha256']}"
    return f'<a href="{href}"{attributes}>{entry["filename"]}</a><br>\n'


def _project_list(catalogue: Catalogue, request: Request) -> Answer:
    names = catalogue.names("pip")
    if request.accepts(JSON):
        return as_json({"meta": {"api-version": "1.1"}, "projects": [{"name": n} for n in names]}, kind=JSON)
    links = "".join(f'<a href="/simple/{name}/">{name}</a><br>\n' for name in names)
    return as_text(f"<!DOCTYPE html>\n<html><body>\n{links}</body></html>\n", kind="text/html; charset=utf-8")


def _info(release: Release) -> dict[str, Any]:
    table = project(release)
    return {
        "name": table["name"],
        "version": release.version,
        "summary": table.get("description", ""),
        "requires_python": table.get("requires-python"),
        "requires_dist": table.get("dependencies") or None,
        "yanked": release.withdrawn is not None,
        "yanked_reason": release.withdrawn or None,
        "project_urls": None,
    }


def _api_file(release: Release, filename: str, base: str) -> dict[str, Any]:
    data = archives(release)[filename]
    return {
        "filename": filename,
        "packagetype": "bdist_wheel" if filename.endswith(".whl") else "sdist",
        "url": file_url(base, filename),
        "digests": {"sha256": _hash(data)},
        "size": len(data),
        "requires_python": project(release).get("requires-python"),
        "upload_time": release.stamp and release.stamp[:19],
        "upload_time_iso_8601": release.stamp,
        "yanked": release.withdrawn is not None,
        "yanked_reason": release.withdrawn or None,
    }
