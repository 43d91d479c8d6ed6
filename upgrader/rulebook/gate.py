"""Which files a pack may have work in: by the package's name, by the words they hold, and not what tools wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from upgrader.model.rewrite import SkippedFile
from upgrader.rulebook.store import NotOurs, Store
from upgrader.rulebook.words import Needs, meets, read_words
from upgrader.source.syntax import Language, language_of

_VENDORED = frozenset(("vendor", "node_modules", "third_party", "bower_components", "site-packages"))
_GENERATED_NAMES = re.compile(r".*(?:\.pb\.go|_pb2(?:_grpc)?\.pyi?|\.pb\.ts|_generated\.go)")
_MINIFIED_NAMES = re.compile(r".*[.-]min\.[cm]?js")
_GENERATED = re.compile(rb"^\W*Code generated .*DO NOT EDIT\.?|^\s*(?://|#|/?\*).*@generated\b", re.MULTILINE)
_HEADER = 4096
"""Bytes in which a generator says that it was one."""
_LONG_LINE = 5000
"""Bytes of a line that no person writes; half the file in such lines is a minified one."""


class Candidate(Struct, frozen=True):
    """A file that passed the gates."""

    path: str
    language: Language
    data: bytes


class Gate:
    """The files of one root as they are by now, for all packs that run over it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.changed: dict[str, bytes] = {}
        """What packs made of files so far, on top of the store."""
        self.skipped: dict[str, str] = {}
        """Path to reason, of all packs."""

    def candidates(
        self, paths: Sequence[str], languages: Collection[Language], needs: Needs, imports: Sequence[str]
    ) -> list[Candidate]:
        """Of these files those of the languages that hold the words and are for people to edit, by path."""
        passed: list[Candidate] = []
        for path in paths:
            language = language_of(path)
            if language is None or language not in languages:
                continue
            data = self.read(path)
            # Bytes beyond ASCII are no matter here: no trigger has any.
            if data is not None and meets(needs, read_words(data.decode("latin-1"), language, imports)):
                passed.append(Candidate(path, language, data))
        return list(self._ours(passed))

    def _ours(self, passed: Sequence[Candidate]) -> Iterator[Candidate]:
        marked = self.store.marked([item.path for item in passed])
        for item in passed:
            reason = marked.get(item.path) or reason_to_skip(item.path, item.data)
            if reason:
                self.skipped[item.path] = reason
            else:
                yield item

    def containing(self, literals: Sequence[str]) -> list[str]:
        """The files that hold one of the literals, sorted; what packs have changed is looked at anew."""
        self.skipped.update(self.store.passed_by())
        encoded = [literal.encode() for literal in literals]
        now = {path for path, data in self.changed.items() if any(literal in data for literal in encoded)}
        return sorted(now | {path for path in self.store.containing(literals) if path not in self.changed})

    def files(self) -> list[str]:
        """Every file of the project's own, sorted; for rules that are about data files."""
        return sorted(path for path in self.store.listed() if _is_own(path))

    def read(self, path: str) -> bytes | None:
        """A file's bytes as they are by now, None with the reason noted when it is none of ours to change."""
        return self.changed[path] if path in self.changed else self.original(path)

    def original(self, path: str) -> bytes | None:
        """A file's bytes as they were before any pack, None with the reason noted like `read`."""
        try:
            return self.store.read(path)
        except NotOurs as fault:
            self.skipped[path] = str(fault)
            return None

    def told(self) -> tuple[SkippedFile, ...]:
        """Every file that was left alone, with its reason."""
        return tuple(SkippedFile(path=path, reason=self.skipped[path]) for path in sorted(self.skipped))


def reason_to_skip(path: str, data: bytes) -> str:
    """Why a file is not for people to edit, by its name and its bytes; "" when it is."""
    name = PurePosixPath(path).name
    if not _is_own(path):
        return "vendored"
    if _MINIFIED_NAMES.fullmatch(name) or _is_minified(path, data):
        return "minified"
    if _GENERATED_NAMES.fullmatch(name) or _GENERATED.search(data, 0, _HEADER):
        return "generated"
    return ""


def _is_own(path: str) -> bool:
    return _VENDORED.isdisjoint(path.split("/")[:-1])


def _is_minified(path: str, data: bytes) -> bool:
    if path.endswith((".py", ".go", ".rs")) or len(data) < _LONG_LINE:
        return False
    long = sum(len(line) for line in data.split(b"\n") if len(line) > _LONG_LINE)
    return long * 2 > len(data)
