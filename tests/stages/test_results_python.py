"""What pytest and unittest really print: every failing test by its exact name, no test that did not run passes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stages.runs import failing, finished, passing, read, recorded
from upgrader.stages.results import read_results

FAILING = {
    "test_a.py::test_par[e - f]",
    "test_a.py::test_fail",
    "test_a.py::test_err",
    "test_a.py::test_td",
    "test_a.py::TestU::test_sub",
    "test_imp.py",
}
PASSING = {
    "test_a.py::test_par[a b]",
    "test_a.py::test_par[c::d PASSED]",
    "test_a.py::test_par[x] FAILED]",
    r"test_a.py::test_par[\xe9]",
    "test_a.py::test_print",
    "test_a.py::test_xp",
    "test_a.py::TestC::test_m",
    "test_a.py::TestU::test_ok",
}


@pytest.mark.parametrize("name", ["pytest-v", "pytest-xdist", "pytest-rA"])
def test_pytest_names(name: str) -> None:
    results = read("pytest", recorded(name))
    assert failing(results) == FAILING
    assert passing(results) == PASSING
    assert results.messages["test_a.py::test_par[e - f]"] == "AssertionError: boom - x"
    assert "1 == 1" in results.messages["test_a.py::TestU::test_sub"]


def test_quiet_pytest_names_failures_and_counts_passes() -> None:
    results = read("pytest", recorded("pytest-q"))
    assert failing(results) == FAILING
    assert len(passing(results)) == 9


@pytest.mark.parametrize(
    "last", ["12 passed in 0.31s", "==== 12 passed, 1 skipped, 3 warnings in 75.02s (0:01:15) ===="]
)
def test_pytest_that_only_counts(last: str) -> None:
    results = read("pytest", f"............   [100%]\n{last}\n")
    assert len(passing(results)) == len(results.tests) == 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "collected 0 items\n\n===== no tests ran in 0.01s =====\n",
        "no tests ran in 0.00s\n",
        "3 deselected in 0.01s\n",
        "1 error in 0.01s\n",
        "usage: pytest [options]\npytest: error: unrecognized arguments: --nope\n",
        "printed: 12 passed\n",
    ],
)
def test_pytest_without_tests_passes_nothing(text: str) -> None:
    assert passing(read("pytest", text)) == set()


def test_pytest_that_is_left_from_inside_has_failed() -> None:
    cut = recorded("pytest-v").partition("test_a.py::test_fail")[0]
    results = read("pytest", cut)
    assert "test_a.py::test_par[a b]" in passing(results)
    assert "(pytest ended before its summary)" in failing(results)


def test_what_tests_print_is_no_result() -> None:
    text = (
        "test_a.py::test_one hello PASSED\nPASSED  [ 50%]\n"
        "   indented::text PASSED\n"
        "test_a.py::test_two world\nFAILED  [100%]\n"
        "== short test summary info ==\nFAILED test_a.py::test_two - assert 0\n"
        "== 1 failed, 1 passed in 0.01s ==\n"
    )
    results = read("pytest", text)
    assert (failing(results), passing(results)) == ({"test_a.py::test_two"}, {"test_a.py::test_one"})


def test_a_line_without_end_takes_no_time() -> None:
    assert read("pytest", "a::b PASSED x" * 200_000 + "\n").tests == {}


@pytest.mark.parametrize("arguments", [["-q"], ["-v", "-s"]], ids=" ".join)
def test_the_real_pytest(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('x', ['a - b', 'c d'])\n"
        "def test_par(x):\n    print('noise')\n    assert x != 'a - b'\n"
        "def test_ok(): print('more noise')\n"
    )
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        ".",
        *arguments,
    ]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    results = read_results("pytest", finished(done.stdout, done.stderr))
    assert failing(results) == {"test_it.py::test_par[a - b]"}
    assert len(passing(results)) == 2


CLASS_LEVEL = {"test_u.B.setUpClass", "test_u.C.tearDownClass"}
BAD = {
    "test_u.A.test_docfail",
    "test_u.A.test_err",
    "test_u.A.test_fail",
    "test_u.A.test_sub",
    "test_u.A.test_sub2",
    "test_u.A.test_us",
}
GOOD = {"test_doc", "test_ok", "test_print", "test_print_no_newline", "test_stderr", "test_warn"}


@pytest.mark.parametrize(("name", "extra"), [("unittest-v", {"test_imp"}), ("unittest-3.8", set())])
def test_unittest_names(name: str, extra: set[str]) -> None:
    results = read("unittest", "noise\nok\n", recorded(name))
    assert failing(results) == BAD | CLASS_LEVEL | extra
    assert passing(results) == {f"test_u.A.{test}" for test in GOOD} | {"test_u.C.test_c"}
    assert results.tests["test_u.A.test_skip"] == results.tests["test_u.A.test_xf"] == "skipped"
    assert results.messages["test_u.A.test_fail"].endswith("AssertionError: 1 != 2")
    assert results.messages["test_u.A.test_sub"].startswith("subtest (i=1)")


def test_unittest_that_only_counts() -> None:
    results = read("unittest", "", recorded("unittest"))
    assert failing(results) >= CLASS_LEVEL | {"test_imp", "test_u.A.test_fail"}
    assert len(passing(results)) == 5
    quiet = read("unittest", "", f"....\n{'-' * 70}\nRan 4 tests in 0.001s\n\nOK (skipped=1)\n")
    assert len(passing(quiet)) == len(quiet.tests) == 3


@pytest.mark.parametrize(
    "text", ["", f"{'-' * 70}\nRan 0 tests in 0.000s\n\nOK\n", "NO TESTS RAN\n", "Traceback\n"]
)
def test_unittest_without_tests_passes_nothing(text: str) -> None:
    assert read("unittest", "", text).tests == {}


def test_unittest_that_is_left_from_inside_has_failed() -> None:
    results = read("unittest", "", "test_a (t.A.test_a) ... ok\ntest_b (t.A.test_b) ... ")
    assert (passing(results), failing(results)) == ({"t.A.test_a"}, {"(unittest ended before its summary)"})


def test_noise_on_the_line_of_a_test() -> None:
    end = f"\n{'-' * 70}\nRan 2 tests in 0.001s\n\nOK\n"
    results = read(
        "unittest", "", f"test_a (t.A.test_a) ... take a lookok\ntest_b (t.A.test_b) ... ok\n{end}"
    )
    assert passing(results) == {"t.A.test_a", "t.A.test_b"}


def test_a_wrapper_that_joins_the_streams() -> None:
    text = f"test_a (t.A.test_a) ... ok\n\n{'-' * 70}\nRan 1 test in 0.001s\n\nOK\n"
    assert passing(read("unittest", text)) == {"t.A.test_a"}


def test_the_real_unittest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import unittest\n"
        "class Case(unittest.TestCase):\n"
        "    def test_ok(self):\n        'A docstring.'\n        print('noise ok')\n"
        "    def test_bad(self):\n        self.assertEqual(1, 2)\n"
    )
    argv = [sys.executable, "-m", "unittest", "discover", "-v"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    results = read_results("unittest", finished(done.stdout, done.stderr))
    assert (failing(results), passing(results)) == ({"test_it.Case.test_bad"}, {"test_it.Case.test_ok"})
