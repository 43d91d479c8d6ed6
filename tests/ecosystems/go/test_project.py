"""A Go module as a project: checks, preparation, Go versions, package URLs, what lies around it."""

from pathlib import Path

import pytest

from tests.ecosystems.go.books import PROJECT, tree
from upgrader.ecosystems.go import checks, members, normalise, prepare, purl, read_project, runtime_fits

MOD = "module example.com/app\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n"
SUM = "example.com/a v1.0.0 h1:aaaa=\nexample.com/a v1.0.0/go.mod h1:bbbb=\n"


@pytest.mark.parametrize(
    ("declared", "needed", "fits"),
    [
        ("1.22", "1.22", True),
        ("1.22", "1.22.0", True),
        ("1.22.1", "1.22.0", True),
        ("1.21", "1.9", True),
        ("1.21", "1.21rc1", True),
        ("2.0", "1.30", True),
        ("1.21rc2", "1.21.0", False),
        ("1.21", "1.22", False),
        ("1.22.0", "1.22.1", False),
        ("1.9", "1.21", False),
        ("1.x", "1.21", None),
        ("1.21", "", None),
    ],
)
def test_runtime_fits(declared: str, needed: str, fits: bool | None) -> None:
    assert runtime_fits(declared, needed) is fits


@pytest.mark.parametrize(
    ("name", "version", "url"),
    [
        ("example.com", None, "pkg:golang/example.com"),
        ("example.com/a/b", "v1.2.3", "pkg:golang/example.com/a/b@v1.2.3"),
        ("example.com/a", "v2.0.0", "pkg:golang/example.com/a/v2@v2.0.0"),
        ("example.com/a", "v2.0.0+incompatible", "pkg:golang/example.com/a@v2.0.0%2Bincompatible"),
    ],
)
def test_purl(name: str, version: str | None, url: str) -> None:
    assert purl(normalise(name), version) == url


def test_checks_only_what_is_there(tmp_path: Path) -> None:
    files = {
        "go.mod": MOD,
        "testdata/x.go": "",
        "_old/x_test.go": "",
        "nested/go.mod": MOD,
        "nested/x.go": "",
        "nested/x_test.go": "",
        "vendor/v/v.go": "",
        "README.md": "",
    }
    assert list(checks(tree(tmp_path, files), PROJECT)) == []
    found = checks(tree(tmp_path, {"main.go": "", "sub/x_test.go": ""}), PROJECT)
    assert [(check.kind, check.reader, check.command.argv) for check in found] == [
        ("tests", "go", ("go", "test", "-json", "-count=1", "./...")),
        ("build", "exit", ("go", "build", "-o", "/dev/null", "./...")),
    ]
    assert all(check.command.env == {"GOTOOLCHAIN": "local"} for check in found)


def test_prepare_fetches_what_go_mod_names(tmp_path: Path) -> None:
    commands = prepare(tree(tmp_path, {"go.mod": MOD}), PROJECT)
    assert [(command.argv, command.network) for command in commands] == [(("go", "mod", "download"), True)]


def held(folder: Path, files: dict[str, str], manifest: str = "go.mod") -> list[tuple[str, str]]:
    read = read_project(tree(folder, files), manifest)
    assert members(read) == ()
    return [(item.kind, item.reason) for item in read.held]


def test_nothing_is_held_of_a_plain_module(tmp_path: Path) -> None:
    assert held(tmp_path, {"go.mod": MOD, "go.sum": SUM}) == []


def test_no_go_sum_is_needed_for_folders(tmp_path: Path) -> None:
    assert held(tmp_path, {"go.mod": MOD + "replace example.com/a => ../a\n"}) == []


def test_a_missing_go_sum_is_told(tmp_path: Path) -> None:
    ((kind, reason),) = held(tmp_path, {"go.mod": MOD})
    assert kind == "tool"
    assert reason.startswith("go.mod:5: there is no go.sum")


def test_a_vendor_folder_needs_nothing_fetched(tmp_path: Path) -> None:
    files = {"go.mod": MOD, "go.sum": SUM, "vendor/modules.txt": "# example.com/a v1.0.0\n"}
    assert held(tmp_path, files) == []
    assert prepare(tree(tmp_path, {}), read_project(tree(tmp_path, {}), "go.mod").project) == ()
