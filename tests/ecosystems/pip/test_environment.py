"""The environment of the checks and the checks themselves, found by convention; nothing is run here."""

from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import make
from upgrader.ecosystems import pip
from upgrader.model import Check

LIB = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\ndependencies = ["a==1"]\n'
PLAIN_TEST = "def test_x():\n    assert True\n"
UNIT_TEST = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n"


def commands(root: Path, files: dict[str, str], manifest: str = "") -> list[str]:
    tree = make(root, files)
    project = pip.read_project(tree, manifest or next(iter(files))).project
    return [" ".join(command.argv) for command in pip.prepare(tree, project)]


def checks(root: Path, files: dict[str, str], manifest: str = "") -> list[Check]:
    tree = make(root, files)
    return list(pip.checks(tree, pip.read_project(tree, manifest or next(iter(files))).project))


def lines(found: list[Check]) -> list[str]:
    return [f"{check.kind}: {' '.join(check.command.argv)}" for check in found]


VENV = "python3 -I -m venv .venv"
PIP = ".venv/bin/python -I -m pip install"
BUILD = [
    ".venv/bin/python -I -m venv --without-pip .venv/build",
    ".venv/bin/python -I -m pip --python .venv/build/bin/python install hatchling",
]
PREPARE: dict[str, tuple[dict[str, str], list[str]]] = {
    "requirements": (
        {
            "requirements.txt": "-c c.txt\na==1",
            "c.txt": "",
            "requirements-dev.txt": "b==2",
            "requirements/x.txt": "c",
        },
        [VENV, f"{PIP} -r requirements.txt -r requirements-dev.txt -r requirements/x.txt"],
    ),
    "only the including files": (
        {"requirements.txt": "a==1", "requirements-dev.txt": "-r requirements.txt"},
        [VENV, f"{PIP} -r requirements-dev.txt"],
    ),
    "a folder below": ({"app/requirements.txt": "a==1"}, [VENV, f"{PIP} -r requirements.txt"]),
    "requirements of a package": (
        {"requirements.txt": "a==1", "setup.py": "setup()"},
        [VENV, f"{PIP} -r requirements.txt", f"{PIP} -e ."],
    ),
    "requirements that install it": (
        {"requirements.txt": "-e .[x]\na==1", "setup.py": "setup()"},
        [VENV, f"{PIP} -r requirements.txt"],
    ),
    "a package": ({"pyproject.toml": LIB}, [VENV, f"{PIP} -e .", *BUILD]),
    "a package with test extras": (
        {"pyproject.toml": f'{LIB}[project.optional-dependencies]\ntest = ["b"]\nother = ["c"]\n'},
        [VENV, f"{PIP} -e .[test]", *BUILD],
    ),
    "no package": (
        {
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["a==1"]\n[dependency-groups]\nother = ["c"]\n'
        },
        [VENV, f"{PIP} a==1"],
    ),
    "groups that include groups": (
        {
            "pyproject.toml": '[project]\nname = "x"\n[dependency-groups]\ndev = ["b", {include-group = "l"}]\n'
            'l = ["c", "--evil", {include-group = "dev"}]\n'
        },
        [VENV, f"{PIP} b c"],
    ),
    "uv": (
        {
            "pyproject.toml": '[project]\nname = "x"\n[dependency-groups]\ntest = []\n',
            "uv.lock": "version = 1",
        },
        ["uv sync --no-progress --frozen --group test"],
    ),
    "uv without a lock": ({"pyproject.toml": "[tool.uv]\npackage = false\n"}, ["uv sync --no-progress"]),
    "uv workspace": (
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["m"]\n',
            "m/pyproject.toml": "",
            "uv.lock": "version = 1",
        },
        ["uv sync --no-progress --frozen --all-packages"],
    ),
    "uv package": (
        {"pyproject.toml": LIB, "uv.lock": "version = 1"},
        [
            "uv sync --no-progress --frozen",
            "uv venv --no-project --python .venv/bin/python .venv/build",
            "uv pip install --python .venv/build/bin/python hatchling",
        ],
    ),
    "pytest that nothing declares": (
        {"requirements.txt": "a==1", "test_a.py": PLAIN_TEST},
        [VENV, f"{PIP} -r requirements.txt", f"{PIP} pytest"],
    ),
    "pytest that is declared": (
        {"requirements.txt": "pytest-cov==1", "test_a.py": PLAIN_TEST},
        [VENV, f"{PIP} -r requirements.txt"],
    ),
}


@pytest.mark.parametrize(("files", "wanted"), PREPARE.values(), ids=PREPARE)
def test_how_the_environment_is_made(tmp_path: Path, files: dict[str, str], wanted: list[str]) -> None:
    assert commands(tmp_path, files) == wanted
    assert commands(tmp_path, files) == wanted


def test_every_command_runs_in_the_project_with_the_users_indexes(tmp_path: Path) -> None:
    tree = make(
        tmp_path, {"app/requirements.txt": "a==1", "lib/pyproject.toml": LIB, "lib/uv.lock": "version = 1"}
    )
    for manifest in ("app/requirements.txt", "lib/pyproject.toml"):
        project = pip.read_project(tree, manifest).project
        for command in pip.prepare(tree, project):
            assert command.folder == project.folder
            assert not [name for name in command.env if "INDEX" in name or "CONFIG" in name]


NONE: dict[str, dict[str, str]] = {
    "no tests": {"requirements.txt": "a==1", "app.py": "print(1)"},
    "tests of another project": {
        "requirements.txt": "a",
        "sub/pyproject.toml": "",
        "sub/test_a.py": PLAIN_TEST,
    },
    "a script without arguments": {
        "pyproject.toml": f'{LIB}[project.scripts]\nx = "x.cli:main"\n',
        "x/cli.py": "def main(): deploy()\n",
    },
    "a script whose module is not here": {"pyproject.toml": f'{LIB}[project.scripts]\nx = "y:main"\n'},
    "a script of no package": {
        "pyproject.toml": '[project]\nname = "x"\n[project.scripts]\nx = "x:main"\n',
        "x.py": "import argparse",
    },
    "two packages that can be run": {"requirements.txt": "a", "x/__main__.py": "", "y/__main__.py": ""},
}


@pytest.mark.parametrize("files", NONE.values(), ids=NONE)
def test_nothing_is_run_that_was_not_found(tmp_path: Path, files: dict[str, str]) -> None:
    assert [check for check in checks(tmp_path, files) if check.kind != "build"] == []


WARN = "-W default::DeprecationWarning -W default::PendingDeprecationWarning"
PYTEST = ".venv/bin/python -m pytest"
UNITTEST = ".venv/bin/python -m unittest discover -v"
FOUND: dict[str, tuple[dict[str, str], list[str]]] = {
    "pytest by its configuration": (
        {"requirements.txt": "a", "pytest.ini": "[pytest]\n", "tests/test_a.py": UNIT_TEST},
        [f"tests: {PYTEST} -v -ra --color=no {WARN}"],
    ),
    "pytest by its import": (
        {"requirements.txt": "a", "tests/test_a.py": UNIT_TEST, "tests/test_b.py": "import pytest\n"},
        [f"tests: {PYTEST} -v -ra --color=no {WARN}"],
    ),
    "pytest by its plain functions": (
        {"requirements.txt": "a", "tests/a_test.py": PLAIN_TEST},
        [f"tests: {PYTEST} -v -ra --color=no {WARN}"],
    ),
    "pytest told to be quiet": (
        {
            "requirements.txt": "a",
            "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-x -qq"\n',
            "test_a.py": PLAIN_TEST,
        },
        [f"tests: {PYTEST} -vvv -ra --color=no {WARN}"],
    ),
    "warnings that are errors": (
        {
            "requirements.txt": "a",
            "setup.cfg": "[tool:pytest]\nfilterwarnings =\n    error\n",
            "test_a.py": PLAIN_TEST,
        },
        [f"tests: {PYTEST} -v -ra --color=no", f"deprecations: {PYTEST} -v -ra --color=no {WARN}"],
    ),
    "beside other projects": (
        {
            "requirements.txt": "a",
            "tests/test_a.py": PLAIN_TEST,
            "sub/setup.py": "",
            "sub/test_b.py": PLAIN_TEST,
        },
        [f"tests: {PYTEST} -v -ra --color=no {WARN} tests"],
    ),
    "unittest": ({"requirements.txt": "a", "test_a.py": UNIT_TEST}, [f"tests: {UNITTEST}"]),
    "unittest in a package": (
        {"requirements.txt": "a", "tests/__init__.py": "", "tests/test_a.py": UNIT_TEST},
        [f"tests: {UNITTEST} -s tests -t ."],
    ),
    "unittest in a folder": (
        {"requirements.txt": "a", "tests/test_a.py": UNIT_TEST},
        [f"tests: {UNITTEST} -s tests"],
    ),
    "unittest of other names": (
        {"requirements.txt": "a", "a_test.py": UNIT_TEST},
        [f"tests: {UNITTEST} -p *_test.py"],
    ),
    "a package that can be run": (
        {"requirements.txt": "a", "x/__main__.py": "print(1)"},
        ["start: .venv/bin/python -m x"],
    ),
    "one that parses arguments": (
        {"requirements.txt": "a", "x/__main__.py": "import argparse\n"},
        ["start: .venv/bin/python -m x --help"],
    ),
    "a script": (
        {"pyproject.toml": f'{LIB}[project.scripts]\nx = "x.cli:main"\n', "src/x/cli.py": "import click\n"},
        [
            "build: .venv/bin/python -I -m pip --python .venv/build/bin/python wheel --no-deps "
            "--no-build-isolation --no-index --wheel-dir .venv/build/wheels .",
            "start: .venv/bin/x --help",
        ],
    ),
    "a build with uv": (
        {"pyproject.toml": LIB, "uv.lock": "version = 1"},
        [
            "build: uv build --wheel --offline --no-build-isolation --python .venv/build/bin/python "
            "-o .venv/build/wheels"
        ],
    ),
    "no build where uv is told so": (
        {"pyproject.toml": f"{LIB}[tool.uv]\npackage = false\n", "uv.lock": "version = 1"},
        [],
    ),
}


@pytest.mark.parametrize(("files", "wanted"), FOUND.values(), ids=FOUND)
def test_which_checks_are_found(tmp_path: Path, files: dict[str, str], wanted: list[str]) -> None:
    assert lines(checks(tmp_path, files)) == wanted


def test_a_workspace_tests_each_member_with_one_environment(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["p/*"]\n',
        "p/m/pyproject.toml": '[project]\nname = "m"\n',
        "p/m/tests/test_a.py": PLAIN_TEST,
        "uv.lock": "version = 1",
    }
    (found,) = checks(tmp_path, files)
    assert (found.command.argv[0], found.command.folder) == ("../../.venv/bin/python", "p/m")
    assert found.name == "pytest (p/m)"
    files["pytest.ini"] = "[pytest]\n"
    files["tests/test_root.py"] = PLAIN_TEST
    (found,) = checks(tmp_path, files)
    assert (found.command.folder, found.reader, found.source) == (".", "pytest", "pytest.ini")


def test_names_are_unique_and_no_network_is_asked_for(tmp_path: Path) -> None:
    found = checks(tmp_path, FOUND["warnings that are errors"][0] | {"x/__main__.py": ""})
    assert len({check.name for check in found}) == len(found) == 3
    assert not any(check.command.network for check in found)
