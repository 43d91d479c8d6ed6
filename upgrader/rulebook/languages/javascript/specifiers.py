"""Renames of imported names: the import items, their statements, and every place that uses their local names."""

from __future__ import annotations

from ast_grep_py import SgNode

from upgrader.rulebook.languages.javascript.draft import Atom, Draft, camel, say, split
from upgrader.rulebook.languages.javascript.places import is_hidden, is_lost_tag, replace_name
from upgrader.rulebook.languages.javascript.sites import (
    Site,
    is_exported,
    is_lazy,
    is_typed,
    local_name,
    site_of,
    take_out,
)
from upgrader.rulebook.pack import RuleForm
from upgrader.source.javascript.shapes import inner_span
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

Move = tuple[Use, str]
"""An import item and the symbol it becomes."""


def rename_imports(draft: Draft, rule: RuleForm, moves: list[Move]) -> None:
    """Rename import items, statement by statement."""
    groups: dict[Span, tuple[Site | None, list[Move]]] = {}
    for use, target in _one_each(moves):
        site = site_of(use.node) or _loose_site(use, target)
        key = span_of(site.node) if site is not None else use.span
        groups.setdefault(key, (site, []))[1].append((use, target))
    for key, (site, group) in groups.items():
        if site is None or site.module != split(group[0][0].symbol)[0]:
            # What a module of the project hands on keeps the name that it has there.
            for use, _ in group:
                draft.note(use.span, rule.id, say(rule))
        elif draft.claimed.setdefault(key, rule.id) == rule.id:
            _rename_site(draft, rule, site, group)


def _one_each(moves: list[Move]) -> list[Move]:
    """Without the items that become what another one becomes; they find that one there in the next round."""
    return list({target: (use, target) for use, target in reversed(moves)}.values())[::-1]


def _loose_site(use: Use, target: str) -> Site | None:
    """`({ a }) => ...` over a module that came from elsewhere: the item can be renamed, nothing can be moved."""
    if split(use.symbol)[0] != split(target)[0] or split(target)[1] in ("default", "*"):
        return None
    return Site(
        style="require", node=use.node, literal=use.node, items=(use.node,), loose=split(use.symbol)[0]
    )


def _rename_site(draft: Draft, rule: RuleForm, site: Site, group: list[Move]) -> None:
    staying = [move for move in group if split(move[1])[0] == site.module and _keeps_form(site, move)]
    leaving = [move for move in group if move not in staying]
    for move in staying:
        atom = draft.atom(rule)
        if _rename_item(draft, atom, site, move):
            draft.commit(atom)
        else:
            draft.note(move[0].span, rule.id, say(rule))
    if leaving:
        _move(draft, rule, site, leaving)


def _keeps_form(site: Site, move: Move) -> bool:
    """Whether the item can stay where it is: a named import that stays one, or the only item of its statement."""
    first = split(move[1])[1].partition(".")[0]
    braced = any(span_of(one) == move[0].span for one in site.braced)
    return len(site.items) == 1 or (braced and first not in ("default", "*"))


def _move(draft: Draft, rule: RuleForm, site: Site, leaving: list[Move]) -> None:
    modules = {split(target)[0] for _, target in leaving}
    whole = len(leaving) == len(site.items)
    target = next(iter(modules))
    atom = draft.atom(rule)
    if whole and len(modules) == 1 and all(_keeps_form(site, move) for move in leaving):
        merged = site.style == "import" and any(draft.bindings_of(target))
        if not merged and all(_rename_item(draft, atom, site, move) for move in leaving):
            atom.replace(inner_span(site.literal), target)
            draft.commit(atom)
            return
        atom = draft.atom(rule)
    if _take_along(draft, atom, site, leaving):
        draft.commit(atom)
    else:
        for use, _ in leaving:
            draft.note(use.span, rule.id, say(rule))


def _take_along(draft: Draft, atom: Atom, site: Site, leaving: list[Move]) -> bool:
    """Out of this statement, and asked for from the other module."""
    if is_lazy(site):
        return False
    gone = [item for item in site.items if any(use.span == span_of(item) for use, _ in leaving)]
    if len(gone) != len(leaving) or not take_out(atom, draft.source.text, site, gone):
        return False
    for item, (use, target) in zip(gone, leaving, strict=True):
        if site.style == "export":
            _export_anew(draft, atom, site, item, target)
        elif not _want_item(draft, atom, site, item, use, target):
            return False
    return True


def _export_anew(draft: Draft, atom: Atom, site: Site, item: SgNode, target: str) -> None:
    """`export { a } from "old"` once more, from the new module, on a line of its own."""
    module, path = split(target)
    shown = local_name(item)
    source = draft.text(site.literal)
    word = "export type" if is_typed(site, item) else "export"
    named = path if path == shown else f"{path} as {shown}"
    ending = ";" if draft.text(site.node).endswith(";") else ""
    end = span_of(site.node).end
    line = f"{word} {{ {named} }} from {source[0]}{module}{source[-1]}{ending}"
    atom.replace(Span(end, end), f"{draft.source.newline()}{line}")


def _want_item(draft: Draft, atom: Atom, site: Site, item: SgNode, use: Use, target: str) -> bool:
    old = local_name(item)
    if not old:
        return False
    module, path = split(target)
    first, dot, rest = path.partition(".")
    typed = is_typed(site, item)
    there = _already(draft, f"{module}#{first}", item, typed)
    if there is not None and old == _imported_name(item):
        return _retarget(draft, atom, item, there + dot + rest)
    local = _new_local(draft, old, _imported_name(item), first, bool(rest), target)
    if local is None:
        return False
    atom.want(f"{module}#{first}", local, typing_only=typed)
    return local + dot + rest == old or _retarget(draft, atom, item, local + dot + rest)


def _already(draft: Draft, symbol: str, item: SgNode, typed: bool) -> str | None:
    """The local name of an import of the symbol that the file has already."""
    for binding in draft.bindings_of(split(symbol)[0]):
        if binding.symbol == symbol and binding.item != span_of(item) and (typed or not binding.typing_only):
            return binding.local
    return None


def _imported_name(item: SgNode) -> str:
    """The name that an item has in the module; "" for a default import or a namespace."""
    name = item.field("name") or item.field("key")
    if name is None and item.kind() == "object_assignment_pattern":
        name = item.field("left")
    if name is not None:
        return name.text().strip("\"'")
    return item.text() if item.kind() == "shorthand_property_identifier_pattern" else ""


def _new_local(draft: Draft, old: str, imported: str, first: str, dotted: bool, target: str) -> str | None:
    """The local name after a rename: an alias stays, a plain name follows the symbol where the new name is free."""
    module = split(target)[0]
    plain = first not in ("default", "*")
    if dotted:
        name = first if plain else camel(module)
        return name if draft.is_free(name, f"{module}#{first}") else None
    if old != imported or not plain or first == old:
        return old
    return first if draft.is_free(first, f"{module}#{first}") else old


def _rename_item(draft: Draft, atom: Atom, site: Site, move: Move) -> bool:
    """Rename an item where it stands, and the places that use it."""
    use, target = move
    item = next((one for one in site.items if span_of(one) == use.span), None)
    if item is None:
        return False
    module, path = split(target)
    first, dot, rest = path.partition(".")
    if site.style == "export":
        return not dot and _rename_export(draft, atom, site, item, first)
    old = local_name(item)
    there = _already(draft, f"{module}#{first}", item, is_typed(site, item))
    if there is not None and old == _imported_name(item) and len(site.items) > 1:
        gone = take_out(atom, draft.source.text, site, [item])
        return gone and _retarget(draft, atom, item, there + dot + rest)
    imported = "" if is_exported(site) else _imported_name(item)
    local = _new_local(draft, old, imported, first, bool(rest), target)
    if not old or local is None:
        return _nested(atom, item, first) if not rest else False
    _rewrite_item(draft, atom, site, item, first, local)
    return local + dot + rest == old or _retarget(draft, atom, item, local + dot + rest)


def _nested(atom: Atom, item: SgNode, first: str) -> bool:
    """`{ a: { b } }`: only the key is the symbol's."""
    key = item.field("key")
    if key is None or first in ("default", "*"):
        return False
    atom.replace(key, first)
    return True


def _rename_export(draft: Draft, atom: Atom, site: Site, item: SgNode, first: str) -> bool:
    name = item.field("name")
    if name is None or first == "*":
        return False
    shown = local_name(item)
    if item.field("alias") is None and shown != first:
        atom.replace(name, f"{first} as {shown}")
    elif item.field("alias") is not None and shown == first:
        atom.replace(Span(span_of(name).start, span_of(item).end), first)
    else:
        atom.replace(name, first)
    return True


def _rewrite_item(draft: Draft, atom: Atom, site: Site, item: SgNode, first: str, local: str) -> None:
    """Write the item anew, the smallest part of it."""
    required = site.style == "require"
    name = item.field("name") or item.field("key")
    if name is not None and first not in ("default", "*"):
        if local == first and item.kind() in ("import_specifier", "pair_pattern"):
            atom.replace(Span(span_of(name).start, span_of(item).end), _tail(draft, item, first))
        elif local != first and item.kind() == "import_specifier" and item.field("alias") is None:
            atom.replace(name, f"{first} as {local}")
        else:
            atom.replace(name, first)
        return
    if item.kind() in (
        "shorthand_property_identifier_pattern",
        "object_assignment_pattern",
    ) and first not in (
        "default",
        "*",
    ):
        key = item.field("left") or item
        atom.replace(key, first if local == first else f"{first}: {local}")
        return
    _rewrite_clause(atom, site, item, _clause(first, local, required))


def _tail(draft: Draft, item: SgNode, first: str) -> str:
    """What follows the name in an item that needs no alias any more; a default value stays."""
    value = item.field("value")
    if value is not None and value.kind() == "assignment_pattern":
        left = value.field("left")
        if left is not None:
            return first + draft.text(Span(span_of(left).end, span_of(value).end))
    return first


def _clause(first: str, local: str, required: bool) -> str:
    if first == "default":
        return local
    if first == "*":
        return local if required else f"* as {local}"
    if first == local:
        return f"{{ {local} }}"
    return f"{{ {first}: {local} }}" if required else f"{{ {first} as {local} }}"


def _rewrite_clause(atom: Atom, site: Site, item: SgNode, clause: str) -> None:
    """The only item of a statement, in another form: `import D` to `import { d as D }`."""
    held = item.parent() if item in site.braced else item
    atom.replace(held if held is not None else item, clause)


def _retarget(draft: Draft, atom: Atom, item: SgNode, new: str) -> bool:
    """Write `new` in every place that uses the item's local name."""
    first = new.partition(".")[0]
    for use in draft.uses.uses:
        mine = use.kind == "name" and use.binding is not None and use.binding.item == span_of(item)
        if not mine:
            continue
        if use.store or is_hidden(draft, first, use.span) or is_lost_tag(use.node, new):
            return False
        replace_name(atom, use.node, new)
    return True
