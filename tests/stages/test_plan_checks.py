"""Which checks a step runs: what is configured, else what was found."""

import pytest

from tests.stages.worlds import project
from upgrader.config import Checks, Settings
from upgrader.errors import ConfigError
from upgrader.model import Check, CheckKind, Command, TestReader
from upgrader.stages.plan_checks import choose_checks, choose_prepare


def check(kind: CheckKind, name: str, reader: TestReader = "exit") -> Check:
    return Check(kind=kind, name=name, command=Command(argv=(name,)), reader=reader)


FOUND = (
    check("tests", "npm test", "node"),
    check("build", "npm run build"),
    check("deprecations", "cargo check"),
)


def chosen(found: tuple[Check, ...] = FOUND, **lines: object) -> list[tuple[str, str, str]]:
    settings = Settings(checks=Checks(**lines), source="upgrader.toml")  # type: ignore[arg-type] # names of fields
    return [(item.kind, item.name, item.reader) for item in choose_checks(found, project(), settings)]


def test_without_settings_the_found_ones_stay() -> None:
    assert choose_checks(FOUND, project(), Settings()) == FOUND


def test_a_kind_that_is_given_replaces_what_was_found() -> None:
    assert chosen(tests=["make check"]) == [
        ("tests", "make check", "exit"),
        ("build", "npm run build", "exit"),
        ("deprecations", "cargo check", "exit"),
    ]
    assert [item[0] for item in chosen(tests=[], build=[])] == ["deprecations"]
    assert chosen(critical=["./smoke"])[-2] == ("critical", "./smoke", "exit")


def test_a_search_for_warnings_by_the_tests_goes_with_them() -> None:
    found = (check("tests", "pytest", "pytest"), check("deprecations", "pytest with warnings", "pytest"))
    assert chosen(found, tests=["pytest -q"]) == [("tests", "pytest -q", "pytest")]


def test_names_are_unique() -> None:
    assert [item[1] for item in chosen((), tests=["make", "make"], critical=["make"])] == [
        "make",
        "make [critical]",
    ]


@pytest.mark.parametrize(
    ("line", "reader"),
    [
        ("pytest -q", "pytest"),
        ("python -m pytest", "pytest"),
        ("uv run pytest tests", "pytest"),
        (".venv/bin/pytest", "pytest"),
        ("python -m unittest discover", "unittest"),
        ("node --test", "node"),
        ("go test ./...", "go"),
        ("go test -json ./...", "go"),
        ("cargo test", "cargo"),
        ("cargo +nightly test --all", "cargo"),
        ("npx jest --json", "jest"),
        ("npx vitest run --reporter=json", "vitest"),
        ("npx mocha --reporter json", "mocha"),
        ("npx jest", "exit"),
        ("npx vitest run", "exit"),
        ("npm test", "exit"),
        ("make test", "exit"),
        ("go run ./test", "exit"),
        ("cargo nextest run", "exit"),
        ("cargo run -- test", "exit"),
        ("./unittest", "exit"),
    ],
)
def test_the_reader_of_a_configured_command(line: str, reader: str) -> None:
    assert chosen((), tests=[line]) == [("tests", line, reader)]


def test_a_configured_command_in_full() -> None:
    limits = Checks(tests=["pytest -q 'a b'"], timeout_s=60, idle_s=30)
    settings = Settings(checks=limits, source="pyproject.toml: tool.upgrader")
    (made,) = choose_checks((), project(folder="web"), settings)
    assert made.command == Command(
        argv=("pytest", "-q", "a b"),
        folder="web",
        env={"PYTEST_ADDOPTS": "-rA", "COLUMNS": "200"},
        timeout_s=60,
        idle_s=30,
    )
    assert made.source == "pyproject.toml: tool.upgrader.checks.tests"


def test_configured_limits_count_for_found_checks() -> None:
    settings = Settings(checks=Checks(timeout_s=60))
    assert {item.command.timeout_s for item in choose_checks(FOUND, project(), settings)} == {60}


def test_preparation() -> None:
    own = [Command(argv=("npm", "ci"))]
    assert choose_prepare(own, project(), Settings()) == tuple(own)
    assert choose_prepare(own, project(), Settings(checks=Checks(prepare=[]))) == ()
    (made,) = choose_prepare(own, project(), Settings(checks=Checks(prepare=["make deps"])))
    assert (made.argv, made.network) == (("make", "deps"), True)


@pytest.mark.parametrize("line", ["", "   ", "pytest 'open", 'a "b'])
def test_lines_that_are_no_command(line: str) -> None:
    with pytest.raises(ConfigError, match=r"upgrader\.toml: checks"):
        chosen((), tests=[line])
