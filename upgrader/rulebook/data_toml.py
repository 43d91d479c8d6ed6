"""TOML: every entry with its place, as far as its line tells it; each edit is checked by reading again."""

from __future__ import annotations

import json
import re
import tomllib

from upgrader.errors import ManifestError
from upgrader.rulebook.data_entry import Data, Entry, Keys, NotData, line_end, newline_of
from upgrader.source.toml_spans import read_toml

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"[ \t]*\[\[?")
_ASSIGNED = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=[ \t]*")
_LONGEST_VALUE = 2000
"""Lines of one value that are joined to find its end."""


def read(text: str) -> Data:
    """Every entry of the file. Raises NotData for what is no TOML."""
    data = text.encode()
    try:
        found = read_toml(data, "file")
    except ManifestError as fault:
        raise NotData(fault.message.removeprefix("file:")) from fault
    starts = _line_starts(text)
    # Spans are of bytes there and of characters here.
    to_char = (lambda at: at) if text.isascii() else (lambda at: len(data[:at].decode()))
    scalars = {value.keys: (to_char(value.start), to_char(value.end)) for value in found.values}
    entries = [
        _entry(text, found.document, keys, starts[line - 1], scalars)
        for keys, line in found.lines.items()
        if keys
    ]
    elements = [
        Entry(keys=keys, value=_at(found.document, keys), span=span)
        for keys, span in scalars.items()
        if isinstance(keys[-1], int)
    ]
    ordered = sorted(
        [*entries, *elements], key=lambda entry: (entry.span[0] or entry.key[0], len(entry.keys))
    )
    return Data(text=text, document=found.document, entries=tuple(ordered))


def write(value: object, like: str) -> str:
    """A scalar, or a flat list or table; strings in the quotes that stood there when these can hold them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        if like.startswith("'") and not like.startswith("'''") and "'" not in value and "\n" not in value:
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(write(item, '') for item in value)}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{write_key(str(key), '')} = {write(item, '')}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    raise NotData("TOML has no null")


def write_key(name: str, like: str) -> str:
    """A bare key where that is allowed."""
    return name if _PLAIN.fullmatch(name) and not like.startswith(('"', "'")) else json.dumps(name)


def insert(data: Data, holder: Keys, name: str, value: object) -> tuple[int, str]:
    """After the last plain entry of the holder's table, else under its header. Raises NotData where it has none."""
    newline = newline_of(data.text)
    line = f"{write_key(name, '')} = {write(value, '')}{newline}"
    members = [
        entry
        for entry in data.entries
        if entry.keys[:-1] == holder and entry.whole != (0, 0) and not _is_header(data.text, entry.whole[0])
    ]
    if members:
        end = members[-1].whole[1]
        return end, line if data.text[:end].endswith("\n") else newline + line.rstrip("\r\n")
    if not holder:
        return 0, line
    for entry in data.entries:
        if entry.keys == holder and entry.whole != (0, 0) and _is_header(data.text, entry.whole[0]):
            end = line_end(data.text, entry.whole[0])
            return end, line if data.text[:end].endswith("\n") else newline + line.rstrip("\r\n")
    raise NotData("there is no table to put it in")


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for found in re.finditer("\n", text):
        starts.append(found.end())
    return starts


def _is_header(text: str, at: int) -> bool:
    return _HEADER.match(text, at) is not None


def _entry(
    text: str, document: object, keys: Keys, start: int, scalars: dict[Keys, tuple[int, int]]
) -> Entry:
    value = _at(document, keys)
    if _is_header(text, start):
        return Entry(
            keys=keys, value=value, span=(0, 0), key=_header_key(text, keys, start), whole=_table(text, start)
        )
    assigned = _ASSIGNED.match(text, start)
    if assigned is None or str(keys[-1]) != _unquoted(_last(assigned[1])):
        return Entry(keys=keys, value=value, span=scalars.get(keys, (0, 0)))
    end = _value_end(text, start)
    last = _last(assigned[1])
    at = assigned.start(1) + assigned[1].rindex(last)
    span = scalars.get(keys) or _trimmed(text, assigned.end(), end)
    return Entry(keys=keys, value=value, span=span, key=(at, at + len(last)), whole=(start, end))


def _last(dotted: str) -> str:
    parts: list[str] = re.findall(_PART, dotted)
    return parts[-1]


def _unquoted(part: str) -> str:
    return part[1:-1] if part[:1] in ('"', "'") else part


def _header_key(text: str, keys: Keys, start: int) -> tuple[int, int]:
    """The key's part of its own header; a header of a deeper table has it too, and reading again finds that out."""
    line = text[start : line_end(text, start)]
    parts = list(re.finditer(_PART, line.partition("]")[0]))
    if not parts or _unquoted(parts[-1].group()) != str(keys[-1]):
        return (0, 0)
    return start + parts[-1].start(), start + parts[-1].end()


def _table(text: str, start: int) -> tuple[int, int]:
    """From a header to the next one, comments and blank lines right before that left out."""
    at = line_end(text, start)
    last = at
    while at < len(text):
        if _is_header(text, at):
            return start, last
        after = line_end(text, at)
        line = text[at:after].strip()
        if (line and not line.startswith("#")) or (not line and last == at):
            last = after
        at = after
    return start, len(text)


def _value_end(text: str, start: int) -> int:
    """The end of the line on which the statement that begins at an offset is whole."""
    end = start
    for _ in range(_LONGEST_VALUE):
        end = line_end(text, end)
        try:
            tomllib.loads(text[start:end].replace("\r\n", "\n"))
        except (tomllib.TOMLDecodeError, RecursionError):
            if end == len(text):
                break
            continue
        return end
    return line_end(text, start)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A list or inline table without the comment and line break after it."""
    while end > start and text[end - 1] not in "]}":
        end -= 1
    return start, end


def _at(document: object, keys: Keys) -> object:
    for key in keys:
        if isinstance(document, dict):
            document = document.get(str(key))
        elif isinstance(document, list) and isinstance(key, int) and key < len(document):
            document = document[key]
        else:
            return None
    return document
