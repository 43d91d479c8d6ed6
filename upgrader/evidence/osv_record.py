"""An OSV record as it is read: the parts of the schema that matter here (ossf/osv-schema, version 1.7)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from upgrader.errors import RegistryError


class OsvPackage(Struct, frozen=True):
    """The package an `affected` entry is about."""

    ecosystem: str = ""
    name: str = ""


class OsvEvent(Struct, frozen=True):
    """Where a range begins or ends; the schema allows one key in each, and `null` counts as absent."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class OsvRange(Struct, frozen=True):
    """A range of versions as a list of events."""

    type: str = ""
    events: tuple[OsvEvent, ...] | None = None


class OsvSeverity(Struct, frozen=True):
    """A score: a CVSS vector, or the word or number of a database."""

    type: str = ""
    score: str | float | None = None


class OsvAffected(Struct, frozen=True):
    """One affected package of a record."""

    package: OsvPackage | None = None
    ranges: tuple[OsvRange, ...] | None = None
    versions: tuple[str, ...] | None = None
    severity: tuple[OsvSeverity, ...] | None = None
    ecosystem_specific: dict[str, object] | None = None
    database_specific: dict[str, object] | None = None


class OsvReference(Struct, frozen=True):
    """A link."""

    type: str = ""
    url: str = ""


class OsvRecord(Struct, frozen=True):
    """A record, as far as it is read."""

    id: str
    aliases: tuple[str, ...] | None = None
    summary: str | None = None
    details: str | None = None
    withdrawn: str | None = None
    severity: tuple[OsvSeverity, ...] | None = None
    affected: tuple[OsvAffected, ...] | None = None
    database_specific: dict[str, object] | None = None
    references: tuple[OsvReference, ...] | None = None


_DECODER = msgspec.json.Decoder(OsvRecord)


def decode_record(data: bytes, source: str) -> OsvRecord:
    """Read one record. Raises RegistryError naming its source: a record nobody can read is a question unanswered."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise RegistryError(f"{source}: not an OSV record: {fault}.") from fault
