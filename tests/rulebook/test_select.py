"""Which packs a move needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulebook import packs
from upgrader.rulebook.load import Card, folder_source, read_shelf
from upgrader.rulebook.select import choose_packs, newest_covered, oldest_covered, stops

STEPS = (("<2", ">=2"), (">=2,<3", ">=3"), (">=3,<4", ">=4,<5"))


@pytest.fixture
def cards(tmp_path: Path) -> list[Card]:
    for number, (old, new) in enumerate(STEPS, 1):
        file = tmp_path / f"pip/tiny/{number}-to-{number + 1}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(packs.text("", old=old, new=new).replace("1-to-2", f"{number}-to-{number + 1}"))
    return read_shelf([folder_source("bundled", tmp_path, "rules")]).of("pip", "tiny")


@pytest.mark.parametrize(
    ("current", "target", "expected"),
    [
        ("1.0", "1.9", ""),
        ("2.0", "2.9", ""),
        ("2.0", "1.0", ""),
        ("nonsense", "2.0", ""),
        ("1.0", "nonsense", ""),
        ("5.0", "6.0", ""),
        ("1.0", "2.0", "1"),
        ("1.0", "2.0rc1", "1"),
        ("0.3", "2.5", "1"),
        ("1.9", "4.2", "123"),
        ("2.1", "9", "23"),
        ("2.0rc1", "2.0", "1"),
    ],
)
def test_the_packs_on_the_way(cards: list[Card], current: str, target: str, expected: str) -> None:
    way = choose_packs(cards, current, target)
    assert "".join(card.id.split("-")[1] for card in way.cards) == expected


def test_the_ends_of_what_is_covered(cards: list[Card]) -> None:
    assert newest_covered(cards) == "4"
    assert oldest_covered(cards) == "0"
    assert newest_covered([]) is oldest_covered([]) is None


def test_stops_lie_between() -> None:
    assert stops(["5.3", "4.0", "2.0"], "pip", "3.0", "5.3") == ("4.0",)
    assert stops(["4.0"], "pip", "x", "5") == ()
