"""Renamed import paths."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.javascript.workshop import mend, rule

RULE = rule(module={"d": "e", "d/x": "q"})

ALONE = {
    "prefix of a name": 'import "dd"; require("d-x");',
    "project path": 'import a from "./d"; require("../d/x");',
    "plain string": 'const a = "d"; f("d"); x = { d: "d" };',
    "property named require": 'import D from "f"; a.require("d");',
    "local require": 'function f(require) { require("d"); }',
    "template with an expression": "import(`d/${x}`);",
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_left_alone(text: str) -> None:
    assert mend(text, RULE, packages=["d"], language="typescript") == text


PLACES = {
    "import": ('import { a } from "d";', 'import { a } from "e";'),
    "side effect": ("import 'd/y';", "import 'e/y';"),
    "longest entry": ('import "d/x/z";', 'import "q/z";'),
    "import require": ('import z = require("d");', 'import z = require("e");'),
    "import type": ('import type { a } from "d";', 'import type { a } from "e";'),
    "require": ("const r = require('d/x');", "const r = require('q');"),
    "require resolve": ('require.resolve("d");', 'require.resolve("e");'),
    "template": ("require(`d`);", "require(`e`);"),
    "dynamic": ('import("d");', 'import("e");'),
    "mock": ('jest.mock("d/y", () => {});', 'jest.mock("e/y", () => {});'),
    "export all": ('export * from "d";', 'export * from "e";'),
    "export named": ('export { a } from "d";', 'export { a } from "e";'),
    "typeof import": ('type T = typeof import("d");', 'type T = typeof import("e");'),
    "declared module": ('declare module "d" {}', 'declare module "e" {}'),
    "reference": ('/// <reference types="d" />\nf();', '/// <reference types="e" />\nf();'),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_every_place_that_names_the_module(before: str, after: str) -> None:
    assert mend(before, RULE, packages=["d"], language="typescript") == after


def test_a_path_below_itself_is_added_once() -> None:
    below = rule(module={"d": "d/v2"})
    assert mend('import "d"; import "d/v2/y"; import "d/y";', below, packages=["d"]) == (
        'import "d/v2"; import "d/v2/y"; import "d/v2/y";'
    )


MERGED = {
    "named": (
        'import { x } from "e";\nimport { a as q, b } from "d";\nq(x);',
        'import { x, a as q, b } from "e";\nq(x);',
    ),
    "into a default import": (
        'import E from "e";\nimport { a } from "d";\na(E);',
        'import E, { a } from "e";\na(E);',
    ),
    "a namespace stays alone": (
        'import { x } from "e";\nimport * as D from "d";',
        'import { x } from "e";\nimport * as D from "e";',
    ),
    "types stay types": (
        'import { x } from "e";\nimport type { A } from "d";',
        'import { x } from "e";\nimport type { A } from "e";',
    ),
}


@pytest.mark.parametrize(("before", "after"), MERGED.values(), ids=MERGED)
def test_one_statement_for_one_module(before: str, after: str) -> None:
    assert mend(before, RULE, packages=["d"], language="typescript") == after
