"""The module proxy protocol: addresses to ask, in the order of GOPROXY, and what the answers say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.go.mod_file import ModFile, read_mod
from upgrader.ecosystems.go.module_path import is_canonical
from upgrader.ecosystems.go.registry import proxies_of
from upgrader.errors import ManifestError, RegistryError
from upgrader.outside.http import Client, Response, StatusError
from upgrader.versions import go as versions

T = TypeVar("T")
_HTML = re.compile(rb"\s*<", re.DOTALL)


class Listed(Struct, frozen=True):
    """The answer of `@v/list`."""

    versions: tuple[str, ...]
    """Tagged versions, ascending; pseudo-versions are left out, as Go does."""
    age_s: int
    times: dict[str, str]
    """Version to its time, where the proxy adds one."""
    commits: tuple[str, ...] = ()
    """The pseudo-versions that some proxies list, oldest commit first: what Go falls back on without `@latest`."""


class Info(Struct, frozen=True):
    """The answer of `@v/<version>.info` and of `@latest`."""

    version: str
    time: str | None
    """ISO 8601 UTC."""
    repository: str


class Mod(Struct, frozen=True):
    """The answer of `@v/<version>.mod`."""

    file: ModFile
    is_real: bool
    """False for the line `module path` alone, which a proxy makes up for a release without go.mod."""


class _Origin(Struct):
    URL: str = ""


class _Info(Struct):
    Version: str
    Time: str = ""
    Origin: _Origin = field(default_factory=_Origin)


def fetch(
    client: Client, registry: Registry, paths: Sequence[str], decode: Callable[[Response], T]
) -> list[T | RegistryError]:
    """Ask for documents below the proxies, side by side; an answer or its failure for each, in order.

    The next proxy is asked after 404 and 410, after `|` for any failure; of several failures the last one is
    told.
    """
    results: list[T | RegistryError] = [RegistryError("not asked")] * len(paths)
    waiting = list(range(len(paths)))
    for url, forgiving in proxies_of(registry):
        answers = client.get_many(
            [(f"{url}/{paths[index]}", {}) for index in waiting], decode=decode, keep_absence=True
        )
        left = []
        for index, answer in zip(waiting, answers, strict=True):
            results[index] = answer
            if isinstance(answer, RegistryError) and (forgiving or is_missing(answer)):
                left.append(index)
        waiting = left
        if not waiting:
            break
    return results


def is_missing(fault: RegistryError) -> bool:
    """Whether the server said that there is no such thing (404, 410)."""
    return isinstance(fault, StatusError) and fault.status in (404, 410)


def is_refused(fault: RegistryError) -> bool:
    """Whether the server said no to this request, rather than failing."""
    return (
        isinstance(fault, StatusError) and 400 <= fault.status < 500 and fault.status not in (408, 425, 429)
    )


def list_path(module: str) -> str:
    """Address of the list of versions, below the proxy."""
    return f"{versions.escape_path(module)}/@v/list"


def latest_path(module: str) -> str:
    """Address of the newest version of a module without tags."""
    return f"{versions.escape_path(module)}/@latest"


def file_path(module: str, version: str, kind: str) -> str:
    """Address of one version's `info` or `mod`."""
    return f"{versions.escape_path(module)}/@v/{versions.escape_version(version)}.{kind}"


def decode_list(response: Response) -> Listed:
    """Read a list of versions: one on each line, perhaps with its time. What Go does not know is left out."""
    _refuse_page(response)
    lines = [line.split() for line in response.body.decode("utf-8", "replace").split("\n")]
    rows = [words for words in lines if words]
    known = [words for words in rows if len(words[0]) <= 256 and is_canonical(words[0])]
    if rows and not known:
        raise RegistryError("the answer is not a list of versions")
    tagged = {words[0]: words[1:] for words in known if not versions.is_pseudo(words[0])}
    times = {version: time for version, rest in tagged.items() if rest and (time := utc(rest[0]))}
    commits = sorted({words[0] for words in known} - tagged.keys(), key=_committed)
    return Listed(tuple(versions.sort_versions(tagged)), response.age_s, times, tuple(commits))


def decode_info(response: Response) -> Info:
    """Read the facts of one version."""
    _refuse_page(response)
    told = msgspec.json.decode(response.body, type=_Info)
    if len(told.Version) > 256 or not is_canonical(told.Version):
        raise RegistryError(f"the answer is about {told.Version[:80]!r}, which is no version")
    url = told.Origin.URL
    return Info(told.Version, utc(told.Time), url if url.startswith("https://") and url.isprintable() else "")


def decode_mod(response: Response) -> Mod:
    """Read a release's go.mod."""
    _refuse_page(response)
    try:
        file = read_mod(response.body, "go.mod", lax=True)
    except ManifestError as fault:
        raise RegistryError(f"the answer is no go.mod: {fault.message}") from fault
    if not file.module:
        raise RegistryError("the answer is no go.mod: it has no module directive")
    made_up = response.body.split() == [b"module", *response.body.split()[1:2]]
    # What came with the file is not needed any more: versions required, places, comments.
    slim = ModFile(module=file.module, deprecated=file.deprecated, go=file.go, retract=file.retract)
    return Mod(slim, not made_up)


def utc(text: str) -> str | None:
    """RFC 3339 to `2026-01-31T12:00:00Z`; None for what is no time, or the zero time of Go."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year < 1990:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _committed(version: str) -> str:
    """The time inside a pseudo-version (https://go.dev/ref/mod#pseudo-versions), as fourteen digits of UTC."""
    return version.partition("+")[0].rpartition("-")[0][-14:]


def _refuse_page(response: Response) -> None:
    kind = response.headers.get("content-type", "")
    if kind.startswith("text/html") or _HTML.match(response.body):
        raise RegistryError("the answer is a web page, not one of a module proxy")
