"""The published schema is that of the structs, and agrees with the loader."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it has no stubs
import pytest

from upgrader.model import EcosystemName
from upgrader.rulebook.lint import lint_pack
from upgrader.rulebook.load import file_source, read_pack, read_shelf
from upgrader.rulebook.marked_yaml import read_marked
from upgrader.rulebook.scaffold import new_pack, pack_path
from upgrader.rulebook.schema import pack_schema

PUBLISHED = Path(__file__).parents[2] / "rules/schema.json"
NEW: list[tuple[EcosystemName, str]] = [
    ("pip", "left-pad"),
    ("npm", "@scope/left-pad"),
    ("go", "example.org/left/pad"),
    ("cargo", "left-pad"),
]


def test_the_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_bytes() == pack_schema(), "run: upgrade rules show --schema > rules/schema.json"


@pytest.mark.parametrize(("ecosystem", "name"), NEW)
def test_a_new_pack_is_valid_and_passes_lint(ecosystem: EcosystemName, name: str, tmp_path: Path) -> None:
    file = tmp_path / "rules" / pack_path(ecosystem, name, "1", "2")
    file.parent.mkdir(parents=True)
    text = new_pack(ecosystem, name, "1", "2")
    file.write_text(text)
    jsonschema.validate(read_marked(text.encode(), "p").value, json.loads(PUBLISHED.read_bytes()))
    [card] = read_shelf([file_source(file)]).cards
    assert lint_pack(card, read_pack(card)) == []
