"""After its edits a file is read again: the requirements that were meant must have changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from upgrader.ecosystems.base import Ecosystem, ProjectRead, Tree
from upgrader.errors import ManifestError
from upgrader.model import CannotEdit, Dependency, Edit, Project
from upgrader.versions import SCHEMES

CHECKED_WHERE_MADE = (".yaml", ".yml")
"""Catalogs: their editor reads the file again itself, and no reader takes such a file for a project."""


class Change(Struct, frozen=True, kw_only=True):
    """What one place is edited for."""

    place: Dependency
    target: str
    edits: tuple[Edit, ...]


class OneFile(Struct, frozen=True, kw_only=True):
    """A tree that holds one file and nothing beside it."""

    path: str
    data: bytes

    def read(self, path: str) -> bytes:
        """The bytes of the file; raises ManifestError for another."""
        if path != self.path:
            raise ManifestError(f"{path}: is not there.")
        return self.data

    def exists(self, path: str) -> bool:
        """Whether the path is the file's."""
        return path == self.path

    def walk(self) -> Sequence[str]:
        """The one path."""
        return (self.path,)

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        """The file, when it holds the bytes and was asked about."""
        return [self.path] if self.path in paths and needle in self.data else []


class Laid(Struct, frozen=True, kw_only=True):
    """A tree with one file laid over it."""

    under: Tree
    over: OneFile

    def read(self, path: str) -> bytes:
        """The bytes; raises ManifestError as the tree does."""
        return self.over.data if path == self.over.path else self.under.read(path)

    def exists(self, path: str) -> bool:
        """Whether it is there."""
        return path == self.over.path or self.under.exists(path)

    def walk(self) -> Sequence[str]:
        """The tree's own paths."""
        return self.under.walk()

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        """The paths that hold the bytes."""
        rest = self.under.search(needle, [path for path in paths if path != self.over.path])
        return sorted([*rest, *self.over.search(needle, paths)])


def check_changes(
    book: Ecosystem, project: Project, tree: Tree, changes: Sequence[Change]
) -> CannotEdit | None:
    """None when each file still says the same but for the places that were meant; else why it is left alone."""
    for path in sorted({edit.path for change in changes for edit in change.edits}):
        if path.endswith(CHECKED_WHERE_MADE):
            continue
        before = tree.read(path)
        after = edited(before, [edit for change in changes for edit in change.edits if edit.path == path])
        meant = [change for change in changes if any(edit.path == path for edit in change.edits)]
        fault = _fault(_readings(book, project, tree, path, before, after), path, meant)
        if fault:
            place = meant[0].place.place
            return CannotEdit(
                place=place,
                reason=f"{place}: {meant[0].place.name}: read again after the edit, {fault}.",
                advice="Change it by hand.",
            )
    return None


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The bytes with the spans replaced; one that stands there twice is made once."""
    spans = {edit.start: edit for edit in edits}
    for start in sorted(spans, reverse=True):
        end = start + len(spans[start].before.encode())
        data = data[:start] + spans[start].after.encode() + data[end:]
    return data


Readings = tuple[ProjectRead, ProjectRead]


def _readings(
    book: Ecosystem, project: Project, tree: Tree, path: str, before: bytes, after: bytes
) -> Iterator[Readings | str]:
    """The file by itself, which is quick; then, for what needs its surroundings, the whole project."""
    for manifest, under in ((path, None), (project.manifest, tree)):
        try:
            was, now = (
                book.read_project(
                    OneFile(path=path, data=data)
                    if under is None
                    else Laid(under=under, over=OneFile(path=path, data=data)),
                    manifest,
                )
                for data in (before, after)
            )
        except ManifestError as fault:
            yield f"it cannot be read: {fault.message}"
        else:
            yield was, now


def _fault(readings: Iterator[Readings | str], path: str, meant: Sequence[Change]) -> str:
    """What is wrong by the first reading that knows all the places; "" for nothing."""
    said = "the place is not found"
    for reading in readings:
        if isinstance(reading, str):
            said = reading
            continue
        was, now = (_said(one, path) for one in reading)
        if all(_key(change.place) in was for change in meant):
            return _difference(was, now, meant) or _lost(*reading)
    return said


def _key(item: Dependency) -> tuple[str, ...]:
    """What makes a requirement the same one before and after; its line may move with a longer text."""
    return item.name, item.alias, item.place.key, item.group, item.section, item.marker


Asked = Mapping[tuple[str, ...], list[str]]


def _said(read: ProjectRead, path: str) -> Asked:
    """What each direct requirement of the file asks; several of one key in their order."""
    found: dict[tuple[str, ...], list[str]] = {}
    for item in read.dependencies:
        if item.direct and item.place.path == path:
            found.setdefault(_key(item), []).append(item.requirement)
    return found


def _difference(was: Asked, now: Asked, meant: Sequence[Change]) -> str:
    own = {_key(change.place): change for change in meant}
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key, []), now.get(key, [])
        if key not in own:
            if old != new:
                return (
                    f"{key[0]} asks for {', '.join(new) or 'nothing'} and not {', '.join(old) or 'nothing'}"
                )
            continue
        change = own[key]
        if len(old) != len(new) or old == new:
            return f"it still asks for {', '.join(new) or 'nothing'}"
        fresh = [text for before, text in zip(old, new, strict=True) if before != text]
        if not all(_asks_for(change, text) for text in fresh):
            return f"it asks for {', '.join(fresh)}, which does not allow {change.target}"
    return ""


def _asks_for(change: Change, requirement: str) -> bool:
    """Whether the requirement allows the target; in Go, where it is a minimum, whether it is the target."""
    scheme = SCHEMES[change.place.ecosystem]
    if change.place.ecosystem == "go":
        return requirement == change.target
    return scheme.is_requirement(requirement) and scheme.allows(requirement, change.target)


def _lost(was: ProjectRead, now: ProjectRead) -> str:
    """What could be read before and can't be now."""
    before = {(item.kind, item.subject, item.reason) for item in was.held}
    fresh = [item for item in now.held if (item.kind, item.subject, item.reason) not in before]
    return f"something is not understood any more: {fresh[0].reason}" if fresh else ""
