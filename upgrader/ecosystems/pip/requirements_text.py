"""The lines of a requirements file as pip reads them: joined, without comments, each with its place in the file."""

from __future__ import annotations

import codecs
import re
import shlex

from msgspec import Struct

from upgrader.errors import ManifestError

LARGEST = 4 * 2**20
"""Bytes of a requirements file that are read at most."""
LONGEST_LINE = 65536
"""Characters of a joined line; one with the hashes of 300 files has about 30,000."""
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"))
_BOMS = (*_WIDE, (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_OPTION = re.compile(r"(?<=\s)-")
_VALUED = {
    "-r": "requirement",
    "-c": "constraint",
    "-e": "editable",
    "-i": "index-url",
    "-f": "find-links",
}
_LONG = (
    *("requirement", "constraint", "editable", "index-url", "pypi-url", "extra-index-url", "find-links"),
    *("no-binary", "only-binary", "trusted-host", "use-feature", "hash", "global-option", "config-settings"),
    *(
        "config-setting",
        "install-option",
        "no-index",
        "prefer-binary",
        "require-hashes",
        "pre",
        "always-unzip",
    ),
    *("process-dependency-links", "no-build-isolation", "all-releases", "only-final", "uploaded-prior-to"),
)
_FLAGS = frozenset(
    (
        *("no-index", "prefer-binary", "require-hashes", "pre", "always-unzip", "process-dependency-links"),
        "no-build-isolation",
    )
)


class Line(Struct, frozen=True, kw_only=True):
    """One logical line: physical lines ending in a backslash are joined."""

    number: int
    """1-based physical line where it begins to say something."""
    asks: str
    """What stands before the first option: a specifier, a path or an address; "" for a line of options."""
    options: tuple[tuple[str, str], ...]
    """Long names without dashes, with their values ("" for a flag)."""
    pieces: tuple[tuple[int, int], ...]
    """(offset in the joined text, offset in the file's text) of every physical piece, in characters."""
    before: int
    """Characters of the joined text before `asks`."""

    def place(self, start: int, end: int) -> int | None:
        """Where in the file's text the characters `start..end` of `asks` stand; None when a line end cuts them."""
        start, end = start + self.before, end + self.before
        ahead = [piece for piece in self.pieces if piece[0] <= start]
        if not ahead or any(start < piece[0] < end for piece in self.pieces):
            return None
        return ahead[-1][1] + start - ahead[-1][0]


def decode(data: bytes, path: str) -> str:
    """The text as pip decodes it: by byte order mark, by a coding comment (PEP 263), else UTF-8; the mark is left out.

    Raises ManifestError `path:line: ...` when it cannot be decoded.
    """
    if len(data) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "Split the file.")
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _declared(data)
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        at = fault.start if isinstance(fault, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, at) + 1
        raise ManifestError(f"{path}:{line}: byte {at} is not {encoding}.", "Save it as UTF-8.") from fault


def byte_offset(data: bytes, text: str, offset: int) -> int | None:
    """The byte at which a character of `decode`d text stands; None when the file is not UTF-8."""
    mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    head = text[:offset].encode()
    return mark + len(head) if data[mark : mark + len(head)] == head else None


def read_lines(text: str, path: str) -> list[Line | ManifestError]:
    """Every line that says something; one that pip would refuse stands as its ManifestError, and the rest goes on."""
    lines: list[Line | ManifestError] = []
    for number, joined, pieces in _joined(text):
        stripped = _COMMENT.sub("", joined)
        lead = len(stripped) - len(stripped.lstrip())
        said = stripped.strip()
        if not said:
            continue
        # The line a person looks for is the one where the text begins, not an empty one before a backslash.
        number += text.count("\n", pieces[0][1], _source(pieces, lead))
        lines.append(_read_line(said, number, pieces, lead, path))
    return lines


def _declared(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if found := _CODING.match(line):
            return found[1].decode("ascii")
    return "utf-8"


def _source(pieces: tuple[tuple[int, int], ...], offset: int) -> int:
    at, start = next(piece for piece in reversed(pieces) if piece[0] <= offset)
    return start + offset - at


def _joined(text: str) -> list[tuple[int, str, tuple[tuple[int, int], ...]]]:
    """Physical lines joined at a final backslash; a comment line is never joined to what follows it."""
    found = []
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = offset = first = 0
    for number, physical in enumerate(text.splitlines(keepends=True), 1):
        line = physical.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
        comment = line.lstrip().startswith("#")
        goes_on = line.endswith("\\") and not comment
        first = first or number
        pieces.append((length, offset))
        part = line.rstrip("\\") if goes_on else line
        if comment and parts:
            # A comment that ends a joined line is still a comment: pip puts a blank before it.
            part = " " + line
            pieces[-1] = (length, offset - 1)
        parts.append(part)
        length += len(part)
        offset += len(physical)
        if not goes_on:
            found.append((first, "".join(parts), tuple(pieces)))
            parts, pieces, length, first = [], [], 0, 0
    if parts:
        found.append((first, "".join(parts), tuple(pieces)))
    return found


def _read_line(
    said: str, number: int, pieces: tuple[tuple[int, int], ...], before: int, path: str
) -> Line | ManifestError:
    asks, options = said, ""
    if said.startswith("-"):
        asks, options = "", said
    elif cut := _OPTION.search(said):
        asks, options = said[: cut.start()].rstrip(), said[cut.start() :]
    if len(said) > LONGEST_LINE:
        return ManifestError(f"{path}:{number}: a line of {len(said)} characters is not read.")
    try:
        words = shlex.split(options)
        read = _options(words)
    except ValueError as fault:
        return ManifestError(
            f"{path}:{number}: {fault}: {said[:100]!r}.", "See pip's requirements file format."
        )
    return Line(number=number, asks=asks, options=tuple(read), pieces=pieces, before=before)


def _options(words: list[str]) -> list[tuple[str, str]]:
    """Pip's options; raises ValueError for one it does not know."""
    read = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, value = _named(word)
        if name in _FLAGS:
            read.append((name, ""))
            continue
        if value is None:
            if not queue:
                raise ValueError(f"the option {word} has no value")
            value = queue.pop(0)
        read.append((name, value))
    return read


def _named(word: str) -> tuple[str, str | None]:
    """An option's long name and the value glued to it, None when the next word is its value."""
    if word.startswith("--"):
        written, equals, value = word[2:].partition("=")
        exact = [name for name in _LONG if name == written]
        matches = exact or [name for name in _LONG if written and name.startswith(written)]
        if len(matches) == 1:
            return matches[0], value if equals else None
    elif name := _VALUED.get(word[:2]):
        return name, word[2:] or None
    raise ValueError(f"{word[:60]!r} is not an option pip knows here")
