"""How a symbol is written at a place of a file: by an import that is there, or by one that has to be added."""

from __future__ import annotations

from typing import NamedTuple

from upgrader.rulebook.languages.python.sheet import Sheet
from upgrader.source.uses import Binding, Use, is_member


class Spelling(NamedTuple):
    """The text that stands for a symbol, and what it needs to be imported."""

    text: str
    symbol: str = ""
    """What has to be importable; "" when everything is there."""
    local: str = ""


def split(symbol: str) -> tuple[str, str]:
    """The parent and the last name: `("a.b", "c")`; the parent is "" for a plain name."""
    parent, _, last = symbol.rpartition(".")
    return parent, last


def spelled(sheet: Sheet, symbol: str, offset: int, use: Use | None = None) -> Spelling | None:
    """The spelling of a symbol at an offset, in the style of the use it takes the place of.

    None when every name it could have is taken by something else there. `builtins.int` is `int`.
    """
    parent, last = split(symbol)
    if parent == "builtins":
        return Spelling(last) if sheet.names.lookup(last, sheet.names.scope_at(offset)) is None else None
    by_name = use is not None and use.kind == "name" and is_member(symbol, use.symbol.partition(".")[0])
    known = _by_bindings(sheet, symbol, offset, use)
    if known is None and parent == "typing":
        known = _by_bindings(sheet, f"typing_extensions.{last}", offset, use)
    if known is not None and not (by_name and "." in known.text):
        return known
    for made in _new(symbol, use):
        first = made.text.partition(".")[0]
        if sheet.is_free(first) or (
            sheet.binding_of(made.symbol, made.local) and _reads(sheet, first, offset)
        ):
            return made
    return known


def _by_bindings(sheet: Sheet, symbol: str, offset: int, use: Use | None) -> Spelling | None:
    """By an import at the top of the file, the longest one first; the use's own binding counts wherever it is."""
    found: list[tuple[int, str]] = []
    for binding in _usable(sheet, symbol, use):
        rest = _below(binding, symbol, sheet, use)
        if rest is not None and (binding is (use and use.binding) or _reads(sheet, binding.local, offset)):
            found.append((len(rest), f"{binding.local}{rest}"))
    return Spelling(min(found)[1]) if found else None


def _usable(sheet: Sheet, symbol: str, use: Use | None) -> list[Binding]:
    whole = sheet.names.whole
    return [
        binding
        for binding in sheet.bindings(symbol)
        if binding.local != "*"
        and ((binding.scope == whole and not binding.typing_only) or binding is (use and use.binding))
    ]


def _below(binding: Binding, symbol: str, sheet: Sheet, use: Use | None) -> str | None:
    """What follows the local name to reach the symbol; None when it can't be reached that way.

    A name of a module is reached by an import of the module, and by that of a package above it only where the use
    came by the same way (`np.AxisError` to `np.exceptions.AxisError`): a submodule is not there by itself.
    """
    if binding.symbol == symbol:
        return ""
    if not symbol.startswith(f"{binding.symbol}."):
        return None
    rest = symbol[len(binding.symbol) :]
    path = sheet.text[binding.name.start : binding.name.end]
    parent = split(symbol)[0]
    if binding.form == "module" and (
        path == parent or (path.startswith(f"{parent}.") and "." not in binding.local)
    ):
        return rest
    if binding.form == "member" and binding.symbol == parent:
        return rest
    aliased = path == binding.symbol and use is not None and use.binding is binding
    return rest if aliased else None


def _reads(sheet: Sheet, name: str, offset: int) -> bool:
    return sheet.is_visible(name, offset)


def _new(symbol: str, use: Use | None) -> list[Spelling]:
    """Imports that may be added, the file's own style first."""
    parent, last = split(symbol)
    if not parent:
        return [Spelling(symbol, symbol, symbol)]
    member = Spelling(last, symbol, last)
    binding = use.binding if use is not None else None
    if use is None or use.kind != "member" or binding is None:
        return [member]
    top, name = split(parent)
    by_module = Spelling(symbol, parent, parent.partition(".")[0])
    if binding.form == "member" and top:
        return [Spelling(f"{name}.{last}", parent, name), by_module]
    if binding.form == "member" and binding.local[:1].isupper():
        # What was imported is a class, so the file imports names, not modules.
        return [member, by_module]
    return [by_module]
