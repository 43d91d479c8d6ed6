"""What a project's own .npmrc may not ask for: npm itself would carry the user's credentials away for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgrader.ecosystems.npm.credentials import Keyring
from upgrader.ecosystems.npm.npmrc import Settings, expand_project_address, expand_variables, has_variable
from upgrader.outside.environment import reaches

_ON_THE_WAY = ("proxy", "https-proxy", "http-proxy", "ca", "cafile")
_SECRETS = (":_authToken", ":_auth", ":_password", ":username", ":certfile", ":keyfile")


def project_problem(settings: Settings, keyring: Keyring, env: Mapping[str, str]) -> str:
    """Why npm is not to be started for this project; "" when it may.

    npm fills in variables of the environment in the project's file too, and sends the user's tokens through whatever
    proxy it names. So a variable is for servers that somebody other than the project names, and what stands between
    npm and the registry is the user's to say where the user has credentials (SAFETY T4, T7).
    """
    seen = {name: value for name, value in env.items() if reaches(name, ("npm",))}
    for layer in settings.layers:
        if layer.name == "project":
            for key, reason in _problems(layer.settings, settings, keyring, seen):
                return f"{layer.source}: {key}: {reason}"
    return ""


def _problems(
    own: Mapping[str, str], settings: Settings, keyring: Keyring, env: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    trusted = settings.keys(trusted=True)
    has_credentials = any(key.endswith(_SECRETS) for key in trusted)
    for key, value in sorted(own.items()):
        reroutes = key in _ON_THE_WAY or (key == "strict-ssl" and value == "false")
        users = settings.get(key, trusted=True)
        if reroutes and has_credentials and (users is None or users.value != value):
            yield key, "the project would have your credentials sent another way; put it into your own .npmrc"
        if _fills_in(key, env) or (_fills_in(value, env) and not _may_fill_in(key, value, keyring, env)):
            yield (
                key.partition("=")[0],
                "would send a variable of your environment to a server that only the project names; "
                "name the server in your own .npmrc",
            )


def _fills_in(text: str, env: Mapping[str, str]) -> bool:
    """Whether npm would put a variable of the environment into it."""
    return has_variable(text) and expand_variables(text, env) != text


def _may_fill_in(key: str, value: str, keyring: Keyring, env: Mapping[str, str]) -> bool:
    """A credential of a server the user knows, or an address that is itself the variable."""
    if key.startswith("//"):
        host = key[2:].split("/")[0].split(":_")[0]
        return host in keyring.known or host == keyring.default_host()
    if key == "registry" or key.endswith(":registry"):
        return not has_variable(expand_project_address(value, env))
    return not any(word in key for word in ("proxy", "registry", "_auth", "_password"))
