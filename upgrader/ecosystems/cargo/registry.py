"""Where a project's crates are asked for, and what the sparse index says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from upgrader.ecosystems.base import Ask, Registry, not_checked
from upgrader.ecosystems.cargo.configuration import read_configuration
from upgrader.ecosystems.cargo.index_address import UNKNOWN, Addresses, default_index
from upgrader.ecosystems.cargo.names import normalise
from upgrader.ecosystems.cargo.sources import crate_sources
from upgrader.errors import RegistryError, UpgraderError
from upgrader.model import Lookup, NotChecked, Package, PackageName, Project, Release
from upgrader.outside.http import Client, Response, StatusError
from upgrader.versions import cargo as versions

_NEWEST_SCHEMA = 2
"""Index lines of a later schema (`v`) are not meant for readers of this one."""


class Line(Struct):
    """One release in the index: https://doc.rust-lang.org/cargo/reference/registry-index.html#json-schema."""

    name: str
    vers: str
    yanked: bool | None = False
    rust_version: str | None = None
    pubtime: str | None = None
    v: int | None = 1


_LINES = msgspec.json.Decoder(Line)


def locate_registry(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    """The index as cargo would use it here: `[source]` replacement of its default, else the default it reports.

    `scopes` holds the crates that the manifests take from other registries: name to address, `off` for a registry
    that the configuration does not know. `registry.default` is for publishing and changes no look-up. The project's
    files may choose where its crates come from, but a token of the operator's goes only to the server that the
    operator's own settings name.
    """
    try:
        configuration = read_configuration(root, project.folder, env)
        addresses = Addresses(configuration)
        url = addresses.replaced_default() or default_index(env, ask)
        scopes = {name: addresses.of_source(source) for name, source in crate_sources(root, project).items()}
    except UpgraderError as fault:
        return Registry(ecosystem="cargo", url="", problem=str(fault))
    return Registry(ecosystem="cargo", url=url, scopes=scopes, credentials=addresses.credentials)


def look_up(client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
    """One request per crate to the sparse index. A time of release is there only where the index has `pubtime`.

    The registry's web API would know more, but asks for one request a second and exists for few registries; a release
    of unknown age stays one of unknown age.
    """
    if registry.problem:
        return not_checked(registry, names)
    bases = [registry.scopes.get(name, registry.url) for name in names]
    asked = [at for at, base in enumerate(bases) if base != UNKNOWN]
    requests: list[tuple[str, dict[str, str]]] = [
        (f"{bases[at]}/{index_path(names[at])}", {}) for at in asked
    ]
    told = dict(zip(asked, client.get_many(requests, decode=decode), strict=True))
    return [_answer(name, told.get(at)) for at, name in enumerate(names)]


def index_path(name: PackageName) -> str:
    """Where the index keeps a crate: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcdef`.

    Source: https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files
    """
    low = normalise(name).lower()
    if len(low) <= 2:
        return f"{len(low)}/{low}"
    return f"3/{low[0]}/{low}" if len(low) == 3 else f"{low[:2]}/{low[2:4]}/{low}"


def decode(response: Response) -> Package:
    """Read a crate's file of the index. RegistryError for an answer that is none, or is another crate's."""
    host = urlsplit(response.url).netloc
    wanted = response.url.partition("?")[0].rpartition("/")[2]
    try:
        lines = _LINES.decode_lines(response.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise RegistryError(
            f"{host}: the answer for {wanted} is no file of a sparse index: {fault}."
        ) from fault
    strangers = {line.name for line in lines if line.name.lower() != wanted}
    if strangers:
        raise RegistryError(f"{host}: the answer for {wanted} is about {min(strangers)[:80]!r}.")
    releases = {line.vers: _release(line) for line in lines if _is_known(line)}
    if not releases:
        raise RegistryError(f"{host}: the answer for {wanted} names no release.")
    return Package(
        ecosystem="cargo",
        name=normalise(lines[0].name),
        releases=tuple(releases[version] for version in versions.sort_versions(releases)),
        source=host,
        age_s=response.age_s,
    )


def _is_known(line: Line) -> bool:
    return (line.v or 1) <= _NEWEST_SCHEMA and len(line.vers) <= 128 and versions.is_valid(line.vers)


def _release(line: Line) -> Release:
    return Release(
        version=line.vers,
        released_at=_utc(line.pubtime),
        withdrawn="yanked" if line.yanked else "",
        runtime=line.rust_version or None,
    )


def _utc(time: str | None) -> str | None:
    """ISO 8601 in UTC; None for what is no time."""
    try:
        when = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_LOGIN = (
    "Set CARGO_REGISTRIES_<NAME>_TOKEN, or log in with `cargo login`: tokens of the environment, config.toml and "
    "credentials.toml are used; credential providers (a keychain, a process) are not asked."
)


def _answer(name: PackageName, told: Package | RegistryError | None) -> Lookup:
    """An answer about this very crate, else why there is none."""
    if told is None:
        return NotChecked(
            ecosystem="cargo",
            name=name,
            reason="cargo's configuration has no sparse index for the one registry it comes from",
            advice="Set registries.<name>.index in $CARGO_HOME/config.toml.",
        )
    if isinstance(told, RegistryError):
        refused = isinstance(told, StatusError) and told.status in (401, 403)
        advice = _LOGIN if refused else told.advice
        return NotChecked(ecosystem="cargo", name=name, reason=told.message, advice=advice)
    if told.name != name:
        reason = f"{told.source}: the crate is called {told.name} there"
        return NotChecked(ecosystem="cargo", name=name, reason=reason, advice="Correct the manifest.")
    return told
