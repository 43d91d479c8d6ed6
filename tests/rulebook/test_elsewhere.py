"""Names that modules of the project hand on are followed, in all four languages."""

from __future__ import annotations

import pytest

from tests.rulebook import packs
from upgrader.rulebook.load import decode_pack
from upgrader.rulebook.local_python import handed_on, offered, resolve
from upgrader.rulebook.modules_rust import placed
from upgrader.rulebook.ready import make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore

PYTHON = """\
edits:
- id: old
  url: https://example.org/a
  rename: {tiny.old: tiny.new, tiny.Base.load: tiny.Base.read}
"""
GO = """\
edits:
- id: old
  url: https://example.org/a
  on: ["example.org/tiny#Client()", "example.org/tiny#New()"]
  method: {Old: Renewed}
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


STORE = """package store

import "example.org/tiny"

type Store struct{ db *tiny.Client }

func Open() *tiny.Client { return tiny.New() }
"""
SIBLING = "package store\n\nfunc (s *Store) Get() { s.db.Old() }\n"
USER = 'package app\n\nimport "example.org/app/store"\n\nfunc f() { store.Open().Old() }\n'


def test_go_packages() -> None:
    files = {
        "store/store.go": STORE,
        "store/get.go": SIBLING,
        "app/app.go": USER,
        "other/get.go": SIBLING.replace("package store", "package other"),
        "app/mine.go": 'package app\n\nimport "example.org/app/shop"\n\nfunc g() { shop.Open().Old() }\n',
    }
    form = packs.text(GO, "go", "v1.0.0", "v2.0.0").replace("[tiny]", "[example.org/tiny]")
    ready = make_ready(decode_pack(form.encode(), "rules/go/example.org/tiny/1-to-2.yml", "bundled"))
    store = MemoryStore({path: text.encode() for path, text in files.items()})
    done = rewrite_store(store, [ready], unsafe=False, diffs=False)
    after = {path: done.after.get(path, text.encode()).decode() for path, text in files.items()}
    changed = {
        "store/get.go": SIBLING.replace("Old", "Renewed"),
        "app/app.go": USER.replace("Old", "Renewed"),
    }
    assert after == {**files, **changed}


RUST = """\
edits:
- id: old
  url: https://example.org/a
  rename: {"tiny::old": "tiny::new"}
"""


def test_rust_modules() -> None:
    files = {
        "Cargo.toml": '[dependencies]\nsmall = { package = "tiny", version = "1" }\n',
        "src/lib.rs": "mod compat;\nmod net;\nmod other;\n",
        "src/compat.rs": "pub use tiny::old as aged;\npub use tiny as t;\n",
        "src/other.rs": "pub mod t { pub fn old() {} }\n",
        "src/net/mod.rs": "use super::compat::t;\n\nfn f() { t::old(); crate::other::t::old(); }\n",
        "src/net/tcp.rs": "use crate::compat::t;\n\nfn g() { t::old(); super::super::other::t::old(); }\n",
        "src/direct.rs": "// tiny, by another name\nfn h() { small::old(); }\n",
    }
    form = packs.text(RUST, "cargo", "^1", "^2")
    ready = make_ready(decode_pack(form.encode(), "rules/cargo/tiny/1-to-2.yml", "bundled"))
    store = MemoryStore({path: text.encode() for path, text in files.items()})
    done = rewrite_store(store, [ready], unsafe=True, diffs=False)
    after = {path: done.after.get(path, text.encode()).decode() for path, text in files.items()}
    changed = {
        "src/compat.rs": "pub use tiny::new as aged;\npub use tiny as t;\n",
        "src/net/mod.rs": "use super::compat::t;\n\nfn f() { t::new(); crate::other::t::old(); }\n",
        "src/net/tcp.rs": "use crate::compat::t;\n\nfn g() { t::new(); super::super::other::t::old(); }\n",
        "src/direct.rs": "// tiny, by another name\nfn h() { small::new(); }\n",
    }
    assert after == {**files, **changed}


def test_where_a_rust_module_lies() -> None:
    assert placed("src/lib.rs") == ("", "crate")
    assert placed("a/src/net/mod.rs") == ("a", "crate::net")
    assert placed("a/src/net/tcp.rs") == ("a", "crate::net::tcp")
    assert placed("tests/it.rs") == ("tests", "crate")


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
