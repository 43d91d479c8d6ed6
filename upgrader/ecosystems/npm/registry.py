"""Where npm would ask for packages in a project, and one look-up per package there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from upgrader.ecosystems.base import Ask, Registry, not_checked, package_form
from upgrader.ecosystems.npm.credentials import Keyring
from upgrader.ecosystems.npm.npmrc import (
    Setting,
    Settings,
    expand_project_address,
    has_variable,
    read_settings,
)
from upgrader.ecosystems.npm.packument import decode
from upgrader.ecosystems.npm.project_settings import project_problem
from upgrader.ecosystems.npm.tool_settings import exceptions, with_tool_settings
from upgrader.errors import RegistryError, UpgraderError
from upgrader.model import Lookup, NotChecked, Package, PackageName, Project
from upgrader.outside.http import Client, StatusError
from upgrader.outside.origins import parse

_HEADERS = {"accept": "application/json"}
"""The full document: it alone has upload times and deprecations (the abbreviated one has no times)."""
_FORM = package_form("npm packument 1")
_SECONDS_PER_DAY = 86400


def locate_registry(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    """The registry as npm would use it here: environment, project, user, global and builtin npmrc, else npm's default.

    `credentials` are keyed by registry address (npm binds them to host and path). A configuration that can't be used
    gives a Registry with a `problem`; never raises.
    """
    try:
        return _locate(root, project, env, ask)
    except UpgraderError as fault:
        return Registry(ecosystem="npm", url="", problem=f"{fault.message} {fault.advice}".strip())


def _locate(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    settings = with_tool_settings(read_settings(root, project.folder, env), root, project, env)
    default = _Default(root, env, ask)
    base = settings.get("registry") or default.setting()
    base = _expanded(base, env)
    scopes = {
        key.removesuffix(":registry"): _expanded(found, env)
        for key in sorted(settings.keys())
        if key.startswith("@") and key.endswith(":registry") and (found := settings.get(key))
    }
    keyring = Keyring(settings, env, default.host)
    if problem := project_problem(settings, keyring, env):
        raise RegistryError(problem)
    credentials: dict[str, str] = {}
    for setting in (base, *scopes.values()):
        value = keyring.authorization(setting)
        if value:
            credentials[_clean(setting)] = value
    return Registry(
        ecosystem="npm",
        url=_clean(base),
        scopes={scope: _clean(setting) for scope, setting in scopes.items()},
        credentials=credentials,
        cooldown_days=_cooldown(settings, datetime.now(UTC)),
        cooldown_except=tuple(exceptions(settings)),
    )


class _Default:
    """npm's own default registry, asked from npm in a folder where no project can answer for it."""

    def __init__(self, root: Path, env: Mapping[str, str], ask: Ask) -> None:
        self.ask: Callable[[], str | None] = lambda: ask(
            ["npm", "config", "get", "registry"], cwd=Path(root.absolute().anchor), env=env
        )

    def setting(self) -> Setting:
        answer = (self.ask() or "").strip()
        if not answer:
            raise RegistryError(
                "No npm registry is configured, and `npm config get registry` gave no answer.",
                "Install npm, or set `registry=` in ~/.npmrc.",
            )
        return Setting(value=answer, layer="builtin", source="npm config get registry")

    def host(self) -> str | None:
        try:
            return parse((self.ask() or "").strip()).host_header
        except RegistryError:
            return None


def _expanded(setting: Setting, env: Mapping[str, str]) -> Setting:
    """The address with its variable, checked."""
    value = setting.value
    if setting.layer == "project":
        value = expand_project_address(value, env)
    if has_variable(value):
        raise RegistryError(
            f"{setting.source}: the registry address holds a variable that is not expanded.",
            "Set the variable, or write the address out in ~/.npmrc.",
        )
    parse(value)
    return msgspec.structs.replace(setting, value=value)


def _clean(setting: Setting) -> str:
    """The address without user, password, query and trailing slash."""
    return parse(setting.value).url.partition("?")[0].rstrip("/")


def _cooldown(settings: Settings, now: datetime) -> float | None:
    """`before` (a date) or `min-release-age` (days) of the strongest source; the date wins within one source."""
    for layer in settings.layers:
        before, age = layer.settings.get("before"), layer.settings.get("min-release-age")
        days = _days_since(before, now) if before else None
        if days is None and age:
            days = _number(age)
        if days is not None:
            return days if days > 0 else None
    return None


def _days_since(text: str, now: datetime) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (now - zoned).total_seconds() / _SECONDS_PER_DAY


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 100_000 else None


def look_up(client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
    """One request per package, side by side; answers in the order of the names. Never raises for one of them."""
    if registry.problem or not registry.url:
        return not_checked(registry, names)
    requests = [(package_url(registry, name), _HEADERS) for name in names]
    answers = client.get_many(requests, decode=decode, form=_FORM)
    return [_lookup(registry, name, answer) for name, answer in zip(names, answers, strict=True)]


def package_url(registry: Registry, name: PackageName) -> str:
    """Address of a package's document; the slash of a scoped name is escaped (`@scope%2fname`)."""
    scope = name.partition("/")[0] if name.startswith("@") else ""
    base = registry.scopes.get(scope, registry.url)
    return f"{base}/{quote(name, safe='@!*()~.').replace('%2F', '%2f')}"


def _lookup(registry: Registry, name: PackageName, answer: Package | RegistryError) -> Lookup:
    if isinstance(answer, Package):
        if answer.name == name:
            return answer
        return NotChecked(
            ecosystem="npm", name=name, reason=f"{answer.source} answered about {answer.name[:80]} instead"
        )
    status = answer.status if isinstance(answer, StatusError) else 0
    return NotChecked(
        ecosystem="npm", name=name, reason=answer.message, advice=_advice(status, registry) or answer.advice
    )


def _advice(status: int, registry: Registry) -> str:
    if status in (404, 410):
        return "Check the name and, for a private package, `@scope:registry` in .npmrc."
    if status in (401, 403):
        return (
            "Log in with `npm login`, or put `//host/:_authToken=` into ~/.npmrc. A project's own .npmrc may expand "
            "${VAR} only for a registry that your user's configuration names too."
        )
    return ""
