"""The places of a pack's flags: symbols, keywords, methods and numbers of arguments that a person has to look at."""

from __future__ import annotations

from upgrader.rulebook.languages.python.calls import Call, call_of
from upgrader.rulebook.languages.python.names import anywhere
from upgrader.rulebook.languages.python.sheet import Sheet, is_own_name
from upgrader.rulebook.pack import FlagForm
from upgrader.rulebook.symbols import matches


def flag(sheet: Sheet, form: FlagForm) -> None:
    """Note every place of one flag."""
    for use, _ in sheet.of(form.symbols):
        if not is_own_name(use):
            sheet.note(form.id, use.span, form.message)
    for span, _ in anywhere(sheet, form.methods):
        sheet.note(form.id, span, form.message)
    for use, _ in sheet.of([*form.keyword, *form.count]):
        call = call_of(use)
        if call is not None and (
            _has_keyword(sheet, form, use.symbol, call) or _counts(sheet, form, use.symbol, call)
        ):
            sheet.note(form.id, use.span, form.message)


def _has_keyword(sheet: Sheet, form: FlagForm, symbol: str, call: Call) -> bool:
    for pattern, names in form.keyword.items():
        if matches(pattern, symbol, sheet.same) and (
            not names or call.has("stars") or any(call.keyword(name) is not None for name in names)
        ):
            return True
    return False


def _counts(sheet: Sheet, form: FlagForm, symbol: str, call: Call) -> bool:
    return any(
        matches(pattern, symbol, sheet.same) and len(call.positional()) in counts
        for pattern, counts in form.count.items()
    )
