"""The indexes that poetry, pdm and pipenv are told in their own files, and which package is pinned to which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.index_address import Indexes
from upgrader.ecosystems.pip.pyproject_file import Manifest, read_manifest
from upgrader.ecosystems.pip.version_tables import Asked, pipfile_tables, poetry_tables, read_entries
from upgrader.errors import ManifestError
from upgrader.model import PackageName, Project
from upgrader.outside.origins import basic, parse

_DEFAULT = "pypi"
"""The name by which these tools call the index that they ask without being told one."""
_BESIDE = ("supplemental", "secondary")


class _Source(Struct, frozen=True, kw_only=True):
    name: str
    url: str
    """"" for the default under its own name."""
    place: str
    explicit: bool = False
    replaces: bool = False
    """Whether the default is not asked beside it."""
    last: bool = False


class ToolIndexes(Struct, kw_only=True):
    """What the files of the tools say."""

    sources: list[_Source] = field(default_factory=list)
    pins: dict[PackageName, tuple[str, str]] = field(default_factory=dict)
    """Package to the name of its index, and the place that says so."""

    @property
    def replaces_default(self) -> bool:
        """Whether some source stands in for the client's own default."""
        return any(item.replaces for item in self.sources) and not any(not item.url for item in self.sources)

    def add_to(self, indexes: Indexes, env: Mapping[str, str]) -> dict[PackageName, str]:
        """Put the sources among the indexes, and give the address of each pinned package.

        A name that no source has becomes the problem of all look-ups: its package must not be asked for elsewhere.
        """
        named = {_DEFAULT: indexes.urls[0]} if indexes.urls and not self.replaces_default else {}
        found = [item for item in self.sources if item.url]
        for item in sorted(found, key=lambda source: source.last):
            if "${" in item.url:
                # A file of the repository must not send what is in the environment to a host of its choice.
                why = (
                    f"{item.place}: {item.name[:80]!r} has a variable in its address, which was not filled in"
                )
                indexes.problem = indexes.problem or why
                continue
            address = indexes.clean(item.url, item.place)
            if address is None:
                continue
            _add_login(indexes, item.name, item.url, env)
            named[item.name.lower()] = address
            if not item.explicit and address not in indexes.urls:
                indexes.urls.append(address)
        scopes: dict[PackageName, str] = {}
        for package, (name, place) in self.pins.items():
            if name.lower() in named:
                scopes[package] = named[name.lower()]
            else:
                indexes.problem = indexes.problem or f"{place}: there is no index {name[:80]!r}"
        return scopes


def read_tool_indexes(tree: Tree, project: Project) -> ToolIndexes:
    """Read them from every pyproject.toml and Pipfile of the project; a file that can't be read says nothing."""
    found = ToolIndexes()
    for path in project.manifests:
        if not path.endswith(("pyproject.toml", "Pipfile")) or not tree.exists(path):
            continue
        try:
            manifest = read_manifest(tree, path)
        except ManifestError:
            continue
        is_pipfile = path.endswith("Pipfile")
        found.sources += _pipenv(manifest) if is_pipfile else [*_poetry(manifest), *_pdm(manifest)]
        for table in (pipfile_tables if is_pipfile else poetry_tables)(manifest):
            for asked in read_entries(manifest, table):
                if isinstance(asked, Asked) and asked.index and not asked.immovable:
                    found.pins[asked.name] = (asked.index, str(manifest.place(asked.keys)))
    return found


def _poetry(manifest: Manifest) -> Iterator[_Source]:
    """`[[tool.poetry.source]]` (https://python-poetry.org/docs/repositories/)."""
    for source, name, url, place in _tables(manifest, "tool", "poetry", "source"):
        priority = str(source.get("priority") or "primary").lower()
        last = priority in _BESIDE or source.get("secondary") is True
        explicit = priority == "explicit"
        url = "" if name.lower() == _DEFAULT else url
        replaces = not last and not explicit
        yield _Source(name=name, url=url, place=place, explicit=explicit, replaces=replaces, last=last)


def _pdm(manifest: Manifest) -> Iterator[_Source]:
    """`[[tool.pdm.source]]`: one that is named pypi stands in for the default."""
    for _, name, url, place in _tables(manifest, "tool", "pdm", "source"):
        yield _Source(name=name, url=url, place=place, replaces=name.lower() == _DEFAULT)


def _pipenv(manifest: Manifest) -> Iterator[_Source]:
    """`[[source]]` of a Pipfile: the first is the default, others are only for what names them."""
    for number, (_, name, url, place) in enumerate(_tables(manifest, "source")):
        yield _Source(name=name, url=url, place=place, explicit=number > 0, replaces=number == 0)


def _tables(manifest: Manifest, *keys: str) -> Iterator[tuple[Mapping[str, object], str, str, str]]:
    listed = manifest.get(*keys)
    for number, source in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(source, dict):
            place = str(manifest.place((*keys, number)))
            yield source, str(source.get("name") or ""), str(source.get("url") or ""), place


def _add_login(indexes: Indexes, name: str, url: str, env: Mapping[str, str]) -> None:
    """POETRY_HTTP_BASIC_<NAME>_USERNAME and _PASSWORD; they go to that index's origin alone."""
    prefix = "POETRY_HTTP_BASIC_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    user, password = env.get(f"{prefix}_USERNAME", ""), env.get(f"{prefix}_PASSWORD", "")
    if user or password:
        # The two are taken as they are, while userinfo of an address is percent-encoded.
        quoted = (re.sub("[%:]", lambda sign: f"%{ord(sign[0]):02X}", part) for part in (user, password))
        indexes.credentials[parse(url).origin] = basic(":".join(quoted))
