"""Where pip looks for packages: its configuration files and environment, and the options in requirements files."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.index_address import Indexes
from upgrader.ecosystems.pip.requirements_text import decode, read_lines
from upgrader.errors import ManifestError
from upgrader.model import Project
from upgrader.outside.files import read_bytes

Settings = dict[str, tuple[str, str]]
"""Option name with dashes to its value and the place it was set."""
_TRUE = frozenset(("1", "true", "yes", "on", "t", "y"))


def read_settings(env: Mapping[str, str]) -> Settings:
    """Pip's options for `pip install`: files (global, user, site, PIP_CONFIG_FILE), then PIP_* variables.

    Order and places: pip's user guide, "Configuration". Raises ManifestError naming a file that pip could not read.
    """
    sections: dict[str, Settings] = {"global": {}, "install": {}}
    for path in _files(env):
        if path.is_file():
            _read_file(path, sections)
    settings = {**sections["global"], **sections["install"]}
    for variable, value in env.items():
        if variable.startswith("PIP_") and value:
            settings[variable[4:].lower().replace("_", "-")] = (value, variable)
    return settings


def pip_indexes(settings: Settings, tree: Tree, project: Project, default: str) -> Indexes:
    """The main index and the extra ones. An `--index-url` in a requirements file replaces all that stood before it.

    `default` is asked when nothing else is set; "" when it is not known.
    """
    lines = list(_option_lines(tree, project))
    found = Indexes()
    if _is_on(settings.get("no-index", ("", ""))[0]) or any(name == "no-index" for name, _, _ in lines):
        found.problem = "no-index is set: pip is told to ask no index"
        return found
    main, source = settings.get("index-url", (default, "pip's own default"))
    wanted = [(main, source)]
    extra, source = settings.get("extra-index-url", ("", ""))
    wanted += [(url, source) for url in extra.split()]
    for name, value, place in lines:
        if "${" in value:
            # An address that the repository writes must not carry the user's variables away.
            found.problem = f"{place}: a variable in an index address of a repository file is not filled in"
        elif name in ("index-url", "pypi-url"):
            wanted = [(value, place)]
        elif name == "extra-index-url":
            wanted.append((value, place))
    for url, place in wanted:
        if url:
            found.add(url, place)
    return found


def asks_default(settings: Settings, tree: Tree, project: Project) -> bool:
    """Whether no setting names the main index, so that pip's own default counts."""
    named = any(name in ("index-url", "pypi-url") for name, _, _ in _option_lines(tree, project))
    return not named and not settings.get("index-url", ("", ""))[0]


def _files(env: Mapping[str, str]) -> Iterator[Path]:
    """Lowest priority first."""
    special = env.get("PIP_CONFIG_FILE", "")
    if special == os.devnull:
        return
    home = Path(env.get("HOME") or Path.home())
    mac = sys.platform == "darwin"
    if mac:
        yield Path("/Library/Application Support/pip/pip.conf")
    for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    if not (special and Path(special).exists()):
        yield home / ".pip" / "pip.conf"
        yield Path(env.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
        if mac:
            yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    if prefix := env.get("VIRTUAL_ENV"):
        yield Path(prefix, "pip.conf")
    if special:
        yield Path(special)


def _read_file(path: Path, sections: dict[str, Settings]) -> None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_bytes(path).decode("utf-8-sig"), str(path))
    except (configparser.Error, UnicodeDecodeError) as fault:
        raise ManifestError(f"{path}: pip could not read it: {str(fault).splitlines()[0]}.") from fault
    for section, settings in sections.items():
        if parser.has_section(section):
            for name, value in parser.items(section):
                settings[name.lower().lstrip("-").replace("_", "-")] = (value, str(path))


def _option_lines(tree: Tree, project: Project) -> Iterator[tuple[str, str, str]]:
    """Option, value and place of every index option in the project's requirements files."""
    for path in project.manifests:
        if not path.endswith((".txt", ".in", ".pip")) or not tree.exists(path):
            continue
        try:
            lines = read_lines(decode(tree.read(path), path), path)
        except ManifestError:
            continue
        for line in lines:
            if not isinstance(line, ManifestError) and not line.asks:
                yield from (
                    (name, value, f"{path}:{line.number}") for name, value in line.options if "index" in name
                )


def _is_on(value: str) -> bool:
    return value.strip().lower() in _TRUE
