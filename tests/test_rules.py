"""Every bundled pack is well-formed, and its own tests hold."""

from __future__ import annotations

import pytest

from upgrader.rulebook.lint import lint_pack
from upgrader.rulebook.load import Card, bundled_folder, folder_source, read_pack, read_shelf
from upgrader.rulebook.selftest import run_tests

SHELF = read_shelf([folder_source("bundled", bundled_folder(), "rules")])
CARDS = {card.id: card for card in SHELF.cards}


def test_every_pack_can_be_read() -> None:
    assert [str(fault) for fault in SHELF.faults] == []


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_the_tests_of_a_pack_hold(card: Card) -> None:
    pack = read_pack(card)
    assert lint_pack(card, pack) == []
    assert [str(failure) for failure in run_tests(pack).failures] == []
