"""Classes of options, optional attributes and decorators: what stays comes first."""

from __future__ import annotations

import pytest

from tests.rulebook.languages.python.rewriting import rewritten, rule

ROOTS = ["lib"]
OPTIONS = [
    rule(
        options={
            "of": ["lib.Base"],
            "inner": "Config",
            "attribute": "options",
            "to": "lib.Options",
            "rename": {"old": "new"},
            "invert": {"allow": "frozen"},
            "remove": ["gone"],
            "unless": ["bad"],
            "values": {"mode": {"a": "b"}},
        }
    )
]
HEAD = "from lib import Base, Options\n"

SAME = {
    "at-the-top": "class Config:\n    old = 1\n",
    "of-another-class": "class A(Other):\n    class Config:\n        old = 1\n",
    "other-name": "class A(Base):\n    class Meta:\n        old = 1\n",
    "in-a-method": "class A(Base):\n    def f(self):\n        class Config:\n            old = 1\n",
    "base-is-shadowed": "def f(Base):\n    class A(Base):\n        class Config:\n            old = 1\n",
    "a-keyword": "class A(Other, metaclass=Base):\n    class Config:\n        old = 1\n",
}
NOTED = {
    "no-equal": "class A(Base):\n    class Config:\n        bad = 1\n",
    "method": "class A(Base):\n    class Config:\n        def old(self): ...\n",
    "base": "class A(Base):\n    class Config(Elsewhere):\n        old = 1\n",
    "both": "class A(Base):\n    options = 1\n    class Config:\n        old = 1\n",
    "condition": "class A(Base):\n    class Config:\n        if x:\n            old = 1\n",
    "reads-another": "class A(Base):\n    class Config:\n        old = 1\n        b = old + 1\n",
    "twice": "class A(Base):\n    class Config:\n        old = 1\n        new = 2\n",
    "unpacked": "class A(Base):\n    class Config:\n        old, b = 1, 2\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_options_left_alone(text: str) -> None:
    assert rewritten(HEAD + text, OPTIONS, ROOTS) == (HEAD + text, [])


@pytest.mark.parametrize("text", NOTED.values(), ids=NOTED.keys())
def test_options_noted(text: str) -> None:
    after, notes = rewritten(HEAD + text, OPTIONS, ROOTS)
    assert after == HEAD + text
    assert len(notes) == 1


CHANGED = {
    "plain": (
        "class A(Base):\n    class Config:\n        old = 1\n        mode = 'a'\n\n    x: int\n",
        "class A(Base):\n    options = Options(new=1, mode='b')\n\n    x: int\n",
    ),
    "annotated": (
        "class A(Base):\n    class Config:\n        old: int = 1\n",
        "class A(Base):\n    options = Options(new=1)\n",
    ),
    "one-line": (
        "class A(Base):\n    class Config: allow = x\n",
        "class A(Base):\n    options = Options(frozen=not x)\n",
    ),
    "comments": (
        "class A(Base):\n    class Config:  # c\n        # d\n        old = 1  # e\n    y = 1\n",
        "class A(Base):\n    options = Options(\n        # c\n        # d\n        new=1,  # e\n    )\n    y = 1\n",
    ),
    "long": (
        f"class A(Base):\n    class Config:\n        old = '{'x' * 60}'\n        b = 2\n",
        f"class A(Base):\n    options = Options(\n        new='{'x' * 60}',\n        b=2,\n    )\n",
    ),
    "tabs": (
        "class A(Base):\n\tclass Config:\n\t\told = {\n\t\t\t1: 2,\n\t\t}\n",
        "class A(Base):\n\toptions = Options(\n\t\tnew={\n\t\t\t1: 2,\n\t\t},\n\t)\n",
    ),
    "crlf": (
        "class A(Base):\r\n    class Config:\r\n        old = 1  # c\r\n",
        "class A(Base):\r\n    options = Options(\r\n        new=1,  # c\r\n    )\r\n",
    ),
    "empty": (
        "class A(Base):\n    x = 1\n\n    class Config:\n        gone = 1\n",
        "class A(Base):\n    x = 1\n",
    ),
    "only": ("class A(Base):\n    class Config:\n        gone = 1\n", "class A(Base):\n    pass\n"),
    "derived": (
        "class A(Base): ...\nclass B(A[int]):\n    class Config(A.Config, object):\n        pass\n    x = 1\n",
        "class A(Base): ...\nclass B(A[int]):\n    x = 1\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED.keys())
def test_options_changed(before: str, after: str) -> None:
    text, notes = rewritten(HEAD + before, OPTIONS, ROOTS)
    assert text == HEAD + after
    assert notes == []


DEFAULTS = [
    rule(attribute={"of": ["lib.Base"], "default": "None", "calls": {"lib.F": "default"}, "unless": ["make"]})
]
ATTRIBUTES = {
    "optional": ("a: Optional[int]", "a: Optional[int] = None"),
    "qualified": ("a: t.Optional[int]", "a: t.Optional[int] = None"),
    "union": ("a: Union[int, Union[str, None]]", "a: Union[int, Union[str, None]] = None"),
    "bar": ("a: None | int", "a: None | int = None"),
    "any": ("a: Any  # c", "a: Any = None  # c"),
    "call": ("a: Any = F()", "a: Any = F(default=None)"),
    "call-lines": (
        "a: Any = F(\n        b=1,\n    )",
        "a: Any = F(\n        default=None,\n        b=1,\n    )",
    ),
    "call-with-default": ("a: Any = F(default=1)", "a: Any = F(default=1)"),
    "call-that-makes": ("a: Any = F(make=b)", "a: Any = F(make=b)"),
    "call-positional": ("a: Any = F(...)", "a: Any = F(...)"),
    "other-call": ("a: Any = G()", "a: Any = G()"),
    "inner-none": ("a: list[None]", "a: list[None]"),
    "inner-optional": ("a: dict[str, Optional[int]]", "a: dict[str, Optional[int]]"),
    "class-variable": ("a: ClassVar[Any]", "a: ClassVar[Any]"),
    "private": ("_a: Any", "_a: Any"),
    "literal": ("a: Literal['None', '|']", "a: Literal['None', '|']"),
    "attribute": ("a.b: Any", "a.b: Any"),
    "absurd": ("a: " + "Optional[" * 2000 + "]" * 2000, "a: " + "Optional[" * 2000 + "]" * 2000),
}


@pytest.mark.parametrize(("before", "after"), ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_attributes(before: str, after: str) -> None:
    head = "from lib import Base, F\nclass A(Base):\n    "
    assert rewritten(f"{head}{before}\n", DEFAULTS, ROOTS)[0] == f"{head}{after}\n"


DECORATOR = [
    rule(
        decorator={
            "of": ["lib.check"],
            "to": "lib.verify",
            "rename": {"pre": "mode"},
            "values": {"mode": {"True": "'before'"}},
            "unless": {"each": "True"},
            "under": ["classmethod"],
            "takes": 2,
            "parameters": {"values": "info.data", "field.name": "info.field"},
            "types": {"info": "lib.Info"},
        }
    )
]
FUNCTIONS = {
    "plain": (
        "@lib.check('a', pre=True)\ndef f(cls, v): ...",
        "@lib.verify('a', mode='before')\n@classmethod\ndef f(cls, v): ...",
    ),
    "async": (
        "@lib.check('a')\nasync def f(cls, v): ...",
        "@lib.verify('a')\n@classmethod\nasync def f(cls, v): ...",
    ),
    "static": (
        "@lib.check('a')\n@staticmethod\ndef f(v): ...",
        "@lib.verify('a')\n@staticmethod\ndef f(v): ...",
    ),
    "two": (
        "@lib.check('a')\n@lib.check('b')\ndef f(cls, v): ...",
        "@lib.verify('a')\n@lib.verify('b')\n@classmethod\ndef f(cls, v): ...",
    ),
    "values": (
        "@lib.check('a')\ndef f(cls, v, values):\n    return [values[x] for x in values], g(values=v)",
        "@lib.verify('a')\n@classmethod\ndef f(cls, v, info):\n"
        "    return [info.data[x] for x in info.data], g(values=v)",
    ),
    "values-typed": (
        "@lib.check('a')\ndef f(cls, v: int, values: dict, field) -> int:\n    return field.name",
        "@lib.verify('a')\n@classmethod\ndef f(cls, v: int, info: lib.Info) -> int:\n    return info.field",
    ),
    "values-lines": (
        "@lib.check('a')\ndef f(\n    cls,\n    v,\n    field,\n    values,\n): ...",
        "@lib.verify('a')\n@classmethod\ndef f(\n    cls,\n    v,\n    info,\n): ...",
    ),
    "values-set": (
        "@lib.check('a')\ndef f(cls, v, values):\n    values = 1",
        "@lib.check('a')\ndef f(cls, v, values):\n    values = 1",
    ),
    "field-whole": (
        "@lib.check('a')\ndef f(cls, v, field): g(field)",
        "@lib.check('a')\ndef f(cls, v, field): g(field)",
    ),
    "info-taken": (
        "@lib.check('a')\ndef f(cls, v, values):\n    info = values",
        "@lib.check('a')\ndef f(cls, v, values):\n    info = values",
    ),
    "keywords": ("@lib.check('a')\ndef f(cls, v, **kw): ...", "@lib.check('a')\ndef f(cls, v, **kw): ..."),
    "keyword-only": (
        "@lib.check('a')\ndef f(cls, v, *, values): ...",
        "@lib.check('a')\ndef f(cls, v, *, values): ...",
    ),
    "unknown": ("@lib.check('a')\ndef f(cls, v, other): ...", "@lib.check('a')\ndef f(cls, v, other): ..."),
    "no-equal": (
        "@lib.check('a', each=True)\ndef f(cls, v): ...",
        "@lib.check('a', each=True)\ndef f(cls, v): ...",
    ),
    "unpacked": (
        "@lib.check(*names, **kw)\ndef f(cls, v): ...",
        "@lib.check(*names, **kw)\ndef f(cls, v): ...",
    ),
    "class": ("@lib.check('a')\nclass A: ...", "@lib.check('a')\nclass A: ..."),
    "called": ("x = lib.check('a')", "x = lib.check('a')"),
    "used-again": ("def f(cls, v): ...\nx = lib.check('a')(f)", "def f(cls, v): ...\nx = lib.verify('a')(f)"),
    "used-again-unknown": ("x = lib.check('a')(f)", "x = lib.check('a')(f)"),
}


@pytest.mark.parametrize(("before", "after"), FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_decorators(before: str, after: str) -> None:
    assert rewritten(f"import lib\n{before}\n", DECORATOR, ROOTS)[0] == f"import lib\n{after}\n"
