"""Names that modules of the project hand on are followed, in Python and JavaScript."""

from __future__ import annotations

import pytest

from tests.rulebook import packs
from upgrader.rulebook.local_python import handed_on, offered, resolve
from upgrader.rulebook.ready import make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore

PYTHON = """\
edits:
- id: old
  url: https://example.org/a
  rename: {tiny.old: tiny.new, tiny.Base.load: tiny.Base.read}
"""
SCRIPT = """\
edits:
- id: old
  url: https://example.org/a
  rename: {"tiny#t.old": "tiny#t.new"}
"""


def rewritten(body: str, ecosystem: str, files: dict[str, str]) -> dict[str, str]:
    store = MemoryStore({path: text.encode() for path, text in files.items()})
    done = rewrite_store(store, [make_ready(packs.pack(body, ecosystem))], unsafe=False, diffs=False)
    return {path: done.after.get(path, text.encode()).decode() for path, text in files.items()}


@pytest.mark.parametrize(
    ("module", "importing", "old", "new"),
    [
        ("import tiny as t\n", "from .compat import u\nu.old()\n", "u.old", "u.old"),
        ("t = 1\n", "from .compat import t\nt.old()\n", "t.old", "t.old"),
        ("import tiny as t\n", "from .other import t\nt.old()\n", "t.old", "t.old"),
        ("import tiny as t\n", "from ..compat import t\nt.old()\n", "t.old", "t.old"),
        ("import tiny as t\n", "from .compat import t\nt.old()\n", "t.old", "t.new"),
        ("import tiny as t\n", "from a.compat import t as x\nx.old()\n", "x.old", "x.new"),
        ("import tiny as t\n", "from . import compat\ncompat.t.old()\n", "t.old", "t.new"),
        (
            "import tiny\nclass Mine(tiny.Base): ...\n",
            "from .compat import Mine\nMine.load()\n",
            "load",
            "read",
        ),
    ],
)
def test_python(module: str, importing: str, old: str, new: str) -> None:
    files = {"a/compat.py": module, "a/user.py": importing, "a/__init__.py": ""}
    assert rewritten(PYTHON, "pip", files) == {**files, "a/user.py": importing.replace(old, new)}


def test_a_module_behind_a_module() -> None:
    files = {
        "compat.py": "import tiny as t  # noqa\n",
        "again.py": "from compat import t\n__all__ = ['t']\n",
        "user.py": "from again import t\nt.old()\n",
    }
    assert rewritten(PYTHON, "pip", files)["user.py"] == "from again import t\nt.new()\n"


def test_javascript() -> None:
    files = {
        "src/lib/index.ts": 'export { t } from "tiny";\n',
        "src/a.ts": 'import { t } from "./lib";\nt.old();\n',
        "src/b.ts": 'import { t } from "./other";\nt.old();\n',
        "src/other.ts": "export const t = 1;\n",
    }
    after = rewritten(SCRIPT, "npm", files)
    assert after == {**files, "src/a.ts": 'import { t } from "./lib";\nt.new();\n'}


def test_what_a_python_module_offers_by_its_text() -> None:
    text = (
        "import tiny as t, os\nfrom tiny.x import (a as b,  # why\n  c)\n"
        "d = b\nclass E(b.F): ...\nclass G(E): ...\ne = os\n"
    )
    assert offered(text, ["tiny"]) == {"t", "b", "c", "d", "E", "G"}
    assert handed_on("m.py", text, ["tiny"]) == {"t", "c", "d", "E", "G"}
    assert offered("from tinyx import a\n", ["tiny"]) == frozenset()


def test_where_a_python_module_lies() -> None:
    paths = {"src/a/b.py", "lib/a/b.py", "src/a/c/__init__.py"}
    assert resolve("src/a/x.py", ".b", paths) == "src/a/b.py"
    assert resolve("src/a/x.py", "a.b", paths) == "src/a/b.py"
    assert resolve("lib/x.py", "a.b", paths) == "lib/a/b.py"
    assert resolve("src/a/d/e.py", "..c", paths) == "src/a/c/__init__.py"
    assert resolve("x.py", "...b", paths) is None
