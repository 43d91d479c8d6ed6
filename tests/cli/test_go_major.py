"""A Go module's step to another major without a pack of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrader.cli.go_major import go_major, is_module
from upgrader.errors import ConfigError
from upgrader.rulebook.run import rewrite_tree

GO_MOD = """module example.org/me

go 1.22

require (
	example.org/db v1.4.0
	example.org/db/nested v0.2.0
	gopkg.in/dotted.v2 v2.1.0
)
"""
CODE = """package a

import (
	"example.org/db"
	"example.org/db/nested/x"
	"example.org/db/pool"
	"gopkg.in/dotted.v2"
)

var _ = []any{db.A, x.B, pool.C, dotted.D}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text(GO_MOD)
    (tmp_path / "a.go").write_text(CODE)
    return tmp_path


@pytest.mark.parametrize("name", ["numpy", "@scope/name", "left-pad", "serde", "lodash/fp"])
def test_other_packages_are_no_modules(name: str) -> None:
    assert not is_module(name)


@pytest.mark.parametrize(
    ("package", "old", "new", "changes"),
    [
        pytest.param("example.org/db", None, "v2.1.0", ["db/v2", "db/v2/pool"], id="the path in use"),
        pytest.param("example.org/db/v2", None, "v2.1.0", ["db/v2", "db/v2/pool"], id="the new path"),
        pytest.param("example.org/db", "v1.0.0", "v3.0.0", ["db/v3", "db/v3/pool"], id="two majors on"),
        pytest.param("gopkg.in/dotted.v2", None, "v3.0.0", ["gopkg.in/dotted.v3"], id="gopkg.in"),
    ],
)
def test_imports_move(root: Path, package: str, old: str | None, new: str, changes: list[str]) -> None:
    pack, way = go_major(root, package, old, new)
    done = rewrite_tree(root, [pack])
    text = done.after["a.go"].decode()
    added = sorted(set(text.split("\n")) - set(CODE.split("\n")))
    assert [line.strip().strip('"').removeprefix("example.org/") for line in added] == changes
    assert '"example.org/db/nested/x"' in text
    assert way.target == new


@pytest.mark.parametrize(
    ("new", "what"),
    [
        pytest.param(None, "no rule pack is about it", id="no release"),
        pytest.param("v1.9.0", "is imported by the same path", id="the same major"),
    ],
)
def test_nothing_to_move(root: Path, new: str | None, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        go_major(root, "example.org/db", None, new)
