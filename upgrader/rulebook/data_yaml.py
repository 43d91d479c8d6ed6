"""YAML in blocks: every entry with its place; what is written in flow style is edited by its scalars alone."""

from __future__ import annotations

import json
import re

from upgrader.errors import ManifestError
from upgrader.rulebook.data_entry import Data, Entry, Keys, NotData, below, line_end, newline_of
from upgrader.source.yaml_spans import YamlItem, read_yaml

_PLAIN = re.compile(r"[A-Za-z_./^~<>=@][A-Za-z0-9_./^~<>=@+ -]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""))


def read(text: str) -> Data:
    """Every entry of the file's one document. Raises NotData for what is not YAML, or several documents."""
    try:
        documents = read_yaml(text.encode(), "file")
    except ManifestError as fault:
        raise NotData(fault.message.removeprefix("file:")) from fault
    if len(documents) > 1:
        raise NotData("it holds several documents")
    entries: list[Entry] = []
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    document = _walk(text, documents[0], (), starts, entries) if documents else None
    return Data(text=text, document=document, entries=tuple(entries))


def write(value: object, like: str) -> str:
    """A scalar, in the quotes that stood there; a flat list in flow style."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        if like.startswith("'"):
            return "'" + value.replace("'", "''") + "'"
        if like.startswith('"') or value.lower() in _WORDS or not _PLAIN.fullmatch(value) or ": " in value:
            return json.dumps(value, ensure_ascii=False)
        return value.rstrip() if value == value.rstrip() else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


def write_key(name: str, like: str) -> str:
    """A key, quoted as it was."""
    return write(name, like)


def insert(data: Data, holder: Keys, name: str, value: object) -> tuple[int, str]:
    """After the holder's last entry. Raises NotData for an empty holder or one in flow style."""
    members = [entry for entry in below(data.entries, holder) if entry.whole != (0, 0)]
    if not members:
        raise NotData("there is no block to put it in")
    last = members[-1]
    start = last.whole[0]
    indent = data.text[start : last.key[0]]
    newline = newline_of(data.text)
    line = f"{indent}{write_key(name, '')}: {write(value, '')}{newline}"
    end = last.whole[1]
    return end, line if data.text[:end].endswith("\n") else newline + line.rstrip("\r\n")


def _walk(text: str, item: YamlItem, keys: Keys, starts: list[int], entries: list[Entry]) -> object:
    """The document below an item; its entries are added in the order of the file."""
    if item.members is not None:
        document: dict[str, object] = {}
        for name, member in item.members.items():
            place = len(entries)
            document[name] = _walk(text, member, (*keys, name), starts, entries)
            entries.insert(place, _member(text, member, (*keys, name), document[name], starts))
        return document
    if item.items is not None:
        listed: list[object] = []
        for index, member in enumerate(item.items):
            place = len(entries)
            listed.append(_walk(text, member, (*keys, index), starts, entries))
            span = _span(text, member)
            entries.insert(place, Entry(keys=(*keys, index), value=listed[-1], span=span))
        return listed
    return _scalar(item)


def _scalar(item: YamlItem) -> object:
    """What a plain word means in YAML 1.2; `yes` and `on` are text, as the packs write them."""
    if not item.plain:
        return item.text
    if re.fullmatch(r"-?[0-9]{1,15}", item.text) and not re.fullmatch(r"-?0[0-9]+", item.text):
        return int(item.text)
    return {"true": True, "false": False, "": None}.get(item.text, item.text)


def _span(text: str, item: YamlItem) -> tuple[int, int]:
    """Of a scalar that stands there itself; an anchor, an alias or a block is left alone."""
    if not item.is_scalar or item.aliased:
        return (0, 0)
    start, end = item.start, item.end
    if text.startswith("\ufeff"):
        start, end = start + 1, end + 1
    return (0, 0) if text[start : start + 1] in ("&", "!", "|", ">") else (start, end)


def _member(text: str, item: YamlItem, keys: Keys, value: object, starts: list[int]) -> Entry:
    name = str(keys[-1])
    start = starts[item.key_line - 1]
    line = text[start : line_end(text, start)]
    pattern = (
        rf"""^[ \t]*(?:- +)*("{re.escape(name)}"|'{re.escape(name)}'|{re.escape(name)})[ \t]*:(?:\s|$)"""
    )
    found = re.match(pattern, line)
    if found is None:
        return Entry(keys=keys, value=value, span=_span(text, item))
    key = (start + found.start(1), start + found.end(1))
    is_first_of_list = "-" in line[: found.start(1)]
    whole = (0, 0) if is_first_of_list else (start, _block_end(text, start, found.start(1), item))
    return Entry(keys=keys, value=value, span=_span(text, item), key=key, whole=whole)


def _block_end(text: str, start: int, column: int, item: YamlItem) -> int:
    """The lines of an entry: all that are indented deeper, and a list's dashes at the same depth."""
    at = last = line_end(text, start)
    while at < len(text):
        after = line_end(text, at)
        line = text[at:after]
        depth = len(line) - len(line.lstrip(" "))
        is_dash = item.items is not None and depth == column and line.lstrip().startswith("-")
        if line.strip() and not (depth > column or is_dash):
            break
        if line.strip():
            last = after
        at = after
    return last
