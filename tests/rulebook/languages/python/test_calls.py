"""Keywords, positional arguments, strings and calls written anew: what stays comes first."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.python.rewriting import rewritten, rule

ROOTS = ["lib"]
KEYWORD = [
    rule(
        keyword={
            "of": ["lib.f", "lib.C", "lib.C().m"],
            "rename": {"old": "new"},
            "remove": ["gone"],
            "invert": {"allow": "frozen"},
            "values": {"mode": {"a": "b", "None": "0"}},
            "wrap": {"when": "{use:lib.dates.Date}({})"},
            "add": {"fresh": "True"},
            "unless": ["leave"],
        }
    )
]
HEAD = "import lib\n"

SAME = {
    "other-callee": "lib.g(old=1, gone=2)\n",
    "other-name": "f(old=1)\n",
    "positional": "lib.f(1, fresh=2)\n",
    "unless": "lib.f(old=1, leave=2)\n",
    "shadowed": "def g(lib): lib.f(old=1)\n",
    "inside-argument": "lib.f(g(old=1), fresh=1)\n",
    "dict": "lib.f({'old': 1}, fresh=1)\n",
    "not-called": "x = lib.f\n",
    "other-class": "class A(lib.D, old=1): ...\n",
    "other-instance": "d = lib.D()\nd.m(old=1)\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_keywords_left_alone(text: str) -> None:
    assert rewritten(HEAD + text, KEYWORD, ROOTS)[0] == HEAD + text


ADDED = ", fresh=True)"
CHANGED = {
    "rename": ("lib.f(old=1)", "lib.f(new=1, fresh=True)"),
    "rename-spaced": ("lib.f( old = 1 )", "lib.f( new = 1, fresh=True )"),
    "remove-only": ("lib.f(gone=1)", "lib.f(fresh=True)"),
    "remove-first": ("lib.f(gone=1, b=2, fresh=3)", "lib.f(b=2, fresh=3)"),
    "remove-middle": ("lib.f(1, gone=1, fresh=3)", "lib.f(1, fresh=3)"),
    "remove-last": ("lib.f(1, fresh=3, gone=1)", "lib.f(1, fresh=3)"),
    "remove-trailing-comma": ("lib.f(fresh=3, gone=1,)", "lib.f(fresh=3,)"),
    "remove-line": (
        "lib.f(\n    1,  # one\n    gone=1,  # gone\n    fresh=3,\n)",
        "lib.f(\n    1,  # one\n    fresh=3,\n)",
    ),
    "remove-last-line": ("lib.f(\n    fresh=3,\n    gone=1\n)", "lib.f(\n    fresh=3,\n)"),
    "remove-keeps-comment": ("lib.f(fresh=3,  # why\n      gone=1)", "lib.f(fresh=3,  # why\n      )"),
    "invert": ("lib.f(allow=False, fresh=1)", "lib.f(frozen=True, fresh=1)"),
    "invert-name": ("lib.f(allow=a.b, fresh=1)", "lib.f(frozen=not a.b, fresh=1)"),
    "invert-not": ("lib.f(allow=not x, fresh=1)", "lib.f(frozen=x, fresh=1)"),
    "invert-or": ("lib.f(allow=x or y, fresh=1)", "lib.f(frozen=not (x or y), fresh=1)"),
    "value": ("lib.f(mode='a', fresh=1)", "lib.f(mode='b', fresh=1)"),
    "value-quotes": ('lib.f(mode=r"""a""", fresh=1)', 'lib.f(mode=r"""b""", fresh=1)'),
    "value-name": ("lib.f(mode=None, fresh=1)", "lib.f(mode=0, fresh=1)"),
    "add-after-line": (
        "lib.f(\n    old=1,\n)",
        "lib.f(\n    new=1,\n    fresh=True,\n)",
    ),
    "add-before-stars": ("lib.f(**kw, mode='a')", "lib.f(**kw, mode='b')"),
    "nested": ("lib.f(lib.f(old=1), old=2)", "lib.f(lib.f(new=1, fresh=True), new=2, fresh=True)"),
    "partial": ("functools.partial(lib.f, old=1)", "functools.partial(lib.f, new=1, fresh=True)"),
    "decorator": ("@lib.f(old=1)\ndef g(): ...", "@lib.f(new=1, fresh=True)\ndef g(): ..."),
    "class-keyword": ("class A(lib.C, old=1): ...", "class A(lib.C, new=1): ..."),
    "generic": ("lib.C[int](old=1)", "lib.C[int](new=1, fresh=True)"),
    "method": ("c = lib.C(fresh=1)\nc.m(old=1)", "c = lib.C(fresh=1)\nc.m(new=1, fresh=True)"),
    "crlf": ("lib.f(\r\n    old=1,\r\n)", "lib.f(\r\n    new=1,\r\n    fresh=True,\r\n)"),
    "f-string": ("f'{lib.f(old=1)}'", "f'{lib.f(new=1, fresh=True)}'"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED.keys())
def test_keywords_changed(before: str, after: str) -> None:
    assert rewritten(f"{HEAD}{before}\n", KEYWORD, ROOTS)[0] == f"{HEAD}{after}\n"


def test_keyword_wrapped_and_imported() -> None:
    before = "from lib import f\n\nf(when=x, fresh=1)\n"
    after = "from lib import f\nfrom lib.dates import Date\n\nf(when=Date(x), fresh=1)\n"
    assert rewritten(before, KEYWORD, ROOTS)[0] == after


NOTED = {
    "unpacked": "lib.f(**kw)\n",
    "both": "lib.f(old=1, new=2)\n",
    "subclass": "class A(lib.C): ...\nA(old=1)\n",
}


@pytest.mark.parametrize("text", NOTED.values(), ids=NOTED.keys())
def test_keywords_noted(text: str) -> None:
    after, notes = rewritten(HEAD + text, KEYWORD, ROOTS)
    assert after == HEAD + text
    assert notes


ARGUMENTS = {
    "name": ({"name": {1: "b"}}, "lib.f(1, 2)", "lib.f(1, b=2)"),
    "name-all": ({"name": {0: "a", 1: "b"}}, "lib.f(1, 2, c=3)", "lib.f(a=1, b=2, c=3)"),
    "name-absent": ({"name": {1: "b"}}, "lib.f(1)", "lib.f(1)"),
    "name-not-last": ({"name": {0: "a"}}, "lib.f(1, 2)", "lib.f(1, 2)"),
    "name-there": ({"name": {1: "b"}}, "lib.f(1, 2, b=3)", "lib.f(1, 2, b=3)"),
    "name-lines": ({"name": {1: "b"}}, "lib.f(\n  1,  # a\n  2,\n)", "lib.f(\n  1,  # a\n  b=2,\n)"),
    "star": ({"name": {1: "b"}}, "lib.f(*a, 2)", "lib.f(*a, 2)"),
    "drop": ({"drop": [1], "count": [2]}, "lib.f(1, 2)", "lib.f(1)"),
    "drop-count": ({"drop": [1], "count": [2]}, "lib.f(1, 2, 3)", "lib.f(1, 2, 3)"),
    "drop-only": ({"drop": [0], "count": [1]}, "lib.f(\n    x\n)", "lib.f(\n)"),
    "insert": ({"insert": {0: "x()"}, "count": [1]}, "lib.f(1)", "lib.f(x(), 1)"),
    "insert-empty": ({"insert": {0: "x"}, "count": [0]}, "lib.f()", "lib.f(x)"),
    "insert-before-keyword": ({"insert": {1: "x"}, "count": [1]}, "lib.f(1, k=2)", "lib.f(1, x, k=2)"),
    "order": ({"order": [1, 0], "when": {0: "\\d+"}}, "lib.f(1, a)", "lib.f(a, 1)"),
    "wrap": ({"wrap": {0: "int({})"}}, "lib.f(a, 1)", "lib.f(int(a), 1)"),
    "when-not": ({"wrap": {0: "int({})"}, "when": {0: "b"}}, "lib.f(a, 1)", "lib.f(a, 1)"),
    "comprehension": ({"wrap": {0: "list({})"}}, "lib.f(a for a in b)", "lib.f(a for a in b)"),
}


@pytest.mark.parametrize(("form", "before", "after"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments(form: dict[str, object], before: str, after: str) -> None:
    made = [rule(argument={"of": ["lib.f"], **form})]
    assert rewritten(f"{HEAD}{before}\n", made, ROOTS)[0] == f"{HEAD}{after}\n"


CALLS = {
    "method-form": ({"to": "{1}.{name}2({0})"}, "lib.f(a, b)", "b.f2(a)"),
    "rest": ({"to": "{receiver}.g({1...}, first={0})"}, "lib.f(a, b, c=1)", "lib.g(b, c=1, first=a)"),
    "all": ({"to": "{receiver}.g(x, {...})"}, "lib.f(a,  # c\n  b)", "lib.g(x, a,  # c\n  b)"),
    "keyword": ({"to": "{receiver}.g({key=})"}, "lib.f(key=a)", "lib.g(a)"),
    "keyword-missing": ({"to": "{receiver}.g({key=})"}, "lib.f(a)", "lib.f(a)"),
    "count": ({"to": "{receiver}.g({0})", "count": [1]}, "lib.f(a, b)", "lib.f(a, b)"),
    "when": ({"to": "{receiver}.g({0})", "when": {"0": "[a-z]+"}}, "lib.f(A)", "lib.f(A)"),
    "expression": ({"to": "-{use:lib.inf}"}, "x = lib.f", "x = -lib.inf"),
    "power": ({"to": "-{use:lib.inf}"}, "lib.f ** 2", "(-lib.inf) ** 2"),
    "argument": ({"to": "-{use:lib.inf}"}, "g(lib.f)", "g(-lib.inf)"),
    "literal-brace": ({"to": "dict({{0}}, {0})"}, "lib.f(a)", "dict({0}, a)"),
    "nested": ({"to": "{0}.x"}, "lib.f(lib.f(a))", "a.x.x"),
    "imported": ({"to": "{use:other.g}({0})"}, "lib.f(a)", "other.g(a)"),
    "not-called": ({"to": "{use:other.g}({0})"}, "x = lib.f", "x = lib.f"),
}


@pytest.mark.parametrize(("form", "before", "after"), CALLS.values(), ids=CALLS.keys())
def test_calls(form: dict[str, object], before: str, after: str) -> None:
    made = [rule(call={"of": ["lib.f"], **form})]
    text, _ = rewritten(f"{HEAD}{before}\nlib.x\n", made, ROOTS)
    assert text.removeprefix("import lib\n").removeprefix("import other\n") == f"{after}\nlib.x\n"


TEXTS = {
    "position": ("lib.f('a-b', 'a-c')", "lib.f('a_b', 'a-c')"),
    "other": ("lib.g('a-b')", "lib.g('a-b')"),
    "name": ("lib.f(x)", "lib.f(x)"),
    "f-string": ("lib.f(f'a-{b}-c')", "lib.f(f'a_{b}_c')"),
    "joined": ("lib.f('a-'\n  'b-c')", "lib.f('a_'\n  'b_c')"),
}


@pytest.mark.parametrize(("before", "after"), TEXTS.values(), ids=TEXTS.keys())
def test_texts(before: str, after: str) -> None:
    made = [rule(text={"of": ["lib.f"], "argument": [0], "find": "-", "replace": "_"})]
    assert rewritten(f"{HEAD}{before}\n", made, ROOTS)[0] == f"{HEAD}{after}\n"
