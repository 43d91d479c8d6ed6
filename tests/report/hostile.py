"""Texts that try to act where they are only shown, and a report made of nothing else."""

import msgspec

from upgrader.model import Report

TEXTS = (
    "[/foo]",
    "[bold red]FAKE PASS[/]",
    "[link=http://evil.example]x[/link]",
    "a\x1b]0;owned\x07b",
    "a\x1b]8;;http://evil.example\x1b\\b",
    "a\x1b[31mb\x1b[2J",
    "a\x9b31mb",
    "a\u202eb\u2066c",
    "a\u200bb\u2060c",
    "a|b|c",
    "a\\|b",
    "a\n| forged | row |",
    "a\r\n\r\n# forged heading",
    "\n- forged item",
    "@octocat",
    "@org/team",
    "mail me@evil.example",
    "Fixes #1",
    "closes: #12, resolves org/repo#12",
    "Fixes GH-9",
    "Fixes https://github.com/org/repo/issues/1",
    "Closes org/repo!5",
    "see 0123456789abcdef0123456789abcdef01234567",
    "see abcdef1",
    "http://evil.example/x",
    "https://github.com/org/repo/pull/1",
    "www.evil.example",
    "ftp://evil.example",
    "github.com/org/repo",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "</summary></details><h1>x</h1>",
    "<http://evil.example>",
    "<a@evil.example>",
    "&lt;b&gt; &#64;octocat &commat;octocat",
    "[x](http://evil.example)",
    "[x][y]",
    "[x]: http://evil.example",
    "![x](http://evil.example/p.png)",
    "[^1]",
    "*bold* **bold** _em_ __em__ ~~gone~~",
    "`code` ``code``",
    "```\nfence",
    "~~~\nfence",
    "# heading",
    "> quote",
    "1. item",
    "- item",
    "+ item",
    "---",
    "===",
    "    indented",
    "| a | b |\n| - | - |",
    ":smile: :+1:",
    "$\\evil$ $$x$$",
    "\\`x\\`",
    "\ud800",
    "\x00",
    "",
    " ",
    "x" * 3_000,
)
"""FEATURES and SAFETY T8: terminal, rich markup, HTML, Markdown, references of the forges."""

BATCHES = tuple(" ".join(TEXTS[start : start + 8]) for start in range(0, len(TEXTS), 8))
"""The same texts, some at a time."""

_OWN_WORDS = (
    *(
        "ecosystem",
        "section",
        "sections",
        "strategy",
        "kind",
        "risk",
        "move",
        "group",
        "severity",
        "outcome",
        "status",
        "baseline",
    ),
    *(
        "after",
        "change",
        "verdict",
        "sandbox",
        "likelihood",
        "impact",
        "phase",
        "compatible",
        "migration_required",
    ),
    *("reader", "how", "which", "withdrawn"),
)
"""Fields that hold our own words; msgspec refuses others there."""


def poisoned(report: Report, text: str) -> Report:
    """The report with every foreign string replaced by the text."""
    return msgspec.convert(_poison(msgspec.to_builtins(report), text), Report)


def _poison(value: object, text: str, key: str = "") -> object:
    match value:
        case dict():
            return {name: _poison(item, text, name) for name, item in value.items()}
        case list() | tuple():
            return [_poison(item, text, key) for item in value]
        case str() if key not in _OWN_WORDS and key not in _OUTCOMES:
            return text
        case _:
            return value


_OUTCOMES = ("a", "b")
"""Names of tests in the samples: their values are outcomes."""
