"""Requirements files that pip-compile or uv wrote, as the lockfiles they are: what they hold, how they are rebuilt."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from msgspec import Struct

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.compile_command import CompileCommand, read_command, same_command
from upgrader.ecosystems.pip.compiled import made_by
from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.ecosystems.pip.requirements_text import decode
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Command, Dependency, PackageName, Project, Section, Update
from upgrader.versions import pep440

COMPILED = "compiled\t"
"""How `Project.lock_format` begins for a project whose lockfiles are compiled requirements."""
_LONGEST_VERSION = 128
_FIELDS = 5


class Compiled(Struct, frozen=True, kw_only=True):
    """One compiled file."""

    command: CompileCommand
    reach: frozenset[str]
    """Every file that its command reads, through `-r` and `-c` and through other compiled files."""
    pins: dict[PackageName, set[str]]
    rows: tuple[Dependency, ...]
    """What stands in it, as the reader of requirements files found it."""
    section: Section
    group: str


class CompiledLocks(Struct, frozen=True, kw_only=True):
    """The compiled files of one project, in an order in which they can be rebuilt."""

    files: tuple[Compiled, ...]

    def built(self) -> str:
        """One line for each file: its path, folder, what it reads, and the header's command."""
        lines = [
            "\t".join(
                (
                    file.command.output,
                    file.command.folder,
                    shlex.join(sorted(file.reach)),
                    file.command.written,
                )
            )
            for file in self.files
        ]
        return "\n".join(f"{COMPILED}{line}" for line in lines)

    def locked_at(
        self, member: str, section: Section, group: str, name: PackageName, requirement: str
    ) -> str | None:
        """The newest version that any of the files holds and the requirement allows; None when none does."""
        return self._newest(self.files, name, requirement)

    def locked_for(self, path: str, name: PackageName, requirement: str) -> str | None:
        """The version that a compiled file holds for a requirement of one of its sources, None when none does."""
        return self._newest([file for file in self.files if path in file.reach], name, requirement)

    def _newest(self, files: Sequence[Compiled], name: PackageName, requirement: str) -> str | None:
        if requirement and not pep440.is_requirement(requirement):
            return None
        held = {version for file in files for version in file.pins.get(name, ())}
        fitting = [
            version
            for version in held
            if not requirement or pep440.allows(requirement, version, prereleases=True)
        ]
        return next(reversed(pep440.sort_versions(fitting)), None)

    def transitive(self, project: str, rows: Sequence[Dependency]) -> Iterator[Dependency]:
        """What no row of the sources holds at this version: they ask for no version, and move by a rebuild alone."""
        seen = {(row.name, row.locked) for row in rows}
        told = {row.name for row in rows if row.immovable and row.direct}
        for file in self.files:
            for row in file.rows:
                if (row.name, row.locked) in seen or (row.immovable and row.name in told):
                    continue
                yield Dependency(
                    ecosystem="pip",
                    name=row.name,
                    project=project,
                    requirement="",
                    locked=row.locked,
                    section=file.section,
                    direct=False,
                    place=row.place,
                    group=file.group,
                    marker=row.marker,
                    immovable=row.immovable,
                )


def compiled_locks(
    commands: Sequence[CompileCommand],
    includes: Mapping[str, Set[str]],
    rows: Mapping[str, Sequence[Dependency]],
    label: Callable[[str], tuple[Section, str]],
) -> CompiledLocks:
    """The files of some commands, with the rows that stand in them."""
    files = []
    for command in in_order(commands, includes):
        pins: dict[PackageName, set[str]] = {}
        for row in rows.get(command.output, ()):
            if row.locked and pep440.is_valid(row.locked):
                pins.setdefault(row.name, set()).add(row.locked)
        section, group = label(command.output)
        files.append(
            Compiled(
                command=command,
                reach=reached(command, commands, includes),
                pins=pins,
                rows=tuple(rows.get(command.output, ())),
                section=section,
                group=group,
            )
        )
    return CompiledLocks(files=tuple(files))


def read_header(tree: Tree, path: str) -> CompileCommand | None:
    """The command that wrote a file, None for a file that no such command wrote or that can't be read."""
    try:
        written = made_by(decode(tree.read(path), path))
    except ManifestError:
        return None
    return read_command(tree, path, written) if written else None


def in_order(commands: Sequence[CompileCommand], includes: Mapping[str, Set[str]]) -> list[CompileCommand]:
    """The commands, each after those whose files it reads; a circle is left as it came."""
    waiting = sorted(commands, key=lambda item: item.output)
    reads = {item.output: reached(item, commands, includes) - {item.output} for item in waiting}
    placed: list[CompileCommand] = []
    while waiting:
        left = {item.output for item in waiting}
        free = next((item for item in waiting if not reads[item.output] & left), waiting[0])
        waiting.remove(free)
        placed.append(free)
    return placed


def reached(
    command: CompileCommand, commands: Sequence[CompileCommand], includes: Mapping[str, Set[str]]
) -> frozenset[str]:
    """Every file that a rebuild reads, its own output left out."""
    by_output = {item.output: item.sources for item in commands}
    found: set[str] = set()
    stack = list(command.sources)
    while stack:
        path = stack.pop()
        if path not in found:
            found.add(path)
            stack += [*includes.get(path, ()), *by_output.get(path, ())]
    return frozenset(found - {command.output})


def recompile(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """The header's own commands with `-P name==version`, for the files that hold or read what moves.

    The header keeps its command by the tools' own variable for it. New releases are not built: they have to offer a
    wheel, or metadata that needs no build. Raises VersionError for a name or a version that is none.
    """
    pins: list[str] = []
    for update in updates:
        version = update.target.version
        if not pep440.is_valid(version) or len(version) > _LONGEST_VERSION:
            raise VersionError(f"{version[:80]!r} is not a version that pip knows.")
        pins += ["--upgrade-package", f"{normalise(update.name)}=={version}"]
    moving = {place.place.path for update in updates for place in update.dependencies}
    return [
        _command(output, folder, argv, written, pins)
        for output, folder, reach, written, argv in _lines(project)
        if moving & {output, *reach}
    ]


def touched(project: Project) -> Sequence[str]:
    """Every compiled file of the project."""
    return [output for output, _, _, _, _ in _lines(project)]


def _lines(project: Project) -> Iterator[tuple[str, str, list[str], str, tuple[str, ...]]]:
    for line in project.lock_format.split("\n"):
        fields = line.split("\t")
        if len(fields) == _FIELDS:
            _, output, folder, reach, written = fields
            argv = same_command(output, folder, written).argv
            yield output, folder, shlex.split(reach), written, argv


def _command(output: str, folder: str, argv: tuple[str, ...], written: str, pins: Sequence[str]) -> Command:
    uv = argv[0] == "uv"
    env = (
        {"UV_CUSTOM_COMPILE_COMMAND": written, "UV_NO_BUILD": "1", "UV_PYTHON_DOWNLOADS": "never"}
        if uv
        else {"CUSTOM_COMPILE_COMMAND": written, "PIP_ONLY_BINARY": ":all:", "PIP_NO_INPUT": "1"}
    )
    return Command(
        argv=(*argv, *pins),
        folder=folder,
        env={**env, "NO_COLOR": "1"},
        why=f"Compiles {posixpath.basename(output)} anew by its own header's command, for these packages alone.",
        network=True,
    )
