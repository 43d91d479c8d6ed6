"""How severe an OSV record is: the words of the databases, and the scores of CVSS 2, 3 and 4."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.evidence.osv_record import OsvAffected, OsvRecord, OsvSeverity
from upgrader.model import Severity

_LABELS: dict[str, Severity] = {
    "NEGLIGIBLE": "LOW",
    "LOW": "LOW",
    "MODERATE": "MODERATE",
    "MEDIUM": "MODERATE",
    "HIGH": "HIGH",
    "IMPORTANT": "HIGH",
    "CRITICAL": "CRITICAL",
}
"""The words of the databases, in the words of ours."""


def severity_of(record: OsvRecord, entries: Sequence[OsvAffected]) -> tuple[Severity, float | None]:
    """The database's own word, else the word of the highest CVSS score; UNKNOWN when neither is given."""
    given = [*(record.severity or ()), *(item for entry in entries for item in entry.severity or ())]
    scores = [score for item in given if (score := _score(item)) is not None]
    score = max(scores, default=None)
    label = _label(record, entries, given)
    if label is not None:
        return label, score
    if score is None:
        return "UNKNOWN", None
    # The qualitative scale of the CVSS specification, section 5 (v3.1) and 6 (v4.0).
    return (
        "CRITICAL" if score >= 9 else "HIGH" if score >= 7 else "MODERATE" if score >= 4 else "LOW"
    ), score


def _label(
    record: OsvRecord, entries: Sequence[OsvAffected], given: Sequence[OsvSeverity]
) -> Severity | None:
    """The first word that a database says: of the record, of the package, or in place of a score."""
    said: list[object] = [(record.database_specific or {}).get("severity")]
    for entry in entries:
        said += [(part or {}).get("severity") for part in (entry.database_specific, entry.ecosystem_specific)]
    said += [item.score for item in given]
    words = (word.strip().upper() for word in said if isinstance(word, str))
    return next((_LABELS[word] for word in words if word in _LABELS), None)


def _score(item: OsvSeverity) -> float | None:
    """The base score of a vector, or a number that stands for one; None for what is neither."""
    from cvss import CVSS2, CVSS3, CVSS4  # lazy: most runs meet no advisory, and every start would pay for it
    from cvss.exceptions import CVSSError

    vector = item.score
    try:
        if isinstance(vector, str) and vector.startswith("CVSS:4"):
            return float(CVSS4(vector).base_score)
        if isinstance(vector, str) and vector.startswith("CVSS:3"):
            return float(CVSS3(vector).base_score)
        if isinstance(vector, str) and "/" in vector:
            return float(CVSS2(vector).base_score)
        score = float(vector) if vector is not None else -1.0
    except (CVSSError, ValueError, KeyError, TypeError):
        return None
    return score if 0 <= score <= 10 else None
