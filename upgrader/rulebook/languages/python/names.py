"""The kinds `rename`, `module` and `method`: names that changed, in imports, uses, strings and definitions."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.rulebook.languages.python.guards import is_guarded
from upgrader.rulebook.languages.python.import_items import Hit, ImportItems
from upgrader.rulebook.languages.python.sheet import Sheet, is_certain, is_own_name
from upgrader.rulebook.languages.python.spelling import spelled, split
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.symbols import lookup_within, matches, spellings
from upgrader.source.syntax import Span
from upgrader.source.uses import Binding, Use, is_member


def rename(sheet: Sheet, rule: RuleForm, table: dict[str, str], modules: bool = False) -> None:
    """Apply a table of symbols to every use of them; `modules`: imports of what lies below them change too."""
    by_binding: dict[Binding, list[Hit]] = {}
    for use, new in sheet.renamed(table):
        if is_own_name(use):
            continue
        if not is_certain(use, use.symbol):
            _unsure(sheet, rule, use, new)
        elif modules and _comes_along(sheet, use):
            sheet.change(rule.id, sheet.atom(), use.span, new)
        elif use.kind in ("name", "import") and use.binding is not None and use.binding.form == "member":
            by_binding.setdefault(use.binding, []).append(Hit(use, new))
        else:
            _elsewhere(sheet, rule, use, new)
    ImportItems(sheet, rule.id).rename(by_binding)


def _elsewhere(sheet: Sheet, rule: RuleForm, use: Use, new: str) -> None:
    """What is no name of a from-import."""
    if use.kind == "member":
        if is_guarded(sheet, use, new):
            sheet.note(
                rule.id, use.span, f"`{use.symbol}` is now `{new}`; this seems to be code for both releases."
            )
        else:
            _member(sheet, rule, use, new)
    elif use.kind == "string":
        _string(sheet, rule, use, new)
    elif use.binding is not None and use.binding.form == "star":
        _starred(sheet, rule, use, new)


def _comes_along(sheet: Sheet, use: Use) -> bool:
    """Whether a module's path is read by an `import path` that changes with it."""
    if use.kind != "member" or use.binding is None or use.binding.form != "module":
        return False
    same = [b for b in sheet.uses.bindings if b.local == use.binding.local and b.form == "module"]
    paths = [sheet.text[b.name.start : b.name.end] for b in same if b.local == b.symbol]
    return any(is_member(path, use.symbol) for path in paths)


def _unsure(sheet: Sheet, rule: RuleForm, use: Use, new: str) -> None:
    if use.kind == "import":
        message = f"`{use.symbol}` is now `{new}`; the name is imported from several places here."
    else:
        message = f"This may be `{use.symbol}`, which is now `{new}`."
    sheet.note(rule.id, use.span, message)


def same_parent(sheet: Sheet, old: str, new: str) -> bool:
    """Whether the last name alone has changed."""
    before, after = split(old)[0], split(new)[0]
    return before == after or after in spellings(before, sheet.same)


def _member(sheet: Sheet, rule: RuleForm, use: Use, new: str) -> None:
    """`np.float_`: the last name alone, or the whole chain where the symbol has moved."""
    if same_parent(sheet, use.symbol, new):
        sheet.change(rule.id, sheet.atom(), use.name, split(new)[1])
        return
    if "(" in new or "(" in use.symbol:
        sheet.note(rule.id, use.span, f"`{use.symbol}` is now `{new}`.")
        return
    found = spelled(sheet, new, use.span.start, use)
    if found is None:
        sheet.note(
            rule.id, use.span, f"`{use.symbol}` is now `{new}`; the names it needs are taken in this file."
        )
        return
    atom = sheet.atom()
    sheet.change(rule.id, atom, use.span, found.text)
    if found.symbol:
        sheet.want(rule.id, atom, found.symbol, found.local)


def _string(sheet: Sheet, rule: RuleForm, use: Use, new: str) -> None:
    """`"numpy.float_"` whole, `getattr(np, "float_")` its name."""
    if sheet.text[use.span.start : use.span.end] == use.symbol:
        sheet.change(rule.id, sheet.atom(), use.span, new)
    elif same_parent(sheet, use.symbol, new):
        sheet.change(rule.id, sheet.atom(), use.name, split(new)[1])
    else:
        sheet.note(rule.id, use.span, f"`{use.symbol}` is now `{new}`.")


def _starred(sheet: Sheet, rule: RuleForm, use: Use, new: str) -> None:
    last = split(new)[1]
    if same_parent(sheet, use.symbol, new) and sheet.is_free(last):
        sheet.change(rule.id, sheet.atom(), use.span, last)
    else:
        sheet.note(rule.id, use.span, f"`{use.symbol}` is now `{new}`; it comes by a star import here.")


def move_modules(sheet: Sheet, rule: RuleForm, table: dict[str, str]) -> None:
    """Apply a table of module paths, of which everything below moves along."""
    rename(sheet, rule, table, modules=True)
    taken = {change.span for change in sheet.changes if change.rule == rule.id}
    for use in sheet.uses.uses:
        if use.kind not in ("import", "string") or not is_certain(use, use.symbol) or use.span in taken:
            continue
        found = lookup_within(table, use.symbol, sheet.same)
        if found is None or (
            use.kind == "import" and use.binding is not None and use.binding.form == "member"
        ):
            continue
        new = found[0] + found[1]
        if use.kind == "import" and use.binding is not None:
            _module_import(sheet, rule, use, use.binding, new)
        elif sheet.text[use.span.start : use.span.end] == use.symbol:
            sheet.change(rule.id, sheet.atom(), use.span, new)


def _module_import(sheet: Sheet, rule: RuleForm, use: Use, binding: Binding, new: str) -> None:
    """`import a.b` and `import a.b as c`; what it binds must still be there for the other uses."""
    atom = sheet.atom()
    sheet.change(rule.id, atom, binding.name, new)
    first = binding.symbol
    if first == use.symbol or new.partition(".")[0] == first:
        return
    elsewhere = [u for u in sheet.uses.uses if u.binding == binding and u.kind == "name"]
    moved = {change.span.start for change in sheet.changes if change.rule == rule.id}
    others = [b for b in sheet.uses.bindings if b is not binding and b.local == binding.local]
    if not others and any(u.span.start not in moved for u in elsewhere):
        sheet.want(rule.id, atom, first, first)


def rename_methods(sheet: Sheet, rule: RuleForm, table: dict[str, str]) -> None:
    """Apply a table of method names, on the receivers of `on`, or on any receiver when there is no `on`."""
    if not rule.on:
        for span, name in anywhere(sheet, table):
            sheet.change(rule.id, sheet.atom(), span, table[name])
        return
    for use in sheet.uses.uses:
        receiver, name = split(use.symbol)
        if use.kind == "import" or name not in table:
            continue
        if any(matches(pattern, receiver, sheet.same) for pattern in rule.on):
            sheet.change(rule.id, sheet.atom(), use.name, table[name])


def anywhere(sheet: Sheet, names: dict[str, str] | list[str]) -> Iterator[tuple[Span, str]]:
    """Attributes with one of the names, on whatever object; not on a module that is imported here."""
    for name in names:
        for node, start in sheet.names.read(name).fields:
            above = node.parent()
            left = above.field("object") if above is not None and above.kind() == "attribute" else None
            if left is not None and not _is_import(sheet, left.text(), start):
                yield Span(start, start + len(name)), name


def _is_import(sheet: Sheet, name: str, offset: int) -> bool:
    if not name.isidentifier():
        return False
    return any(bound.role == "import" for bound in sheet.names.reaching(name, offset))
