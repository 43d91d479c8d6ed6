"""Addresses of package indexes as settings write them: checked, without credentials, credentials kept by origin."""

from __future__ import annotations

from msgspec import Struct, field

from upgrader.errors import RegistryError
from upgrader.outside.origins import basic, parse


class Indexes(Struct, kw_only=True):
    """The indexes that were found, in the order in which they are asked."""

    urls: list[str] = field(default_factory=list)
    """Without userinfo and without a slash at the end."""
    pinned: dict[str, str] = field(default_factory=dict)
    """Name of an index to its address."""
    credentials: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def add(self, url: str, source: str) -> str | None:
        """Take an address of a setting named `source`; a bad one becomes the problem of all look-ups."""
        address = self.clean(url, source)
        if address and address not in self.urls:
            self.urls.append(address)
        return address

    def clean(self, url: str, source: str) -> str | None:
        """The address without credentials, which are kept; None (and a problem) when it can't be asked over http."""
        try:
            address = parse(url.strip())
        except RegistryError as fault:
            self.problem = self.problem or f"{source}: {fault.message}"
            return None
        if address.userinfo:
            self.credentials[address.origin] = basic(address.userinfo)
        return address.url.partition("?")[0].rstrip("/")
