"""Poetry's tables in pyproject.toml: every form of a dependency, and edits that leave the rest alone."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ecosystems.pip.folder import held, make, one, packages, read, rows
from upgrader.ecosystems import pip
from upgrader.model import CannotEdit

WHOLE = """\
[tool.poetry]
name = "Thing"
[tool.poetry.dependencies]
python = "^3.9"
caret = "^1.2"  # ^1.2
Tilde_X = '~2.1.3'
any = "*"
wild = "1.*"
bare = "1.2.3"
exact = "==1.0"
several = ">=1.2,<2.0"
table = { version = "^1.0", extras = ["x"], optional = true }
cond = {version="^3.1", python="^3.8", markers = "sys_platform == 'linux'"}
gitted = { git = "https://h.example/x.git", tag = "v1" }
local = { path = "../local", develop = true }
address = { url = "https://h.example/x-1.0.tar.gz" }
many = [
  { version = "<=1.9", python = ">=3.6,<3.8" },
  { version = "^2.0", python = ">=3.8" },
]
"dotted.name" = "^1"
[tool.poetry.dependencies.wide]
extras = ["y"]
version = "^4.5"
[tool.poetry.dev-dependencies]
old = "^5"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
mkdocs = ">=1.4"
[build-system]
requires = ["poetry-core>=1"]
"""


def test_reads_every_form(tmp_path: Path) -> None:
    project = read(tmp_path, {"pyproject.toml": WHOLE})
    assert rows(project) == [
        "pyproject.toml:32 poetry-core >=1 - build",
        "pyproject.toml:5 caret ^1.2 - prod",
        "pyproject.toml:6 tilde-x ~2.1.3 - prod",
        "pyproject.toml:7 any * - prod",
        "pyproject.toml:8 wild 1.* - prod",
        "pyproject.toml:9 bare 1.2.3 1.2.3 prod",
        "pyproject.toml:10 exact ==1.0 1.0 prod",
        "pyproject.toml:11 several >=1.2,<2.0 - prod",
        "pyproject.toml:12 table ^1.0 - optional",
        "pyproject.toml:13 cond ^3.1 - prod",
        "pyproject.toml:14 gitted - - prod [git reference]",
        "pyproject.toml:15 local - - prod [path]",
        "pyproject.toml:16 address - - prod [url]",
        "pyproject.toml:18 many <=1.9 - prod",
        "pyproject.toml:19 many ^2.0 - prod",
        "pyproject.toml:21 dotted-name ^1 - prod",
        "pyproject.toml:24 wide ^4.5 - prod",
        "pyproject.toml:26 old ^5 - dev",
        "pyproject.toml:30 mkdocs >=1.4 - dev",
    ]
    assert project.held == ()
    assert (project.project.name, project.project.runtime) == ("Thing", ">=3.9,<4.0")
    assert one(project, "table").place.key == "tool.poetry.dependencies.table.version"
    assert one(project, "mkdocs").group == "docs"
    assert one(project, "cond").marker == "sys_platform == 'linux' and python = \"^3.8\""


def test_a_standard_project_whose_table_only_adds(tmp_path: Path) -> None:
    text = """\
[project]
name = "x"
requires-python = ">=3.10"
dependencies = ["a>=1", "b>=1,<2", "c"]
[tool.poetry.dependencies]
a = { source = "corp" }
b = { allow-prereleases = true }
c = { git = "https://h.example/c" }
d = "^1"
"""
    project = read(tmp_path, {"pyproject.toml": text})
    assert [(row.name, row.immovable, row.place.line) for row in packages(project)] == [
        ("a", "", 4),
        ("b", "", 4),
        ("c", "git reference", 4),
        ("c", "git reference", 8),
        ("d", "", 9),
    ]


def test_a_plugin_is_no_part_of_the_lockfile(tmp_path: Path) -> None:
    text = '[tool.poetry.requires-plugins]\npoetry-plugin-export = ">=1.8"\n'
    lock = '[[package]]\nname = "poetry-plugin-export"\nversion = "1.9"\n[metadata]\nlock-version = "2.1"\n'
    project = read(tmp_path, {"pyproject.toml": text, "poetry.lock": lock})
    assert rows(project)[0] == "pyproject.toml:2 poetry-plugin-export >=1.8 - build"


BROKEN = {
    "a word": ('a = "latest"', "pyproject.toml:2: tool.poetry.dependencies.a: 'latest' is not a requirement"),
    "a number": ("a = 1", "pyproject.toml:2: tool.poetry.dependencies.a: is not a requirement"),
    "a list of lists": ("a = [[]]", "pyproject.toml:2: tool.poetry.dependencies.a[0]: is not a requirement"),
    "no string": ("a = {version = 1.2}", "tool.poetry.dependencies.a.version: is not a string"),
    "no name": ('"a b" = "1"', "is not a name"),
    "long": (f'a = "{"^1," * 4000}^1"', "is not a requirement"),
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.values(), ids=BROKEN)
def test_an_entry_that_cannot_be_read_is_held_and_the_rest_goes_on(
    tmp_path: Path, line: str, reason: str
) -> None:
    project = read(tmp_path, {"pyproject.toml": f'[tool.poetry.dependencies]\n{line}\nz = "^1"\n'})
    assert [row.name for row in project.dependencies] == ["z"]
    assert reason in held(project)[0]
    assert project.held[0].place
    assert project.held[0].place.line == 2


@pytest.mark.parametrize("text", ['dependencies = "a"', "dependencies = [1]", "group.dev.dependencies = 1"])
def test_a_table_that_is_none_is_held(tmp_path: Path, text: str) -> None:
    assert "must be a table" in held(read(tmp_path, {"pyproject.toml": f"[tool.poetry]\n{text}\n"}))[0]


@pytest.mark.parametrize(
    ("python", "runtime"),
    [
        ('"^3.9"', ">=3.9,<4.0"),
        ('">=3.9,<3.13"', ">=3.9,<3.13"),
        ('"~3.11"', ">=3.11,<3.12"),
        ('"*"', None),
        ('{version = "^3.9"}', ">=3.9,<4.0"),
        ('">=3.8,<3.9 || >=3.10"', ">=3.8,<3.9 || >=3.10"),
        ("3", None),
    ],
)
def test_python_is_the_runtime(tmp_path: Path, python: str, runtime: str | None) -> None:
    project = read(tmp_path, {"pyproject.toml": f"[tool.poetry.dependencies]\npython = {python}\n"})
    assert (project.project.runtime, packages(project), project.held) == (runtime, [], ())


requirements = st.sampled_from(
    ["^1.2", "~1.2.3", "1.2.3", "*", "1.*", ">=1,<2", ">=1 <2", "==1.0", "^1 || ^2", ""]
)
shapes = st.sampled_from(
    [
        '{name} = "{wish}"  # {wish}',
        "{name}='{wish}'",
        '{name} = {{ extras = ["{wish}"], version = "{wish}", optional = true }}',
        '{name} = [\n  {{version = "0.1", python = "<3"}}, # x\n  {{version = "{wish}"}}]',
        '{name} = """ {wish} """',
    ]
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    parts=st.lists(st.tuples(shapes, requirements), min_size=1, max_size=4),
    end=st.sampled_from(["\n", "\r\n"]),
    header=st.sampled_from(["tool.poetry.dependencies", "tool.poetry.group.'a.b'.dependencies"]),
    target=st.sampled_from(["1.5.0", "2.5.0", "3.0"]),
    data=st.data(),
)
def test_only_the_meant_place_changes(
    tmp_path: Path, parts: list[tuple[str, str]], end: str, header: str, target: str, data: st.DataObject
) -> None:
    lines = [shape.format(name=f"p{number}", wish=wish) for number, (shape, wish) in enumerate(parts)]
    text = end.join(["# ü", f"[{header}]", *lines, ""]).replace("\r\n", "\n").replace("\n", end).encode()
    before = read(tmp_path, {"pyproject.toml": text})
    assert before.held == ()
    row = data.draw(st.sampled_from(before.dependencies))
    answer = pip.edit(text, row, target)
    assert not isinstance(answer, CannotEdit)
    changed = text
    for edit in answer:
        old = edit.before.encode()
        assert text[edit.start : edit.start + len(old)] == old
        changed = text[: edit.start] + edit.after.encode() + text[edit.start + len(old) :]
    after = pip.read_project(make(tmp_path, {"pyproject.toml": changed}), "pyproject.toml")
    for was, now in zip(before.dependencies, after.dependencies, strict=True):
        if was == row and answer:
            assert now == replace(was, requirement=answer[0].after, locked=now.locked)
            assert not pip.edit(changed, now, target)
        else:
            assert now == was


@pytest.mark.parametrize(
    "line", ['a = "\\u005e1.2"', 'b = "^1.2"', "a = 1", 'a.version = "^1.3"', '"a.version" = "^1.2"']
)
def test_what_does_not_stand_there_as_it_did_is_left_alone(tmp_path: Path, line: str) -> None:
    row = read(tmp_path, {"pyproject.toml": '[tool.poetry.dependencies]\na = "^1.2"\n'}).dependencies[0]
    answer = pip.edit(f"[tool.poetry.dependencies]\n{line}\n".encode(), row, "2.0")
    assert isinstance(answer, CannotEdit)
