"""The indexes of poetry, pdm and pipenv: a pinned package is asked for nowhere else."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.ecosystems.pip.test_locate import DEFAULT, located

CORP = "https://corp.example/simple"
OTHER = "https://other.example/simple"


def poetry(priority: str, name: str = "Corp") -> str:
    source = f'[[tool.poetry.source]]\nname = "{name}"\nurl = "{CORP}/"\n'
    return '[tool.poetry.dependencies]\na = "^1"\nb = {version = "^1", source = "corp"}\n' + source + priority


CASES = {
    "nothing of their own": ({"pyproject.toml": '[tool.poetry.dependencies]\na = "^1"\n'}, DEFAULT, (), {}),
    "explicit": ({"pyproject.toml": poetry('priority = "explicit"')}, DEFAULT, (), {"b": CORP}),
    "supplemental": ({"pyproject.toml": poetry('priority = "supplemental"')}, DEFAULT, (CORP,), {"b": CORP}),
    "primary": ({"pyproject.toml": poetry("")}, CORP, (), {"b": CORP}),
    "primary beside the default": (
        {"pyproject.toml": poetry('[[tool.poetry.source]]\nname = "PyPI"\n')},
        DEFAULT,
        (CORP,),
        {"b": CORP},
    ),
    "pdm": (
        {
            "pyproject.toml": f'[project]\ndependencies=["a"]\n[[tool.pdm.source]]\nname = "x"\nurl = "{CORP}"\n'
        },
        DEFAULT,
        (CORP,),
        {},
    ),
    "pdm instead": (
        {
            "pyproject.toml": f'[project]\ndependencies=["a"]\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{CORP}"\n'
        },
        CORP,
        (),
        {},
    ),
    "pipenv": (
        {
            "Pipfile": f'[[source]]\nname = "m"\nurl = "{CORP}"\n[[source]]\nname = "o"\nurl = "{OTHER}"\n'
            '[packages]\na = "*"\nb = {version = "*", index = "o"}\n'
        },
        CORP,
        (),
        {"b": OTHER},
    ),
}


@pytest.mark.parametrize(("files", "url", "fallbacks", "scopes"), CASES.values(), ids=CASES)
def test_where_packages_come_from(
    tmp_path: Path, files: Mapping[str, str], url: str, fallbacks: tuple[str, ...], scopes: Mapping[str, str]
) -> None:
    registry = located(tmp_path, files)
    assert (registry.problem, registry.url, registry.fallbacks, registry.scopes) == (
        "",
        url,
        fallbacks,
        scopes,
    )


def test_a_package_of_an_unknown_index_is_asked_for_nowhere(tmp_path: Path) -> None:
    text = '[tool.poetry.dependencies]\na = "^1"\nb = {version = "^1", source = "gone"}\n'
    registry = located(tmp_path, {"pyproject.toml": text})
    assert registry.url == ""
    assert registry.problem == "pyproject.toml:3: there is no index 'gone'"


def test_a_login_goes_to_its_own_index(tmp_path: Path) -> None:
    env = {"POETRY_HTTP_BASIC_CORP_USERNAME": "me", "POETRY_HTTP_BASIC_CORP_PASSWORD": "s3"}
    registry = located(tmp_path, {"pyproject.toml": poetry('priority = "explicit"')}, env)
    assert list(registry.credentials) == ["https://corp.example"]
    assert "s3" not in registry.url + str(registry.scopes)


def test_the_repository_fills_no_variable_into_an_address(tmp_path: Path) -> None:
    text = '[[source]]\nname = "m"\nurl = "https://${TOKEN}@evil.example/simple"\n[packages]\na = "*"\n'
    registry = located(tmp_path, {"Pipfile": text}, {"TOKEN": "s3"})
    assert (registry.url, registry.credentials) == ("", {})
    assert "Pipfile:1: 'm' has a variable in its address" in registry.problem
    assert "s3" not in registry.problem
