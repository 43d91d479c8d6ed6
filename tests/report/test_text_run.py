"""The matrix, the attempts and the whole report on a console."""

import pytest
from msgspec.structs import replace
from rich.console import Console

from tests.report.hostile import BATCHES, poisoned
from tests.report.samples_console import printed, printed_in
from tests.report.samples_run import (
    BROKEN,
    changed,
    empty_report,
    every_outcome,
    kept,
    report,
    result,
    rows,
    step,
    verification,
)
from upgrader.model import Dropped, MatrixRow, Verification
from upgrader.report.markdown import markdown_report
from upgrader.report.text import print_attempts, print_matrix, print_report

MATRIX = """\
Check                        Baseline  After    Status     Notes
All tests pass               pass      pass     ✅ pass    npm test: 2 passed
No new deprecation warnings  not run   not run  – not run  no deprecations command was found
Build succeeds               not run   not run  – not run  no build command was found
App starts correctly         not run   not run  – not run  no start command was found
Critical paths work          not run   not run  – not run  no critical command was found"""


def matrix(found: Verification, *, width: int = 120) -> str:
    return printed(lambda console: print_matrix(found, console), width=width)


def attempts(*found: Dropped, next_step: str = "") -> str:
    return printed(lambda console: print_attempts(found, console, next_step=next_step))


def test_the_matrix_at_width_120() -> None:
    assert matrix(verification()) == MATRIX


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("pass", "✅ pass"),
        ("fail", "❌ fail"),
        ("flaky", "⚠ flaky"),
        ("inconclusive", "⚠ inconclusive"),
        ("not run", "– not run"),
    ],
)
def test_the_mark_of_each_status(status: str, mark: str) -> None:
    line = matrix(verification(rows=rows(status))).splitlines()[1]
    assert f"  {mark}  " in line
    assert ("✅" in line) == (status == "pass")


@pytest.mark.parametrize("given", [(), rows()[:2], rows()[::-1]], ids=["none", "two", "backwards"])
def test_five_rows_always(given: tuple[MatrixRow, ...]) -> None:
    names = [line.split("  ")[0] for line in matrix(verification(rows=given)).splitlines()]
    assert names == [line.split("  ")[0] for line in MATRIX.splitlines()]


def test_a_stream_that_is_not_utf8_gets_words() -> None:
    text = printed_in("ascii", lambda console: print_matrix(verification(), console))
    assert "[x] pass" in text
    assert "- not run" in text
    assert "\\u" not in printed_in(
        "cp1252", lambda console: print_report(report(attempts=every_outcome()), console)
    )


def test_every_outcome_has_its_block() -> None:
    text = printed(lambda console: print_attempts(every_outcome(), console, next_step="upgrade report"))
    lines = text.splitlines()
    for line in (
        "✅ KEPT  left-pad 1.0.0 → 2.0.0",
        "  branch upgrade/left-pad-2.0.0 at bbbbbbbbbbbb (npm:left-pad@1.0.0->2.0.0#1, 12.4 s)",
        "⚠ KEPT UNPROVEN  left-pad 1.0.0 → 2.0.0",
        "❌ DROPPED  bad 1.0.0 → 2.0.0",
        "  new failure: test/pad.test.js > pads left (npm test)",
        "      AssertionError: expected 3",
        "          at pad.test.js:4:9",
        "❌ REFUSED  lost 1.0.0 → 2.0.0",
        "  lockfile: npm: exit code 1. Install npm. (lost#1)",
        "– ALREADY DONE  left-pad 1.0.0 → 2.0.0",
        "1 kept, 1 kept unproven, 1 dropped, 1 refused, 1 already done",
        "Next: upgrade report",
    ):
        assert line in lines


def test_nothing_tried() -> None:
    assert attempts().strip() == "Nothing was tried."


def test_many_failures_are_cut_short_and_counted() -> None:
    many = tuple(
        changed(test=f"t{number}", change="new failure", check="c", detail="x\n" * 50) for number in range(25)
    )
    found = Dropped(
        step=step(), key="k", verification=verification("fail", changes=many), reason="25 new failures"
    )
    text = attempts(found)
    assert "  … and 15 more" in text.splitlines()
    assert text.count("lines above") == 10
    assert text.count("\n      x") == 80


def test_old_failures_are_not_blamed() -> None:
    old = changed(test="old-one", change="pre-existing", check="npm test", detail="trace")
    assert "old-one" not in attempts(
        Dropped(step=step(), key="k", verification=verification(changes=(old,)), reason="")
    )


def test_a_check_that_broke_as_a_whole_shows_the_end_of_its_output() -> None:
    broken = result("ERROR", tests={}, reason="exit code 2", log="line 1\nSyntaxError: x")
    text = attempts(
        Dropped(
            step=step(),
            key="k",
            verification=verification("fail", changes=(), after=(broken,)),
            reason="broke",
        )
    )
    assert "  npm test: error exit code 2" in text.splitlines()
    assert "    SyntaxError: x" in text.splitlines()
    both = verification("fail", changes=(), after=(broken,), baseline=(broken,))
    assert "SyntaxError" not in attempts(
        Dropped(step=step(), key="k", verification=both, reason="red before")
    )


def test_running_without_a_sandbox_is_told() -> None:
    text = printed(lambda console: print_attempts([kept(sandbox="none")], console))
    assert "The checks ran without a sandbox." in text


def test_a_report_has_all_its_parts_and_an_empty_one_only_its_summary() -> None:
    full = printed(lambda console: print_report(report(attempts=every_outcome()), console)).splitlines()
    parts = [
        "Summary",
        "Audit",
        "Compatibility",
        "Attempts",
        "Go/No-Go",
        "Validation results",
        "Execution log",
    ]
    assert [line for line in full if line in [*parts, "Outstanding"]] == [*parts, "Outstanding"]
    empty = printed(lambda console: print_report(empty_report(), console)).splitlines()
    assert empty[:3] == ["Nothing", "", "Summary"]
    assert not [line for line in empty if line in parts[1:]]


@pytest.mark.parametrize("text", [*BATCHES, "[/]", "\x1b[2J\x1b]0;x\x07"], ids=lambda text: ascii(text)[:40])
def test_hostile_texts_are_only_shown(text: str) -> None:
    sick = poisoned(report(attempts=every_outcome()), text)

    def write(console: Console) -> None:
        print_report(sick, console)

    shown = printed(write, width=100)
    assert not any(sign in shown for sign in "\x1b\x9b\x07\u202e\u2066\u200b\u2060\r\0")
    coloured = printed(write, width=100, terminal=True, no_color=False)
    assert "\x1b]" not in coloured
    assert "\x1b[2J" not in coloured


def test_markup_in_a_failure_is_text() -> None:
    change = changed(test="[red]t[/red]", change="new failure", check="[/c]", detail="[link=x]y[/link]\n[/]")
    text = attempts(
        Dropped(
            step=step(), key="k", verification=verification("fail", changes=(change, BROKEN)), reason="[/]"
        )
    )
    assert "  new failure: [red]t[/red] ([/c])" in text.splitlines()
    assert "      [link=x]y[/link]" in text.splitlines()


def test_what_moved_with_the_lockfile_is_told() -> None:
    told = replace(kept(), moved=("ms 2.0.0 -> 2.1.3 (needed by debug)",))
    words = "also moved: ms 2.0.0 -> 2.1.3 (needed by debug)"
    assert words in printed(lambda console: print_attempts([told], console))
    assert "also moved: ms 2.0.0 -" in markdown_report(report(attempts=(told,)))
