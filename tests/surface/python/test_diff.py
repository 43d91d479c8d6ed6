from __future__ import annotations

import pytest

from upgrader.surface.artefact import open_files
from upgrader.surface.diff import diff_releases
from upgrader.surface.languages import open_book

Files = dict[str, str] | str


def changes(old: Files, new: Files) -> set[str]:
    """`kind symbol` or `kind symbol:parameter` of every change between two releases of `p`."""
    before, after = (
        open_files({path: text.encode() for path, text in _files(files).items()}, "p-1")
        for files in (old, new)
    )
    found = diff_releases(open_book("pip"), before, after).changes
    return {f"{c.kind} {c.symbol}" + (f":{c.parameter}" if c.parameter else "") for c in found}


def _files(files: Files) -> dict[str, str]:
    return {"p/__init__.py": files} if isinstance(files, str) else files


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("def f(a, b=1): ...", "def f(a, b=1): ...", id="same"),
        pytest.param(
            "def f(a): return 1", "def f(a, b=1, *args, c=2, **kw): return 2", id="optional parameters added"
        ),
        pytest.param("def _f(): ...\n_x = 1", "", id="private"),
        pytest.param("import os\nimport typing as t", "", id="merely imported"),
        pytest.param("__version__ = '1'", "__version__ = '2'", id="version"),
        pytest.param(
            "def f(x: 'Optional[str]'): ...", "def f(x: str | None): ...", id="one type in two spellings"
        ),
        pytest.param("def f(x: str): ...", "def f(x: str | bytes): ...", id="takes more"),
        pytest.param("def f() -> int | None: ...", "def f() -> int: ...", id="gives less"),
        pytest.param(
            "def f(): ...",
            {"p/__init__.py": "from ._g import *", "p/_g.py": "def f(): ..."},
            id="behind a star",
        ),
        pytest.param(
            "def f(): ...",
            {
                "p/__init__.py": "try:\n    from ._fast import f\nexcept ImportError:\n    from .slow import f",
                "p/slow.py": "def f(): ...",
            },
            id="behind a try",
        ),
        pytest.param(
            "class C:\n    def m(self): ...",
            "class B:\n    def m(self): ...\nclass C(B): ...",
            id="moved to a base",
        ),
        pytest.param(
            "class E(ValueError): ...", "class M(ValueError): ...\nclass E(M): ...", id="a base between"
        ),
        pytest.param(
            "x = 1",
            "def __getattr__(name):\n    if name == 'x': return 1\n    raise AttributeError",
            id="lazy name",
        ),
        pytest.param(
            "def f(): ...",
            {
                "p/__init__.py": "_at = {'f': '.g'}\ndef __getattr__(n): return load(_at[n])",
                "p/g.py": "def f(): ...",
            },
            id="lazy table",
        ),
        pytest.param(
            "def f(): ...", "def f(): ...\nf.__doc__ = 'x'\nf.x.y = 1", id="attributes of it are stored to"
        ),
        pytest.param(
            "def f(a): ...", "def wrap(g): return g\ndef f(a): ...\nf = wrap(f)", id="decorated afterwards"
        ),
        pytest.param({"p/__init__.py": "", "p/tests/x.py": "def f(): ..."}, "", id="tests are no API"),
        pytest.param("def f(a): ...", "type X = int\ndef f[T](a): return f'{f'{1}'}'", id="newer syntax"),
        pytest.param("a = 1\nfrom .q import *", "a = 1\nfrom .q import *", id="a star from nowhere"),
    ],
)
def test_what_did_not_change_is_not_reported(old: Files, new: Files) -> None:
    assert changes(old, new) == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("def f(): ...", "", {"symbol_removed p.f"}, id="function"),
        pytest.param({"p/__init__.py": "", "p/m.py": "x = 1"}, "", {"module_removed p.m"}, id="module once"),
        pytest.param("class C:\n    def m(self): ...", "class C: ...", {"member_removed p.C.m"}, id="method"),
        pytest.param("class C:\n    x = 1", "class C: ...", {"member_removed p.C.x"}, id="class attribute"),
        pytest.param(
            "class C:\n    def __init__(self): self.x = 1",
            "class C:\n    def __init__(self): ...",
            {"member_removed p.C.x"},
            id="attribute",
        ),
        pytest.param("def f(a, b): ...", "def f(a): ...", {"param_removed p.f:b"}, id="parameter"),
        pytest.param(
            "def f(colour): ...", "def f(color): ...", {"param_renamed p.f:colour"}, id="parameter renamed"
        ),
        pytest.param(
            "def f(a): ...", "def f(a, b): ...", {"param_added_required p.f:b"}, id="parameter required"
        ),
        pytest.param("def f(a=1): ...", "def f(a): ...", {"param_became_required p.f:a"}, id="default lost"),
        pytest.param("def f(a=1): ...", "def f(a=2): ...", {"param_default_changed p.f:a"}, id="default"),
        pytest.param("def f(a, b): ...", "def f(b, a): ...", {"param_moved p.f:a"}, id="order"),
        pytest.param(
            "def f(a, b): ...", "def f(a, *, b): ...", {"param_kind_changed p.f:b"}, id="keyword only"
        ),
        pytest.param(
            "def f(a, b): ...",
            "def f(a, b, /): ...",
            {"param_kind_changed p.f:a", "param_kind_changed p.f:b"},
            id="by position only",
        ),
        pytest.param(
            "def f(x: int | str): ...", "def f(x: int): ...", {"param_type_changed p.f:x"}, id="takes less"
        ),
        pytest.param(
            "def f() -> int: ...", "def f() -> str: ...", {"return_type_changed p.f"}, id="gives another"
        ),
        pytest.param("def f(): ...", "async def f(): ...", {"async_changed p.f"}, id="async"),
        pytest.param(
            "class E(ValueError): ...", "class E(Exception): ...", {"base_class_removed p.E"}, id="base"
        ),
        pytest.param(
            "def f(): ...",
            "def f():\n    raise RuntimeError('f was removed')",
            {"symbol_tombstoned p.f"},
            id="tombstone",
        ),
        pytest.param(
            "x = 1",
            "_gone = {'x': 'use y'}\ndef __getattr__(n):\n"
            "    if n in _gone: raise AttributeError(_gone[n])\n    raise AttributeError",
            {"symbol_tombstoned p.x"},
            id="expired name",
        ),
        pytest.param("def f(): ...", "@deprecated('use g')\ndef f(): ...", {"deprecated p.f"}, id="PEP 702"),
        pytest.param(
            "def f(): ...",
            "def f():\n    warnings.warn('use g', DeprecationWarning)\n    return 1",
            {"deprecated p.f"},
            id="warning",
        ),
        pytest.param("LIMIT = 5", "LIMIT = 6", {"attribute_value_changed p.LIMIT"}, id="constant"),
        pytest.param("class f: ...", "def f(): ...", {"symbol_kind_changed p.f"}, id="class to function"),
        pytest.param(
            {"p/__init__.py": "", "p/a.py": "def f(x): ...", "p/b.py": ""},
            {"p/__init__.py": "", "p/a.py": "", "p/b.py": "def f(x): ..."},
            {"symbol_moved p.a.f"},
            id="moved",
        ),
        pytest.param(
            "def get_item(a): ...", "def get_items(a): ...", {"symbol_renamed p.get_item"}, id="renamed"
        ),
    ],
)
def test_changes_are_reported(old: Files, new: Files, expected: set[str]) -> None:
    assert changes(old, new) == expected
