"""Which servers may be asked: addresses taken apart, the list of allowed origins, proxies of the environment."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

import msgspec

from upgrader.errors import RegistryError

_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|[0-9a-f:.]+(?:%[a-z0-9]+)?")


class Address(msgspec.Struct, frozen=True):
    """An address of http or https, taken apart; nothing in it can smuggle a second line into a request."""

    scheme: str
    host: str
    """ASCII, lower case, without brackets."""
    port: int
    path: str
    """Path and query, percent-encoded, starting with a slash."""
    userinfo: str = ""
    """`user:password` as written, percent-encoded; never part of a message."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, the default port left out: `https://registry.example`."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.netloc_host}{port}"

    @property
    def netloc_host(self) -> str:
        """The host as a URL writes it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def host_header(self) -> str:
        """The value of the Host header; also how messages call the server."""
        return self.origin.partition("://")[2]

    @property
    def url(self) -> str:
        """The whole address without user and password."""
        return self.origin + self.path

    @property
    def label(self) -> str:
        """Host and path for messages: no query, no userinfo."""
        return self.host_header + self.path.partition("?")[0]


def parse(url: str) -> Address:
    """Take an address apart. Raises RegistryError for anything but a well-formed http(s) address."""
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError as error:
        raise RegistryError(f"{_shown(url)}: is not an address that can be asked.") from error
    if scheme not in _PORTS or not _HOST.fullmatch(host):
        raise RegistryError(f"{_shown(url)}: is not an address that can be asked.", "Use https://host/path.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]')}" if parts.query else ""
    userinfo = parts.netloc.rpartition("@")[0]
    return Address(scheme, host, port or _PORTS[scheme], path + query, userinfo)


def _ascii_host(host: str) -> str:
    host = host.lower()
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _shown(url: str) -> str:
    """An address for a message: no userinfo, no query, not endless."""
    return ascii(re.sub(r"//[^/?#]*@", "//", url).partition("?")[0][:200])


def basic(userinfo: str) -> str:
    """Return the Authorization value for `user:password` of an address."""
    user, _, password = userinfo.partition(":")
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


class Allowed:
    """The origins that may be asked. Configured ones may be private; derived ones must be public addresses."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._explicit: dict[tuple[str, str, int], bool] = {}
        for entry in entries:
            self.add(entry, explicit=True)

    def add(self, entry: str, *, explicit: bool) -> None:
        """Allow an address's origin, or `host[:port]` for https (http too if it is this machine).

        A host without a port stands for all ports. Raises RegistryError for what is no host.
        """
        address = parse(entry if "://" in entry else f"https://{entry}")
        wild = "://" not in entry and not re.search(r":\d+$", entry)
        schemes = {address.scheme} if "://" in entry or not is_loopback(address.host) else {"http", "https"}
        for scheme in schemes:
            key = (scheme, address.host, 0 if wild else address.port)
            self._explicit[key] = explicit or self._explicit.get(key, False)

    def check(self, address: Address) -> bool:
        """Return whether the origin was configured (and so may be private). Raises RegistryError if not allowed."""
        found = [
            self._explicit[key]
            for port in (address.port, 0)
            if (key := (address.scheme, address.host, port)) in self._explicit
        ]
        if not found:
            plain = " without TLS" if address.scheme == "http" else ""
            raise RegistryError(
                f"{address.host_header}: is not one of the configured servers{plain}; not asked."
            )
        return any(found)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its name or number alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(number: str) -> bool:
    """Tell whether an IP address is one of the open internet: not private, link-local, loopback, multicast."""
    try:
        ip = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = (
            ip.ipv4_mapped
            or ip.sixtofour
            or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        )
        ip = inner or ip
    return ip.is_global and not ip.is_multicast


def proxy_for(address: Address) -> Address | None:
    """Return the proxy that the environment names for an address, None for a direct connection.

    HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in either case, lower case first; this machine is asked directly.
    """
    url = _variable(f"{address.scheme}_proxy") or _variable("all_proxy")
    if not url or is_loopback(address.host) or _unproxied(address):
        return None
    proxy = url if "://" in url else f"http://{url}"
    if not proxy.lower().startswith("http://"):
        kind = proxy.partition("://")[0]
        raise RegistryError(
            f"{address.host_header}: cannot be asked through a proxy of the kind {kind!r}.",
            f"Set {address.scheme.upper()}_PROXY to an http:// proxy, or NO_PROXY for this host.",
        )
    return parse(proxy)


def _variable(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper()) or ""


def _unproxied(address: Address) -> bool:
    for entry in re.split(r"[,\s]+", _variable("no_proxy").lower()):
        host, _, port = entry.rpartition(":") if re.search(r"[^:]:\d+$", entry) else (entry, "", "")
        if port and port != str(address.port):
            continue
        name = host.lstrip("*").lstrip(".")
        if entry == "*" or (name and (address.host == name or address.host.endswith(f".{name}"))):
            return True
        if "/" in host and _in_network(address.host, host):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
