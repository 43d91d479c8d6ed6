"""What is being written into one file: atoms of changes, notes, wants, and how a symbol is spelled at a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ast_grep_py import SgNode

from upgrader.rulebook.languages.base import Change, Found, Freed, Note, Want
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import matches, spellings
from upgrader.source.javascript.scopes import Names
from upgrader.source.javascript.uses import read_uses
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Binding, Use, Uses

IMPORTED = frozenset({"default", "member", "namespace", "require"})
"""Forms of bindings that an import makes."""
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_SINGLE = re.compile(r"(?<![\w=])'[^'\"\n\\]*'")
_DOUBLE = re.compile(r'(?<![\w=])"[^\'"\n\\]*"')
_PLAIN_STRING = re.compile(r"(['\"])([^'\"`\\{}\n]*)\1")
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """arguments await break case catch class const continue debugger default delete do else enum eval export
        extends false finally for function if implements import in instanceof interface let new null package private
        protected public return static super switch this throw true try typeof undefined var void while with yield""",
    )
)


class Atom:
    """Changes that are made together or not at all."""

    def __init__(self, rule: RuleForm, number: int) -> None:
        self.rule = rule
        self.number = number
        self.changes: list[Change] = []
        self.wants: list[Want] = []

    def replace(self, where: Span | SgNode, text: str) -> None:
        """Put a text in the place of a span or a node; an empty span inserts."""
        span = span_of(where) if isinstance(where, SgNode) else where
        self.changes.append(Change(span=span, text=text, rule=self.rule.id, atom=self.number))

    def want(self, symbol: str, local: str, *, typing_only: bool = False) -> None:
        """Say that the edit needs an import."""
        self.wants.append(
            Want(symbol=symbol, local=local, rule=self.rule.id, atom=self.number, typing_only=typing_only)
        )


class Draft:
    """The edits of one round over one file."""

    def __init__(self, source: SourceFile, uses: Uses, same: Mapping[str, Sequence[str]]) -> None:
        self.source = source
        self.uses = uses
        self.same = same
        self.names = Names(source.root)
        self.freed: list[Freed] = []
        self.claimed: dict[Span, str] = {}
        self._atoms: list[Atom] = []
        self._notes: dict[tuple[Span, str], Note] = {}
        self._done: set[tuple[str, tuple[tuple[Span, str], ...]]] = set()
        self._modules: dict[str, tuple[Binding, ...]] = {}
        self._taken: dict[str, str] = {}
        self._count = 0
        self._quote: str | None = None

    def atom(self, rule: RuleForm) -> Atom:
        """A new, empty atom; nothing of it counts before `commit`."""
        self._count += 1
        return Atom(rule, self._count)

    def commit(self, atom: Atom) -> None:
        """Keep the atom's changes; the same changes of the same rule are kept once."""
        seen: dict[tuple[Span, str], Change] = {}
        for change in atom.changes:
            if change.span.start == change.span.end or self.source.text[slice(*change.span)] != change.text:
                seen.setdefault((change.span, change.text), change)
        atom.changes = list(seen.values())
        key = (atom.rule.id, tuple(sorted(seen)))
        if (atom.changes or atom.wants) and key not in self._done:
            self._done.add(key)
            self._atoms.append(atom)

    def note(self, where: Span | SgNode, rule: str, message: str) -> None:
        """Tell a person about a place, once per rule."""
        span = span_of(where) if isinstance(where, SgNode) else where
        self._notes.setdefault((span, rule), Note(span=span, rule=rule, message=message))

    def found(self) -> Found:
        """Everything drafted, in order of position."""
        changes = [change for atom in self._atoms for change in atom.changes]
        return Found(
            changes=tuple(sorted(changes, key=lambda one: (one.span, one.rule, one.atom))),
            notes=tuple(sorted(self._notes.values(), key=lambda note: (note.span, note.rule))),
            wants=tuple(want for atom in self._atoms for want in atom.wants),
            freed=tuple(self.freed),
        )

    def text(self, where: Span | SgNode) -> str:
        """The source of a span or a node."""
        span = span_of(where) if isinstance(where, SgNode) else where
        return self.source.text[span.start : span.end]

    def styled(self, template: str) -> str:
        """A template with its plain strings in the quotes that most strings of the file have."""
        if self._quote is None:
            single = len(_SINGLE.findall(self.source.text))
            self._quote = "'" if single > len(_DOUBLE.findall(self.source.text)) else '"'
        return _PLAIN_STRING.sub(lambda found: f"{self._quote}{found[2]}{self._quote}", template)

    def may_edit(self, rule: RuleForm, use: Use) -> bool:
        """Whether the use is certain enough for the rule; the doubtful ones are told instead."""
        named = "(" in use.symbol or "@" in use.symbol
        if use.confidence == "sure" or (use.confidence == "likely" and (named or rule.safety == "unsafe")):
            return True
        self.note(use.span, rule.id, f"`{self.text(use.span)}` may be `{use.symbol}`: {say(rule)}")
        return False

    def is_free(self, name: str, symbol: str = "") -> bool:
        """Whether a new name would clash with nothing in the file, nor with another edit of this round."""
        if not is_name(name) or self._is_meant(name):
            return False
        return self._taken.setdefault(name, symbol) == symbol

    def _is_meant(self, name: str) -> bool:
        """Whether the file has a name of its own or from outside; as the last of `a.name` it means nothing here."""
        if name not in self.uses.names:
            return False
        self.names.collect({name})
        return bool(self.names.cells.get(name) or self.names.free.get(name))

    def bindings_of(self, module: str) -> tuple[Binding, ...]:
        """The imports of exactly this module in the file, whether or not the pack looks at it."""
        if module not in self._modules:
            read = read_uses(self.source, [module], {})
            self._modules[module] = tuple(
                one
                for one in read.bindings
                if one.local and one.form in IMPORTED and one.symbol.partition("#")[0] == module
            )
        return self._modules[module]

    def _handed_on(self) -> Iterator[Binding]:
        """Imports that bring in the package through another module: one of the project, or one of `same`."""
        return (one for one in self.uses.bindings if one.local and one.form in IMPORTED)

    def is_visible(self, binding: Binding, at: Span) -> bool:
        """Whether the binding's name means the binding at a place: nothing shadows it there."""
        self.names.collect({binding.local})
        cell = self.names.cell_at(binding.local, at)
        return cell is not None and cell.scope == binding.scope

    def spell(
        self, atom: Atom, symbol: str, at: Span, *, hint: str = "", typing_only: bool = False, own: str = ""
    ) -> str | None:
        """How a symbol is written at a place; an import that it needs becomes a want. None where no name is free.

        `own`: a name without an import that the symbol takes the place of everywhere.
        """
        module, _, path = symbol.partition("#")
        if not module or not path:
            return symbol or None
        if "@" in path or "()" in path:
            return self._local_for(symbol, at)
        first, dot, rest = path.partition(".")
        spelt = spellings(f"{module}#default", self.same)
        bases = [
            base
            for binding in (*self.bindings_of(module), *self._handed_on())
            if (typing_only or not binding.typing_only) and self.is_visible(binding, at)
            for spelled in spellings(binding.symbol, self.same)
            if (base := _from_binding(binding.local, spelled, module, first)) is not None
            and (binding.form != "default" or "." not in base or f"{module}#*" in spelt)
            and ("." not in base or binding.form != "require" or not self._is_edited(binding))
        ]
        # What an ES module exports by name is no member of its default export, unless `same` says it is.
        if bases:
            return min(bases, key=lambda base: "." in base) + dot + rest
        if own == first and not self._is_declared(own):
            atom.want(f"{module}#{first}", first, typing_only=typing_only)
            return symbol.partition("#")[2]
        return self._spell_new(atom, module, first, dot + rest, hint, typing_only)

    def _is_edited(self, binding: Binding) -> bool:
        """Whether an edit of this round makes the name stand for something else."""
        start, end = binding.statement
        changes = [change for atom in self._atoms for change in atom.changes]
        return any(start <= one.span.start and one.span.end <= end for one in changes)

    def _is_declared(self, name: str) -> bool:
        self.names.collect({name})
        top = span_of(self.source.root).start
        return any(cell.scope.start <= top for cell in self.names.cells.get(name, ()))

    def _local_for(self, pattern: str, at: Span) -> str | None:
        """The innermost local name that stands for a parameter or an instance at a place."""
        found = [
            one
            for one in self.uses.bindings
            if one.local and matches(pattern, one.symbol, self.same) and self.is_visible(one, at)
        ]
        return max(found, key=lambda one: one.scope.start).local if found else None

    def _spell_new(
        self, atom: Atom, module: str, first: str, rest: str, hint: str, typing_only: bool
    ) -> str | None:
        symbol = f"{module}#{first}"
        local = first if first not in ("default", "*") else hint or camel(module)
        if not self.is_free(local, symbol):
            return None
        atom.want(symbol, local, typing_only=typing_only)
        return local + rest


def is_name(word: str) -> bool:
    """Whether a variable can be called so."""
    return _NAME.fullmatch(word) is not None and word not in _RESERVED


def _from_binding(local: str, symbol: str, module: str, first: str) -> str | None:
    """The start of an expression for `module#first` by a binding, None where the binding gives it not."""
    name = symbol.removeprefix(f"{module}#")
    if name == first:
        return local
    if name in ("*", "default") and first not in ("*", "default"):
        return f"{local}.{first}"
    return None


def camel(module: str) -> str:
    """A local name made of a module's: `prop-types` to `propTypes`, `node:fs/promises` to `promises`."""
    words = [word for word in re.split(r"[^\w$]+", module.rpartition("/")[2] or module) if word]
    name = "".join([words[0], *(word[:1].upper() + word[1:] for word in words[1:])]) if words else "lib"
    return name if _NAME.fullmatch(name) else f"_{name}"


def say(rule: RuleForm) -> str:
    """The rule in one line for people."""
    return rule.message or f"see {rule.url}"


def split(symbol: str) -> tuple[str, str]:
    """Module and path of a symbol."""
    module, _, path = symbol.partition("#")
    return module, path
