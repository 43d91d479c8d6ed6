"""What pnpm, yarn and bun are set up with in files of their own, in the words of npmrc: registries, logins, ages."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from upgrader.ecosystems.npm.npmrc import LARGEST, Layer, LayerName, Settings, expand_variables, parse_npmrc
from upgrader.errors import RegistryError
from upgrader.model import Project
from upgrader.outside.files import Tree, read_bytes
from upgrader.outside.origins import parse
from upgrader.source.toml_spans import toml_document
from upgrader.source.yaml_spans import YamlItem, read_yaml

EXCEPT = "min-release-age-exclude"
"""Names and patterns that the tool's minimum age does not hold, one per line."""
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?")
_DAYS = {"ms": 1 / 86_400_000, "s": 1 / 86_400, "m": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0}
_WAY = {
    "httpProxy": "http-proxy",
    "httpsProxy": "https-proxy",
    "enableStrictSsl": "strict-ssl",
    "strictSsl": "strict-ssl",
    "httpsCaFilePath": "cafile",
}
"""What stands between the tool and its registry, with npm's name for it."""

Facts = Mapping[str, object]
Words = Callable[[Facts], dict[str, str]]


def with_tool_settings(settings: Settings, root: Path, project: Project, env: Mapping[str, str]) -> Settings:
    """Npm's settings with those of the project's own tool, which go before them.

    pnpm and bun read npmrc too; yarn 2 and later passes over the project's. Raises ManifestError for a file that is
    there and can't be read.
    """
    if project.tool == "pnpm":
        found = [*_project_layers(root, project, env, "pnpm-workspace.yaml", _pnpm), *_pnpm_user(env)]
    elif project.tool == "bun":
        found = _project_layers(root, project, env, "bunfig.toml", _bun)
    elif project.tool == "yarn" and project.lock_format.split(" ")[0] != "1":
        found = [*_yarn_environment(env), *_project_layers(root, project, env, ".yarnrc.yml", _yarn)]
        found += _yarn_user(root, env)
    else:
        return settings
    ours = [layer for layer in found if layer.settings]
    passed_over = "project" if project.tool == "yarn" else ""
    first, *others = [layer for layer in settings.layers if layer.name != passed_over]
    return replace(settings, layers=(first, *ours, *others))


def _project_layers(
    root: Path, project: Project, env: Mapping[str, str], name: str, words: Words
) -> list[Layer]:
    """The file in the project's folder and in those above it, the nearest first."""
    tree, found = Tree(root), []
    folder = "" if project.folder == "." else project.folder
    while True:
        path = f"{folder}/{name}" if folder else name
        if tree.exists(path):
            found.append(_layer("project", path, _read(tree.read(path, limit=LARGEST), path), words, env))
        if not folder:
            return found
        folder = folder.rpartition("/")[0]


def _read(text: bytes, path: str) -> Facts:
    if path.endswith(".toml"):
        return toml_document(text, path)
    documents = read_yaml(text, path)
    plain = _plain(documents[0]) if documents else {}
    return plain if isinstance(plain, dict) else {}


def _plain(item: YamlItem) -> object:
    if item.members is not None:
        return {key: _plain(inner) for key, inner in item.members.items()}
    return [_plain(inner) for inner in item.items] if item.items is not None else item.text


def _layer(name: LayerName, source: str, facts: Facts, words: Words, env: Mapping[str, str]) -> Layer:
    """The file's settings. The user's variables are filled in; the project's only by who knows where they would go."""
    said = {key: _filled(value, env, trusted=name == "user") for key, value in words(facts).items()}
    return Layer(name=name, source=source, settings={key: value for key, value in said.items() if value})


def _filled(text: str, env: Mapping[str, str], *, trusted: bool) -> str:
    """`${NAME}`, `${NAME-otherwise}` and `${NAME:-otherwise}`; a project's stays as `${NAME}` where it is set."""

    def value(found: re.Match[str]) -> str:
        known = env.get(found[1])
        if not known and found[2] is not None:
            return found[2]
        return known if trusted and known else f"${{{found[1]}}}"

    return _VARIABLE.sub(value, text)


def _pnpm(facts: Facts) -> dict[str, str]:
    """https://pnpm.io/settings: `registries`, `minimumReleaseAge` in minutes."""
    said = dict(_common(facts, "minimumReleaseAge", "minimumReleaseAgeExclude", "m"))
    for scope, address in _table(facts, "registries").items():
        if isinstance(address, str):
            said["registry" if scope == "default" else f"{scope}:registry"] = address
    return said


def _pnpm_user(env: Mapping[str, str]) -> Iterator[Layer]:
    """Pnpm's own `rc` and `auth.ini` of the user."""
    home = Path(env.get("HOME") or Path.home())
    folder = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pnpm"
    for path in (folder / "rc", folder / "auth.ini"):
        if path.is_file():
            text = read_bytes(path, limit=LARGEST).decode("utf-8-sig", "replace")
            settings = parse_npmrc(text, lambda part: expand_variables(part, env))
            yield Layer(name="user", source=str(path), settings=settings)


def _yarn(facts: Facts) -> dict[str, str]:
    """https://yarnpkg.com/configuration/yarnrc: servers, scopes, logins, and an age in minutes or as `3d`."""
    said = dict(_common(facts, "npmMinimalAgeGate", "npmPreapprovedPackages", "m"))
    server = _text(facts, "npmRegistryServer")
    if server:
        said["registry"] = server
    said |= _yarn_login(facts, server)
    for scope, inner in _table(facts, "npmScopes").items():
        if isinstance(inner, dict):
            own = _text(inner, "npmRegistryServer")
            if own:
                said[f"@{scope}:registry"] = own
            said |= _yarn_login(inner, own or server)
    for address, inner in _table(facts, "npmRegistries").items():
        if isinstance(inner, dict):
            said |= _yarn_login(inner, address)
    return said


def _yarn_login(facts: Facts, server: str) -> dict[str, str]:
    """A token or `user:password` (perhaps as base64 already) for one registry."""
    place = f"{_below(server)}:" if server else ""
    token, ident = _text(facts, "npmAuthToken"), _text(facts, "npmAuthIdent")
    said = {f"{place}_authToken": token} if token else {}
    if ident:
        plain = ":" in ident and "${" not in ident
        said[f"{place}_auth"] = base64.b64encode(ident.encode()).decode() if plain else ident
    return said


def _yarn_user(root: Path, env: Mapping[str, str]) -> Iterator[Layer]:
    """The user's own file, unless it stands in the project: then it is the project's."""
    path = Path(env.get("HOME") or Path.home()) / ".yarnrc.yml"
    if path.is_file() and not path.is_relative_to(root):
        yield _layer("user", str(path), _read(read_bytes(path, limit=LARGEST), str(path)), _yarn, env)


def _yarn_environment(env: Mapping[str, str]) -> Iterator[Layer]:
    names = {"YARN_NPM_REGISTRY_SERVER": "npmRegistryServer", "YARN_NPM_AUTH_TOKEN": "npmAuthToken"}
    names |= {"YARN_NPM_AUTH_IDENT": "npmAuthIdent", "YARN_NPM_MINIMAL_AGE_GATE": "npmMinimalAgeGate"}
    facts = {key: env[name] for name, key in names.items() if env.get(name)}
    yield Layer(name="environment", source="environment", settings=_yarn(facts))


def _bun(facts: Facts) -> dict[str, str]:
    """https://bun.sh/docs/runtime/bunfig: `install.registry`, `install.scopes`, `minimumReleaseAge` in seconds."""
    install = _table(facts, "install")
    said = dict(_common(install, "minimumReleaseAge", "minimumReleaseAgeExcludes", "s"))
    said |= _bun_registry("registry", install.get("registry"))
    for scope, stated in _table(install, "scopes").items():
        said |= _bun_registry(f"@{scope.removeprefix('@')}:registry", stated)
    return {key: re.sub(r"\$(\w+)", r"${\1}", value) for key, value in said.items()}


def _bun_registry(key: str, stated: object) -> dict[str, str]:
    """An address, or one with `token`, or `username` and `password`."""
    if isinstance(stated, str):
        return {key: stated} if stated else {}
    facts: Facts = stated if isinstance(stated, dict) else {}
    url = _text(facts, "url")
    if not url:
        return {}
    said = {key: url, f"{_below(url)}:_authToken": _text(facts, "token")}
    user, password = _text(facts, "username"), _text(facts, "password")
    if user and password and "$" not in user + password:
        said[f"{_below(url)}:_auth"] = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {name: value for name, value in said.items() if value}


def _common(facts: Facts, age: str, exclude: str, unit: str) -> Iterator[tuple[str, str]]:
    """The minimum age in days, what it does not hold, and what stands on the way to the registry."""
    found = _DURATION.fullmatch(str(facts.get(age, "")).strip())
    if found:
        yield "min-release-age", f"{float(found[1]) * _DAYS[found[2] or unit]:.6f}"
    names = facts.get(exclude)
    if isinstance(names, list):
        yield EXCEPT, "\n".join(str(name) for name in names)
    for name, known in _WAY.items():
        if name in facts:
            yield known, str(facts[name]).lower() if known == "strict-ssl" else str(facts[name])


def _below(address: str) -> str:
    """Npm's key for a registry: `//host/path/`."""
    text = address if "://" in address else f"https:{address}"
    try:
        found = parse(text)
    except RegistryError:
        return "//unknown.invalid/"
    path = found.path.partition("?")[0].rstrip("/")
    return f"//{found.host_header}{path}/"


def _table(facts: Facts, key: str) -> dict[str, object]:
    value = facts.get(key)
    return value if isinstance(value, dict) else {}


def _text(facts: Facts, key: str) -> str:
    value = facts.get(key)
    return value.strip() if isinstance(value, str) else ""


def exceptions(settings: Settings) -> Sequence[str]:
    """The names and patterns that the strongest minimum age does not hold."""
    for layer in settings.layers:
        if "min-release-age" in layer.settings:
            return tuple(layer.settings.get(EXCEPT, "").split("\n")) if layer.settings.get(EXCEPT) else ()
    return ()
