"""INI files (setup.cfg, tox.ini, pytest.ini): sections and options, values with their further lines."""

from __future__ import annotations

import re

from upgrader.rulebook.data_entry import Data, Entry, Keys, NotData, line_end, newline_of

_SECTION = re.compile(r"\[([^\]\n]+)\]")
_OPTION = re.compile(r"([^\s=:#;\[][^=:\n]*?)[ \t]*([=:])[ \t]*([^\n]*)")


def read(text: str) -> Data:
    """Sections and their options; an option's value is its text as it stands, further lines with their indentation.

    Raises NotData for an option before the first section, or twice in one, and for a line that is neither.
    """
    document: dict[str, dict[str, str]] = {}
    entries: list[Entry] = []
    section: str | None = None
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        end = line_end(text, at)
        line = text[at:end].rstrip("\r\n")
        header = _SECTION.match(line)
        if header:
            section = header[1]
            table: dict[str, str] = document.setdefault(section, {})
            key = (at + header.start(1), at + header.end(1))
            entries.append(
                Entry(keys=(section,), value=table, span=(0, 0), key=key, whole=(at, _section_end(text, end)))
            )
        elif line.strip() and line.lstrip()[0] not in "#;":
            end = _option(text, at, end, section, document, entries)
        at = end
    return Data(text=text, document=document, entries=tuple(entries))


def _option(
    text: str,
    at: int,
    end: int,
    section: str | None,
    document: dict[str, dict[str, str]],
    entries: list[Entry],
) -> int:
    found = _OPTION.match(text, at, end)
    if section is None or found is None:
        raise NotData(f"line {text.count(chr(10), 0, at) + 1} is no option")
    name = found[1]
    if name in document[section]:
        raise NotData(f"{name} stands twice in [{section}]")
    end = _continued(text, end)
    stop = found.start(3) + len(text[found.start(3) : end].rstrip())
    value = text[found.start(3) : stop]
    document[section][name] = value
    entries.append(
        Entry(
            keys=(section, name),
            value=document[section][name],
            span=(found.start(3), stop),
            key=found.span(1),
            whole=(at, end),
        )
    )
    return end


def _continued(text: str, end: int) -> int:
    """The end of an option with the indented lines after it; blank lines after the last one stay."""
    last = at = end
    while at < len(text):
        after = line_end(text, at)
        line = text[at:after]
        if line.strip() and line[0] not in " \t":
            break
        if line.strip():
            last = after
        at = after
    return last


def _section_end(text: str, at: int) -> int:
    while at < len(text) and text[at] != "[":
        at = line_end(text, at)
    return at


def write(value: object, like: str) -> str:
    """Text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list) or value is None:
        raise NotData("INI holds text only")
    return str(value)


def write_key(name: str, like: str) -> str:
    """A name as it is."""
    return name


def insert(data: Data, holder: Keys, name: str, value: object) -> tuple[int, str]:
    """After the section's last option. Raises NotData where there is no such section."""
    newline = newline_of(data.text)
    line = f"{name} = {write(value, '')}{newline}"
    ends = [entry.whole[1] for entry in data.entries if entry.keys[:1] == holder and len(entry.keys) == 2]
    if not ends:
        ends = [line_end(data.text, entry.key[1]) for entry in data.entries if entry.keys == holder]
    if not ends or len(holder) != 1:
        raise NotData("there is no section to put it in")
    return ends[-1], line if data.text[: ends[-1]].endswith("\n") else newline + line.rstrip("\r\n")
