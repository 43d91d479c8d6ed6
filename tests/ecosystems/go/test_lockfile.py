"""go.sum, the commands that refresh it, and why modules moved along."""

from pathlib import Path

import pytest

from tests.ecosystems.go.books import PROJECT, modules, read_one, tree, update
from upgrader.ecosystems.base import ProjectRead
from upgrader.ecosystems.go import read_project, relock, touched
from upgrader.ecosystems.go.lockfile import graph, related_moves
from upgrader.errors import StepRefused

HEAD = "module example.com/app\n\ngo 1.20\n\n"
MOD = HEAD + "require example.com/a v1.0.0\nrequire example.com/b v1.0.0 // indirect\n"


def sums(*modules: str) -> str:
    return "".join(f"{module} h1:{'A' * 43}=\n" for module in modules)


def test_hashes_of_go_mod_alone_and_known_modules_say_nothing(tmp_path: Path) -> None:
    text = sums(
        "example.com/a v1.0.0",
        "example.com/b v0.9.0",
        "example.com/c v1.0.0/go.mod",
        "example.com/app v1.0.0",
    )
    assert list(read_one(tmp_path, MOD, go_sum=text)) == ["example.com/a", "example.com/b"]


def test_the_fork_that_stands_in_is_no_module_of_its_own(tmp_path: Path) -> None:
    mod = MOD + "replace example.com/a => example.com/fork v1.0.1\n"
    found = read_one(tmp_path, mod, go_sum=sums("example.com/fork v1.0.1"))
    assert list(found) == ["example.com/a", "example.com/b"]


def test_a_module_that_only_go_sum_has_is_transitive_at_its_highest_version(tmp_path: Path) -> None:
    text = sums("example.com/c v1.9.0", "example.com/c v1.10.0", "example.com/c v1.10.0/go.mod")
    found = read_one(tmp_path, MOD, go_sum=text)["example.com/c"]
    assert (found.locked, found.direct, str(found.place), found.requirement) == (
        "v1.10.0",
        False,
        "go.sum:2",
        "",
    )


def test_bad_lines_are_held_and_many_are_counted(tmp_path: Path) -> None:
    text = "<<<<<<< HEAD\n" + sums("example.com/c v1.0.0") + "x y\n" * 40
    read = read_project(tree(tmp_path, {"go.mod": MOD, "go.sum": text}), "go.mod")
    assert [item.reason.partition(" ")[0] for item in read.held[:2]] == ["go.sum:1:", "go.sum:3:"]
    assert len(read.held) == 21
    assert "21 more lines" in read.held[-1].reason
    assert modules(read)[-1].name == "example.com/c"


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a\n\xff"])
def test_a_go_sum_that_is_no_text_is_held(tmp_path: Path, text: bytes) -> None:
    read = read_project(tree(tmp_path, {"go.mod": MOD, "go.sum": text}), "go.mod")
    assert [item.kind for item in read.held] == ["unreadable"]
    assert len(modules(read)) == 2


# -- commands


def test_takes_the_release_and_tidies_in_one_environment(tmp_path: Path) -> None:
    found = read_one(tmp_path, MOD)
    commands = relock(
        PROJECT, [update(found["example.com/b"], "v1.2.0"), update(found["example.com/a"], "v1.1.0")]
    )
    assert [command.argv for command in commands] == [
        ("go", "mod", "download", "example.com/a@v1.0.0", "example.com/b@v1.0.0"),
        ("go", "get", "example.com/a@v1.1.0", "example.com/b@v1.2.0"),
        ("go", "mod", "tidy"),
    ]
    assert all(c.env == {"GOTOOLCHAIN": "local", "GOWORK": "off"} and c.network for c in commands)
    assert graph(PROJECT).argv == ("go", "mod", "graph")
    assert touched(PROJECT) == ("go.mod", "go.sum")


def test_a_pin_by_replace_is_not_asked_for(tmp_path: Path) -> None:
    found = read_one(tmp_path, MOD + "replace example.com/a => example.com/a v1.0.5\n")
    assert [command.argv for command in relock(PROJECT, [update(found["example.com/a"], "v1.1.0")])] == [
        ("go", "mod", "download", "example.com/a@v1.0.5"),
        ("go", "mod", "tidy"),
    ]


@pytest.mark.parametrize(
    ("target", "runtime"),
    [
        pytest.param("latest", None, id="a query"),
        pytest.param("v2.0.0", None, id="another path"),
        pytest.param("v1.1.0 -x", None, id="a flag behind"),
        pytest.param("v1.1.0", "1.21", id="a newer Go"),
    ],
)
def test_refuses_what_go_would_not_take_or_would_raise(
    tmp_path: Path, target: str, runtime: str | None
) -> None:
    read = read_project(tree(tmp_path, {"go.mod": MOD}), "go.mod")
    with pytest.raises(StepRefused):
        relock(read.project, [update(modules(read)[0], target, runtime)])


# -- why others moved


def project(folder: Path, *required: str) -> ProjectRead:
    mod = HEAD + "".join(f"require {line}\n" for line in required)
    return read_project(tree(folder, {"go.mod": mod, "go.sum": ""}), "go.mod")


GRAPH = """example.com/app example.com/a@v1.1.0
example.com/app go@1.20
example.com/a@v1.1.0 example.com/b@v1.2.0
example.com/b@v1.2.0 example.com/c@v1.0.0
example.com/z@v1.0.0 example.com/y@v1.5.0
"""


def test_explains_what_the_target_requires_and_nothing_else(tmp_path: Path) -> None:
    before = project(
        tmp_path / "x",
        *(
            "example.com/a v1.0.0",
            "example.com/b v1.0.0",
            "example.com/y v1.0.0",
            "example.com/old v1.0.0 // indirect",
        ),
        *("example.com/gone v1.0.0", "example.com/low v1.5.0", "example.com/z v1.0.0"),
    )
    after = project(
        tmp_path / "y",
        *(
            "example.com/a v1.1.0",
            "example.com/b v1.2.0",
            "example.com/c v1.0.0 // indirect",
            "example.com/y v1.5.0",
        ),
        *("example.com/low v1.4.0", "example.com/z v1.0.0"),
    )
    related = related_moves(before, after, [update(modules(before)[0], "v1.1.0")], GRAPH)
    assert [
        (item.name.removeprefix("example.com/"), item.before, item.after, item.why) for item in related
    ] == [
        ("gone", "v1.0.0", None, ""),
        ("low", "v1.5.0", "v1.4.0", ""),
        ("y", "v1.0.0", "v1.5.0", ""),
        ("b", "v1.0.0", "v1.2.0", "required by example.com/a@v1.1.0"),
        ("c", None, "v1.0.0", "required by example.com/b@v1.2.0"),
        ("old", "v1.0.0", None, "no longer needed"),
    ]


def test_nothing_moved_nothing_to_explain(tmp_path: Path) -> None:
    read = project(tmp_path, "example.com/a v1.0.0", "example.com/b v1.0.0")
    assert related_moves(read, read, [update(modules(read)[0], "v1.1.0")], GRAPH) == []
