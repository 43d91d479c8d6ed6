"""Where Go fetches modules: the proxies of GOPROXY, the modules that go around them, the logins for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from upgrader.ecosystems.base import Ask, Registry
from upgrader.ecosystems.go.netrc import login_for, netrc_logins
from upgrader.errors import RegistryError
from upgrader.model import Project
from upgrader.outside.origins import Address, basic, parse

_SETTINGS = ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GOAUTH")
AFTER_THE_LAST = ""
"""Key of `Registry.scopes`: `direct` or `off`, what Go does when no proxy has a module; missing for nothing."""
_NATIVE = "Audit with --via native: `go list -m -u` asks where Go itself would."


class Route(Struct, kw_only=True):
    """GOPROXY taken apart (https://go.dev/ref/mod#environment-variables)."""

    proxies: list[Address] = field(default_factory=list)
    forgiving: list[bool] = field(default_factory=list)
    """For each proxy: whether the next is asked after any failure (`|`), not only after 404 and 410 (`,`)."""
    end: str = ""
    """`direct`, `off` or ""."""
    problem: str = ""


def locate_registry(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    """The proxies as Go would use them here: environment, else what `go env` reads from its files.

    `scopes` holds the patterns of GONOPROXY (else GOPRIVATE) with `direct`, AFTER_THE_LAST, and the address of each
    proxy behind which a `|` stands with `|`. Logins: user and password in GOPROXY, and netrc unless GOAUTH leaves it
    out; other GOAUTH commands are not run.
    """
    settings = _settings(root, env, ask)
    route = read_goproxy(settings["GOPROXY"])
    scopes = dict.fromkeys(_patterns(settings["GONOPROXY"] or settings["GOPRIVATE"]), "direct")
    if route.end:
        scopes[AFTER_THE_LAST] = route.end
    urls = [_base(proxy) for proxy in route.proxies]
    scopes |= {url: "|" for url, forgiving in zip(urls, route.forgiving, strict=True) if forgiving}
    return Registry(
        ecosystem="go",
        url=urls[0] if urls and not route.problem else "",
        scopes=scopes,
        fallbacks=tuple(urls[1:]),
        credentials=_credentials(route.proxies, settings["GOAUTH"], env),
        problem=route.problem,
    )


def read_goproxy(value: str) -> Route:
    """Read GOPROXY: addresses parted by `,` or `|`, up to the first `direct` or `off`."""
    route = Route()
    rest = value
    while rest:
        entry, separator, rest = _cut(rest)
        if entry in ("direct", "off"):
            route.end = entry
            break
        if entry:
            _add(route, entry, separator == "|")
    if not route.proxies and not route.problem:
        route.problem = _without_proxy(value, route.end)
    return route


def proxies_of(registry: Registry) -> list[tuple[str, bool]]:
    """The addresses in the order they are asked, each with whether any failure leads on to the next."""
    return [(url, registry.scopes.get(url) == "|") for url in (registry.url, *registry.fallbacks)]


def private_patterns(registry: Registry) -> list[str]:
    """The patterns of modules that Go fetches without a proxy."""
    return [pattern for pattern, how in registry.scopes.items() if pattern != AFTER_THE_LAST and how != "|"]


def _settings(root: Path, env: Mapping[str, str], ask: Ask) -> dict[str, str]:
    """The settings, each from the environment, else from `go env`, "" for none."""
    told: dict[str, str] = {}
    answer = ask(("go", "env", "-json", *_SETTINGS), cwd=root, env={**env, "GOTOOLCHAIN": "local"})
    if answer is not None:
        try:
            told = msgspec.json.decode(answer, type=dict[str, str])
        except msgspec.MsgspecError:
            told = {}
    found = {name: env.get(name) or told.get(name, "") for name in _SETTINGS}
    # `go env` answers GONOPROXY with its default, the GOPRIVATE of go's own files; the environment's goes before.
    if env.get("GOPRIVATE") and not env.get("GONOPROXY") and told.get("GONOPROXY") == told.get("GOPRIVATE"):
        found["GONOPROXY"] = ""
    return found


def _cut(text: str) -> tuple[str, str, str]:
    """The first entry without blanks, the separator behind it, and the rest."""
    at = next((index for index, letter in enumerate(text) if letter in ",|"), len(text))
    return text[:at].strip(), text[at : at + 1], text[at + 1 :]


def _add(route: Route, entry: str, forgiving: bool) -> None:
    if any(mark in entry for mark in ".:/") and ":/" not in entry and not entry.startswith("/"):
        entry = f"https://{entry}"
    if not entry.lower().startswith(("https://", "http://")):
        kind = "a folder" if entry.startswith(("file:", "/")) else "no address"
        route.problem = (
            f"GOPROXY names {kind} ({entry.rpartition('@')[2][:80]}), which this program does not ask"
        )
        return
    try:
        route.proxies.append(parse(entry))
    except RegistryError as fault:
        route.problem = f"GOPROXY: {fault.message}"
        return
    route.forgiving.append(forgiving)


def _without_proxy(value: str, end: str) -> str:
    if end:
        meaning = {"off": "Go is forbidden to fetch modules", "direct": "Go asks the repositories themselves"}
        return f"GOPROXY={end}: {meaning[end]}, and there is no proxy to look releases up. {_NATIVE}"
    if value.strip():
        return "GOPROXY has no entries."
    return "no GOPROXY is set and `go env` could not be asked. Install Go, or set GOPROXY."


def _patterns(value: str) -> list[str]:
    return [pattern.strip() for pattern in value.split(",") if pattern.strip().strip("/")]


def _base(address: Address) -> str:
    return address.url.rstrip("/")


def _credentials(proxies: Sequence[Address], goauth: str, env: Mapping[str, str]) -> dict[str, str]:
    """Origin to Authorization. A netrc login goes before the one in the address, as Go's own request has it."""
    methods = [method.split()[:1] for method in (goauth or "netrc").split(";")]
    logins = netrc_logins(env) if ["netrc"] in methods else {}
    found: dict[str, str] = {}
    for address in proxies:
        login = login_for(logins, address) or (basic(address.userinfo) if address.userinfo else None)
        if login:
            found.setdefault(address.origin, login)
    return found
