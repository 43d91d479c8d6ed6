"""Values of Go's fields rewritten by patterns, as a rename of their struct needs it; and paths of one symbol."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.pack import Keyword, RuleForm

RULE = RuleForm(
    id="times",
    url="u",
    keyword=Keyword(
        of=["x.org/db/v2#Opt"],
        rename={"Id": "ID"},
        patterns={
            "At": {
                r"(.+)\.Unix\(\)": r"{use:x.org/db/v2#Time}(\1)",
                r"(?!\w+\.Time\()(.+)": r"{use:x.org/db/v2#Time}({use:time#Unix}(\1, 0))",
            },
            "ID": {'"(.*)"': r'"\1!"', "(?!g)(.+)": r"g(\1)"},
        },
    ),
)
SAME = {"x.org/db/v2": ["x.org/db"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("_ = db.Opt{B: t.Unix()}", "_ = db.Opt{B: t.Unix()}", id="another field"),
        pytest.param("_ = db.Opt{At: db.Time(t)}", "_ = db.Opt{At: db.Time(t)}", id="written so already"),
        pytest.param(
            "_ = db.Opt{At: t.Add(1).Unix()}", "_ = db.Opt{At: db.Time(t.Add(1))}", id="the first pattern"
        ),
        pytest.param("_ = db.Opt{At: 1}", "_ = db.Opt{At: db.Time(time.Unix(1, 0))}", id="the second"),
        pytest.param("_ = db.Opt{Id: x}", "_ = db.Opt{ID: g(x)}", id="renamed"),
        pytest.param("var o db.Opt; o.At = t.Unix()", "var o db.Opt; o.At = db.Time(t)", id="assigned"),
    ],
)
def test_patterns(before: str, after: str) -> None:
    head = 'package a\n\nimport (\n\t"time"\n\n\t"x.org/db"\n)\n\nvar t = time.Now()\n\nfunc f() {\n\t'
    text, notes = rewrite("a.go", f"{head}{before}\n}}\n", ["x.org/db"], [RULE], SAME)
    assert text == f"{head}{after}\n}}\n"
    assert notes == []


def test_what_is_read_is_told() -> None:
    text = 'package a\n\nimport "x.org/db"\n\nfunc f(o db.Opt) {\n\tg(o.At)\n}\n'
    after, notes = rewrite("a.go", text, ["x.org/db"], [RULE], SAME)
    assert after == text
    assert [note.message for note in notes] == ["the type of At has changed"]
