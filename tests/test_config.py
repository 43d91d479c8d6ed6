"""Settings from either file, and errors that name the key."""

from pathlib import Path

import pytest

from upgrader.config import OSV_SERVICE, Settings, load_settings
from upgrader.errors import ConfigError


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": ""},
        {"pyproject.toml": "[project]\nname = 'x'\n"},
        {"pyproject.toml": "tool = 3\n"},
        {"pyproject.toml": "this is no TOML"},
        {"package.json": "{}"},
    ],
    ids=["nothing", "empty", "no table", "odd tool", "broken", "another file"],
)
def test_the_defaults(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        write(tmp_path, name, text)
    settings = load_settings(tmp_path)
    assert settings == Settings()
    assert (settings.cooldown_days, settings.advisories_service) == (3, OSV_SERVICE)


@pytest.mark.parametrize(
    ("name", "head", "source"),
    [
        ("upgrader.toml", "", "upgrader.toml"),
        ("pyproject.toml", "tool.upgrader", "pyproject.toml: tool.upgrader"),
    ],
)
def test_either_file(name: str, head: str, source: str, tmp_path: Path) -> None:
    top, checks = (f"[{head}]\n", f"[{head}.checks]\n") if head else ("", "[checks]\n")
    text = f"{top}cooldown-days = 7\nignore = ['react*']\ngroups = {{ a = ['b'] }}\n{checks}tests = ['pytest -q']\n"
    settings = load_settings(write(tmp_path, name, "\ufeff" + text))
    assert (settings.cooldown_days, settings.ignore, settings.groups) == (7, ["react*"], {"a": ["b"]})
    assert (settings.checks.tests, settings.checks.build) == (["pytest -q"], None)
    assert settings.source == source


def test_the_file_of_its_own_comes_first(tmp_path: Path) -> None:
    write(tmp_path, "upgrader.toml", "prereleases = true\n")
    write(tmp_path, "pyproject.toml", "[tool.upgrader]\ncooldown-days = 9\n")
    settings = load_settings(tmp_path)
    assert (settings.prereleases, settings.cooldown_days) == (True, 3)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("cooldown-days = 'three'", "cooldown-days"),
        ("cooldown-days = -1", "cooldown-days"),
        ("cooldown-days = nan", "cooldown-days"),
        ("cooldown-days = inf", "cooldown-days"),
        ("cooldown_days = 3", "cooldown_days"),
        ("ignore = 'react'", "ignore"),
        ("ignore = [1]", "ignore"),
        ("jobs = -1", "jobs"),
        ("jobs = 1.5", "jobs"),
        ("groups = ['a']", "groups"),
        ("source = 'x'", "source"),
        ("checks.timeout-s = 0", "checks.timeout-s"),
        ("checks.tests = 'pytest'", "checks.tests"),
        ("checks.start-ready = '('", "checks.start-ready"),
        ("checks.nonsense = 1", "nonsense"),
        ("flags = ['target']", "flags"),
        ("target = 'newer'", "target: 'newer' is not known"),
        ("target = '@'", "target: '@' is not known"),
        ("target = '@--x'", "target: '@--x' is not known"),
        ("range-strategy = 'loosen'", "range-strategy"),
        ("ignore-paths = 'tests'", "ignore-paths"),
        ("packages = [{}]", "packages[0]"),
        ("packages = [{match = []}]", "packages[0].match"),
        ("packages = [{match = ['a'], update = 'newer'}]", "packages[0].update: 'newer' is not known"),
        ("packages = [{match = ['a']}, {match = ['b'], cooldown-days = -1}]", "packages[1].cooldown-days"),
        ("packages = [{match = ['a'], ecosystem = 'gems'}]", "packages[0].ecosystem"),
        ("packages = [{match = ['a'], nonsense = 1}]", "packages[0]"),
    ],
)
def test_errors_name_file_and_key(line: str, key: str, tmp_path: Path) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    own.mkdir()
    shared.mkdir()
    with pytest.raises(ConfigError, match=r"^upgrader\.toml: ") as told:
        load_settings(write(own, "upgrader.toml", line))
    assert key in told.value.message
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: ") as told:
        load_settings(write(shared, "pyproject.toml", f"[tool.upgrader]\n{line}\n"))
    assert key in told.value.message


@pytest.mark.parametrize(
    "text", ["this is no TOML", "a = " + "[" * 5000, "a = " + "9" * 5000, "a = 1\na = 2"]
)
def test_a_file_of_its_own_that_is_no_toml(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^upgrader\.toml: "):
        load_settings(write(tmp_path, "upgrader.toml", text))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "upgrader.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"upgrader\.toml"):
        load_settings(tmp_path)


@pytest.mark.parametrize("table", ["3", "[]", "'x'"])
def test_a_table_that_is_none(table: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml.*tool\.upgrader"):
        load_settings(write(tmp_path, "pyproject.toml", f"[tool]\nupgrader = {table}\n"))


def test_targets_and_policies(tmp_path: Path) -> None:
    text = """
target = "semver"
range-strategy = "widen"
[[packages]]
match = ["a*"]
ecosystem = "npm"
update = "never"
[[packages]]
match = ["b"]
section = ["dev", "peer"]
update = "semver"
allowed = "<3"
"""
    settings = load_settings(write(tmp_path, "upgrader.toml", text))
    assert (settings.target, settings.range_strategy, settings.flags) == ("in-range", "widen", ())
    assert [(rule.match, rule.update, rule.allowed) for rule in settings.packages] == [
        (["a*"], "never", None),
        (["b"], "semver", "<3"),
    ]
