"""Go import paths: what stays, what moves, aliases, duplicates, the order of groups."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.languages.go.major import major_pack
from upgrader.rulebook.pack import RuleForm

OLD, NEW = "x.org/db", "x.org/db/v2"


def moved(text: str, table: dict[str, str]) -> str:
    rule = RuleForm(id="move", url="u", module=table)
    return rewrite("a.go", text, list(table), [rule])[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('package a\n\nimport "x.org/dbx"\n', id="begins alike"),
        pytest.param('package a\n\nimport "y.org/db"\n', id="another host"),
        pytest.param('package a\n\nimport "x.org/db/v2"\n', id="moved already"),
        pytest.param('package a\n\nimport "x.org/db/v3/sub"\n', id="another major"),
        pytest.param('package a\n\n// x.org/db is good\nvar s = "x.org/db"\n', id="no import"),
        pytest.param('package a\n\nimport "x.org/db/nested/sub"\n', id="a module of its own"),
        pytest.param("package a\n", id="no imports"),
    ],
)
def test_stays(text: str) -> None:
    assert moved(text, {OLD: NEW, "x.org/db/nested": "x.org/db/nested"}) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('import "x.org/db"', 'import "x.org/db/v2"', id="single"),
        pytest.param('import "x.org/db/sub"', 'import "x.org/db/v2/sub"', id="package below"),
        pytest.param('import d "x.org/db"', 'import d "x.org/db/v2"', id="alias"),
        pytest.param('import _ "x.org/db"', 'import _ "x.org/db/v2"', id="side effects"),
        pytest.param('import . "x.org/db"', 'import . "x.org/db/v2"', id="dot"),
        pytest.param("import `x.org/db`", "import `x.org/db/v2`", id="raw string"),
        pytest.param('import "x.org/db" // why', 'import "x.org/db/v2" // why', id="comment"),
        pytest.param(
            'import (\n\t"x.org/db"\n\t"x.org/db/v2"\n)', 'import (\n\t"x.org/db/v2"\n)', id="duplicate"
        ),
        pytest.param(
            'import (\n\t"x.org/db"\n\te "x.org/db/v2"\n)',
            'import (\n\t"x.org/db/v2"\n\te "x.org/db/v2"\n)',
            id="duplicate under another name",
        ),
        pytest.param(
            'import (\n\t"x.org/db"\n)\n\n//go:generate go run x.org/db/cmd -o x',
            'import (\n\t"x.org/db/v2"\n)\n\n//go:generate go run x.org/db/v2/cmd -o x',
            id="generate",
        ),
        pytest.param('import "x.org/db"\r\n', 'import "x.org/db/v2"\r\n', id="CRLF"),
    ],
)
def test_moves(before: str, after: str) -> None:
    assert moved(f"package a\n\n{before}\n", {OLD: NEW}) == f"package a\n\n{after}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("db.A()", "", id="same name"),
        pytest.param("", "", id="never used"),
    ],
)
def test_no_alias_is_added(before: str, after: str) -> None:
    text = f'package a\n\nimport "x.org/db"\n\nfunc f() {{ {before} }}\n'
    assert moved(text, {OLD: "y.org/go-db/v9"}) == text.replace("x.org/db", "y.org/go-db/v9")


def test_the_name_is_kept_as_an_alias() -> None:
    text = 'package a\n\nimport "x.org/db"\n\nfunc f() { db.A() }\n'
    assert moved(text, {OLD: "y.org/other"}) == text.replace('"x.org/db"', 'db "y.org/other"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            ["a.org/a", "x.org/db", "z.org/z"], ["a.org/a", "b.org/db", "z.org/z"], id="order holds"
        ),
        pytest.param(["c.org/c", "x.org/db", "z.org/z"], ["b.org/db", "c.org/c", "z.org/z"], id="moves up"),
        pytest.param(
            ["z.org/z", "x.org/db", "a.org/a"], ["z.org/z", "b.org/db", "a.org/a"], id="not in order before"
        ),
        pytest.param(["x.org/db", "x.org/db/s", "y.org/y"], ["b.org/db", "b.org/db/s", "y.org/y"], id="two"),
        pytest.param(
            ["c.org/c", "x.org/db // no", "z.org/z"],
            ["b.org/db // no", "c.org/c", "z.org/z"],
            id="with its comment",
        ),
    ],
)
def test_order_of_a_group(before: list[str], after: list[str]) -> None:
    def block(paths: list[str]) -> str:
        lines = [f'\t"{path.split(" ")[0]}"{path[len(path.split(" ")[0]) :]}' for path in paths]
        return "package a\n\nimport (\n" + '\t"fmt"\n\n' + "\n".join(lines) + "\n)\n"

    assert moved(block(before), {OLD: "b.org/db"}) == block(after)


def test_the_pack_of_every_major_step() -> None:
    pack = major_pack("x.org/db", "x.org/db/v2", ["x.org/db/nested", "y.org/y"])
    assert pack is not None
    assert pack.package.imports == ["x.org/db"]
    text = 'package a\n\nimport (\n\t"x.org/db"\n\t"x.org/db/nested/a"\n\t"x.org/db/sub"\n)\n'
    after, notes = rewrite("a.go", text, pack.package.imports, pack.edits)
    assert notes == []
    assert after == 'package a\n\nimport (\n\t"x.org/db/nested/a"\n\t"x.org/db/v2"\n\t"x.org/db/v2/sub"\n)\n'
    assert major_pack("x.org/db", "x.org/db") is None
