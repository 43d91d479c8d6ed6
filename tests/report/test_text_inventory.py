"""An inventory of thousands of rows looks as a small one does, foreign text cannot act in it, and no row is cut."""

from __future__ import annotations

import pytest

from tests.report.samples import dependency, inventory
from tests.report.samples_console import printed, printed_in
from upgrader.model import Inventory
from upgrader.report import text_inventory
from upgrader.report.text_inventory import MANY, print_inventory


def many(*names: str) -> Inventory:
    rows = [dependency(f"name-{number}", line=number) for number in range(MANY)]
    return inventory(*(dependency(name, locked=None) for name in names), *rows)


def test_many_rows_are_aligned_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = inventory(
        dependency("left-pad"), dependency("包裹", locked=None), dependency("b", locked="10.20.30")
    )
    few = printed(lambda console: print_inventory(found, console))
    monkeypatch.setattr(text_inventory, "MANY", 0)
    assert printed(lambda console: print_inventory(found, console)) == few


def test_every_row_is_there_and_on_one_line() -> None:
    lines = printed(lambda console: print_inventory(many("x" * 300), console), width=40).splitlines()
    shown = [line.split()[0] for line in lines if line.startswith("  ")]
    assert shown == ["Package", "x" * 300, *(f"name-{number}" for number in range(MANY))]


@pytest.mark.parametrize("name", ["\x1b[2Jgone", "[red]x[/red]", "a\nb", "a\u202eb", "\udc80"])
def test_foreign_text_does_not_act(name: str) -> None:
    shown = printed(lambda console: print_inventory(many(name), console), terminal=True, no_color=True)
    assert not {"\x1b[2J", "\u202e", "\udc80"} & {
        shown[at : at + width] for at in range(len(shown)) for width in (1, 4)
    }
    assert "[red]x[/red]" in shown or name != "[red]x[/red]"


def test_an_encoding_that_lacks_the_letters_is_no_failure() -> None:
    assert "\\u5305" in printed_in("ascii", lambda console: print_inventory(many("包"), console))
