"""The Pythons a project says it runs on are rows that nothing moves, each with its line and its reason."""

from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import make, packages
from upgrader.ecosystems import pip
from upgrader.model import CannotEdit
from upgrader.stages.inventory import read_inventory

NONE = {
    "a project that says nothing": {"pyproject.toml": '[project]\nname = "x"\n'},
    "no string": {"pyproject.toml": "[project]\nrequires-python = 3.9\n"},
    "an empty pin": {"requirements.txt": "a\n", ".python-version": "\n# none\n"},
    "a computed one": {"setup.py": "setup(python_requires=one(), install_requires=['a'])\n"},
}
SOME = {
    "PEP 621": ({"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.9"\n'}, ["pyproject.toml:3 >=3.9"]),
    "poetry": ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\n'}, ["pyproject.toml:2 ^3.9"]),
    "poetry, a table": (
        {"pyproject.toml": '[tool.poetry.dependencies.python]\nversion = "^3.9"\n'},
        ["pyproject.toml:2 ^3.9"],
    ),
    "Pipfile": ({"Pipfile": '[requires]\npython_version = "3.11"\n'}, ["Pipfile:2 3.11"]),
    "a script": (
        {"x.py": '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n'},
        ["x.py:2 >=3.11"],
    ),
    "setup.cfg": ({"setup.cfg": "[options]\npython_requires =\n    >=3.8\n"}, ["setup.cfg:3 >=3.8"]),
    "setup.py": ({"setup.py": "setup(\n  python_requires='>=3.8',\n)\n"}, ["setup.py:2 >=3.8"]),
    "a pin beside a project": (
        {"pyproject.toml": "", "requirements.txt": "a\n", ".python-version": "3.12.1\n3.11\n"},
        [".python-version:1 3.12.1", ".python-version:2 3.11"],
    ),
    "a pin beside requirements": ({"requirements.txt": "a\n", ".python-version": "3.12"}, [".python-version:1 3.12"]),
    "a pin beside a Pipfile": ({"Pipfile": "", ".python-version": "pypy3.10"}, [".python-version:1 pypy3.10"]),
    "a pin alone": ({"sub/.python-version": "\ufeff3.12\r\n"}, ["sub/.python-version:1 3.12"]),
}  # fmt: skip


@pytest.mark.parametrize("files", NONE.values(), ids=NONE)
def test_nothing_is_said(tmp_path: Path, files: dict[str, str]) -> None:
    found = read_inventory(make(tmp_path, dict(files)), {"pip": pip})
    assert [item for item in found.dependencies if item.is_runtime] == []


@pytest.mark.parametrize(("files", "told"), SOME.values(), ids=SOME)
def test_every_place_is_a_row(tmp_path: Path, files: dict[str, str], told: list[str]) -> None:
    tree = make(tmp_path, dict(files))
    found = read_inventory(tree, {"pip": pip})
    runtimes = [item for item in found.dependencies if item.is_runtime]
    assert [f"{item.place} {item.requirement}" for item in runtimes] == told
    assert {item.name for item in runtimes} == {"python"}
    assert isinstance(pip.edit(tree.read(runtimes[0].place.path), runtimes[0], "3.14"), CannotEdit)


def test_a_pin_alone_is_a_project_without_packages(tmp_path: Path) -> None:
    read = pip.read_project(make(tmp_path, {".python-version": "3.12"}), ".python-version")
    assert (read.project.runtime, packages(read)) == ("==3.12.*", [])
