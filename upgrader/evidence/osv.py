"""OSV records: which versions a record affects, how severe it is, and what fixes it (ossf/osv-schema, "Evaluation")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec
from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError
from msgspec import Struct

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import RegistryError, VersionError
from upgrader.model import Advisory, PackageName, Severity
from upgrader.versions import SCHEMES


class Order(Protocol):
    """A version's place among others of its ecosystem."""

    def __lt__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand before."""

    def __ge__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand at or after."""

    def __gt__(self, other: Any, /) -> bool:  # noqa: ANN401 - an order key of whichever scheme
        """Stand after."""


class OsvPackage(Struct, frozen=True):
    """The package an `affected` entry is about."""

    ecosystem: str = ""
    name: str = ""


class OsvRange(Struct, frozen=True):
    """A range of versions as a list of events, each with one key."""

    type: str = ""
    events: list[dict[str, str]] = []


class OsvAffected(Struct, frozen=True):
    """One affected package of a record."""

    package: OsvPackage = OsvPackage()
    ranges: list[OsvRange] = []
    versions: list[str] = []
    severity: list[dict[str, str]] = []
    database_specific: dict[str, object] | None = None


class OsvRecord(Struct, frozen=True):
    """A record, as far as it is read."""

    id: str
    aliases: list[str] | None = None
    summary: str = ""
    details: str = ""
    withdrawn: str | None = None
    severity: list[dict[str, str]] | None = None
    affected: list[OsvAffected] | None = None
    database_specific: dict[str, object] | None = None
    references: list[dict[str, str]] | None = None


_DECODER = msgspec.json.Decoder(OsvRecord)
_LABELS: dict[str, Severity] = {
    "LOW": "LOW",
    "MODERATE": "MODERATE",
    "MEDIUM": "MODERATE",
    "HIGH": "HIGH",
    "CRITICAL": "CRITICAL",
}


def decode_record(data: bytes, source: str) -> OsvRecord:
    """Read one record. Raises RegistryError naming its source: a record nobody can read is a question unanswered."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise RegistryError(f"{source}: not an OSV record: {fault}.") from fault


def concerns(record: OsvRecord, book: Ecosystem, name: PackageName) -> list[OsvAffected]:
    """The entries of a record that are about this package; none of a withdrawn one, none that only informs."""
    if record.withdrawn:
        return []
    return [
        entry
        for entry in record.affected or []
        if entry.package.ecosystem.split(":")[0] == book.OSV
        and _same_name(book, entry.package.name, name)
        and not (entry.database_specific or {}).get("informational")
    ]


def affects(entries: Iterable[OsvAffected], book: Ecosystem, version: str) -> bool:
    """Whether any entry lists the version or has a range that holds it."""
    return any(
        _listed(entry, book, version)
        or any(_holds(item, book, version) for item in entry.ranges if item.type in ("SEMVER", "ECOSYSTEM"))
        for entry in entries
    )


def to_advisory(record: OsvRecord, entries: Sequence[OsvAffected], book: Ecosystem, source: str) -> Advisory:
    """What the program says of a record, about one package."""
    severity, score = _severity(record, entries)
    return Advisory(
        id=record.id,
        aliases=tuple(sorted(record.aliases or ())),
        summary=record.summary or _first_sentence(record.details),
        severity=severity,
        score=score,
        fixed_in=_fixes(entries, book),
        url=_url(record),
        source=source,
    )


def merge_aliases(advisories: Iterable[Advisory]) -> list[Advisory]:
    """One advisory per vulnerability: databases name the same one GHSA-…, CVE-… and PYSEC-…. Ordered by id."""
    kept: list[Advisory] = []
    for advisory in sorted(advisories, key=lambda item: (item.score is None, item.id)):
        names = {advisory.id, *advisory.aliases}
        twin = next((item for item in kept if names & {item.id, *item.aliases}), None)
        if twin is None:
            kept.append(advisory)
            continue
        joined = msgspec.structs.replace(
            twin,
            aliases=tuple(sorted((names | set(twin.aliases)) - {twin.id})),
            fixed_in=twin.fixed_in or advisory.fixed_in,
        )
        kept[kept.index(twin)] = joined
    return sorted(kept, key=lambda item: item.id)


def _same_name(book: Ecosystem, theirs: str, ours: PackageName) -> bool:
    if theirs == ours:
        return True
    try:
        return book.normalise(theirs) == ours
    except VersionError:
        return False


def _listed(entry: OsvAffected, book: Ecosystem, version: str) -> bool:
    if version in entry.versions or version.removeprefix("v") in entry.versions:
        return True
    scheme = SCHEMES[book.NAME]
    if not entry.versions or not scheme.is_valid(version):
        return False
    # PEP 440 spells one version in several ways (1.0, 1.0.0).
    return book.NAME == "pip" and any(
        scheme.is_valid(item) and scheme.parse(item) == scheme.parse(version) for item in entry.versions
    )


def _holds(item: OsvRange, book: Ecosystem, version: str) -> bool:
    """The schema's algorithm: go through the sorted events and note whether the version is in or out."""
    place = _order(book, version)
    if place is None:
        return False
    limits = [
        _order(book, event["limit"]) for event in item.events if "limit" in event and event["limit"] != "*"
    ]
    if limits and not any(limit is not None and place < limit for limit in limits):
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


def _sorted_events(item: OsvRange, book: Ecosystem) -> list[tuple[str, Order | None]]:
    """(kind, place) from the lowest version up; `introduced: "0"` stands before all, as None."""
    events: list[tuple[str, Order | None]] = []
    for event in item.events:
        for kind in ("introduced", "fixed", "last_affected"):
            if kind in event:
                order = None if event[kind] == "0" else _order(book, event[kind])
                if order is not None or (kind == "introduced" and event[kind] == "0"):
                    events.append((kind, order))
    first = [pair for pair in events if pair[1] is None]
    later = [(kind, order) for kind, order in events if order is not None]
    return first + sorted(later, key=lambda pair: (pair[1], pair[0] != "introduced"))


def _order(book: Ecosystem, text: str) -> Order | None:
    """A version's place; records write `1.0` where semver has three parts, and Go versions without `v`."""
    scheme = SCHEMES[book.NAME]
    for candidate in _spellings(book, text):
        if scheme.is_valid(candidate):
            return scheme.order_key(candidate)
    return None


def _spellings(book: Ecosystem, text: str) -> list[str]:
    padded = re.sub(r"^v?(\d+)(?:\.(\d+))?(?=$|[-+])", lambda m: f"{m[1]}.{m[2] or 0}.0", text)
    if book.NAME == "go":
        return [text, f"v{text.removeprefix('v')}", f"v{padded.removeprefix('v')}"]
    return [text, padded]


def _fixes(entries: Sequence[OsvAffected], book: Ecosystem) -> tuple[str, ...]:
    versions = {
        event["fixed"]
        for entry in entries
        for item in entry.ranges
        if item.type in ("SEMVER", "ECOSYSTEM")
        for event in item.events
        if "fixed" in event
    }
    ordered = [(order, version) for version in versions if (order := _order(book, version)) is not None]
    return tuple(version for _, version in sorted(ordered))


def _severity(record: OsvRecord, entries: Sequence[OsvAffected]) -> tuple[Severity, float | None]:
    """The database's own word, else the word of the highest CVSS score; UNKNOWN when neither is given."""
    vectors = [*(record.severity or ()), *(item for entry in entries for item in entry.severity)]
    scores = [
        score
        for item in vectors
        if (score := _score(item.get("type", ""), item.get("score", ""))) is not None
    ]
    score = max(scores) if scores else None
    said = str((record.database_specific or {}).get("severity") or "").upper()
    if said in _LABELS:
        return _LABELS[said], score
    if score is None:
        return "UNKNOWN", None
    # The qualitative scale of the CVSS specification, section 5 (v3.1) and 6 (v4.0).
    return (
        "CRITICAL" if score >= 9 else "HIGH" if score >= 7 else "MODERATE" if score >= 4 else "LOW"
    ), score


def _score(kind: str, vector: str) -> float | None:
    try:
        if kind == "CVSS_V4":
            return float(CVSS4(vector).base_score)
        if kind == "CVSS_V3":
            return float(CVSS3(vector).base_score)
        return float(CVSS2(vector).base_score) if kind == "CVSS_V2" else None
    except (CVSSError, ValueError, KeyError, TypeError):
        return None


def _url(record: OsvRecord) -> str:
    links = record.references or []
    advisory = next((item.get("url", "") for item in links if item.get("type") == "ADVISORY"), "")
    return advisory or (links[0].get("url", "") if links else "")


def _first_sentence(text: str) -> str:
    plain = " ".join(text.split())
    return re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0][:200]
