"""poetry.lock, pdm.lock, Pipfile.lock and pylock.toml: what they hold, and how they are refreshed."""

from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import held, make, one, read, rows
from upgrader.ecosystems import pip
from upgrader.errors import StepRefused, VersionError
from upgrader.model import Command, Dependency, Project, Release, Update

POETRY = """\
[tool.poetry]
name = "x"
[tool.poetry.dependencies]
python = "^3.9"
a = "^1.0"
local = { path = "../local" }
two = [{version = "^1", python = "<3.10"}, {version = "^2", python = ">=3.10"}]
[tool.poetry.group.test.dependencies]
t = "*"
"""
LOCK_11 = """\
[[package]]
name = "a"
version = "1.2.3"
category = "main"
optional = false
python-versions = "*"
[package.dependencies]
Deep_One = {version = ">=1", markers = "x"}

[[package]]
name = "deep-one"
version = "4.0"
category = "main"
optional = false

[[package]]
name = "local"
version = "0.1"
category = "main"
[package.source]
type = "directory"
url = "../local"

[[package]]
name = "t"
version = "9.0"
category = "dev"

[[package]]
name = "below-t"
version = "1.0"
category = "dev"

[[package]]
name = "two"
version = "1.9"

[[package]]
name = "two"
version = "2.1"

[metadata]
lock-version = "1.1"
content-hash = "00"
[metadata.files]
a = []
"""
LOCK_20 = LOCK_11.replace('lock-version = "1.1"', 'lock-version = "2.0"').replace('category = "main"\n', "")
LOCK_20 = LOCK_20.replace('category = "dev"\n', "").replace(
    'name = "t"\nversion = "9.0"\n', 'name = "t"\nversion = "9.0"\n[package.dependencies]\nbelow-t = "*"\n'
)
LOCK_21 = LOCK_11.replace('lock-version = "1.1"', 'lock-version = "2.1"').replace("category", "groups")
LOCK_21 = LOCK_21.replace('groups = "main"', 'groups = ["main", "test"]').replace(
    'groups = "dev"', 'groups = ["test"]'
)


@pytest.mark.parametrize(
    ("text", "kind"), [(LOCK_11, "1.1"), (LOCK_20, "2.0"), (LOCK_21, "2.1")], ids=["1.1", "2.0", "2.1"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_poetrys_lockfile(tmp_path: Path, text: str, kind: str, end: str) -> None:
    project = read(tmp_path, {"pyproject.toml": POETRY, "poetry.lock": text.replace("\n", end)})
    assert project.held == ()
    assert (project.project.tool, project.project.lockfile, project.project.lock_format) == (
        "poetry",
        "poetry.lock",
        kind,
    )
    found = [row.split(" ", 1)[1] for row in rows(project)]
    assert found == [
        "a ^1.0 1.2.3 prod",
        "local - - prod [path]",
        "two ^1 1.9 prod",
        "two ^2 2.1 prod",
        "t * 9.0 dev",
        "deep-one - 4.0 prod",
        "below-t - 1.0 dev",
    ]
    lines = text.split("\n")
    for name in ("deep-one", "below-t"):
        row = one(project, name)
        assert not row.direct
        assert lines[row.place.line - 1] == f'name = "{name}"'


PDM = """\
[metadata]
groups = ["default", "test"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
[[package]]
name = "a"
version = "1.5"
groups = ["default"]
dependencies = ["b<3,>=2", "c[x]; python_version < '4'"]
[[package]]
name = "a"
version = "1.5"
extras = ["x"]
[[package]]
name = "b"
version = "2.2"
groups = ["default", "test"]
[[package]]
name = "g"
version = "0.1"
git = "https://h.example/g"
groups = ["test"]
"""


def test_pdms_lockfile(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndependencies = ["a>=1"]\n[tool.pdm.dev-dependencies]\ntest = ["z"]\n'
    project = read(tmp_path, {"pyproject.toml": text, "pdm.lock": PDM})
    assert (project.held, project.project.tool, project.project.lock_format) == ((), "pdm", "4.5.0")
    assert rows(project) == [
        "pyproject.toml:3 a >=1 1.5 prod",
        "pyproject.toml:5 z - - dev",
        "~pdm.lock:15 b - 2.2 prod",
        "~pdm.lock:19 g - 0.1 prod [git reference]",
    ]


PIPFILE = """\
[[source]]
url = "https://r.example/simple"
verify_ssl = true
name = "main"
[packages]
a = "*"
b = {version = "~=1.4", extras = ["x"], markers = "python_version > '3'"}
c = {git = "https://h.example/c.git", ref = "main"}
me = {path = ".", editable = true}
[dev-packages]
pytest = ">=7"
[docs]
sphinx = "==7.1"
[requires]
python_version = "3.11"
"""
PIPFILE_LOCK = """\
{
    "_meta": {"hash": {"sha256": "0"}, "pipfile-spec": 6, "requires": {}, "sources": []},
    "default": {
        "a": {"hashes": ["sha256:0"], "index": "main", "version": "==2.0"},
        "b": {"version": "==1.4.2"},
        "below": {"version": "==0.3"},
        "c": {"git": "https://h.example/c.git", "ref": "0"},
        "me": {"editable": true, "path": "."}
    },
    "develop": {
        "pytest": {"version": "==7.4"},
        "pluggy": {"version": "==1.5"}
    }
}
"""


def test_a_pipfile_and_its_lockfile(tmp_path: Path) -> None:
    files = {"Pipfile": PIPFILE, "Pipfile.lock": PIPFILE_LOCK}
    assert pip.find_manifests(make(tmp_path, files).walk()) == ["Pipfile"]
    project = read(tmp_path, files)
    assert (project.held, project.project.tool, project.project.runtime) == ((), "pipenv", "==3.11.*")
    assert rows(project) == [
        "Pipfile:6 a * 2.0 prod",
        "Pipfile:7 b ~=1.4 1.4.2 prod",
        "Pipfile:8 c - - prod [git reference]",
        "Pipfile:9 me - - prod [path]",
        "Pipfile:11 pytest >=7 7.4 dev",
        "Pipfile:13 sphinx ==7.1 7.1 dev",
        "~Pipfile.lock:6 below - 0.3 prod",
        "~Pipfile.lock:12 pluggy - 1.5 dev",
    ]
    text = PIPFILE.encode()
    (edit,) = pip.edit(text, one(project, "b"), "2.1")  # type: ignore[misc]  # a refusal fails to unpack
    assert text[: edit.start] + edit.after.encode() + text[edit.start + len(edit.before) :] == text.replace(
        b"~=1.4", b"~=2.1"
    )
    assert pip.edit(text, one(project, "a"), "3.0") == ()


def test_pylock_keeps_everything_where_it_is_and_is_read(tmp_path: Path) -> None:
    lock = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1.5"\n'
    lock += '[[packages]]\nversion = "2.0"\nname = "b"\n'
    project = read(tmp_path, {"pyproject.toml": '[project]\ndependencies = ["a>=1"]\n', "pylock.toml": lock})
    stuck = "[held by pylock.toml, which only the tool that made it can make again]"
    assert rows(project) == [
        f"pyproject.toml:2 a >=1 1.5 prod {stuck}",
        f"~pylock.toml:8 b - 2.0 prod {stuck}",
    ]


BROKEN = {
    "empty": ("poetry.lock", "", "not a lockfile"),
    "conflict": ("poetry.lock", "<<<<<<< x\n", "not TOML"),
    "newer": ("poetry.lock", '[metadata]\nlock-version = "9.0"\n', "version '9.0' is not known"),
    "no name": (
        "poetry.lock",
        'package = [{version = "1"}]\n[metadata]\nlock-version = "2.1"\n',
        "has no name",
    ),
    "no version": (
        "poetry.lock",
        'package = [{name = "a"}]\n[metadata]\nlock-version = "2.1"\n',
        "no version",
    ),
    "no tables": ("pdm.lock", 'package = [1]\n[metadata]\nlock_version = "4.5"\n', "no tables"),
    "no list": ("pylock.toml", 'packages = 1\nlock-version = "1.0"\n', "no tables"),
}


@pytest.mark.parametrize(("name", "text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_lockfile_that_cannot_be_read_keeps_everything_where_it_is(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    project = read(tmp_path, {"pyproject.toml": '[project]\ndependencies = ["a>=1"]\n', name: text})
    assert reason in held(project)[0]
    assert held(project)[0].startswith(f"unreadable {name}:")
    assert one(project, "a").immovable == f"held by {name}, which could not be read"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"_meta": {"pipfile-spec": 99}}', '{"default": 1}'])
def test_a_broken_pipfile_lock(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, {"Pipfile": '[packages]\na = "*"\n', "Pipfile.lock": text})
    assert held(project)[0].startswith("unreadable Pipfile.lock:1: ")
    assert one(project, "a").immovable


def update(project: Project, row: Dependency, version: str) -> Update:
    return Update(
        dependencies=(row,),
        current=row.locked or "",
        target=Release(version=version),
        latest=version,
        in_range=None,
        move="major",
        source="test",
    )


def argvs(commands: object) -> list[str]:
    assert isinstance(commands, (list, tuple))
    return [" ".join(command.argv) for command in commands if isinstance(command, Command)]


def test_the_least_moving_command_of_each_tool(tmp_path: Path) -> None:
    found = read(tmp_path, {"pyproject.toml": POETRY, "poetry.lock": LOCK_21})
    one_a, deep = one(found, "a"), one(found, "deep-one")
    updates = [update(found.project, row, "5.0") for row in (one_a, deep)]
    assert argvs(pip.relock(found.project, updates)) == ["poetry update --lock a deep-one"]
    assert pip.touched(found.project) == ("poetry.lock",)
    with pytest.raises(VersionError):
        pip.relock(found.project, [update(found.project, one_a, "--help")])


def test_pdm_is_told_the_group_and_pipenv_the_version(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndependencies = ["a>=1"]\n[tool.pdm.dev-dependencies]\ntest = ["z"]\n'
    found = read(tmp_path, {"pyproject.toml": text, "pdm.lock": PDM})
    updates = [update(found.project, one(found, name), "5.0") for name in ("a", "z")]
    assert argvs(pip.relock(found.project, updates)) == [
        "pdm update --no-sync --update-reuse --group=default a",
        "pdm update --no-sync --update-reuse --group=test z",
    ]
    with pytest.raises(StepRefused, match="none names b"):
        pip.relock(found.project, [update(found.project, one(found, "b"), "3.0")])
    found = read(tmp_path, {"Pipfile": PIPFILE, "Pipfile.lock": PIPFILE_LOCK})
    updates = [update(found.project, one(found, name), "8.0") for name in ("b", "pluggy", "sphinx")]
    assert argvs(pip.relock(found.project, updates)) == [
        "pipenv upgrade --lock-only --dev pluggy==8.0",
        "pipenv upgrade --lock-only --categories=docs sphinx==8.0",
        "pipenv upgrade --lock-only b==8.0",
    ]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"pyproject.toml": POETRY, "poetry.lock": LOCK_21}, "poetry install --no-ansi"),
        (
            {
                "pyproject.toml": "[project]\nname='x'\n[project.optional-dependencies]\ntest=['a']\n",
                "pdm.lock": PDM,
            },
            "pdm install --frozen-lockfile --group=test",
        ),
        ({"Pipfile": PIPFILE, "Pipfile.lock": PIPFILE_LOCK}, "pipenv sync --dev"),
        ({"Pipfile": PIPFILE}, ".venv/bin/python -I -m pip install a b~=1.4 pytest>=7"),
        ({"pyproject.toml": POETRY}, ".venv/bin/python -I -m pip install a>=1.0,<2.0 t"),
    ],
    ids=["poetry", "pdm", "pipenv", "pipfile alone", "poetry without a lockfile"],
)
def test_the_environment(tmp_path: Path, files: dict[str, str], wanted: str) -> None:
    found = read(tmp_path, files)
    assert argvs(pip.prepare(make(tmp_path, files), found.project)) == ["python3 -I -m venv .venv", wanted]
