"""The files that use a pack's package: what `{files}` of a delegate stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from upgrader.rulebook.gate import Gate, reason_to_skip
from upgrader.rulebook.load import Pack
from upgrader.rulebook.ready import make_ready
from upgrader.rulebook.store import FolderStore
from upgrader.source.syntax import language_of


def files_using(root: Path, pack: Pack, *, paths: Sequence[str], without: Sequence[str]) -> list[str]:
    """Source files below the root that name the package's imports and are for people to edit; posix, sorted."""
    gate = Gate(FolderStore(root, paths, without))
    package = pack.form.package
    languages = make_ready(pack).languages
    found = []
    for path in gate.containing([*package.imports, *package.globals, *package.marks]):
        language = language_of(path)
        data = gate.read(path) if language is not None and language in languages else None
        if data is not None and not reason_to_skip(path, data):
            found.append(path)
    marked = gate.store.marked(found)
    return [path for path in found if not marked.get(path)]
