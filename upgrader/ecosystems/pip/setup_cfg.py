"""The requirements in a setup.cfg, each with its bytes; read as configparser and setuptools read it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

from upgrader.ecosystems.pip.requirements_text import decode
from upgrader.errors import ManifestError
from upgrader.source.spans import Value

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
_SIGN = re.compile(r"[:=]")
_LIST = ("install_requires", "setup_requires", "tests_require")
_OTHER_EXTRA = re.compile(r"%\([^()]+\)s")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


class Option(Struct, kw_only=True):
    """One option and the lines of its value."""

    section: str
    key: str
    line: int
    parts: list[tuple[int, int, str]]
    """Line, byte offset and text of each line of the value, blanks around it left out."""


def options(data: bytes, path: str) -> Iterator[Option]:
    """Every option of the file in its order; a line that is none is passed over. Raises ManifestError for no text."""
    content = decode(data, path)
    section, current = "", None
    at = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    for number, raw in enumerate(content.split("\n"), 1):
        start, at = at, at + len(raw.encode()) + 1
        text = raw.strip()
        if not text or text[0] in "#;":
            continue
        if raw[0] in " \t" and current is not None:
            current.parts.append((number, start + _lead(raw), text))
            continue
        if current is not None:
            yield current
            current = None
        if header := _SECTION.match(text):
            section = header["name"].strip()
        elif sign := _SIGN.search(raw):
            head, rest = raw[: sign.end()], raw[sign.end() :]
            parts = [(number, start + len(head.encode()) + _lead(rest), rest.strip())] if rest.strip() else []
            key = head[:-1].strip()
            # An extra keeps its dash: it is a name and no option.
            key = key.lower().replace("-", "_") if section != "options.extras_require" else key
            current = Option(section=section, key=key, line=number, parts=parts)
    if current is not None:
        yield current


def read_values(text: bytes, path: str) -> tuple[list[Value], list[tuple[int, str, str]]]:
    """The requirements, and line, key and reason of each list that stands in another file.

    Keys are `options.install_requires[0]`, `options.extras_require.test[0]`. Raises
    ManifestError for no text, and for an option that stands twice.
    """
    values: list[Value] = []
    elsewhere: list[tuple[int, str, str]] = []
    seen: set[tuple[str, ...]] = set()
    for option in options(text, path):
        keys = _keys(option)
        if keys is not None and keys in seen:
            # configparser refuses the file as well.
            raise ManifestError(f"{path}:{option.line}: {'.'.join(keys)} stands twice.", "Leave one of them.")
        seen |= {keys} if keys else set()
        if keys is None or not option.parts:
            continue
        if re.match(r"(?:file|attr)\s*:", option.parts[0][2]):
            told = " ".join(part for _, _, part in option.parts)
            elsewhere.append((option.line, ".".join(keys), f"come from {told[:120]!r}"))
            continue
        values += _values(keys, option)
    return values, elsewhere


def stated(text: bytes, path: str, section: str, key: str) -> str:
    """One plain option such as `metadata.name`, "" when it is not there."""
    for option in options(text, path):
        if (option.section, option.key) == (section, key) and len(option.parts) == 1:
            return option.parts[0][2]
    return ""


def _keys(option: Option) -> tuple[str, ...] | None:
    if option.section == "options" and option.key in _LIST:
        return ("options", option.key)
    return ("options", "extras_require", option.key) if option.section == "options.extras_require" else None


def _lead(text: str) -> int:
    """Bytes of the blanks at the start."""
    return len(text[: len(text) - len(text.lstrip())].encode())


def _values(keys: tuple[str, ...], option: Option) -> Iterator[Value]:
    """A requirement on each line; or several on one, between semicolons (setuptools: "list-semi")."""
    parts = option.parts
    if len(parts) == 1 and parts[0][0] == option.line:
        line, at, whole = parts[0]
        parts = []
        for piece in whole.split(";"):
            parts.append((line, at + _lead(piece), piece.strip()))
            at += len(piece.encode()) + 1
    number = 0
    for line, at, part in parts:
        plain = _COMMENT.sub("", part).rstrip()
        # `%(docs)s` is another extra, whose requirements stand there.
        if plain and not _OTHER_EXTRA.fullmatch(plain):
            end = at + len(plain.encode())
            yield Value(keys=(*keys, number), value=plain, start=at, end=end, line=line)
            number += 1
