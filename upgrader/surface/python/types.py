"""Compares types and defaults as Python reads them, not as they are spelled."""

from __future__ import annotations

import re

_QUALIFIER = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
_OPTIONAL = re.compile(r"^Optional\[(.*)\]$")
_UNION = re.compile(r"^Union\[(.*)\]$")
_OLD_NAMES = {
    "List": "list",
    "Dict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Type": "type",
    "Text": "str",
}
_OLD = re.compile(rf"\b({'|'.join(_OLD_NAMES)})\b")
_UNTOLD = frozenset(("", "Any", "object", "incomplete", "Incomplete"))


def members(written: str) -> frozenset[str]:
    """The members of a union, each in one spelling: `Optional["a.B"]` gives B and None."""
    text = _QUALIFIER.sub("", written.replace('"', "").replace("'", ""))
    text = _OLD.sub(lambda found: _OLD_NAMES[found[1]], text)
    found: set[str] = set()
    waiting = [text.strip()]
    while waiting and len(found) < 100:
        item = waiting.pop()
        if inner := _OPTIONAL.match(item):
            waiting += [inner[1], "None"]
        elif inner := _UNION.match(item):
            waiting += _split(inner[1], ",")
        elif len(parts := _split(item, "|")) > 1:
            waiting += parts
        else:
            found.add(item)
    return frozenset(found)


def is_narrower(old: str, new: str) -> bool:
    """Whether what fitted the old type may not fit the new one; a type that is not told says nothing."""
    before, after = members(old), members(new)
    if old in _UNTOLD or new in _UNTOLD or _UNTOLD & after:
        return False
    return any(all(not _same(one, other) for other in after) for one in before)


def _same(one: str, other: str) -> bool:
    """Equal, or one only says more than the other: `tuple` and `tuple[str, ...]`."""
    ours, theirs = (frozenset(re.findall(r"\w+", text)) - {"Any"} for text in (one, other))
    return one == other or (
        one.partition("[")[0] == other.partition("[")[0] and (ours <= theirs or theirs <= ours)
    )


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == mark and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
