"""What setup.cfg and setup.py of a folder ask for, as dependencies of the project that is there."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip import setup_cfg
from upgrader.ecosystems.pip.pep508 import Specifier, read_specifier
from upgrader.ecosystems.pip.references import kind_of
from upgrader.ecosystems.pip.setup_py import SetupFile
from upgrader.ecosystems.pip.unread import beside, is_specifier, unread
from upgrader.errors import ManifestError
from upgrader.model import Dependency, Held, PackageName, Place, Section
from upgrader.source.spans import Value

NAMES = ("setup.py", "setup.cfg")
_SECTIONS: dict[str, Section] = {
    "install_requires": "prod",
    "setup_requires": "build",
    "tests_require": "dev",
    "extras_require": "optional",
}
_REQUIREMENTS = re.compile(rb"requirements[\w./-]*\.txt")
_ADVICE = "List them in [project] of pyproject.toml, or write them out as strings."

Locked = Callable[[Section, str, PackageName, str], str | None]
"""Section, group, name and requirement to the version that a lockfile holds."""


class SetupRead(Struct, kw_only=True):
    """What was found."""

    rows: list[Dependency] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """The files that state requirements."""
    held: list[Held] = field(default_factory=list)


def read_setup(
    tree: Tree, folder: str, project: str, locked: Locked | None = None, *, with_requirements: bool = True
) -> SetupRead:
    """The requirements of both files; what only running setup.py would tell is held.

    With `with_requirements` a list that comes from a requirements file is left to that file.
    """
    found = SetupRead()
    for path in (beside(folder, name) for name in NAMES):
        if not tree.exists(path):
            continue
        try:
            text = tree.read(path)
            values, elsewhere = written(text, path)
        except ManifestError as fault:
            _hold_file(found, path, fault)
            continue
        for value in values:
            _add(found, path, value, project, locked)
        if not (with_requirements and _REQUIREMENTS.search(text)):
            found.held += [
                unread(path, line, f"{key}: the dependencies {why}", _ADVICE) for line, key, why in elsewhere
            ]
        if values:
            found.paths.append(path)
    return found


def stated(tree: Tree, folder: str, section: str, key: str) -> str:
    """A plain option of setup.cfg (`metadata.name`) or the keyword of that name in setup.py; "" for none."""
    for path in (beside(folder, name) for name in NAMES):
        try:
            text = tree.read(path) if tree.exists(path) else b""
            is_cfg = path.endswith(".cfg")
            told = setup_cfg.stated(text, path, section, key) if is_cfg else SetupFile(text, path).stated(key)
        except ManifestError:
            continue
        if told:
            return told
    return ""


def python_requires(tree: Tree, folder: str) -> str | None:
    """The Python versions that setup.py or setup.cfg ask for."""
    told = stated(tree, folder, "options", "python_requires")
    return told if told and is_specifier(told) else None


def written(text: bytes, path: str) -> tuple[list[Value], list[tuple[int, str, str]]]:
    """The requirements of one of the files with their bytes, and what it does not write out. Raises ManifestError."""
    return setup_cfg.read_values(text, path) if path.endswith(".cfg") else SetupFile(text, path).read()


def requirement_start(text: bytes, value: Value, asked: Specifier) -> int | None:
    """The byte where the version specifiers begin; None in a string that is not written as it is read."""
    whole = text[value.start : value.end]
    words = str(value.value)
    inner = whole[1:-1] if whole[:1] in (b'"', b"'") else whole
    if inner != words.encode():
        return None
    return value.start + (inner is not whole) + len(words[: asked.start].encode())


def _add(found: SetupRead, path: str, value: Value, project: str, locked: Locked | None) -> None:
    place = Place(path=path, line=value.line, key=value.path)
    words = [str(key) for key in value.keys[:-1]]
    section: Section = next(_SECTIONS[word] for word in words if word in _SECTIONS)
    group = words[-1]
    try:
        asked = read_specifier(str(value.value), f"{place}: {place.key}")
    except ManifestError as fault:
        found.held.append(
            Held(
                kind="unreadable",
                subject=path,
                reason=fault.message,
                advice=fault.advice,
                ecosystem="pip",
                place=place,
            )
        )
        return
    reason = kind_of(asked.url) if asked.url else ""
    at = (
        None
        if reason or section == "build" or locked is None
        else locked(section, group, asked.name, asked.requirement)
    )
    found.rows.append(
        Dependency(
            ecosystem="pip",
            name=asked.name,
            project=project,
            requirement=asked.requirement,
            locked=None if reason else at or asked.pin,
            section=section,
            direct=True,
            place=place,
            group=group,
            marker=asked.marker,
            immovable=reason,
        )
    )


def _hold_file(found: SetupRead, path: str, fault: ManifestError) -> None:
    line = re.match(rf"{re.escape(path)}:(\d+): ", fault.message)
    reason = fault.message[line.end() :] if line else fault.message.removeprefix(f"{path}: ")
    found.held.append(unread(path, int(line[1]) if line else 1, reason, fault.advice))
