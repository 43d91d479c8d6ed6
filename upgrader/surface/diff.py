"""How the whole public API of a release differs from an older one: every old public symbol is looked up in the new."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from upgrader.model.impact import ApiChange, ApiDiff, ChangeKind, NotAnalysed
from upgrader.surface.artefact import Artefact
from upgrader.surface.base import Answer, Book, Definition, Missing, Opaque, Surface
from upgrader.surface.kinds import KINDS, WEIGHTS

_ALIKE = 0.72
"""How alike two names must be for one to be suggested for the other."""
_MOST_COMPARED = 4000
_MEMBERS = frozenset(("method", "property", "field"))


def diff_releases(book: Book, old: Artefact, new: Artefact, *, package: str = "") -> ApiDiff:
    """Every change between two releases. Raises ArtefactError when one of them can't be read at all."""
    same = ApiDiff(package=package or new.name, old=old.name, new=new.name)
    if old.digest and old.digest == new.digest:
        return same
    before, after = book.open_surface(old), book.open_surface(new)
    changes = list(book.package_changes(old, new))
    unknown: list[NotAnalysed] = []
    gone: dict[str, Definition] = {}
    above: set[str] = set()
    looked = 0
    for item in before.public():
        looked += 1
        if isinstance(item, Opaque):
            continue  # what can't be told of the old release can't be said to have changed (IMPACT D1)
        if _below(item.symbol, above):
            continue
        match after.resolve(item.symbol):
            case Missing():
                gone[item.symbol] = item
                above.add(item.symbol)
            case Opaque(reason=reason):
                unknown.append(NotAnalysed(what=item.symbol, reason=reason))
            case Definition() as found:
                changes += [] if item.raises else book.compare(item, found)
                above |= {item.symbol} if found.raises else set()
    changes += removed(gone.values(), before, after)
    return replace(
        same,
        changes=tuple(sorted(changes, key=_order)),
        unknown=tuple(sorted(unknown, key=lambda row: row.what)),
        looked_at=looked,
    )


def compare_answers(book: Book, old: Answer, new: Answer) -> list[ApiChange]:
    """The changes of one symbol that a project uses; empty where either release leaves it open."""
    match old, new:
        case Definition(raises=""), Missing():
            return [removal(old)]
        case Definition(raises=""), Definition():
            return book.compare(old, new)
        case _:
            return []


def removal(item: Definition, hint: str = "") -> ApiChange:
    """A symbol that is gone, with what its deprecation told."""
    kind: ChangeKind = "symbol_removed"
    if item.shape == "module":
        kind = "module_removed"
    elif item.shape == "variant":
        kind = "enum_variant_removed"
    elif item.shape in _MEMBERS or "member" in item.facts:
        kind = "member_removed"
    shown = item.signatures[0].text if len(item.signatures) == 1 else item.value
    return ApiChange(
        kind=kind,
        symbol=item.symbol,
        severity=KINDS[kind].severity,
        before=shown,
        hint=hint or item.deprecated or KINDS[kind].hint,
        where=item.where,
    )


def removed(gone: Iterable[Definition], before: Surface, after: Surface) -> list[ApiChange]:
    """What is gone, as moved or renamed where the new release has what it seems to have become."""
    lost = list(gone)
    if not lost:
        return []
    offered = [item for item in after.public() if isinstance(item, Definition)]
    by_leaf: dict[str, list[Definition]] = {}
    for item in offered:
        by_leaf.setdefault(_leaf(item.symbol), []).append(item)
    return [_placed(item, offered, by_leaf, before) for item in lost]


def _placed(
    item: Definition, offered: Sequence[Definition], by_leaf: dict[str, list[Definition]], before: Surface
) -> ApiChange:
    """The removal of a symbol; the better name of it where there is one."""
    plain = removal(item)
    if plain.kind == "module_removed":
        return plain
    same = [other for other in by_leaf.get(_leaf(item.symbol), ()) if _stands_for(item, other)]
    if same and plain.kind == "symbol_removed":
        best = min(same, key=lambda other: (len(other.symbol), other.symbol))
        hint = f"Import it from {best.symbol}."
        return replace(plain, kind="symbol_moved", after=best.symbol, hint=hint)
    other = _renamed(item, offered)
    # What was there before beside it is no new name of it.
    if other is not None and isinstance(before.resolve(other.symbol), Missing):
        kind: ChangeKind = "member_renamed" if plain.kind == "member_removed" else "symbol_renamed"
        hint = item.deprecated or f"Probably {other.symbol} now."
        return replace(plain, kind=kind, after=other.symbol, hint=hint, confidence="likely")
    return plain


def _stands_for(item: Definition, other: Definition) -> bool:
    """The same shape under the same last name, and the same parameters where both are called."""
    if item.shape != other.shape:
        return False
    ours, theirs = _parameters(item), _parameters(other)
    return ours == theirs or not ours or len(ours & theirs) * 2 >= len(ours)


def _renamed(item: Definition, offered: Sequence[Definition]) -> Definition | None:
    """A neighbour with a similar name and the same parameters, or the one its deprecation names."""
    parent = item.symbol.rpartition(".")[0]
    near = [o for o in offered if o.symbol.rpartition(".")[0] == parent and o.shape == item.shape]
    words = set(item.deprecated.replace("`", " ").replace("()", " ").replace("'", " ").split())
    for other in near:
        if {_leaf(other.symbol), other.symbol} & words and len(_leaf(other.symbol)) > 3:
            return other
    if len(near) > _MOST_COMPARED:
        return None
    alike = [
        (
            difflib.SequenceMatcher(None, _leaf(item.symbol).lower(), _leaf(o.symbol).lower()).ratio(),
            o.symbol,
            o,
        )
        for o in near
        if item.signatures and _parameters(o) == _parameters(item)
    ]
    best = max(alike, default=None, key=lambda row: row[:2])
    return best[2] if best is not None and best[0] >= _ALIKE else None


def _parameters(item: Definition) -> frozenset[str]:
    return frozenset(p.name for signature in item.signatures for p in signature.parameters)


def _leaf(symbol: str) -> str:
    return symbol.replace("#", ".").replace("::", ".").rpartition(".")[2]


def _below(symbol: str, gone: set[str]) -> bool:
    """Whether something above it is gone already: one row tells of both."""
    cuts = [at for at, char in enumerate(symbol) if char in ".#:/" and at]
    return any(symbol[:at].rstrip(":") in gone for at in cuts)


def _order(item: ApiChange) -> tuple[int, str, str, str]:
    return WEIGHTS.index(item.severity), item.symbol, item.kind, item.parameter
