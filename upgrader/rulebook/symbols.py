"""Whether a symbol is meant by a pack's pattern: `*` for one name, `**` for anything, other spellings by `same`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from upgrader.source.uses import is_member

Same = Mapping[str, Sequence[str]]
"""Symbol to other spellings of it, as `PackForm.same` has it."""

_MOST_TABLES = 4096
_MOST_SYMBOLS = 100_000
_WHOLE_MODULE = ("#*", "#default")
_BOUNDARY = re.compile(r"(?=::|[.#(@/])")
_WILDCARD = re.compile(r"\*\*|\*")


class Table(Struct, frozen=True):
    """A rename table made ready: looked up by name, then by its patterns, the most specific first."""

    source: Mapping[str, str]
    exact: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


_TABLES: dict[int, Table] = {}
_SPELLINGS: dict[int, tuple[Same, dict[str, tuple[str, ...]]]] = {}


def matches(pattern: str, symbol: str, same: Same) -> bool:
    """Whether the whole symbol, in any of its spellings, is what the pattern names.

    `*` stands for one name without dots, `**` for any run of characters, also none:
    `zod#string()**.email` is `zod#string().min().email` too.
    """
    texts = spellings(symbol, same) if same else (symbol,)
    if "*" not in pattern:
        return pattern in texts
    read = _compiled(pattern)
    return any(read.fullmatch(text) for text in texts)


def covers(pattern: str, symbol: str, same: Same) -> bool:
    """Whether the symbol is what the pattern names, or lies below it (`numpy.core` covers `numpy.core.x`)."""
    read = _compiled(pattern)
    return any(read.fullmatch(text[:end]) for text in spellings(symbol, same) for end in _ends(text))


def lookup(table: Mapping[str, str], symbol: str, same: Same) -> str | None:
    """What the table makes of the symbol, the names under `*` filled into the target in order; None for no entry.

    An entry without `*` wins over one with it, the longer pattern over the shorter.
    """
    ready = _ready(table)
    for text in spellings(symbol, same):
        found = _find(ready, text)
        if found is not None:
            return found
    return None


def lookup_within(table: Mapping[str, str], symbol: str, same: Same) -> tuple[str, str] | None:
    """The entry for the longest beginning of the symbol that has one: its target, and what of the symbol follows.

    `("numpy.prod", ".__doc__")` for `numpy.product.__doc__`.
    """
    ready = _ready(table)
    for text in spellings(symbol, same):
        for end in _ends(text):
            found = _find(ready, text[:end])
            if found is not None:
                return found, text[end:]
    return None


def spellings(symbol: str, same: Same) -> tuple[str, ...]:
    """The symbol, and after it every name that `same` knows for it."""
    if not same:
        return (symbol,)
    # The same few hundred symbols are asked for in every file and by every rule.
    known = _SPELLINGS.get(id(same))
    if known is None or known[0] is not same:
        if len(_SPELLINGS) >= _MOST_TABLES:
            _SPELLINGS.clear()
        known = _SPELLINGS[id(same)] = (same, {})
    texts = known[1].get(symbol)
    if texts is None:
        if len(known[1]) >= _MOST_SYMBOLS:
            known[1].clear()
        texts = known[1][symbol] = _spelled(symbol, same)
    return texts


def _spelled(symbol: str, same: Same) -> tuple[str, ...]:
    found = [symbol]
    for name, others in same.items():
        named = is_member(symbol, name)
        for other in others:
            # What is spelled as the pack spells it is not read as a member of the other spelling again.
            text = None if named and not is_member(other, name) else _respelled(symbol, name, other)
            if text is not None and text not in found:
                found.append(text)
    return tuple(found)


def _respelled(symbol: str, name: str, other: str) -> str | None:
    """The symbol with `name` in place of `other`; the members of a whole JavaScript module are `spec#member`."""
    if is_member(symbol, other):
        return name + symbol[len(other) :]
    for ending in _WHOLE_MODULE:
        module = other.removesuffix(ending)
        if module != other and symbol.startswith(f"{module}#") and symbol[len(module) :] not in _WHOLE_MODULE:
            return _member(name, symbol[len(module) + 1 :])
    return None


def _member(name: str, member: str) -> str:
    """The member of a symbol; a whole module's are written at the module."""
    for ending in _WHOLE_MODULE:
        if name.endswith(ending):
            return f"{name.removesuffix(ending)}#{member}"
    return f"{name}.{member}"


def _ends(symbol: str) -> list[int]:
    """Where the symbol and its beginnings end, the longest first."""
    return [len(symbol), *sorted((found.start() for found in _BOUNDARY.finditer(symbol)), reverse=True)]


def _find(ready: Table, text: str) -> str | None:
    found = ready.exact.get(text)
    if found is not None:
        return found
    for pattern, target in ready.patterns:
        hit = pattern.fullmatch(text)
        if hit is not None:
            return _filled(target, hit.groups())
    return None


def _filled(target: str, names: Sequence[str]) -> str:
    waiting = iter(names)
    return _WILDCARD.sub(lambda star: next(waiting, star.group()), target)


def _ready(table: Mapping[str, str]) -> Table:
    """The table compiled; known again by identity, since packs are read once and never changed."""
    known = _TABLES.get(id(table))
    if known is not None and known.source is table:
        return known
    if len(_TABLES) >= _MOST_TABLES:
        _TABLES.clear()
    stars = sorted((key for key in table if "*" in key), key=lambda key: (-len(key), key))
    made = Table(
        source=table,
        exact={key: value for key, value in table.items() if "*" not in key},
        patterns=tuple((_compiled(key), table[key]) for key in stars),
    )
    _TABLES[id(table)] = made
    return made


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    at = 0
    for star in _WILDCARD.finditer(pattern):
        parts += [re.escape(pattern[at : star.start()]), "(.*)" if star.group() == "**" else "([^.#:()@/]+)"]
        at = star.end()
    return re.compile("".join([*parts, re.escape(pattern[at:])]))
