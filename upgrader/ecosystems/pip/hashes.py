"""A line of a requirements file with hashes, made to ask for another release with the hashes of that one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from upgrader.ecosystems.pip.pep508 import Specifier, read_specifier
from upgrader.ecosystems.pip.requirements_files import LINES
from upgrader.ecosystems.pip.requirements_text import Line, byte_offset, decode, read_lines
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit, RangeStrategy, Release
from upgrader.versions.strategies import requirement_for

_HASH = re.compile(r"""(?P<option>--hash(?:=|[ \t]+)["']?)(?P<digest>\w+:[0-9A-Fa-f]+)["']?""")
_BETWEEN = re.compile(r"(?:[ \t]|\\\r?\n)+")
_BEFORE = re.compile(r"(?:[ \t]|\\\r?\n)+\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def rehash(
    text: bytes, dependency: Dependency, release: Release, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The version and the hashes of one line: every file's digest, written as the line writes its own.

    Their order is the index's, or sorted where the line's are; empty for a place without hashes, and for one that asks
    for the release already.
    """
    place = dependency.place
    if dependency.immovable or not place.path.endswith(LINES) or b"--hash" not in text:
        return ()
    try:
        found = _find(text, dependency)
    except ManifestError:
        return ()
    if found is None:
        return ()
    content, line, asked = found
    try:
        wanted = requirement_for("pip", dependency.requirement, release.version, strategy)
    except VersionError:
        return ()  # `edit` says why
    if wanted == dependency.requirement:
        return ()
    if not release.digests or not all(map(_DIGEST.fullmatch, release.digests)):
        return _cannot(
            dependency, f"the line has hashes, and the index does not tell those of {release.version}"
        )
    version = line.place(asked.start, asked.start + len(asked.requirement))
    block = _block(content, line, release.digests)
    if version is None or block is None or byte_offset(text, content, len(content)) is None:
        return _cannot(dependency, "its hashes are written in a way that is not changed here")
    start, before, after = block
    spans = ((version, dependency.requirement, wanted), (start, before, after))
    return [
        _edit(text, content, place.path, offset, was, becomes)
        for offset, was, becomes in spans
        if was != becomes
    ]


def _find(text: bytes, dependency: Dependency) -> tuple[str, Line, Specifier] | None:
    """The text, the dependency's line in it where that has hashes, and what it asks."""
    place = dependency.place
    content = decode(text, place.path)
    for line in read_lines(content, place.path):
        if isinstance(line, ManifestError) or line.number != place.line or not line.asks:
            continue
        if not any(name == "hash" for name, _ in line.options):
            continue
        asked = read_specifier(line.asks, str(place))
        if (asked.name, asked.requirement) == (dependency.name, dependency.requirement):
            return content, line, asked
    return None


def _block(content: str, line: Line, digests: Sequence[str]) -> tuple[int, str, str] | None:
    """Offset, text and successor of the run of hashes; None where something else stands among them."""
    start, end = line.pieces[0][1], _end(content, line.pieces[-1][1])
    found = list(_HASH.finditer(content, start, end))
    if len(found) != sum(name == "hash" for name, _ in line.options):
        return None
    gaps = [content[one.end() : two.start()] for one, two in pairwise(found)]
    before = _BEFORE.search(content[start : found[0].start()])
    if not gaps and before is None:
        return None
    between = gaps[0] if gaps else before[0] if before else ""
    if not all(map(_BETWEEN.fullmatch, gaps)):
        return None
    told = [item["digest"] for item in found]
    ordered = sorted(digests) if told == sorted(told) else list(digests)
    mark = found[0]["option"]
    quote = mark[-1] if mark[-1] in "\"'" else ""
    words = between.join(f"{mark}{digest}{quote}" for digest in ordered)
    return found[0].start(), content[found[0].start() : found[-1].end()], words


def _end(content: str, start: int) -> int:
    found = content.find("\n", start)
    return len(content) if found < 0 else found


def _edit(text: bytes, content: str, path: str, offset: int, before: str, after: str) -> Edit:
    start = byte_offset(text, content, offset)
    start = 0 if start is None else start
    return Edit(path=path, line=text.count(b"\n", 0, start) + 1, start=start, before=before, after=after)


def _cannot(dependency: Dependency, why: str) -> CannotEdit:
    place = dependency.place
    return CannotEdit(
        place=place,
        reason=f"{place}: {why}",
        advice=f"Write {dependency.name} and its hashes by hand, or with `pip-compile --generate-hashes`.",
    )
