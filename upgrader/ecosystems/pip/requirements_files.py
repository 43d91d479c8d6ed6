"""Requirements files of one folder as one project: what they ask, what they include, what holds them."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.compile_command import CompileCommand, read_command
from upgrader.ecosystems.pip.compiled import made_by, transitive_names
from upgrader.ecosystems.pip.compiled_locks import CompiledLocks, compiled_locks, read_header
from upgrader.ecosystems.pip.python_rows import pinned_rows, setup_rows
from upgrader.ecosystems.pip.requirement_rows import Rows
from upgrader.ecosystems.pip.requirements_text import Line, decode, read_lines
from upgrader.ecosystems.pip.sections import says_its_section, section_of
from upgrader.ecosystems.pip.setup_files import SetupRead, python_requires, read_setup, stated
from upgrader.ecosystems.pip.unread import beside, declared_name, declared_runtime
from upgrader.errors import ManifestError
from upgrader.model import Dependency, Held, PackageName, Place, Project, Section

_FILE = re.compile(
    r"(?:[^/]*[-_.])?requirements?(?:[-_.][^/]*)?\.(?:txt|in|pip)|requirements[^/]*\.(?:txt|in|pip)", re.I
)
_CONSTRAINTS = re.compile(r"(?:[^/]*[-_.])?constraints?(?:[-_.][^/]*)?\.(?:txt|in)", re.I)
LINES = (".txt", ".in", ".pip")
"""Endings of the files that are read line by line."""
_SHELF = "requirements"
_BESIDE = (".txt", ".in", ".pip", ".md", ".rst", ".lock", ".yml", ".yaml", ".sh")
"""What else may lie in a `requirements/` folder that is only a shelf for requirements files."""
_Visit = tuple[str, bool, Section | None, Place | None]
"""A file to read: its path, whether as a constraint, its includer's section, and the line that includes it."""


class _File(Struct, kw_only=True):
    """One file that was reached."""

    path: str
    rows: list[Dependency] = field(default_factory=list)
    transitive: frozenset[PackageName] = frozenset()
    constraint: bool = False
    """Reached only as a constraint so far."""
    section: Section = "prod"
    group: str = ""


def find_shelves(paths: Sequence[str]) -> frozenset[str]:
    """The folders named `requirements` that hold requirements files and nothing that makes them a project.

    Folders in them count too where a file says by its name that it is one: `requirements/edx/base.in`.
    """
    return _find_shelves(tuple(paths))


@lru_cache(maxsize=4)
def _find_shelves(paths: tuple[str, ...]) -> frozenset[str]:
    # Each of a thousand projects asks this of the same tree.
    found: dict[str, str] = {}
    projects: set[str] = set()
    for path in paths:
        parts = path.split("/")[:-1]
        if _SHELF not in parts:
            continue
        top = parts.index(_SHELF) + 1
        shelf = "/".join(parts[:top])
        if not path.endswith(_BESIDE):
            projects.add(shelf)
        elif top == len(parts) or path.endswith(".in") or says_its_section(path):
            found |= {"/".join(parts[:depth]): shelf for depth in range(top, len(parts) + 1)}
    return frozenset(folder for folder, shelf in found.items() if shelf not in projects)


def is_requirements_file(path: str, shelves: frozenset[str]) -> bool:
    """Whether pip's users would call it a requirements file: by its name, or because it lies on a shelf of them."""
    folder, _, name = path.rpartition("/")
    if not name.endswith(LINES):
        return False
    return bool(_FILE.fullmatch(name) or _CONSTRAINTS.fullmatch(name) or folder in shelves)


def is_constraints_file(path: str) -> bool:
    """Whether its name says that it only limits versions, as `pip install -c` takes it."""
    name = posixpath.basename(path)
    return _CONSTRAINTS.fullmatch(name) is not None and _FILE.fullmatch(name) is None


def has_lines(path: str) -> bool:
    """Whether a manifest is read line by line as pip's `-r` does."""
    return not path.endswith((".toml", "Pipfile", ".cfg", ".py"))


def group_folder(path: str, shelves: frozenset[str]) -> str:
    """The folder whose project the file belongs to, `.` for the root: a shelf belongs to the folder above it."""
    folder = posixpath.dirname(path)
    while folder in shelves:
        folder = posixpath.dirname(folder)
    return folder or "."


def group_files(path: str, paths: Sequence[str]) -> list[str]:
    """The requirements files that are read together with this one, the project's manifest first."""
    shelves = _shelves(path, paths)
    paths = _below(paths, _above_shelves(path))
    folder = group_folder(path, shelves)
    together = sorted({path, *_groups(tuple(paths), shelves).get(folder, ())})
    return sorted(together, key=_rank)


@lru_cache(maxsize=4)
def _groups(paths: tuple[str, ...], shelves: frozenset[str]) -> dict[str, list[str]]:
    """Folder to the requirements files of its project."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if is_requirements_file(path, shelves):
            groups[group_folder(path, shelves)].append(path)
    return groups


def _shelves(path: str, paths: Sequence[str]) -> frozenset[str]:
    """The shelves around a path."""
    return find_shelves(_below(paths, _above_shelves(path)))


def _above_shelves(path: str) -> str:
    """The folder of a file, or the one above the `requirements` that it lies in."""
    parts = path.split("/")[:-1]
    return "/".join(parts[: parts.index(_SHELF)] if _SHELF in parts else parts)


def _below(paths: Sequence[str], folder: str) -> Sequence[str]:
    """The part of sorted paths that lies below a folder."""
    if not folder:
        return paths
    return paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, f"{folder}0")]


def _rank(path: str) -> tuple[bool, bool, bool, int, str]:
    """requirements.txt first, then what is no constraint and no source of another file."""
    name = posixpath.basename(path)
    return (
        name != "requirements.txt",
        is_constraints_file(path),
        not path.endswith(".txt"),
        path.count("/"),
        path,
    )


def read_group(tree: Tree, manifest: str) -> ProjectRead:
    """Read the requirements files of one folder and all they include.

    A file that belongs to another folder's group is named among the manifests and left to that group, so that no
    line is told twice. What cannot be read is held, and the rest goes on.
    """
    paths = tree.walk()
    files = group_files(manifest, paths)
    folder = group_folder(manifest, _shelves(manifest, paths))
    reader = _Reader(tree, f"pip:{files[0]}", folder)
    files = [path for path in files if not _is_elsewhere(tree, path)] or files
    for path in files:
        reader.read(path, constraint=is_constraints_file(path), section=None)
    locks = reader.locks()
    compiled = {item.command.output for item in locks.files}
    own = [
        file
        for path, file in reader.files.items()
        if (path in files or not is_requirements_file(path, _shelves(path, paths))) and path not in compiled
    ]
    others = sorted(path for path in reader.files if path != files[0])
    # Beside a pyproject.toml they are that project's.
    alone = not tree.exists(beside(folder, "pyproject.toml"))
    setup = read_setup(tree, folder, f"pip:{files[0]}") if alone else SetupRead()
    project = Project(
        ecosystem="pip",
        folder=folder,
        manifest=files[0],
        manifests=(files[0], *others, *setup.paths),
        lockfile=locks.files[0].command.output if locks.files else None,
        tool="pip",
        name=declared_name(tree, folder) or stated(tree, folder, "metadata", "name"),
        runtime=declared_runtime(tree, folder) or python_requires(tree, folder),
        lock_format=locks.built(),
    )
    rows = [_with_lock(row, locks) for row in _settle(own, reader.files.values())]
    rows = [*rows, *setup.rows]
    if alone:
        rows += [*setup_rows(tree, folder, project.id), *pinned_rows(tree, folder, project.id)]
    rows += locks.transitive(project.id, rows)
    rows = [reader.with_problem(row) for row in rows]
    return ProjectRead(project=project, dependencies=tuple(rows), held=(*reader.held, *setup.held))


def root_files(tree: Tree, project: Project) -> list[str]:
    """The files to give to `pip install -r`: those that no other one includes, and compiled ones for their sources."""
    reader = _Reader(tree, project.id, project.folder)
    paths = tree.walk()
    files = [path for path in group_files(project.manifest, paths) if not is_constraints_file(path)]
    for path in files:
        reader.read(path, constraint=False, section=None)
    sources = {path for command in reader.commands.values() for path in command.sources}
    left_out = reader.included | sources | (reader.limiting - reader.commands.keys())
    return [path for path in files if path in reader.files and path not in left_out]


def compiled_from(tree: Tree, source: str, project: str) -> CompiledLocks:
    """The requirements files beside a pyproject.toml that were compiled from it, with what they hold."""
    folder = posixpath.dirname(source) or "."
    reader = _Reader(tree, project, folder)
    for path in group_files(beside(folder, "requirements.txt"), tree.walk()):
        command = read_header(tree, path) if tree.exists(path) else None
        if command is not None and source in command.sources:
            reader.read(path, constraint=False, section=None)
    return reader.locks()


def _is_elsewhere(tree: Tree, path: str) -> bool:
    """Whether it was compiled from a pyproject.toml alone, whose lockfile it is then."""
    command = read_header(tree, path)
    sources = command.sources if command is not None else ()
    return bool(sources) and all(source.endswith(".toml") for source in sources)


def _with_lock(row: Dependency, locks: CompiledLocks) -> Dependency:
    held = locks.locked_for(row.place.path, row.name, row.requirement) if not row.immovable else None
    return replace(row, locked=held) if held else row


def _settle(own: Iterable[_File], everything: Iterable[_File]) -> Iterator[Dependency]:
    """Say what is locked where, and which constraints hold something that is asked for."""
    asked: set[PackageName] = set()
    pins: dict[PackageName, set[str]] = {}
    for file in everything:
        for row in file.rows:
            if not file.constraint:
                asked.add(row.name)
            elif row.locked:
                pins.setdefault(row.name, set()).add(row.locked)
    for file in own:
        for row in file.rows:
            held_at = pins.get(row.name, set())
            locked = row.locked or (next(iter(held_at)) if len(held_at) == 1 and not row.immovable else None)
            direct = row.name in asked if file.constraint else row.name not in file.transitive
            yield replace(row, locked=locked, direct=direct, section=file.section, group=file.group)


class _Reader:
    """Reads files and what they include, each once."""

    def __init__(self, tree: Tree, project: str, folder: str) -> None:
        self.tree = tree
        self.held: list[Held] = []
        self.rows = Rows(tree, project, folder, self.held)
        self.files: dict[str, _File] = {}
        self.included: set[str] = set()
        self.limiting: set[str] = set()
        """Read as constraints; layers of compiled files are, and are installed all the same."""
        self.includes: dict[str, set[str]] = {}
        self.commands: dict[str, CompileCommand] = {}
        """Compiled files to their commands."""

    def read(self, path: str, *, constraint: bool, section: Section | None) -> None:
        """Read a file of the tree; a second visit only notes how it was reached. A stack, not recursion."""
        stack: list[_Visit] = [(path, constraint, section, None)]
        while stack:
            path, constraint, section, by = stack.pop()
            file = self.files.get(path)
            again = file is not None
            if file is None:
                file = self.files[path] = _File(path=path)
                file.section, file.group = section_of(path, section)
            elif constraint or not file.constraint:
                continue
            file.constraint = constraint
            stack += [
                (inner, is_constraint, file.section, place)
                for inner, is_constraint, place in reversed(self._take_in(file, by, again=again))
            ]

    def _take_in(self, file: _File, by: Place | None, *, again: bool) -> list[tuple[str, bool, Place]]:
        """Read the lines; give the included files, whether each is a constraint, and the line that says so."""
        try:
            text = decode(self.tree.read(file.path), file.path)
        except ManifestError as fault:
            self._hold(by or Place(path=file.path, line=0), fault, again)
            del self.files[file.path]
            return []
        if written := made_by(text):
            file.transitive = transitive_names(text)
            self.commands[file.path] = read_command(self.tree, file.path, written)
        included = self._sources(file.path)
        seen: dict[PackageName, int] = {}
        for line in read_lines(text, file.path):
            if isinstance(line, ManifestError):
                self._hold(Place(path=file.path, line=_line_of(line, file.path)), line, again)
                continue
            place = Place(path=file.path, line=line.number)
            try:
                included += _includes(line, place)
                if not again:
                    file.rows += self.rows.read(line, place, seen)
            except ManifestError as fault:
                self._hold(place, fault, again)
        self.included.update(path for path, is_constraint, _ in included if not is_constraint)
        self.limiting.update(path for path, is_constraint, _ in included if is_constraint)
        self.includes.setdefault(file.path, set()).update(path for path, _, _ in included)
        return included

    def _sources(self, path: str) -> list[tuple[str, bool, Place]]:
        """What a compiled file was made from, whatever its name."""
        command = self.commands.get(path)
        sources = command.sources if command is not None and not command.problem else ()
        return [(source, False, Place(path=path, line=0)) for source in sources if source.endswith(LINES)]

    def locks(self) -> CompiledLocks:
        """The compiled files that can be rebuilt; the others stay requirements files that nobody edits."""
        usable = [command for command in self.commands.values() if not command.problem]
        return compiled_locks(
            usable, self.includes, {path: file.rows for path, file in self.files.items()}, self.label
        )

    def label(self, path: str) -> tuple[Section, str]:
        """Section and group of a file that was read."""
        return self.files[path].section, self.files[path].group

    def with_problem(self, row: Dependency) -> Dependency:
        """A source of a file that can't be compiled anew stays as it is: the file would be left behind."""
        if row.immovable or row.place.path in self.commands:
            return row
        for command in self.commands.values():
            stem = command.output.removesuffix(".txt")
            if command.problem and row.place.path in (*command.sources, f"{stem}.in"):
                return replace(row, immovable=command.problem)
        return row

    def _hold(self, place: Place, fault: ManifestError, again: bool) -> None:
        if not again:
            reason = (
                fault.message if fault.message.startswith(f"{place.path}:") else f"{place}: {fault.message}"
            )
            self.held.append(
                Held(
                    kind="unreadable",
                    subject=place.path,
                    reason=reason,
                    advice=fault.advice,
                    ecosystem="pip",
                    place=place,
                )
            )


def _includes(line: Line, place: Place) -> list[tuple[str, bool, Place]]:
    if line.asks:
        return []
    return [
        (_included(value, place), name == "constraint", place)
        for name, value in line.options
        if name in ("requirement", "constraint")
    ]


def _included(value: str, place: Place) -> str:
    """The path of an included file. Raises ManifestError for one that is not the repository's own."""
    option = f"{place}: includes {value[:200]!r}"
    if "${" in value:
        raise ManifestError(f"{option}, whose variable only the environment knows.", "Write the path itself.")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", value):
        raise ManifestError(
            f"{option}, which is not a file of this repository and was not read.", "Copy it here."
        )
    path = posixpath.normpath(posixpath.join(posixpath.dirname(place.path), value))
    if value.startswith(("/", "~", "\\")) or path.startswith("../") or path in ("..", "."):
        raise ManifestError(
            f"{option}, which leads outside the repository and was not read.", "Move the file inside."
        )
    return path


def _line_of(fault: ManifestError, path: str) -> int:
    number = fault.message.removeprefix(f"{path}:").partition(":")[0]
    return int(number) if number.isdecimal() else 0
