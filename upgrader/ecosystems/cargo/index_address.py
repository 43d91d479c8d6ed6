"""The address of a sparse index: from cargo's configuration with its replacements, else from cargo itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from upgrader.ecosystems.base import Ask
from upgrader.ecosystems.cargo.configuration import Configuration, Setting
from upgrader.errors import RegistryError
from upgrader.outside.origins import basic, parse

UNKNOWN = "off"
"""Stands for an address that the configuration does not tell."""

_DEFAULT = "crates-io"
_LONGEST_CHAIN = 8
_TOLD = re.compile(r"`(https?://[^\s`]+)/config\.json`")
_HOST_TOLD = re.compile(r"Failed to connect to ([a-z0-9-]+(?:\.[a-z0-9-]+)+) port 443 via")
"""Cargo 1.97 names the host alone; the default index stands at its root."""
_PROBE = (
    "home=$(mktemp -d) || exit 1; CARGO_HOME=$home cargo search --registry crates-io upgrader 2>&1; "
    'rm -rf "$home"; exit 0'
)
_KEPT = ("PATH", "HOME", "TMPDIR", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTUP_AUTO_INSTALL")
_NO_WAY_OUT = "http://127.0.0.1:9"


def default_index(env: Mapping[str, str], ask: Ask) -> str:
    """The address of the index that cargo uses when nothing is configured, from cargo's own words.

    Cargo has no command that prints it. So it is started in an empty home, outside of any project, behind a proxy
    that nobody listens on: it names the file it could not fetch, and nothing leaves the machine. The words are on
    stderr; the shell with its fixed text is there to hand them over. Raises RegistryError when they cannot be had.
    """
    closed = {
        **{name: env[name] for name in _KEPT if name in env},
        "LC_ALL": "C",
        "CARGO_HTTP_PROXY": _NO_WAY_OUT,
        "NO_PROXY": "",
        "no_proxy": "",
        "CARGO_REGISTRIES_CRATES_IO_PROTOCOL": "sparse",
        "CARGO_NET_RETRY": "0",
        "CARGO_NET_OFFLINE": "false",
        "CARGO_TERM_COLOR": "never",
    }
    words = ask(("sh", "-c", _PROBE), cwd=Path("/"), env=closed) or ""
    if told := _TOLD.search(words):
        return told[1].rstrip("/")
    told = _HOST_TOLD.search(words)
    if told is None:
        raise RegistryError(
            "cargo did not tell the address of its default index.",
            "Install cargo 1.70 or later, or configure a replacement of [source.crates-io].",
        )
    return f"https://{told[1]}"


class Addresses:
    """Finds the index of a source or registry by name, and gathers the credentials that may go there."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.credentials: dict[str, str] = {}

    def replaced_default(self) -> str | None:
        """What stands in for the default registry; None when nothing does.

        Source: https://doc.rust-lang.org/cargo/reference/source-replacement.html
        """
        target = self._replacement(_DEFAULT)
        return None if target == _DEFAULT else self._base(target)

    def of_source(self, source: str) -> str:
        """The index of a registry by its name in a manifest, or by its address; UNKNOWN when none is configured."""
        try:
            return self._of_source(source) or UNKNOWN
        except RegistryError:
            return UNKNOWN

    def _of_source(self, source: str) -> str | None:
        if not source:
            return None
        named = "+" not in source and "://" not in source
        known = self.configuration.names("registries")
        index = self.configuration.get("registries", source, "index") if named else None
        if named and index is None:
            return None
        address = index.text if index else source
        name = source if named else next((name for name in known if self._index_of(name) == address), None)
        if name is None:
            return None
        for other in self.configuration.names("source"):
            found = self.configuration.get("source", other, "registry")
            if found and found.text == address and (target := self._replacement(other)) != other:
                return self._base(target)
        return self._base(name)

    def _replacement(self, name: str) -> str:
        """Follow `replace-with` to its end. Raises RegistryError for a circle."""
        for _ in range(_LONGEST_CHAIN):
            further = self.configuration.get("source", name, "replace-with")
            if further is None:
                return name
            name = further.text
        raise RegistryError(f"cargo's configuration replaces the source {name!r} in a circle.", "Break it.")

    def _index_of(self, name: str) -> str:
        found = self.configuration.get("registries", name, "index")
        return found.text if found else ""

    def _base(self, name: str) -> str:
        """The address of a configured source or registry. Raises RegistryError for one without a sparse index."""
        registry = self.configuration.get("registries", name, "index")
        found = self.configuration.get("source", name, "registry") or registry
        if found is None:
            raise RegistryError(
                f"the source {name!r} of cargo's configuration is no registry that can be asked.",
                "Vendored crates, folders and git mirrors hold no newer releases.",
            )
        base = self._sparse(name, found)
        if found is registry:
            self._lend_token(name, found, base)
        return base

    def _sparse(self, name: str, index: Setting) -> str:
        """The address without `sparse+`, user and password, and last slash."""
        if not index.text.startswith(("sparse+http://", "sparse+https://")):
            raise RegistryError(
                f"{index.place}: the index of {name!r} is not a sparse one.",
                "Use its `sparse+https://` address.",
            )
        address = parse(index.text.removeprefix("sparse+"))
        if address.userinfo:
            self.credentials[address.origin] = basic(address.userinfo)
        return address.url.rstrip("/")

    def _lend_token(self, name: str, index: Setting, base: str) -> None:
        """Give the token of a registry to its server, unless the project would choose the server for it."""
        token = self.configuration.token(name)
        if token is None:
            return
        origin = parse(base).origin
        if index.foreign and not token.foreign:
            own = self.configuration.get("registries", name, "index", operator=True)
            if own is None or parse(own.text.removeprefix("sparse+")).origin != origin:
                return
        self.credentials.setdefault(origin, token.text)
