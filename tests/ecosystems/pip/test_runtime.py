"""Which Pythons a project declares against those a release needs, and minimum ages."""

from datetime import UTC, datetime

import pytest

from upgrader.ecosystems import pip
from upgrader.ecosystems.pip.ages import minimum_age

FITS = [
    (">=3.10", ">=3.9", True),
    (">=3.10", ">=3.10", True),
    (">=3.9", ">=3.9,<4", True),
    (">=3.9,<3.13", ">=3.8,<3.14", True),
    ("==3.11.*", ">=3.9", True),
    ("3.11", ">=3.9", True),
    ("3.11.4", ">=3.11.2", True),
    ("~=3.9", ">=3.9", True),
    (">=3.9", ">=3.9,!=3.9.1", None),
    (">=3.9", ">=3.7,!=3.9.0,!=3.9.1,<4", None),
    (">=3.10", ">=3.8,!=3.9.0,!=3.9.1", True),
    ("3.9.1", ">=3.9,!=3.9.1", False),
    (">=3.8", ">=3.9,!=3.9.1", False),
    (">=3.8", ">=3.7,!=3.9.*", False),
    (">=3.9", ">=3.10", False),
    (">=3.9", ">3.9", False),
    ("3.8", ">=3.9", False),
    (">=2.7", ">=3", False),
    (">=3.9,<3.13", ">=3.9,<3.12", False),
    (">=3.9", ">=3.10,<3.13", False),
    (">=3.9", ">=3.9,<3.13", None),
    (">=3.9", "~=3.9", True),
    (">=3.9", "==3.9.*", None),
    ("nonsense", ">=3.9", None),
    (">=3.9", "3.x", None),
    (">=3.9", "", True),
]


@pytest.mark.parametrize(("declared", "needed", "fits"), FITS)
def test_whether_every_declared_python_will_do(declared: str, needed: str, fits: bool | None) -> None:
    assert pip.runtime_fits(declared, needed) is fits


NOW = datetime(2026, 2, 11, tzinfo=UTC)
AGES = [
    ("", None),
    ("soon", None),
    ("1 month", None),
    ("P1M", None),
    ("P", None),
    ("7 days", 7),
    ("1 week, 2 days", 9),
    ("24h", 1),
    ("P7D", 7),
    ("P1W", 7),
    ("PT12H", 0.5),
    ("2026-02-01", 9),
    ("2026-02-01T00:00:00Z", 10),
    ("2026-02-01T00:00:00+02:00", 10 + 2 / 24),
    ("2027-01-01", 0),
]


@pytest.mark.parametrize(("text", "days"), AGES)
def test_minimum_ages(text: str, days: float | None) -> None:
    found = minimum_age(text, NOW)
    assert found == (None if days is None else pytest.approx(days))


@pytest.mark.parametrize(
    ("name", "version", "wanted"),
    [
        ("a-b", "1.0", "pkg:pypi/a-b@1.0"),
        ("a", None, "pkg:pypi/a"),
        ("a", "1!2+cpu", "pkg:pypi/a@1%212%2Bcpu"),
    ],
)
def test_package_urls(name: str, version: str | None, wanted: str) -> None:
    assert pip.purl(pip.normalise(name), version) == wanted
