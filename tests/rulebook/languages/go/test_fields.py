"""Fields of Go's structs, arguments and calls, flags; and columns, as gofmt itself would have them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.languages.go import writer
from upgrader.rulebook.pack import Argument, Call, FlagForm, Keyword, RuleForm, Text
from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile

OPTIONS = Keyword(
    of=["x.org/db#Opt"],
    rename={"Idle": "ConnMaxIdleTime", "Age": "Max"},
    remove=["Check"],
    invert={"Off": "On"},
    wrap={"At": "db.NewTime({})"},
    values={"Mode": {"old": "new", "db.A": "db.B"}},
)
ADDED = Keyword(of=["x.org/db#Opt"], add={"New": "true"}, unless=["Skip"])
WRAPPED = Keyword(of=["x.org/db#Opt"], wrap={"At": "{use:y.org/when#At}({})"}, when={"At": "[0-9]+"})


def rule(**kinds: object) -> RuleForm:
    return RuleForm(id="rule", url="u", **kinds)  # type: ignore[arg-type]  # the kinds are those of RuleForm


def run(text: str, form: RuleForm, imports: str = '"x.org/db"') -> tuple[str, list[str]]:
    whole = f"package a\n\nimport {imports}\n\nfunc f() {{\n\t{text}\n}}\n"
    after, notes = rewrite("a.go", whole, ["x.org/db"], [form])
    assert after.startswith("package a\n\nimport ")
    return after.partition("func f() {\n\t")[2].removesuffix("\n}\n"), [note.message for note in notes]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("_ = db.Other{Idle: 1, Check: 2}", id="another struct"),
        pytest.param("_ = Opt{Idle: 1}", id="a struct of the project"),
        pytest.param("_ = db.Opt{ConnMaxIdleTime: 1, X: T{Idle: 1}}", id="a field of a struct inside"),
        pytest.param("_ = map[db.Opt]T{x: {Idle: 1}}", id="keys of a map"),
        pytest.param('_ = map[string]int{"Idle": db.X}', id="a map"),
        pytest.param("x := T{}; x.Idle = db.X", id="a field of another value"),
        pytest.param("_ = db.Opt{At: db.NewTime(1)}", id="wrapped already"),
    ],
)
def test_stays(text: str) -> None:
    assert run(text, rule(keyword=OPTIONS)) == (text, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("_ = db.Opt{Idle: 1}", "_ = db.Opt{ConnMaxIdleTime: 1}", id="renamed"),
        pytest.param("_ = &db.Opt{Idle: Idle}", "_ = &db.Opt{ConnMaxIdleTime: Idle}", id="the key, not the value"),
        pytest.param("_ = []*db.Opt{{Idle: 1}, {X: 2}}", "_ = []*db.Opt{{ConnMaxIdleTime: 1}, {X: 2}}", id="slice"),
        pytest.param("_ = map[string]db.Opt{k: {Age: 1}}", "_ = map[string]db.Opt{k: {Max: 1}}", id="map"),
        pytest.param("_ = [][]db.Opt{{{Age: 1}}}", "_ = [][]db.Opt{{{Max: 1}}}", id="nested"),
        pytest.param("_ = db.Opt{A: 1, Check: 2, B: 3}", "_ = db.Opt{A: 1, B: 3}", id="removed"),
        pytest.param("_ = db.Opt{Check: 2}", "_ = db.Opt{}", id="the only one removed"),
        pytest.param("_ = db.Opt{A: 1, Check: 2}", "_ = db.Opt{A: 1}", id="the last one removed"),
        pytest.param("_ = db.Opt{Off: true}", "_ = db.Opt{On: false}", id="inverted"),
        pytest.param("_ = db.Opt{Off: a || b}", "_ = db.Opt{On: !(a || b)}", id="inverted expression"),
        pytest.param("_ = db.Opt{At: x.Unix()}", "_ = db.Opt{At: db.NewTime(x.Unix())}", id="wrapped"),
        pytest.param('_ = db.Opt{Mode: "old"}', '_ = db.Opt{Mode: "new"}', id="value in quotes"),
        pytest.param("_ = db.Opt{Mode: db.A}", "_ = db.Opt{Mode: db.B}", id="value"),
        pytest.param("var o db.Opt; o.Idle = o.Age", "var o db.Opt; o.ConnMaxIdleTime = o.Max", id="selected"),
        pytest.param("var o db.Opt; o.At = 1", "var o db.Opt; o.At = db.NewTime(1)", id="assigned"),
        pytest.param(
            "_ = db.Opt{\n\t\tA: 1,\n\t\tCheck: 2, // no\n\t\tB: 3,\n\t}", "_ = db.Opt{\n\t\tA: 1,\n\t\tB: 3,\n\t}",
            id="line removed",
        ),
    ],
)  # fmt: skip
def test_fields(before: str, after: str) -> None:
    assert run(before, rule(keyword=OPTIONS))[0] == after


@pytest.mark.parametrize(
    ("text", "note"),
    [
        pytest.param(
            "_ = db.Opt{1, 2}", "the fields are given by position here: change them by hand", id="by position"
        ),
        pytest.param(
            "_ = db.Opt{Age: 1, Max: 2}",
            "Age becomes Max, which is given here too: keep one of them",
            id="both given",
        ),
        pytest.param("var o db.Opt; o.Check = 1", "the field Check is gone", id="removed field"),
        pytest.param("var o db.Opt; g(o.At)", "the type of At has changed", id="wrapped field is read"),
    ],
)
def test_fields_for_a_person(text: str, note: str) -> None:
    assert run(text, rule(keyword=OPTIONS)) == (text, [note])


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        pytest.param(ADDED, "_ = db.Opt{}", "_ = db.Opt{New: true}", id="into an empty one"),
        pytest.param(ADDED, "_ = db.Opt{A: 1}", "_ = db.Opt{A: 1, New: true}", id="behind"),
        pytest.param(
            ADDED,
            "_ = db.Opt{\n\t\tA: 1,\n\t}",
            "_ = db.Opt{\n\t\tA: 1,\n\t\tNew: true,\n\t}",
            id="on its own line",
        ),
        pytest.param(ADDED, "_ = db.Opt{Skip: 1}", "_ = db.Opt{Skip: 1}", id="unless"),
        pytest.param(ADDED, "_ = db.Opt{New: 1}", "_ = db.Opt{New: 1}", id="there already"),
        pytest.param(WRAPPED, "_ = db.Opt{At: 1}", "_ = db.Opt{At: when.At(1)}", id="wrapped with an import"),
        pytest.param(WRAPPED, "_ = db.Opt{At: x}", "_ = db.Opt{At: x}", id="when it is not met"),
    ],
)
def test_added_and_conditional(form: Keyword, before: str, after: str) -> None:
    assert run(before, rule(keyword=form))[0] == after


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        pytest.param(Argument(of=["x.org/db#F"], drop=[0]), "db.F(a, b)", "db.F(b)", id="drop first"),
        pytest.param(Argument(of=["x.org/db#F"], drop=[1]), "db.F(a, b)", "db.F(a)", id="drop last"),
        pytest.param(Argument(of=["x.org/db#F"], drop=[0, 1]), "db.F(a, b,)", "db.F()", id="drop all"),
        pytest.param(Argument(of=["x.org/db#F"], insert={0: "{use:context#Background}()"}, count=[1]), "db.F(a)",
                     "db.F(context.Background(), a)", id="insert"),
        pytest.param(Argument(of=["x.org/db#F"], insert={0: "1"}, count=[0]), "db.F()", "db.F(1)", id="into none"),
        pytest.param(Argument(of=["x.org/db#F"], count=[2], order=[1, 0]), "db.F(a)", "db.F(a)", id="another count"),
        pytest.param(Argument(of=["x.org/db#F"], wrap={0: "g({})"}, when={0: "a+"}), "db.F(aa, b); db.F(b)",
                     "db.F(g(aa), b); db.F(b)", id="wrap"),
        pytest.param(Call(of=["x.org/db#F"], to="{0}.G({1...})"), "db.F(a, b, db.X)", "a.G(b, db.X)", id="call"),
        pytest.param(Call(of=["x.org/db#C().F"], to="{receiver}.G().{name}2({...}, T{{})"), "var c db.C; c.F(a)",
                     "var c db.C; c.G().F2(a, T{})", id="chain"),
        pytest.param(Text(of=["x.org/db#F"], argument=[0], find=r":(\w+)", replace=r"{\1}"), 'db.F("/:a", ":b")',
                     'db.F("/{a}", ":b")', id="text"),
        pytest.param(Text(of=["x.org/db#F"], find="a", replace="b"), "db.F(`a`, a)", "db.F(`b`, a)", id="raw text"),
    ],
)  # fmt: skip
def test_calls(form: Argument | Call | Text, before: str, after: str) -> None:
    kind = {Argument: "argument", Call: "call", Text: "text"}[type(form)]
    once = rule(**{kind: form})
    if kind == "argument" and "order" not in before:
        # Dropping and inserting see their own result again: packs limit them by count or by a renamed symbol.
        text = f'package a\n\nimport "x.org/db"\n\nfunc f() {{\n\t{before}\n}}\n'
        source = SourceFile("a.go", text.encode(), "go")
        found = writer.find_changes(source, read_uses(source, ["x.org/db"]), [once], {})
        for change in sorted(found.changes, key=lambda one: one.span, reverse=True):
            text = text[: change.span.start] + change.text + text[change.span.end :]
        assert after in text
    else:
        assert run(before, once)[0] == after


def test_flags() -> None:
    text = (
        'package a\nimport "x.org/db"\nfunc f() { db.F(1); db.F(); db.G(); y.Go(); _ = db.Opt{A: 1, B: 2} }\n'
    )
    source = SourceFile("a.go", text.encode(), "go")
    flags = [
        FlagForm(id="symbol", url="u", message="m", symbols=["x.org/db#G"]),
        FlagForm(id="count", url="u", message="m", count={"x.org/db#F": [0]}),
        FlagForm(id="method", url="u", message="m", methods=["Go"]),
        FlagForm(id="field", url="u", message="m", keyword={"x.org/db#Opt": ["A"]}),
        FlagForm(id="none", url="u", message="m", symbols=["x.org/db#H"]),
    ]
    notes = writer.find_flags(source, read_uses(source, ["x.org/db"]), flags, {})
    places = [(note.rule, text[note.span.start : note.span.end]) for note in notes]
    assert places == [("symbol", "db.G"), ("count", "db.F"), ("method", "Go"), ("field", "A")]
    assert text.index("db.F()") == notes[1].span.start


COLUMNS = """package a

import (
\t"fmt" // printing
\t"x.org/db" // data
)

type T struct {
\tA    int        // one
\tLong db.Longest // two
\tB    string     `json:"b"`
}

var o = db.Opt{
\tA:     1,      // one
\tIdle:  2,      // two
\tCheck: 345678, // three
\t// A comment.
\tAge: 4,
\tF: func() {
\t\tfmt.Print()
\t},
\tMode: "old",
\tB:    "é", // accent

\tZ: 1,
}

func f() {
\tx := db.Long() // a call
\ty := 1         // a number
\tfmt.Print(x, y)
}
"""


@pytest.mark.tools("gofmt")
def test_columns_are_those_of_gofmt() -> None:
    gofmt = shutil.which("gofmt")
    if gofmt is None:
        pytest.skip("gofmt is not installed")

    def formatted(text: str) -> str:
        done = subprocess.run([gofmt], input=text, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    before = formatted(COLUMNS)
    names = {"x.org/db#Long": "x.org/db#L", "x.org/db#Longest": "x.org/db#Q"}
    rules = [rule(keyword=OPTIONS), rule(rename=names), rule(module={"x.org/db": "a.org/db/v2"})]
    after, notes = rewrite("a.go", before, ["x.org/db", "a.org/db"], rules)
    assert notes == []
    assert "ConnMaxIdleTime" in after
    assert after == formatted(after)
