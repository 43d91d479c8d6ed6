"""One Cargo.toml: its tables of dependencies as the author wrote them, each entry with its line and version span."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from upgrader.ecosystems.base import Tree
from upgrader.model import Section
from upgrader.source.spans import Value
from upgrader.source.toml_spans import Keys, read_toml

_BOM = b"\xef\xbb\xbf"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TABLES: dict[str, Section] = {
    "dependencies": "prod",
    "dev-dependencies": "dev",
    "dev_dependencies": "dev",
    "build-dependencies": "build",
    "build_dependencies": "build",
}
_TEXTS = ("version", "path", "git", "registry", "registry-index", "package")
_FLAGS = ("workspace", "optional")


class CrateFile(Struct, frozen=True, kw_only=True):
    """A manifest with the places of its values."""

    path: str
    """Posix path relative to the root."""
    document: dict[str, object]
    values: dict[Keys, Value]
    lines: dict[Keys, int]

    @property
    def folder(self) -> str:
        """Posix folder, "" for the root itself."""
        return self.path.rpartition("/")[0]

    def table(self, *keys: str) -> Mapping[str, object]:
        """The table at a path of keys; empty when there is none or it is something else."""
        node: object = self.document
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else {}

    def line(self, keys: Keys) -> int:
        """The line of a value or key, else of the nearest key above it."""
        if keys in self.values:
            return self.values[keys].line
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


class Entry(Struct, frozen=True, kw_only=True):
    """One line (or table) of one table of dependencies."""

    keys: Keys
    table: str
    """The table as written: `dev-dependencies`, `workspace.dependencies`, `patch.crates-io`, `replace`."""
    section: Section
    marker: str
    """The target as written (`cfg(unix)`, a triple), "" for every target."""
    alias: str
    """The key."""
    line: int
    version: Value | None
    """Where the requirement stands, None when the entry states none."""
    detail: dict[str, str | bool]
    """The keys `_TEXTS` and `_FLAGS` that it has; `version` for a bare string too."""
    problem: str = ""
    """What cargo would refuse, "" for nothing."""

    @property
    def name(self) -> str:
        """The package's own name."""
        return self.text("package") or (
            self.alias.partition(":")[0] if self.table == "replace" else self.alias
        )

    @property
    def requirement(self) -> str:
        """The version requirement as written, "" for none."""
        return self.text("version")

    @property
    def inherits(self) -> bool:
        """It says `workspace = true`."""
        return self.detail.get("workspace") is True

    @property
    def optional(self) -> bool:
        """It says `optional = true`."""
        return self.detail.get("optional") is True

    @property
    def shared(self) -> bool:
        """It stands in [workspace.dependencies]."""
        return self.table == "workspace.dependencies"

    @property
    def replaces(self) -> bool:
        """It stands in [patch] or [replace]: it asks for nothing, it says where something comes from."""
        return self.keys[0] in ("patch", "replace")

    @property
    def key(self) -> str:
        """The path of keys as people write it, parts that are no bare keys in quotes."""
        parts = (str(part) for part in self.keys)
        return ".".join(part if _BARE.fullmatch(part) else f"'{part}'" for part in parts)

    def text(self, key: str) -> str:
        """A textual detail, "" when it has none."""
        value = self.detail.get(key)
        return value if isinstance(value, str) else ""


def read_crate_file(tree: Tree, path: str) -> CrateFile:
    """Read a manifest. Raises ManifestError `path:line: ...`."""
    return parse_crate_file(tree.read(path), path)


def parse_crate_file(text: bytes, path: str) -> CrateFile:
    """Parse a manifest. Cargo takes a byte order mark, so it counts for the offsets and for nothing else."""
    mark = len(_BOM) if text.startswith(_BOM) else 0
    read = read_toml(text[mark:], path)
    values = read.values
    if mark:
        values = tuple(
            structs.replace(value, start=value.start + mark, end=value.end + mark) for value in values
        )
    return CrateFile(
        path=path,
        document=read.document,
        values={value.keys: value for value in values},
        lines=read.lines,
    )


def entries(file: CrateFile) -> list[Entry]:
    """Every entry of every table of dependencies, [workspace.dependencies], [patch] and [replace], by line.

    Source: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html
    """
    found = [
        _entry(file, keys, alias, wish, name, section, marker)
        for keys, name, section, marker in _tables(file)
        for alias, wish in file.table(*keys).items()
    ]
    return sorted(found, key=lambda entry: (entry.line, entry.key))


def wrong_tables(file: CrateFile) -> list[tuple[str, int]]:
    """Tables of dependencies that are something else, such as a list: name and line."""
    parents: list[tuple[str, ...]] = [(), *(("target", target) for target in file.table("target"))]
    wanted = [(*parent, name) for parent in parents for name in _TABLES]
    wanted += [("workspace",), ("workspace", "dependencies"), ("target",), ("patch",), ("replace",)]
    wanted += [("patch", source) for source in file.table("patch")]
    wanted += [parent for parent in parents if parent]
    return [
        (".".join(keys), file.line(keys))
        for keys in wanted
        if keys[-1] in file.table(*keys[:-1]) and not isinstance(file.table(*keys[:-1])[keys[-1]], dict)
    ]


def _tables(file: CrateFile) -> Iterator[tuple[tuple[str, ...], str, Section, str]]:
    """Path of keys, name as written, section and target of every table."""
    for name, section in _TABLES.items():
        yield (name,), name, section, ""
        for target in file.table("target"):
            yield ("target", target, name), name, section, target
    yield ("workspace", "dependencies"), "workspace.dependencies", "prod", ""
    for source in file.table("patch"):
        yield ("patch", source), f"patch.{source}", "prod", ""
    yield ("replace",), "replace", "prod", ""


def _entry(
    file: CrateFile,
    table: tuple[str, ...],
    alias: str,
    wish: object,
    name: str,
    section: Section,
    marker: str,
) -> Entry:
    keys = (*table, alias)
    detail: dict[str, str | bool] = {}
    problem = ""
    if isinstance(wish, str):
        detail["version"] = wish
        version = file.values.get(keys)
    elif isinstance(wish, dict):
        detail, problem = _detail(wish)
        version = file.values.get((*keys, "version")) if "version" in detail else None
    else:
        version, problem = None, "is neither a version nor a table"
    return Entry(
        keys=keys,
        table=name,
        section=section,
        marker=marker,
        alias=alias,
        line=version.line if version else file.line((*keys, "workspace") if "workspace" in detail else keys),
        version=version,
        detail=detail,
        problem=problem or _doubled(file, table, name),
    )


def _detail(wish: Mapping[str, object]) -> tuple[dict[str, str | bool], str]:
    """The keys that matter here, and what is wrong with the first of them that is."""
    detail: dict[str, str | bool] = {}
    for key, value in wish.items():
        if key in _TEXTS:
            if not isinstance(value, str):
                return detail, f"{key} is not a text"
            detail[key] = value
        elif key in _FLAGS:
            if not isinstance(value, bool):
                return detail, f"{key} is neither true nor false"
            detail[key] = value
    if detail.get("workspace") is False:
        return detail, "workspace = false is not a thing cargo knows"
    return detail, ""


def _doubled(file: CrateFile, table: tuple[str, ...], name: str) -> str:
    """Cargo reads `dev_dependencies` only where there is no `dev-dependencies` beside it."""
    modern = name.replace("_", "-")
    if name != modern and file.table(*table[:-1], modern):
        return f"cargo ignores {name} beside {modern}"
    return ""
