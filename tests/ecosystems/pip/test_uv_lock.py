"""uv.lock: what is locked for which requirement, what is transitive, and how one package is refreshed."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.ecosystems.pip.folder import held, one, packages, read, rows
from upgrader.ecosystems import pip
from upgrader.ecosystems.base import ProjectRead
from upgrader.ecosystems.pip.project import pinned
from upgrader.errors import VersionError
from upgrader.model import Command, Release, Update

MANIFEST = """\
[build-system]
requires = ["b"]
[project]
name = "root"
dependencies = ["a>=1", "fork>=1", "gone"]
[project.optional-dependencies]
Ex_tra = ["b[more]"]
[dependency-groups]
dev = ["c"]
"""
LOCK = """\
version = 1
revision = 2
requires-python = ">=3.9"

[[package]]
name = "a"
version = "1.1"
source = { registry = "https://r.example/simple" }
dependencies = [{ name = "deep" }]
wheels = [{ url = "https://r.example/a.whl" }]

[[package]]
name = "b"
version = "2.0"
source = { registry = "https://r.example/simple" }
sdist = { url = "https://r.example/b.tar.gz" }

[package.optional-dependencies]
more = [{ name = "only-extra" }]

[[package]]
name = "c"
version = "3.0"
source = { git = "https://h.example/c#00" }
dependencies = [{ name = "deep" }, { name = "only-dev" }]

[[package]]
name = "deep"
version = "4.0"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/deep.whl" }]

[[package]]
name = "fork"
version = "5.0"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/fork.whl" }]

[[package]]
name = "fork"
version = "10.0"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/fork.whl" }]

[[package]]
name = "only-dev"
version = "6.0"
source = { path = "x.whl" }

[[package]]
name = "only-extra"
version = "7.0"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/only.whl" }]

[[package]]
name = "root"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "a" },
    { name = "fork", version = "5.0", source = { registry = "x" }, marker = "python_full_version < '3.10'" },
    { name = "fork", version = "10.0", source = { registry = "x" }, marker = "python_full_version >= '3.10'" },
]

[package.optional-dependencies]
ex-tra = [{ name = "b", extra = ["more"] }]

[package.dev-dependencies]
dev = [{ name = "c" }]
"""


@pytest.fixture
def project(tmp_path: Path) -> ProjectRead:
    return read(tmp_path, {"pyproject.toml": MANIFEST, "uv.lock": LOCK})


def test_says_what_is_locked_and_what_is_transitive(project: ProjectRead) -> None:
    assert project.held == ()
    assert rows(project) == [
        "pyproject.toml:5 a >=1 1.1 prod",
        "pyproject.toml:5 fork >=1 10.0 prod",
        "pyproject.toml:5 gone - - prod",
        "pyproject.toml:7 b - 2.0 optional",
        "pyproject.toml:9 c - 3.0 dev",
        "pyproject.toml:2 b - - build",
        "~uv.lock:28 deep - 4.0 prod",
        "~uv.lock:34 fork - 5.0 prod",
        "~uv.lock:46 only-dev - 6.0 dev [path]",
        "~uv.lock:51 only-extra - 7.0 optional",
    ]
    assert (project.project.lockfile, project.project.tool) == ("uv.lock", "uv")


def test_a_requirement_gets_the_fork_it_allows(tmp_path: Path) -> None:
    text = MANIFEST.replace("fork>=1", "fork<6; python_version < '3.10'")
    assert one_direct(read(tmp_path, {"pyproject.toml": text, "uv.lock": LOCK}), "fork") == "5.0"


def test_a_lock_without_the_project_is_asked_by_name(tmp_path: Path) -> None:
    lock = LOCK.partition('[[package]]\nname = "root"')[0]
    read_it = read(tmp_path, {"pyproject.toml": MANIFEST.replace('name = "root"', ""), "uv.lock": lock})
    assert one_direct(read_it, "a") == "1.1"


def test_lines_are_found_however_the_lock_is_written(tmp_path: Path) -> None:
    lock = LOCK.replace('[[package]]\nname = "deep"\n', '[[ package ]] # x\n\n"name" = "deep"\n')
    project = read(tmp_path, {"pyproject.toml": MANIFEST, "uv.lock": lock})
    assert "~uv.lock:29 deep - 4.0 prod" in rows(project)
    assert "~uv.lock:35 fork - 5.0 prod" in rows(project)


def test_windows_line_ends_do_not_shift_lines(tmp_path: Path) -> None:
    lock = LOCK.replace("\n", "\r\n")
    assert "~uv.lock:28 deep - 4.0 prod" in rows(
        read(tmp_path, {"pyproject.toml": MANIFEST, "uv.lock": lock})
    )


BROKEN = {
    "conflict": ("<<<<<<< HEAD\n", 1),
    "wrong types": ("version = 1\n[[package]]\nname = 3\n", 1),
    "later format": ("version = 2\n", 1),
    "no version": ("[[package]]\nname = 'a'\n", 1),
    "half": ("version = 1\n[[package]\n", 2),
}


@pytest.mark.parametrize(("lock", "line"), BROKEN.values(), ids=BROKEN)
def test_a_lock_that_cannot_be_read_is_held(tmp_path: Path, lock: str, line: int) -> None:
    project = read(tmp_path, {"pyproject.toml": MANIFEST, "uv.lock": lock})
    assert held(project)[0].startswith(f"unreadable uv.lock:{line}: ")
    assert {row.locked for row in project.dependencies} == {None}
    assert {row.immovable for row in packages(project) if row.section != "build"} <= {
        "held by uv.lock, which could not be read",
        "workspace",
    }


def test_refreshes_one_package_without_building_a_new_release(project: ProjectRead) -> None:
    (command,) = pip.relock(project.project, [update(project, "a", "2.0")])
    assert command.argv == (
        *("uv", "lock", "--no-build", "--no-binary-package", "b", "--no-binary-package", "c"),
        *("--no-binary-package", "only-dev", "--no-binary-package", "root", "-P", "a==2.0"),
    )
    assert command.network
    assert pip.touched(project.project) == ("uv.lock",)


def test_the_package_that_moves_is_not_built(project: ProjectRead) -> None:
    assert "b" not in argv_of(pip.relock(project.project, [update(project, "b", "3.0", section="optional")]))


def test_several_packages_are_refreshed_in_one_run(project: ProjectRead) -> None:
    moves = [update(project, "a", "2.0"), update(project, "fork", "11.0")]
    assert argv_of(pip.relock(project.project, moves))[-4:] == ["-P", "a==2.0", "-P", "fork==11.0"]


def test_nothing_is_refreshed_without_need(project: ProjectRead, tmp_path: Path) -> None:
    assert pip.relock(project.project, [update(project, "b", "3.0", section="build")]) == ()
    plain = read(tmp_path, {"requirements.txt": "a==1\n"})
    assert pip.relock(plain.project, [update(plain, "a", "2.0")]) == ()
    assert pip.touched(plain.project) == ()


@pytest.mark.parametrize("version", ["", "-1", "--upgrade", "1.0;x", "$(id)", "1" * 5000, "latest"])
def test_only_versions_reach_the_command(project: ProjectRead, version: str) -> None:
    with pytest.raises(VersionError):
        pip.relock(project.project, [update(project, "a", version)])


def one_direct(project: ProjectRead, name: str) -> str | None:
    return next(row.locked for row in project.dependencies if row.name == name and row.direct)


def argv_of(commands: object) -> list[str]:
    assert isinstance(commands, tuple)
    (command,) = commands
    assert isinstance(command, Command)
    return list(command.argv)


def update(project: ProjectRead, name: str, version: str, section: str = "") -> Update:
    places = [
        row
        for row in project.dependencies
        if row.name == name and row.direct and section in ("", row.section)
    ]
    return Update(
        dependencies=tuple(places),
        current="1.0",
        target=Release(version=version),
        latest=version,
        in_range=None,
        move="major",
        source="r.example",
    )


def test_pins_as_one_text_for_an_audit_tool(project: ProjectRead) -> None:
    pins = ["a==1.1", "b==2.0", "c==3.0", "deep==4.0", "fork==10.0", "fork==5.0", "only-extra==7.0"]
    assert pinned(project).splitlines() == pins
    row = one(project, "deep")
    hostile = replace(project, dependencies=(replace(row, locked="1\n--index-url http://evil.example"),))
    assert pinned(hostile) == ""
