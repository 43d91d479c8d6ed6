"""The ast-grep rules of a pack: checked, run with the file's own import names, and their fixes written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from ast_grep_py import SgNode, SgRoot
from msgspec import Struct

from upgrader.model import EcosystemName
from upgrader.rulebook.languages.base import Change, Found, Freed, Note, Want
from upgrader.rulebook.pack import FlagForm, Pattern, RuleForm
from upgrader.rulebook.symbols import Same, covers, matches
from upgrader.rulebook.template import fixed, loses_comment, variables_of
from upgrader.source.syntax import Language, SourceFile, Span, span_of
from upgrader.source.uses import Use, Uses

LANGUAGES_OF: Mapping[EcosystemName, tuple[Language, ...]] = {
    "cargo": ("rust",),
    "go": ("go",),
    "npm": ("javascript", "typescript", "tsx"),
    "pip": ("python",),
}
_EVERY: tuple[Language, ...] = ("python", "javascript", "typescript", "tsx", "go", "rust")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"\$+[A-Z_][A-Z0-9_]*|\$\$\$")
_CAUSE = re.compile(r"^ *\d+: (.+)$", re.MULTILINE)


class Hit(Struct, frozen=True, eq=False):
    """A node that a pattern matched, its import variables checked."""

    node: SgNode
    span: Span


def faults_of(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """What is wrong with a pattern: the key and a sentence. A kind that only some languages have is no fault."""
    languages = [pattern.language] if pattern.language else _EVERY
    answers = [_compiles(_encoded(pattern), language) for language in languages]
    if "" not in answers:
        yield "rule", answers[0]
        return
    known = set(re.findall(r"\$+([A-Z_][A-Z0-9_]*)", _encoded(pattern))) | set(pattern.transform)
    for name in sorted(variables_of(pattern.fix or "") - known):
        yield "fix", f"${name} stands nowhere in the rule."
    for name in sorted(set(pattern.imports) - known):
        yield "imports", f"${name} stands nowhere in the rule."


def find_pattern(source: SourceFile, uses: Uses, rule: RuleForm, pattern: Pattern, same: Same) -> Found:
    """The changes of one `ast-grep` rule in one file; each match is an atom of its own."""
    hits = _hits(source, uses, pattern, same)
    if not hits or pattern.fix is None:
        return Found()
    refused = _taken(uses, pattern.add_import)
    if refused:
        return Found(notes=tuple(Note(span=hit.span, rule=rule.id, message=refused) for hit in hits))
    changes: list[Change] = []
    wants: list[Want] = []
    notes: list[Note] = []
    for atom, hit in enumerate(hits):
        made = fixed(source, hit.node, pattern.fix)
        if made and loses_comment(hit.node, made):
            notes.append(
                Note(span=hit.span, rule=rule.id, message="a comment stands in what would go: by hand")
            )
        elif made:
            changes += [Change(span=span, text=text, rule=rule.id, atom=atom) for span, text in made]
            wants += [
                Want(symbol=symbol, local=local_name(symbol), rule=rule.id, atom=atom)
                for symbol in pattern.add_import
            ]
    freed = [Freed(symbol=symbol, rule=rule.id) for symbol in pattern.remove_import] if changes else []
    return Found(changes=tuple(changes), notes=tuple(notes), wants=tuple(wants), freed=tuple(freed))


def find_flagged(source: SourceFile, uses: Uses, flag: FlagForm, pattern: Pattern, same: Same) -> list[Note]:
    """The places that a flag's pattern matches."""
    return [
        Note(span=hit.span, rule=flag.id, message=flag.message) for hit in _hits(source, uses, pattern, same)
    ]


def local_name(symbol: str) -> str:
    """The name that a newly imported symbol gets: its last; of a whole module its last element made a name."""
    bare = symbol.removesuffix("#default").removesuffix("#*")
    words = _WORD.findall(re.split(r"[./#:]", bare)[-1])
    return "".join(word if index == 0 else word[:1].upper() + word[1:] for index, word in enumerate(words))


def _hits(source: SourceFile, uses: Uses, pattern: Pattern, same: Same) -> list[Hit]:
    if pattern.language and pattern.language != source.language:
        return []
    if pattern.uses and not _uses_one(uses, pattern.uses, same):
        return []
    constraints = dict(pattern.constraints)
    for name, symbol in pattern.imports.items():
        texts = _texts(source, uses, _several(symbol), same)
        if not texts:
            return []
        own = {"regex": f"^(?:{'|'.join(sorted(re.escape(text) for text in texts))})$"}
        constraints[name] = {"all": [own, constraints[name]]} if name in constraints else own
    encoded = _encoded(pattern)
    if _compiles(encoded, source.language):
        return []
    config = {key: value for key, value in _config(encoded).items() if key != "constraints"}
    if constraints:
        config["constraints"] = constraints
    found: list[SgNode] = source.root.find_all(config)  # type: ignore[call-overload]  # its TypedDict is built here
    hits = [Hit(node, span_of(node)) for node in found]
    return [hit for hit in hits if _resolves(source, uses, hit.node, pattern.imports, same)]


def _uses_one(uses: Uses, symbols: Sequence[str], same: Same) -> bool:
    found = {use.symbol for use in uses.uses} | {binding.symbol for binding in uses.bindings}
    return any(covers(pattern, symbol, same) for symbol in found for pattern in symbols)


def _several(symbols: str | list[str]) -> Sequence[str]:
    return [symbols] if isinstance(symbols, str) else symbols


def _is_one(symbol: str, patterns: Sequence[str], same: Same) -> bool:
    return any(matches(pattern, symbol, same) for pattern in patterns)


def _texts(source: SourceFile, uses: Uses, wanted: Sequence[str], same: Same) -> set[str]:
    """How the file spells the symbols."""
    spelled = {binding.local for binding in uses.bindings if _is_one(binding.symbol, wanted, same)}
    spelled |= {
        source.text[use.span.start : use.span.end] for use in uses.uses if _is_one(use.symbol, wanted, same)
    }
    return spelled - {""}


def _resolves(
    source: SourceFile, uses: Uses, node: SgNode, imports: Mapping[str, str | list[str]], same: Same
) -> bool:
    """Whether each import variable stands for its symbol at this very place: its name may be shadowed here."""
    for name, symbols in imports.items():
        part = node.get_match(name)
        meant = _meant(source, uses, span_of(part)) if part is not None else ()
        if not any(_is_one(symbol, _several(symbols), same) for symbol in meant):
            return False
    return True


def _meant(source: SourceFile, uses: Uses, span: Span) -> Iterator[str]:
    """The symbols that an expression stands for; the beginning of a longer one by what follows it."""
    for use in _starting(uses, span.start):
        if use.span == span:
            yield use.symbol
        elif use.span.end > span.end and use.kind != "string":
            text = source.text[span.start : span.end]
            if use.binding is not None and use.binding.local == text:
                yield use.binding.symbol
            rest = re.sub(r"\s", "", source.text[span.end : use.span.end])
            if use.symbol.endswith(rest):
                yield use.symbol.removesuffix(rest)


def _starting(uses: Uses, start: int) -> list[Use]:
    return _by_start(uses).get(start, [])


_STARTS: list[tuple[Uses, dict[int, list[Use]]]] = []


def _by_start(uses: Uses) -> dict[int, list[Use]]:
    """The uses by where they begin; of the last file that was asked for, which all its rules share."""
    if not _STARTS or _STARTS[0][0] is not uses:
        table: dict[int, list[Use]] = {}
        for use in uses.uses:
            table.setdefault(use.span.start, []).append(use)
        _STARTS[:] = [(uses, table)]
    return _STARTS[0][1]


def _taken(uses: Uses, wanted: Sequence[str]) -> str:
    """Why an import can't be added: its name means something else in this file. "" when all can."""
    for symbol in wanted:
        local = local_name(symbol)
        here = {binding.symbol for binding in uses.bindings if binding.local == local}
        if local in uses.names and symbol not in here:
            return f"not rewritten: `{local}` already means something else in this file"
    return ""


@lru_cache(maxsize=4096)
def _config(encoded: str) -> dict[str, object]:
    config: dict[str, object] = msgspec.json.decode(encoded)
    return config


def _encoded(pattern: Pattern) -> str:
    """The rule as ast-grep takes it, as text: known again without comparing trees."""
    config: dict[str, object] = {"rule": pattern.rule}
    for name in ("constraints", "utils", "transform"):
        if getattr(pattern, name):
            config[name] = getattr(pattern, name)
    return msgspec.json.encode(config, order="sorted").decode()


@lru_cache(maxsize=8192)
def _compiles(encoded: str, language: Language) -> str:
    """Why ast-grep does not take the rule in a language, "" when it does."""
    try:
        SgRoot("", language).root().find(_config(encoded))  # type: ignore[call-overload]  # its TypedDict is built here
    except Exception as fault:  # noqa: BLE001 - ast-grep-py raises bare Exception and RuntimeError
        text = str(fault).partition("Stack backtrace")[0]
        return (" ".join(_CAUSE.findall(text)) or text.partition("\n")[0])[:300]
    return ""


def triggers(pattern: Pattern) -> frozenset[str] | None:
    """Words of which a file must hold at least one for the pattern to match; None when any file may match."""
    return _words(pattern.rule, pattern.utils, 0)


def _words(rule: Mapping[str, object], utils: Mapping[str, object], depth: int) -> frozenset[str] | None:
    """Of all that must hold at once, the part with the fewest words."""
    if depth > 20:
        return None
    found: list[frozenset[str]] = []
    for key, value in rule.items():
        words = _words_of(key, value, utils, depth)
        if words is not None:
            found.append(words)
    return min(found, key=len) if found else None


def _words_of(key: str, value: object, utils: Mapping[str, object], depth: int) -> frozenset[str] | None:
    if key == "pattern":
        text = value.get("context", "") if isinstance(value, dict) else value
        return None if isinstance(value, dict) and "selector" in value else _longest(str(text))
    if key == "regex" and isinstance(value, str):
        return _alternatives(value)
    if key == "matches" and isinstance(value, str):
        inner = utils.get(value)
        return _words(inner, utils, depth + 1) if isinstance(inner, dict) else None
    if key in ("inside", "has", "precedes", "follows") and isinstance(value, dict):
        return _words(value, utils, depth + 1)
    if key in ("all", "any") and isinstance(value, list):
        parts = [_words(item, utils, depth + 1) for item in value if isinstance(item, dict)]
        return _joined(parts, every=key == "all")
    return None


def _joined(parts: Sequence[frozenset[str] | None], *, every: bool) -> frozenset[str] | None:
    known = [part for part in parts if part is not None]
    if every:
        return min(known, key=len) if known else None
    return frozenset().union(*known) if len(known) == len(parts) and known else None


def _longest(pattern: str) -> frozenset[str] | None:
    words = _WORD.findall(_VARIABLE.sub(" ", pattern))
    return frozenset((max(words, key=len),)) if words else None


def _alternatives(regex: str) -> frozenset[str] | None:
    """The words of `^(a|b)$`."""
    found = re.fullmatch(r"\^?(?:\((?:\?:)?([\w|]+)\)|(\w+))\$", regex)
    return frozenset((found[1] or found[2]).split("|")) - {""} if found and regex.startswith("^") else None
