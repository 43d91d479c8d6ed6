"""How severe a record is said to be."""

from typing import Any

import msgspec
import pytest

from upgrader.evidence.osv_record import decode_record
from upgrader.evidence.osv_severity import severity_of

V2 = {"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}
V3 = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
V3_LOW = {"type": "CVSS_V3", "score": "CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}
V4 = {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}

CASES: list[tuple[str, dict[str, Any], tuple[str, float | None]]] = [
    ("nothing", {}, ("UNKNOWN", None)),
    ("nulls", {"severity": None, "database_specific": None}, ("UNKNOWN", None)),
    ("an unknown word", {"database_specific": {"severity": "SPICY"}}, ("UNKNOWN", None)),
    ("a word of a wrong type", {"database_specific": {"severity": 9}}, ("UNKNOWN", None)),
    ("a broken vector", {"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]}, ("UNKNOWN", None)),
    ("a number out of range", {"severity": [{"type": "CVSS_V3", "score": "75"}]}, ("UNKNOWN", None)),
    ("not a number", {"severity": [{"type": "CVSS_V3", "score": "nan"}]}, ("UNKNOWN", None)),
    ("CVSS 2", {"severity": [V2]}, ("HIGH", 7.5)),
    ("CVSS 3", {"severity": [V3]}, ("CRITICAL", 9.8)),
    ("a low CVSS 3", {"severity": [V3_LOW]}, ("LOW", 1.8)),
    ("CVSS 4", {"severity": [V4]}, ("CRITICAL", 9.3)),
    ("the highest counts", {"severity": [V3_LOW, V2]}, ("HIGH", 7.5)),
    ("a plain number", {"severity": [{"type": "CVSS_V3", "score": "5.3"}]}, ("MODERATE", 5.3)),
    ("GitHub's word", {"database_specific": {"severity": "MODERATE"}}, ("MODERATE", None)),
    ("its word and a score", {"database_specific": {"severity": "LOW"}, "severity": [V3]}, ("LOW", 9.8)),
    ("medium", {"database_specific": {"severity": "medium"}}, ("MODERATE", None)),
    ("a word as score", {"severity": [{"type": "Ubuntu", "score": "high"}]}, ("HIGH", None)),
    ("of the package", {"affected": [{"severity": [V3]}]}, ("CRITICAL", 9.8)),
    ("its word", {"affected": [{"ecosystem_specific": {"severity": "HIGH"}}]}, ("HIGH", None)),
]


@pytest.mark.parametrize(("more", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_severity(more: dict[str, Any], told: tuple[str, float | None]) -> None:
    record = decode_record(msgspec.json.encode({"id": "TEST-1", **more}), "test")
    assert severity_of(record, record.affected or ()) == told
