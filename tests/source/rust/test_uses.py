"""What a Rust file uses: what is no use first, then paths, imports, values, traits, tokens in macros."""

from __future__ import annotations

import pytest

from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Elsewhere, Uses


def read(text: str, elsewhere: Elsewhere | None = None, packages: tuple[str, ...] = ("rand",)) -> Uses:
    return read_uses(SourceFile("a.rs", text.encode(), "rust"), packages, elsewhere or {})


def symbols(text: str, elsewhere: Elsewhere | None = None) -> list[str]:
    """The symbols outside imports, without those of a crate alone."""
    return [use.symbol for use in read(text, elsewhere).uses if use.kind != "import" and use.symbol != "rand"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("fn f() { random(); }", id="not imported"),
        pytest.param("use randy::random; fn f() { random(); }", id="a crate that begins alike"),
        pytest.param("use other::rand; fn f() { rand::random(); }", id="another crate's module"),
        pytest.param("mod rand { pub fn random() {} } fn f() { rand::random(); }", id="a module of the file"),
        pytest.param("mod rand; fn f() { rand::random(); }", id="a module in another file"),
        pytest.param("use rand::random; fn f(random: u8) { random(); }", id="a parameter"),
        pytest.param("use rand::random; fn f() { let random = 1; random(); }", id="a variable"),
        pytest.param("use rand::random; fn f() { if let Some(random) = x { random(); } }", id="if let"),
        pytest.param("use rand::random; fn f() { for random in x { random(); } }", id="for"),
        pytest.param("use rand::random; fn f() { match x { A(random) => random(), _ => {} } }", id="match"),
        pytest.param("use rand::random; fn f() { match x { random => random() } }", id="match binds all"),
        pytest.param("use rand::random; fn f() { g(|random| random()); }", id="a closure's parameter"),
        pytest.param("use rand::random; fn f() { let (a, mut random) = x; random(); }", id="a pattern"),
        pytest.param(
            "use rand::random; fn f() { let S { x: random, .. } = y; random(); }", id="a struct pattern"
        ),
        pytest.param(
            "use rand::random; fn f() { let S { random, .. } = y; random(); }", id="a short pattern"
        ),
        pytest.param("use rand::random; fn f() { fn random() {} random(); }", id="an item inside"),
        pytest.param(
            "use rand::random; mod m { fn f() { random(); } }", id="a module inside sees no imports"
        ),
        pytest.param("fn f() { use rand::random; } fn g() { random(); }", id="an import of a block"),
        pytest.param("use rand::random as r; fn f() { random(); }", id="under another name"),
        pytest.param(
            "use rand::random; fn f() { self.random(); x.random; y::random(); }", id="members of others"
        ),
        pytest.param('use rand::random; fn f() { "random()"; /* random() */ } // rand::random', id="text"),
        pytest.param("use rand::Rng as _; struct Rng; fn f(x: Rng) {}", id="imported without a name"),
    ],
)
def test_no_use(text: str) -> None:
    assert symbols(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("use rand::Rng;", ["rand", "rand::Rng"], id="one"),
        pytest.param("use ::rand::Rng;", ["rand", "rand::Rng"], id="leading colons"),
        pytest.param("use rand::Rng as R;", ["rand", "rand::Rng"], id="alias"),
        pytest.param("use rand::{Rng, rngs::{StdRng, OsRng as O}};",
                     ["rand", "rand::Rng", "rand::rngs", "rand::rngs::StdRng", "rand::rngs::OsRng"], id="nested"),
        pytest.param("use rand::rngs::{self, StdRng};", ["rand", "rand::rngs", "rand::rngs::StdRng"], id="self"),
        pytest.param("use {rand::Rng, other::X};", ["rand", "rand::Rng"], id="list of crates"),
        pytest.param("pub(crate) use rand::rngs::*;", ["rand", "rand::rngs"], id="glob"),
        pytest.param("extern crate rand as r;", ["rand"], id="extern crate"),
        pytest.param("use rand as r; use r::Rng;", ["rand", "rand", "rand::Rng"], id="through an alias"),
        pytest.param("mod m { use rand::Rng; }", ["rand", "rand::Rng"], id="in a module"),
    ],
)  # fmt: skip
def test_imports(text: str, found: list[str]) -> None:
    assert [use.symbol for use in read(text).uses if use.kind == "import"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("fn f() { rand::random(); }", ["rand::random"], id="path"),
        pytest.param("fn f() { ::rand::random::<u8>(); }", ["rand::random"], id="leading colons"),
        pytest.param("fn f(x: &mut rand::rngs::StdRng) {}", ["rand::rngs", "rand::rngs::StdRng"], id="type"),
        pytest.param("fn f() -> Option<Vec<rand::A>> {}", ["rand::A"], id="generic"),
        pytest.param("fn f() { match x { rand::E::A(y) => y, rand::B => 1 } }", ["rand::E", "rand::E::A", "rand::B"],
                     id="patterns"),
        pytest.param("impl rand::RngCore for X {}", ["rand::RngCore"], id="impl"),
        pytest.param("fn f<R: rand::Rng + ?Sized>(r: &mut R) {}", ["rand::Rng"], id="bound"),
        pytest.param("#[derive(Debug, rand::D)] struct S;", ["rand::D"], id="derive"),
        pytest.param("#[rand::main] fn f() {}", ["rand::main"], id="attribute"),
        pytest.param("fn f() { <T as rand::Rng>::gen(x); }", ["rand::Rng::gen", "rand::Rng"], id="qualified"),
        pytest.param("fn f() { rand::m!(rand::x()); }", ["rand::m", "rand::x"], id="macro and its tokens"),
        pytest.param('fn f() { println!("{}", rand::random::<u8>()); }', ["rand::random"], id="tokens"),
        pytest.param("use rand::random; fn f() { vec![random(), x.random(), y::random()]; }", ["rand::random"],
                     id="tokens of an import"),
        pytest.param("use rand::random; fn f() { let random = 1; vec![random()]; }", [], id="shadowed among tokens"),
        pytest.param("use rand::random; fn f() { random(); { let random = 1; random(); } random(); }",
                     ["rand::random", "rand::random"], id="shadowed in a block"),
        pytest.param("use rand::random; fn f() { let random = random(); random.x(); }",
                     ["rand::random", "rand::random().x"], id="shadowed by its own value"),
        pytest.param("use rand::random; mod tests { use super::*; fn f() { random(); } }", ["rand::random"],
                     id="super::*"),
        pytest.param("use rand::rngs; fn f() { rngs::OsRng; let rngs = 1; rngs::A; }",
                     ["rand::rngs", "rand::rngs::OsRng", "rand::rngs", "rand::rngs::A"], id="values hide no modules"),
        pytest.param("fn f() { use rand::random; random(); }", ["rand::random"], id="import of a block"),
        pytest.param("use rand::prelude::*; fn f() { thread_rng(); Some(1); g(); } fn g() {}",
                     ["rand::prelude::thread_rng"], id="glob"),
    ],
)  # fmt: skip
def test_paths(text: str, found: list[str]) -> None:
    assert symbols(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("let x = rand::thread_rng(); x.a();", "rand::thread_rng().a", id="result"),
        pytest.param("let mut x = rand::StdRng::new(1); x.a();", "rand::StdRng().a", id="constructed"),
        pytest.param("let x = rand::StdRng::from_entropy()?; x.a();", "rand::StdRng().a", id="made from"),
        pytest.param("let x = rand::S { y: 1 }; x.a();", "rand::S().a", id="literal"),
        pytest.param("let x: &mut rand::S = y; x.a();", "rand::S().a", id="annotated"),
        pytest.param("let x: Option<Box<rand::S>> = y; x.unwrap().a();", "rand::S().a", id="wrapped"),
        pytest.param("rand::f().a().b(1)?.c();", "rand::f().a().b().c", id="chain"),
        pytest.param("rand::f().await.unwrap().clone().a();", "rand::f().a", id="handed through"),
        pytest.param("if let Some(x) = rand::f() { x.a(); }", "rand::f().a", id="if let"),
        pytest.param("let x = rand::f(); println!(\"{}\", x.a(1));", "rand::f().a", id="in a macro"),
        pytest.param("println!(\"{}\", rand::f().a::<u8>(1));", "rand::f().a", id="chain in a macro"),
        pytest.param("g(|x: rand::S| x.a());", "rand::S().a", id="closure"),
        pytest.param("let o = rand::S::new(); o.field = 1;", "rand::S().field", id="field"),
    ],
)  # fmt: skip
def test_values(text: str, found: str) -> None:
    assert symbols(f"fn f() {{ {text} }}")[-1] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("struct S { r: rand::R } impl S { fn f(&self) { self.r.a(); } }", "rand::R().a", id="field"),
        pytest.param("struct S { r: rand::R } fn f(s: &S) { s.r.a(); }", "rand::R().a", id="field of a parameter"),
        pytest.param("fn open() -> rand::R {} fn f() { let x = open(); x.a(); }", "rand::R().a", id="result"),
        pytest.param("struct S; impl S { fn r(&self) -> rand::R {} fn f(&self) { self.r().a(); } }", "rand::R().a",
                     id="result of a method"),
        pytest.param("type A = rand::R; fn f(x: A) { x.a(); }", "rand::R().a", id="alias"),
        pytest.param("fn f(x: impl rand::Rng) { x.a(); }", "rand::Rng::a", id="impl trait"),
        pytest.param("fn f(x: &mut dyn rand::Rng) { x.a(); }", "rand::Rng::a", id="dyn trait"),
        pytest.param("fn f<R: rand::Rng>(x: &mut R) { x.a(); }", "rand::Rng::a", id="bound"),
        pytest.param("fn f<R>(x: &mut R) where R: rand::Rng { x.a(); }", "rand::Rng::a", id="where"),
        pytest.param("use rand::Rng; fn f(x: X) { x.a(); }", "rand::Rng::a", id="trait in scope"),
        pytest.param("use rand::Rng as _; fn f(x: X) { vec![x.gen::<u8>()]; }", "rand::Rng::gen", id="among tokens"),
        pytest.param("use rand::prelude::*; struct X; fn f(x: X) { x.a(); }", "rand::prelude::*::a", id="glob"),
        pytest.param("use rand::Rng; fn f(x: X) { x.r#gen(); }", "rand::Rng::gen", id="raw"),
    ],
)  # fmt: skip
def test_members(text: str, found: str) -> None:
    uses = [use for use in read(text).uses if use.kind == "member"]
    assert (uses[-1].symbol, uses[-1].confidence) == (found, "likely")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("use rand::StdRng; fn f(x: X) { let r: StdRng = y; x.a(); }", id="a type, not a trait"),
        pytest.param("use rand::random; fn f(x: X) { random(); x.a(); }", id="a function"),
        pytest.param("use rand::Rng; fn f(x: X) { x.a; }", id="a field"),
        pytest.param("mod m { use rand::Rng; } fn f(x: X) { x.a(); }", id="imported elsewhere"),
    ],
)
def test_no_method_of_a_trait(text: str) -> None:
    assert [symbol for symbol in symbols(text) if symbol.endswith("::a")] == []


def test_a_method_of_the_file_is_unknown() -> None:
    text = "use rand::Rng; struct S; impl S { fn gen(&self) {} } fn f(x: X) { x.gen(); }"
    assert [(use.symbol, use.confidence) for use in read(text).uses if use.kind == "member"] == [
        ("rand::Rng::gen", "unknown")
    ]


def test_crates_under_other_names() -> None:
    text = "use r8::Rng; fn f() { serde_x::g(); }"
    uses = read(text, {"extern": {"r8": "rand"}}, ("rand", "serde-x"))
    assert [use.symbol for use in uses.uses] == ["rand", "rand::Rng", "serde_x", "serde_x::g"]


def test_handed_on_by_modules() -> None:
    assert read("pub use rand::Rng; pub use rand::rngs as r; pub type A = rand::X;").exported == {
        "Rng": "rand::Rng",
        "r": "rand::rngs",
        "A": "rand::X",
    }
    elsewhere = {"crate::util": {"r": "rand::rngs", "Rng": "rand::Rng"}}
    text = "use crate::util::{r, Rng}; fn f<R: Rng>(x: R) { r::OsRng; crate::util::r::A; }"
    assert [use.symbol for use in read(text, elsewhere).uses if use.kind == "import"] == [
        "rand::rngs",
        "rand::Rng",
    ]
    assert "rand::rngs::OsRng" in symbols(text, elsewhere)


def test_broken_code_is_read_as_far_as_it_goes() -> None:
    assert symbols("fn f() { rand::random( } } } rand::")[:1] == ["rand::random"]
