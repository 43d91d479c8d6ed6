"""Which Authorization each registry address gets from npm's configuration, and what a project's file may not do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from urllib.parse import unquote

from upgrader.ecosystems.npm.npmrc import Setting, Settings, expand_variables, has_variable
from upgrader.errors import RegistryError
from upgrader.outside.origins import Address, basic, is_loopback, parse

_KINDS = ("_authToken", "username", "_auth")
"""What npm looks for below each part of the path, in this order (npm-registry-fetch)."""


class Keyring:
    """npm's credentials: `//host/path/:_authToken` and its kin, and the old ones without a host.

    Two rules of ours on top of npm's. A value of the project's file is expanded from the environment only for a server
    that somebody other than the project names; and a user's credential goes over plain http only where the user asked
    for http: otherwise a repository could have it sent to a place of its choice.
    """

    def __init__(
        self, settings: Settings, env: Mapping[str, str], default_host: Callable[[], str | None]
    ) -> None:
        self.settings = settings
        self.env = env
        self.default_host = default_host
        """The host of npm's own default registry; asked only when a credential depends on it."""
        self.known = _hosts(settings)

    def authorization(self, registry: Setting) -> str | None:
        """The header's value for a registry address, None when there is none."""
        address = parse(registry.value)
        if address.userinfo:
            return basic(address.userinfo)
        for place in _places(address):
            for kind in _KINDS:
                found = self.settings.get(f"{place}:{kind}")
                if found is not None and self.may_use(found, address, registry):
                    value = self.header(kind, found, self.settings.get(f"{place}:_password"), address)
                    if value is not None:
                        return value
        return self.without_host(address)

    def without_host(self, address: Address) -> str | None:
        """`_auth` and `_authToken` alone belong to the registry that the same user, not the project, configured."""
        own = self.settings.get("registry", trusted=True)
        if own is None or not _same(own.value, address):
            return None
        for kind in _KINDS:
            found = self.settings.get(kind, trusted=True)
            if found is not None:
                return self.header(kind, found, self.settings.get("_password", trusted=True), address)
        return None

    def may_use(self, found: Setting, address: Address, registry: Setting) -> bool:
        """Whether this value may go to this address."""
        if found.layer == "project" or registry.layer != "project" or address.scheme == "https":
            return True
        return is_loopback(address.host) or any(
            item.lower().startswith(f"{address.origin}/") for item in _addresses(self.settings)
        )

    def header(self, kind: str, found: Setting, password: Setting | None, address: Address) -> str | None:
        """Make the header of one kind of credential."""
        value = self.expanded(found, address)
        if not value:
            return None
        if kind == "_authToken":
            return _safe(f"Bearer {value}")
        if kind == "_auth":
            return _safe(f"Basic {value}")
        secret = self.expanded(password, address) if password else None
        return _safe(basic_of(value, secret)) if secret else None

    def expanded(self, found: Setting, address: Address) -> str | None:
        """The value with its variables; None for one of the project's file that may not be expanded."""
        if found.layer != "project" or not has_variable(found.value):
            return found.value if not has_variable(found.value) else None
        host = address.host_header
        if host in self.known or host == self.default_host():
            value = expand_variables(found.value, self.env)
            return None if has_variable(value) else value
        return None


def basic_of(user: str, password: str) -> str | None:
    """`Basic` from npm's `username` and its `_password`, which is base64; None when it is not."""
    try:
        plain = base64.b64decode(password, validate=False)
    except (binascii.Error, ValueError):
        return None
    return "Basic " + base64.b64encode(user.encode() + b":" + plain).decode("ascii")


def _safe(value: str | None) -> str | None:
    """A header is one line of visible ASCII; anything else is no credential."""
    return value if value and value.isascii() and value.isprintable() else None


def _places(address: Address) -> list[str]:
    """`//host/a/b/`, `//host/a/b`, `//host/a/`, ... down to `//host`: npm takes the nearest."""
    path = unquote(address.path.partition("?")[0]).rstrip("/")
    places: list[str] = []
    while True:
        places += [f"//{address.host_header}{path}/", f"//{address.host_header}{path}"]
        if not path:
            return places
        path = path.rpartition("/")[0]


def _addresses(settings: Settings) -> Collection[str]:
    """Every registry address that somebody other than the project's file sets."""
    keys = [key for key in settings.keys(trusted=True) if key == "registry" or key.endswith(":registry")]
    found = [settings.get(key, trusted=True) for key in keys]
    return [item.value.rstrip("/") + "/" for item in found if item is not None]


def _hosts(settings: Settings) -> set[str]:
    """Hosts that somebody other than the project's file names, as a registry or with a credential."""
    hosts = {
        key[2:].split("/")[0].split(":_")[0] for key in settings.keys(trusted=True) if key.startswith("//")
    }
    for text in _addresses(settings):
        try:
            hosts.add(parse(text).host_header)
        except RegistryError:
            continue
    return hosts


def _same(text: str, address: Address) -> bool:
    try:
        return parse(text).url.rstrip("/") == address.url.rstrip("/")
    except RegistryError:
        return False
