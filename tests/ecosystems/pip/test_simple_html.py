"""Links of PEP 503 pages: plain ones and odd ones say the same, and a hostile page takes no time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrader.ecosystems.pip.simple_html import IndexFile, read_anchors

NOTHING = {
    "empty": b"",
    "no links": b"<html><body><h1>Links</h1></body></html>",
    "a link without an address": b"<a>x</a><a name='x'>y</a>",
    "another tag": b'<abbr href="a-1.0.zip">x</abbr><link href="a-1.0.zip">',
    "a comment": b'<!-- <a href="a-1.0.zip">x</a> -->',
    "an open comment": b'<!-- <a href="a-1.0.zip">x</a>',
    "an open tag": b'<a href="a-1.0.zip"',
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
def test_what_is_no_link(body: bytes) -> None:
    assert read_anchors(body) == []


LINKS: dict[str, tuple[str, IndexFile]] = {
    "plain": ('<a href="x/a-1.0.zip">a</a>', IndexFile("a-1.0.zip")),
    "hash and query": ('<a href="/x/a-1.0.zip?y=/z#sha256=0/0">a</a>', IndexFile("a-1.0.zip")),
    "escaped": ('<a href="a-1.0%2Bcpu&#45;x.whl">a</a>', IndexFile("a-1.0+cpu-x.whl")),
    "runtime": ('<a href="a.zip" data-requires-python="&gt;=3.8">a</a>', IndexFile("a.zip", ">=3.8")),
    "runtime unescaped": (
        '<a href="a.zip" data-requires-python=">=3.8,<4">a</a>',
        IndexFile("a.zip", ">=3.8,<4"),
    ),
    "time": (
        '<a href="a.zip" data-upload-time="2026-01-01T00:00:00Z">a</a>',
        IndexFile("a.zip", None, "2026-01-01T00:00:00Z"),
    ),
    "yanked": ('<a href="a.zip" data-yanked>a</a>', IndexFile("a.zip", yanked=True)),
    "yanked without a reason": ('<a href="a.zip" data-yanked="">a</a>', IndexFile("a.zip", yanked=True)),
    "yanked for a reason": (
        '<a href="a.zip" data-yanked="a &lt; b">a</a>',
        IndexFile("a.zip", yanked="a < b"),
    ),
    "not yanked, but the word stands there": (
        '<a href="a-data-yanked.zip">a</a>',
        IndexFile("a-data-yanked.zip"),
    ),
    "other order": ('<a rel="x" data-yanked="z" href="a.zip">a</a>', IndexFile("a.zip", yanked="z")),
    "single quotes": ("<a href='a.zip' data-requires-python='>3'>a</a>", IndexFile("a.zip", ">3")),
    "no quotes": ("<a href=a.zip data-yanked>a</a>", IndexFile("a.zip", yanked=True)),
    "capitals": ('<A HREF="a.zip" Data-Yanked="x">a</A>', IndexFile("a.zip", yanked="x")),
    "lines": ('<a\n  href = "a.zip"\n  data-yanked = "x"\n>a</a>', IndexFile("a.zip", yanked="x")),
    "the first of two": ('<a href="a.zip" href="b.zip">a</a>', IndexFile("a.zip")),
}


@pytest.mark.parametrize(("text", "wanted"), LINKS.values(), ids=LINKS)
@pytest.mark.parametrize(
    "around", ["{}", "<!DOCTYPE html><p>{}<br/>", "<!-- x -->{}", "<!-- <a href='no.zip'> -->{}<A>"]
)
def test_links(text: str, wanted: IndexFile, around: str) -> None:
    assert read_anchors(around.format(text).encode()) == [wanted]


HOSTILE = {
    "open links": b"<a " * 300_000,
    "open values": b'<a href="' * 100_000,
    "open single values": b"<a href='" * 100_000,
    "open comments": b"<!--" * 300_000,
    "blanks": b"<a" + b" " * 1_000_000,
    "attributes": b"<a " + b"x " * 500_000 + b">",
    "one huge value": b'<a href="' + b"x" * 2_000_000 + b'">',
    "quotes": b"<a " + b"\"'" * 300_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("head", [b"", b"<!-- -->"])
def test_a_hostile_page_is_read_in_linear_time(body: bytes, head: bytes) -> None:
    # Quadratic time would be hours here: nobody has to measure.
    read_anchors(head + body)


@given(st.text(alphabet="<a href=\"'>!-/ data-yanked#?%&;\n", max_size=80))
def test_any_text_is_read(text: str) -> None:
    for file in read_anchors(text.encode()):
        assert "/" not in file.filename or "%" in text
