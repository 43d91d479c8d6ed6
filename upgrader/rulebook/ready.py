"""A pack made ready to run: its rules sorted by how they are run, each with the words that a file must hold for it."""

from __future__ import annotations

import re

from msgspec import Struct

from upgrader.rulebook.globs import fits
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import FlagForm, PackForm, RuleForm
from upgrader.rulebook.patterns import LANGUAGES_OF
from upgrader.rulebook.words import Needs, Words, either, flag_needs, meets, rule_needs
from upgrader.source.syntax import Language

_STRUCTURED = (
    *("rename", "module", "method", "keyword", "argument", "call", "text", "imported"),
    *("options", "attribute", "decorator", "awaited"),
)


class ReadyRule(Struct, frozen=True, eq=False):
    """An edit and the words it needs."""

    form: RuleForm
    needs: Needs


class ReadyFlag(Struct, frozen=True, eq=False):
    """A flag and the words it needs."""

    form: FlagForm
    needs: Needs


class Ready(Struct, frozen=True, kw_only=True, eq=False):
    """A pack as the engine runs it."""

    pack: Pack
    languages: tuple[Language, ...]
    rules: tuple[ReadyRule, ...]
    """Edits of source code; `replace` and `delegate` are run elsewhere."""
    flags: tuple[ReadyFlag, ...]
    """Flags on source code."""
    needs: Needs
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
    rules = tuple(
        ReadyRule(rule, rule_needs(rule, form.same))
        for rule in form.edits
        if rule.ast_grep is not None or _is_structured(rule)
    )
    asked = [flag for flag in (*form.flags, *forbidden(form)) if not flag.find]
    flags = tuple(ReadyFlag(flag, flag_needs(flag, form.same)) for flag in asked)
    return Ready(
        pack=pack,
        languages=LANGUAGES_OF[form.package.ecosystem],
        rules=rules,
        flags=flags,
        needs=either([*(rule.needs for rule in rules), *(flag.needs for flag in flags)]),
    )


def forbidden(form: PackForm) -> list[FlagForm]:
    """What must not remain, as flags: it is looked for in the same way, after the rewrite (FEATURES A28)."""
    return [
        FlagForm(
            id=item.id, url="", message=item.message, symbols=item.symbols, find=item.find, files=item.files
        )
        for item in form.forbid
    ]


def tools_for(ready: Ready, path: str, text: str, words: Words, *, unsafe: bool) -> Tools:
    """The rules and flags that may have work in a file, by its path and the words it holds."""
    rules = [
        rule.form for rule in ready.rules if meets(rule.needs, words) and _applies(rule.form, path, text)
    ]
    asked = [rule for rule in rules if unsafe or rule.safety == "safe"]
    return Tools(
        structured=[rule for rule in asked if rule.ast_grep is None],
        patterns=[rule for rule in asked if rule.ast_grep is not None],
        waiting=[rule for rule in rules if not unsafe and rule.safety != "safe"],
        flags=[
            flag.form
            for flag in ready.flags
            if meets(flag.needs, words) and fits(path, flag.form.files, flag.form.ignores)
        ],
    )


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
