"""Methods renamed by their receiver, or by name alone where the rule says no receiver."""

from __future__ import annotations

import re

from upgrader.rulebook.languages.javascript.callsites import call_of
from upgrader.rulebook.languages.javascript.draft import Draft
from upgrader.rulebook.languages.javascript.renames import rename_last
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import matches
from upgrader.source.syntax import span_of


def rename_methods(draft: Draft, rule: RuleForm) -> None:
    """Apply a rule's `method` to the file."""
    table = rule.method or {}
    if not rule.on:
        _rename_anywhere(draft, rule)
        return
    for use in draft.uses.uses:
        receiver, dot, last = use.symbol.rpartition(".")
        if not dot or use.kind not in ("member", "import") or last not in table:
            continue
        if any(matches(one, receiver, draft.same) for one in rule.on) and draft.may_edit(rule, use):
            rename_last(draft, rule, use, table[last])


def _rename_anywhere(draft: Draft, rule: RuleForm) -> None:
    table = rule.method or {}
    if not (draft.uses.bindings or draft.uses.uses):
        return
    pattern = "^(?:" + "|".join(re.escape(name) for name in sorted(table)) + ")$"
    for name in draft.source.root.find_all(kind="property_identifier", regex=pattern):
        member = name.parent()
        if member is not None and member.kind() == "member_expression" and call_of(member) is not None:
            atom = draft.atom(rule)
            atom.replace(span_of(name), table[name.text()])
            draft.commit(atom)
