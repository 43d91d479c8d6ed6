"""The digests that an index names for the files of one release (PEP 503 `#sha256=`, PEP 691 `hashes`)."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.pip.file_names import version_in
from upgrader.ecosystems.pip.simple_html import read_digests
from upgrader.ecosystems.pip.simple_page import ACCEPT, JSON_TYPES
from upgrader.errors import RegistryError, UpgraderError
from upgrader.model import PackageName
from upgrader.outside.http import Client, StatusError
from upgrader.versions import pep440


class _File(Struct, frozen=True):
    filename: str
    hashes: dict[str, str] = field(default_factory=dict)


class _Page(Struct, frozen=True):
    files: list[_File]


_decode = msgspec.json.Decoder(_Page).decode


def digests(client: Client, registry: Registry, name: PackageName, version: str) -> tuple[str, ...]:
    """`sha256:…` of every wheel and sdist of the release, in the order of the index; empty where one is not told.

    pip takes files of all its indexes together; uv those of the first one that has the package.
    """
    if registry.problem or not registry.url:
        return ()
    bases = [registry.scopes[name]] if name in registry.scopes else [registry.url, *registry.fallbacks]
    found: dict[str, None] = {}
    try:
        for base in bases:
            told = _of_index(client, base, name, version)
            if told is None:
                return ()
            found |= dict.fromkeys(told)
            if told and not registry.merged:
                break
    except (UpgraderError, ValueError, RecursionError, msgspec.MsgspecError):
        return ()
    return tuple(found)


def _of_index(client: Client, base: str, name: PackageName, version: str) -> list[str] | None:
    """The digests that one index tells; none for one without the package, None where a file has no digest."""
    try:
        response = client.get(f"{base}/{name}/", headers={"Accept": ACCEPT})
    except StatusError as fault:
        if fault.status in (404, 410):
            return []
        raise
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in JSON_TYPES:
        files = [(file.filename, file.hashes.get("sha256", "")) for file in _decode(response.body).files]
    elif "html" in kind:
        files = read_digests(response.body)
    else:
        raise RegistryError(f"{base}: answered with {kind or 'no content type'}, which is no simple index.")
    wanted = pep440.order_key(version)
    spellings = {str(name): True}
    own = [
        digest
        for filename, digest in files
        if (told := version_in(filename, name, spellings)) and _is(told, wanted)
    ]
    return [f"sha256:{digest.lower()}" for digest in own] if all(own) else None


def _is(text: str, wanted: tuple[object]) -> bool:
    return pep440.is_valid(text) and pep440.order_key(text) == wanted
