"""Packages that a rule pack says must come along: which those are, and what became of each. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import UpgraderError
from upgrader.model import Assessment, Audit, Dependency, EcosystemName, Inventory, PackageName, Update
from upgrader.rulebook.describe import companion_line
from upgrader.rulebook.load import Card, Shelf, read_pack
from upgrader.rulebook.select import choose_packs
from upgrader.stages.choose import current_version
from upgrader.stages.limits import Limit
from upgrader.versions import SCHEMES

Limits = Mapping[tuple[str, PackageName], tuple[Limit, ...]]
"""Project id and package to the bounds that the packs of other packages put on it."""


class Companion(Struct, frozen=True, kw_only=True):
    """One package that a pack wants beside another one."""

    project: str
    owner: PackageName
    """The package whose pack says so."""
    pack: str
    """The pack's id."""
    name: PackageName
    wanted: str
    """Range of the ecosystem."""
    line: str
    """The sentence that the pack says of it."""
    state: Literal["open", "moves", "fits", "absent", "stays"] = "open"
    """open: nobody looked, or its `when` is left to a person. moves: in the same step. fits: the version in use is in
    the range. absent: the project does not ask for it. stays: no release in the range may be taken."""
    why: str = ""
    """Of one that stays: the version in use and the reason."""

    @property
    def spot(self) -> tuple[str, PackageName]:
        """Where it stands: project and name."""
        return self.project, self.name


def companions_of(
    updates: Sequence[Update], shelf: Shelf, books: Mapping[EcosystemName, Ecosystem]
) -> list[Companion]:
    """What the packs on each update's way want beside it; where several name a package, the last on the way counts.

    A pack that can't be read wants nothing here: the step that needs it is held for it.
    """
    found: dict[tuple[str, PackageName, PackageName], Companion] = {}
    for update in updates:
        way = choose_packs(shelf.of(update.ecosystem, update.name), update.current, update.target.version)
        for card in way.cards:
            for item in _wanted(card, update, books[update.ecosystem]):
                found[item.project, item.owner, item.name] = item
    return [item for item in found.values() if item.name != item.owner]


def _wanted(card: Card, update: Update, book: Ecosystem) -> list[Companion]:
    try:
        form = read_pack(card).form
        return [
            Companion(
                project=update.project,
                owner=update.name,
                pack=form.id,
                name=book.normalise(item.package),
                wanted=item.version,
                line=companion_line(item),
                # A condition on the code is for the person who reads it: nobody knows here what the code uses.
                state="open" if item.when else "stays",
            )
            for item in form.companions
        ]
    except UpgraderError:
        return []


def to_move(companions: Sequence[Companion], inventory: Inventory) -> list[Dependency]:
    """The places of companions that the project asks for at a version outside the range."""
    wanted: dict[tuple[str, PackageName], list[str]] = defaultdict(list)
    for item in companions:
        if item.state != "open":
            wanted[item.spot].append(item.wanted)
    return [
        place
        for place in inventory.dependencies
        if place.direct
        and not place.immovable
        and any(_is_outside(place, text) for text in wanted.get((place.project, place.name), ()))
    ]


def limits_of(companions: Sequence[Companion], places: Sequence[Dependency]) -> Limits:
    """The bounds on the packages of these places."""
    spots = {(place.project, place.name) for place in places}
    found: dict[tuple[str, PackageName], tuple[Limit, ...]] = {}
    for item in companions:
        if item.spot in spots and item.state != "open":
            limit = Limit(allowed=item.wanted, source=f"rule pack {item.pack}")
            found[item.spot] = (*found.get(item.spot, ()), limit)
    return found


def settle(companions: Sequence[Companion], inventory: Inventory, audit: Audit) -> tuple[Companion, ...]:
    """What becomes of each, now that the audit has chosen; `inventory` is the whole, whatever was named."""
    return tuple(_settled(item, inventory, audit) for item in companions)


def pairs(companions: Sequence[Companion]) -> frozenset[tuple[str, PackageName, PackageName]]:
    """Project, and the two packages that move in one step, in either order."""
    moving = [item for item in companions if item.state == "moves"]
    return frozenset(
        (item.project, *both)
        for item in moving
        for both in ((item.owner, item.name), (item.name, item.owner))
    )


def told(pack: str, updates: Sequence[Update], companions: Sequence[Companion]) -> tuple[str, ...]:
    """What a step leaves to a person about a pack's companions: a line for each that stays or that nobody looked at."""
    own = {(update.project, update.name) for update in updates}
    return tuple(
        item.line + (f"; {item.why}" if item.why else "")
        for item in companions
        if item.pack == pack and (item.project, item.owner) in own and item.state in ("open", "stays")
    )


def without_strays(audit: Audit, companions: Sequence[Companion], named: Inventory) -> Audit:
    """The audit without what was looked at as a companion alone and whose owner does not move after all."""
    asked = {(item.project, item.name) for item in named.dependencies}
    owners = {(item.update.project, item.update.name) for item in audit.assessments}
    led = {item.spot for item in companions if (item.project, item.owner) in owners}

    def belongs(item: Assessment) -> bool:
        spot = (item.update.project, item.update.name)
        return spot in asked or spot in led

    return replace(audit, assessments=tuple(item for item in audit.assessments if belongs(item)))


def _settled(item: Companion, inventory: Inventory, audit: Audit) -> Companion:
    if item.state == "open":
        return item
    places = [
        place for place in inventory.dependencies if place.direct and (place.project, place.name) == item.spot
    ]
    if not places:
        return replace(item, state="absent")
    outside = [place for place in places if _is_outside(place, item.wanted)]
    if not outside:
        return replace(item, state="fits")
    scheme = SCHEMES[outside[0].ecosystem]
    moving = {
        found.update.current
        for found in audit.assessments
        if (found.update.project, found.update.name) == item.spot
        and scheme.allows(item.wanted, found.update.target.version)
    }
    staying = [place for place in outside if current_version(place) not in moving]
    if not staying:
        return replace(item, state="moves")
    return replace(item, state="stays", why=_why(staying[0], audit))


def _why(place: Dependency, audit: Audit) -> str:
    """Where a companion stays and what is known of the reason."""
    stays = f"{place.place}: stays at {current_version(place) or 'what the registry gives'}"
    if place.immovable:
        return f"{stays}: {place.immovable}"
    reasons = [
        held.reason
        for held in audit.held
        if held.subject == place.name and held.place is not None and held.place.path == place.place.path
    ]
    reasons += [item.reason for item in audit.not_checked if item.name == place.name]
    return f"{stays}: {reasons[0] if reasons else 'no release in that range may be taken'}"


def _is_outside(place: Dependency, wanted: str) -> bool:
    """Whether the version in use is outside; of one that is not known, it is."""
    scheme, current = SCHEMES[place.ecosystem], current_version(place)
    if not (current and scheme.is_valid(current) and scheme.is_requirement(wanted)):
        return True
    return not scheme.allows(wanted, current, prereleases=True)
