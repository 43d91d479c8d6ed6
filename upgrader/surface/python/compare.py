"""How one Python symbol differs between two releases, as far as those who use it can notice."""

from __future__ import annotations

from collections.abc import Iterator

from upgrader.model.impact import ApiChange, ChangeKind, Evidence, Weight
from upgrader.surface.base import Definition, Parameter, Signature
from upgrader.surface.kinds import KINDS
from upgrader.surface.python.types import is_narrower

_CALLED = frozenset(("function", "method", "class"))
_ALWAYS_DIFFERENT = frozenset(
    ("__version__", "version", "VERSION", "__version_info__", "version_info", "__all__", "__date__")
)


def change(
    kind: ChangeKind,
    symbol: str,
    before: str = "",
    after: str = "",
    *,
    parameter: str = "",
    severity: Weight | None = None,
    confidence: Evidence = "sure",
    hint: str = "",
    where: str = "",
) -> ApiChange:
    """A change with what its kind says of it where nothing better is known."""
    return ApiChange(
        kind=kind,
        symbol=symbol,
        severity=severity or KINDS[kind].severity,
        before=before,
        after=after,
        parameter=parameter,
        confidence=confidence,
        hint=hint or KINDS[kind].hint,
        where=where,
    )


def compare(old: Definition, new: Definition) -> list[ApiChange]:
    """The changes of a symbol that is in both releases; one that became a tombstone has no other."""
    symbol = old.symbol
    if new.raises and not old.raises:
        return [change("symbol_tombstoned", symbol, after=new.raises, hint=new.raises, where=new.where)]
    if _shape_changed(old, new):
        return [change("symbol_kind_changed", symbol, old.shape, new.shape, where=new.where)]
    found: list[ApiChange] = []
    if new.deprecated and not old.deprecated:
        found.append(change("deprecated", symbol, after=new.deprecated, hint=new.deprecated, where=new.where))
    if old.shape in _CALLED and new.shape in _CALLED and len(old.signatures) == len(new.signatures) == 1:
        found += _called(old, new)
    if old.shape == new.shape == "class":
        found += _bases(old, new)
    return [*found, *_told(old, new)]


def _shape_changed(old: Definition, new: Definition) -> bool:
    if "likely" in (old.confidence, new.confidence) or old.shape == new.shape:
        return False
    if "module" in (old.shape, new.shape):
        return True
    pair = {old.shape, new.shape}
    return pair == {"method", "property"} or (old.shape == "class" and new.shape in ("function", "value"))


def _told(old: Definition, new: Definition) -> Iterator[ApiChange]:
    """Values and types of what is not called."""
    if ("async" in old.facts) != ("async" in new.facts):
        words = (
            "async def" if "async" in old.facts else "def",
            "async def" if "async" in new.facts else "def",
        )
        yield change("async_changed", old.symbol, *words, where=new.where)
    if "final" in new.facts and "final" not in old.facts:
        yield change("type_sealed", old.symbol, severity="possible", where=new.where)
    if old.shape in ("value", "property") and is_narrower(new.type, old.type):
        yield change("attribute_type_changed", old.symbol, old.type, new.type, where=new.where)
    last = old.symbol.rpartition(".")[2]
    if old.value and new.value and old.value != new.value and last not in _ALWAYS_DIFFERENT:
        yield change("attribute_value_changed", old.symbol, old.value, new.value, where=new.where)


def _bases(old: Definition, new: Definition) -> Iterator[ApiChange]:
    """Bases that isinstance and except no longer see; ones that merely moved have the same last name."""
    left = {base.rpartition(".")[2] for base in new.bases}
    for base in old.bases:
        name = base.rpartition(".")[2]
        if name not in left and not name.startswith("_"):
            yield change("base_class_removed", old.symbol, base, ", ".join(new.bases), where=new.where)


# --- parameters --------------------------------------------------------------------------------------------


def _called(old: Definition, new: Definition) -> list[ApiChange]:
    before, after = old.signatures[0], new.signatures[0]
    confidence: Evidence = "likely" if "likely" in (old.confidence, new.confidence) else "sure"
    pairs = _Pairs(before, after)
    found = [*_gone(pairs), *_added(pairs), *_kept(pairs)]
    if is_narrower(after.returns, before.returns):
        found.append(("return_type_changed", "", before.returns, after.returns, None))
    return [
        change(
            kind,
            old.symbol,
            told_old,
            told_new,
            parameter=name,
            severity=weight,
            confidence="likely" if weight == "possible" and kind == "param_removed" else confidence,
            where=new.where,
        )
        for kind, name, told_old, told_new, weight in found
    ]


_Told = tuple[ChangeKind, str, str, str, Weight | None]


class _Pairs:
    """Which new parameter each old one has become."""

    def __init__(self, before: Signature, after: Signature) -> None:
        self.before, self.after = before, after
        self.old = {item.name: item for item in before.parameters if item.passing not in ("rest", "keywords")}
        self.new = {item.name: item for item in after.parameters if item.passing not in ("rest", "keywords")}
        self.old_rest = {item.passing for item in before.parameters} & {"rest", "keywords"}
        self.new_rest = {item.passing for item in after.parameters} & {"rest", "keywords"}
        self.became = {name: name for name in self.old if name in self.new}
        self._renamed()

    def _renamed(self) -> None:
        """A parameter that went while another came at its place, and takes the same."""
        old_order, new_order = list(self.old), list(self.new)
        for place, name in enumerate(old_order):
            if name in self.became or place >= len(new_order):
                continue
            other = new_order[place]
            if other in self.old:
                continue
            one, two = self.old[name], self.new[other]
            alike = one.default == two.default or (one.type and one.type == two.type)
            if one.passing == two.passing and alike:
                self.became[name] = other

    def positions(self) -> tuple[list[str], list[str]]:
        """What can be given by position, old and new, in order."""
        return (
            [item.name for item in self.old.values() if item.passing != "keyword"],
            [item.name for item in self.new.values() if item.passing != "keyword"],
        )


def _gone(pairs: _Pairs) -> Iterator[_Told]:
    for name, item in pairs.old.items():
        other = pairs.became.get(name)
        if other is None:
            rest = pairs.new_rest
            swallowed = "keywords" in rest if item.passing != "positional" else "rest" in rest
            yield (
                "param_removed",
                name,
                pairs.before.text,
                pairs.after.text,
                "possible" if swallowed else None,
            )
        elif other != name and item.passing != "positional":
            yield "param_renamed", name, name, other, "possible" if "keywords" in pairs.new_rest else None
    for item in pairs.before.parameters:
        if item.passing in ("rest", "keywords") and item.passing not in pairs.new_rest:
            mark = "*" if item.passing == "rest" else "**"
            yield "param_removed", f"{mark}{item.name}", pairs.before.text, pairs.after.text, "possible"


def _added(pairs: _Pairs) -> Iterator[_Told]:
    kept = set(pairs.became.values())
    for name, item in pairs.new.items():
        if name not in kept and item.default is None:
            swallowed = item.passing != "keyword" and "rest" in pairs.old_rest
            yield (
                "param_added_required",
                name,
                pairs.before.text,
                pairs.after.text,
                "possible" if swallowed else None,
            )


def _kept(pairs: _Pairs) -> Iterator[_Told]:
    old_order, new_order = pairs.positions()
    moved = False  # what follows a parameter that moved has moved, too: one row tells of all
    for name, other in pairs.became.items():
        one, two = pairs.old[name], pairs.new[other]
        if one.default is not None and two.default is None:
            yield "param_became_required", name, one.default, "", None
        elif one.default is not None and two.default is not None and one.default != two.default:
            yield "param_default_changed", name, one.default, two.default, None
        for told in _passing(pairs, one, two, old_order, new_order):
            if not (moved and told[0] == "param_moved"):
                yield told
            moved = moved or told[0] == "param_moved"
        if is_narrower(one.type, two.type):
            yield "param_type_changed", name, one.type, two.type, None


def _passing(
    pairs: _Pairs, one: Parameter, two: Parameter, old_order: list[str], new_order: list[str]
) -> Iterator[_Told]:
    """By name or by position: what no longer works, and what now means another parameter."""
    lost_place = one.passing != "keyword" and two.passing == "keyword"
    lost_name = one.passing != "positional" and two.passing == "positional"
    if lost_place or lost_name:
        swallowed = lost_name and "keywords" in pairs.new_rest
        yield "param_kind_changed", one.name, one.passing, two.passing, "possible" if swallowed else None
    elif one.name in old_order and two.name in new_order:
        gone = sum(name not in pairs.became for name in old_order[: old_order.index(one.name)])
        place, now = old_order.index(one.name), new_order.index(two.name)
        lost = [n for n in old_order[:place] if n in pairs.became and pairs.became[n] not in new_order]
        if now != place - gone - len(lost):
            yield "param_moved", one.name, pairs.before.text, pairs.after.text, None
