"""Packs are found, read and refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulebook import packs
from upgrader.errors import PackError
from upgrader.rulebook.load import (
    Shelf,
    bundled_folder,
    decode_pack,
    folder_source,
    project_source,
    read_pack,
    read_shelf,
)
from upgrader.rulebook.marked_yaml import read_marked

EDIT = "edits:\n- id: a\n  url: https://example.org/a\n"


def shelf_of(tmp_path: Path, files: dict[str, str], origin: str = "bundled") -> Shelf:
    for name, body in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body)
    assert origin == "bundled"
    return read_shelf([folder_source("bundled", tmp_path, "rules")])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("edits: {a: 1}\n", "p.yml:11: edits: Expected `array`, got `object`."),
        (EDIT + "  rename: {x: 1}\n", "p.yml:14: edits[0].rename: Expected `str`, got `int`. Put it in quotes."),
        (EDIT + "  nonsense: 1\n", "p.yml:14: edits[0].nonsense: Object contains unknown field"),
        (EDIT, "p.yml:12: edits[0]: needs exactly one kind of edit, has none."),
        (EDIT + "  rename: {x: y}\n  module: {x: y}\n", "edits[0]: needs exactly one kind of edit, has rename,"),
        (EDIT + "  rename: {x: y}\n  on: [z]\n", "p.yml:15: edits[0].on: belongs to `method`."),
        (EDIT + "  text: {of: [a], find: '(', replace: b}\n", "p.yml:14: edits[0].text.find: is no regular expression"),
        (EDIT + "  text: {of: [a], find: 'x', replace: '\\2'}\n", "edits[0].text.replace: does not fit `find`"),
        (EDIT + "  ast-grep: {rule: {kind: nope}, fix: x}\n", "edits[0].ast-grep.rule: `rule` is not configured"),
        (EDIT + "  ast-grep: {rule: {pattern: f($A)}, fix: $B}\n", "edits[0].ast-grep.fix: $B stands nowhere"),
        (EDIT + "  rename: {x: y}\n  rename: {z: y}\n", "p.yml:15: edits[0]: the key 'rename' stands twice"),
        (EDIT + "  rename: &a {x: y}\n", "p.yml:14: anchors and aliases are not read"),
        (EDIT + "  rename: !!python/object:os.system {x: y}\n", "p.yml:14: the tag tag:yaml.org"),
        ("a: [\n", "p.yml:12: not YAML"),
        ("---\nb: 1\n", "a second document"),
        ("references: []\n", "p.yml:11: the file: the key 'references' stands twice"),
        ("requires: {via: [x y]}\n", "p.yml:11: requires.via[0]: 'x y' is not a version."),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_key(body: str, expected: str) -> None:
    with pytest.raises(PackError) as caught:
        decode_pack(packs.text(body).encode(), "p.yml", "bundled")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: \xff", "p.yml:1: byte 3 is not UTF-8."),
        (b"x" * (2**21 + 1), "p.yml:1: larger than 2 MiB."),
        (b"a: " + b"[" * 5000, "p.yml:1: nested deeper than 40."),
        (b"a: *b", "anchors and aliases are not read"),
        (b"? [a]\n: b", "a mapping or list as a key is not read"),
        (b"a: \x00", "not YAML"),
        (b"", "p.yml:1: the file: Expected `object`, got `null`."),
        (b"[]", "p.yml:1: the file: Expected `object`, got `array`."),
    ],
)
def test_hostile_files_are_refused(data: bytes, expected: str) -> None:
    with pytest.raises(PackError) as caught:
        decode_pack(data, "p.yml", "bundled")
    assert expected in str(caught.value)


def test_plain_words_are_those_of_yaml_1_2() -> None:
    read = read_marked(b"{on: yes, b: true, c: 2026-01-02, d: 010, e: 1.5, f: ~, g: '1', 1: no}", "p")
    assert read.value == {
        "on": "yes", "b": True, "c": "2026-01-02", "d": 10, "e": 1.5, "f": None, "g": "1", "1": "no",
    }  # fmt: skip


def test_packs_are_listed_by_their_heads_and_other_yaml_is_left_alone(tmp_path: Path) -> None:
    shelf = shelf_of(
        tmp_path,
        {
            "pip/tiny/1-to-2.yml": packs.text("edits: {broken, later}\n"),
            "pip/tiny/README.yml": "a: [",
            "alerts.yml": "a: [",
            "prometheus/x/1-to-2.yml": "a: [",
        },
    )
    assert [(card.id, card.names, card.path) for card in shelf.cards] == [
        ("tiny-1-to-2", ("tiny",), "rules/pip/tiny/1-to-2.yml")
    ]
    assert shelf.faults == ()
    with pytest.raises(PackError, match="edits"):
        read_pack(shelf.cards[0])


def test_one_bad_pack_does_not_hide_the_others(tmp_path: Path) -> None:
    shelf = shelf_of(
        tmp_path,
        {
            "pip/tiny/1-to-2.yml": packs.text(""),
            "pip/bad/1-to-2.yml": "a: [",
            "npm/tiny/1-to-2.yml": packs.text("").replace("id: tiny-1-to-2", "id: other"),
            "pip/again/1-to-2.yml": packs.text(""),
        },
    )
    assert [card.path for card in shelf.cards] == ["rules/pip/again/1-to-2.yml"]
    assert sorted(str(fault).partition(".yml")[0] for fault in shelf.faults) == [
        "rules/npm/tiny/1-to-2", "rules/pip/bad/1-to-2", "rules/pip/tiny/1-to-2",
    ]  # fmt: skip


def test_the_projects_packs_win(tmp_path: Path) -> None:
    class Commit:
        def read(self, path: str) -> bytes:
            assert path == "rules/pip/tiny/1-to-2.yml"
            return packs.text("notes: {new: [mine]}\n").encode()

    (tmp_path / "pip/tiny").mkdir(parents=True)
    (tmp_path / "pip/tiny/1-to-2.yml").write_text(packs.text(""))
    own = project_source(Commit(), ["src/x.py", "rules/pip/tiny/1-to-2.yml", "rules/alerts.yml"])
    shelf = read_shelf([folder_source("bundled", tmp_path, "bundled"), own])
    assert [read_pack(card).form.notes.new for card in shelf.of("pip", "Tiny")] == [["mine"]]
    assert [read_pack(card).origin for card in shelf.cards] == ["project"]


def test_a_go_module_is_known_in_every_major(tmp_path: Path) -> None:
    body = packs.text("", "go", "v4.0.0", "v5.0.0").replace("name: tiny", "name: example.org/tiny/v4")
    shelf = shelf_of(tmp_path, {"go/example.org/tiny/4-to-5.yml": body})
    assert len(shelf.of("go", "example.org/tiny/v5")) == 1
    assert len(shelf.of("go", "example.org/tiny")) == 1
    assert shelf.of("go", "example.org/tinyv5") == []


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no such folder"):
        folder_source("folder", tmp_path / "no", "no")


def test_the_bundled_folder_is_there() -> None:
    assert bundled_folder().name == "rules"


def test_a_renamed_package_goes_on_under_its_new_name() -> None:
    shelf = read_shelf([folder_source("bundled", bundled_folder(), "rules")])
    found = [card.path for card in shelf.of("go", "github.com/dgrijalva/jwt-go")]
    assert found == [card.path for card in shelf.of("go", "github.com/golang-jwt/jwt/v4")]
    assert len(found) == 2
