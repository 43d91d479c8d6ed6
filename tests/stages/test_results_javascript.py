"""What node's runner, jest, vitest and mocha print."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.stages.runs import failing, finished, passing, read, recorded
from upgrader.model import TestReader
from upgrader.stages.results import read_results

FAILING = {
    "top fail # weird - name",
    "suite one > in fail",
    "parent > child bad",
    "parent own fail",
    "same name #2",
    "/…/c.test.js",
    "/…/d.test.js",
}
PASSING = {
    "top ok",
    "suite one > in ok",
    "suite one > deeper > deep ok",
    "suite one > deeper > in ok",
    "parent > child",
    "parent own fail > c",
    "prints",
    "top ok #2",
    "same name",
    "dies",
}


def test_tap() -> None:
    results = read("node", recorded("node.tap"))
    assert failing(results) == FAILING
    assert passing(results) == PASSING
    assert results.tests["skipped one"] == results.tests["todo fail"] == "skipped"
    assert results.messages["top fail # weird - name"].startswith("1 == 2")
    assert results.messages["suite one > in fail"].startswith("boom\nnot ok 1 - fake")


def test_spec() -> None:
    results = read("node", recorded("node.spec"))
    assert failing(results) == FAILING
    assert passing(results) == PASSING | {"empty suite", "todo one"}
    assert results.messages["parent own fail"].startswith("Error: own")


def test_under_npm() -> None:
    results = read("node", "\n> docks@1.0.0 test\n> node --test\n\n" + recorded("node.tap"))
    assert failing(results) == FAILING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TAP version 13\n1..0\n# tests 0\n# pass 0\n",
        "TAP version 13\n# Subtest: /home/ada/a.test.js\nok 1 - /home/ada/a.test.js\n  ---\n  duration_ms: 1\n  ...\n"
        "1..1\n# tests 1\n",
        "TAP version 13\n# Subtest: empty\nok 1 - empty\n  ---\n  type: 'suite'\n  ...\n1..1\n# tests 0\n",
        "✔ /home/ada/a.test.js (65.9ms)\n\u2139 tests 1\n",
        "not ok 1 - printed by a script\n",
    ],
)
def test_runs_without_tests_pass_nothing(text: str) -> None:
    assert read("node", text).tests == {}


@pytest.mark.parametrize("name", ["node.tap", "node.spec"])
def test_a_runner_that_ends_in_the_middle_has_failed(name: str) -> None:
    text = recorded(name)
    results = read("node", text[: text.index("parent")])
    assert "(node ended before its summary)" in failing(results)


def test_a_file_is_named_alike_on_both_sides() -> None:
    one = read("node", recorded("node.tap"))
    two = read("node", recorded("node.tap").replace("/home/ada/docks", "/tmp/elsewhere/1"))
    assert one.tests == two.tests


@pytest.mark.tools("node")
def test_the_real_node(tmp_path: Path) -> None:
    (tmp_path / "a.test.js").write_text(
        "const {test, describe, it} = require('node:test');\n"
        "describe('lock', () => { it('opens', () => {}); it('shuts', () => { throw new Error('stuck'); }); });\n"
        "test('prints', () => console.log('not ok 1 - fake'));\n"
    )
    argv = ["node", "--test", "--test-reporter=tap"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    results = read_results("node", finished(done.stdout, done.stderr))
    assert (failing(results), passing(results)) == ({"lock > shuts"}, {"lock > opens", "prints"})
    assert results.messages["lock > shuts"].startswith("stuck")


def suite(name: str, *tests: tuple[str, str], status: str = "passed", message: str = "") -> dict[str, object]:
    rows = [
        {"fullName": full, "status": how, "failureMessages": ["Error: x"] if how == "failed" else []}
        for full, how in tests
    ]
    return {"name": f"/home/ada/docks/{name}", "status": status, "message": message, "assertionResults": rows}


def jest(*suites: dict[str, object]) -> str:
    return json.dumps({"numTotalTests": 1, "testResults": list(suites)})


@pytest.mark.parametrize("reader", ["jest", "vitest"])
def test_jest_and_vitest(reader: TestReader) -> None:
    text = "[vite] connected\n{not json}\n" + jest(
        suite("b.test.js", ("lock opens", "passed"), ("lock shuts", "failed"), status="failed"),
        suite("a.test.js", (" lock opens", "passed"), ("lock waits", "pending"), ("lock opens", "passed")),
        suite("c.test.js", status="failed", message="SyntaxError"),
        suite("d.test.js", ("before", "passed"), status="failed", message="afterAll threw"),
    )
    results = read(reader, text)
    assert failing(results) == {"b.test.js > lock shuts", "c.test.js", "d.test.js"}
    assert passing(results) == {
        "a.test.js > lock opens",
        "a.test.js > lock opens #2",
        "b.test.js > lock opens",
        "d.test.js > before",
    }
    assert results.messages["c.test.js"] == "SyntaxError"


@pytest.mark.parametrize(
    "text", ["", "{", '{"testResults": 3}', '{"testResults": [3, {}]}', "[]", jest()[:-5]]
)
@pytest.mark.parametrize("reader", ["jest", "vitest", "mocha"])
def test_documents_that_tell_nothing(reader: TestReader, text: str) -> None:
    assert passing(read(reader, text)) == set()


def test_mocha() -> None:
    document = {
        "stats": {"tests": 3},
        "passes": [{"fullTitle": "lock opens"}, {"fullTitle": "lock opens"}],
        "failures": [{"fullTitle": 'lock "before each" hook for "shuts"', "err": {"stack": "Error: stuck"}}],
        "pending": [{"fullTitle": "lock waits"}],
    }
    results = read("mocha", "a line that a test printed\n" + json.dumps(document, indent=2))
    assert failing(results) == {'lock "before each" hook for "shuts"'}
    assert passing(results) == {"lock opens", "lock opens #2"}
    assert results.tests["lock waits"] == "skipped"
