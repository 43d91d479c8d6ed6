"""Which packages and files a person means: names, globs, `/regex/`, `!x`, `name@range`, and globs of paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from upgrader.errors import ConfigError
from upgrader.model import Dependency
from upgrader.stages.choose import current_version
from upgrader.versions import SCHEMES

LONGEST_REGEX = 200
MOST_REPEATS = 3
"""Unbounded repeats (`*`, `+`, `{2,}`) in one regex. None may stand inside another, so that the time stays bounded."""
LONGEST_NAME = 300
"""Characters of a name that a regex is tried on."""
_CONTINUES = re.compile(r"\s*(?:[<>=~^]|!=)")
"""What follows a comma inside a range, as in `django@>=3,<4`."""


class Pattern(Struct, frozen=True, kw_only=True):
    """One word of a list of packages."""

    text: str
    """As written, for messages."""
    name: str
    """Name, glob or regex, without the signs around it."""
    kind: Literal["glob", "regex"] = "glob"
    negated: bool = False
    range: str = ""
    """Only where the version in use is in this range, else the requirement meets it; "" for any."""

    @property
    def is_plain(self) -> bool:
        """Whether it is one name, of which a typing error can be told."""
        return self.kind == "glob" and not any(sign in self.name for sign in "*?[")


@lru_cache(maxsize=256)
def read_patterns(words: tuple[str, ...], where: str) -> tuple[Pattern, ...]:
    """Read lists of packages, each word perhaps with commas. Raises ConfigError naming `where` and the word."""
    return tuple(_read(piece, where) for word in words for piece in _split(word))


def matches(patterns: Sequence[Pattern], item: Dependency) -> bool:
    """Whether one of the patterns means the dependency and no negated one does; negated ones alone mean all others."""
    wanted = [pattern for pattern in patterns if not pattern.negated]
    if wanted and not any(is_meant(pattern, item) for pattern in wanted):
        return False
    return bool(patterns) and not any(pattern.negated and is_meant(pattern, item) for pattern in patterns)


def is_meant(pattern: Pattern, item: Dependency) -> bool:
    """Whether the pattern, negated or not, speaks of this dependency."""
    return finds_name(pattern, item) and (not pattern.range or _in_range(item, pattern.range))


def finds_name(pattern: Pattern, item: Dependency) -> bool:
    """Whether the name fits, whatever the version."""
    names = [name.lower() for name in (item.name, item.alias) if name]
    if pattern.kind == "regex":
        return any(_regex(pattern.name).search(name[:LONGEST_NAME]) for name in names)
    spelled = {pattern.name.lower()}
    if item.ecosystem == "pip":
        spelled.add(_as_index(pattern.name))
    return any(fnmatchcase(name, glob) for glob in spelled for name in names)


@lru_cache(maxsize=1024)
def path_pattern(glob: str) -> re.Pattern[str]:
    """A glob of files: without a slash it means any file or folder of that name, else it starts at the root.

    `*` stays inside a folder, `**` does not; what is below a folder that is meant is meant as well.
    """
    text = glob.strip().removeprefix("./").rstrip("/")
    anchored = "/" in text
    text = text.removeprefix("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", text)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(known.get(part, re.escape(part)) for part in parts)
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{body}(?:/.*)?", re.DOTALL)


def is_path_meant(globs: Iterable[str], path: str) -> bool:
    """Whether one of the globs means this posix path."""
    return any(path_pattern(glob).fullmatch(path) for glob in globs if glob.strip("./ "))


def _split(word: str) -> list[str]:
    """The pieces between commas; a comma inside `/…/`, or before an operator, is none of those."""
    pieces: list[str] = []
    rest = word
    while rest:
        end = _end(rest)
        piece, rest = rest[:end].strip(), rest[end + 1 :]
        if piece:
            pieces.append(piece)
    return pieces


def _end(text: str) -> int:
    """Where the first piece ends."""
    start = len(text) - len(text.lstrip(" !"))
    if text.startswith("/", start):
        close = re.search(r"(?<!\\)/[a-z]*\s*(?:,|$)", text[start + 1 :])
        if close is not None:
            return start + 1 + close.end() - (1 if close.group().endswith(",") else 0)
    at = text.find(",", start)
    while at >= 0 and "@" in text[start + 1 : at] and _CONTINUES.match(text, at + 1):
        at = text.find(",", at + 1)
    return len(text) if at < 0 else at


def _read(piece: str, where: str) -> Pattern:
    negated = piece.startswith("!")
    name = piece[1:].strip() if negated else piece
    if not name:
        raise ConfigError(f"{where}: {piece!r} names nothing.", "Write a name after it.")
    if name.startswith("/") and len(name) > 1:
        regex = name[1:].removesuffix("i").removesuffix("/")
        if not name.removesuffix("i").endswith("/"):
            raise ConfigError(f"{where}: {piece!r}: the regex has no end.", "Write it as /…/.")
        _regex(regex, where)
        return Pattern(text=piece, name=regex, kind="regex", negated=negated)
    at = name.rfind("@")
    if at <= 0:
        return Pattern(text=piece, name=name, negated=negated)
    wanted = name[at + 1 :].strip()
    if not wanted or not any(scheme.is_requirement(wanted) for scheme in SCHEMES.values()):
        raise ConfigError(f"{where}: {piece!r}: {wanted!r} is no range.", "Write it as name@^1.2 or name@<2.")
    return Pattern(text=piece, name=name[:at].strip(), negated=negated, range=wanted)


@lru_cache(maxsize=256)
def _regex(text: str, where: str = "") -> re.Pattern[str]:
    """Compile a regex of bounded size and time. Raises ConfigError naming it."""
    shown = f"{where}: /{text[:80]}/"
    if len(text) > LONGEST_REGEX:
        raise ConfigError(f"{shown}: is longer than {LONGEST_REGEX} characters.", "Write several short ones.")
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as fault:
        raise ConfigError(f"{shown} is no regular expression: {fault}.", "Mend it, or use a glob.") from fault
    if _may_run_long(text):
        raise ConfigError(
            f"{shown}: repeats inside repeats, or more than {MOST_REPEATS} of them, may run for hours.",
            "Write it with single repeats, or use a glob.",
        )
    return compiled


def _may_run_long(text: str) -> bool:
    """Whether a repeat holds another one or an alternative, or there are many, or it refers back."""
    plain = re.sub(r"\\[^0-9]", "x", text)
    if re.search(r"\\[0-9]|\(\?", plain):
        return True
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    inside = [False]
    repeats = 0
    for found in re.finditer(r"\(|\)([*+]|\{[0-9]*,?[0-9]*\})?|\||[*+]|\{[0-9]*,[0-9]*\}|.", plain):
        word = found.group()
        if word == "(":
            inside.append(False)
        elif word.startswith(")"):
            risky = inside.pop() if len(inside) > 1 else False
            if found[1] and risky:
                return True
            repeats += bool(found[1])
            inside[-1] = inside[-1] or risky or bool(found[1])
        elif word[0] in "|*+{":
            repeats += word != "|"
            inside[-1] = True
    return repeats > MOST_REPEATS


def _in_range(item: Dependency, wanted: str) -> bool:
    """Whether the version in use is in the range; where none is known, whether the requirement meets it."""
    scheme = SCHEMES[item.ecosystem]
    if not scheme.is_requirement(wanted):
        return False
    current = current_version(item)
    if current and scheme.is_valid(current):
        return scheme.allows(wanted, current, prereleases=True)
    asked = item.requirement
    return bool(asked) and scheme.is_requirement(asked) and scheme.intersects(asked, wanted)


def _as_index(pattern: str) -> str:
    """`Flask_Login` as a Python index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", pattern.lower())
