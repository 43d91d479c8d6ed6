"""Where uv looks for packages: UV_* variables, uv.toml, [tool.uv], and the user's and the system's uv.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.index_address import Indexes
from upgrader.ecosystems.pip.sources import index_names
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError
from upgrader.model import PackageName, Project
from upgrader.outside.files import read_bytes
from upgrader.outside.origins import basic, parse
from upgrader.source.toml_spans import toml_document

_ON = frozenset(("1", "true", "yes", "on", "t", "y"))


class _Index(Struct, frozen=True, kw_only=True):
    url: str
    source: str
    name: str = ""
    default: bool = False
    explicit: bool = False


class UvSettings(Struct, frozen=True, kw_only=True):
    """uv's settings of all levels, the strongest first."""

    tables: tuple[tuple[str, Mapping[str, object]], ...]
    """(place, table) of each configuration file."""
    env: Mapping[str, str]

    def first(self, variable: str, key: str) -> tuple[str, str]:
        """The value of a single setting and its place; two empty strings when it is not set."""
        if value := self.env.get(variable):
            return value, variable
        for place, table in self.tables:
            if (found := table.get(key)) not in (None, ""):
                return str(found), f"{place}: {key}"
        return "", ""


def read_settings(tree: Tree, project: Project, env: Mapping[str, str]) -> UvSettings:
    """Read the files in uv's order (uv: "Configuration files"). Raises ManifestError for one that uv could not read."""
    if env.get("UV_NO_CONFIG", "").lower() in _ON:
        return UvSettings(tables=(), env=env)
    if special := env.get("UV_CONFIG_FILE"):
        return UvSettings(tables=((special, _outside(Path(special))),), env=env)
    tables = [*_nearest(tree, project)]
    for path in _user_files(env):
        if path.is_file():
            tables.append((str(path), _outside(path)))
    return UvSettings(tables=tuple(tables), env=env)


def uv_indexes(settings: UvSettings) -> Indexes:
    """The indexes in the order uv asks them: named ones, extra ones, the default last; explicit ones only by name."""
    found = Indexes()
    if settings.first("UV_NO_INDEX", "no-index")[0].lower() in _ON:
        found.problem = "no-index is set: uv is told to ask no index"
        return found
    stated = list(_stated(settings))
    for index in [item for item in stated if not item.default and not item.explicit]:
        found.add(index.url, index.source)
    default = next((item for item in stated if item.default and not item.explicit), None)
    if default is not None:
        found.add(default.url, default.source)
    for index in stated:
        if index.name and index.name not in found.pinned:
            address = found.clean(index.url, index.source)
            if address:
                found.pinned[index.name] = address
                _add_login(found, index, settings.env)
    return found


def has_default(settings: UvSettings) -> bool:
    """Whether a setting names the default index, so that uv's own does not count."""
    return any(item.default and not item.explicit for item in _stated(settings))


def pinned_packages(tree: Tree, project: Project) -> dict[PackageName, str]:
    """Package name to the name of the index that [tool.uv.sources] gives it, over the root and all members."""
    names: dict[PackageName, str] = {}
    for path in reversed(project.manifests):
        if path.endswith(".toml") and tree.exists(path):
            try:
                names.update(index_names(toml_document(tree.read(path), path)))
            except ManifestError:
                continue
    return names


def _stated(settings: UvSettings) -> Iterator[_Index]:
    """Every index of every level, the strongest first."""
    env = settings.env
    for word in env.get("UV_INDEX", "").split():
        yield _in_variable("UV_INDEX", word)
    for word in env.get("UV_EXTRA_INDEX_URL", "").split():
        yield _Index(url=word, source="UV_EXTRA_INDEX_URL")
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if word := env.get(variable, ""):
            yield _in_variable(variable, word, default=True)
    for place, table in settings.tables:
        yield from _in_table(place, table)


def _in_variable(variable: str, word: str, *, default: bool = False) -> _Index:
    """`address` or `name=address`."""
    name, equals, url = word.partition("=")
    if equals and "/" not in name:
        return _Index(url=url, name=name, source=variable, default=default)
    return _Index(url=word, source=variable, default=default)


def _in_table(place: str, table: Mapping[str, object]) -> Iterator[_Index]:
    listed = table.get("index")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            yield _Index(
                url=entry["url"],
                source=f"{place}: index",
                name=str(entry.get("name") or ""),
                default=entry.get("default") is True,
                explicit=entry.get("explicit") is True,
            )
    extra = table.get("extra-index-url")
    for url in extra if isinstance(extra, list) else [extra] if isinstance(extra, str) else []:
        yield _Index(url=str(url), source=f"{place}: extra-index-url")
    if isinstance(main := table.get("index-url"), str):
        yield _Index(url=main, source=f"{place}: index-url", default=True)


def _add_login(found: Indexes, index: _Index, env: Mapping[str, str]) -> None:
    """UV_INDEX_<NAME>_USERNAME and _PASSWORD (uv: "Authentication")."""
    prefix = "UV_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", index.name).upper()
    user, password = env.get(f"{prefix}_USERNAME", ""), env.get(f"{prefix}_PASSWORD", "")
    if user or password:
        # The two are taken as they are, while userinfo of an address is percent-encoded.
        quoted = (re.sub("[%:]", lambda sign: f"%{ord(sign[0]):02X}", part) for part in (user, password))
        found.credentials[parse(index.url).origin] = basic(":".join(quoted))


def _nearest(tree: Tree, project: Project) -> Iterator[tuple[str, Mapping[str, object]]]:
    """uv.toml, else [tool.uv], of the nearest folder from the project up to the root that has one."""
    folder = project.folder
    while True:
        path = beside(folder, "uv.toml")
        if tree.exists(path):
            yield path, toml_document(tree.read(path), path)
            return
        path = beside(folder, "pyproject.toml")
        tool = toml_document(tree.read(path), path).get("tool") if tree.exists(path) else None
        table = tool.get("uv") if isinstance(tool, dict) else None
        if isinstance(table, dict):
            yield f"{path}: tool.uv", table
            return
        if folder == ".":
            return
        folder = folder.rpartition("/")[0] or "."


def _user_files(env: Mapping[str, str]) -> Iterator[Path]:
    home = Path(env.get("HOME") or Path.home())
    yield Path(env.get("XDG_CONFIG_HOME") or home / ".config", "uv", "uv.toml")
    for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, "uv", "uv.toml")
    yield Path("/etc/uv/uv.toml")


def _outside(path: Path) -> Mapping[str, object]:
    return toml_document(read_bytes(path), str(path))
