"""Makes foreign text inert in Markdown: it is shown, and it mentions, links, closes, formats and runs nothing."""

from __future__ import annotations

import re

from upgrader.outside.redact import strip_controls
from upgrader.report.pen import LONGEST, encodable, one_line

_BREAK = "&#8203;"
"""A zero-width space: nobody sees it, and no forge reads a mention or a reference across it."""
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_TOKENS = re.compile(
    r"(?P<hash>\b[0-9a-f]{7,64}\b)"
    # What two signs do together: mentions, references, addresses, emoji codes, closing keywords.
    r"|(?P<pair>@|#(?=\w)|[!%&$](?=\d)|~(?=[a-z])|\bGH-(?=\d)|:(?=//)|:(?=[a-z][\w+-]*:|[+-]1:)|\bwww(?=\.)"
    r"|\b(?:git(?:hub|lab|ea)|bitbucket|codeberg)(?=\.)"
    r"|\b(?:clos|fix|resolv|implement)(?=(?:e|es|ed|s|d|ing)?\b[\s:]*(?:[#!@]|GH-\d|[\w.-]{1,100}/[\w.-]{1,100}[#!]|https?:)))"
    # What is markup: HTML, tables, links, code, emphasis, math. An underscore is only at the edge of a word.
    r"|(?P<sign>[&<>\"|`\[\]*\\~$#]|(?<![a-z0-9])_|_(?![a-z0-9]))",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^(?:[-+=](?=\s|[-+=]|$)|\d+(?=[.)](?:\s|$)))")
"""What would begin a list, a line or a heading."""
_TAME = re.compile(r"@?[\w.+~^=:/-]+(?:[ @][\w.+~^=:/-]+)*(?:->[\w.+:/-]+(?:#\d+)?)?", re.ASCII)
"""What may stand in a code span: names, versions, paths and commands of ordinary letters, ids of steps and attempts."""


def plain(text: str) -> str:
    """Upstream text for a paragraph or a table cell: one line, at most LONGEST characters of it, with no effect.

    Controls, ANSI, bidi and zero-width characters go; HTML, pipes, backticks and emphasis become entities; mentions,
    references (`#12`, `org/repo#12`, `GH-9`, commit hashes), closing keywords and addresses are broken by a zero-width
    space (SAFETY T8).
    """
    inert = _TOKENS.sub(_inert, encodable(one_line(text)))
    return _BLOCK.sub(
        lambda found: f"{found[0]}{_BREAK}" if found[0].isdigit() else _entities(found[0]), inert
    )


def code(text: str) -> str:
    """A name, version, path or command to be copied as it stands: a code span if it is tame, else `plain`.

    Forges read neither mentions nor references in a code span.
    """
    words = encodable(one_line(text))
    return f"`{words}`" if _TAME.fullmatch(words) else plain(words)


def fenced(text: str) -> str:
    """Foreign lines as a code block, within a fence longer than any run of backticks in them; LONGEST characters."""
    body = encodable(strip_controls(text)).strip("\n")[-LONGEST:]
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", body))])
    return f"{fence}text\n{body}\n{fence}"


def _inert(found: re.Match[str]) -> str:
    words = found[0]
    match found.lastgroup:
        case "hash":
            return _BREAK.join(words[start : start + 6] for start in range(0, len(words), 6))
        case "pair":
            return f"{_entities(words)}{_BREAK}"
        case _:
            return _entities(words)


def _entities(words: str) -> str:
    """Every sign as an entity, which no Markdown parser reads as markup; letters, digits and `-` after them stay."""
    if len(words) > 1:
        return words
    return _NAMED.get(words, f"&#{ord(words)};")
