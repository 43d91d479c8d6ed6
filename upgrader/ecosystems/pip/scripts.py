"""Scripts that carry their own requirements (PEP 723), each a project of its own, with uv's lockfile for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.pip.lockfile import Lock, read_lock
from upgrader.ecosystems.pip.locks import held_by_unread, unread_lock
from upgrader.ecosystems.pip.pep508 import read_specifier
from upgrader.ecosystems.pip.pyproject_file import Manifest
from upgrader.ecosystems.pip.python_rows import python_rows
from upgrader.ecosystems.pip.references import kind_of
from upgrader.ecosystems.pip.sources import Sources, immovable_by_source, read_sources
from upgrader.ecosystems.pip.unread import is_specifier, unread
from upgrader.errors import ManifestError
from upgrader.model import Dependency, Held, Project
from upgrader.source.toml_spans import LARGEST, Keys, read_toml

_BEGIN = re.compile(rb"^# /// script[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(rb"#(?: [^\n]*)?\r?(?:\n|\Z)")
_END = re.compile(rb"# ///[ \t]*\r?\n?")
_NOT_LINE_END = re.compile(rb"[^\n]")


def find_scripts(paths: Sequence[str]) -> list[str]:
    """The scripts that uv has locked (`uv lock --script`); what other files say only a look inside would tell."""
    known = set(paths)
    return [
        path
        for path in paths
        if path.endswith(".py") and f"{path}.lock" in known and path.rpartition("/")[2] != "setup.py"
    ]


def find_inside(tree: Tree, paths: Sequence[str]) -> list[str]:
    """The scripts that have a block of their own, among the files whose bytes hold its first line."""
    sources = [path for path in paths if path.endswith(".py") and path.rpartition("/")[2] != "setup.py"]
    return [path for path in tree.search(b"# /// script", sources) if _has_block(tree, path)]


def _has_block(tree: Tree, path: str) -> bool:
    """Whether it is a block, and no string that quotes one; a second block is for the reader to tell."""
    try:
        return script_toml(tree.read(path), path) is not None
    except ManifestError:
        return True


def is_script(project: Project) -> bool:
    """Whether the project is one script; a setup.py is not."""
    return project.manifest.endswith(".py") and project.manifest.rpartition("/")[2] != "setup.py"


def script_toml(text: bytes, path: str) -> bytes | None:
    """The script's block as TOML, at the lines and bytes where it stands in the file; None when there is none.

    What stands before it, and the `#` of its lines, are blanks there. Raises ManifestError for a second block.
    """
    if len(text) > LARGEST:
        return None
    found: bytes | None = None
    at = 0
    while begin := _BEGIN.search(text, at):
        block, at = _block(text, begin.end() + 1)
        if block is not None and found is not None:
            line = text.count(b"\n", 0, begin.start()) + 1
            raise ManifestError(f"{path}:{line}: a second block `# /// script`.", "Leave one of them.")
        if block is not None:
            found = _NOT_LINE_END.sub(b" ", text[: begin.end() + 1]) + block
    return found


def read_script(tree: Tree, path: str) -> ProjectRead:
    """Read one script and the lockfile beside it. Raises ManifestError when its block is no TOML."""
    toml = script_toml(tree.read(path), path)
    read = read_toml(toml or b"", path)
    values = {value.keys: value for value in read.values}
    manifest = Manifest(path=path, document=read.document, values=values, lines=read.lines)
    held: list[Held] = []
    beside_it = f"{path}.lock"
    lock, stuck = None, ""
    if tree.exists(beside_it):
        try:
            lock = read_lock(tree.read(beside_it), beside_it)
        except ManifestError as fault:
            held.append(unread_lock(beside_it, fault))
            stuck = held_by_unread(beside_it)
    told = manifest.get("requires-python")
    project = Project(
        ecosystem="pip",
        folder=path.rpartition("/")[0] or ".",
        manifest=path,
        manifests=(path,),
        lockfile=beside_it if tree.exists(beside_it) else None,
        tool="uv",
        runtime=told if isinstance(told, str) and is_specifier(told) else None,
        lock_format=lock.built() if lock else "",
    )
    rows = [*python_rows(manifest, project.id), *_rows(manifest, project, lock, held)]
    if lock is not None:
        rows += lock.transitive(project.id, rows)
    rows = [row if row.immovable or not stuck else replace(row, immovable=stuck) for row in rows]
    return ProjectRead(project=project, dependencies=tuple(rows), held=tuple(held))


def _block(text: bytes, at: int) -> tuple[bytes | None, int]:
    """The comments from here to the last `# ///`, without their `#`, None without such an end; and where they end."""
    lines: list[bytes] = []
    end = None
    while line := _LINE.match(text, at):
        if _END.fullmatch(line[0]):
            end = len(lines)
        lines.append(b" " + line[0][1:])
        at = line.end()
    return None if end is None else b"".join(lines[:end]), at


def _rows(manifest: Manifest, project: Project, lock: Lock | None, held: list[Held]) -> list[Dependency]:
    found = manifest.get("dependencies")
    if found is not None and not isinstance(found, list):
        place = manifest.place(("dependencies",))
        held.append(unread(place.path, place.line, "dependencies: must be an array", "Write it as [...]."))
    sources = read_sources(manifest.document)
    rows = []
    for number, item in enumerate(found if isinstance(found, list) else ()):
        keys: Keys = ("dependencies", number)
        place = manifest.place(keys)
        try:
            # What is no string is none that PEP 508 knows either.
            rows.append(_row(item if isinstance(item, str) else "", keys, manifest, project, lock, sources))
        except ManifestError as fault:
            reason = fault.message.removeprefix(f"{place}: ")
            held.append(unread(place.path, place.line, reason, fault.advice))
    return rows


def _row(
    text: str, keys: Keys, manifest: Manifest, project: Project, lock: Lock | None, sources: Sources
) -> Dependency:
    place = manifest.place(keys)
    asked = read_specifier(text, f"{place}: {place.key}")
    reason = kind_of(asked.url) if asked.url else immovable_by_source(sources.get(asked.name, ()), "prod", "")
    held_at = lock.locked_at("", "prod", "", asked.name, asked.requirement) if lock else None
    return Dependency(
        ecosystem="pip",
        name=asked.name,
        project=project.id,
        requirement=asked.requirement,
        locked=None if reason else held_at if project.lockfile else asked.pin,
        section="prod",
        direct=True,
        place=place,
        group="dependencies",
        marker=asked.marker,
        immovable=reason,
    )
