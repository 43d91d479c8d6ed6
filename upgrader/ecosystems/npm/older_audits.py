"""Reads the audits of npm 6 and pnpm (`advisories` and `metadata`), yarn 1, and yarn 2 and later (a line for each)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.ecosystems.npm.reported_rows import SEVERITIES, Format, each_once
from upgrader.ecosystems.npm.specifiers import normalise
from upgrader.errors import InputError, VersionError
from upgrader.model import Advisory, PackageName, Reported
from upgrader.versions import npm as versions

_GHSA = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}", re.IGNORECASE)
_NEVER = re.compile(r"\s*<\s*0(?:\.0){0,2}\s*")
_YARN_LINES = frozenset(("auditAdvisory", "auditSummary", "auditAction", "info", "warning", "error"))


def _is_npm6(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(
        isinstance(item, dict) and "metadata" in item and isinstance(item.get("advisories"), dict)
        for item in documents
    )


def _read_npm6(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"npm audit ({source})"
    tables = [item["advisories"] for item in documents if isinstance(item, dict)]
    return each_once(row for table in tables for told in table.values() for row in _rows(told, where))


def _is_yarn1(text: str, documents: Sequence[object]) -> bool:
    kinds = [item.get("type") if isinstance(item, dict) else None for item in documents]
    return {"auditAdvisory", "auditSummary"} & set(kinds) != set() and set(kinds) <= _YARN_LINES


def _read_yarn1(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """One line for each path to a package; `auditSummary` ends them, so that without it the run failed."""
    lines = [item for item in documents if isinstance(item, dict)]
    failed = next((line for line in lines if line["type"] == "error"), None)
    if failed is not None or all(line["type"] != "auditSummary" for line in lines):
        said = str(failed.get("data"))[:300] if failed else "it has no summary"
        raise InputError(f"{source}: yarn audit failed: {said}.", "Nothing was checked; run it again.")
    found = [line.get("data") for line in lines if line["type"] == "auditAdvisory"]
    told = [item.get("advisory") for item in found if isinstance(item, dict)]
    return each_once(row for item in told for row in _rows(item, f"yarn audit ({source})"))


def _is_berry(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(
        isinstance(item, dict)
        and isinstance(item.get("value"), str)
        and isinstance(children := item.get("children"), dict)
        and "Tree Versions" in children
        for item in documents
    )


def _read_berry(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    where = f"yarn npm audit ({source})"
    return each_once(row for item in documents for row in _berry_rows(item, where))


def _berry_rows(item: object, where: str) -> Iterator[Reported]:
    table = item if isinstance(item, dict) else {}
    told = table["children"]
    held = told.get("Tree Versions")
    if str(told.get("ID", "")).endswith("(deprecation)"):
        yield _row(table["value"], None, where, (), deprecated=_text(told.get("Issue")) or "deprecated")
        return
    advisory = _advisory(
        {
            "id": told.get("ID"),
            "title": told.get("Issue"),
            "url": told.get("URL"),
            "severity": told.get("Severity"),
            "vulnerable_versions": told.get("Vulnerable Versions"),
        },
        where,
    )
    for version in held if isinstance(held, list) and held else [None]:
        yield _row(table["value"], version, where, (advisory,))


def _rows(told: object, where: str) -> Iterator[Reported]:
    """One row for each version of the package that was found."""
    if not isinstance(told, dict) or not isinstance(told.get("module_name"), str):
        raise InputError(f"{where}: an advisory without `module_name`.", "Save the audit again.")
    advisory = _advisory(told, where)
    findings = told.get("findings")
    found = [item for item in findings if isinstance(item, dict)] if isinstance(findings, list) else []
    direct: dict[object, bool | None] = {}
    for item in found:
        paths = item.get("paths")
        depth = min((str(path).count(">") for path in paths), default=1) if isinstance(paths, list) else 1
        direct[item.get("version")] = True if depth == 0 else direct.get(item.get("version"))
    for version, is_direct in direct.items() or [(None, None)]:
        yield _row(told["module_name"], version, where, (advisory,), direct=is_direct)


def _row(
    written: str,
    version: object,
    where: str,
    advisories: tuple[Advisory, ...],
    *,
    direct: bool | None = None,
    deprecated: str = "",
) -> Reported:
    problem = ""
    try:
        name = normalise(written)
    except VersionError as fault:
        name, problem = PackageName(written[:80]), fault.message
    return Reported(
        ecosystem="npm",
        name=name,
        current=version if isinstance(version, str) and versions.is_valid(version) else None,
        wanted=None,
        latest=None,
        source=where,
        direct=direct,
        advisories=advisories,
        withdrawn="deprecated" if deprecated else "",
        withdrawn_reason=deprecated[:500],
        problem=problem,
    )


def _advisory(told: Mapping[str, object], where: str) -> Advisory:
    url = _text(told.get("url"))
    ghsa = _GHSA.search(_text(told.get("github_advisory_id"))) or _GHSA.search(url)
    number = told.get("id")
    cvss = told.get("cvss")
    score = cvss.get("score") if isinstance(cvss, dict) else None
    cves = told.get("cves")
    return Advisory(
        id="GHSA" + ghsa[0][4:].lower() if ghsa else f"npm:{number}",
        aliases=tuple(sorted(str(cve) for cve in cves)) if isinstance(cves, list) else (),
        summary=_text(told.get("title")),
        severity=SEVERITIES.get(_text(told.get("severity")).lower(), "UNKNOWN"),
        score=float(score) if isinstance(score, int | float) and 0 < score <= 10 else None,
        fixed_in=_fixes(_text(told.get("patched_versions")), _text(told.get("vulnerable_versions"))),
        url=url,
        source=where,
    )


def _fixes(patched: str, vulnerable: str) -> tuple[str, ...]:
    """The lowest version of each patched range; else the versions that end the vulnerable ones (`<4.17.21`)."""
    lowest: set[str] = set()
    for part in patched.split("||"):
        if versions.is_requirement(part) and part.strip() and not _NEVER.fullmatch(part):
            lowest |= {found for found in (versions.minimum(part),) if found and found != "0.0.0"}
    if not patched:
        ends = re.findall(r"<\s*([0-9][^\s|]*)\s*(?=\|\||$)", vulnerable)
        lowest = {version for version in ends if versions.is_valid(version)}
    return tuple(versions.sort_versions(lowest))


def _text(value: object) -> str:
    return value.strip()[:2000] if isinstance(value, str) else ""


FORMATS = (
    Format("npm 6 audit --json and pnpm audit --json", _is_npm6, _read_npm6),
    Format("yarn 1 audit --json", _is_yarn1, _read_yarn1),
    Format("yarn npm audit --json", _is_berry, _read_berry),
)
