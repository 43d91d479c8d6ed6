"""What a Go file uses: scopes and shadowing first, then every position a symbol can stand in, then values."""

from __future__ import annotations

import pytest

from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Elsewhere, Uses

PKG = "x.org/db"


def read(text: str, elsewhere: Elsewhere | None = None, packages: tuple[str, ...] = (PKG,)) -> Uses:
    return read_uses(SourceFile("a.go", text.encode(), "go"), packages, elsewhere or {})


def body(text: str) -> str:
    return f'package a\n\nimport "{PKG}"\n\nfunc f() {{\n{text}\n}}\n'


def symbols(text: str, elsewhere: Elsewhere | None = None) -> list[str]:
    return [use.symbol.removeprefix(PKG) for use in read(text, elsewhere).uses if use.kind != "import"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("package a\n\nfunc f() { db.Open() }\n", id="not imported"),
        pytest.param(
            'package a\n\nimport "x.org/dbx"\n\nfunc f() { dbx.Open() }\n',
            id="another path that begins alike",
        ),
        pytest.param(
            'package a\n\nimport _ "x.org/db"\n\nfunc f() { db.Open() }\n', id="for its side effects"
        ),
        pytest.param('package a\n\nimport d "x.org/db"\n\nfunc f() { db.Open() }\n', id="under another name"),
        pytest.param(body("db := 1; db.Open()"), id="a variable of the name"),
        pytest.param(body("var db T; db.Open()"), id="a declared variable of the name"),
        pytest.param(body("for db := range c { db.Open() }"), id="a range variable"),
        pytest.param(body("for _, db := range c { db.Open() }"), id="the second range variable"),
        pytest.param(body("for db := 0; ; { db.Open() }"), id="a loop variable"),
        pytest.param(body("if db := g(); db.Open() { db.Close() }"), id="a variable of an if"),
        pytest.param(body("switch db := x.(type) { case int: db.Open() }"), id="the name of a type switch"),
        pytest.param(body("select { case db := <-c: db.Open() }"), id="a received value"),
        pytest.param(body("func(db int) { db.Open() }(1)"), id="a literal's parameter"),
        pytest.param('package a\nimport "x.org/db"\nfunc f(db T) { db.Open() }\n', id="a parameter"),
        pytest.param(
            'package a\nimport "x.org/db"\nfunc f() (db T) { db.Open(); return }\n', id="a named result"
        ),
        pytest.param('package a\nimport "x.org/db"\nfunc (db *T) f() { db.Open() }\n', id="a receiver"),
        pytest.param(body('_ = "db.Open()" + `db.Open()` // db.Open()'), id="strings and comments"),
        pytest.param(body("x.db.Open()"), id="a field of the name"),
        pytest.param(body("db: for { break db }"), id="a label"),
        pytest.param(body("_ = T{db: 1}"), id="a key"),
    ],
)
def test_no_use(text: str) -> None:
    assert symbols(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("db.Open()", ["#Open"], id="call"),
        pytest.param("db.Open(); { db := 1; db.Open() }; db.Close()", ["#Open", "#Close"], id="shadowed in a block"),
        pytest.param("db := db.Open(); db.Close()", ["#Open", "#Open().Close"], id="shadowed by its own value"),
        pytest.param("if db := db.Open(); true { db.Close() } else { db.A() }; db.B()",
                     ["#Open", "#Open().Close", "#Open().A", "#B"], id="shadowed in an if"),
        pytest.param("var x db.T", ["#T"], id="declared type"),
        pytest.param("x := []map[string]*db.T{}", ["#T"], id="nested type"),
        pytest.param("_ = x.(*db.T)", ["#T"], id="assertion"),
        pytest.param("_ = (*db.T)(nil)", ["#T"], id="conversion to a pointer"),
        pytest.param("_ = g[db.T](1)", ["#T"], id="type argument"),
        pytest.param("_ = db.G[int](1)", ["#G"], id="generic function"),
        pytest.param("switch e := err.(type) { case *db.A: e.X(); case db.B, db.C: e.Y() }",
                     ["#A", "#A().X", "#B", "#C"], id="type switch"),
        pytest.param("defer func() { go db.Run(db.Arg) }()", ["#Run", "#Arg"], id="inside a literal"),
        pytest.param("c := db.New(); c.Get(1).Result()", ["#New", "#New().Get", "#New().Get().Result"], id="chain"),
        pytest.param("c, err := db.New(); c.Get(); err.Error()", ["#New", "#New().Get"], id="first of two results"),
        pytest.param("c, d := db.A(), db.B(); d.X(); c.Y()", ["#A", "#B", "#B().X", "#A().Y"], id="pairs"),
        pytest.param("var c *db.C; c.Get()", ["#C", "#C().Get"], id="declared variable"),
        pytest.param("var c = &db.C{}; c.Get()", ["#C", "#C().Get"], id="literal"),
        pytest.param("c := new(db.C); c.Get()", ["#C", "#C().Get"], id="new"),
        pytest.param("o := db.Opt{A: 1}; o.B = 2; _ = o.B", ["#Opt", "#Opt().B", "#Opt().B"], id="fields"),
        pytest.param("for _, c := range []db.C{} { c.Get() }", ["#C", "#C().Get"], id="elements of a slice"),
        pytest.param("m := map[string]*db.C{}; m[k].Get()", ["#C", "#C().Get"], id="elements of a map"),
        pytest.param("ch := make(chan *db.C); c := <-ch; c.Get()", ["#C", "#C().Get"], id="from a channel"),
        pytest.param("func(c *db.C, d ...db.D) { c.Get(); for _, x := range d { x.Z() } }(nil)",
                     ["#C", "#D", "#C().Get", "#D().Z"], id="parameters"),
        pytest.param("db.Default.Get()", ["#Default", "#Default.Get"], id="member of a package variable"),
    ],
)  # fmt: skip
def test_uses_in_a_function(text: str, found: list[str]) -> None:
    assert symbols(body(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("type S struct{ c *db.C }\nfunc (s *S) f() { s.c.Get() }", ["#C", "#C().Get"], id="field"),
        pytest.param("func (s *S) f() { s.c.Get() }\ntype S struct{ c *db.C }", ["#C().Get", "#C"], id="field, later"),
        pytest.param("type S struct{ *db.C }\nfunc (s S) f() { s.Get(); s.C.Get() }",
                     ["#C", "#C().Get", "#C", "#C().Get"], id="embedded"),
        pytest.param("type S struct{ db.C; db.D }\nvar x = &S{C: db.C{}}", ["#C", "#D", "#C", "#C"],
                     id="embedded, literal"),
        pytest.param("type S struct{ C db.C }\nvar x = S{C: db.C{}}", ["#C", "#C"], id="a field of the type's name"),
        pytest.param("type S struct{ *db.C }\nfunc (s S) Get() {}\nfunc (s S) f() { s.Get() }", ["#C"], id="hidden"),
        pytest.param("type I interface{ db.C; X() }\nfunc f(i I) { i.Get() }", ["#C", "#C().Get"], id="interface"),
        pytest.param("type A = db.C\nfunc f(a *A) { a.Get() }", ["#C", "#C().Get"], id="alias"),
        pytest.param("var c = db.New()\nfunc f() { c.Get() }", ["#New", "#New().Get"], id="package variable"),
        pytest.param("func open() (*db.C, error) { return nil, nil }\nfunc f() { c, _ := open(); c.Get() }",
                     ["#C", "#C().Get"], id="result"),
        pytest.param("type S struct{ c db.C }\nfunc newS() *S { return nil }\nfunc f() { newS().c.Get() }",
                     ["#C", "#C().Get"], id="field of a result"),
        pytest.param("type S struct{}\nfunc (s *S) C() *db.C { return nil }\nfunc f(s *S) { s.C().Get() }",
                     ["#C", "#C().Get"], id="result of a method"),
        pytest.param("type S struct{ c T }\nfunc (s *S) f() { s.c.Get() }\nvar _ db.C", ["#C"], id="another type"),
        pytest.param("type N[T db.I] struct{}\nfunc f[T db.J](x T) {}", ["#I", "#J"], id="constraints"),
    ],
)  # fmt: skip
def test_uses_in_a_package(text: str, found: list[str]) -> None:
    assert symbols(f'package a\n\nimport "{PKG}"\n\n{text}\n') == found


@pytest.mark.parametrize(
    ("imports", "text", "found"),
    [
        pytest.param('"x.org/db/v8"', "db.A()", ["x.org/db/v8#A"], id="major"),
        pytest.param('"x.org/db.v8"', "db.A()", ["x.org/db.v8#A"], id="major with a dot"),
        pytest.param('d "x.org/db"', "d.A()", ["x.org/db#A"], id="alias"),
        pytest.param('(\n"fmt"\nd "x.org/db"\n)', "d.A()", ["x.org/db#A"], id="group"),
        pytest.param('"x.org/db/sub/pool"', "pool.A()", ["x.org/db/sub/pool#A"], id="package below"),
        pytest.param('"x.org/go-db"', "db.A()", ["x.org/go-db#A"], id="go- in front"),
        pytest.param('"x.org/db-go"', "db.A()", ["x.org/db-go#A"], id="-go behind"),
        pytest.param('"x.org/my-db"', "db.A()", ["x.org/my-db#A"], id="last word"),
        pytest.param('"x.org/my-db"', "mydb.A()", ["x.org/my-db#A"], id="words together"),
        pytest.param('"x.org/odd-thing"', "unlike.A()", ["x.org/odd-thing#A"], id="the only name left"),
        pytest.param('"x.org/odd-thing"', "one.A(); two.B()", [], id="two names left"),
    ],
)
def test_names_of_packages(imports: str, text: str, found: list[str]) -> None:
    packages = ("x.org/db", "x.org/db.v8", "x.org/go-db", "x.org/db-go", "x.org/my-db", "x.org/odd-thing")
    read_ = read(f"package a\n\nimport {imports}\n\nfunc f() {{ {text} }}\n", packages=packages)
    assert [use.symbol for use in read_.uses if use.kind == "member"] == found


def test_a_guessed_name_is_not_sure() -> None:
    uses = read('package a\nimport "x.org/odd-thing"\nfunc f() { unlike.A() }', packages=("x.org/odd-thing",))
    assert [(use.kind, use.confidence) for use in uses.uses] == [("import", "sure"), ("member", "likely")]


def test_a_dot_import_is_told() -> None:
    assert [why for _, why in read(f'package a\nimport . "{PKG}"\n').unresolved] == [
        "dot import of x.org/db: its names stand alone in this file"
    ]


def test_other_files_of_the_package() -> None:
    here = f'package a\n\nimport "{PKG}"\n\ntype S struct{{ c *db.C }}\nvar rdb = db.New()\nfunc open() *db.C {{}}\n'
    exported = read(here).exported
    assert exported == {"S.c": "x.org/db#C()", "rdb": "x.org/db#New()", "open()": "x.org/db#C()"}
    there = "package a\n\nfunc (s *S) f() { s.c.A(); rdb.B(); open().C() }\n"
    assert symbols(there, {".": exported}) == ["#C().A", "#New().B", "#C().C"]
    other = 'package b\n\nimport "me.org/a"\n\nfunc f(s *a.S) { s.c.A(); a.rdb.B(); x := a.open(); x.C() }\n'
    assert symbols(other, {"me.org/a": exported}) == ["#C().A", "#New().B", "#C().C"]


def test_stores() -> None:
    uses = read(body("o := db.O{}; o.A = o.B; o.C++; o.D, x = 1, o.E")).uses
    assert [use.symbol[-1] for use in uses if use.store] == ["A", "C", "D"]


def test_broken_code_is_read_as_far_as_it_goes() -> None:
    assert symbols(body("db.Open(\n}}}) db.")) == ["#Open"]
