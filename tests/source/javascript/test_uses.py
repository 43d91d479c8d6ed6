"""Which names mean which package's symbols in JavaScript and TypeScript."""

from __future__ import annotations

import pytest

from upgrader.source.reader import read_uses
from upgrader.source.syntax import Language, SourceFile
from upgrader.source.uses import Elsewhere, Uses


def read(text: str, language: Language = "tsx", elsewhere: Elsewhere | None = None) -> Uses:
    source = SourceFile("example", text.encode(), language)
    return read_uses(source, ["d", "@s/e"], elsewhere or {})


def symbols(text: str, language: Language = "tsx", elsewhere: Elsewhere | None = None) -> list[str]:
    """The symbols that are used outside of imports and specifiers, in order."""
    found = sorted(read(text, language, elsewhere).uses, key=lambda use: use.name)
    return [use.symbol for use in found if use.kind in ("name", "member")]


NOTHING = {
    "other package": 'import { a } from "e"; a();',
    "package with the name as prefix": 'import { a } from "dd"; a(); import b from "d-x"; b();',
    "module of the project": 'import { a } from "./d"; a();',
    "string that is no specifier": 'const a = "d"; a();',
    "parameter hides the import": 'import { a } from "d"; function f(a) { return a(); }',
    "destructured parameter hides it": 'import { a } from "d"; const f = ({ x: { a } }) => a();',
    "array parameter hides it": 'import { a } from "d"; const f = ([, a = 1]) => a();',
    "rest parameter hides it": 'import { a } from "d"; const f = (...a) => a();',
    "arrow parameter hides it": 'import { a } from "d"; const f = a => a();',
    "const in a block": 'import { a } from "d"; { const a = 1; a; }',
    "const after its use in the block": 'import { a } from "d"; { f(() => a); const a = 1; }',
    "var hoisted in a function": 'import { a } from "d"; function f() { if (x) { var a = 1; } a(); }',
    "catch": 'import { a } from "d"; try {} catch (a) { a(); }',
    "catch destructured": 'import { a } from "d"; try {} catch ({ a }) { a(); }',
    "for let": 'import { a } from "d"; for (let a = 0; a < 1; a++) { a; }',
    "for of": 'import { a } from "d"; for (const a of xs) { a(); }',
    "for in destructured": 'import { a } from "d"; for (const [a] of xs) { a(); }',
    "function declared in a function": 'import { a } from "d"; function f() { function a() {} a(); }',
    "function expression's own name": 'import { a } from "d"; const f = function a() { a(); };',
    "class declared in a function": 'import { a } from "d"; function f() { class a {} new a(); }',
    "enum in a namespace": 'import { a } from "d"; namespace n { enum a { x } a.x; }',
    "type in a function": 'import { a } from "d"; function f() { type a = string; let x: a; }',
    "type parameter": 'import { a } from "d"; function f<a>(x: a): a { return x as a; }',
    "type parameter of a class": 'import { a } from "d"; class C<a> { x: a; }',
    "infer": 'import { a } from "d"; type T<X> = X extends (infer a)[] ? a : never;',
    "property with the name": 'import { a } from "d"; x.a(); x = { a: 1, a() {} }; class C { a = 1; a() {} }',
    "label": 'import { a } from "d"; a: for (;;) { break a; }',
    "jsx attribute": 'import { a } from "d"; <X a={1} />;',
    "html tag": 'import { a } from "d"; <a href="x"></a>;',
    "local require": 'function f(require) { const { a } = require("d"); a(); }',
    "comment and template text": 'import { a } from "d"; // a()\nx = `a()`; y = "a()"; /* a */',
    "export name": 'import { a } from "d"; export { b as a };',
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_these_are_no_uses(text: str) -> None:
    assert symbols(text) == []


IMPORTS = {
    "default": ('import D from "d"; D; D.x;', ["d#default", "d#default", "d#x"]),
    "namespace": ('import * as D from "d"; D.x.y();', ["d#*", "d#x", "d#x.y"]),
    "named": ('import { a } from "d"; a();', ["d#a"]),
    "aliased": ('import { a as b } from "d"; b.c;', ["d#a", "d#a.c"]),
    "default as": ('import { default as b } from "d"; b.c;', ["d#default", "d#c"]),
    "both": ('import D, { a } from "d"; a(D);', ["d#a", "d#default"]),
    "type": ('import type { a } from "d"; let x: a<string>;', ["d#a"]),
    "inline type": ('import { type a, b } from "d"; let x: a = b;', ["d#a", "d#b"]),
    "attributes": ('import j from "d" with { type: "json" }; j.x;', ["d#default", "d#x"]),
    "scoped with a path": ('import { a } from "@s/e/f/g.js"; a;', ["@s/e/f/g.js#a"]),
    "import require": ('import D = require("d"); D.x;', ["d#default", "d#x"]),
    "require": ('const D = require("d"); D.x;', ["d#default", "d#x"]),
    "require with a template": ("const D = require(`d`); D.x;", ["d#default", "d#x"]),
    "require destructured": ('const { a, b: c, e = 1 } = require("d"); a(c, e);', ["d#a", "d#b", "d#e"]),
    "require nested": ('const { x: { y } } = require("d"); y;', ["d#x.y", "d#x.y"]),
    "require rest": ('const { a, ...r } = require("d"); r.t;', ["d#default", "d#t"]),
    "require member": ('const a = require("d").a; a();', ["d#a", "d#a"]),
    "require default": ('const a = require("d").default; a.x;', ["d#default", "d#default", "d#x"]),
    "require bare": ('require("d").a.b();', ["d#a", "d#a.b"]),
    "require called": ('require("d")("x").y;', ["d#default().y"]),
    "interop": ('var _d = _interopRequireDefault(require("d")); (0, _d.default)();', ["d#default"] * 2),
    "interop named": ('var _d = require("d"); (0, _d.a)();', ["d#default", "d#a"]),
    "importStar": ('const d = __importStar(require("d")); d.a();', ["d#default", "d#a"]),
    "import()": ('const d = await import("d"); d.a;', ["d#*", "d#a"]),
    "import() destructured": ('const { a: b } = await import("d"); b();', ["d#a"]),
    "import().then": ('import("d").then((m) => m.a);', ["d#*", "d#a"]),
    "import().then destructured": ('import("d").then(({ a }) => a());', ["d#a"]),
    "in a function": ('function f() { const { a } = require("d"); a(); } a();', ["d#a"]),
    "assigned later": ('let D; before(() => { D = require("d"); }); D.x;', ["d#default", "d#x"]),
}


@pytest.mark.parametrize(("text", "expected"), IMPORTS.values(), ids=IMPORTS)
def test_imports_in_all_forms(text: str, expected: list[str]) -> None:
    found = symbols(text)
    assert found == expected


CHAINS = {
    "optional": ("D?.a?.b?.();", ["d#a", "d#a.b"]),
    "literal index": ('D["a"].b;', ["d#a", "d#a.b"]),
    "generic call": ("D.get<T>(x).data;", ["d#get", "d#get().data"]),
    "non-null, as, parentheses": ("((D.a as any)!).b;", ["d#a", "d#a.b"]),
    "satisfies": ("(D.a satisfies X).b;", ["d#a", "d#a.b"]),
    "awaited": ("(await D.a()).b;", ["d#a", "d#a().b"]),
    "new": ("new D.A(1).b();", ["d#A", "d#A().b"]),
    "tagged template": ("D.a`x`.b;", ["d#a", "d#a().b"]),
    "element": ("<D.A x={1}><D.B /></D.A>;", ["d#A", "d#B", "d#A"]),
    "type": ("let x: D.FC<P>;", ["d#FC", "d#FC()"][:1]),
    "typeof": ("type T = typeof D.a;", ["d#a"]),
    "extends type": ("interface I extends D.J<K> {}", ["d#J"]),
    "shorthand": ("x = { D };", []),
    "spread and default": ("f(...D.a, (x = D.b) => x);", ["d#a", "d#b", "d#b"]),
}


@pytest.mark.parametrize(("text", "expected"), CHAINS.values(), ids=CHAINS)
def test_members_are_followed(text: str, expected: list[str]) -> None:
    whole = 'import D from "d"; ' + text
    assert [one for one in symbols(whole) if one != "d#default"] == expected


INSTANCES = {
    "new": ("const x = new D.A(); x.y();", "d#A().y"),
    "called and awaited": ("const x = await D.open(); x.y();", "d#open().y"),
    "copied": ("const E = D; const x = E.open(); x.y();", "d#open().y"),
    "assigned in a hook": ("let x; beforeEach(() => { x = D.open(); }); it(() => x.y());", "d#open().y"),
    "assigned twice alike": (
        "let x; f(() => { x = D.open(1); }); f(() => { x = D.open(2); x.y; });",
        "d#open().y",
    ),
    "destructured result": ("const { q } = D.useX(); q.y;", "d#useX().q.y"),
    "array result": ("const [, set] = D.useX(); set.y;", "d#useX().1.y"),
    "annotated parameter": ("function f(x: D.A) { x.y; }", "d#A().y"),
    "annotated, optional": ("function f(x?: D.A | null) { x.y; }", "d#A().y"),
    "annotated variable": ("let x: D.A<string>; x.y;", "d#A().y"),
    "class field": ("class Q { x = new D.A(); m() { this.x.y(); } }", "d#A().y"),
    "field from the constructor": (
        "class Q { constructor() { this.x = D.A(); } m() { this.x.y(); } }",
        "d#A().y",
    ),
    "annotated field": ("class Q { private x: D.A; m() { return () => this.x.y; } }", "d#A().y"),
    "parameter property": ("class Q { constructor(private x: D.A) {} m() { this.x.y; } }", "d#A().y"),
    "subclass": ("class Q extends D.C { m() { this.y(); } }", "d#C().y"),
    "subclass, super": ("class Q extends D.C { m() { super.y(); } }", "d#C().y"),
    "instance of a subclass": ("class Q extends D.C {} new Q().y();", "d#C().y"),
    "static of a subclass": ("class Q extends D.C {} Q.y();", "d#C.y"),
    "callback": ("D.get('/', (req, res) => res.y);", "d#get@1.y"),
    "callback, destructured": ("D.get('/', function ({ y }) { y; });", "d#get@0.y"),
    "callback of a chain": ("D.route('/').get((req, res) => res.y);", "d#route().get@1.y"),
    "callbacks in an array": ("D.get('/', [a, (q, r) => r.y]);", "d#get@1.y"),
    "wrapped callback": ("D.get('/', asyncHandler(async (q, r) => { r.y; }));", "d#get@1.y"),
    "named handler": ("D.get('/', h); function h(q, r) { r.y; }", "d#get@1.y"),
    "named handler, const": ("const h = async (q, r) => r.y; D.get('/', h);", "d#get@1.y"),
    "function of this file": ("function make() { const x = D.open(); return x; } make().y;", "d#open().y"),
    "arrow of this file": ("const make = async () => D.open(); const x = await make(); x.y;", "d#open().y"),
    "instanceof": ("try {} catch (e) { if (e instanceof D.A) e.y; }", "d#A().y"),
    "instanceof and more": ("f((e) => x && e instanceof D.A && e.y);", "d#A().y"),
    "instanceof, guard": ("try {} catch (e) { if (!(e instanceof D.A)) throw e; e.y; }", "d#A().y"),
    "cast": ("f((e) => (e as D.A).y);", "d#A().y"),
    "index": ("D.get('/', (req) => req.y[0]);", "d#get@0.y.0"),
    "then": ("D.get().then((x) => x.y);", "d#get().y"),
}


@pytest.mark.parametrize(("text", "expected"), INSTANCES.values(), ids=INSTANCES)
def test_what_calls_and_constructors_give(text: str, expected: str) -> None:
    found = [use for use in read('import D from "d"; ' + text).uses if use.symbol == expected]
    assert found
    assert {use.confidence for use in found} == {"likely"}


@pytest.mark.parametrize(
    "text",
    [
        "if (e instanceof D.A) { x; } else { e.y; }",
        "if (e instanceof D.A || z) { e.y; }",
        "if (!(e instanceof D.A)) { e.y; }",
        "if (!(e instanceof D.A)) log(e); e.y;",
        "if (e instanceof D.A) { x; } e.y;",
    ],
)
def test_where_an_instance_is_not_sure(text: str) -> None:
    found = read(f'import D from "d"; try {{}} catch (e) {{ {text} }}').uses
    assert [use.symbol for use in found if use.symbol.endswith(".y")] == []


def test_a_name_with_two_origins_is_unknown() -> None:
    found = read('import D from "d"; let x = new D.A(); x = other(); x.y();').uses
    assert [use.confidence for use in found if use.symbol == "d#A().y"] == ["unknown"]


def test_strings_that_name_modules() -> None:
    text = 'jest.mock("d"); vi.mock("d/x", f); jest.requireActual("d"); require.resolve("d"); declare module "d" {}'
    found = read(text, "typescript").uses
    assert [use.symbol for use in found if use.kind == "string"] == [
        "d#*",
        "d/x#*",
        "d#default",
        "d#*",
        "d#*",
    ]


def test_a_reference_to_types() -> None:
    text = '/// <reference types="d" />\nlet x;'
    source = SourceFile("example.ts", text.encode(), "typescript")
    (use,) = read_uses(source, ["d"]).uses
    assert (use.symbol, source.text[slice(*use.name)]) == ("d#*", "d")


EXPORTS = {
    "named": ('export { a as b } from "d";', {"b": "d#a"}),
    "all": ('export * from "d";', {"*": "d#*"}),
    "namespace": ('export * as n from "d";', {"n": "d#*"}),
    "imported then exported": ('import { a } from "d"; export { a as z };', {"z": "d#a"}),
    "default": ('import D from "d"; export default D.x;', {"default": "d#x"}),
    "constant": ('import D from "d"; export const q = D.x();', {"q": "d#x()"}),
    "module.exports": ('module.exports = require("d");', {"default": "d#default", "*": "d#default"}),
    "module.exports object": (
        'const { a } = require("d"); module.exports = { a, b: a.c };',
        {"a": "d#a", "b": "d#a.c"},
    ),
    "exports.x": ('exports.x = require("d").y;', {"x": "d#y"}),
    "nothing": ('import { a } from "d"; export const b = 1;', {}),
}


@pytest.mark.parametrize(("text", "expected"), EXPORTS.values(), ids=EXPORTS)
def test_what_a_module_hands_on(text: str, expected: dict[str, str]) -> None:
    assert read(text).exported == expected


THROUGH = {
    "named": ('import { q } from "./lib"; q.x;', ["d#a", "d#a.x"]),
    "namespace": ('import * as l from "./lib"; l.q();', ["d#a"]),
    "star": ('import { z } from "./all"; z();', ["d#z"]),
    "default": ('import D from "./lib"; D.x;', ["d#default", "d#x"]),
    "default through require": ('const D = require("./lib"); D.x;', ["d#x"]),
    "re-exported again": ('export { q as r } from "./lib";', []),
    "other name": ('import { w } from "./lib"; w();', []),
}


@pytest.mark.parametrize(("text", "expected"), THROUGH.values(), ids=THROUGH)
def test_through_modules_of_the_project(text: str, expected: list[str]) -> None:
    elsewhere = {"./lib": {"q": "d#a", "default": "d#default"}, "./all": {"*": "d#*"}}
    assert symbols(text, elsewhere=elsewhere) == expected


def test_names_that_need_no_import() -> None:
    elsewhere = {"": {"expect": "d#expect"}}
    assert symbols("expect(x).toBe(1); function f(expect) { expect(2).no; }", elsewhere=elsewhere) == [
        "d#expect",
        "d#expect().toBe",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '// @flow\nimport { type a, b } from "d";\nfunction f(x: a): b { return x; }',
        'import type { a } from "d"; let x: a;',
    ],
)
def test_types_in_a_javascript_file(text: str) -> None:
    assert "d#a" in symbols(text, "javascript")


CUSTOM = {
    "both": ("exports.f = (req, res) => res.y;", ["d#R()", "d#R().y"]),
    "with others": ("function f(err, req, res, next) { req.y; }", ["d#Q()", "d#Q().y"]),
    "one of them": ("exports.f = (res) => res.y;", []),
    "not in one list": ("(req) => (res) => res.y;", []),
    "annotated otherwise": ("function f(req: A, res: B) { res.y; }", []),
    "taken apart": ("function f({ req, res }) { res.y; }", []),
}


@pytest.mark.parametrize(("text", "expected"), CUSTOM.values(), ids=CUSTOM)
def test_parameters_by_custom(text: str, expected: list[str]) -> None:
    assert symbols(text, elsewhere={"()": {"req": "d#Q()", "res": "d#R()"}}) == expected


def test_computed_members_are_told() -> None:
    uses = read('import D from "d"; D[name]();')
    assert [reason for _, reason in uses.unresolved] == ["a member whose name is computed"]


@pytest.mark.parametrize(
    "text", ["import {", 'import { a } from "d"; ((((', 'let x = f(); x = x.next(); import f from "d";', ""]
)
def test_broken_and_circular_code_is_read(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "deep", ["f(() => " * 5000 + ")" * 5000, "{a:" * 3000, "(" * 50000, "[" * 9000 + "]" * 9000]
)
def test_absurd_nesting_is_told(deep: str) -> None:
    uses = read(f'import f from "d"; {deep}')
    assert [reason for _, reason in uses.unresolved] == ["nested too deeply to be read"]


def test_spans_count_characters() -> None:
    text = 'const s = "é𝒳"; import { a } from "d"; a();'
    source = SourceFile("example", text.encode(), "tsx")
    assert [source.text[slice(*use.name)] for use in read_uses(source, ["d"]).uses] == ["a", "a"]
