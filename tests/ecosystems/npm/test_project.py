"""Checks by convention, preparing a fresh checkout, runtimes and purls."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ecosystems.npm.support import read, run, write
from upgrader.ecosystems import npm
from upgrader.ecosystems.base import Ecosystem
from upgrader.ecosystems.npm.scripts import DEPRECATIONS, Runner, find_runner
from upgrader.model import Check, Command, PackageName
from upgrader.outside.files import Tree

EXIT = Runner()
RUNNERS = [
    ("make test", EXIT),
    ("ava", EXIT),
    ("mocha | tee log", EXIT),
    ("jest; echo done", EXIT),
    ("jest || true", EXIT),
    ("jest &", EXIT),
    ("jest > log", EXIT),
    ("jest $(cat files)", EXIT),
    ("mocha && echo done", EXIT),
    ("mocha --reporter dot", EXIT),
    ("mocha -R dot", EXIT),
    ("jest --watch", EXIT),
    ("vitest --reporter=dot", EXIT),
    ("vitest bench", EXIT),
    ("mocha 'unclosed", EXIT),
    ("node test.js", EXIT),
    ("node test.js --mocha", EXIT),
    ("node tools/vitest-setup.js build", EXIT),
    ("npm run unit", EXIT),
    (
        "node bin/setup.js cross-env A=1 mocha test/*.js --exit",
        Runner(reader="mocha", arguments=("--reporter", "json")),
    ),
    ("", EXIT),
    ("node --test", Runner(reader="node", arguments=("--test-reporter=tap",))),
    (
        "NODE_ENV=test node --import tsx --test",
        Runner(reader="node", arguments=("--test-reporter=tap",)),
    ),
    ("node --require", EXIT),
    ("node --import=tsx --test", Runner(reader="node", arguments=("--test-reporter=tap",))),
    ("node --test test/*.js", Runner(reader="node", node_options=f"{DEPRECATIONS} --test-reporter=tap")),
    ("c8 --check-coverage node --test", Runner(reader="node", arguments=("--test-reporter=tap",))),
    ("tsc && node --test", Runner(reader="node", arguments=("--test-reporter=tap",))),
    ("node --test --test-reporter=spec", Runner(reader="node")),
    ("mocha", Runner(reader="mocha", arguments=("--reporter", "json"))),
    ("nyc mocha test/", Runner(reader="mocha", arguments=("--reporter", "json"))),
    ("npx mocha", Runner(reader="mocha", arguments=("--reporter", "json"))),
    ("cross-env NODE_ENV=test jest --ci", Runner(reader="jest", arguments=("--json",))),
    ("jest --json", Runner(reader="jest")),
    (
        "node --experimental-vm-modules node_modules/jest/bin/jest.js",
        Runner(reader="jest", arguments=("--json",)),
    ),
    ("react-scripts test", Runner(reader="jest", arguments=("--json", "--watchAll=false"))),
    ("vitest", Runner(reader="vitest", arguments=("--run", "--reporter=json"))),
    ("vitest run --coverage", Runner(reader="vitest", arguments=("--reporter=json",))),
]


@pytest.mark.parametrize(("script", "wanted"), RUNNERS)
def test_the_runner_of_a_script(script: str, wanted: Runner) -> None:
    assert find_runner(script) == wanted


SCRIPTS = {
    "lint": "eslint .",
    "unit": "mocha",
    "more": "npm run -s unit",
    "loop": "npm run loop",
    "tap": "node --test test/*.js",
}
INSIDE = [
    ("npm run lint", EXIT),
    ("npm run loop", EXIT),
    ("npm run gone", EXIT),
    ("npm run unit -- --grep x", EXIT),
    ("npm run unit || true", EXIT),
    ("npm run unit", Runner(reader="mocha", arguments=("--", "--reporter", "json"))),
    ("eslint . && npm run unit", Runner(reader="mocha", arguments=("--", "--reporter", "json"))),
    ("npm run more", Runner(reader="mocha", arguments=("--", "--", "--reporter", "json"))),
    ("npm run tap", Runner(reader="node", node_options=f"{DEPRECATIONS} --test-reporter=tap")),
]


@pytest.mark.parametrize(("script", "wanted"), INSIDE)
def test_the_runner_of_a_script_that_runs_another(script: str, wanted: Runner) -> None:
    assert find_runner(script, lambda name: SCRIPTS.get(name, "")) == wanted


CHAINS = [
    ("npm run lint", {}, ["npm test"]),
    ("npm run lint && mocha", {}, ["npm test"]),
    ("npm run lint; npm run unit", {}, ["npm test"]),
    ("npm run lint || npm run unit", {}, ["npm test"]),
    ("npm run lint && npm run gone", {}, ["npm test"]),
    ("npm run lint && npm run unit -- --grep x", {}, ["npm test"]),
    ("npm run lint && npm run unit", {"pretest": "node build.js"}, ["npm test"]),
    ("npm run lint && npm run unit", {"posttest": "node report.js"}, ["npm test"]),
    ("npm run lint && npm run -s unit", {}, ["npm run lint", "npm run unit"]),
]


@pytest.mark.parametrize(("script", "more", "wanted"), CHAINS)
def test_a_script_that_only_runs_others_is_run_in_parts(
    tmp_path: Path, script: str, more: dict[str, str], wanted: list[str]
) -> None:
    checks = found_checks(tmp_path, {"package.json": {"scripts": {"test": script, **SCRIPTS, **more}}})
    assert [check.name for check in checks] == wanted
    if len(wanted) > 1:
        assert checks[1].command.argv == ("npm", "run", "unit", "--", "--reporter", "json")
        assert [check.reader for check in checks] == ["exit", "mocha"]
        assert [check.source for check in checks] == [
            "package.json: scripts.lint",
            "package.json: scripts.unit",
        ]


def test_a_build_inside_the_tests_has_a_name_of_its_own(tmp_path: Path) -> None:
    scripts = {"test": "npm run build && npm run unit", "build": "tsc", "unit": "mocha"}
    checks = found_checks(tmp_path, {"package.json": {"scripts": scripts}})
    assert [check.name for check in checks] == [
        "npm run build for the tests",
        "npm run unit",
        "npm run build",
    ]


@pytest.mark.tools("npm")
def test_arguments_reach_the_runner_through_two_scripts(tmp_path: Path, client: dict[str, str]) -> None:
    (tmp_path / "mocha.js").write_text("console.log(process.argv.slice(2).join(' '))")
    scripts = {"test": "echo first && npm run -s unit", "unit": "node mocha.js a"}
    checks = found_checks(tmp_path, {"package.json": {"scripts": scripts}})
    done = run([checks[0].command], tmp_path, client)
    assert done[0].stdout.splitlines()[-1] == "a --reporter json"


def found_checks(root: Path, files: dict[str, Any]) -> list[Check]:
    write(root, {path: text if isinstance(text, str) else json.dumps(text) for path, text in files.items()})
    return list(npm.checks(Tree(root), read(root).project))


PLACEHOLDER = 'echo "Error: no test specified" && exit 1'
NONE: list[dict[str, Any]] = [
    {"package.json": {}},
    {"package.json": {"scripts": {"test": PLACEHOLDER}}},
    {"package.json": {"scripts": {"test": "", "build": " "}}},
    {"package.json": {"scripts": "x"}},
    {"package.json": {"scripts": ["x"]}},
    {"package.json": {"scripts": {"test": 1}}},
    {"package.json": {}, "tsconfig.json": "{}"},
    {"package.json": {"scripts": {"test": "jest"}, "packageManager": "pnpm@9.0.0"}, "pnpm-lock.yaml": ""},
]


@pytest.mark.parametrize("files", NONE, ids=str)
def test_no_checks(tmp_path: Path, files: dict[str, Any]) -> None:
    assert found_checks(tmp_path, files) == []


def names(checks: list[Check]) -> list[tuple[str, str, str]]:
    return [(check.kind, check.name, check.source) for check in checks]


def test_the_scripts_of_a_project(tmp_path: Path) -> None:
    scripts = {"test": "node --test", "build": "node build.js", "start": "node index.js"}
    checks = found_checks(tmp_path, {"package.json": {"scripts": scripts}})
    assert names(checks) == [
        ("tests", "npm test", "package.json: scripts.test"),
        ("build", "npm run build", "package.json: scripts.build"),
        ("start", "npm start", "package.json: scripts.start"),
    ]
    assert checks[0].command.argv == ("npm", "test", "--", "--test-reporter=tap")
    assert checks[0].command.env["NODE_OPTIONS"] == DEPRECATIONS
    assert checks[0].command.env["CI"] == "true"
    assert "NODE_OPTIONS" not in checks[1].command.env
    assert not any(check.command.network for check in checks)


def test_types_are_the_build_where_there_is_no_script(tmp_path: Path) -> None:
    manifest = {"devDependencies": {"typescript": "^5.0.0"}}
    checks = found_checks(tmp_path, {"package.json": manifest, "tsconfig.json": "{}", "server.js": ""})
    assert names(checks) == [
        ("build", "tsc --noEmit", "tsconfig.json"),
        ("start", "npm start", "server.js"),
    ]


def workspace(root_test: str) -> dict[str, Any]:
    return {
        "package.json": {"workspaces": ["*"], "scripts": {"test": root_test}},
        "a/package.json": {"name": "a", "scripts": {"test": "mocha", "build": "tsc"}},
        "b/package.json": {"name": "b", "scripts": {"test": PLACEHOLDER, "build": "tsc"}},
        "c/package.json": {"name": "c", "scripts": {"test": "jest"}},
    }


ROOTS = [
    ("npm test --workspaces", ["npm test (a)", "npm test (c)"]),
    ("npm run test -ws --if-present", ["npm test (a)", "npm test (c)"]),
    ("npm test --workspaces && npm run lint", ["npm test"]),
    ("turbo run test", ["npm test"]),
    ("lerna run test", ["npm test"]),
    ("node --test", ["npm test", "npm test (a)", "npm test (c)"]),
    (PLACEHOLDER, ["npm test (a)", "npm test (c)"]),
]


@pytest.mark.parametrize(("script", "wanted"), ROOTS)
def test_workspaces_are_tested_once(tmp_path: Path, script: str, wanted: list[str]) -> None:
    checks = found_checks(tmp_path, workspace(script))
    assert [check.name for check in checks if check.kind == "tests"] == wanted
    assert [check.name for check in checks if check.kind == "build"] == [
        "npm run build (a)",
        "npm run build (b)",
    ]
    assert {check.command.folder for check in checks if check.name == "npm test (a)"} <= {"a"}


def prepared(root: Path, files: dict[str, Any]) -> list[Command]:
    write(root, {path: json.dumps(text) for path, text in files.items()})
    return list(npm.prepare(Tree(root), read(root).project))


ASKS = {"dependencies": {"x": "1.0.0"}}


def lock_of(**entry: object) -> dict[str, Any]:
    return {"lockfileVersion": 3, "packages": {"node_modules/x": {"version": "1.0.0", **entry}}}


def test_nothing_to_prepare_without_dependencies(tmp_path: Path) -> None:
    assert prepared(tmp_path, {"package.json": {"scripts": {"postinstall": "x"}}}) == []


def test_a_lockfile_is_installed_as_it_is_without_running_anything(tmp_path: Path) -> None:
    (only,) = prepared(tmp_path, {"package.json": ASKS, "package-lock.json": lock_of()})
    assert only.argv[:3] == ("npm", "ci", "--ignore-scripts")
    assert "--include=dev" in only.argv
    assert only.network


def test_install_scripts_run_apart_and_without_network(tmp_path: Path) -> None:
    scripts = {"postinstall": "node setup.js", "prepare": "husky install", "preprepare": "x"}
    files = {
        "package.json": {**ASKS, "scripts": scripts},
        "package-lock.json": lock_of(hasInstallScript=True),
    }
    commands = prepared(tmp_path, files)
    assert [command.argv[:3] for command in commands[1:]] == [
        ("npm", "rebuild"),
        ("npm", "run", "postinstall"),
    ]
    assert [command.network for command in commands] == [True, False, False]


def test_without_a_lockfile_none_is_written(tmp_path: Path) -> None:
    first, second = prepared(tmp_path, {"package.json": ASKS})
    assert first.argv[:3] == ("npm", "install", "--no-package-lock")
    assert "--ignore-scripts" in first.argv
    assert second.argv == ("npm", "rebuild")


@pytest.mark.tools("npm")
def test_a_fresh_checkout_is_prepared_and_tells_its_tests(
    sample: Callable[[str], Path], client: dict[str, str]
) -> None:
    root = sample("npm/shop")
    project = read(root).project
    done = run(npm.prepare(Tree(root), project), root, client)
    assert [item.returncode for item in done] == [0] * len(done), done[-1].stderr
    tests = next(check for check in npm.checks(Tree(root), project) if check.kind == "tests")
    (finished,) = run([tests.command], root, client)
    assert finished.returncode == 0, finished.stdout
    assert "TAP version 13" in finished.stdout
    assert "\nok 1" in finished.stdout


@pytest.mark.tools("npm")
def test_node_tells_its_tests_also_for_a_script_with_file_names(
    tmp_path: Path, client: dict[str, str]
) -> None:
    test = 'const {test}=require("node:test"); test("buffer", () => { new Buffer(3); });'
    files = {"package.json": {"scripts": {"test": "node --test a.js b.js"}}, "a.js": test, "b.js": test}
    (check,) = found_checks(tmp_path, files)
    (finished,) = run([check.command], tmp_path, client)
    assert "TAP version 13" in finished.stdout
    assert "[DEP0005] DeprecationWarning" in finished.stdout + finished.stderr


@pytest.mark.tools("npm")
def test_a_members_test_runs_in_its_folder(sample: Callable[[str], Path], client: dict[str, str]) -> None:
    root = sample("npm/workspaces")
    project = read(root).project
    run(npm.prepare(Tree(root), project), root, client)
    checks = [check for check in npm.checks(Tree(root), project) if check.kind == "tests"]
    assert [check.name for check in checks] == ["npm test (packages/ledger)", "npm test (packages/till)"]
    done = [run([check.command], root, client)[0] for check in checks]
    assert ["TAP version 13" in item.stdout for item in done] == [True, True]
    assert [item.returncode for item in done] == [0, 0]


FITS = [
    (">=18", ">=18", True),
    (">=20", ">=18", True),
    ("20.11.0", ">=18 <23", True),
    ("20", "^18 || ^20", True),
    (">=16", ">=18", False),
    ("^18 || ^20", ">=20", False),
    ("18.0.0", ">=20", False),
    ("whatever", ">=18", None),
    (">=18", "whatever", None),
]


@pytest.mark.parametrize(("declared", "needed", "wanted"), FITS)
def test_runtimes(declared: str, needed: str, wanted: bool | None) -> None:
    assert npm.runtime_fits(declared, needed) is wanted


PURLS = [
    ("left-pad", "1.0.0", "pkg:npm/left-pad@1.0.0"),
    ("@scope/name", "1.0.0-rc.1+b", "pkg:npm/%40scope/name@1.0.0-rc.1%2Bb"),
    ("@scope/name", None, "pkg:npm/%40scope/name"),
    ("JSONStream", "1.0.0", "pkg:npm/JSONStream@1.0.0"),
]


@pytest.mark.parametrize(("name", "version", "wanted"), PURLS)
def test_purls(name: str, version: str | None, wanted: str) -> None:
    assert npm.purl(PackageName(name), version).lower() == wanted.lower()


def test_the_book_has_every_verb(tmp_path: Path) -> None:
    book: Ecosystem = npm
    assert (book.NAME, book.OSV, book.TOOL) == ("npm", "npm", "npm")
    write(tmp_path, {"package.json": "{}"})
    assert book.outdated(read(tmp_path).project).argv[:4] == ("npm", "outdated", "--json", "--long")


@pytest.mark.tools("npm")
def test_npms_own_outdated_is_read(sample: Callable[[str], Path], client: dict[str, str]) -> None:
    root = sample("npm/shop")
    shutil.rmtree(root / "node_modules", ignore_errors=True)
    (finished,) = run([npm.outdated(read(root).project)], root, client)
    assert npm.recognises(finished.stdout)
    rows = {row.name: row for row in npm.read_outdated(finished.stdout, "npm")}
    tally = rows[PackageName("tidewater-tally")]
    assert (tally.current, tally.wanted, tally.latest) == (None, "1.2.0", "2.0.0")
    assert (tally.section, tally.direct, tally.problem) == ("prod", True, "")
