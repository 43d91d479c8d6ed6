"""The Go module proxy, below /go/."""

import re
from functools import cache

from tests.loopback.archives import zipped
from tests.loopback.catalogue import Catalogue, Release
from tests.loopback.wire import Answer, Request, as_archive, as_json, as_text


def answer(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer a request below /go/.

    Source: https://go.dev/ref/mod#goproxy-protocol
    """
    path = "/".join(request.parts[1:])
    match = re.fullmatch(r"(?P<module>.+)/(?:@v/(?P<file>[^/]+)|(?P<latest>@latest))", path)
    if match is None:
        return None
    module = unescaped(match["module"])
    releases = catalogue.releases("go", module) if module else []
    if not releases:
        return as_text(f"not found: module {match['module']}: no such module here", status=404)
    if match["latest"]:
        return _info(releases[-1])
    if match["file"] == "list":
        return as_text("".join(f"{r.version}\n" for r in releases if r.latest))
    return _one_file(releases, match["file"])


def _one_file(releases: list[Release], file: str) -> Answer:
    stem, _, kind = file.rpartition(".")
    version = unescaped(stem)
    release = next((r for r in releases if r.version == version), None)
    if release is None or kind not in ("info", "mod", "zip"):
        return as_text(f"not found: {releases[0].name}@{stem}: unknown revision", status=404)
    if kind == "info":
        return _info(release)
    if kind == "mod":
        return Answer(
            release.manifest or f"module {release.name}\n".encode(), kind="text/plain; charset=utf-8"
        )
    return as_archive(module_zip(release))


def _info(release: Release) -> Answer:
    info = {"Version": release.version}
    return as_json(info | ({"Time": release.stamp[:19] + "Z"} if release.stamp else {}))


@cache
def module_zip(release: Release) -> bytes:
    """The module zip: every path starts with `module@version/` (https://go.dev/ref/mod#zip-files)."""
    prefix = f"{release.name}@{release.version}/"
    return zipped({prefix + path: data for path, data in sorted(release.files.items())})


def escaped(path: str) -> str:
    """A module path as the protocol writes it: `!x` for `X`."""
    return re.sub("[A-Z]", lambda m: "!" + m[0].lower(), path)


def unescaped(path: str) -> str | None:
    """The module path that `path` stands for, or None where it is not properly escaped."""
    if re.search("[A-Z]|![^a-z]|!$", path):
        return None
    return re.sub("!([a-z])", lambda m: m[1].upper(), path)
