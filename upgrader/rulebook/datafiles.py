"""Edits keys of data files (TOML, JSON, JSON with comments, YAML, INI) and nothing else in them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from upgrader.rulebook.data_entry import Data, DataFormat, Entry, Keys, NotData
from upgrader.rulebook.pack import ConfigForm

FORMATS: Mapping[str, str] = {
    ".json": "upgrader.rulebook.data_json",
    ".jsonc": "upgrader.rulebook.data_json",
    ".json5": "upgrader.rulebook.data_json",
    ".toml": "upgrader.rulebook.data_toml",
    ".yaml": "upgrader.rulebook.data_yaml",
    ".yml": "upgrader.rulebook.data_yaml",
    ".ini": "upgrader.rulebook.data_ini",
    ".cfg": "upgrader.rulebook.data_ini",
}
_NAMED = {
    "Pipfile": ".toml",
    "Cargo.lock": ".toml",
    ".flake8": ".ini",
    ".pylintrc": ".ini",
    ".coveragerc": ".ini",
}
_RC = re.compile(r"\.[a-z]+rc")
_STEP = re.compile(r'"((?:[^"\\]|\\.)*)"|\[(\d+|\*|=[^\]]*)\]|([^.\["]+)')


def format_of(path: str) -> DataFormat | None:
    """The format of a file by its name; a `.babelrc` and its like is JSON. None for any other file."""
    name = PurePosixPath(path).name
    suffix = _NAMED.get(name, PurePosixPath(path).suffix.lower())
    if _RC.fullmatch(name):
        suffix = ".json"
    module = FORMATS.get(suffix)
    return cast(DataFormat, import_module(module)) if module else None


def edit_data(path: str, text: str, rule: ConfigForm) -> tuple[str, int, list[str]]:
    """The text after a `config` rule, how many edits it made, and why places were left alone.

    After each edit the file is read again and must mean exactly what was meant; otherwise the edit is not made.
    """
    form = format_of(path)
    if form is None:
        return text, 0, ["not TOML, JSON, YAML or INI by its name"]
    count = 0
    left: list[str] = []
    for edit in _edits(rule):
        try:
            after = edit(form, form.read(text))
        except (NotData, RecursionError) as fault:
            left.append(str(fault))
            continue
        if after != text:
            text, count = after, count + 1
    return text, count, sorted(set(left))


Edit = Callable[[DataFormat, Data], str]


def _edits(rule: ConfigForm) -> Iterator[Edit]:
    """One edit for each entry of the rule; names first, then values, then what is removed, then what is set."""
    for old, new in rule.rename.items():
        yield partial(_rename, old=_keys(old), new=_keys(new))
    for path, table in rule.values.items():
        yield partial(_values, pattern=_keys(path), change=partial(_from_table, table=table))
    for path, find in rule.find.items():
        change = partial(_substituted, find=find, replacement=rule.replace[path])
        yield partial(_values, pattern=_keys(path), change=change)
    for path in rule.remove:
        yield partial(_remove, pattern=_keys(path))
    for path, value in rule.set.items():
        yield partial(_set, keys=_keys(path), value=value)


def _keys(path: str) -> Keys:
    """`tool.x."a.b".*`, `list[0]`, `list[*]` and `list[=x]` (the element x) as keys; `*` stands for any one of them."""
    keys: list[str | int] = []
    for found in _STEP.finditer(path):
        quoted, index, plain = found.groups()
        if index is not None:
            keys.append(int(index) if index.isdigit() else index)
        else:
            keys.append(quoted.replace('\\"', '"') if quoted is not None else plain)
    return tuple(keys)


def _meant(entry: Entry, pattern: Keys) -> bool:
    if len(entry.keys) != len(pattern):
        return False
    *holder, last = pattern
    if not all(want in ("*", key) for key, want in zip(entry.keys, holder, strict=False)):
        return False
    return last in ("*", entry.keys[-1], f"={entry.value}")


def _checked(form: DataFormat, text: str, expected: object) -> str:
    """The text, when it means what was meant."""
    if form.read(text).document != expected:
        raise NotData("it can't be edited without touching something else")
    return text


def _changed(
    document: object, keys: Keys, change: Callable[[dict[str, object] | list[object], str | int], None]
) -> object:
    """A copy of a document, changed at one place."""
    made = copy.deepcopy(document)
    holder: object = made
    for key in keys[:-1]:
        holder = holder[key] if isinstance(holder, dict | list) else None  # type: ignore[index]  # keys fit by reading
    if not isinstance(holder, dict | list):
        raise NotData("there is no such key")
    change(holder, keys[-1])
    return made


def _put(value: object) -> Callable[[dict[str, object] | list[object], str | int], None]:
    def change(holder: dict[str, object] | list[object], key: str | int) -> None:
        holder[key] = value  # type: ignore[index]  # a list is met with a number

    return change


def _drop(holder: dict[str, object] | list[object], key: str | int) -> None:
    del holder[key]  # type: ignore[arg-type]  # a list is met with a number


def _spliced(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _rename(form: DataFormat, data: Data, old: Keys, new: Keys) -> str:
    """Rename keys; the new path has the same holder."""
    text = data.text
    if old[:-1] != new[:-1] or not new:
        raise NotData("a key is renamed inside its mapping only")
    name = str(new[-1])
    for entry in reversed([item for item in data.entries if _meant(item, old)]):
        now = form.read(text)
        taken = (*entry.keys[:-1], name)
        if any(item.keys == taken for item in now.entries) or entry.key == (0, 0):
            raise NotData(f"{name} is there already, or the key can't be told")
        expected = _renamed(now.document, entry.keys, name)
        key = form.write_key(name, text[slice(*entry.key)])
        text = _checked(form, _spliced(text, entry.key, key), expected)
    return text


def _renamed(document: object, keys: Keys, name: str) -> object:
    def change(holder: dict[str, object] | list[object], key: str | int) -> None:
        if isinstance(holder, dict):
            members = [(name if old == key else old, value) for old, value in holder.items()]
            holder.clear()
            holder.update(members)

    return _changed(document, keys, change)


def _values(form: DataFormat, data: Data, pattern: Keys, change: Callable[[object], object]) -> str:
    """Change the scalars at a path."""
    text = data.text
    for entry in reversed(data.entries):
        if not _meant(entry, pattern) or isinstance(entry.value, dict | list) or entry.span == (0, 0):
            continue
        new = change(entry.value)
        if new == entry.value and type(new) is type(entry.value):
            continue
        expected = _changed(form.read(text).document, entry.keys, _put(new))
        written = form.write(new, text[slice(*entry.span)])
        text = _checked(form, _spliced(text, entry.span, written), expected)
    return text


def _from_table(value: object, table: Mapping[str, str]) -> object:
    """The new value; written without quotes in the pack, so that `true` and `1` are what they look like."""
    said = json.dumps(value) if _is_word(value) else str(value)
    if said not in table:
        return value
    new = table[said]
    if isinstance(value, str):
        return new
    return {"true": True, "false": False, "null": None}.get(new, int(new) if new.isdigit() else new)


def _is_word(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _substituted(value: object, find: str, replacement: str) -> object:
    return re.sub(find, replacement, value) if isinstance(value, str) else value


def _remove(form: DataFormat, data: Data, pattern: Keys) -> str:
    text = data.text
    for entry in reversed([item for item in data.entries if _meant(item, pattern)]):
        now = form.read(text)
        found = next(item for item in now.entries if item.keys == entry.keys)
        if found.whole == (0, 0):
            raise NotData("the entry's end can't be told")
        expected = _changed(now.document, found.keys, _drop)
        text = _checked(form, _spliced(text, found.whole, ""), expected)
    return text


def _set(form: DataFormat, data: Data, keys: Keys, value: object) -> str:
    """Set one key where its mapping is there; nothing is done where it is not."""
    found = next((entry for entry in data.entries if entry.keys == keys), None)
    if found is not None:
        if found.value == value and type(found.value) is type(value):
            return data.text
        if found.span == (0, 0):
            raise NotData("the value's place can't be told")
        written = form.write(value, data.text[slice(*found.span)])
        text = _spliced(data.text, found.span, written)
    elif len(keys) == 1 or _has_mapping(data.entries, keys[:-1]):
        at, written = form.insert(data, keys[:-1], str(keys[-1]), value)
        text = _spliced(data.text, (at, at), written)
    else:
        return data.text
    return _checked(form, text, _changed(data.document, keys, _put(value)))


def _has_mapping(entries: Sequence[Entry], keys: Keys) -> bool:
    return any(
        entry.keys[: len(keys)] == keys and (len(entry.keys) > len(keys) or isinstance(entry.value, dict))
        for entry in entries
    )
