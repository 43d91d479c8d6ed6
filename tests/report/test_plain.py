"""Foreign text in Markdown: shown, and nothing else."""

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.report.hostile import TEXTS
from upgrader.report.plain import code, fenced, plain

QUIET = {"inline", "text", "paragraph_open", "paragraph_close", "code_inline"}
QUIET |= {
    f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")
}
ACTING = re.compile(
    r"(?<![\w])@\w|[#!]\d|GH-\d|\bwww\.|://|\b[0-9a-f]{7,40}\b|github\.com"
    r"|\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[\s:]+#",
    re.IGNORECASE,
)
"""What a forge turns into a link, a mention or an action in rendered text outside code."""


def tokens(markdown: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [inner for token in found for inner in (token, *(token.children or ()))]


@pytest.mark.parametrize(
    "text",
    [
        "left-pad",
        "released 1 day ago, younger than 3 days (package.json:9)",
        "needs runtime 18 - 20; the project declares none",
        "snake_case_name",
        "2026-01-31T12:00:00Z",
        "fixes GHSA-0000-0000-0001",
        "the current release isn't yanked",
        "naïve 中文",
        "Security fix – urgent",
        "1.0.0 → 2.0.0",
    ],
)
def test_tame_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("write", [plain, code])
@pytest.mark.parametrize("around", ["{}", "- {}", "word {} word", "| a | b |\n| --- | --- |\n| {} | x |"])
def test_no_node_comes_from_foreign_text(text: str, write: object, around: str) -> None:
    assert callable(write)
    wanted = {token.type for token in tokens(around.format("x"))} | QUIET
    found = tokens(around.format(write(text)))
    assert {token.type for token in found} <= wanted
    assert len([token for token in found if token.type == "tr_open"]) in (0, 2)
    assert len([token for token in found if token.type == "td_open"]) in (0, 2)
    shown = "".join(token.content for token in found if token.type == "text")
    assert not ACTING.search(shown), shown


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_what_is_written_is_one_line_of_printable_utf8(text: str) -> None:
    for written in (plain(text), code(text)):
        written.encode()
        assert written.isprintable()


@pytest.mark.parametrize(
    "text", ["<img src=x>", "a|b", "[x](y)", "&amp; &", "`x`", "*x*", "_x_", "# x", "1. x", "- x"]
)
def test_readers_see_the_text_as_it_was(text: str) -> None:
    shown = "".join(
        token.content for token in tokens(f"| a |\n| --- |\n| {plain(text)} |") if token.type == "text"
    )
    assert shown.removeprefix("a").replace("\u200b", "") == text


@pytest.mark.parametrize(
    "name",
    [
        "@types/node",
        "v0.0.0-20240101000000-abcdef123456",
        "upgrade/left-pad-2.0.0",
        "npm:left-pad@1.0.0->2.0.0#1",
        "npm:@types/node@1.0.0->2.0.0",
        "npm ci --ignore-scripts",
        "packages/a/package.json:4",
        "https://osv.example/GHSA-1",
    ],
)
def test_names_are_code_that_can_be_copied(name: str) -> None:
    assert code(name) == f"`{name}`"


@pytest.mark.parametrize("name", ["a`b", "a<b", "a|b", "Fixes #1", "a b#12", "x\ny|", ""])
def test_names_that_are_not_tame_are_no_code(name: str) -> None:
    assert "`" not in code(name)


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()], ids=ascii)
def test_a_code_block_ends_where_we_end_it(text: str) -> None:
    found = tokens(f"{fenced(text)}\n\nbehind\n")
    assert [token.type for token in found] == ["fence", "paragraph_open", "inline", "text", "paragraph_close"]


def test_length_is_capped() -> None:
    assert len(plain("x" * 100_000)) <= 8192
    assert len(fenced("y " * 100_000)) < 8300
