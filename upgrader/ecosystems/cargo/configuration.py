"""Cargo's own configuration: its files in the order cargo reads them, and who wrote each setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from upgrader.outside.files import read_bytes
from upgrader.source.toml_spans import toml_document

_DEEPEST_INCLUDE = 4


class Setting(Struct, frozen=True, kw_only=True):
    """A textual setting and where it was found."""

    text: str
    place: str
    """A file, or `environment`."""
    foreign: bool
    """A file of the audited project says so, not the operator."""


class Layer(Struct, frozen=True, kw_only=True):
    """One configuration file."""

    path: Path
    document: Mapping[str, object]
    foreign: bool


class Configuration(Struct, frozen=True, kw_only=True):
    """Everything cargo would read for a project."""

    env: Mapping[str, str]
    layers: tuple[Layer, ...]
    """The file that wins first: the project's folder, the folders above, $CARGO_HOME."""
    credentials: Mapping[str, object]
    """$CARGO_HOME/credentials.toml."""

    def get(self, *keys: str, operator: bool = False) -> Setting | None:
        """The text that counts; None when it is set nowhere. `operator`: what the project's files say is left out.

        Source: https://doc.rust-lang.org/cargo/reference/config.html#hierarchical-structure
        """
        # [source] has no variables: what looks like one is not read by cargo either.
        text = self.env.get(_variable(keys)) if keys[0] == "registries" else None
        if text:
            return Setting(text=text, place="environment", foreign=False)
        for layer in self.layers:
            value = _inside(layer.document, keys)
            if isinstance(value, str) and not (operator and layer.foreign):
                return Setting(text=value, place=str(layer.path), foreign=layer.foreign)
        return None

    def names(self, table: str) -> list[str]:
        """The keys of a table over all files, sorted."""
        found: set[str] = set()
        for layer in self.layers:
            inner = layer.document.get(table)
            found.update(inner if isinstance(inner, dict) else ())
        return sorted(found)

    def token(self, registry: str) -> Setting | None:
        """The token of a named registry: environment, configuration files, credentials.toml.

        Source: https://doc.rust-lang.org/cargo/reference/registry-authentication.html (`cargo:token`).
        """
        keys = ("registries", registry, "token")
        stored = _inside(self.credentials, keys)
        if found := self.get(*keys):
            return found
        if isinstance(stored, str):
            return Setting(text=stored, place="credentials.toml", foreign=False)
        return None


def read_configuration(root: Path, folder: str, env: Mapping[str, str]) -> Configuration:
    """Read the files for a project in `folder` below `root`. Raises ManifestError for one that is no TOML.

    Everything below `root` is the project's word; what stands above it and in $CARGO_HOME is the operator's.
    """
    start = (root / folder).resolve()
    top = root.resolve()
    home = _home(env, start)
    layers: list[Layer] = []
    seen: set[Path] = set()
    for at in (start, *start.parents):
        if at / ".cargo" != home:
            layers += _layers(at / ".cargo", seen, foreign=at.is_relative_to(top))
    if home is not None:
        layers += _layers(home, seen, foreign=home.is_relative_to(top))
    credentials = next((layer.document for layer in _credentials(home)), {})
    return Configuration(env=env, layers=tuple(layers), credentials=credentials)


def _home(env: Mapping[str, str], start: Path) -> Path | None:
    """$CARGO_HOME, else ~/.cargo; None when there is no home either."""
    if named := env.get("CARGO_HOME"):
        return (start / named).resolve()
    return (Path(env["HOME"]) / ".cargo").resolve() if env.get("HOME") else None


def _layers(folder: Path, seen: set[Path], *, foreign: bool) -> Iterator[Layer]:
    """The file of a folder and what it includes; the old name without an ending wins, as it does for cargo."""
    for name in ("config", "config.toml"):
        if (folder / name).is_file():
            yield from _with_includes(folder / name, seen, foreign, _DEEPEST_INCLUDE)
            return


def _with_includes(path: Path, seen: set[Path], foreign: bool, depth: int) -> Iterator[Layer]:
    """A file, then the files it includes, the last one first: later ones win over earlier ones.

    Source: https://doc.rust-lang.org/cargo/reference/config.html#including-extra-configuration-files
    """
    if path in seen or depth == 0:
        return
    seen.add(path)
    document = toml_document(read_bytes(path), str(path))
    yield Layer(path=path, document=document, foreign=foreign)
    wanted = document.get("include", [])
    for item in reversed(wanted if isinstance(wanted, list) else [wanted]):
        name = item.get("path") if isinstance(item, dict) else item
        if isinstance(name, str) and (path.parent / name).is_file():
            yield from _with_includes(path.parent / name, seen, foreign, depth - 1)


def _credentials(home: Path | None) -> Iterator[Layer]:
    for name in ("credentials", "credentials.toml"):
        if home is not None and (home / name).is_file():
            path = home / name
            yield Layer(path=path, document=toml_document(read_bytes(path), str(path)), foreign=False)


def _inside(document: Mapping[str, object], keys: tuple[str, ...]) -> object:
    node: object = document
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _variable(keys: tuple[str, ...]) -> str:
    """`CARGO_REGISTRIES_MY_CORP_INDEX` for registries.my-corp.index."""
    return "_".join(("CARGO", *keys)).upper().replace("-", "_").replace(".", "_")
