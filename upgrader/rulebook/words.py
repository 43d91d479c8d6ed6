"""What words a file must hold for a rule to have work in it: told by its text, long before it is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec import Struct

from upgrader.rulebook.pack import FlagForm, Keyword, RuleForm
from upgrader.rulebook.patterns import triggers
from upgrader.rulebook.symbols import Same
from upgrader.source.syntax import Language
from upgrader.source.uses import is_member

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDEX = re.compile(r"\(\)|@\d+")
_INFERRED = re.compile(r"\(\)|@\d|\*")
_IMPORT = re.compile(r"^[ \t]*(?:from|import)\b(?:[^\n(\\]|\\\r?\n)*(?:\([^)]*\))?", re.MULTILINE)
_DOTTED = re.compile(r"\.[\s\\]*([A-Za-z_]\w*)")
_NAMED = re.compile(r"([A-Za-z_]\w*)[ \t]*=(?!=)")
_PAIR = re.compile(r"([A-Za-z_]\w*)[\s\\]*\.[\s\\]*(?=([A-Za-z_]\w*))")
_TAKEN = re.compile(r"^[ \t]*from\b[^\n]*?\bimport\b((?:[^\n(\\]|\\\r?\n)*(?:\([^)]*\))?)", re.MULTILINE)
_ALIAS = re.compile(r"\b([A-Za-z_]\w*)(?:\.\w+)*\s+as\s+([A-Za-z_]\w*)")
_QUOTED = re.compile(r"['\"]([A-Za-z_]\w*)['\"]")
_BEGINS = re.compile(r"(?<![A-Za-z0-9_*])([A-Za-z_]\w*)\*$")
_ITSELF = "*"
_WHOLE = ("#*", "#default")


class Words(NamedTuple):
    """The words of a file."""

    held: AbstractSet[str]
    """All that could be identifiers."""
    reached: AbstractSet[str]
    """Those that stand after a dot or in an import: a symbol is written in no other way (Python); in quotes, where
    something may look a name up."""
    firsts: AbstractSet[str]
    """Those that follow the package's name, an alias of it or an imported name, or are imported by name (Python)."""
    named: AbstractSet[str]
    """Those with `=` after them (Python); a keyword is written in no other way."""


class Need(Struct, frozen=True):
    """Words that a file must hold: one of each set."""

    held: tuple[frozenset[str], ...] = ()
    reached: tuple[frozenset[str], ...] = ()
    firsts: frozenset[str] = frozenset()
    """What comes right after the package's own name, one of which is needed; empty for anything."""
    named: frozenset[str] = frozenset()
    """Keywords, one of which a value is given to; empty for none."""
    begins: str = ""
    """The beginning of a word that is reached: of `numpy.ERR_*`."""


Needs = tuple[Need, ...] | None
"""A file must meet one of them; None for any file."""


def read_words(text: str, language: Language, imports: Iterable[str] = ()) -> Words:
    """The words of a text; `imports` are the package's import roots."""
    held = set(_NAME.findall(text))
    if language != "python":
        return Words(held, held, held, held)
    named = set(_NAMED.findall(text))
    reached = set(_DOTTED.findall(text))
    if "getattr" in text or "patch" in text:
        reached.update(_QUOTED.findall(text))
    for statement in _IMPORT.findall(text):
        if statement.rstrip().endswith("*"):
            # A star import brings names in that stand alone.
            return Words(held, held, held, named)
        reached.update(_NAME.findall(statement))
    return Words(held, reached, _firsts(text, held, reached, imports), named)


def _firsts(text: str, held: set[str], reached: set[str], imports: Iterable[str]) -> set[str]:
    """What follows the package's name; in doubt (the name is not there, or looked up by text) all that is reached."""
    roots = {name.partition(".")[0] for name in imports}
    if not roots or roots.isdisjoint(held) or "getattr" in text or "patch" in text:
        return reached
    taken: set[str] = set()
    for names in _TAKEN.findall(text):
        taken.update(_NAME.findall(names))
    parents = roots | taken | {alias for root, alias in _ALIAS.findall(text) if root in roots}
    return taken | {child for parent, child in _PAIR.findall(text) if parent in parents}


def meets(needs: Needs, words: Words) -> bool:
    """Whether a file may hold work for a rule."""
    return needs is None or any(_is_met(need, words) for need in needs)


def _is_met(need: Need, words: Words) -> bool:
    if need.named.isdisjoint(words.named) and need.named:
        return False
    if need.firsts and need.firsts.isdisjoint(words.firsts):
        return False
    if any(one.isdisjoint(words.held) for one in need.held):
        return False
    if any(one.isdisjoint(words.reached) for one in need.reached):
        return False
    return not need.begins or any(word.startswith(need.begins) for word in words.reached)


def either(parts: Iterable[Needs]) -> Needs:
    """The needs of all parts; None when one of them needs nothing."""
    found: list[Need] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return tuple(dict.fromkeys(found))


def rule_needs(rule: RuleForm, same: Same) -> Needs:
    """What a file must hold for an edit; for all kinds together, since a rule has only one."""
    if rule.ast_grep is not None:
        return _any_of(triggers(rule.ast_grep))
    if rule.method is not None:
        return (Need(reached=(frozenset(rule.method),)),)
    if rule.keyword is not None:
        return _keyword_needs(rule.keyword, same)
    if rule.rename is not None or rule.module is not None:
        # The new paths too: Go's imports are put in order after they were moved.
        return symbol_needs([*(rule.rename or rule.module or {}), *(rule.module or {}).values()], same)
    return _rare_needs(rule, same)


def _rare_needs(rule: RuleForm, same: Same) -> Needs:
    if rule.imported is not None:
        return None if rule.imported.add else symbol_needs(rule.imported.remove or rule.imported.when, same)
    if rule.options is not None:
        return (Need(held=(frozenset((rule.options.inner,)),)),)
    if rule.awaited is not None:
        names = [*rule.awaited.properties, *(symbol.rpartition("#")[2] for symbol in rule.awaited.calls)]
        return (Need(held=(frozenset(names),)),)
    for form in (rule.argument, rule.call, rule.text, rule.decorator):
        if form is not None:
            return symbol_needs(form.of, same)
    return None


def flag_needs(flag: FlagForm, same: Same) -> Needs:
    """What a file must hold for a flag."""
    parts: list[Needs] = []
    if flag.symbols:
        parts.append(symbol_needs(flag.symbols, same))
    if flag.methods:
        parts.append((Need(reached=(frozenset(flag.methods),)),))
    for callee, keywords in flag.keyword.items():
        parts.append(_called_with([callee], keywords, same) if keywords else symbol_needs([callee], same))
    if flag.count:
        parts.append(symbol_needs(flag.count, same))
    if flag.ast_grep is not None:
        parts.append(_any_of(triggers(flag.ast_grep)))
    return either(parts)


def _any_of(words: frozenset[str] | None) -> Needs:
    return None if words is None else (Need(held=(words,)),)


def _keyword_needs(keyword: Keyword, same: Same) -> Needs:
    """The keyword and the callee; the callee alone where a keyword is put in that was not there."""
    if keyword.add:
        return symbol_needs(keyword.of, same)
    changed: tuple[Mapping[str, object], ...] = (
        keyword.rename,
        keyword.invert,
        keyword.values,
        keyword.wrap,
        keyword.patterns,
    )
    names = [*keyword.remove, *(name for table in changed for name in table)]
    return _called_with(keyword.of, names, same)


def _called_with(callees: Sequence[str], keywords: Sequence[str], same: Same) -> Needs:
    found = [_NAME.findall(name) for name in keywords]
    called = symbol_needs(callees, same)
    if not found or not all(found):
        return called
    words = frozenset(parts[-1] for parts in found)
    if called is None or any(_is_class(callee) for callee in callees):
        # A class of the project may stand for one of the package, under a name of its own.
        return (Need(named=words),)
    return tuple(Need(named=words, reached=need.reached, firsts=need.firsts) for need in called)


def _is_class(symbol: str) -> bool:
    names = _NAME.findall(_INDEX.sub("", symbol))
    return not names or names[-1][:1].isupper() or "*" in symbol


def symbol_needs(symbols: Iterable[str], same: Same) -> Needs:
    """The last name of each symbol, and the modules it lies in; None when one has no name that is always written."""
    groups: dict[tuple[str, frozenset[str]], set[str]] = {}
    needs: list[Need] = []
    for symbol in symbols:
        begins = _BEGINS.search(symbol)
        if begins is not None:
            needs.append(Need(begins=begins[1]))
            continue
        lasts, modules = _symbol(symbol, same)
        if not lasts and not modules:
            return None
        groups.setdefault((_first(symbol, lasts, modules, same), modules), set()).update(lasts)
    for (first, modules), names in groups.items():
        needed = [frozenset((module,)) for module in sorted(modules)]
        firsts = frozenset(names) if first == _ITSELF else frozenset((first,)) - {""}
        needs.append(Need(reached=(*([frozenset(names)] if names else []), *needed), firsts=firsts))
    return tuple(needs)


def _first(symbol: str, lasts: frozenset[str], modules: frozenset[str], same: Same) -> str:
    """What stands right after the package's name: a module, the name itself, or "" where that can't be told."""
    if _INFERRED.search(symbol.removesuffix(".**").removesuffix(".*")) or "#" in symbol or "::" in symbol:
        return ""
    parts = symbol.removesuffix(".**").removesuffix(".*").split(".")
    if any(is_member(symbol, name) and "." not in name for name in same) or len(parts) < 2:
        return ""
    if len(parts) == 2 and lasts == frozenset(parts[1:]):
        return _ITSELF
    return parts[1] if parts[1] in modules else ""


def _symbol(symbol: str, same: Same) -> tuple[frozenset[str], frozenset[str]]:
    """The last names of a symbol in all its spellings, one of which is written, and the modules that always are."""
    spelled = [symbol]
    for name, others in same.items():
        if is_member(symbol, name):
            spelled += [other + symbol[len(name) :] for other in others]
            if symbol == name and any(other.endswith(_WHOLE) for other in others):
                return frozenset(), frozenset()
    parts = [_parts(text) for text in spelled]
    modules = frozenset.intersection(*(modules for _, modules in parts))
    if any(not last for last, _ in parts):
        return frozenset(), modules
    return frozenset(last for last, _ in parts), modules


def _parts(symbol: str) -> tuple[str, frozenset[str]]:
    """The last name, "" where none is always written, and the modules between the package and it (Python)."""
    bare = _INDEX.sub("", symbol)
    names = _NAME.findall(bare)
    last = "" if bare.endswith(("#default", "*")) or not names else names[-1]
    dotted = "#" not in symbol and "::" not in symbol and "/" not in symbol
    known = _INFERRED.split(symbol)[0].split(".") if dotted else []
    middle = known[1:-1] if known and known[-1] == last else known[1:]
    return last, frozenset(name for name in middle if name.islower() and _NAME.fullmatch(name))
