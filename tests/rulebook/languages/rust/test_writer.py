"""Rust rewritten: what stays first; then paths and imports, methods, fields, calls, flags."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rulebook.languages.rewriting import rewrite
from upgrader.rulebook.languages.rust import writer
from upgrader.rulebook.pack import Argument, Call, FlagForm, Imported, Keyword, RuleForm, Text
from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile


def rule(**kinds: object) -> RuleForm:
    return RuleForm(id="rule", url="u", **kinds)  # type: ignore[arg-type]  # the kinds are those of RuleForm


NAMES = rule(
    rename={
        "rand::thread_rng": "rand::rng",
        "rand::Old": "rand::New",
        "rand::distributions::Standard": "rand::distr::StandardUniform",
        "rand::rngs::OsRng": "getrandom::SysRng",
        "rand::rngs::StdRng::from_entropy": "rand::rngs::StdRng::from_os_rng",
    },
    module={"rand::distributions": "rand::distr"},
)
METHODS = rule(method={"gen": "random", "gen_range": "random_range"}, on=["rand::Rng", "rand::**()"])


def run(text: str, *rules: RuleForm) -> tuple[str, list[str]]:
    after, notes = rewrite("a.rs", text, ["rand"], rules)
    return after, [note.message for note in notes]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("fn f() { thread_rng(); }", id="not imported"),
        pytest.param("use other::thread_rng; fn f() { thread_rng(); }", id="another crate's"),
        pytest.param("use rand::thread_rngs;", id="begins alike"),
        pytest.param("use rand::Other; fn f(x: rand::distr::X) {}", id="other names"),
        pytest.param("mod rand {} fn f() { rand::thread_rng(); }", id="a module of the name"),
        pytest.param('fn f() { "rand::thread_rng()"; } // rand::thread_rng()', id="text"),
        pytest.param("fn f(x: X) { x.gen_range(1); }", id="a method without the trait"),
        pytest.param("use rand::Rng; fn f(x: X) { x.gen_range; gen_range(); }", id="no call of a method"),
        pytest.param("mod m { use rand::Rng; } fn f(x: X) { x.gen(); }", id="the trait in another module"),
    ],
)
def test_stays(text: str) -> None:
    assert run(text, NAMES, METHODS) == (text, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("fn f() { rand::thread_rng() }", "fn f() { rand::rng() }", id="path"),
        pytest.param(
            "use rand::thread_rng; fn f() { thread_rng() }", "use rand::rng; fn f() { rng() }", id="import"
        ),
        pytest.param(
            "use rand::{Rng, thread_rng}; fn f() { thread_rng() }",
            "use rand::{Rng, rng}; fn f() { rng() }",
            id="list",
        ),
        pytest.param(
            "use rand::thread_rng as t; fn f() { t() }",
            "use rand::rng as t; fn f() { t() }",
            id="alias stays",
        ),
        pytest.param("pub use rand::Old;", "pub use rand::New as Old;", id="handed on"),
        pytest.param(
            "use rand::thread_rng; fn f() { let mut rng = thread_rng(); }",
            "use rand::rng; fn f() { let mut rng = rng(); }",
            id="a variable of the name comes after",
        ),
        pytest.param(
            "use rand::thread_rng;\nfn f() { let rng = 1; thread_rng(); }",
            "fn f() { let rng = 1; rand::rng(); }",
            id="a variable of the name",
        ),
        pytest.param(
            "use rand::{thread_rng, Rng};\nfn f(rng: u8) { thread_rng(); }",
            "use rand::Rng;\nfn f(rng: u8) { rand::rng(); }",
            id="a parameter of the name, import dropped from its list",
        ),
        pytest.param(
            "use rand::{rng, thread_rng}; fn f() { rng(); thread_rng(); }",
            "use rand::rng; fn f() { rng(); rng(); }",
            id="imported already",
        ),
        pytest.param(
            "use rand::distributions::{Standard, Uniform}; fn f(x: Standard) {}",
            "use rand::distr::{StandardUniform, Uniform}; fn f(x: StandardUniform) {}",
            id="module and name",
        ),
        pytest.param(
            "use rand::{distributions::Standard, Rng}; fn f(x: Standard) {}",
            "use rand::{distr::StandardUniform, Rng}; fn f(x: StandardUniform) {}",
            id="module in a list",
        ),
        pytest.param(
            "use rand::distributions; fn f(x: distributions::Standard) {}",
            "use rand::distr; fn f(x: distr::StandardUniform) {}",
            id="module imported",
        ),
        pytest.param(
            "fn f(x: rand::distributions::Standard) {}",
            "fn f(x: rand::distr::StandardUniform) {}",
            id="written out",
        ),
        pytest.param(
            "use rand::rngs::OsRng; fn f() { OsRng; }",
            "use getrandom::SysRng; fn f() { SysRng; }",
            id="crate",
        ),
        pytest.param(
            "use rand::rngs::{OsRng, StdRng};\nfn f() { OsRng; StdRng::x(); }",
            "use getrandom::SysRng;\nuse rand::rngs::StdRng;\nfn f() { SysRng; StdRng::x(); }",
            id="another crate out of a list",
        ),
        pytest.param(
            "fn f() { rand::rngs::OsRng; }", "fn f() { getrandom::SysRng; }", id="another crate by path"
        ),
        pytest.param(
            "use rand::rngs::StdRng; fn f() { StdRng::from_entropy(); }",
            "use rand::rngs::StdRng; fn f() { StdRng::from_os_rng(); }",
            id="associated function",
        ),
        pytest.param(
            "use rand::prelude::*; fn f() { m!(rand::thread_rng()); }",
            "use rand::prelude::*; fn f() { m!(rand::rng()); }",
            id="among tokens",
        ),
        pytest.param(
            "mod t { use super::*; fn f() { thread_rng(); } } use rand::thread_rng;",
            "mod t { use super::*; fn f() { rng(); } } use rand::rng;",
            id="module below",
        ),
    ],
)
def test_names(before: str, after: str) -> None:
    same = {"rand": ["rand::prelude"]}
    assert rewrite("a.rs", before, ["rand"], [NAMES], same)[0] == after


def test_names_of_a_glob() -> None:
    before = "use rand::prelude::*;\nfn f() { thread_rng(); let rng = 1; thread_rng(); }"
    after = "use rand::prelude::*;\nfn f() { rand::rng(); let rng = 1; rand::rng(); }"
    assert rewrite("a.rs", before, ["rand"], [NAMES], {"rand": ["rand::prelude"]}) == (after, [])
    own = rule(rename={"rand::prelude::Old": "rand::prelude::New"})
    assert run("use rand::prelude::*;\nfn f(x: Old) {}", own)[0] == "use rand::prelude::*;\nfn f(x: New) {}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x.gen_range(0..1);", "x.random_range(0..1);", id="call"),
        pytest.param("x.gen::<u8>();", "x.random::<u8>();", id="turbofish"),
        pytest.param("x.r#gen::<u8>();", "x.random::<u8>();", id="raw"),
        pytest.param('println!("{}", x.gen::<u8>());', 'println!("{}", x.random::<u8>());', id="macro"),
        pytest.param(
            "vec![m!(x.gen_range(1..2))];", "vec![m!(x.random_range(1..2))];", id="macro in a macro"
        ),
        pytest.param("rand::thread_rng().gen();", "rand::thread_rng().random();", id="value"),
        pytest.param("Rng::gen_range(&mut x, 1..2);", "Rng::random_range(&mut x, 1..2);", id="by the trait"),
        pytest.param("x\n    .gen_range(1..2);", "x\n    .random_range(1..2);", id="over two lines"),
    ],
)
def test_methods(before: str, after: str) -> None:
    assert (
        run(f"use rand::Rng;\nfn f() {{ {before} }}", METHODS)[0] == f"use rand::Rng;\nfn f() {{ {after} }}"
    )


def test_a_method_of_the_file_is_a_note() -> None:
    text = "use rand::Rng; struct S; impl S { fn gen(&self) {} } fn f(x: X) { x.gen(); }"
    after, notes = run(text, METHODS)
    assert after == text
    assert notes == ["gen is also a method of this file: change it by hand if it is rand::Rng's"]


FIELDS = rule(
    keyword=Keyword(of=["rand::Opt"], rename={"old": "new"}, remove=["gone"], wrap={"at": "Some({})"}, add={"b": "1"},
                    unless=["no"])
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("rand::Opt { old: 1, b: 2 };", "rand::Opt { new: 1, b: 2 };", id="renamed"),
        pytest.param("rand::Opt { old, b: 2 };", "rand::Opt { new: old, b: 2 };", id="short form"),
        pytest.param(
            "rand::Opt { gone: 1, b: 2, no: 1 };", "rand::Opt { gone: 1, b: 2, no: 1 };", id="unless"
        ),
        pytest.param("rand::Opt { gone: 1, b: 2 };", "rand::Opt { b: 2 };", id="removed"),
        pytest.param("rand::Opt { at: x, b: 2 };", "rand::Opt { at: Some(x), b: 2 };", id="wrapped"),
        pytest.param("rand::Opt { a: x };", "rand::Opt { a: x, b: 1 };", id="added"),
        pytest.param(
            "rand::Opt { a: x, ..d() };", "rand::Opt { a: x, b: 1, ..d() };", id="added before the rest"
        ),
        pytest.param(
            "let mut o: rand::Opt = x; o.old = 1;", "let mut o: rand::Opt = x; o.new = 1;", id="selected"
        ),
        pytest.param("Opt { old: 1 };", "Opt { old: 1 };", id="another struct"),
    ],
)
def test_fields(before: str, after: str) -> None:
    assert run(f"fn f() {{ {before} }}", FIELDS)[0] == f"fn f() {{ {after} }}"


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        pytest.param({"argument": Argument(of=["rand::f"], drop=[1], count=[2])}, "rand::f(a, b)", "rand::f(a)",
                     id="drop"),
        pytest.param({"argument": Argument(of=["rand::f"], wrap={0: "Some({})"})}, "rand::f(a)", "rand::f(Some(a))",
                     id="wrap"),
        pytest.param({"call": Call(of=["rand::A()**.takes_value"], to="{receiver}.num_args(1)")},
                     'rand::A::new("x").short(c).takes_value(true).help("y")',
                     'rand::A::new("x").short(c).num_args(1).help("y")', id="link of a chain"),
        pytest.param({"call": Call(of=["rand::A()**.required"], when={"0": "false"}, to="{receiver}")},
                     'rand::A::new("x")\n    .required(false)\n    .b()', 'rand::A::new("x")\n    .b()',
                     id="link dropped"),
        pytest.param({"call": Call(of=["rand::A()**.value_of"], count=[1], to="{receiver}.get::<String>({0}).map(f)")},
                     'let a: rand::A = b; m!("{}", a.value_of("x").unwrap(), a.value_of(1, 2))',
                     'let a: rand::A = b; m!("{}", a.get::<String>("x").map(f).unwrap(), a.value_of(1, 2))',
                     id="link in a macro"),
        pytest.param({"call": Call(of=["rand::A()**.drop"], when={"0": "true"}, to="{receiver}")},
                     'm!(rand::A::new("x").drop(true).a().drop(false))', 'm!(rand::A::new("x").a().drop(false))',
                     id="link dropped in a macro"),
        pytest.param({"call": Call(of=["rand::encode"], to="{use:rand::Engine}::new().encode({0})")},
                     "rand::encode(x)", "rand::Engine::new().encode(x)", id="call"),
        pytest.param({"text": Text(of=["rand::A().route"], argument=[0], find=r":(\w+)", replace=r"{\1}")},
                     'rand::A::new().route("/:a/b", x)', 'rand::A::new().route("/{a}/b", x)', id="text"),
        pytest.param({"text": Text(of=["rand::A().route"], find="a", replace="b")},
                     'rand::A::new().route(r"a", x)', 'rand::A::new().route(r"b", x)', id="raw text"),
    ],
)  # fmt: skip
def test_calls(form: dict[str, object], before: str, after: str) -> None:
    text, notes = run(f"fn f() {{ {before}; }}", rule(**form))
    assert (
        text.removeprefix("use rand::Engine;\n\n").replace("{ Engine::", "{ rand::Engine::")
        == f"fn f() {{ {after}; }}"
    )
    assert notes == []


def test_imported() -> None:
    form = rule(imported=Imported(add=["rand::RngExt"], remove=["rand::Rng"], when=["rand::Rng::a"]))
    before = "//! A crate.\n\nuse rand::Rng;\n\nfn f(x: X) { x.a(); }\n"
    after = "//! A crate.\n\nuse rand::RngExt;\n\nfn f(x: X) { x.a(); }\n"
    assert run(before, form)[0].replace("use rand::RngExt;\n\n", "use rand::RngExt;\n\n") == after
    assert run("fn f() { rand::random(); }\n", form)[0] == "fn f() { rand::random(); }\n"


TRAITS = rule(
    imported=Imported(
        add=["rand::seq::Indexed"],
        remove=["rand::seq::Slice"],
        when=["rand::seq::Slice::choose"],
        unless=["rand::seq::Slice::shuffle"],
    )
)


@pytest.mark.parametrize(
    ("imports", "body", "after"),
    [
        pytest.param("use rand::seq::Slice;", "x.shuffle(r);", None, id="not needed"),
        pytest.param("use rand::seq::{Indexed, Slice};", "x.shuffle(r); x.choose(r);", None, id="both there"),
        pytest.param("use rand::seq::Slice;", "x.choose(r);", "use rand::seq::Indexed;", id="in its place"),
        pytest.param("use rand::seq::Slice as _;", "x.choose(r);", "use rand::seq::Indexed as _;", id="without a name"),
        pytest.param(
            "use rand::seq::Slice;", "x.shuffle(r); x.choose(r);", "use rand::seq::{Indexed, Slice};", id="beside it"
        ),
        pytest.param(
            "use rand::{seq::Slice, Rng};", "x.choose(r); x.shuffle(r);", "use rand::{seq::{Indexed, Slice}, Rng};",
            id="beside it in a tree",
        ),
        pytest.param(
            "use rand::seq::{A, Slice};", "x.choose(r); x.shuffle(r);", "use rand::seq::{A, Indexed, Slice};",
            id="beside it in a list",
        ),
        pytest.param("use rand::seq::{Indexed, Slice};", "x.choose(r);", "use rand::seq::Indexed;", id="needless now"),
    ],
)  # fmt: skip
def test_traits_beside_others(imports: str, body: str, after: str | None) -> None:
    text = f"{imports}\nfn f() {{ {body} }}\nmod other {{ fn g() {{ x.choose(r); }} }}\n"
    assert run(text, TRAITS)[0] == text.replace(imports, after or imports)


def test_flags() -> None:
    text = "use rand::Rng; fn f(x: X) { rand::a(); x.gen(); rand::b(1); rand::S { y: 1, z: 2 }; }"
    source = SourceFile("a.rs", text.encode(), "rust")
    flags = [
        FlagForm(id="symbol", url="u", message="m", symbols=["rand::a", "rand::Rng"]),
        FlagForm(id="count", url="u", message="m", count={"rand::b": [1]}),
        FlagForm(id="method", url="u", message="m", methods=["gen"]),
        FlagForm(id="field", url="u", message="m", keyword={"rand::S": ["z"]}),
    ]
    notes = writer.find_flags(source, read_uses(source, ["rand"]), flags, {})
    places = [(note.rule, text[note.span.start : note.span.end]) for note in notes]
    assert places == [
        ("symbol", "Rng"), ("symbol", "rand::a"), ("count", "rand::b"), ("method", "gen"), ("field", "z"),
    ]  # fmt: skip


@pytest.mark.tools("rustc")
def test_the_result_is_rust(tmp_path: Path) -> None:
    rustc = shutil.which("rustc")
    if rustc is None:
        pytest.skip("rustc is not installed")
    library = "pub mod distr { pub struct StandardUniform; } pub fn rng() -> Vec<u8> { vec![] }\n"
    text = (
        "use rand::{distributions::{Standard}, thread_rng};\nuse std::fmt;\n\n"
        "pub fn f(rng: u8) -> (u8, Vec<u8>, Standard) {\n    (rng, thread_rng(), Standard)\n}\n"
        "pub fn g() -> impl fmt::Debug {\n    let rng = thread_rng();\n    rng\n}\n"
    )
    after, _ = run(text, NAMES)
    (tmp_path / "a.rs").write_text(
        f"mod rand {{ {library} }}\n{after}".replace("use rand", "use crate::rand")
    )
    argv = [
        rustc,
        "--edition",
        "2021",
        "--crate-type",
        "lib",
        "--emit",
        "metadata",
        "-D",
        "warnings",
        "-A",
        "dead_code",
    ]
    done = subprocess.run(
        [*argv, "a.rs"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, after) == (0, after), done.stderr
