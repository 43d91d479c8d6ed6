"""Renamed and moved symbols, with their imports."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.javascript.workshop import mend, notes, rule

INPLACE = rule(rename={"d#a": "d#b", "d#C().old": "d#C().new"})
MOVED = rule(rename={"d#a": "e#b", "d#x": "e/f#x", "d#y": "e#default"})
DEEP = rule(rename={"uuid/v4#default": "uuid#v4", "uuid/v4#*": "uuid#v4"})

ALONE = {
    "other package": 'import { a } from "e"; a();',
    "project module": 'import { a } from "./d"; a();',
    "shadowed": 'import * as D from "d"; function f(D) { D.a(); }',
    "shadowed require": 'const D = require("d"); { const D = x; D.a(); }',
    "property": 'import D from "d"; x.a(); x = { a: 1 }; D.c.a();',
    "look-alike package": 'import { a } from "d-x"; a();',
    "string and comment": 'import D from "d"; "D.a"; `D.a`; // D.a',
    "no import": "D.a(); a();",
    "method elsewhere": 'import { C } from "d"; other.old(); old();',
    "torn variable": 'import { C } from "d"; let c = new C(); c = other(); c.old();',
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_left_alone(text: str) -> None:
    assert mend(text, INPLACE, MOVED, packages=["d"]) == text


SAME_MODULE = {
    "named": ('import { a } from "d"; a();', 'import { b } from "d"; b();'),
    "aliased": ('import { a as q, c } from "d"; q(c);', 'import { b as q, c } from "d"; q(c);'),
    "alias falls away": ('import { a as b } from "d"; b();', 'import { b } from "d"; b();'),
    "new name taken": (
        'import { a } from "d"; const b = 1; a(b);',
        'import { b as a } from "d"; const b = 1; a(b);',
    ),
    "already imported": ('import { a, b } from "d"; a(b);', 'import { b } from "d"; b(b);'),
    "shorthand": ('import { a } from "d"; x = { a };', 'import { b } from "d"; x = { a: b };'),
    "export keeps its name": (
        'import { a } from "d"; export { a };',
        'import { b } from "d"; export { b as a };',
    ),
    "only some scopes": (
        'import { a } from "d"; function f(a) { return a; } a;',
        'import { b } from "d"; function f(a) { return a; } b;',
    ),
    "namespace and index": ('import * as D from "d"; D.a(D["a"]);', 'import * as D from "d"; D.b(D["b"]);'),
    "optional chain": ('import D from "d"; D?.a?.();', 'import D from "d"; D?.b?.();'),
    "generic call": ('import D from "d"; D.a<T>(x);', 'import D from "d"; D.b<T>(x);'),
    "types": (
        'import type { a } from "d"; let x: a<string>;',
        'import type { b } from "d"; let x: b<string>;',
    ),
    "inline type": ('import { type a, c } from "d"; let x: a;', 'import { type b, c } from "d"; let x: b;'),
    "require": ('const { a } = require("d"); a();', 'const { b } = require("d"); b();'),
    "require renamed": ('const { a: q } = require("d"); q();', 'const { b: q } = require("d"); q();'),
    "require with default": ('const { a = 1 } = require("d"); a();', 'const { b = 1 } = require("d"); b();'),
    "require member": ('const q = require("d").a;', 'const q = require("d").b;'),
    "interop": ('var _d = _interop(require("d"));', 'var _d = _interop(require("d"));'),
    "interop call": (
        'var _d = _interopRequireDefault(require("d")); (0, _d.a)();',
        'var _d = _interopRequireDefault(require("d")); (0, _d.b)();',
    ),
    "dynamic": ('import("d").then(({ a }) => a());', 'import("d").then(({ b }) => b());'),
    "from a namespace": (
        'import D from "d"; const { a } = D; a();',
        'import D from "d"; const { b } = D; b();',
    ),
    "re-export": ('export { a } from "d";', 'export { b as a } from "d";'),
    "re-export aliased": ('export { a as b, c } from "d";', 'export { b, c } from "d";'),
    "tags": ('import D from "d"; <D.a x="1"><D.a /></D.a>;', 'import D from "d"; <D.b x="1"><D.b /></D.b>;'),
    "instance": ('import { C } from "d"; new C().old();', 'import { C } from "d"; new C().new();'),
    "result taken apart": (
        'import { C } from "d"; const { old } = new C(); old();',
        'import { C } from "d"; const { new: old } = new C(); old();',
    ),
    "own class keeps its name": (
        'import { C } from "d"; class a extends C { m() { this.old(); } }',
        'import { C } from "d"; class a extends C { m() { this.new(); } }',
    ),
}


@pytest.mark.parametrize(("before", "after"), SAME_MODULE.values(), ids=SAME_MODULE)
def test_renamed_in_its_module(before: str, after: str) -> None:
    assert mend(before, INPLACE, packages=["d"]) == after
    assert mend(after, INPLACE, packages=["d"]) == after


OTHER_MODULE = {
    "only item": ('import { a } from "d";\na();', 'import { b } from "e";\nb();'),
    "one of several": (
        "import { a, c } from 'd';\na(c);",
        "import { c } from 'd';\nimport { b } from 'e';\nb(c);",
    ),
    "to two modules": (
        'import { a, x, c } from "d"\na(x, c)',
        'import { c } from "d"\nimport { b } from "e"\nimport { x } from "e/f"\nb(x, c)',
    ),
    "type": ('import type { a } from "d"; let x: a;', 'import type { b } from "e"; let x: b;'),
    "into an import that is there": (
        'import { q } from "e";\nimport { a, c } from "d";\na(q, c);',
        'import { q, b } from "e";\nimport { c } from "d";\nb(q, c);',
    ),
    "into a default import": (
        'import E from "e";\nimport D from "d";\nE(D.x, D.a, D.c);',
        'import E, { b } from "e";\nimport D from "d";\nimport { x } from "e/f";\nE(x, b, D.c);',
    ),
    "member, import no longer needed": ('import * as D from "d";\nD.a();', 'import { b } from "e";\nb();'),
    "member, import needed": (
        'import D from "d";\nD.a(D.c);',
        'import D from "d";\nimport { b } from "e";\nb(D.c);',
    ),
    "default": ('import * as D from "d";\nD.y();', 'import y from "e";\ny();'),
    "require": (
        'const { a, c } = require("d");\na(c);',
        'const { c } = require("d");\nconst { b } = require("e");\nb(c);',
    ),
    "require only item": ("const { a } = require('d');\na();", "const { b } = require('e');\nb();"),
    "require member": ('require("d").a();', 'require("e").b();'),
    "actual module of a mock": ('jest.requireActual("d").a();', 'jest.requireActual("e").b();'),
    "dynamic member": ('async () => (await import("d")).a();', 'async () => (await import("e")).b();'),
    "dynamic, taken apart": (
        'async () => { const { a } = await import("d"); a(); };',
        'async () => { const { b } = await import("e"); b(); };',
    ),
    "re-export": ('export { a } from "d";', 'export { b as a } from "e";'),
    "re-export of several": (
        'export { a, c as z } from "d";',
        'export { c as z } from "d";\nexport { b as a } from "e";',
    ),
    "after the directive": (
        "'use client'\n\nimport {\n  a,\n  c,\n} from 'd'\n\na(c)",
        "'use client'\n\nimport {\n  c,\n} from 'd'\nimport { b } from 'e'\n\nb(c)",
    ),
    "multi-line import that is there": (
        'import {\n  q,\n} from "e";\nimport { a } from "d";\na(q);',
        'import {\n  q,\n  b,\n} from "e";\nb(q);',
    ),
    "windows line endings": (
        'import { a, c } from "d";\r\na(c);\r\n',
        'import { c } from "d";\r\nimport { b } from "e";\r\nb(c);\r\n',
    ),
    "comments beside items": (
        'import {\n  c, // see\n  a, // why\n} from "d";\na(c);',
        'import {\n  c, // see\n} from "d";\nimport { b } from "e";\nb(c);',
    ),
    "exported require": (
        'export const { a } = require("d");\na();',
        'export const { b: a } = require("e");\na();',
    ),
    "loaded when it runs": (
        'function f() { const D = require("d"); return D.a(); }',
        'function f() { const D = require("d"); return D.a(); }',
    ),
    "loaded when it runs, taken apart": (
        'if (x) { const { a, c } = require("d"); a(c); }',
        'if (x) { const { a, c } = require("d"); a(c); }',
    ),
    "loaded lazily": (
        'async () => { const D = await import("d"); D.a(); };',
        'async () => { const D = await import("d"); D.a(); };',
    ),
    "comment behind the import": (
        'import { a, c } from "d"; // why\na(c);',
        'import { c } from "d"; // why\nimport { b } from "e";\nb(c);',
    ),
}


@pytest.mark.parametrize(("before", "after"), OTHER_MODULE.values(), ids=OTHER_MODULE)
def test_moved_to_another_module(before: str, after: str) -> None:
    assert mend(before, MOVED, packages=["d"]) == after
    assert mend(after, MOVED, packages=["d"]) == after


DEFAULT_TO_NAMED = {
    "default": ('import id from "uuid/v4";\nid();', 'import { v4 as id } from "uuid";\nid();'),
    "same name": ('import v4 from "uuid/v4";\nv4();', 'import { v4 } from "uuid";\nv4();'),
    "namespace": ('import * as id from "uuid/v4"; id();', 'import { v4 as id } from "uuid"; id();'),
    "require": ('const id = require("uuid/v4");', 'const { v4: id } = require("uuid");'),
    "require called": ('const id = require("uuid/v4")();', 'const id = require("uuid").v4();'),
    "two declarators": ('const v4 = require("uuid/v4"), x = 1;', 'const { v4 } = require("uuid"), x = 1;'),
}


@pytest.mark.parametrize(("before", "after"), DEFAULT_TO_NAMED.values(), ids=DEFAULT_TO_NAMED)
def test_default_export_becomes_a_named_one(before: str, after: str) -> None:
    assert mend(before, DEEP, packages=["uuid"]) == after


def test_doubtful_places_are_told() -> None:
    text = 'import { C } from "d"; let c = new C(); c = other(); c.old();'
    assert notes(text, INPLACE, packages=["d"]) == ["c.old"]


def test_a_star_keeps_the_name() -> None:
    wide = rule(rename={"d#default().*@1.send": "d#default().*@1.emit"})
    before = (
        'import d from "d"; const x = d(); x.get("/", (q, r) => r.send(1)); x.post("/", h); '
        "function h(q, r) { r.send(2) }"
    )
    assert mend(before, wide, packages=["d"]) == before.replace(".send(", ".emit(")


def test_names_without_import() -> None:
    renamed = rule(rename={"d#jest.old": "d#jest.new"})
    text = "jest.old(); function f(jest) { jest.old(); }"
    after = "jest.new(); function f(jest) { jest.old(); }"
    assert mend(text, renamed, packages=["d"], elsewhere={"": {"jest": "d#jest"}}) == after


def test_beside_another_spelling_of_the_parent() -> None:
    renamed = rule(rename={"d#z.Old": "d#z.New", "d#z.native": "d#z.enum"})
    same = {"d#z": ["d#*", "d#default"]}
    table = {
        'import { z } from "d"; z.Old; z.native();': 'import { z } from "d"; z.New; z.enum();',
        'import * as q from "d"; q.Old; q.native();': 'import * as q from "d"; q.New; q.enum();',
        'import { Old } from "d"; let x: Old;': 'import { New } from "d"; let x: New;',
        'import { native } from "d"; native();': 'import { z } from "d"; z.enum();',
    }
    for before, after in table.items():
        assert mend(before, renamed, packages=["d"], same=same) == after


def test_several_names_become_one() -> None:
    one = rule(rename={"d#a": "d#b", "d#c": "d#b"})
    table = {
        '\nimport { a, type c } from "d";\na(x as c);\n': '\nimport { b } from "d";\nb(x as b);\n',
        'import { type a, c } from "d"; c(x as a);': 'import { type b, b as c } from "d"; c(x as b);',
        'import { a, c as q } from "d"; a(q);': 'import { b, b as q } from "d"; b(q);',
    }
    for before, after in table.items():
        assert mend(before, one, packages=["d"]) == after


def test_through_a_module_of_the_project() -> None:
    elsewhere = {"./lib": {"a": "d#a", "D": "d#default"}}
    table = {
        'import { a } from "./lib"; a();': 'import { a } from "./lib"; a();',
        'import { D } from "./lib"; D.a();': 'import { D } from "./lib"; D.b();',
    }
    for before, after in table.items():
        assert mend(before, INPLACE, packages=["d"], elsewhere=elsewhere) == after


def test_spelled_by_an_import_through_the_project() -> None:
    insert = rule(argument={"of": ["d#z.f"], "count": [1], "insert": {0: "{use:d#z}.s()"}})
    before, after = (
        'import { z as y } from "./lib"; y.f(1);',
        'import { z as y } from "./lib"; y.f(y.s(), 1);',
    )
    assert mend(before, insert, packages=["d"], elsewhere={"./lib": {"z": "d#z"}}) == after
    other = {"d#z": ["e#z"]}
    before, after = 'import { z } from "e"; z.f(1);', 'import { z } from "e"; z.f(z.s(), 1);'
    assert mend(before, insert, packages=["d", "e"], same=other) == after
