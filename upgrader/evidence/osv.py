"""OSV records: which versions a record affects, how severe it is, and what fixes it (ossf/osv-schema, "Evaluation")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import VersionError
from upgrader.evidence.osv_record import OsvAffected, OsvEvent, OsvRange, OsvRecord
from upgrader.evidence.osv_severity import severity_of
from upgrader.model import Advisory, EcosystemName, PackageName
from upgrader.versions import SCHEMES


class Order(Protocol):
    """A version's place among others of its ecosystem."""

    def __lt__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand before."""

    def __ge__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand at or after."""

    def __gt__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand after."""


_SHORT = re.compile(r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:[.-]?([A-Za-z][0-9A-Za-z.-]*))?", re.ASCII)
"""A version that its semantic ecosystem would not take: two parts (`1.0`), a prerelease without dash (`1.0.0rc1`)."""


def published_name(ecosystem: EcosystemName, name: PackageName, version: str) -> PackageName:
    """The name that records use for a version: Go publishes each major under a path of its own.

    Source: https://go.dev/ref/mod#major-version-suffixes
    """
    if ecosystem != "go":
        return name
    from upgrader.versions import go  # lazy: only trees with Go modules need it

    if not go.is_valid(version):
        return name
    try:
        stem, suffix = go.split_path_version(name)
    except VersionError:
        return name
    found = go.parse(version)
    if suffix.startswith("."):
        unstable = "-unstable" if suffix.endswith("-unstable") else ""
        return PackageName(f"{stem}.v{found.key[0]}{unstable}")
    return PackageName(f"{stem}/v{found.path_major}" if found.path_major else stem)


def match_records(
    records: Iterable[OsvRecord], book: Ecosystem, name: PackageName, version: str, source: str
) -> list[Advisory]:
    """The vulnerabilities of one version, each once, by id.

    Raises VersionError when a record has ranges for the package and the version has no place in their order.
    """
    found = []
    for record in records:
        entries = concerns(record, book, name)
        if affects(entries, book, version):
            found.append(to_advisory(record, entries, book, source))
        elif any(_ranges(entry) for entry in entries) and _place(book, version) is None:
            raise VersionError(f"{version[:60]!r} is not a version {book.NAME} knows, so ranges say nothing.")
    return merge_aliases(found)


def concerns(record: OsvRecord, book: Ecosystem, name: PackageName) -> list[OsvAffected]:
    """The entries of a record that are about this package; none of a withdrawn one, none that only informs."""
    if record.withdrawn:
        return []
    return [
        entry
        for entry in record.affected or ()
        if entry.package is not None
        and entry.package.ecosystem.split(":")[0] == book.OSV
        and _same_name(book, entry.package.name, name)
        # RustSec: unmaintained, unsound and notice are no vulnerabilities.
        and not (entry.database_specific or {}).get("informational")
    ]


def affects(entries: Iterable[OsvAffected], book: Ecosystem, version: str) -> bool:
    """Whether any entry lists the version or has a range that holds it."""
    return any(
        _listed(entry, book, version) or any(_holds(item, book, version) for item in _ranges(entry))
        for entry in entries
    )


def to_advisory(record: OsvRecord, entries: Sequence[OsvAffected], book: Ecosystem, source: str) -> Advisory:
    """What the program says of a record, about one package."""
    severity, score = severity_of(record, entries)
    return Advisory(
        id=record.id,
        aliases=tuple(sorted(record.aliases or ())),
        summary=" ".join((record.summary or "").split()) or _first_sentence(record.details or ""),
        severity=severity,
        score=score,
        fixed_in=_fixes(entries, book),
        url=_url(record),
        source=source,
    )


def names_of(advisory: Advisory) -> frozenset[str]:
    """Every name of a vulnerability; two advisories that share one are about the same."""
    return frozenset((advisory.id, *advisory.aliases))


def merge_aliases(advisories: Iterable[Advisory]) -> list[Advisory]:
    """One advisory per vulnerability: databases name the same one GHSA-…, CVE-… and PYSEC-…. Ordered by id.

    The one with a severity and a score speaks for the others; what it leaves out they fill in.
    """
    ranked = sorted(
        advisories, key=lambda item: (item.severity == "UNKNOWN", item.score is None, item.id, item.source)
    )
    clusters: list[list[Advisory]] = []
    for advisory in ranked:
        names = names_of(advisory)
        twins = [cluster for cluster in clusters if any(names & names_of(item) for item in cluster)]
        # Two databases may be joined by a third one only, which knows both of their names.
        clusters = [cluster for cluster in clusters if cluster not in twins]
        clusters.append([*(item for cluster in twins for item in cluster), advisory])
    return sorted((_joined(cluster) for cluster in clusters), key=lambda item: item.id)


def _joined(cluster: Sequence[Advisory]) -> Advisory:
    ranked = sorted(cluster, key=lambda item: (item.severity == "UNKNOWN", item.score is None, item.id))
    first = ranked[0]
    names = frozenset[str]().union(*(names_of(item) for item in ranked))
    return msgspec.structs.replace(
        first,
        aliases=tuple(sorted(names - {first.id})),
        summary=first.summary or next((item.summary for item in ranked if item.summary), ""),
        score=first.score if first.score is not None else _first_score(ranked),
        # Databases disagree on when it was mended; whoever is right, these are the versions to look at.
        fixed_in=tuple(sorted({version for item in ranked for version in item.fixed_in}, key=_numbers)),
        url=first.url or next((item.url for item in ranked if item.url), ""),
    )


def _numbers(version: str) -> tuple[list[int], str]:
    return [int(part) for part in re.findall(r"[0-9]{1,15}", version)], version


def _first_score(ranked: Sequence[Advisory]) -> float | None:
    return next((item.score for item in ranked if item.score is not None), None)


def _same_name(book: Ecosystem, theirs: str, ours: PackageName) -> bool:
    if theirs == ours:
        return True
    try:
        return book.normalise(theirs) == ours
    except VersionError:
        return False


def _ranges(entry: OsvAffected) -> list[OsvRange]:
    """The ranges of versions; those of git commits say nothing about a release."""
    return [item for item in entry.ranges or () if item.type in ("SEMVER", "ECOSYSTEM")]


def _listed(entry: OsvAffected, book: Ecosystem, version: str) -> bool:
    """Whether the entry lists the version, in whichever spelling (PEP 440: 1.0 and 1.0.0 are one)."""
    if not entry.versions:
        return False
    return version in entry.versions or _place(book, version) in _places(book.NAME, entry.versions)


@lru_cache(maxsize=4096)
def _places(ecosystem: EcosystemName, versions: tuple[str, ...]) -> frozenset[Order]:
    return frozenset(place for text in versions if (place := _order(ecosystem, text)) is not None)


def _place(book: Ecosystem, version: str) -> Order | None:
    """A version's place; Python's local versions (`2.0+cu118`) are builds of the public one, which records name."""
    return _order(book.NAME, version.partition("+")[0] if book.NAME == "pip" else version)


def _holds(item: OsvRange, book: Ecosystem, version: str) -> bool:
    """The schema's algorithm: go through the sorted events and note whether the version is in or out."""
    place = _place(book, version)
    if place is None or not _before_limits(item, book, place):
        return False
    inside = False
    for kind, order in _sorted_events(item, book):
        if kind == "introduced" and (order is None or place >= order):
            inside = True
        elif order is None:
            continue
        elif (kind == "fixed" and place >= order) or (kind == "last_affected" and place > order):
            inside = False
    return inside


def _before_limits(item: OsvRange, book: Ecosystem, place: Order) -> bool:
    """Below any one of the limits, if there are any; one that is no version (`*`) is none."""
    limits = [_order(book.NAME, event.limit) for event in item.events or () if event.limit is not None]
    return not limits or any(limit is None or place < limit for limit in limits)


def _sorted_events(item: OsvRange, book: Ecosystem) -> list[tuple[str, Order | None]]:
    """(kind, place) from the lowest version up, equal ones as written; None stands before all.

    `introduced: "0"` is before all; so is a beginning that nobody can read, while such an end is no end.
    """
    events = [
        (kind, None if version == "0" else _order(book.NAME, version))
        for event in item.events or ()
        for kind, version in _ends(event)
    ]
    first: list[tuple[str, Order | None]] = [
        pair for pair in events if pair[1] is None and pair[0] == "introduced"
    ]
    later = [(kind, order) for kind, order in events if order is not None]
    return [*first, *sorted(later, key=lambda pair: pair[1])]


def _ends(event: OsvEvent) -> Iterator[tuple[str, str]]:
    if event.introduced is not None:
        yield "introduced", event.introduced
    if event.fixed is not None:
        yield "fixed", event.fixed
    if event.last_affected is not None:
        yield "last_affected", event.last_affected


def _order(ecosystem: EcosystemName, text: str) -> Order | None:
    """A version's place; records write `1.0` where semver has three parts, and Go versions without `v`."""
    scheme = SCHEMES[ecosystem]
    for candidate in _spellings(ecosystem, text):
        if scheme.is_valid(candidate):
            return scheme.order_key(candidate)
    return None


def _spellings(ecosystem: EcosystemName, text: str) -> list[str]:
    candidates = [f"v{text}"] if ecosystem == "go" and not text.startswith("v") else [text]
    found = _SHORT.fullmatch(text)
    if found is not None and ecosystem != "pip":
        plain = f"{found[1]}.{found[2] or 0}.{found[3] or 0}" + (f"-{found[4]}" if found[4] else "")
        candidates.append(f"v{plain}" if ecosystem == "go" else plain)
    return candidates


def _fixes(entries: Sequence[OsvAffected], book: Ecosystem) -> tuple[str, ...]:
    """The versions named as the fix, ascending, in the ecosystem's own spelling."""
    versions = {
        event.fixed
        for entry in entries
        for item in _ranges(entry)
        for event in item.events or ()
        if event.fixed is not None
    }
    spelled = {f"v{text.removeprefix('v')}" if book.NAME == "go" else text for text in versions}
    ordered = [(order, text) for text in spelled if (order := _order(book.NAME, text)) is not None]
    return tuple(text for _, text in sorted(ordered))


def _url(record: OsvRecord) -> str:
    links = record.references or ()
    advisory = next((item.url for item in links if item.type == "ADVISORY" and item.url), "")
    return advisory or next((item.url for item in links if item.url), "")


def _first_sentence(text: str) -> str:
    plain = " ".join(text[:4000].split())
    return re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0][:200]
