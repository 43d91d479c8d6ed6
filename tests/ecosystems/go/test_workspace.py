"""go.work: a project of its own, and what it says of the modules it takes in; vendor folders."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ecosystems.go.books import modules, tree, update
from upgrader.ecosystems.base import ProjectRead
from upgrader.ecosystems.go import find_manifests, read_project, relock, touched
from upgrader.model import RUNTIME
from upgrader.outside.files import Tree
from upgrader.outside.shell import run

MOD = "module example.com/a\n\ngo 1.22\n\ntoolchain go1.23.4 // newest\n\nrequire example.com/x v1.0.0\n"
WORK = """go 1.22.0

toolchain go1.24.1

use ( // ours
\t./a
\t"./b"
)

replace example.com/x => example.com/x v1.4.0

replace (
\texample.com/y v1.0.0 => ../y // far
)
"""


def rows(read: ProjectRead) -> list[tuple[str, str, int, str]]:
    return [(item.name, item.requirement, item.place.line, item.immovable) for item in read.dependencies]


def test_the_go_and_toolchain_lines_are_rows(tmp_path: Path) -> None:
    found = rows(read_project(tree(tmp_path, {"go.mod": MOD, "go.sum": ""}), "go.mod"))
    assert [row[:3] for row in found] == [
        ("go", "1.22", 3),
        ("toolchain", "go1.23.4", 5),
        ("example.com/x", "v1.0.0", 7),
    ]
    assert [row[3].startswith(RUNTIME) for row in found] == [True, True, False]


def test_go_work_is_a_project_of_its_own(tmp_path: Path) -> None:
    files = {"go.work": WORK, "a/go.mod": MOD, "b/go.mod": "module example.com/b\n"}
    assert find_manifests(sorted(files)) == ["a/go.mod", "b/go.mod", "go.work"]
    read = read_project(tree(tmp_path, files), "go.work")
    assert read.held == ()
    found = rows(read)
    assert [row[:3] for row in found] == [
        ("go", "1.22.0", 1),
        ("toolchain", "go1.24.1", 3),
        ("example.com/x", "v1.4.0", 10),
        ("example.com/y", "", 13),
    ]
    assert all("go work sync" in row[3] for row in found[2:])


def test_what_a_workspace_lacks_is_held_with_its_line(tmp_path: Path) -> None:
    work = "go 1.22\n\nuse ./a\nuse ./gone\nuse ../out\nbogus\n"
    read = read_project(tree(tmp_path, {"go.work": work, "a/go.mod": MOD}), "go.work")
    assert [item.reason.partition(" ")[0] for item in read.held] == ["go.work:6:", "go.work:4:", "go.work:5:"]


def test_what_the_workspace_takes_instead_does_not_move(tmp_path: Path) -> None:
    b = "module example.com/b\n\nrequire (\n\texample.com/a v0.1.0\n\texample.com/x v1.0.0\n\texample.com/z v1.0.0\n)\n"
    files = {"go.work": WORK, "a/go.mod": MOD, "b/go.mod": b, "c/go.mod": b.replace("/b", "/c", 1)}
    said = {row[0]: row[3] for row in rows(read_project(tree(tmp_path, files), "b/go.mod"))}
    assert said == {
        "example.com/a": "workspace member (go.work:6)",
        "example.com/x": "replaced by example.com/x v1.4.0 (go.work:10)",
        "example.com/z": "",
    }
    outside = read_project(tree(tmp_path, {}), "c/go.mod")
    assert {item.immovable for item in outside.dependencies} == {""}


def test_a_workspace_that_is_no_text_leaves_the_modules_readable(tmp_path: Path) -> None:
    read = read_project(tree(tmp_path, {"go.work": b"\xff\xfe", "go.mod": MOD, "go.sum": ""}), "go.mod")
    assert [item.name for item in modules(read)] == ["example.com/x"]


DERIVED = [
    pytest.param({}, "", ["go.mod", "go.sum"], [], id="a plain module"),
    pytest.param(
        {"m/vendor/modules.txt": ""},
        "vendor",
        ["go.mod", "go.sum", "vendor/**"],
        [("go", "mod", "vendor")],
        id="a vendor folder",
    ),
    pytest.param(
        {"go.work": "go 1.22\nuse ./m\n"},
        "work go.work",
        ["go.mod", "go.sum", "go.work.sum"],
        [("go", "list", "-e", "-deps", "-test", "-f", "{{.Name}}", "./...")],
        id="a workspace",
    ),
    pytest.param(
        {"go.work": "go 1.22\nuse ./m\n", "vendor/modules.txt": "## workspace\n"},
        "work-vendor go.work",
        ["go.mod", "go.sum", "go.work.sum", "vendor/**"],
        [("go", "work", "vendor")],
        id="a workspace with a vendor folder",
    ),
    pytest.param({"go.work": "go 1.22\nuse ./n\n"}, "", ["go.mod", "go.sum"], [], id="another's workspace"),
]


@pytest.mark.parametrize(("more", "derived", "files", "commands"), DERIVED)
def test_what_follows_go_mod_is_brought_in_line(
    tmp_path: Path, more: dict[str, str], derived: str, files: list[str], commands: list[tuple[str, ...]]
) -> None:
    read = read_project(tree(tmp_path, {"m/go.mod": MOD, "m/go.sum": "", **more}), "m/go.mod")
    assert read.project.lock_format == derived
    assert [path.removeprefix("m/") for path in touched(read.project)] == files
    made = relock(read.project, [update(modules(read)[0], "v1.1.0")])
    assert [command.argv for command in made][3:] == commands
    assert made[2].argv == ("go", "mod", "tidy")


@pytest.mark.tools("go")
def test_the_vendor_folder_has_the_new_release(sample: Callable[[str], Path], client: dict[str, str]) -> None:
    folder = sample("go/shop")
    subprocess.run(["go", "mod", "vendor"], cwd=folder, env=client, check=True, capture_output=True)
    read = read_project(Tree(folder), "go.mod")
    cord = next(item for item in read.dependencies if item.name == "tidewater.example/cord")
    text = (folder / "go.mod").read_text()
    (folder / "go.mod").write_text(text.replace("cord v1.0.0", "cord v1.1.0"))
    for command in relock(read.project, [update(cord, "v1.1.0")]):
        assert run(command.argv, cwd=folder, env={**client, **command.env}).ok
    listed = (folder / "vendor/modules.txt").read_text()
    assert "# tidewater.example/cord v1.1.0" in listed
    built = run(("go", "build", "./..."), cwd=folder, env={**client, "GOFLAGS": "-mod=vendor"})
    assert built.ok, built.stderr
