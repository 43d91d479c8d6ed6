"""Which packs an upgrade needs: those whose new release lies on the way from one version to the other, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from upgrader.errors import UpgraderError
from upgrader.model import EcosystemName
from upgrader.rulebook.load import Card
from upgrader.versions import SCHEMES
from upgrader.versions.scheme import Scheme


class Way(Struct, frozen=True, kw_only=True, eq=False):
    """A package's way from one version to another."""

    cards: tuple[Card, ...]
    """In the order in which they are applied."""
    current: str
    target: str


def choose_packs(cards: Sequence[Card], current: str, target: str) -> Way:
    """The packs of one package whose step the move makes: it begins below their `to` and ends in or above it.

    So every hop on the way has its packs, the lowest first. `current` and `target` are versions of the ecosystem;
    what is no version is covered by nothing.
    """
    ways = [(_boundary(card), card) for card in cards]
    found = [
        (key, card)
        for key, card in ways
        if key is not None and _passes(SCHEMES[card.ecosystem], card, current, target)
    ]
    found.sort(key=lambda pair: (pair[0], pair[1].path))
    return Way(cards=tuple(card for _, card in found), current=current, target=target)


def newest_covered(cards: Sequence[Card]) -> str | None:
    """The lowest version of the newest step that a pack knows; None without packs."""
    found = [(key, card) for card in cards if (key := _boundary(card)) is not None]
    if not found:
        return None
    card = max(found, key=lambda pair: pair[0])[1]
    return SCHEMES[card.ecosystem].minimum(card.new)


def oldest_covered(cards: Sequence[Card]) -> str | None:
    """The lowest version that the oldest pack begins at, "0" where that is open; None without packs."""
    found = [(key, card) for card in cards if (key := _boundary(card)) is not None]
    if not found:
        return None
    card = min(found, key=lambda pair: pair[0])[1]
    return SCHEMES[card.ecosystem].minimum(card.old) or _ZERO[card.ecosystem]


def stops(via: Sequence[str], ecosystem: EcosystemName, current: str, target: str) -> tuple[str, ...]:
    """The releases of `requires.via` that lie between the two versions, ascending."""
    scheme = SCHEMES[ecosystem]
    if not (scheme.is_valid(current) and scheme.is_valid(target)):
        return ()
    low, high = scheme.order_key(current), scheme.order_key(target)
    between = [
        version for version in via if scheme.is_valid(version) and low < scheme.order_key(version) < high
    ]
    return tuple(sorted(between, key=scheme.order_key))


_NUMBERS = re.compile(r"v?[0-9]+(?:\.[0-9]+)*")
_ZERO: dict[str, str] = {"cargo": "0.0.0", "go": "v0.0.0", "npm": "0.0.0", "pip": "0"}


def _boundary(card: Card) -> tuple[Any, ...] | None:
    """Precedence of the lowest version of the pack's `to`."""
    scheme = SCHEMES[card.ecosystem]
    try:
        lowest = scheme.minimum(card.new)
    except UpgraderError:
        return None
    return scheme.order_key(lowest) if lowest is not None else None


def _passes(scheme: Scheme, card: Card, current: str, target: str) -> bool:
    if not (scheme.is_valid(current) and scheme.is_valid(target)):
        return False
    lowest = scheme.minimum(card.new)
    if lowest is None or scheme.order_key(current) >= scheme.order_key(lowest):
        return False
    # A prerelease of the new line lies below its first release and still brings the new API.
    plain = _NUMBERS.match(target) if scheme.is_prerelease(target) else None
    reached = plain.group() if plain and scheme.is_valid(plain.group()) else target
    return scheme.order_key(reached) >= scheme.order_key(lowest)
