"""One pyproject.toml with the places of its values, and the arrays in it that hold requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.errors import VersionError
from upgrader.model import Place, Section
from upgrader.source.spans import Value
from upgrader.source.toml_spans import Keys, read_toml

_CONSTRAINTS: dict[str, Section] = {
    "constraint-dependencies": "prod",
    "override-dependencies": "prod",
    "build-constraint-dependencies": "build",
}


_OTHERS: tuple[tuple[tuple[str, ...], Section], ...] = (
    (("tool", "pdm", "dev-dependencies", "*"), "dev"),
    (("tool", "hatch", "envs", "*", "dependencies"), "dev"),
    (("tool", "hatch", "envs", "*", "extra-dependencies"), "dev"),
    (("tool", "hatch", "env", "requires"), "dev"),
    (("tool", "hatch", "build", "dependencies"), "build"),
    (("tool", "hatch", "build", "hooks", "*", "dependencies"), "build"),
    (("tool", "hatch", "build", "targets", "*", "dependencies"), "build"),
    (("tool", "hatch", "build", "targets", "*", "hooks", "*", "dependencies"), "build"),
    (("tool", "uv", "extra-build-dependencies", "*"), "build"),
    (("tool", "cibuildwheel", "test-requires"), "dev"),
    (("tool", "flit", "metadata", "requires"), "prod"),
    (("tool", "flit", "metadata", "dev-requires"), "dev"),
    (("tool", "flit", "metadata", "requires-extra", "*"), "optional"),
)
"""Arrays of pdm, hatch, flit, uv and cibuildwheel; `*` is any key, and the first names the group."""


_TOOL_FILES = {"hatch.toml": "hatch", "uv.toml": "uv"}
"""Files that hold a tool's table, beside or instead of pyproject.toml."""
TOOL_FILES = tuple(_TOOL_FILES)


class Manifest(Struct, frozen=True, kw_only=True):
    """One pyproject.toml."""

    path: str
    document: dict[str, object]
    values: dict[Keys, Value]
    """Every scalar by its path of keys."""
    lines: dict[Keys, int]

    def get(self, *keys: str) -> object:
        """What stands at a path of keys, None when nothing does."""
        found: object = self.document
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def place(self, keys: Keys) -> Place:
        """The line of a value, or of the nearest key above it that has one, with the whole path of keys."""
        value = self.values.get(keys)
        line = value.line if value else 0
        above = keys
        while not line and above:
            line = self.lines.get(above, 0)
            above = above[:-1]
        return Place(path=self.path, line=line, key=_written(keys))

    @property
    def name(self) -> str:
        """The project's own name normalised, "" for none."""
        name = self.get("project", "name") or self.get("tool", "poetry", "name")
        try:
            return normalise(name) if isinstance(name, str) else ""
        except VersionError:
            return ""


class RequirementList(Struct, frozen=True, kw_only=True):
    """One array of requirements."""

    keys: Keys
    section: Section
    group: str
    constraint: bool = False
    unlocked: bool = False
    """Whether no lockfile holds it: the environments of builds and of hatch."""


def read_manifest(tree: Tree, path: str) -> Manifest:
    """Read one file. Raises ManifestError `path:line: ...`."""
    toml = read_toml(tree.read(path), path)
    return Manifest(
        path=path,
        document=toml.document,
        values={value.keys: value for value in toml.values},
        lines=toml.lines,
    )


def requirement_lists(manifest: Manifest) -> Iterator[RequirementList]:
    """Where requirements stand, in the standard tables and those of tools; in hatch.toml and uv.toml theirs alone."""
    own = _TOOL_FILES.get(manifest.path.rpartition("/")[2])
    if own is not None:
        yield from _in_tool_file(manifest, own)
        return
    yield RequirementList(keys=("project", "dependencies"), section="prod", group="dependencies")
    tables: list[tuple[tuple[str, ...], Section]] = [
        (("project", "optional-dependencies"), "optional"),
        (("dependency-groups",), "dev"),
    ]
    for keys, section in tables:
        table = manifest.get(*keys)
        for name in table if isinstance(table, dict) else ():
            yield RequirementList(keys=(*keys, name), section=section, group=name)
    yield RequirementList(
        keys=("build-system", "requires"), section="build", group="build-system", unlocked=True
    )
    yield RequirementList(keys=("tool", "uv", "dev-dependencies"), section="dev", group="dev-dependencies")
    yield from _other_lists(manifest)
    for name, section in _CONSTRAINTS.items():
        yield RequirementList(keys=("tool", "uv", name), section=section, group=name, constraint=True)


def _in_tool_file(manifest: Manifest, tool: str) -> Iterator[RequirementList]:
    """The lists of a tool's own file, whose keys stand there without `tool.<name>` before them."""
    whole = Manifest(path="", document={"tool": {tool: manifest.document}}, values={}, lines={})
    for item in requirement_lists(whole):
        if item.keys[:2] == ("tool", tool):
            yield replace(item, keys=item.keys[2:])


def found_at(
    table: Mapping[str, object], pattern: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object]]:
    """What stands at a path of keys in which `*` is any key."""
    first, *rest = pattern
    for key in table if first == "*" else (first,):
        inner = table.get(key)
        if not rest:
            if inner is not None:
                yield (key,), inner
        elif isinstance(inner, dict):
            yield from (((key, *below), found) for below, found in found_at(inner, tuple(rest)))


def _other_lists(manifest: Manifest) -> Iterator[RequirementList]:
    for pattern, section in _OTHERS:
        for keys, _ in found_at(manifest.document, pattern):
            group = keys[pattern.index("*")] if "*" in pattern else keys[-1]
            hatch = keys[1] == "hatch"
            yield RequirementList(
                keys=keys, section=section, group=group, unlocked=hatch or section == "build"
            )


def _written(keys: Keys) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
