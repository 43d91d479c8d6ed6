"""Reads audits: npm 7 and later here, npm 6, pnpm and yarn by `older_audits`; one row per package and advisory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from upgrader.ecosystems.npm import older_audits
from upgrader.ecosystems.npm.reported_rows import SEVERITIES, Format, each_once
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Advisory, PackageName, Reported
from upgrader.versions import npm as versions

_GHSA = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}", re.IGNORECASE)
_BELOW = re.compile(r"<\s*([0-9][^\s|]*)\s*(?=\|\||$)")


def is_audit(document: object) -> bool:
    """Whether it is an audit report (a failed audit has no `auditReportVersion`)."""
    return isinstance(document, dict) and "auditReportVersion" in document


def _report(document: object) -> object:
    """The report itself; `npm audit fix --json` has it below `audit`."""
    if isinstance(document, dict) and "audit" in document and {"added", "removed"} <= document.keys():
        return document["audit"]
    return document


def _is_audit(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(is_audit(_report(item)) for item in documents)


def _read_audit(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"npm audit ({source})"
    return each_once(row for item in documents for row in read_audit(_report(item), where))


def read_audit(document: object, source: str) -> list[Reported]:
    """One row per package with advisories of its own, in the order of the report.

    `via` names other packages where those are the cause: their own rows tell. What is named and has no row becomes a
    row with a problem. Raises InputError for a report of another version or shape.
    """
    table = document if isinstance(document, dict) else {}
    found = table.get("vulnerabilities")
    if table.get("auditReportVersion") != 2 or not isinstance(found, dict):
        raise InputError(f"{source}: is not an audit report of version 2.", "Use npm 7 or later.")
    rows: list[Reported] = []
    for key, value in found.items():
        if not isinstance(value, dict) or not isinstance(value.get("via"), list):
            raise InputError(
                f"{source}: vulnerabilities.{str(key)[:80]} has no list `via`.", "Save it again."
            )
        rows += _own(str(key), value, source)
        rows += _nameless(value["via"], found, source)
    return rows


def _own(key: str, value: Mapping[str, object], source: str) -> list[Reported]:
    """The advisories about the package itself, each once."""
    via = value.get("via")
    objects = [item for item in via if isinstance(item, dict)] if isinstance(via, list) else []
    found = [_advisory(item, value, source) for item in objects]
    advisories = {advisory.id: advisory for advisory in found}
    if not advisories:
        return []
    direct = value.get("isDirect")
    name, problem = _name(key)
    return [
        Reported(
            ecosystem="npm",
            name=name,
            current=None,
            wanted=None,
            latest=None,
            source=source,
            direct=direct if isinstance(direct, bool) else None,
            advisories=tuple(advisories[id_] for id_ in sorted(advisories)),
            problem=problem,
        )
    ]


def _nameless(via: Sequence[object], found: Mapping[str, object], source: str) -> list[Reported]:
    """Causes that the report names and does not describe."""
    rows: list[Reported] = []
    for cause in via:
        if isinstance(cause, str) and cause not in found:
            problem = "npm audit names it as a cause and does not say why"
            rows.append(_bare(cause, source, problem))
    return rows


def _bare(key: str, source: str, problem: str) -> Reported:
    name, fault = _name(key)
    return Reported(
        ecosystem="npm",
        name=name,
        current=None,
        wanted=None,
        latest=None,
        source=source,
        problem=fault or problem,
    )


def _name(key: str) -> tuple[PackageName, str]:
    try:
        return normalise(key), ""
    except VersionError as fault:
        return PackageName(key[:80]), fault.message


def _advisory(item: Mapping[str, object], value: Mapping[str, object], source: str) -> Advisory:
    url = _text(item.get("url"))
    ghsa = _GHSA.search(url)
    number = item.get("source")
    cvss = item.get("cvss")
    score = cvss.get("score") if isinstance(cvss, dict) else None
    return Advisory(
        id=_ghsa(ghsa[0])
        if ghsa
        else f"npm:{number}"
        if isinstance(number, int | str)
        else _text(item.get("title")),
        summary=_text(item.get("title")),
        severity=SEVERITIES.get(_text(item.get("severity")), "UNKNOWN"),
        score=float(score) if isinstance(score, int | float) and 0 < score <= 10 else None,
        fixed_in=_fixes(item, value),
        url=url,
        source=source,
    )


def _ghsa(text: str) -> str:
    return "GHSA" + text[4:].lower()


def _fixes(item: Mapping[str, object], value: Mapping[str, object]) -> tuple[str, ...]:
    """The versions that end the vulnerable ranges (`<4.17.21`); the parent that npm would move instead is no fix."""
    found = versions.sort_versions(set(_BELOW.findall(_text(item.get("range")))))
    if found:
        return tuple(found)
    fix = value.get("fixAvailable")
    if isinstance(fix, dict) and fix.get("name") == value.get("name"):
        version = _text(fix.get("version"))
        return (version,) if versions.is_valid(version) else ()
    return ()


def _text(value: object) -> str:
    return value.strip()[:2000] if isinstance(value, str) else ""


FORMATS = (Format("npm audit --json", _is_audit, _read_audit), *older_audits.FORMATS)
