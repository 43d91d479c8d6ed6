"""Renames symbols: members by their last name, imported names with everything that refers to them."""

from __future__ import annotations

from upgrader.rulebook.languages.javascript import specifiers
from upgrader.rulebook.languages.javascript.draft import Draft, is_name, say, split
from upgrader.rulebook.languages.javascript.places import (
    is_lost_tag,
    is_type,
    replace_name,
    required_module,
    tag_pair,
    with_closing_tag,
)
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import lookup, spellings
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_PATTERN_ITEMS = frozenset(
    {"object_assignment_pattern", "pair_pattern", "shorthand_property_identifier_pattern"}
)


def rename(draft: Draft, rule: RuleForm) -> None:
    """Apply a rule's `rename` to the file."""
    imports: list[tuple[Use, str]] = []
    for use in draft.uses.uses:
        target = lookup(rule.rename or {}, use.symbol, draft.same)
        if target is None or target in spellings(use.symbol, draft.same):
            continue
        if use.kind == "import":
            imports.append((use, _nearest(draft, use.symbol, target)))
        elif use.kind == "member" and draft.may_edit(rule, use):
            _rename_member(draft, rule, use, target)
        elif use.kind == "string":
            _rename_required(draft, rule, use, target)
        elif use.kind == "name" and use.binding is None and draft.may_edit(rule, use):
            _rename_global(draft, rule, use, target)
    specifiers.rename_imports(draft, rule, imports)


def _rename_global(draft: Draft, rule: RuleForm, use: Use, target: str) -> None:
    """A name that needs no import keeps needing none."""
    _, old = split(use.symbol)
    _, new = split(target)
    atom = draft.atom(rule)
    if old == draft.text(use.name) and draft.is_free(new.partition(".")[0], target):
        replace_name(atom, use.node, new)
        draft.commit(atom)


def _rename_required(draft: Draft, rule: RuleForm, use: Use, target: str) -> None:
    """`require("d/x")()` as `require("d").x()`; what it is assigned to is an import item of its own."""
    module, path = split(target)
    held = use.node.parent()
    call = held.parent() if held is not None else None
    above = call.parent() if call is not None else None
    callee = call.field("function") if call is not None else None
    plain = path not in ("default", "*") and callee is not None and callee.text() == "require"
    if (
        call is None
        or above is None
        or not plain
        or above.kind() in ("member_expression", "variable_declarator")
    ):
        return
    atom = draft.atom(rule)
    atom.replace(use.name, module)
    end = span_of(call).end
    atom.replace(Span(end, end), f".{path}")
    draft.commit(atom)


def _rename_member(draft: Draft, rule: RuleForm, use: Use, target: str) -> None:
    prefix, _, last = _parts(target)
    if any(_parts(one)[0] == prefix for one in spellings(use.symbol, draft.same)):
        rename_last(draft, rule, use, last)
    else:
        _replace_member(draft, rule, use, target)


def _nearest(draft: Draft, symbol: str, target: str) -> str:
    """The target beside the symbol itself, where the pack names both below another spelling of their parent.

    With `zod#z` for `zod#*`, what becomes `zod#z.ZodType` is `zod#ZodType` to an import of `zod#ZodSchema`.
    """
    prefix, _, last = _parts(target)
    own, dot, _ = _parts(symbol)
    beside = own != prefix and any(_parts(one)[0] == prefix for one in spellings(symbol, draft.same))
    return f"{own}{dot}{last}" if beside and is_name(last) else target


def _parts(symbol: str) -> tuple[str, str, str]:
    """Prefix, separator and last name; the members of a module have the module as prefix."""
    at = max(symbol.rfind("."), symbol.rfind("#"))
    return symbol[:at], symbol[at : at + 1], symbol[at + 1 :]


def rename_last(draft: Draft, rule: RuleForm, use: Use, last: str) -> None:
    """Change the last name of a member alone; its parent stays the same."""
    atom = draft.atom(rule)
    old = draft.text(use.name)
    if use.node.kind() in _PATTERN_ITEMS:
        shorthand = use.node.kind() != "pair_pattern"
        atom.replace(use.name, f"{last}: {old}" if shorthand else last)
    elif "." in last and draft.text(Span(use.name.end, use.name.end + 1)) in ("'", '"'):
        draft.note(use.span, rule.id, say(rule))
        return
    else:
        atom.replace(use.name, last)
    with_closing_tag(atom, use, last)
    draft.commit(atom)


def _replace_member(draft: Draft, rule: RuleForm, use: Use, target: str) -> None:
    """The symbol moved: the whole expression is written anew."""
    atom = draft.atom(rule)
    if use.node.kind() in _PATTERN_ITEMS:
        draft.note(use.span, rule.id, say(rule))
        return
    required = required_module(use.node)
    module, path = split(target)
    if required is not None and module and "(" not in path:
        atom.replace(required, module)
        atom.replace(use.name, path)
        draft.commit(atom)
        return
    if "(" in target or _is_lazy(draft, use):
        draft.note(use.span, rule.id, say(rule))
        return
    new = draft.spell(atom, target, use.span, hint=draft.text(use.name), typing_only=is_type(use.node))
    if new is None or is_lost_tag(use.node, new):
        draft.note(use.span, rule.id, f"no free name for `{target}` here: {say(rule)}")
        return
    pair = tag_pair(use.node)
    for one in pair or [use.node]:
        atom.replace(one, new)
    draft.commit(atom)


def _is_lazy(draft: Draft, use: Use) -> bool:
    """Whether the module is loaded only where this runs; an import at the top would load it always."""
    binding = use.binding
    if binding is None:
        return False
    nested = binding.scope.start > span_of(draft.source.root).start
    return nested or "import(" in draft.text(binding.statement)
