"""What Go packages of the project hold of another package: fields, functions and types that their other files use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.rulebook.gate import Candidate, Gate
from upgrader.rulebook.ready import Ready
from upgrader.source.go.uses import SAME_PACKAGE
from upgrader.source.reader import read_uses
from upgrader.source.syntax import NotRead, SourceFile

_IMPORTED = re.compile(r'^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?"([^"\n]+)"', re.MULTILINE)


class GoPackages:
    """The folders of one project whose Go files import the package that a pack is about."""

    def __init__(self, gate: Gate, ready: Ready, paths: Sequence[str]) -> None:
        """`paths`: the files that hold the package's name."""
        self.gate = gate
        self.ready = ready
        self.before = dict(gate.changed)
        self._files: dict[str, list[str]] = {}
        self._known: dict[str, dict[str, str]] = {}
        for path in paths:
            if path.endswith(".go"):
                self._files.setdefault(_folder(path), []).append(path)

    def of(self, path: str, text: str) -> dict[str, dict[str, str]]:
        """What a file sees: its own package's names by `.`, those of the packages it imports by their import paths."""
        found: dict[str, dict[str, str]] = {}
        own = self._package(_folder(path))
        if own:
            found[SAME_PACKAGE] = own
        for module in _IMPORTED.findall(text):
            folder = self._meant(module)
            if folder is not None and folder != _folder(path) and (offered := self._package(folder)):
                found[module] = offered
        return found

    def others(self) -> Iterator[Candidate]:
        """The files that do not hold the package's name and use what those packages have of it."""
        folders = {folder for folder in self._files if self._package(folder)}
        if not folders:
            return
        known = {path for paths in self._files.values() for path in paths}
        near = [path for path in self.gate.files() if path.endswith(".go") and path not in known]
        wanted = [path for path in near if _folder(path) in folders or self._imports_one(path)]
        yield from self.gate.candidates(wanted, self.ready.languages, self.ready.needs, self.ready.imports)

    def _imports_one(self, path: str) -> bool:
        data = self.gate.original(path)
        if data is None:
            return False
        return any(
            self._meant(module) is not None for module in _IMPORTED.findall(data.decode("utf-8", "replace"))
        )

    def _meant(self, module: str) -> str | None:
        """The folder that an import path means: the one whose path it ends with, the longest of several."""
        fitting = [folder for folder in self._files if folder and f"/{module}".endswith(f"/{folder}")]
        return max(fitting, key=len, default=None)

    def _package(self, folder: str) -> dict[str, str]:
        """Its names that stand for something of the package; read twice, since files use each other's names."""
        if folder not in self._known:
            self._known[folder] = {}
            for _ in range(2):
                names = self._known[folder]
                for path in self._files.get(folder, ()):
                    names = names | self._exported(path, names)
                self._known[folder] = names
        return self._known[folder]

    def _exported(self, path: str, names: Mapping[str, str]) -> dict[str, str]:
        data = self.before[path] if path in self.before else self.gate.original(path)
        if data is None:
            return {}
        try:
            source = SourceFile(path, data, "go")
        except NotRead:
            return {}
        return dict(
            read_uses(source, self.ready.imports, {SAME_PACKAGE: dict(names)} if names else {}).exported
        )


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
