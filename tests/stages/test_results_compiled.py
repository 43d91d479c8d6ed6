"""What `go test` and `cargo test` print."""

import json

import pytest

from tests.stages.runs import failing, finished, passing, read, recorded
from upgrader.stages.results import read_results

OK = "docks.example/g/ok"


def test_go_json() -> None:
    results = read("go", recorded("go.json"))
    assert failing(results) == {
        "docks.example/g/bad",
        "docks.example/g/nob",
        "docks.example/g/vet",
        "docks.example/g/exit.TestExit",
        "docks.example/g/pan.TestPanic",
        f"{OK}.TestFail",
        f"{OK}.TestParent",
        f"{OK}.TestParent/sub/b",
        f"{OK}.ExampleOK",
    }
    assert passing(results) == {
        "docks.example/g/exit.TestA",
        "docks.example/g/pan.TestA",
        f"{OK}.TestOK",
        f"{OK}.TestPrint",
        f"{OK}.TestParent/sub_a",
    }
    assert results.messages["docks.example/g/bad"].endswith("undefined: undefined")
    assert results.messages[f"{OK}.TestFail"] == "a_test.go:5: bad"
    assert results.messages["docks.example/g/pan.TestPanic"].startswith("panic: ouch")


def events(*rows: tuple[str, str, str]) -> str:
    return "".join(json.dumps({"Action": a, "Package": p, "Test": t or None}) + "\n" for a, p, t in rows)


def test_a_package_that_is_left_from_inside_has_failed() -> None:
    text = events(
        ("start", "m/a", ""), ("run", "m/a", "TestA"), ("pass", "m/a", "TestA"), ("run", "m/a", "TestB")
    )
    assert failing(read("go", text)) == {"m/a", "m/a.TestB"}


def test_a_package_beside_a_failing_one_keeps_its_own_failure() -> None:
    text = events(("fail", "m/a", "TestA"), ("fail", "m/a", ""), ("build-fail", "m", ""), ("fail", "m", ""))
    assert failing(read("go", text)) == {"m/a.TestA", "m"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n[]\n{\n",
        events(("start", "m", ""), ("skip", "m", "")),
        events(("start", "m", ""), ("pass", "m", "")),
        "?   \tm\t[no test files]\n",
        "ok  \tm\t0.01s [no tests to run]\n",
    ],
)
def test_go_without_tests_passes_nothing(text: str) -> None:
    assert read("go", text).tests == {}


def test_go_text_counts_packages() -> None:
    assert read("go", "ok  \tm/a\t0.01s\n?   \tm/b\t[no test files]\nok  \tm/c\t(cached)\n").tests == {
        "m/a": "passed",
        "m/c": "passed",
    }
    failed = failing(read("go", recorded("go")))
    assert {f"{OK}.TestFail", f"{OK}.TestParent/sub/b", OK, "docks.example/g/bad"} <= failed


def test_go_verbose_text_names_tests() -> None:
    tests = "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    --- FAIL: TestB (0.10s)\n"
    text = f"{tests}FAIL\nFAIL\tm\t0.2s\n"
    assert read("go", text).tests == {"m.TestA": "passed", "m.TestB": "failed"}


UNIT = "docks src/lib.rs"


def test_cargo() -> None:
    results = read("cargo", recorded("cargo.out"), recorded("cargo.err"))
    assert failing(results) == {
        f"{UNIT}::tests::bad",
        f"{UNIT}::tests::pan2",
        f"{UNIT}::tests::threaded",
        "one tests/one.rs::bad",
        "doc docks::src/lib.rs - add #2",
        "(exits tests/exits.rs ended before its summary)",
    }
    assert {f"{UNIT}::tests::ok", f"{UNIT}::tests::pan", "two tests/two.rs::ok"} <= passing(results)
    assert results.tests[f"{UNIT}::tests::ign2"] == "skipped"
    assert "assertion `left == right` failed: why" in results.messages[f"{UNIT}::tests::bad"]
    assert results.messages[f"{UNIT}::tests::threaded"] == 'Error: "res"'


def test_binaries_are_paired_however_the_streams_interleave() -> None:
    out, err = recorded("cargo.out"), recorded("cargo.err")
    run = finished(out, err)
    assert read_results("cargo", run).tests == read("cargo", out, "warning: noise\n" + err).tests


def test_doc_tests_keep_their_names_when_lines_move() -> None:
    out, err = recorded("cargo.out"), recorded("cargo.err")
    moved = out
    for line in (18, 15, 12, 9, 6, 3):
        moved = moved.replace(f"(line {line})", f"(line {line + 90})")
    assert read("cargo", moved, err).tests == read("cargo", out, err).tests


def test_quiet_cargo_names_failures_and_counts_passes() -> None:
    results = read("cargo", recorded("cargo-quiet.out"))
    assert {name.partition("::")[2] for name in failing(results)} >= {"tests::bad", "bad", "src/lib.rs - add"}
    assert len(passing(results)) == 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
        "error[E0425]: cannot find function `nope` in this scope\nerror: could not compile `docks`\n",
    ],
    ids=["nothing", "no tests", "does not compile"],
)
def test_cargo_without_tests_passes_nothing(text: str) -> None:
    assert (
        read(
            "cargo", text, "   Running unittests src/lib.rs (target/debug/deps/docks-0123456789abcdef)\n"
        ).tests
        == {}
    )


def test_a_binary_without_libtest_disturbs_nobody() -> None:
    block = "running 1 test\ntest ok ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n"
    own = "     Running tests/own.rs (target/debug/deps/own-0123456789abcdef)\n"
    two = "     Running tests/two.rs (target/debug/deps/two-0123456789abcdef)\n"
    run = finished(f"hello\n{block}", own + two)
    joined = run.__class__(
        argv=run.argv,
        exit_code=0,
        ended="exited",
        stdout=run.stdout,
        stderr=run.stderr,
        output=f"{own}hello\n{two}{block}",
        duration_ms=1,
        truncated=False,
    )
    assert read_results("cargo", joined).tests == {"two tests/two.rs::ok": "passed"}


def test_output_that_was_cut_is_not_read() -> None:
    assert read_results("pytest", finished("a.py::t PASSED\n1 passed in 0.1s\n", truncated=True)).tests == {}


def test_an_exit_code_tells_no_tests() -> None:
    assert read("exit", "a.py::t PASSED\n1 passed in 0.1s\n").tests == {}
