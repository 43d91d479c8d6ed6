"""Options objects and attributes."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.javascript.workshop import mend, notes, rule
from upgrader.rulebook.pack import RuleForm

OF = ["d#f", "d#C", "d#Config"]
IMPORT = 'import D from "d"; '


def keyword(**words: object) -> RuleForm:
    return rule(keyword={"of": OF, **words})


RENAME = keyword(rename={"a": "b"})
ALONE = {
    "other callee": "D.g({ a: 1 }); g({ a: 1 });",
    "other component": '<C a="x" />; <D.E a="x" />;',
    "nested object": "D.f({ c: { a: 1 } });",
    "computed key": "D.f({ [a]: 1 });",
    "value": 'D.f({ c: a, d: "a" });',
    "look-alike key": 'D.f({ ab: 1, "a-b": 2, A: 3 });',
    "object used elsewhere too": "const o = { a: 1 }; D.f(o); g(o);",
    "object from elsewhere": "D.f(options);",
    "shadowed": "function q(D) { D.f({ a: 1 }); }",
    "new name is there": "D.f({ a: 1, b: 2 });",
    "spread": "D.f({ ...rest });",
    "not called": "g(D.f, { a: 1 });",
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_left_alone(text: str) -> None:
    assert mend(IMPORT + text, RENAME, packages=["d"]) == IMPORT + text


RENAMED = {
    "pair": ("D.f({ a: 1, c: 2 });", "D.f({ b: 1, c: 2 });"),
    "shorthand": ("D.f({ a });", "D.f({ b: a });"),
    "quoted": ("D.f({ 'a': 1 });", "D.f({ 'b': 1 });"),
    "method": ("D.f({ a() {} });", "D.f({ b() {} });"),
    "constructor": ("new D.C(1, { a: 1 });", "new D.C(1, { b: 1 });"),
    "generic": ("D.f<T>({ a: 1 } as const);", "D.f<T>({ b: 1 } as const);"),
    "attribute": ('<D.C a="x" c />;', '<D.C b="x" c />;'),
    "attribute without value": ("<D.C a>x</D.C>;", "<D.C b>x</D.C>;"),
    "constant passed by name": ("const o = { a: 1 }; D.f(o);", "const o = { b: 1 }; D.f(o);"),
    "annotated": ("const c: D.Config = { a: 1 };", "const c: D.Config = { b: 1 };"),
    "satisfies": (
        "export default { a: 1 } satisfies D.Config;",
        "export default { b: 1 } satisfies D.Config;",
    ),
    "nested call": ("D.f({ c: D.f({ a: 1 }), a: 2 });", "D.f({ c: D.f({ b: 1 }), b: 2 });"),
}


@pytest.mark.parametrize(("before", "after"), RENAMED.values(), ids=RENAMED)
def test_renamed(before: str, after: str) -> None:
    assert mend(IMPORT + before, RENAME, packages=["d"]) == IMPORT + after


REMOVED = {
    "first": ("D.f({ a: 1, c: 2 });", "D.f({ c: 2 });"),
    "middle": ("D.f({ c: 1, a: 2, d: 3 });", "D.f({ c: 1, d: 3 });"),
    "only": ("D.f({ a: 1 });", "D.f({});"),
    "last with a trailing comma": ("D.f({\n  c,\n  a: 1,\n});", "D.f({\n  c,\n});"),
    "attribute": ('<D.C\n  a="x"\n  c\n/>;', "<D.C\n  c\n/>;"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_removed(before: str, after: str) -> None:
    text = mend(IMPORT + before, keyword(remove=["a"]), packages=["d"])
    assert text.replace("{  }", "{}") == IMPORT + after


INVERTED = {
    "true": ("D.f({ a: true });", "D.f({ n: false });"),
    "not": ("D.f({ a: !x });", "D.f({ n: x });"),
    "shorthand": ("D.f({ a });", "D.f({ n: !a });"),
    "compound": ("D.f({ a: x || y });", "D.f({ n: !(x || y) });"),
    "attribute without value": ("<D.C a />;", "<D.C n={false} />;"),
    "attribute": ("<D.C a={false} />;", "<D.C n={true} />;"),
}


@pytest.mark.parametrize(("before", "after"), INVERTED.values(), ids=INVERTED)
def test_inverted(before: str, after: str) -> None:
    assert mend(IMPORT + before, keyword(invert={"a": "n"}), packages=["d"]) == IMPORT + after


VALUES = {
    "string": ("D.f({ a: 'x' });", "D.f({ a: 'y' });"),
    "word": ("D.f({ a: true });", 'D.f({ a: "on" });'),
    "in the quotes of the file": ("D.f({ a: true, c: 'x', d: 'y' });", "D.f({ a: 'on', c: 'x', d: 'y' });"),
    "other value": ("D.f({ a: 'xx', c: 'x' });", "D.f({ a: 'xx', c: 'x' });"),
    "attribute": ('<D.C a="x" />;', '<D.C a="y" />;'),
    "attribute without value": ("<D.C a />;", '<D.C a="on" />;'),
}


@pytest.mark.parametrize(("before", "after"), VALUES.values(), ids=VALUES)
def test_values(before: str, after: str) -> None:
    mended = mend(IMPORT + before, keyword(values={"a": {"x": "y", "true": "'on'"}}), packages=["d"])
    assert mended == IMPORT + after


ADDED = {
    "beside others": ("D.f(1, { a: 1 });", "D.f(1, { a: 1, z: 0 });"),
    "there already": ("D.f(1, { z: 2 });", "D.f(1, { z: 2 });"),
    "empty": ("D.f(1, {});", "D.f(1, { z: 0 });"),
    "no options": ("D.f(1);", "D.f(1, { z: 0 });"),
    "too few arguments": ("D.f();", "D.f();"),
    "lines": ("D.f(1, {\n  a: 1,\n});", "D.f(1, {\n  a: 1,\n  z: 0,\n});"),
    "attribute": ("<D.C a />;", "<D.C a z={0} />;"),
    "first attribute": ("<D.C></D.C>;", "<D.C z={0}></D.C>;"),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_added(before: str, after: str) -> None:
    assert mend(IMPORT + before, keyword(add={"z": "0"}, argument=1), packages=["d"]) == IMPORT + after


def test_wrapped_once() -> None:
    wrap = keyword(rename={"component": "element"}, wrap={"element": "<{} />"})
    text = mend(IMPORT + "<D.C component={Foo} />; <D.C element={<Bar />} />;", wrap, packages=["d"])
    assert text == IMPORT + "<D.C element={<Foo />} />; <D.C element={<Bar />} />;"


def test_wrapped_with_an_import() -> None:
    text = mend('import D from "d";\nD.f({ b: 1 });', keyword(wrap={"b": "{use:e#w}({})"}), packages=["d"])
    assert text == 'import D from "d";\nimport { w } from "e";\nD.f({ b: w(1) });'


def test_conditions() -> None:
    only = keyword(rename={"a": "b"}, when={"a": r"\d+"}, unless=["keep"])
    text = IMPORT + "D.f({ a: 1 }); D.f({ a: x }); D.f({ a: 1, keep: 1 });"
    assert (
        mend(text, only, packages=["d"]) == IMPORT + "D.f({ b: 1 }); D.f({ a: x }); D.f({ a: 1, keep: 1 });"
    )


def test_what_cannot_be_seen_is_told() -> None:
    text = IMPORT + "D.f({ ...rest }); D.f({ a: 1, b: 2 });"
    assert notes(text, RENAME, packages=["d"]) == ["...rest", "a: 1"]


JOINED = {
    "both": ("D.f({ a: 1, b: 2 });", "D.f({ n: (1, 2) });"),
    "in another order, with more": ("D.f({ c, b: 2, d: 0, a: 1 });", "D.f({ c, n: (1, 2), d: 0 });"),
    "one of them": ("D.f({ a: 1 });", "D.f({ a: 1 });"),
    "there already": ("D.f({ a: 1, b: 2, n: 3 });", "D.f({ a: 1, b: 2, n: 3 });"),
    "attributes": ("<D.C a={1} b={2} c />;", "<D.C n={(1, 2)} c />;"),
}


@pytest.mark.parametrize(("before", "after"), JOINED.values(), ids=JOINED)
def test_joined(before: str, after: str) -> None:
    assert mend(IMPORT + before, keyword(join={"n": "({a=}, {b=})"}), packages=["d"]) == IMPORT + after
