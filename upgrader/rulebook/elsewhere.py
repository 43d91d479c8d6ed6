"""What modules of the project hand on of a package: `from .compat import np` means numpy, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgrader.rulebook.gate import Candidate, Gate
from upgrader.rulebook.ready import Ready
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Elsewhere


class Modules:
    """The modules of one project, as far as they hand on something of one package."""

    def __init__(self, gate: Gate, ready: Ready, paths: Sequence[str]) -> None:
        self.paths = paths
        self.gate = gate
        self.ready = ready
        self.globals = dict(ready.pack.form.package.globals)

    def of(self, source: SourceFile) -> Elsewhere:
        """What the modules that a file imports hand on, by the name it imports them by."""
        return {"": self.globals} if self.globals else {}

    def importers(self) -> Iterator[Candidate]:
        """The files that hold nothing of the package's name and import it through a module of the project."""
        yield from ()
