"""What modules of the project hand on of a package: `from .compat import np` means numpy, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from upgrader.rulebook import local_javascript, local_python
from upgrader.rulebook.gate import Candidate, Gate
from upgrader.rulebook.modules_rust import RustModules
from upgrader.rulebook.packages_go import GoPackages
from upgrader.rulebook.ready import Ready
from upgrader.source.reader import read_uses
from upgrader.source.syntax import LANGUAGES, Language, NotRead, SourceFile, language_of
from upgrader.source.uses import Elsewhere

MOST_HOPS = 3
"""Modules that hand on what another module of the project handed on."""


class Local(Protocol):
    """What a language's `local_` module offers; all by text."""

    def imported(self, text: str) -> Iterator[tuple[str, frozenset[str]]]:
        """The modules as they are written, and the names taken: `*` for any, none for the module itself."""

    def resolve(self, importer: str, module: str, paths: Collection[str]) -> str | None:
        """The file of a module, among these."""

    def offered(self, text: str, packages: Collection[str]) -> frozenset[str]:
        """Names that may stand for something of the packages; `*` for any."""

    def handed_on(self, path: str, text: str, packages: Collection[str]) -> frozenset[str]:
        """Those of them that are there for others."""

    def literal(self, path: str) -> str:
        """A word that every file which imports the module holds; "" for none."""


LOCAL: dict[Language, Local] = {
    "javascript": local_javascript,
    "python": local_python,
    "tsx": local_javascript,
    "typescript": local_javascript,
}
"""Go has packages instead of modules (`packages_go`), Rust a tree of them (`modules_rust`)."""


class Modules:
    """The modules of one project, as far as they hand on something of one package."""

    def __init__(self, gate: Gate, ready: Ready, paths: Sequence[str]) -> None:
        """`paths`: the files that hold the package's name."""
        self.gate = gate
        self.ready = ready
        self.paths = {path for path in paths if language_of(path) in ready.languages}
        self.before = dict(gate.changed)
        self.packages = GoPackages(gate, ready, sorted(self.paths))
        self.tree = RustModules(gate, ready, sorted(self.paths))
        self.globals = dict(ready.pack.form.package.globals)
        self.parameters = dict(ready.pack.form.package.parameters)
        self._offered: dict[str, frozenset[str]] = {}
        self._exports: dict[str, dict[str, str]] = {}
        self._through: dict[str, list[str]] = {}
        self._ends: dict[str, set[str]] = {}
        for path in self.paths:
            self._ends.setdefault(self._literal(path), set()).add(path)

    def _literal(self, path: str) -> str:
        local = LOCAL.get(LANGUAGES["." + path.rsplit(".", 1)[-1].lower()])
        return local.literal(path) if local is not None else ""

    def of(self, source: SourceFile, hops: int = 0) -> Elsewhere:
        """What the modules that a file imports hand on, by the name it imports them by."""
        found: dict[str, dict[str, str]] = {"": self.globals} if self.globals else {}
        if self.parameters:
            found["()"] = self.parameters
        match source.language:
            case "go":
                return {**found, **self.packages.of(source.path, source.text)}
            case "rust":
                return {**found, **self.tree.of(source.path)}
            case _:
                return found if hops >= MOST_HOPS else {**found, **self._imported(source, hops)}

    def _imported(self, source: SourceFile, hops: int) -> dict[str, dict[str, str]]:
        """What the modules of Python and JavaScript hand on."""
        found: dict[str, dict[str, str]] = {}
        local = LOCAL.get(source.language)
        if local is None or not self.paths:
            return found
        for module, names in local.imported(source.text):
            path = self._find(local, source.path, module)
            if path is None or path == source.path:
                continue
            if _touches(names, self._offer(local, path), source.text):
                exports = self._export(path, hops)
                if exports:
                    found[module] = exports
        return found

    def _read(self, path: str) -> bytes | None:
        """A module as it was before this pack: what it hands on is known by its old names."""
        return self.before[path] if path in self.before else self.gate.original(path)

    def _find(self, local: Local, importer: str, module: str) -> str | None:
        """The file of a module; only those whose own word ends the module's name are compared."""
        last = module.rstrip("/").replace(".", "/").rsplit("/", 1)[-1]
        near = self._ends.get(last, set())
        if module.startswith("."):
            near = self.paths
        return local.resolve(importer, module, near) if near else None

    def _offer(self, local: Local, path: str) -> frozenset[str]:
        if path not in self._offered:
            text = self._text(path)
            self._offered[path] = local.offered(text, self._sources(path)) if text else frozenset()
        return self._offered[path]

    def _text(self, path: str) -> str:
        data = self._read(path)
        return data.decode("utf-8", "replace") if data is not None else ""

    def _export(self, path: str, hops: int) -> dict[str, str]:
        """What a module hands on, by reading it whole; nothing while it is being read, for modules in a circle."""
        if path in self._exports:
            return self._exports[path]
        self._exports[path] = {}
        language = language_of(path)
        data = self._read(path)
        if language is None or data is None:
            return {}
        try:
            source = SourceFile(path, data, language)
        except NotRead:
            return {}
        uses = read_uses(source, self.ready.imports, self.of(source, hops + 1))
        self._exports[path] = dict(uses.exported)
        return self._exports[path]

    def importers(self) -> Iterator[Candidate]:
        """The files that do not hold the package's name and import it through a module of the project."""
        yield from self.packages.others()
        yield from self.tree.others()
        looked = set(self.paths)
        new = list(self.paths)
        for _ in range(MOST_HOPS):
            handing = {path: names for path in new if (names := self._handed(path))}
            if not handing:
                return
            words = sorted({self._literal(path) for path in handing} - {""})
            near = [path for path in self.gate.containing(words) if path not in looked] if words else []
            new = [path for path in near if self._takes(path, handing)]
            looked.update(new)
            for path in new:
                self.paths.add(path)
                self._ends.setdefault(self._literal(path), set()).add(path)
            yield from self.gate.candidates(new, self.ready.languages, self.ready.needs, self.ready.imports)

    def _handed(self, path: str) -> frozenset[str]:
        language = language_of(path)
        local = LOCAL.get(language) if language else None
        if local is None:
            return frozenset()
        text = self._text(path)
        return local.handed_on(path, text, self._sources(path)) if text else frozenset()

    def _takes(self, importer: str, handing: dict[str, frozenset[str]]) -> bool:
        """Whether a file imports one of the names from one of the modules that hand them on."""
        language = language_of(importer)
        local = LOCAL.get(language) if language in self.ready.languages and language else None
        if local is None:
            return False
        text = self._text(importer)
        for module, names in local.imported(text):
            path = self._find(local, importer, module)
            if path in handing and _touches(names, handing[path], text):
                self._through.setdefault(importer, []).append(module)
                return True
        return False

    def _sources(self, path: str) -> list[str]:
        """The packages, and the modules of the project through which a file has them."""
        found = [*self.ready.imports, *self._through.get(path, ())]
        if language_of(path) == "python":
            # A class may have the package's base by way of another module beside what it imports itself.
            modules = {module for module, _ in local_python.imported(self._text(path)) if module not in found}
            found += sorted(module for module in modules if self._find(local_python, path, module))
        return found


def _touches(names: frozenset[str], offered: frozenset[str], text: str) -> bool:
    """Whether an import may take something that is offered; of a module itself, when a member of that name is used."""
    if not offered:
        return False
    if "*" in names or "*" in offered:
        return True
    if not names:
        return any(f".{name}" in text for name in offered)
    return not names.isdisjoint(offered)
