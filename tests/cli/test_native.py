"""Which native tools are run for `--via native`, where, and what their failures mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from upgrader.cli.native import read_native
from upgrader.cli.output import Progress
from upgrader.cli.session import Wishes, open_trip
from upgrader.errors import InputError
from upgrader.model import Reported

HEAD = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'
ROPE = HEAD + '\n[dependencies]\nrope = "1"\n'
CARGO = """#!/bin/sh
touch "$MARKS/ran"
case "$PWD" in */broken*) echo "error: no matching package" >&2; exit 101 ;; esac
printf '    Updating example index\\n     Locking 1 package to latest compatible version\\n' >&2
printf '    Updating rope v1.0.0 -> v1.1.0\\n' >&2
"""


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cargo on PATH that leaves a mark when it runs."""
    found = tmp_path / "marks"
    tools = tmp_path / "tools"
    found.mkdir()
    tools.mkdir()
    (tools / "cargo").write_text(CARGO.replace("$MARKS", str(found)))
    (tools / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return found


def rows(root: Path, files: Mapping[str, str], audited: str = ".") -> list[Reported]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git").mkdir(exist_ok=True)
    return read_native(open_trip(Wishes(path=root / audited, quiet=True), Progress(quiet=True)))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"Cargo.toml": HEAD}, id="no dependencies"),
        pytest.param(
            {
                "Cargo.toml": HEAD + '[dependencies]\nknot = { path = "knot" }\n',
                "knot/Cargo.toml": HEAD.replace("app", "knot"),
            },
            id="a path",
        ),
    ],
)
def test_no_tool_runs_where_nothing_can_move(tmp_path: Path, marks: Path, files: dict[str, str]) -> None:
    assert rows(tmp_path / "p", files) == []
    assert not list(marks.iterdir())


@pytest.mark.parametrize("audited", [".", "sub"])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rust-toolchain.toml", '[toolchain]\npath = "evil"\n'),
        (".cargo/config.toml", '[registry]\nglobal-credential-providers = ["./evil"]\n'),
    ],
    ids=("toolchain", "credential helper"),
)
def test_no_tool_runs_where_the_repository_chooses_it(
    tmp_path: Path, marks: Path, path: str, text: str, audited: str
) -> None:
    (row,) = rows(tmp_path / "p", {"sub/Cargo.toml": ROPE, path: text}, audited)
    assert (row.name, row.latest) == ("rope", None)
    assert "cargo is not started here" in row.problem
    assert not list(marks.iterdir())


def test_the_rows_of_a_tool(tmp_path: Path, marks: Path) -> None:
    assert [(row.name, row.latest) for row in rows(tmp_path / "p", {"Cargo.toml": ROPE})] == [
        ("rope", "1.1.0")
    ]
    assert list(marks.iterdir())


def test_one_failure_leaves_its_own_packages_unchecked(tmp_path: Path, marks: Path) -> None:
    found = rows(tmp_path / "p", {"a/Cargo.toml": ROPE, "broken/Cargo.toml": ROPE})
    assert [(row.latest, bool(row.problem)) for row in found] == [("1.1.0", False), (None, True)]
    assert "no matching package" in found[1].problem


def test_nothing_but_failures_is_an_error(tmp_path: Path, marks: Path) -> None:
    with pytest.raises(InputError, match=r"cargo:broken/Cargo.toml.*no matching package"):
        rows(tmp_path / "p", {"broken/Cargo.toml": ROPE})
