"""What Rust modules of the project hand on of a crate, and the names the manifest gives crates."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence

from upgrader.rulebook.gate import Candidate, Gate
from upgrader.rulebook.ready import Ready
from upgrader.source.reader import read_uses
from upgrader.source.rust.uses import CRATES
from upgrader.source.syntax import NotRead, SourceFile
from upgrader.source.uses import Elsewhere

_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


class RustModules:
    """The crates of one project whose files name the crate that a pack is about."""

    def __init__(self, gate: Gate, ready: Ready, paths: Sequence[str]) -> None:
        """`paths`: the files that hold the crate's name."""
        self.gate = gate
        self.ready = ready
        self.before = dict(gate.changed)
        self._paths = [path for path in paths if path.endswith(".rs")]
        self._handed: dict[str, dict[str, dict[str, str]]] = {}
        self._renamed: dict[str, dict[str, str]] = {}

    def of(self, path: str) -> dict[str, dict[str, str]]:
        """What a file may import from its own crate, under every path it can write; by `extern` the renamed crates."""
        root, own = placed(path)
        found: dict[str, dict[str, str]] = {}
        for module, offered in self._modules(root).items():
            if module != own:
                found |= dict.fromkeys(_written(module, own), offered)
        renamed = self._crates(root)
        return {**found, CRATES: renamed} if renamed else found

    def others(self) -> Iterator[Candidate]:
        """The files that do not hold the crate's name and import from a module that hands something of it on."""
        known = set(self._paths)
        roots = {placed(path)[0] for path in self._paths}
        lasts = {root: {module.rpartition("::")[2] for module in self._modules(root)} for root in roots}
        words = sorted({last for some in lasts.values() for last in some if last != "crate"})
        near = self.gate.containing([f"{word}::" for word in words]) if words else []
        wanted = [
            path for path in near if path not in known and path.endswith(".rs") and lasts.get(placed(path)[0])
        ]
        yield from self.gate.candidates(wanted, self.ready.languages, self.ready.needs, self.ready.imports)

    def _modules(self, root: str) -> Mapping[str, dict[str, str]]:
        if root not in self._handed:
            self._handed[root] = {}
            for path in self._paths:
                here, module = placed(path)
                if here == root and (offered := self._exported(path)):
                    self._handed[root][module] = offered
        return self._handed[root]

    def _exported(self, path: str) -> dict[str, str]:
        data = self._read(path)
        try:
            source = SourceFile(path, data or b"", "rust")
        except NotRead:
            return {}
        renamed: Elsewhere = {CRATES: crates} if (crates := self._crates(placed(path)[0])) else {}
        return dict(read_uses(source, self.ready.imports, renamed).exported)

    def _read(self, path: str) -> bytes | None:
        """A file as it was before this pack: what it hands on is known by its old names."""
        return self.before[path] if path in self.before else self.gate.original(path)

    def _crates(self, root: str) -> dict[str, str]:
        """Local name to crate, where Cargo.toml says `package = "..."`; a manifest that is none says nothing."""
        if root not in self._renamed:
            path = f"{root}/Cargo.toml" if root else "Cargo.toml"
            data = self._read(path) if path in set(self.gate.files()) else None
            try:
                manifest = tomllib.loads((data or b"").decode("utf-8", "replace"))
            except (tomllib.TOMLDecodeError, RecursionError):
                manifest = {}
            self._renamed[root] = dict(_renames(manifest))
        return self._renamed[root]


def placed(path: str) -> tuple[str, str]:
    """The folder of a file's crate, and its module: `("a", "crate::net::tcp")` for `a/src/net/tcp.rs`."""
    root, found, inside = f"/{path}".rpartition("/src/")
    if not found:
        root, _, inside = path.rpartition("/")
        return root.lstrip("/"), "crate"
    parts = inside.removesuffix(".rs").split("/")
    if parts[-1] in ("mod", "lib", "main") and (parts[-1] == "mod" or len(parts) == 1):
        parts.pop()
    return root.strip("/"), "::".join(["crate", *parts])


def _written(module: str, own: str) -> Iterator[str]:
    """Every path by which a file of module `own` can write the module."""
    yield module
    above, ups = own, "self"
    while True:
        if module.startswith(f"{above}::"):
            rest = module[len(above) + 2 :]
            yield f"{ups}::{rest}"
            if ups == "self":
                yield rest
        elif module == above and ups != "self":
            yield ups
        if "::" not in above:
            return
        above = above.rpartition("::")[0]
        ups = "super" if ups == "self" else f"super::{ups}"


def _renames(manifest: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for table in _TABLES:
        entries = manifest.get(table)
        for local, asked in entries.items() if isinstance(entries, dict) else ():
            crate = asked.get("package") if isinstance(asked, dict) else None
            if isinstance(crate, str) and crate != local:
                yield local.replace("-", "_"), crate.replace("-", "_")
