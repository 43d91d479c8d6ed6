"""The user's netrc file as Go reads it: which login belongs to which machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from upgrader.errors import ManifestError
from upgrader.outside.files import read_bytes
from upgrader.outside.origins import Address, basic


def netrc_logins(env: Mapping[str, str]) -> dict[str, str]:
    """Machine (perhaps with port and path) to the value of its Authorization header; {} when there is no file.

    The file is `$NETRC`, else `.netrc` in the home folder (cmd/go, "GOAUTH environment variable"). The first login of
    a machine counts.
    """
    path = env.get("NETRC") or (f"{env['HOME']}/.netrc" if env.get("HOME") else "")
    if not path:
        return {}
    try:
        text = read_bytes(Path(path)).decode("utf-8", "replace")
    except ManifestError:
        return {}
    logins: dict[str, str] = {}
    for machine, login, password in _entries(text):
        logins.setdefault(machine, basic(f"{quote(login)}:{quote(password)}"))
    return logins


def login_for(logins: Mapping[str, str], address: Address) -> str | None:
    """The header for an address: the machine that equals its host and port and the longest part of its path.

    Go sends these over https alone.
    """
    if address.scheme != "https":
        return None
    place = (address.host_header + address.path.partition("?")[0]).rstrip("/")
    while place:
        if place in logins:
            return logins[place]
        place = place.rpartition("/")[0]
    return None


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Machine, login and password of every complete entry, in order; macros and what follows `default` are skipped."""
    entry: dict[str, str] = {}
    macro = False
    for line in text.split("\n"):
        if macro:
            macro = bool(line)
            continue
        words = line.split()
        for key, value in zip(words[::2], words[1::2], strict=False):
            if key == "machine":
                entry = {}
            macro = macro or key == "macdef"
            entry[key] = value
            if {"machine", "login", "password"} <= entry.keys():
                yield entry["machine"], entry["login"], entry["password"]
                entry = {}
        if words[-1:] == ["default"] and len(words) % 2:
            return
