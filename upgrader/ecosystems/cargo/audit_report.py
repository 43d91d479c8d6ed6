"""What `cargo audit --json` found: vulnerable and yanked packages; advisories that only inform are left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from cvss import CVSS2, CVSS3, CVSS4, CVSSError
from msgspec import Struct, field

from upgrader.ecosystems.cargo.names import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Advisory, Reported, Severity
from upgrader.versions import cargo as versions


class _Package(Struct):
    name: str
    version: str


class _Advisory(Struct):
    id: str
    title: str = ""
    aliases: list[str] = []
    cvss: str | None = None
    informational: Any = None
    url: str | None = None
    withdrawn: str | None = None


class _Versions(Struct):
    patched: list[str] = []


class _Finding(Struct):
    package: _Package
    advisory: _Advisory | None = None
    versions: _Versions | None = None


class _Found(Struct):
    findings: list[_Finding] = field(default_factory=list, name="list")


class _Report(Struct):
    vulnerabilities: _Found
    warnings: dict[str, list[_Finding]] = {}


def is_audit(document: object) -> bool:
    """Whether a document is a report of cargo audit."""
    wanted = {"database", "lockfile", "vulnerabilities"}
    return isinstance(document, dict) and wanted <= document.keys()


def read_audit(document: object, source: str) -> Iterator[Reported]:
    """One row per vulnerable package and advisory, then the yanked packages. InputError for another shape."""
    try:
        report = msgspec.convert(document, _Report)
    except msgspec.ValidationError as fault:
        raise InputError(f"{source}: not what cargo audit prints: {fault}.", "Save it again.") from fault
    for finding in report.vulnerabilities.findings:
        advisory = finding.advisory
        if advisory is not None and not advisory.informational and not advisory.withdrawn:
            yield _row(finding, source, (_advisory(advisory, finding, source),))
    for finding in report.warnings.get("yanked", []):
        yield msgspec.structs.replace(_row(finding, source, ()), withdrawn="yanked")


def _row(finding: _Finding, source: str, advisories: tuple[Advisory, ...]) -> Reported:
    try:
        name = normalise(finding.package.name)
    except VersionError as fault:
        raise InputError(f"{source}: {fault.message}", "Save it again.") from fault
    if not versions.is_valid(finding.package.version):
        what = f"{source}: {name}: {finding.package.version[:80]!r} is no version."
        raise InputError(what, "Save it again.")
    return Reported(
        ecosystem="cargo",
        name=name,
        current=finding.package.version,
        wanted=None,
        latest=None,
        source=source,
        advisories=advisories,
    )


def _advisory(told: _Advisory, finding: _Finding, source: str) -> Advisory:
    """`patched` holds requirements; the lowest version of each is named as the fix."""
    patched = finding.versions.patched if finding.versions else []
    lowest = {versions.minimum(text) for text in patched if versions.is_requirement(text)}
    score = _score(told.cvss)
    return Advisory(
        id=told.id,
        aliases=tuple(told.aliases),
        summary=told.title,
        severity=_severity(score),
        score=score,
        fixed_in=tuple(versions.sort_versions(version for version in lowest if version)),
        url=told.url or "",
        source=source,
    )


def _score(vector: str | None) -> float | None:
    """The base score of a CVSS vector of any version; None for none, or for one that is not understood."""
    if not vector or len(vector) > 500:
        return None
    try:
        if vector.startswith("CVSS:4"):
            return float(CVSS4(vector).base_score)
        return float((CVSS3 if vector.startswith("CVSS:3") else CVSS2)(vector).scores()[0])
    except CVSSError:
        return None


def _severity(score: float | None) -> Severity:
    """The qualitative scale of CVSS 3.1, section 5; 0.0 is "none" there and unknown here."""
    if not score:
        return "UNKNOWN"
    return "CRITICAL" if score >= 9 else "HIGH" if score >= 7 else "MODERATE" if score >= 4 else "LOW"
