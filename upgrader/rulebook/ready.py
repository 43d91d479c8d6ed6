"""A pack made ready to run: its rules sorted by how they are run, each with the words that a file must hold for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct

from upgrader.rulebook.globs import fits
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import FlagForm, Keyword, PackForm, RuleForm
from upgrader.rulebook.patterns import LANGUAGES_OF, triggers
from upgrader.source.syntax import Language

Words = frozenset[str] | None
"""A file must hold one of these for the rule to have work in it; None for any file."""
_STRUCTURED = (
    *("rename", "module", "method", "keyword", "argument", "call", "text", "imported"),
    *("options", "attribute", "decorator"),
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDEX = re.compile(r"\(\)|@\d+")


class ReadyRule(Struct, frozen=True, eq=False):
    """An edit and its words."""

    form: RuleForm
    words: Words


class ReadyFlag(Struct, frozen=True, eq=False):
    """A flag and its words."""

    form: FlagForm
    words: Words


class Ready(Struct, frozen=True, kw_only=True, eq=False):
    """A pack as the engine runs it."""

    pack: Pack
    languages: tuple[Language, ...]
    rules: tuple[ReadyRule, ...]
    """Edits of source code; `replace` and `delegate` are run elsewhere."""
    flags: tuple[ReadyFlag, ...]
    """Flags on source code."""
    words: Words
    """Of any of its rules and flags."""

    @property
    def imports(self) -> list[str]:
        """The import roots of the package."""
        return self.pack.form.package.imports


class Tools(Struct, frozen=True, kw_only=True, eq=False):
    """What of a pack is run over one file."""

    structured: list[RuleForm]
    patterns: list[RuleForm]
    waiting: list[RuleForm]
    """Unsafe edits that were not asked for; what they would do is told."""
    flags: list[FlagForm]

    def __bool__(self) -> bool:
        return bool(self.structured or self.patterns or self.waiting or self.flags)


def make_ready(pack: Pack) -> Ready:
    """Sort out a pack's rules and derive their words."""
    form = pack.form
    whole = frozenset(form.same) | frozenset(other for others in form.same.values() for other in others)
    rules = tuple(
        ReadyRule(rule, _rule_words(rule, whole))
        for rule in form.edits
        if rule.ast_grep is not None or _is_structured(rule)
    )
    asked = [flag for flag in (*form.flags, *forbidden(form)) if not flag.find]
    flags = tuple(ReadyFlag(flag, _flag_words(flag, whole)) for flag in asked)
    return Ready(
        pack=pack,
        languages=LANGUAGES_OF[form.package.ecosystem],
        rules=rules,
        flags=flags,
        words=_either([*(rule.words for rule in rules), *(flag.words for flag in flags)]),
    )


def forbidden(form: PackForm) -> list[FlagForm]:
    """What must not remain, as flags: it is looked for in the same way, after the rewrite (FEATURES A28)."""
    return [
        FlagForm(
            id=item.id, url="", message=item.message, symbols=item.symbols, find=item.find, files=item.files
        )
        for item in form.forbid
    ]


def tools_for(ready: Ready, path: str, text: str, words: AbstractSet[str], *, unsafe: bool) -> Tools:
    """The rules and flags that may have work in a file, by its path and the words it holds."""
    rules = [rule.form for rule in ready.rules if _may(rule.words, words) and _applies(rule.form, path, text)]
    asked = [rule for rule in rules if unsafe or rule.safety == "safe"]
    return Tools(
        structured=[rule for rule in asked if rule.ast_grep is None],
        patterns=[rule for rule in asked if rule.ast_grep is not None],
        waiting=[rule for rule in rules if not unsafe and rule.safety != "safe"],
        flags=[
            flag.form
            for flag in ready.flags
            if _may(flag.words, words) and fits(path, flag.form.files, flag.form.ignores)
        ],
    )


def words_of(text: str) -> set[str]:
    """Every word of a text that could be an identifier."""
    return set(_NAME.findall(text))


def _may(needed: Words, words: AbstractSet[str]) -> bool:
    return needed is None or not needed.isdisjoint(words)


def _applies(rule: RuleForm, path: str, text: str) -> bool:
    return fits(path, rule.files, rule.ignores) and not any(_imports(text, root) for root in rule.not_with)


def _imports(text: str, root: str) -> bool:
    """Whether a file seems to import a package: in doubt yes, since the rule is then left out."""
    if root not in text:
        return False
    name = re.escape(root)
    return (
        re.search(
            rf"^\s*(?:import|from|use|pub use)\b[^\n]*\b{name}\b|['\"]{name}(?:/[^'\"]*)?['\"]", text, re.M
        )
        is not None
    )


def _is_structured(rule: RuleForm) -> bool:
    return any(getattr(rule, kind) is not None for kind in _STRUCTURED)


def _rule_words(rule: RuleForm, whole: frozenset[str]) -> Words:
    """The words of a rule; for all kinds together, since a rule has only one."""
    if rule.ast_grep is not None:
        return triggers(rule.ast_grep)
    if rule.method is not None:
        return frozenset(rule.method)
    if rule.keyword is not None:
        return _keyword_words(rule.keyword, whole)
    if rule.rename is not None or rule.module is not None:
        # The new paths too: Go's imports are put in order after they were moved.
        return symbol_words([*(rule.rename or rule.module or {}), *(rule.module or {}).values()], whole)
    return _rare_words(rule, whole)


def _rare_words(rule: RuleForm, whole: frozenset[str]) -> Words:
    if rule.imported is not None:
        return (
            symbol_words(rule.imported.remove or rule.imported.when, whole) if not rule.imported.add else None
        )
    if rule.options is not None:
        return frozenset((rule.options.inner,))
    for form in (rule.argument, rule.call, rule.text, rule.decorator):
        if form is not None:
            return symbol_words(form.of, whole)
    return None


def _keyword_words(keyword: Keyword, whole: frozenset[str]) -> Words:
    """The keywords themselves are rarer than the callees, unless one is put where none was."""
    if keyword.add:
        return symbol_words(keyword.of, whole)
    names = [
        *keyword.rename,
        *keyword.remove,
        *keyword.invert,
        *keyword.values,
        *keyword.wrap,
        *keyword.patterns,
    ]
    names += [
        old
        for old, new in keyword.rename.items()
        if new in {*keyword.values, *keyword.wrap, *keyword.patterns}
    ]
    words = [_NAME.findall(name) for name in names]
    return (
        frozenset(found[-1] for found in words if found)
        if names and all(words)
        else symbol_words(keyword.of, whole)
    )


def _flag_words(flag: FlagForm, whole: frozenset[str]) -> Words:
    parts: list[Words] = []
    if flag.symbols:
        parts.append(symbol_words(flag.symbols, whole))
    if flag.methods:
        parts.append(frozenset(flag.methods))
    for callee, keywords in flag.keyword.items():
        parts.append(frozenset(keywords) if keywords else symbol_words([callee], whole))
    if flag.count:
        parts.append(symbol_words(flag.count, whole))
    if flag.ast_grep is not None:
        parts.append(triggers(flag.ast_grep))
    return _either(parts)


def symbol_words(symbols: Iterable[str], whole: AbstractSet[str] = frozenset()) -> Words:
    """The last name of each symbol, which a file that uses it spells out; None when one has no such name.

    `whole`: symbols that stand for a module under any local name.
    """
    return _either([_symbol_word(symbol, whole) for symbol in symbols])


def _symbol_word(symbol: str, whole: AbstractSet[str]) -> Words:
    bare = _INDEX.sub("", symbol)
    if symbol in whole or bare.endswith(("#default", "*")):
        return None
    names = _NAME.findall(bare)
    return frozenset(names[-1:]) or None


def _either(parts: Sequence[Words]) -> Words:
    """The words of all parts; None when one of them needs none."""
    known = [part for part in parts if part is not None]
    return frozenset().union(*known) if len(known) == len(parts) else None
