"""The findings of govulncheck: which module has which advisory, and how far the project's code reaches it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct, field

from upgrader.errors import InputError
from upgrader.model import Advisory, PackageName, Reported

MESSAGES = frozenset(("config", "SBOM", "progress", "osv", "finding"))
"""The keys of govulncheck's messages, one in each document (golang.org/x/vuln/internal/govulncheck)."""
_REACH = ("required", "imported", "called")


class _Frame(Struct):
    module: str = ""
    version: str = ""
    package: str = ""
    function: str = ""


class _Finding(Struct):
    osv: str
    fixed_version: str = ""
    trace: list[_Frame] = field(default_factory=list)


class _Database(Struct):
    url: str = ""


class _Osv(Struct):
    id: str
    summary: str = ""
    aliases: list[str] = field(default_factory=list)
    database_specific: _Database = field(default_factory=_Database)


class _Message(Struct):
    osv: _Osv | None = None
    finding: _Finding | None = None


def read_findings(documents: Sequence[object], source: str) -> list[Reported]:
    """One row per module and version with findings, by module; the same finding at several depths counts once.

    An `osv` message alone is no finding: govulncheck prints one for every advisory that ever touched a module.
    Raises InputError for messages that are not govulncheck's.
    """
    try:
        messages = [msgspec.convert(item, _Message) for item in documents]
    except msgspec.ValidationError as fault:
        raise InputError(f"{source}: not what govulncheck prints: {fault}.", "Save it again.") from fault
    records = {message.osv.id: message.osv for message in messages if message.osv is not None}
    reach: dict[tuple[str, str], dict[str, int]] = {}
    fixes: dict[str, set[str]] = {}
    for finding in (message.finding for message in messages if message.finding is not None):
        where = finding.trace[0] if finding.trace else _Frame()
        depth = 2 if where.function else 1 if where.package else 0
        depths = reach.setdefault((where.module, where.version), {})
        depths[finding.osv] = max(depth, depths.get(finding.osv, 0))
        fixes.setdefault(finding.osv, set()).update({finding.fixed_version} - {""})
    return [
        Reported(
            ecosystem="go",
            name=PackageName(module),
            current=version or None,
            wanted=None,
            latest=None,
            source=source,
            advisories=tuple(
                _advisory(records.get(osv, _Osv(id=osv)), fixes[osv], f"{source}: {_REACH[depth]}")
                for osv, depth in sorted(depths.items())
            ),
            problem="" if module else "a finding without a module",
        )
        for (module, version), depths in sorted(reach.items())
    ]


def _advisory(record: _Osv, fixes: set[str], source: str) -> Advisory:
    return Advisory(
        id=record.id,
        aliases=tuple(sorted(record.aliases)),
        summary=record.summary,
        fixed_in=tuple(sorted(fixes)),
        url=record.database_specific.url,
        source=source,
    )
