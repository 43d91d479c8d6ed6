"""What a pack must fulfil beyond its types: ids, one kind of edit per rule, requirements, expressions, patterns."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence

from upgrader.errors import UpgraderError
from upgrader.rulebook.check_commands import check_commands
from upgrader.rulebook.marked_yaml import Keys
from upgrader.rulebook.pack import (
    ConfigForm,
    FlagForm,
    Imported,
    Keyword,
    PackForm,
    Pattern,
    Replace,
    RuleForm,
    Text,
)
from upgrader.rulebook.patterns import faults_of
from upgrader.versions import SCHEMES

Faults = Iterator[tuple[Keys, str]]
LONGEST_REGEX = 2000
"""Characters of a regular expression; a longer one is no rule any more."""
KINDS = (
    *("rename", "module", "method", "keyword", "argument", "call"),
    *("text", "imported", "options", "attribute", "decorator", "awaited", "ast_grep", "replace", "delegate"),
)
_ID = re.compile(r"[a-z0-9][A-Za-z0-9._/@-]{0,99}")


def kinds_of(rule: RuleForm) -> list[str]:
    """The kinds of edit that a rule asks for, as its fields are named; exactly one in a pack without fault."""
    return [kind for kind in KINDS if getattr(rule, kind) is not None]


def kind_of(rule: RuleForm) -> str:
    """The kind of edit, as the pack writes it: `rename`, `ast-grep`."""
    return kinds_of(rule)[0].replace("_", "-")


def check_pack(form: PackForm) -> list[tuple[Keys, str]]:
    """Everything that is wrong, as path of keys and sentence, in the order of the file's parts; [] when all is well."""
    found = [*_head(form), *_ids(form)]
    for index, rule in enumerate(form.edits):
        found += [(("edits", index, *keys), what) for keys, what in _rule(rule)]
    for index, flag in enumerate(form.flags):
        found += [(("flags", index, *keys), what) for keys, what in _flag(flag)]
    for index, config in enumerate(form.config):
        found += [(("config", index, *keys), what) for keys, what in _config(config)]
    found += _rest(form)
    return found


def _head(form: PackForm) -> Faults:
    scheme = SCHEMES[form.package.ecosystem]
    if not _ID.fullmatch(form.id):
        yield ("id",), "is not made of letters, digits and `-._/@`, beginning with a small letter or digit."
    for key, text in (("from", form.from_), ("to", form.to)):
        try:
            scheme.parse_requirement(text)
        except UpgraderError as fault:
            yield (key,), str(fault)
    if not form.package.imports:
        yield ("package", "imports"), "names no import root, so no file could be found."
    for index, url in enumerate(form.references):
        yield from _url(("references", index), url)
    for index, version in enumerate(form.requires.via):
        if not scheme.is_valid(version):
            yield ("requires", "via", index), f"{version!r} is not a version."


def _url(keys: Keys, url: str) -> Faults:
    if not re.fullmatch(r"https://\S+", url):
        yield keys, "is not an https:// address."


def _ids(form: PackForm) -> Faults:
    """Notes, tables and suppressions name a rule by its id, so it is one across all parts of a pack."""
    seen: set[str] = set()
    parts: tuple[tuple[str, Sequence[object]], ...] = (
        ("edits", form.edits),
        ("flags", form.flags),
        ("config", form.config),
        ("forbid", form.forbid),
        ("steps", form.steps),
    )
    for name, entries in parts:
        for index, entry in enumerate(entries):
            key = str(getattr(entry, "id", ""))
            if not _ID.fullmatch(key):
                yield (name, index, "id"), f"{key!r} is not an id: letters, digits and `-._/@`."
            if key in seen:
                yield (name, index, "id"), f"{key!r} stands twice in this pack."
            seen.add(key)


def _rule(rule: RuleForm) -> Faults:
    kinds = kinds_of(rule)
    if len(kinds) != 1:
        told = ", ".join(kinds).replace("_", "-") or "none"
        yield (), f"needs exactly one kind of edit, has {told}."
    if rule.on and rule.method is None:
        yield ("on",), "belongs to `method`."
    yield from _url(("url",), rule.url)
    for kind in kinds:
        keys = (kind.replace("_", "-"),)
        yield from ((keys + at, what) for at, what in _kind(getattr(rule, kind)))


def _kind(value: object) -> Faults:
    """What is wrong inside one edit: its regular expressions, its pattern, its emptiness."""
    if isinstance(value, Pattern):
        yield from (((key,), what) for key, what in faults_of(value))
        return
    if value == {}:
        yield (), "is empty."
    yield from (
        ((name,), "is empty.") for name in ("of", "files", "argv") if getattr(value, name, None) == []
    )
    if not isinstance(value, Imported):
        for key, text in (getattr(value, "when", None) or {}).items():
            yield from _regex(("when", str(key)), str(text))
    if isinstance(value, Keyword):
        yield from _patterns(value)
    if isinstance(value, Text | Replace):
        yield from _regex(("find",), value.find)
        yield from _template(value.find, value.replace)


def _patterns(form: Keyword) -> Faults:
    for name, table in form.patterns.items():
        for text in table:
            yield from _regex(("patterns", name, text), text)


def _regex(keys: Keys, text: str) -> Faults:
    if len(text) > LONGEST_REGEX:
        yield keys, f"has more than {LONGEST_REGEX} characters."
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text)
    except (re.error, RecursionError, OverflowError, Warning) as fault:
        yield keys, f"is no regular expression: {fault}."


def _template(find: str, replacement: str) -> Faults:
    try:
        re.compile(f"(?:{find})|").sub(replacement, "")
    except (re.error, IndexError, RecursionError, OverflowError) as fault:
        yield ("replace",), f"does not fit `find`: {fault}."


def _flag(flag: FlagForm) -> Faults:
    ways = (flag.symbols, flag.keyword, flag.methods, flag.count, flag.ast_grep, flag.find)
    if not any(way for way in ways if way is not None):
        yield (), "looks for nothing."
    if flag.find and not flag.files:
        yield ("files",), "is needed with `find`."
    yield from _url(("url",), flag.url)
    yield from _regex(("find",), flag.find)
    if flag.ast_grep is not None:
        yield from ((("ast-grep", key), what) for key, what in faults_of(flag.ast_grep))


def _config(config: ConfigForm) -> Faults:
    if not config.files:
        yield ("files",), "is empty."
    if not any((config.set, config.rename, config.remove, config.values, config.find)):
        yield (), "changes nothing."
    yield from _url(("url",), config.url)
    for key, text in config.find.items():
        yield from _regex(("find", key), text)
        if key not in config.replace:
            yield ("replace",), f"has nothing for {key!r}."


def _forbidden(form: PackForm) -> Faults:
    for index, forbid in enumerate(form.forbid):
        yield from _regex(("forbid", index, "find"), forbid.find)
        if forbid.find and not forbid.files:
            yield ("forbid", index, "files"), "is needed with `find`."
        if not forbid.find and not forbid.symbols:
            yield ("forbid", index), "looks for nothing."


def _rest(form: PackForm) -> Faults:
    yield from _forbidden(form)
    yield from check_commands(form)
