"""npm's configuration as npm reads it: environment, project, user, global and builtin file, in that order."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from upgrader.outside.environment import find_tool
from upgrader.outside.files import Tree, read_bytes

LayerName = Literal["environment", "project", "user", "global", "builtin"]
LARGEST = 2**20
"""Bytes of an .npmrc that are read."""

_LINE = re.compile(r"([^=]+)(?:=(.*))?", re.DOTALL)
_VARIABLE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\??)\}")
_LEADING_VARIABLE = re.compile(r"\$\{([^${}?]+)\??\}(?=/|$)")
_ENV = re.compile(r"npm_config_(.+)", re.IGNORECASE | re.DOTALL)


class Layer(Struct, frozen=True, kw_only=True):
    """The settings of one source."""

    name: LayerName
    source: str
    """The file, or `environment`."""
    settings: Mapping[str, str]


class Setting(Struct, frozen=True, kw_only=True):
    """One value and where it was set."""

    value: str
    layer: LayerName
    source: str


class Settings(Struct, frozen=True, kw_only=True):
    """All layers, from the strongest to the weakest."""

    layers: tuple[Layer, ...]

    def get(self, key: str, *, trusted: bool = False) -> Setting | None:
        """The strongest value of a key; `trusted` leaves out what the project's own file says."""
        for layer in self.layers:
            if key in layer.settings and not (trusted and layer.name == "project"):
                return Setting(value=layer.settings[key], layer=layer.name, source=layer.source)
        return None

    def keys(self, *, trusted: bool = False) -> set[str]:
        """Every key that is set somewhere."""
        return {
            key
            for layer in self.layers
            if not (trusted and layer.name == "project")
            for key in layer.settings
        }


def read_settings(root: Path, folder: str, env: Mapping[str, str]) -> Settings:
    """Read npm's configuration for a project in `root/folder` under an environment (npm's documentation, "npmrc").

    The project's file expands no `${VAR}` of the environment: what may be, is left to `expand_project_value`.
    Raises ManifestError for a file that is there and can't be read.
    """
    variables = _from_environment(env)
    home = Path(env.get("HOME") or Path.home())
    user_path = Path(variables.get("userconfig") or home / ".npmrc")
    user = _read_file(user_path, env)
    global_path = _global_path(variables, user, env)
    layers = (
        Layer(name="environment", source="environment", settings=variables),
        _project_layer(root, folder, user_path),
        Layer(name="user", source=str(user_path), settings=user),
        Layer(name="global", source=str(global_path), settings=_read_file(global_path, env)),
        _builtin_layer(env),
    )
    return Settings(layers=layers)


def parse_npmrc(text: str, expand: Callable[[str], str]) -> dict[str, str]:
    """Read `key = value` lines as npm's `ini` does; keys inside `[sections]` mean nothing to npm and are left out."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("["):
            break
        found = _LINE.fullmatch(bare)
        if found is None or bare[0] in ";#":
            continue
        key = expand(_unquoted(found[1]))
        settings[key] = "true" if found[2] is None else expand(_unquoted(found[2]))
    return settings


def expand_variables(text: str, env: Mapping[str, str]) -> str:
    """Replace `${VAR}`; an unknown one stays as it is, `${VAR?}` is then empty, and `\\${VAR}` is left alone."""

    def value(found: re.Match[str]) -> str:
        if len(found[1]) % 2:
            return found[0]
        return found[1][: len(found[1]) // 2] + env.get(found[2], "" if found[3] else f"${{{found[2]}}}")

    return _VARIABLE.sub(value, text)


def expand_project_address(text: str, env: Mapping[str, str]) -> str:
    """Expand the project's own address only where a variable IS the address (`${CORP_REGISTRY}/npm/`).

    Anywhere else a repository could make us carry a secret of the environment to a server of its choice.
    """
    found = _LEADING_VARIABLE.match(text)
    value = env.get(found[1], "") if found else ""
    if found is None or not value.startswith(("http://", "https://")):
        return text
    return value.rstrip("/") + text[found.end() :]


def has_variable(text: str) -> bool:
    """Whether something is left to expand."""
    return _VARIABLE.search(text) is not None


def _from_environment(env: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in env.items():
        match = _ENV.fullmatch(name)
        if match is None or not value:
            continue
        key = match[1]
        found[key if key.startswith("//") else key[0] + key[1:].replace("_", "-")] = value
    return {key if key.startswith("//") else key.lower(): value for key, value in found.items()}


def _project_layer(root: Path, folder: str, user_path: Path) -> Layer:
    """The project's .npmrc, unless it is the user's own (npm then reads it once, as the user's)."""
    rel = ".npmrc" if folder == "." else f"{folder}/.npmrc"
    tree = Tree(root)
    same = os.path.realpath(tree.root / rel) == os.path.realpath(user_path)
    text = tree.read(rel, limit=LARGEST) if not same and tree.exists(rel) else b""
    settings = parse_npmrc(text.decode("utf-8-sig", "replace"), str)
    return Layer(name="project", source=rel, settings=settings)


def _read_file(path: Path, env: Mapping[str, str]) -> dict[str, str]:
    if not path.is_file():
        return {}
    text = read_bytes(path, limit=LARGEST).decode("utf-8-sig", "replace")
    return parse_npmrc(text, lambda part: expand_variables(part, env))


def _global_path(variables: Mapping[str, str], user: Mapping[str, str], env: Mapping[str, str]) -> Path:
    """`<prefix>/etc/npmrc`; the prefix is set, or the folder above the one that holds node."""
    for settings in (variables, user):
        if settings.get("globalconfig"):
            return Path(settings["globalconfig"])
    prefix = variables.get("prefix") or env.get("PREFIX") or user.get("prefix")
    if prefix:
        return Path(prefix) / "etc/npmrc"
    node = find_tool("node", path=env.get("PATH"))
    return (Path(node).resolve().parents[1] if node else Path("/usr")) / "etc/npmrc"


def _builtin_layer(env: Mapping[str, str]) -> Layer:
    """The npmrc inside npm's own package, where distributions put theirs."""
    npm = find_tool("npm", path=env.get("PATH"))
    path = Path(npm).resolve().parents[1] / "npmrc" if npm else Path("/nonexistent/npmrc")
    settings = _read_file(path, env) if path.parent.name == "npm" else {}
    return Layer(name="builtin", source=str(path), settings=settings)


def _unquoted(text: str) -> str:
    """Read a key or value of an ini file: quoted as JSON or with single quotes, else up to an unescaped `;` or `#`."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        inner = bare[1:-1] if bare[0] == "'" else bare
        try:
            value = json.loads(inner)
        except ValueError:
            return inner
        return value if isinstance(value, str) else inner
    plain = re.split(r"(?<!\\)[;#]", bare, maxsplit=1)[0].strip()
    return re.sub(r"\\([\\;#])", r"\1", plain)
