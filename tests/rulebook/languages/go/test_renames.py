"""Renames in Go, and the import lines that follow them."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.pack import RuleForm

RULE = RuleForm(
    id="names",
    url="u",
    rename={
        "x.org/db#Old": "x.org/db#New",
        "x.org/db#Moved": "y.org/moved#Here",
        "x.org/db#Std": "errors#New",
        "x.org/db#Any": "any",
        "x.org/db#C().Old": "x.org/db#C().New",
        "x.org/db#New().Old": "x.org/db#New().New",
        "x.org/db/sub#*": "x.org/other#*",
    },
)


def run(imports: str, text: str, rule: RuleForm = RULE) -> tuple[str, list[str]]:
    whole = f"package a\n\nimport {imports}\n\nfunc f() {{\n\t{text}\n}}\n"
    after, notes = rewrite("a.go", whole, ["x.org/db"], [rule])
    return after, [note.message for note in notes]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("db.Other()", id="another name"),
        pytest.param("db.OldOne()", id="begins alike"),
        pytest.param("x.Old()", id="another receiver"),
        pytest.param("db := g(); db.Old()", id="shadowed"),
        pytest.param('_ = "db.Old()" // db.Old()', id="text"),
        pytest.param("Old()", id="a bare name"),
        pytest.param("var c *db.D; c.Old()", id="a method of another type"),
    ],
)
def test_stays(text: str) -> None:
    after, notes = run('"x.org/db"', text)
    assert after == f'package a\n\nimport "x.org/db"\n\nfunc f() {{\n\t{text}\n}}\n'
    assert notes == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("db.Old(1) // why", "db.New(1) // why", id="call"),
        pytest.param("var x []*db.Old", "var x []*db.New", id="type"),
        pytest.param("db.\n\t\tOld()", "db.\n\t\tNew()", id="over two lines"),
        pytest.param("f(db.Old, db.Old(db.Old()))", "f(db.New, db.New(db.New()))", id="nested"),
        pytest.param("var c db.C; c.Old()", "var c db.C; c.New()", id="method of a variable"),
        pytest.param(
            "c, err := db.New(); c.Old(err)", "c, err := db.New(); c.New(err)", id="method of a result"
        ),
    ],
)
def test_renames(before: str, after: str) -> None:
    assert run('"x.org/db"', before)[0] == f'package a\n\nimport "x.org/db"\n\nfunc f() {{\n\t{after}\n}}\n'


@pytest.mark.parametrize(
    ("imports", "before", "imports_after", "after"),
    [
        pytest.param('"x.org/db"', "db.Moved()", '"y.org/moved"', "moved.Here()", id="the only use"),
        pytest.param(
            '"x.org/db"', "db.Std(db.X)", '"x.org/db"\nimport "errors"', "errors.New(db.X)", id="one stays"
        ),
        pytest.param(
            '(\n\t"fmt"\n\n\t"x.org/db"\n)',
            "db.Std(fmt.X)",
            '(\n\t"errors"\n\t"fmt"\n)',
            "errors.New(fmt.X)",
            id="group left empty",
        ),
        pytest.param(
            '(\n\t"fmt"\n\n\t"x.org/db"\n\t"z.org/z"\n)',
            "db.Moved(fmt.X, z.Y, db.Y)",
            '(\n\t"fmt"\n\n\t"x.org/db"\n\t"y.org/moved"\n\t"z.org/z"\n)',
            "moved.Here(fmt.X, z.Y, db.Y)",
            id="into its group",
        ),
        pytest.param(
            '(\n\t"fmt"\n\tm "y.org/moved"\n\t"x.org/db"\n)',
            "db.Moved(fmt.X, m.Z)",
            '(\n\t"fmt"\n\tm "y.org/moved"\n)',
            "m.Here(fmt.X, m.Z)",
            id="imported already",
        ),
        pytest.param('"x.org/db/sub"', "sub.A(sub.B)", '"x.org/other"', "other.A(other.B)", id="every name"),
        pytest.param('d "x.org/db"', "var x d.Any", None, "var x any", id="a name of the language"),
    ],
)
def test_imports_follow(imports: str, before: str, imports_after: str | None, after: str) -> None:
    head = f"import {imports_after}\n\n" if imports_after else ""
    assert run(imports, before)[0] == f"package a\n\n{head}func f() {{\n\t{after}\n}}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("moved := 1; db.Moved(moved)", id="the name is taken"),
        pytest.param("errors := 1; db.Std(errors)", id="the package's name is a variable"),
    ],
)
def test_a_taken_name_is_a_note(text: str) -> None:
    after, notes = run('"x.org/db"', text)
    assert text in after
    assert len(notes) == 1


def test_a_guess_is_a_note() -> None:
    rule = RuleForm(id="r", url="u", rename={"x.org/my-odd#Old": "x.org/my-odd#New"})
    text = 'package a\nimport "x.org/my-odd"\nfunc f() { odd.Old() }\n'
    after, notes = rewrite("a.go", text, ["x.org/my-odd"], [rule])
    assert after == text
    assert [note.message for note in notes] == [
        "this is probably x.org/my-odd#Old, but not surely: change it by hand"
    ]


METHOD = {"SetEX": "SetEx"}


@pytest.mark.parametrize(
    ("on", "text", "after"),
    [
        pytest.param(
            ["x.org/db#New()"], "c := db.New(); c.SetEX()", "c := db.New(); c.SetEx()", id="on a result"
        ),
        pytest.param(
            ["x.org/db#C()"], "c := db.New(); c.SetEX()", "c := db.New(); c.SetEX()", id="on another"
        ),
        pytest.param([], "x.y.SetEX(); db.SetEX()", "x.y.SetEx(); db.SetEX()", id="on anything"),
    ],
)
def test_methods(on: list[str], text: str, after: str) -> None:
    assert after in run('"x.org/db"', text, RuleForm(id="m", url="u", method=METHOD, on=on))[0]
