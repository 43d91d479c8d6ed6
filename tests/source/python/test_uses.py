"""Which names of a Python file stand for a package's symbols: what is nobody's comes first."""

from __future__ import annotations

from textwrap import dedent

import pytest

from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Uses

ROOTS = ["numpy", "redis", "pydantic", "google.cloud"]
ELSEWHERE = {
    ".compat": {
        "float_": "numpy.float_",
        "Base": "pydantic.BaseModel",
        "client": "redis.Redis()",
        "Own": "pydantic.BaseModel",
    },
    "proj.compat": {"float_": "numpy.float_"},
}


def read(text: str) -> Uses:
    return read_uses(SourceFile("a/b.py", dedent(text).encode(), "python"), ROOTS, ELSEWHERE)


def symbols(text: str, kinds: tuple[str, ...] = ("name", "member", "string")) -> list[str]:
    """The symbols in order, `?` after the inferred ones; the roots alone are left out."""
    return [
        use.symbol + ("" if use.confidence == "sure" else "?")
        for use in read(text).uses
        if use.kind in kinds and use.symbol not in ROOTS
    ]


NOTHING = {
    "not-imported": "np.a",
    "look-alike": "import numpyx as np\nnp.a",
    "relative": "from .numpy import a\na",
    "parameter": "import numpy as np\ndef f(np): np.a",
    "keyword-only": "import numpy as np\ndef f(*, np): np.a",
    "star-args": "import numpy as np\ndef f(*np): np.a",
    "typed-parameter": "import numpy as np\ndef f(np: int): np.a",
    "typed-default": "import numpy as np\ndef f(np: int = 1): np.a",
    "lambda": "import numpy as np\nlambda np: np.a",
    "for-in-function": "import numpy as np\ndef f():\n  for np in x: np.a",
    "assigned-later-in-function": "import numpy as np\ndef f():\n  np.a\n  np = 1",
    "nested-function": "import numpy as np\ndef f():\n  np = 1\n  def g(): np.a",
    "comprehension": "import numpy as np\n[np.a for x in y for np in x]",
    "dict-comprehension": "import numpy as np\n{np.a: 1 for np in y}",
    "imported-in-other-function": "def f():\n  import numpy as np\ndef g(): np.a",
    "imported-in-class": "class A:\n  import numpy as np\n  def f(self): np.a",
    "with": "import numpy as np\nwith a as (np, b): np.a",
    "star-target": "import numpy as np\n*np, b = x\nnp.a",
    "class-named": "import numpy as np\nclass np: pass\nnp.a",
    "function-named": "import numpy as np\ndef np(): pass\nnp.a",
    "attribute": "import numpy as np\nx.np.a",
    "keyword": "import numpy as np\nf(np=1)",
    "pep-695": "import numpy as np\ndef f[np](): np.a",
    "pep-695-class": "import numpy as np\nclass A[np](B):\n  def f(self): np.a",
    "match-star": "import numpy as np\ndef f(x):\n  match x:\n    case [*np]: np.a",
    "match-mapping": "import numpy as np\ndef f(x):\n  match x:\n    case {**np}: np.a",
    "own-member": "from pydantic import BaseModel\nclass A(BaseModel):\n  json: int\n  def f(self): self.json.x",
    "set-on-self": "from pydantic import BaseModel\nclass A(BaseModel):\n  def f(self):\n    self.x = 1\n    self.x.y",
    "namespace-sibling": "import google.auth\ngoogle.auth.x",
    "prose": "import numpy as np\nx = 'see numpy.a for more'",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING.keys())
def test_nothing(text: str) -> None:
    assert [s for s in symbols(text) if s != "pydantic.BaseModel" and not s.endswith("().f?")] == []


FOUND = {
    "chain": ("import numpy as np\nnp.a.b.c", ["numpy.a", "numpy.a.b", "numpy.a.b.c"]),
    "dotted": ("import numpy.a.b\nnumpy.a.b.c", ["numpy.a", "numpy.a.b", "numpy.a.b.c"]),
    "dotted-as": ("import numpy.a.b as n\nn.c", ["numpy.a.b", "numpy.a.b.c"]),
    "from-as": ("from numpy import a as n\nn.c", ["numpy.a", "numpy.a.c"]),
    "namespace": (
        "from google.cloud import storage\nstorage.C",
        ["google.cloud.storage", "google.cloud.storage.C"],
    ),
    "in-function": ("def f():\n  import numpy as np\n  np.a", ["numpy.a"]),
    "class-scope-skipped": ("import numpy as np\nclass A:\n  np = 1\n  def f(self): np.a", ["numpy.a"]),
    "default-argument": ("import numpy as np\ndef f(np=np.a): pass", ["numpy.a"]),
    "decorator": ("import numpy as np\n@np.a\ndef np(): pass", ["numpy.a"]),
    "own-value": ("import numpy as np\nnp = np.a", ["numpy.a"]),
    "first-iterable": ("import numpy as np\n[1 for np in np.a]", ["numpy.a"]),
    "global": ("def g():\n  global np\n  import numpy as np\ndef f(): np.a", ["numpy.a"]),
    "nonlocal": ("def f():\n  import numpy as np\n  def g():\n    nonlocal np\n    np.a", ["numpy.a"]),
    "try": ("try:\n  import numpy as np\nexcept ImportError:\n  np = None\nnp.a", ["numpy.a"]),
    "two-ways": ("try:\n  import numpy as np\nexcept E:\n  import fake as np\nnp.a", ["numpy.a?"]),
    "set-elsewhere": ("import numpy as np\ndef g():\n  global np\n  np = 1\ndef f(): np.a", ["numpy.a?"]),
    "alias": ("import numpy as np\nf = np.a\nf.b", ["numpy.a", "numpy.a", "numpy.a.b"]),
    "chained-alias": ("import numpy\nf = g = numpy.a\ng()", ["numpy.a", "numpy.a"]),
    "tuple-alias": ("import numpy as np\nf, g = np.a, np.b\ng", ["numpy.a", "numpy.b", "numpy.b"]),
    "walrus": ("import numpy as np\nif (f := np.a): f.b", ["numpy.a", "numpy.a", "numpy.a.b"]),
    "called": ("import redis\nredis.R().get", ["redis.R", "redis.R().get?"]),
    "instance": (
        "import redis\nr = redis.R()\nr.get(1).x",
        ["redis.R", "redis.R().get?", "redis.R().get().x?"],
    ),
    "awaited": ("import redis\n(await redis.R().x()).y", ["redis.R().x().y?", "redis.R", "redis.R().x?"]),
    "annotated": ("import redis\ndef f(r: redis.R): r.get", ["redis.R", "redis.R().get?"]),
    "optional": (
        "from redis import R\nfrom t import Optional\ndef f(r: Optional[R]): r.get",
        ["redis.R", "redis.R().get?"],
    ),
    "or-none": ("from redis import R\ndef f(r: R | None = None): r.get", ["redis.R", "redis.R().get?"]),
    "quoted": ("from redis import R\ndef f(r: 'R'): r.get", ["redis.R", "redis.R().get?"]),
    "list-of": ("from redis import R\ndef f(r: list[R]): r.get", ["redis.R"]),
    "with": ("import redis\nwith redis.R() as r: r.get", ["redis.R", "redis.R().get?"]),
    "except": ("import redis\ntry: pass\nexcept redis.E as e: e.x", ["redis.E", "redis.E().x?"]),
    "returned": ("import redis\ndef f() -> redis.R: ...\nf().get", ["redis.R", "redis.R().get?"]),
    "self-attribute": (
        "import redis\nclass A:\n  def __init__(self): self.r = redis.R()\n  def f(self): self.r.get",
        ["redis.R", "redis.R()?", "redis.R().get?"],
    ),
    "class-attribute": (
        "import redis\nclass A:\n  r: redis.R\n  def f(self): self.r.get",
        ["redis.R", "redis.R()?", "redis.R().get?"],
    ),
    "subclass": (
        "import pydantic\nclass A(pydantic.B): pass\nA.p\nA().d",
        ["pydantic.B", "pydantic.B?", "pydantic.B.p?", "pydantic.B?", "pydantic.B().d?"],
    ),
    "subclass-of-subclass": (
        "from pydantic import B\nclass A(B): pass\nclass C(A): pass\nC().d",
        ["pydantic.B", "pydantic.B?", "pydantic.B?", "pydantic.B().d?"],
    ),
    "generic-base": (
        "from pydantic import G\nclass A(G[T]): pass\nA[int].d",
        ["pydantic.G", "pydantic.G?", "pydantic.G.d?"],
    ),
    "override": (
        "from pydantic import B\nclass A(B):\n  def d(self): return super().d()",
        ["pydantic.B", "pydantic.B().d?", "pydantic.B().d?"],
    ),
    "classmethod": (
        "from pydantic import B\nclass A(B):\n  @classmethod\n  def m(c): return c.d",
        ["pydantic.B", "pydantic.B().m?", "pydantic.B?", "pydantic.B.d?"],
    ),
    "f-string": ("import numpy as np\nf'{np.a!r} {x:{np.b}}'", ["numpy.a", "numpy.b"]),
    "pep-701": ("import numpy as np\nf'{f'{np.a}'}'", ["numpy.a"]),
    "quoted-annotation": ("import numpy as np\nx: 'list[np.a]'", ["numpy.a"]),
    "literal": ("import numpy as np\nx: Literal['np.a']", []),
    "type-comment": ("import numpy as np\nx = y # type: np.a", ["numpy.a"]),
    "getattr": ("import numpy as np\ngetattr(np, 'a')", ["numpy.a"]),
    "patch": ("mock.patch('numpy.a.b')", ["numpy.a.b"]),
    "monkeypatch": ("monkeypatch.setattr('numpy.a', 1)", ["numpy.a"]),
    "patch-object": ("import numpy as np\nmock.patch.object(np, 'a')", ["numpy.a"]),
    "import-module": ("importlib.import_module('numpy.a')", ["numpy.a"]),
    "some-string": ("x = ['numpy.a']", ["numpy.a?"]),
    "star": ("from numpy import *\nb = 1\na(b, len)", ["numpy.a?"]),
    "elsewhere": ("from .compat import float_\nfloat_", ["numpy.float_"]),
    "elsewhere-module": ("from . import compat\ncompat.float_", ["numpy.float_"]),
    "elsewhere-absolute": ("import proj.compat as c\nc.float_", ["numpy.float_"]),
    "elsewhere-class": (
        "from .compat import Base\nclass A(Base): pass\nA().d()",
        ["pydantic.BaseModel", "pydantic.BaseModel?", "pydantic.BaseModel().d?"],
    ),
    "elsewhere-instance": ("from .compat import client\nclient.get()", ["redis.Redis().get"]),
    "elsewhere-field": (
        "from .compat import Own\nclass A(Own): pass\ndef f(o: Own, a: A): o.d, a.d, o.e(), a.e(), o.__f__, Own.g",
        [
            "pydantic.BaseModel",
            "pydantic.BaseModel",
            "pydantic.BaseModel?",
            "pydantic.BaseModel().e?",
            "pydantic.BaseModel().e?",
            "pydantic.BaseModel().__f__?",
            "pydantic.BaseModel",
            "pydantic.BaseModel.g",
        ],
    ),
    "elsewhere-star": ("from .compat import *\nfloat_", ["numpy.float_"]),
    "class-pattern": ("import numpy as np\nmatch x:\n  case np.A(b): pass", ["numpy.A"]),
    "python-2": ("import numpy as np\nprint np.a, np.b", ["numpy.a", "numpy.b"]),
    "broken": ("import numpy as np\ndef f(:\n  np.a", ["numpy.a"]),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_found(text: str, expected: list[str]) -> None:
    assert symbols(text) == expected


def test_bindings_and_what_is_handed_on() -> None:
    text = dedent("""
        from typing import TYPE_CHECKING
        import numpy.linalg, os
        from numpy import (a as b, c)
        if TYPE_CHECKING:
            from redis import R
        d = b
        class E(c): pass
        """)
    uses = read(text)
    cut = [
        (b.local, b.symbol, b.form, text[slice(*b.item)], text[slice(*b.name)], b.typing_only)
        for b in uses.bindings
    ]
    assert cut == [
        ("numpy", "numpy", "module", "numpy.linalg", "numpy.linalg", False),
        ("b", "numpy.a", "member", "a as b", "a", False),
        ("c", "numpy.c", "member", "c", "c", False),
        ("R", "redis.R", "member", "from redis import R", "R", True),
        ("d", "numpy.a", "local", "d = b", "d", False),
        ("E", "numpy.c", "local", "class E(c): pass", "E", False),
    ]
    assert uses.exported == {
        "numpy": "numpy", "b": "numpy.a", "c": "numpy.c", "R": "redis.R", "d": "numpy.a", "E": "numpy.c"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "from numpy import *",
        "import numpy as np\ngetattr(np, name)",
        "import numpy as np\nif x:\n  np = load()\ndef f():\n  global np\n  import redis as np\nnp.a",
    ],
    ids=["star", "getattr", "several"],
)
def test_not_followed(text: str) -> None:
    assert read(text).unresolved


@pytest.mark.parametrize(
    "text",
    [
        "import redis\nr = redis.R()" + ".a()" * 3000,
        "import redis\nr = " + "(" * 3000 + "redis.a" + ")" * 3000,
        "import redis\n" + "\n".join(f"a{n + 1} = a{n}.x" for n in range(2000)) + "\na0 = redis.R()",
        "import redis\nx: '" + "Optional[" * 2000 + "redis.R" + "]" * 2000 + "'\nx.y",
        "import redis\nclass A(A, redis.R): pass\nA().x\na = a.b = redis\n",
        "import redis\nx = " + "cast(T, " * 500 + "redis.a" + ")" * 500,
        "import redis\n" + "(" * 2000 + "x," + ")" * 2000 + " = redis.a",
        "import redis\nx = redis" + ".a" * 5000,
        "import redis\nx = " + "redis.a or " * 600 + "x",
        "import redis\n" + "".join(" " * n + "def f():\n" for n in range(90)) + " " * 90 + "redis.a",
    ],
    ids=[
        "chain",
        "parentheses",
        "names",
        "annotation",
        "circles",
        "casts",
        "targets",
        "dots",
        "ors",
        "functions",
    ],
)
def test_hostile_depth(text: str) -> None:
    assert read(text).uses
