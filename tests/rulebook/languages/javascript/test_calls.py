"""Methods, arguments, call templates, strings, plain imports and flags."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.javascript.workshop import flag, flagged, mend, notes, rule
from upgrader.rulebook.pack import RuleForm

IMPORT = 'import D from "d"; '


def changed(text: str, *rules: RuleForm) -> str:
    return mend(IMPORT + text, *rules, packages=["d"]).removeprefix(IMPORT)


METHODS = {
    "other receiver": ("x.a(); D.a(); a();", "x.a(); D.a(); a();"),
    "own object": ("const c = { a() {} }; c.a();", "const c = { a() {} }; c.a();"),
    "instance": (
        "new D.C().a(); const c = new D.C(); c?.a();",
        "new D.C().b(); const c = new D.C(); c?.b();",
    ),
    "taken apart": ("const { a } = new D.C(); a();", "const { b: a } = new D.C(); a();"),
    "annotated": ("function f(c: D.C) { return c.a; }", "function f(c: D.C) { return c.b; }"),
    "subclass": ("class E extends D.C { m() { this.a(); } }", "class E extends D.C { m() { this.b(); } }"),
}


@pytest.mark.parametrize(("before", "after"), METHODS.values(), ids=METHODS)
def test_methods_of_a_receiver(before: str, after: str) -> None:
    assert changed(before, rule(method={"a": "b"}, on=["d#C()"])) == after


def test_methods_of_any_receiver() -> None:
    anywhere = rule(method={"a": "b"})
    assert changed("x.a(); x.y.a(1).a(); x.a; a(); x = { a: 1 };", anywhere) == (
        "x.b(); x.y.b(1).b(); x.a; a(); x = { a: 1 };"
    )
    assert mend('import E from "e"; x.a();', anywhere, packages=["d"]) == 'import E from "e"; x.a();'


ARGUMENTS = {
    "swap": (
        {"order": [1, 0], "when": {0: r"\d+"}},
        "D.f(1, 'x'); D.f('x', 1);",
        "D.f('x', 1); D.f('x', 1);",
    ),
    "swap keeps comments between": (
        {"order": [1, 0], "when": {0: r"\d+"}},
        "D.f(\n  1, // status\n  u,\n);",
        "D.f(\n  u, // status\n  1,\n);",
    ),
    "drop": (
        {"drop": [1], "count": [2]},
        "D.f(a, b); D.f(a); D.f(a, b, c);",
        "D.f(a); D.f(a); D.f(a, b, c);",
    ),
    "drop the only one": ({"drop": [0], "count": [1]}, "D.f(a,);", "D.f();"),
    "insert": ({"insert": {0: "q"}, "count": [1]}, "D.f(a); D.f(a, b);", "D.f(q, a); D.f(a, b);"),
    "insert the first": ({"insert": {0: "q"}, "count": [0]}, "D.f();", "D.f(q);"),
    "append": ({"insert": {1: "q"}, "count": [1]}, "D.f(a);", "D.f(a, q);"),
    "wrap": (
        {"wrap": {0: "String({})"}},
        "D.f(a); D.f(String(b)); D.f();",
        "D.f(String(a)); D.f(String(b)); D.f();",
    ),
    "spread": ({"drop": [0], "count": [1]}, "D.f(...x);", "D.f(...x);"),
    "not called": ({"drop": [0]}, "g(D.f, 1);", "g(D.f, 1);"),
}


@pytest.mark.parametrize(("words", "before", "after"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments(words: dict[str, object], before: str, after: str) -> None:
    assert changed(before, rule(argument={"of": ["d#f"], **words})) == after


CALLS = {
    "parts in another order": ("{receiver}.s({1}).f2({0})", "D.f(a, b);", "D.s(b).f2(a);"),
    "all arguments as written": (
        "{receiver}.g({...})",
        "D.f(\n  1, // one\n  D.f(2),\n);",
        "D.g(\n  1, // one\n  D.g(2),\n);",
    ),
    "a comment that would be lost": ("{receiver}.g({0})", "D.f(a, /* why */ b);", "D.f(a, /* why */ b);"),
    "the rest": ("{receiver}.g({0}, x, {1...})", "D.f(a, b, c);", "D.g(a, x, b, c);"),
    "no such argument": ("{receiver}.g({1})", "D.f(a);", "D.f(a);"),
    "not called": ("{receiver}.g({...})", "h(D.f);", "h(D.f);"),
    "braces": ("{receiver}.g({{ k: {0} })", "D.f(a);", "D.g({ k: a });"),
    "an option": ("{receiver}.g({key=})", "D.f({ key: 12, b: 1 });", "D.g(12);"),
    "an expression": ("{receiver}.g", "h(D.f);", "h(D.g);"),
}


@pytest.mark.parametrize(("to", "before", "after"), CALLS.values(), ids=CALLS)
def test_calls_from_a_template(to: str, before: str, after: str) -> None:
    assert changed(before, rule(call={"of": ["d#f"], "to": to})) == after


AWAITS = {
    "plain": ("async () => { D.f(); };", "async () => { await D.f(); };"),
    "followed by a member": ("async () => D.f().x();", "async () => (await D.f()).x();"),
    "awaited": ("async () => await D.f();", "async () => await D.f();"),
    "awaited in parentheses": ("async () => (await D.f()).x;", "async () => (await D.f()).x;"),
    "then": ("D.f().then(g);", "D.f().then(g);"),
    "not async": ("() => D.f();", "() => D.f();"),
    "inner function is not async": ("async () => { g(() => D.f()); };", "async () => { g(() => D.f()); };"),
    "top of a module": ("const x = D.f();", "const x = await D.f();"),
}


@pytest.mark.parametrize(("before", "after"), AWAITS.values(), ids=AWAITS)
def test_await(before: str, after: str) -> None:
    assert changed(before, rule(call={"of": ["d#f"], "to": "{await}{callee}({...})"})) == after


def test_where_await_cannot_stand_is_told() -> None:
    form = rule(call={"of": ["d#f"], "to": "{await}{callee}({...})"})
    assert notes(IMPORT + "() => D.f();", form, packages=["d"]) == ["D.f"]


def test_a_template_with_an_import() -> None:
    form = rule(call={"of": ["d#f"], "to": "{use:e#g}({...})"})
    assert mend('import { f } from "d";\nf(1);', form, packages=["d"]) == 'import { g } from "e";\ng(1);'
    taken = 'import { f } from "d";\nconst g = 1;\nf(g);'
    assert mend(taken, form, packages=["d"]) == taken


def test_a_template_with_a_local_name() -> None:
    form = rule(call={"of": ["d#**@1.back"], "to": "{receiver}.to({use:d#**@0}.from)"})
    before = "D.get((q, r) => r.back()); D.get(function (_, r) { return () => r.back(); });"
    after = "D.get((q, r) => r.to(q.from)); D.get(function (_, r) { return () => r.to(_.from); });"
    assert changed(before, form) == after
    hidden = "D.get((q, r) => { f((q) => r.back()); });"
    assert changed(hidden, form) == hidden


TEXTS = {
    "first argument": ('D.f("xa", "xb");', 'D.f("ya", "xb");'),
    "single quotes": ("D.f('xa');", "D.f('ya');"),
    "template": ("D.f(`xa${x}x`);", "D.f(`ya${x}x`);"),
    "array": ('D.f(["xa", "b", g("x")]);', 'D.f(["ya", "b", g("x")]);'),
    "attribute": ('<D.C path="xa" q="xa" />;', '<D.C path="ya" q="xa" />;'),
    "option": ('new D.C({ path: "xa" });', 'new D.C({ path: "ya" });'),
    "variable": ("D.f(x);", "D.f(x);"),
    "other callee": ('D.g("xa"); f("xa");', 'D.g("xa"); f("xa");'),
}


@pytest.mark.parametrize(("before", "after"), TEXTS.values(), ids=TEXTS)
def test_strings(before: str, after: str) -> None:
    form = {"of": ["d#f", "d#C"], "argument": [0, "path"], "find": "^x", "replace": "y"}
    assert changed(before, rule(text=form)) == after


IMPORTS = {
    "added": (
        {"add": ["e#z"], "when": ["d#f"]},
        'import D from "d";\nD.f();',
        'import D from "d";\nimport { z } from "e";\nD.f();',
    ),
    "not used": (
        {"add": ["e#z"], "when": ["d#f"]},
        'import D from "d";\nD.g();',
        'import D from "d";\nD.g();',
    ),
    "there": ({"add": ["d#default"]}, 'import D from "d";\nD.f();', 'import D from "d";\nD.f();'),
    "removed": ({"remove": ["d#*", "d#default"]}, 'import D from "d";\nx;', "x;"),
    "removed, side effect": ({"remove": ["d#*"]}, "import 'd';\nx;", "x;"),
    "still used": ({"remove": ["d#default"]}, 'import D from "d";\nD.x;', 'import D from "d";\nD.x;'),
    "default": (
        {"add": ["prop-types#default"]},
        "'use strict';\nrequire('d');",
        "'use strict';\nconst propTypes = require('prop-types');\nrequire('d');",
    ),
    "header": (
        {"add": ["e#z"]},
        '#!/usr/bin/env node\n// licence\n\n"use strict";\nexport * from "d";\n',
        '#!/usr/bin/env node\n// licence\n\n"use strict";\nimport { z } from "e";\nexport * from "d";\n',
    ),
}


@pytest.mark.parametrize(("words", "before", "after"), IMPORTS.values(), ids=IMPORTS)
def test_imports(words: dict[str, object], before: str, after: str) -> None:
    assert mend(before, rule(imported=words), packages=["d"]) == after


FLAGS = {
    "symbol": ({"symbols": ["d#f"]}, "D.f(); D.g();", ["D.f"]),
    "symbol imported only": ({"symbols": ["d#f"]}, 'import { f } from "d";', ["f"]),
    "shadowed": ({"symbols": ["d#f"]}, "function q(D) { D.f(); }", []),
    "option": ({"keyword": {"d#f": ["a"]}}, "D.f({ a: 1 }); D.f({ b: 1 });", ["a: 1"]),
    "attribute": ({"keyword": {"d#C": ["a"]}}, "<D.C a />;", ["a"]),
    "every call": ({"keyword": {"d#f": []}}, "D.f(); g(D.f);", ["D.f"]),
    "count": ({"count": {"d#f": [2]}}, "D.f(1); D.f(1, 2); D.f(...x);", ["D.f"]),
    "method": ({"methods": ["m"]}, "x.m(); m(); x = { m: 1 };", ["x.m"]),
}


@pytest.mark.parametrize(("words", "text", "expected"), FLAGS.values(), ids=FLAGS)
def test_flags(words: dict[str, object], text: str, expected: list[str]) -> None:
    assert flagged(IMPORT + text, flag(**words), packages=["d"]) == expected


def test_byte_order_mark_and_windows_lines() -> None:
    text = '\ufeffimport { f, c } from "d";\r\nf(c, "é");\r\n'
    moved = rule(rename={"d#f": "e#g"})
    after = '\ufeffimport { c } from "d";\r\nimport { g } from "e";\r\ng(c, "é");\r\n'
    assert mend(text, moved, packages=["d"]) == after
