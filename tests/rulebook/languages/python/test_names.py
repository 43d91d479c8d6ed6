"""Renamed and moved symbols: what stays comes first."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.rulebook.languages.python.rewriting import rewritten, rule
from tests.rulebook.languages.rewriting import spliced
from upgrader.rulebook.languages.python.writer import find_changes
from upgrader.source.reader import read_uses
from upgrader.source.syntax import SourceFile

RULES = [
    rule(
        rename={"numpy.float_": "numpy.float64", "numpy.alltrue": "numpy.all", "numpy.core.x": "numpy.lib.x"}
    ),
    rule(
        id="move",
        rename={
            "pydantic.BaseSettings": "pydantic_settings.BaseSettings",
            "numpy.AxisError": "numpy.exceptions.AxisError",
            "old.tools.joblib": "joblib",
            "scipy.misc.comb": "scipy.special.comb",
        },
    ),
]
ROOTS = ["numpy", "pydantic", "old", "scipy"]

SAME = {
    "no-import": "np.float_(1)\n",
    "other-package": "import mumpy as np\nnp.float_(1)\n",
    "parameter": "import numpy as np\n\ndef f(np):\n    return np.float_\n",
    "comprehension": "import numpy as np\n[np.float_ for np in rows]\n",
    "lambda": "import numpy as np\nf = lambda np: np.float_\n",
    "rebound": "import numpy as np\nnp = load()\nnp.float_\n",
    "for-target": "import numpy as np\nfor np in rows:\n    np.float_\n",
    "with-target": "import numpy as np\nwith x() as np:\n    np.float_\n",
    "except-target": "import numpy as np\ndef f():\n    try:\n        pass\n    except E as np:\n        np.float_\n",
    "walrus": "import numpy as np\ndef f():\n    if (np := g()):\n        np.float_\n",
    "match-capture": "import numpy as np\ndef f(x):\n    match x:\n        case np:\n            np.float_\n",
    "type-parameter": "import numpy as np\ndef f[np](x: np.float_): ...\n",
    "string": "import numpy as np\nx = 'np.float_'\n",
    "comment": "import numpy as np  # np.float_\n",
    "attribute": "import numpy as np\nself.float_ = x.float_\n",
    "keyword": "import numpy as np\nf(float_=1)\n",
    "own-function": "def float_(): ...\nfloat_()\n",
    "longer-name": "import numpy as np\nnp.float_x\n",
    "project-module": "from .numpy import float_\nfloat_(1)\n",
    "relative": "from . import numpy as np\nnp.float_\n",
    "deleted": "import numpy as np\ndel np\nnp.float_\n",
    "class-body": "import numpy as np\nclass A:\n    np = 1\n    y = np.float_\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_left_alone(text: str) -> None:
    assert rewritten(text, RULES, ROOTS)[0] == text


CHANGED = {
    "member": ("import numpy as np\nnp.float_(1)\n", "import numpy as np\nnp.float64(1)\n"),
    "plain-import": ("import numpy\nnumpy.float_\n", "import numpy\nnumpy.float64\n"),
    "from": ("from numpy import float_\nfloat_(1)\n", "from numpy import float64\nfloat64(1)\n"),
    "from-unused": ("from numpy import float_\n", "from numpy import float64 as float_\n"),
    "alias": ("from numpy import float_ as f\nf(1)\n", "from numpy import float64 as f\nf(1)\n"),
    "alias-is-new-name": (
        "from numpy import float_ as float64\nfloat64(1)\n",
        "from numpy import float64\nfloat64(1)\n",
    ),
    "multi-name": (
        "from numpy import (\n    array,  # a\n    float_,  # b\n)\nfloat_(array)\n",
        "from numpy import (\n    array,  # a\n    float64,  # b\n)\nfloat64(array)\n",
    ),
    "both-there": (
        "from numpy import float64, float_\nfloat_(float64)\n",
        "from numpy import float64\nfloat64(float64)\n",
    ),
    "new-name-taken": (
        "from numpy import float_\nfloat64 = 3\nfloat_(1)\n",
        "from numpy import float64 as float_\nfloat64 = 3\nfloat_(1)\n",
    ),
    "new-name-is-builtin": (
        "from numpy import alltrue\nalltrue(x)\n",
        "from numpy import all as alltrue\nalltrue(x)\n",
    ),
    "new-name-is-attribute": (
        "from numpy import float_\nx.float64 = float_(1)\n",
        "from numpy import float64\nx.float64 = float64(1)\n",
    ),
    "in-all": (
        '__all__ = ["float_"]\nfrom numpy import float_\n',
        '__all__ = ["float_"]\nfrom numpy import float64 as float_\n',
    ),
    "noqa": (
        "from numpy import float_  # noqa: F401\n",
        "from numpy import float64 as float_  # noqa: F401\n",
    ),
    "shadowed-in-one-place": (
        "import numpy as np\ndef f(np):\n    np.float_\nnp.float_\n",
        "import numpy as np\ndef f(np):\n    np.float_\nnp.float64\n",
    ),
    "in-function": (
        "def f():\n    from numpy import float_\n    return float_(1)\n",
        "def f():\n    from numpy import float64\n    return float64(1)\n",
    ),
    "try-none": (
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\nnp.float_\n",
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\nnp.float64\n",
    ),
    "f-string": (
        "import numpy as np\nf'{np.float_!r:>{np.float_}}'\n",
        "import numpy as np\nf'{np.float64!r:>{np.float64}}'\n",
    ),
    "nested-f-string": (
        "import numpy as np\nf'{f\"{np.float_}\"}'\n",
        "import numpy as np\nf'{f\"{np.float64}\"}'\n",
    ),
    "quoted-annotation": (
        "import numpy as np\ndef f(x: 'list[np.float_]') -> \"np.float_\": ...\n",
        "import numpy as np\ndef f(x: 'list[np.float64]') -> \"np.float64\": ...\n",
    ),
    "type-comment": (
        "import numpy as np\nx = y  # type: np.float_\n",
        "import numpy as np\nx = y  # type: np.float64\n",
    ),
    "getattr": (
        'import numpy as np\ngetattr(np, "float_")\n',
        'import numpy as np\ngetattr(np, "float64")\n',
    ),
    "patched": ('mock.patch("numpy.float_")\n', 'mock.patch("numpy.float64")\n'),
    "assigned-alias": (
        "import numpy as np\nf = np.float_\nf(1)\n",
        "import numpy as np\nf = np.float64\nf(1)\n",
    ),
    "stored": ("import numpy as np\nnp.float_ = 1\n", "import numpy as np\nnp.float64 = 1\n"),
    "decorator": (
        "import numpy as np\n@np.float_\ndef f(): ...\n",
        "import numpy as np\n@np.float64\ndef f(): ...\n",
    ),
    "class-pattern": (
        "import numpy as np\nmatch x:\n    case np.float_(): pass\n",
        "import numpy as np\nmatch x:\n    case np.float64(): pass\n",
    ),
    "default-value": (
        "import numpy as np\ndef f(np=np.float_): return np\n",
        "import numpy as np\ndef f(np=np.float64): return np\n",
    ),
    "first-iterable": (
        "import numpy as np\n[np for np in np.float_]\n",
        "import numpy as np\n[np for np in np.float64]\n",
    ),
    "crlf": ("import numpy as np\r\nnp.float_\r\n", "import numpy as np\r\nnp.float64\r\n"),
    "tabs": ("import numpy as np\nif 1:\n\tnp.float_\n", "import numpy as np\nif 1:\n\tnp.float64\n"),
    "python-2": ("import numpy as np\nprint np.float_\n", "import numpy as np\nprint np.float64\n"),
    "backslash": (
        "from numpy import array, \\\n    float_\nfloat_\n",
        "from numpy import array, \\\n    float64\nfloat64\n",
    ),
    "moved-whole-statement": (
        "from pydantic import BaseSettings\nclass A(BaseSettings): ...\n",
        "from pydantic_settings import BaseSettings\nclass A(BaseSettings): ...\n",
    ),
    "moved-alias": (
        "from pydantic import BaseSettings as B\nclass A(B): ...\n",
        "from pydantic_settings import BaseSettings as B\nclass A(B): ...\n",
    ),
    "moved-from-several": (
        "from pydantic import BaseModel, BaseSettings\nBaseSettings, BaseModel\n",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nBaseSettings, BaseModel\n",
    ),
    "moved-from-parentheses": (
        "from pydantic import (\n    BaseModel,\n    BaseSettings,\n    Field,\n)\n",
        "from pydantic import (\n    BaseModel,\n    Field,\n)\nfrom pydantic_settings import BaseSettings\n",
    ),
    "moved-joins": (
        "from pydantic import BaseModel, BaseSettings\nfrom pydantic_settings import Z\nBaseSettings\n",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings, Z\nBaseSettings\n",
    ),
    "moved-there-already": (
        "from pydantic import BaseModel, BaseSettings\nfrom pydantic_settings import BaseSettings\nBaseSettings\n",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nBaseSettings\n",
    ),
    "moved-attribute-style": (
        "import pydantic\nclass A(pydantic.BaseSettings):\n    x: pydantic.Y\n",
        "import pydantic\nimport pydantic_settings\nclass A(pydantic_settings.BaseSettings):\n    x: pydantic.Y\n",
    ),
    "moved-last-use": (
        "import pydantic\n\nclass A(pydantic.BaseSettings): ...\n",
        "import pydantic_settings\n\nclass A(pydantic_settings.BaseSettings): ...\n",
    ),
    "moved-in-function": (
        "def f():\n    from pydantic import BaseModel, BaseSettings\n    return BaseSettings\n",
        "def f():\n    from pydantic import BaseModel\n    from pydantic_settings import BaseSettings\n"
        "    return BaseSettings\n",
    ),
    "moved-deeper": ("import numpy as np\nnp.AxisError\n", "import numpy as np\nnp.exceptions.AxisError\n"),
    "moved-from-module": (
        "from scipy import misc\nmisc.comb(1)\nmisc.face()\n",
        "from scipy import misc, special\nspecial.comb(1)\nmisc.face()\n",
    ),
    "moved-to-top": ("from old.tools import joblib\njoblib.dump\n", "import joblib\njoblib.dump\n"),
    "joins-sorted": (
        "from pydantic import BaseModel\n\n\nimport pydantic\npydantic.BaseModel\n",
        "from pydantic import BaseModel\n\n\nimport pydantic\npydantic.BaseModel\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED.keys())
def test_changed(before: str, after: str) -> None:
    assert rewritten(before, RULES, ROOTS)[0] == after


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"# -*- coding: latin-1 -*-\n"], ids=["mark", "cookie"])
def test_encoding_stays(lead: bytes) -> None:
    codec = "utf-8" if lead.startswith(b"\xef") else "latin-1"
    source = SourceFile("app.py", lead + "import numpy as np\nx = 'é', np.float_\n".encode(codec), "python")
    found = find_changes(source, read_uses(source, ROOTS), RULES, {})
    after = source.again(spliced(source.text, found.changes))
    assert after.encode(after.text) == lead + "import numpy as np\nx = 'é', np.float64\n".encode(codec)


def test_a_package_comes_before_what_is_ours() -> None:
    before = "import app.models\nfrom app.old import joblib\n\npydantic = 1\n"
    text, _ = rewritten(before, [rule(rename={"app.old.joblib": "joblib.all"})], ["app"], path="app/x.py")
    assert text == "import app.models\nfrom joblib import all as joblib\n\npydantic = 1\n"
    before = "from app.models import Base\n\n\nclass A(Base):\n    x = Base.old\n"
    made = [rule(rename={"app.models.Base.old": "lib.new"})]
    text, _ = rewritten(before, made, ["app"], path="app/x.py")
    assert text == "from lib import new\n\nfrom app.models import Base\n\n\nclass A(Base):\n    x = new\n"


def test_init_keeps_its_names() -> None:
    text, _ = rewritten("from numpy import float_\n", RULES, ROOTS, path="pkg/__init__.py")
    assert text == "from numpy import float64 as float_\n"


NOTED = {
    "tried": "import numpy as np\ntry:\n    f = np.float64\nexcept AttributeError:\n    f = np.float_\n",
    "asked": "import numpy as np\nf = np.float64 if hasattr(np, 'float64') else np.float_\n",
    "two-releases": (
        "try:\n    from pydantic_settings import BaseSettings\nexcept ImportError:\n"
        "    from pydantic import BaseSettings\nclass A(BaseSettings): ...\n"
    ),
    "star": "from numpy import *\nx = float_(1)\n",
    "name-taken": "import pydantic\ndef f(pydantic_settings): return pydantic.BaseSettings\n",
}


@pytest.mark.parametrize("text", NOTED.values(), ids=NOTED.keys())
def test_noted_and_left_alone(text: str) -> None:
    after, notes = rewritten(text, RULES, ROOTS)
    assert after == text
    assert notes


MODULES = {
    "import": ("import old.a.b\nold.a.b.f()\n", "import new.b\nnew.b.f()\n"),
    "import-as": ("import old.a as o\no.f()\n", "import new as o\no.f()\n"),
    "from": ("from old.a import f\nf()\n", "from new import f\nf()\n"),
    "from-below": ("from old.a.c import f\nf()\n", "from new.c import f\nf()\n"),
    "from-parent": ("from old import a\na.f()\n", "import new\nnew.f()\n"),
    "string": ('import_module("old.a.c")\n', 'import_module("new.c")\n'),
    "other": ("from old.ab import f\n", "from old.ab import f\n"),
}


@pytest.mark.parametrize(("before", "after"), MODULES.values(), ids=MODULES.keys())
def test_modules(before: str, after: str) -> None:
    assert rewritten(before, [rule(module={"old.a": "new"})], ["old"])[0] == after


def test_methods_on_receivers() -> None:
    before = dedent("""
        from pydantic import BaseModel
        class A(BaseModel):
            dict: int
            def json(self): return super().json()
            def m(self): return self.parse(), self.dict(), other.json()
        def f(a: A, b): return a.json(), b.json(), A.parse(1).json()
        """)
    made = rule(
        method={"json": "model_json", "parse": "model_parse", "dict": "model_dict"},
        on=["pydantic.BaseModel", "pydantic.BaseModel()"],
    )
    after, _ = rewritten(before, [made], ["pydantic"])
    assert after == dedent("""
        from pydantic import BaseModel
        class A(BaseModel):
            dict: int
            def model_json(self): return super().model_json()
            def m(self): return self.model_parse(), self.dict(), other.json()
        def f(a: A, b): return a.model_json(), b.json(), A.model_parse(1).json()
        """)
