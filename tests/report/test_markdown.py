"""The Markdown report: its tables, and that nothing in it comes alive."""

import re

import msgspec
import pytest

from tests.report.hostile import BATCHES, poisoned
from tests.report.samples import HELD, PIP, assessment, audit, full_audit, not_checked
from tests.report.samples_run import empty_report, every_outcome, plan, report, step
from tests.report.test_plain import ACTING, tokens
from upgrader.model import Held
from upgrader.report.markdown import markdown_audit, markdown_plan, markdown_report

STARTERS = ("# a", "> a", "- a", "1. a", "| a |", "```", "---", "</details>", "<!--", "@octocat", "Fixes #1")


def table_under(heading: str, markdown: str) -> list[list[str]]:
    """The cells of the first table behind a heading, header first, without the line of dashes."""
    behind = markdown[markdown.index(f"\n{heading}\n") :]
    found = re.search(r"(?:^\|.*\|\n)+", behind, re.MULTILINE)
    assert found is not None
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()]
    return [rows[0], *rows[2:]]


@pytest.fixture(scope="module")
def whole() -> str:
    return markdown_report(report(attempts=every_outcome()))


def test_the_compatibility_table_has_exactly_its_columns(whole: str) -> None:
    header, row = table_under("## Compatibility", whole)
    assert ", ".join(header) == (
        "Package, From, To, Compatible, Migration required, Breaking changes, New features, Deprecated features"
    )
    assert row[:5] == ["`left-pad`", "`1.0.0`", "`2.0.0`", "unknown", "unknown"]
    assert row[5:] == ["none known", "fixes GHSA-0000-0000-0001", "none known"]


def test_the_matrix_has_five_rows_and_one_pass(whole: str) -> None:
    rows = table_under("### ✅ Kept: left-pad 1.0.0 → 2.0.0", whole)
    assert rows[0] == ["Check", "Baseline", "After", "Status", "Notes"]
    assert [row[0] for row in rows[1:]] == [
        "All tests pass",
        "No new deprecation warnings",
        "Build succeeds",
        "App starts correctly",
        "Critical paths work",
    ]
    assert [row[3] for row in rows[1:]] == ["✅ pass", *["– not run"] * 4]


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("## Summary", ["Metric", "Value"]),
        ("### Security (1)", ["Package", "Current", "Latest", "Type", "Risk", "Priority"]),
        ("## Go/No-Go", ["Step", "Checkpoint", "Criteria", "Decision", "Evidence"]),
        ("## Validation results", ["Step", "Check", "Before", "After", "Status"]),
        ("## Execution log", ["Time", "Step", "Status", "Notes"]),
        ("## Outstanding", ["Item", "Status", "Owner"]),
        ("#### Test changes", ["Test", "Change", "Check", "Detail"]),
    ],
)
def test_every_table_has_its_columns(whole: str, heading: str, columns: list[str]) -> None:
    assert table_under(heading, whole)[0] == columns


def test_an_empty_report_says_so() -> None:
    text = markdown_report(empty_report())
    assert "| Status | Nothing to do |" in text
    assert "Nothing was tried." in text
    assert "✅" not in text


def test_an_incomplete_audit_is_never_up_to_date() -> None:
    text = markdown_audit(audit(not_checked=(not_checked(),), up_to_date=3))
    assert "**INCOMPLETE: 1 package not checked." in text
    assert "- `lost`: registry.example answered 503. Try again." in text
    assert "all up to date" not in text
    assert "all up to date" in markdown_audit(audit(up_to_date=3))


def test_what_only_the_plan_holds_is_told_too() -> None:
    later = Held(kind="edit", subject="odd-one", reason="package.json:3: no plain string")
    held = report()
    assert held.plan is not None
    more = msgspec.structs.replace(held, plan=msgspec.structs.replace(held.plan, held=(HELD, later)))
    text = markdown_report(more)
    assert table_under("## Held", text)[1][:2] == ["odd-one", "edit"]
    assert text.count("fresh 1.2.0") == 1


def test_several_projects_say_which_file() -> None:
    text = markdown_audit(audit(assessment(), projects=(*full_audit().inventory.projects, PIP)))
    assert "| Priority | Project |" in text
    assert "| `package.json` |" in text


def test_the_plan_holds_edits_commands_and_the_four_tables() -> None:
    text = markdown_plan(plan(step()))
    assert "```text\n- ^1.0.0\n+ ^2.0.0\n```" in text
    for heading in ("Current state", "Target state", "Risk assessment", "Timeline", "Commands", "Checks"):
        assert table_under(f"### {heading}", text)
    assert "`git branch -D upgrade/left-pad-2.0.0`" in text


def shape(markdown: str) -> set[tuple[str, str, str]]:
    """What kinds of nodes there are, with the HTML that is in them."""
    return {
        (token.type, token.tag, token.content if token.type.startswith("html") else "")
        for token in tokens(markdown)
    }


@pytest.mark.parametrize("text", [*BATCHES, *STARTERS], ids=lambda text: ascii(text)[:40])
def test_nothing_foreign_comes_alive(text: str, whole: str) -> None:
    sick = markdown_report(poisoned(report(attempts=every_outcome()), text))
    sick.encode()
    tame = shape(whole) | {("code_inline", "code", "")}
    html = {item for item in shape(sick) - tame if item[0].startswith("html")}
    assert all(content.startswith("<details><summary>") and content.count("<") == 3 for _, _, content in html)
    assert shape(sick) - tame - html == set()
    shown = [token.content for token in tokens(sick) if token.type == "text"]
    assert not [words for words in shown if ACTING.search(words)]
    headings = [token.type for token in tokens(sick) if token.type == "heading_open"]
    assert len(headings) <= [token.type for token in tokens(whole)].count("heading_open")


def test_the_same_report_gives_the_same_document(whole: str) -> None:
    assert markdown_report(report(attempts=every_outcome())) == whole
